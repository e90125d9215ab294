"""授权发布 (comms 3.4): entered by the office, confirmed by the commander, used within its scope, taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from directory.models import Signature
from early_warning import services
from early_warning.models import EarlyWarning, StandingAuthorisation
from early_warning.services.standing import standing_paper
from tests.early_warning.factories import PDF, proposed, standing_confirmed, standing_entered
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, StaleVersion, WrongState
from yangcheng_ec.record.models import CaseHead, RecordEntry
from yangcheng_ec.record.selectors import verify_chain
from yangcheng_ec.uploads import Upload

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def _approve(warning: EarlyWarning, row: StandingAuthorisation, user: Any) -> EarlyWarning:
    return services.warning_approve(
        warning_id=warning.pk, version=warning.version, user=user, standing_id=row.pk, remark="情况紧急"
    )


def test_an_authorisation_lets_its_post_approve_and_is_named_everywhere(comms: Any, people: Any) -> None:
    row, warning = standing_confirmed(people, comms), proposed(people, comms)
    warning = _approve(warning, row, people["comms_duty"])
    assert (warning.state, warning.standing) == ("approved", row)
    signature = Signature.objects.get(subject_type="warning", subject_id=warning.pk)
    assert row.document in signature.post_label
    assert signature.clause.endswith("3.4")
    line = RecordEntry.objects.get(head=warning.head, kind="warning.approved")
    assert "按授权批准" in line.text
    assert row.document in line.actor_post
    published = services.warning_publish(warning_id=warning.pk, version=warning.version, user=people["comms_office"])
    assert published.state == "published"


def test_what_is_entered_authorises_nothing_until_the_commander_confirms(comms: Any, people: Any) -> None:
    row, warning = standing_entered(people, comms), proposed(people, comms)
    with pytest.raises(Forbidden, match="待签发") as refused:
        _approve(warning, row, people["comms_duty"])
    assert refused.value.clause.endswith("3.4")


@pytest.mark.parametrize("account", ["comms_office", "comms_director", "comms_deputy", "commander", "auditor", "duty"])
def test_only_the_commander_of_the_plan_confirms_refuses_and_revokes(account: str, comms: Any, people: Any) -> None:
    row = standing_entered(people, comms)
    key = {"standing_id": row.pk, "version": row.version, "user": people[account]}
    with pytest.raises(Forbidden):
        services.standing_confirm(**key)
    with pytest.raises(Forbidden):
        services.standing_refuse(**key, reason="不需要")
    row = services.standing_confirm(**(key | {"user": people["comms_commander"]}))
    with pytest.raises(Forbidden):
        services.standing_revoke(standing_id=row.pk, version=row.version, user=people[account], reason="收回")
    assert StandingAuthorisation.objects.get().state == "confirmed"


def test_an_expired_one_is_refused_with_its_day_and_the_clause(comms: Any, people: Any) -> None:
    row, warning = standing_confirmed(people, comms), proposed(people, comms)
    now = timezone.now()
    StandingAuthorisation.objects.filter(pk=row.pk).update(
        starts_at=now - timedelta(days=9), ends_at=now - timedelta(days=1)
    )
    with pytest.raises(Forbidden, match="到期") as refused:
        _approve(warning, row, people["comms_duty"])
    assert refused.value.clause.endswith("3.4")
    warning.refresh_from_db()
    assert (warning.state, warning.standing_id) == ("proposed", None)


def test_one_that_has_not_begun_is_refused(comms: Any, people: Any) -> None:
    row = standing_confirmed(people, comms, starts_at=timezone.now() + timedelta(days=1))
    with pytest.raises(Forbidden, match="起生效"):
        _approve(proposed(people, comms), row, people["comms_duty"])


def test_a_level_out_of_scope_is_refused(comms: Any, people: Any) -> None:
    row = standing_confirmed(people, comms)
    with pytest.raises(Forbidden, match=r"情形1不在.*授权范围"):
        _approve(proposed(people, comms, level=1), row, people["comms_duty"])


@pytest.mark.parametrize("account", ["comms_deputy", "comms_director", "duty"])
def test_another_post_than_the_authorised_one_is_refused(account: str, comms: Any, people: Any) -> None:
    row = standing_confirmed(people, comms)
    with pytest.raises(Forbidden, match="授权的是"):
        _approve(proposed(people, comms), row, people[account])


def test_the_proposer_never_approves_by_authorisation_either(comms: Any, people: Any) -> None:
    row = standing_confirmed(people, comms)
    warning = proposed(people, comms)
    EarlyWarning.objects.filter(pk=warning.pk).update(proposed_by=people["comms_duty"])
    with pytest.raises(Forbidden, match="自己"):
        _approve(warning, row, people["comms_duty"])


def test_a_call_cannot_be_recorded_under_an_authorisation(comms: Any, people: Any) -> None:
    from directory.services.signatures import PhoneCall

    row, warning = standing_confirmed(people, comms), proposed(people, comms)
    call = PhoneCall(signer=people["comms_duty"], number="1", called_at=timezone.now(), read_back=True)
    with pytest.raises(BadInput) as refused:
        services.warning_approve(
            warning_id=warning.pk, version=warning.version, user=people["comms_duty2"], call=call, standing_id=row.pk
        )
    assert "call" in refused.value.fields


def test_a_revoked_one_is_refused_and_what_was_published_stands(comms: Any, people: Any) -> None:
    row, first, second = standing_confirmed(people, comms), proposed(people, comms), proposed(people, comms)
    first = _approve(first, row, people["comms_duty"])
    key = {"standing_id": row.pk, "version": row.version, "user": people["comms_commander"]}
    with pytest.raises(BadInput):
        services.standing_revoke(**key, reason=" ")
    services.standing_revoke(**key, reason="主任调离")
    with pytest.raises(Forbidden, match="已收回"):
        _approve(second, row, people["comms_duty"])
    services.warning_publish(warning_id=first.pk, version=first.version, user=people["comms_office"])


def test_the_cyber_plan_knows_no_authorisation(cyber: Any, comms: Any, people: Any) -> None:
    with pytest.raises(WrongState) as refused:
        standing_entered(people, cyber)
    assert refused.value.clause.endswith("3.2.2")
    row = standing_confirmed(people, comms)
    with pytest.raises(NotVisible):
        _approve(proposed(people, cyber), row, people["director"])


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"document": " "}, "document"),
        ({"document": "长" * 201}, "document"),
        ({"scope": ""}, "scope"),
        ({"levels": []}, "levels"),
        ({"post": None}, "post"),
        ({"starts_at": None}, "starts_at"),
        ({"ends_at": None}, "ends_at"),
        ({"ends_at": timezone.now() - timedelta(days=2)}, "ends_at"),
        ({"starts_at": timezone.now() - timedelta(days=9), "ends_at": timezone.now() - timedelta(days=8)}, "ends_at"),
        ({"upload": None}, "paper"),
        ({"upload": Upload(name="授权书.pdf", content=b"MZ not a paper")}, "paper"),
        ({"upload": Upload(name="授权书.pdf", content=b"")}, "paper"),
    ],
)
def test_bad_input_names_its_field(over: Any, field: str, comms: Any, people: Any) -> None:
    with pytest.raises(BadInput) as refused:
        standing_entered(people, comms, **over)
    assert field in refused.value.fields
    assert not StandingAuthorisation.objects.exists()


def test_the_commanders_own_post_cannot_be_authorised(comms: Any, people: Any) -> None:
    with pytest.raises(BadInput) as refused:
        standing_entered(people, comms, post=comms.posts.get(kind="commander"))
    assert "post" in refused.value.fields


def test_the_paper_is_kept_whole_and_every_act_is_on_record(comms: Any, people: Any) -> None:
    row = standing_confirmed(people, comms)
    assert standing_paper(row) == PDF
    head = CaseHead.objects.get(key="standing:comms-2022")
    assert [entry.kind for entry in head.entries.order_by("seq")] == ["standing.entered", "standing.confirmed"]
    assert verify_chain(head) is None


def test_stale_and_decided_ones_are_refused(comms: Any, people: Any) -> None:
    row = standing_entered(people, comms)
    commander = people["comms_commander"]
    with pytest.raises(StaleVersion):
        services.standing_confirm(standing_id=row.pk, version=9, user=commander)
    row = services.standing_refuse(standing_id=row.pk, version=row.version, user=commander, reason="范围太大")
    for act in (services.standing_confirm, services.standing_refuse, services.standing_revoke):
        given = {} if act is services.standing_confirm else {"reason": "再议"}
        with pytest.raises(WrongState):
            act(standing_id=row.pk, version=row.version, user=commander, **given)
    with pytest.raises(NotVisible):
        services.standing_confirm(standing_id=999_999, version=1, user=commander)


def test_one_that_ran_out_while_it_waited_is_not_confirmed(comms: Any, people: Any) -> None:
    row = standing_entered(people, comms)
    now = timezone.now()
    StandingAuthorisation.objects.filter(pk=row.pk).update(ends_at=now - timedelta(minutes=1))
    with pytest.raises(WrongState, match="到期"):
        services.standing_confirm(standing_id=row.pk, version=row.version, user=people["comms_commander"])
