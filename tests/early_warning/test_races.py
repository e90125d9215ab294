"""Two hands on one warning in the same instant, on PostgreSQL: one wins, nothing is told twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from directory.models import PlanVersion
from early_warning import services
from early_warning.models import EarlyWarning
from tests.early_warning.factories import approved, lift_proposed, proposed, published
from tests.response.test_races import People, at_once
from tests.security.test_races import sound, statuses
from yangcheng_ec.deadlines.models import Notice
from yangcheng_ec.record.models import RecordEntry

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL's row locks"),
]


def _cyber() -> PlanVersion:
    return PlanVersion.objects.select_related("plan").get(plan__code="cyber-2025", in_force=True)


def _key(warning: EarlyWarning, user: Any) -> dict[str, Any]:
    return {"warning_id": warning.pk, "version": warning.version, "user": user}


def test_approve_versus_withdraw(loaded: None) -> None:
    people = People()
    warning = proposed(people, _cyber())
    commander, office = people["commander"], people["office"]
    results = at_once([
        lambda: services.warning_approve(**_key(warning, commander)),
        lambda: services.warning_withdraw(**_key(warning, office), reason="误报"),
    ])  # fmt: skip
    assert statuses(results) == [200, 409]
    warning.refresh_from_db()
    assert warning.state in ("approved", "withdrawn")
    assert sound()


def test_a_double_publish_tells_every_unit_once(loaded: None) -> None:
    people = People()
    warning = approved(people, _cyber())
    users = [people[name] for name in ("office", "duty", "duty2", "director")]
    results = at_once([lambda user=user: services.warning_publish(**_key(warning, user)) for user in users])
    assert statuses(results) == [200, 409, 409, 409]
    assert Notice.objects.filter(kind="warning.published", subject_id=warning.pk).count() == 3
    assert warning.tasks.count() == 3
    assert RecordEntry.objects.filter(head_id=warning.head_id, kind="warning.published").count() == 1
    assert sound()


def test_an_edit_and_an_approval_leave_no_changed_draft_approved(loaded: None) -> None:
    from tests.early_warning.factories import content_of

    people = People()
    warning = proposed(people, _cyber())
    commander, office, content = people["commander"], people["office"], content_of(_cyber(), text="改动过的内容")
    results = at_once([
        lambda: services.warning_approve(**_key(warning, commander)),
        lambda: services.warning_edit(**_key(warning, office), content=content),
    ])  # fmt: skip
    assert statuses(results) == [200, 409]
    warning.refresh_from_db()
    assert (warning.state, warning.text == "改动过的内容") in {("approved", False), ("draft", True)}


def test_lift_versus_update(loaded: None) -> None:
    people = People()
    warning = lift_proposed(people, _cyber())
    commander, deputy = people["commander"], people["deputy"]
    results = at_once([
        lambda: services.warning_lift(**_key(warning, commander)),
        lambda: services.warning_return(**_key(warning, deputy), reason="再复测"),
    ])  # fmt: skip
    assert statuses(results) == [200, 409]
    assert sound()


def test_two_sweeps_remind_once(loaded: None) -> None:
    people = People()
    warning = published(people, _cyber(), valid_until=timezone.now() + timedelta(hours=1))
    past = timezone.now() - timedelta(minutes=1)
    EarlyWarning.objects.filter(pk=warning.pk).update(valid_from=None, valid_until=past, nag_at=past)
    assert sum(at_once([services.expiry_round] * 4)) == 1
    warning.refresh_from_db()
    assert warning.nagged == 1
    assert sound()
