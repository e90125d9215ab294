"""Proposing, approving, returning and publishing: who may, who may not, and what is written."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from directory.models import ActRule, Post, Signature, Unit
from directory.services.signatures import PhoneCall, known_numbers, signature_countersign
from early_warning import services
from early_warning.models import EarlyWarning, EarlyWarningGroupObjectPermission
from early_warning.selectors import warnings_visible_to
from tests.early_warning.factories import approved, commander_of, content_of, drafted, office_of, proposed, published
from yangcheng_ec.deadlines.models import Notice
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, WrongState
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db

ACCOUNTS = ("duty", "office", "director", "deputy", "commander", "comms_duty", "comms_office", "comms_director",
            "comms_deputy", "comms_commander", "auditor")  # fmt: skip


def _key(warning: EarlyWarning, user: Any) -> dict[str, Any]:
    return {"warning_id": warning.pk, "version": warning.version, "user": user}


def _kinds(user: Any, version: Any) -> set[str]:
    return set(Post.objects.filter(version=version, appointments__user=user).values_list("kind", flat=True))


@pytest.mark.parametrize("account", ACCOUNTS)
@pytest.mark.parametrize("plan", ["cyber", "comms"])
def test_only_the_posts_of_the_plan_approve(plan: str, account: str, request: Any, people: Any) -> None:
    version = request.getfixturevalue(plan)
    warning = proposed(people, version)
    user = people[account]
    wanted = set(ActRule.objects.get(version=version, act="approve_warning").post_kinds)
    if _kinds(user, version) & wanted:
        assert services.warning_approve(**_key(warning, user)).state == "approved"
    else:
        with pytest.raises(Forbidden) as refused:
            services.warning_approve(**_key(warning, user))
        assert refused.value.clause
        assert not Signature.objects.filter(subject_type="warning", subject_id=warning.pk).exists()


@pytest.mark.parametrize("account", ACCOUNTS)
def test_only_office_posts_draft(account: str, cyber: Any, people: Any) -> None:
    user = people[account]
    wanted = set(ActRule.objects.get(version=cyber, act="propose_warning").post_kinds)
    if _kinds(user, cyber) & wanted:
        made = services.warning_draft(version=cyber, content=content_of(cyber), user=user)
        assert made.number.startswith("YJ-")
    else:
        with pytest.raises(Forbidden):
            services.warning_draft(version=cyber, content=content_of(cyber), user=user)


def test_nobody_approves_their_own_proposal(cyber: Any, people: Any) -> None:
    warning = drafted(people, cyber)
    director = people["director"]
    warning = services.warning_propose(**_key(warning, director))
    with pytest.raises(Forbidden, match="自己"):
        services.warning_approve(**_key(warning, director))
    with pytest.raises(Forbidden, match="自己"):
        services.warning_return(**_key(warning, director), reason="改")


def test_a_proposal_reaches_the_approvers_by_phone_too(cyber: Any, people: Any) -> None:
    warning = proposed(people, cyber)
    notices = Notice.objects.filter(kind="warning.proposed", subject_id=warning.pk)
    assert people["commander"].pk in {notice.recipient_id for notice in notices}
    assert all(notice.deliveries.filter(channel="phone").exists() for notice in notices)


def _call(people: Any, **over: Any) -> PhoneCall:
    commander = people["commander"]
    given = {"signer": commander, "number": known_numbers(commander)[0], "called_at": timezone.now(), "read_back": True}
    return PhoneCall(**(given | over))


def test_approval_by_phone_waits_for_its_countersign(cyber: Any, people: Any) -> None:
    warning = proposed(people, cyber)
    warning = services.warning_approve(**_key(warning, people["duty"]), call=_call(people))
    signature = Signature.objects.get(subject_type="warning", subject_id=warning.pk)
    assert (warning.state, signature.mode, signature.countersign) == ("approved", "phone", "awaiting")
    assert signature.signer == people["commander"]


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"number": "13900000000"}, "number"),
        ({"read_back": False}, "read_back"),
        ({"called_at": timezone.now() + timedelta(days=1)}, "called_at"),
    ],
)
def test_a_call_that_was_not_checked_approves_nothing(over: Any, field: str, cyber: Any, people: Any) -> None:
    warning = proposed(people, cyber)
    with pytest.raises(BadInput) as refused:
        services.warning_approve(**_key(warning, people["duty"]), call=_call(people, **over))
    assert field in refused.value.fields
    assert EarlyWarning.objects.get(pk=warning.pk).state == "proposed"


def test_the_other_plans_office_cannot_record_the_call(cyber: Any, people: Any) -> None:
    warning = proposed(people, cyber)
    with pytest.raises(Forbidden):
        services.warning_approve(**_key(warning, people["comms_duty"]), call=_call(people))


def test_a_denied_phone_approval_cannot_be_published(cyber: Any, people: Any) -> None:
    warning = proposed(people, cyber)
    warning = services.warning_approve(**_key(warning, people["duty"]), call=_call(people))
    signature = Signature.objects.get(subject_id=warning.pk, subject_type="warning")
    signature_countersign(signature_id=signature.pk, user=people["commander"], accept=False, note="没有接到电话")
    with pytest.raises(WrongState, match="否认"):
        services.warning_publish(**_key(warning, people["office"]))


def test_what_is_published_is_what_was_approved(cyber: Any, people: Any) -> None:
    warning = approved(people, cyber)
    EarlyWarning.objects.filter(pk=warning.pk).update(text="改动过的内容")
    with pytest.raises(WrongState, match="不一致"):
        services.warning_publish(**_key(warning, people["office"]))


def test_an_edit_voids_the_approval(cyber: Any, people: Any) -> None:
    warning = approved(people, cyber)
    content = content_of(cyber, text="改动过的内容")
    warning = services.warning_edit(**_key(warning, people["office"]), content=content)
    assert warning.state == "draft"
    assert "作废" in RecordEntry.objects.filter(head=warning.head).last().text


def test_an_edit_that_changes_nothing_writes_nothing(cyber: Any, people: Any) -> None:
    warning = approved(people, cyber)
    same = services.warning_edit(**_key(warning, people["office"]), content=content_of(cyber))
    assert (same.state, same.version) == ("approved", warning.version)


def test_publishing_lets_the_units_read_and_no_other(cyber: Any, people: Any) -> None:
    before = approved(people, cyber)
    assert not warnings_visible_to(people["unit_gongan"]).filter(pk=before.pk).exists()
    warning = services.warning_publish(**_key(before, people["office"]))
    assert warnings_visible_to(people["unit_gongan"]).filter(pk=warning.pk).exists()
    assert not warnings_visible_to(people["unit_runcheng"]).filter(pk=warning.pk).exists()
    assert EarlyWarningGroupObjectPermission.objects.filter(content_object=warning).count() == 3
    assert all(row.sent_at == warning.published_at for row in warning.addressees.all())
    assert warning.valid_from == warning.published_at


def test_a_confidential_warning_keeps_its_words_inside(cyber: Any, people: Any) -> None:
    warning = published(people, cyber, publicity="confidential")
    for notice in Notice.objects.filter(kind="warning.published", subject_id=warning.pk):
        assert warning.text not in notice.body + notice.script + notice.title
        assert warning.title not in notice.title


def test_a_unit_without_any_number_is_on_the_call_sheet_all_the_same(cyber: Any, people: Any) -> None:
    bare = Unit.objects.create(code="bare", name="无联系方式单位", short_name="无联系", kind="other")
    warning = published(people, cyber, units=(bare,))
    notice = Notice.objects.get(kind="warning.published", subject_id=warning.pk)
    assert notice.deliveries.get().address == ""


def test_adjusting_tells_the_units_that_are_dropped(cyber: Any, people: Any) -> None:
    old = published(people, cyber)
    fresh = services.warning_adjust(**_key(old, people["office"]), content=content_of(cyber, level=1, codes=["gongan"]))
    fresh = services.warning_propose(**_key(fresh, people["office"]))
    fresh = services.warning_approve(**_key(fresh, people["deputy"]))
    services.warning_publish(**_key(fresh, people["office"]))
    old.refresh_from_db()
    assert old.state == "adjusted"
    dropped = Notice.objects.filter(kind="warning.adjusted", subject_id=old.pk)
    assert {notice.unit_code for notice in dropped} == {"shuju", "yidong"}


def test_only_one_adjustment_is_under_way(cyber: Any, people: Any) -> None:
    old = published(people, cyber)
    first = services.warning_adjust(**_key(old, people["office"]), content=content_of(cyber, level=1))
    with pytest.raises(WrongState, match=first.number):
        services.warning_adjust(**_key(old, people["office"]), content=content_of(cyber, level=3))
    services.warning_withdraw(**_key(first, people["office"]), reason="不需要了")
    assert services.warning_adjust(**_key(old, people["office"]), content=content_of(cyber, level=3)).previous == old


def test_an_adjustment_of_a_lifted_warning_is_not_published(cyber: Any, people: Any) -> None:
    old = published(people, cyber)
    fresh = services.warning_adjust(**_key(old, people["office"]), content=content_of(cyber, level=1))
    fresh = services.warning_propose(**_key(fresh, people["office"]))
    fresh = services.warning_approve(**_key(fresh, people["commander"]))
    findings = {1: "复测", 2: "复测"}
    old = services.warning_propose_lift(**_key(old, people["office"]), findings=findings)
    services.warning_lift(**_key(old, people["commander"]))
    with pytest.raises(WrongState, match="不在生效"):
        services.warning_publish(**_key(fresh, people["office"]))


@pytest.mark.parametrize("plan", ["cyber", "comms"])
def test_return_keeps_the_reason_and_tells_the_proposer(plan: str, request: Any, people: Any) -> None:
    version = request.getfixturevalue(plan)
    warning = proposed(people, version)
    commander = people[commander_of(version)]
    with pytest.raises(BadInput):
        services.warning_return(**_key(warning, commander), reason="  ")
    warning = services.warning_return(**_key(warning, commander), reason="范围过大")
    assert warning.return_reason == "范围过大"
    told = Notice.objects.get(kind="warning.returned", subject_id=warning.pk)
    assert told.recipient == people[office_of(version)]


def test_who_cannot_read_it_cannot_act_on_it(cyber: Any, people: Any) -> None:
    warning = proposed(people, cyber)
    with pytest.raises(NotVisible):
        services.warning_approve(**_key(warning, people["unit_runcheng"]))


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "长" * 121}, "title"),
        ({"text": ""}, "text"),
        ({"valid_from": timezone.now(), "valid_until": timezone.now() - timedelta(hours=1)}, "valid_until"),
    ],
)
def test_bad_content_is_refused_with_its_field(over: Any, field: str, cyber: Any, people: Any) -> None:
    with pytest.raises(BadInput) as refused:
        drafted(people, cyber, **over)
    assert field in refused.value.fields
    assert not EarlyWarning.objects.exists()


def test_the_other_plans_level_is_refused(cyber: Any, comms: Any, people: Any) -> None:
    with pytest.raises(BadInput) as refused:
        services.warning_draft(version=cyber, content=content_of(comms), user=people["office"])
    assert "level" in refused.value.fields


def test_a_proposal_must_not_be_expired(cyber: Any, people: Any) -> None:
    warning = drafted(people, cyber, valid_until=timezone.now() - timedelta(minutes=1))
    with pytest.raises(BadInput) as refused:
        services.warning_propose(**_key(warning, people["office"]))
    assert "valid_until" in refused.value.fields


def test_a_drill_carries_its_mark(cyber: Any, people: Any) -> None:
    warning = published(people, cyber, drill=True)
    assert warning.number.startswith("YJ-D")
    told = Notice.objects.filter(subject_id=warning.pk, kind__startswith="warning")
    assert all(notice.title.startswith("【演练】") for notice in told)
