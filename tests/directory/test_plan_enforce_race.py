"""The instant a revised plan takes force, on PostgreSQL: once, and each case filed then lies on one version whole."""

from __future__ import annotations

import pytest
from django.db import connection

from directory.choices import RevisionStage
from directory.models import Appointment, PlanVersion
from directory.services.plan_revisions import (
    plan_revision_confirm,
    plan_revision_start,
    plan_revision_submit,
    plans_enforce_due,
    today,
)
from incidents.models import Incident
from tests.incidents.clocks import clocks
from tests.incidents.factories import file_incident
from tests.response.test_races import People, at_once
from yangcheng_ec.deadlines.models import Notice
from yangcheng_ec.deadlines.services import sweep_all
from yangcheng_ec.record.models import CaseHead, RecordEntry
from yangcheng_ec.record.selectors import verify_chain

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL's row locks"),
]


def due(people: People) -> tuple[PlanVersion, PlanVersion]:
    """Return the version in force and a confirmed one whose day has begun, not yet put in force."""
    old = PlanVersion.objects.get(plan__code="cyber-2025", in_force=True)
    draft = plan_revision_start(
        version_id=old.pk, number="阳政办发〔2026〕40号", title=old.title, user=people["director"]
    )  # fmt: skip
    draft = plan_revision_submit(
        version_id=draft.pk, revision=draft.revision, effective_on=today().replace(year=today().year + 1),
        issued_on=today(), user=people["office"],
    )  # fmt: skip
    plan_revision_confirm(version_id=draft.pk, revision=draft.revision, user=people["commander"])
    PlanVersion.objects.filter(pk=draft.pk).update(effective_on=today())
    return old, draft


def test_once_and_every_case_whole(loaded: None) -> None:
    """Two sweeps, two enforcers and two filings start together; the version comes in force once."""
    people = People()
    old, draft = due(people)
    held = Appointment.objects.filter(post__version=old, state="confirmed").count()
    filer = {"duty": people["duty"]}
    results = at_once([
        sweep_all, plans_enforce_due, lambda: file_incident(filer, title="甲"), sweep_all, plans_enforce_due,
        lambda: file_incident(filer, title="乙"),
    ])  # fmt: skip
    assert not [result for result in results if result is None or isinstance(result, Exception)], results
    old.refresh_from_db()
    draft.refresh_from_db()
    assert (old.in_force, draft.in_force, draft.stage) == (False, True, "")
    assert not PlanVersion.objects.filter(stage=RevisionStage.SCHEDULED).exists()
    assert RecordEntry.objects.filter(kind="plan.in_force", subject_id=draft.pk).count() == 1
    assert Appointment.objects.filter(post__version=draft).count() == held
    told = Notice.objects.filter(kind="plan.revision", title__contains="已施行").values_list("recipient_id", flat=True)
    assert len(told) == len(set(told)) > 0
    for case in Incident.objects.filter(title__in=["甲", "乙"]):
        assert case.plan_version_id in (old.pk, draft.pk)
        labels = {clock.clause.partition(" ")[0] for clock in clocks(case).values()}
        assert labels == {case.plan_version.cited_as}
    assert all(verify_chain(head) is None for head in CaseHead.objects.all())
