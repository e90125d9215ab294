"""Findings: who may, what is written, what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from early_warning.models import EarlyWarning
from early_warning.prevention import services
from early_warning.prevention.choices import FindingState
from early_warning.prevention.models import Finding
from early_warning.prevention.selectors import findings_visible_to
from early_warning.selectors import level_named
from early_warning.services import Content, warning_withdraw
from incidents.models import IntakeDraft
from incidents.services.drafts import DraftEntry, draft_drop, draft_file
from incidents.services.intake_words import Intake
from tests.incidents.factories import file_incident
from tests.prevention.factories import (
    accepted,
    asked_back,
    found,
    later,
    mended,
    mending,
    opened,
    reported,
    unit,
)
from yangcheng_ec.deadlines.models import Delivery, Notice
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, StaleVersion, WrongState
from yangcheng_ec.record.models import RecordEntry
from yangcheng_ec.record.selectors import verify_chain

pytestmark = pytest.mark.django_db

NOT_OFFICE = ("unit_shuju", "commander", "comms_office", "auditor")


def _given(row: Finding, people: Any, who: str) -> dict[str, Any]:
    return {"finding_id": row.pk, "version": row.version, "user": people[who]}


def _told(kind: str) -> set[str]:
    rows = Notice.objects.filter(kind=kind, settled_at__isnull=True)
    return set(rows.values_list("recipient__username", flat=True))


def _texts(row: Finding) -> str:
    return "\n".join(RecordEntry.objects.filter(head=row.head_id).order_by("seq").values_list("text", flat=True))


# --- reporting -----------------------------------------------------------------------------------------------------


def test_a_unit_reports_and_the_office_is_told(people: Any, cyber: Any) -> None:
    row = reported(people, cyber)
    assert row.number.startswith("FX-")
    assert (row.state, row.unit.code, row.owner.code, row.due_at) == ("reported", "shuju", "shuju", None)
    assert {"office", "duty", "director"} <= _told("finding.reported")
    entry = RecordEntry.objects.get(kind="finding.reported", head=row.head_id)
    assert (entry.clause, entry.actor, entry.head.kind) == ("网络预案 3.2.2", people["unit_shuju"], "finding")
    assert "县数据中心报告隐患" in entry.text
    assert not Delivery.objects.filter(notice__kind="finding.reported", channel="phone").exists(), "不占叫应单"


def test_a_second_click_reports_once(people: Any, cyber: Any) -> None:
    first = reported(people, cyber, key="k1")
    assert reported(people, cyber, key="k1").pk == first.pk
    with pytest.raises(BadInput):
        reported(people, cyber, key="k1", title="另一处")
    assert Finding.objects.count() == 1


def test_the_office_reports_for_itself_and_for_who_phones(people: Any, cyber: Any) -> None:
    own = reported(people, cyber, who="duty", unit=unit("xuanchuan"))
    assert (own.said_by, own.unit.code) == ("", "xuanchuan")
    with pytest.raises(BadInput) as caught:
        reported(people, cyber, who="duty", unit=unit("sitou"))
    assert "said_by" in caught.value.fields
    phoned = reported(people, cyber, who="duty", unit=unit("sitou"), said_by="镇办 老李")
    assert "镇办 老李电话报来，代录" in _texts(phoned)


@pytest.mark.parametrize("who", ["commander", "auditor", "comms_office", "unit_gongan"])
def test_nobody_else_reports_for_a_unit(who: str, people: Any, cyber: Any) -> None:
    with pytest.raises(Forbidden) as caught:
        reported(people, cyber, who=who, unit=unit("shuju"), said_by="某人")
    assert caught.value.clause == "网络预案 3.1"
    assert not Finding.objects.exists()


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"title": " "}, "title"),
        ({"place": ""}, "place"),
        ({"description": "\u200b"}, "description"),
        ({"title": "长" * 121}, "title"),
        ({"place": "长" * 201}, "place"),
        ({"severity": "长" * 501}, "severity"),
        ({"measure": "长" * 20_001}, "measure"),
        ({"found_at": timezone.now() + timedelta(hours=1)}, "found_at"),
    ],
)
def test_what_cannot_be_kept_is_named(over: dict[str, Any], field: str, people: Any, cyber: Any) -> None:
    with pytest.raises(BadInput) as caught:
        reported(people, cyber, **over)
    assert field in caught.value.fields


def test_a_finding_of_a_round_must_be_of_that_round(people: Any, cyber: Any, comms: Any) -> None:
    check = opened(people, cyber, "shuju")
    assert reported(people, cyber, hazard_check=check).hazard_check == check
    with pytest.raises(BadInput, match="没有报告") as caught:
        reported(people, cyber, who="unit_gongan", hazard_check=check)
    assert "不在" in caught.value.fields["hazard_check"][0]
    with pytest.raises(BadInput) as caught:
        reported(people, comms, hazard_check=check)
    assert "另一预案" in caught.value.fields["hazard_check"][0]
    services.check_close(check_id=check.pk, version=None, user=people["office"])
    check.refresh_from_db()
    with pytest.raises(BadInput):
        reported(people, cyber, hazard_check=check)


def test_what_was_asked_back_comes_again(people: Any, cyber: Any) -> None:
    row = asked_back(people, cyber)
    assert (row.state, row.reason) == ("asked_back", "哪一路？")
    assert _told("finding.asked_back") == {"unit_shuju"}
    row = services.finding_supplement(**_given(row, people, "unit_shuju"), found=found(title="二路电源不能切换"))
    assert (row.state, row.reason, row.title) == ("reported", "", "二路电源不能切换")
    assert _told("finding.asked_back") == set()
    assert "office" in _told("finding.reported")
    for who in ("unit_gongan",):
        with pytest.raises(NotVisible):
            services.finding_supplement(**_given(row, people, who), found=found())
    with pytest.raises(Forbidden):
        services.finding_supplement(**_given(row, people, "commander"), found=found())


def test_nothing_changed_writes_nothing(people: Any, cyber: Any) -> None:
    row = reported(people, cyber)
    same = found(found_at=row.found_at)
    again = services.finding_supplement(**_given(row, people, "unit_shuju"), found=same)
    assert again.version == row.version


# --- what the office decides ---------------------------------------------------------------------------------------


def test_accepting_names_who_mends_and_until_when(people: Any, cyber: Any) -> None:
    row = reported(people, cyber, who="unit_gongan", owner=unit("shuju"))
    assert not findings_visible_to(people["unit_shuju"]).exists(), "受理前，被指的单位看不到"
    row = services.finding_accept(**_given(row, people, "office"), due_at=later(), owner=None)
    assert (row.state, row.owner.code) == ("accepted", "shuju")
    assert _told("finding.accepted") == {"unit_shuju"}
    assert _told("finding.accepted_reporter") == {"unit_gongan"}
    assert _told("finding.reported") == set(), "办公室不必再被提醒"
    assert findings_visible_to(people["unit_shuju"]).get() == row
    assert findings_visible_to(people["unit_gongan"]).get() == row
    assert not findings_visible_to(people["unit_runcheng"]).exists()


@pytest.mark.parametrize("due", [None, timezone.now() - timedelta(minutes=1)])
def test_accepting_needs_a_time_to_come(due: Any, people: Any, cyber: Any) -> None:
    row = reported(people, cyber)
    with pytest.raises(BadInput) as caught:
        services.finding_accept(**_given(row, people, "office"), due_at=due)
    assert "due_at" in caught.value.fields


@pytest.mark.parametrize("who", NOT_OFFICE)
def test_only_the_office_of_the_plan_decides(who: str, people: Any, cyber: Any) -> None:
    row, done = reported(people, cyber), mended(people, cyber)
    for act in (
        lambda: services.finding_accept(**_given(row, people, who), due_at=later()),
        lambda: services.finding_ask_back(**_given(row, people, who), reason="x"),
        lambda: services.finding_reject(**_given(row, people, who), reason="x"),
        lambda: services.finding_verify(**_given(done, people, who)),
        lambda: services.finding_send_back(**_given(done, people, who), reason="x"),
        lambda: services.finding_extend(**_given(done, people, who), reason="x", due_at=later(9)),
        lambda: services.finding_chase(**_given(done, people, who)),
        lambda: services.finding_as_incident(**_given(done, people, who), number="CY-1"),
    ):
        with pytest.raises(Forbidden) as caught:
            act()
        assert "办理（非预案规定）" in caught.value.message
        assert caught.value.clause == "网络预案 3.1"


@pytest.mark.parametrize("reason", ["", "  ", "长" * 501])
def test_a_refusal_needs_its_reason(reason: str, people: Any, cyber: Any) -> None:
    row, done = reported(people, cyber), mended(people, cyber)
    for act, one in (
        (services.finding_ask_back, row),
        (services.finding_reject, row),
        (services.finding_send_back, done),
    ):
        with pytest.raises(BadInput) as caught:
            act(**_given(one, people, "office"), reason=reason)
        assert "reason" in caught.value.fields


def test_a_due_time_is_only_moved_later_and_reminders_begin_anew(people: Any, cyber: Any) -> None:
    row = accepted(people, cyber, due_at=later(3))
    Finding.objects.filter(pk=row.pk).update(told_soon_at=timezone.now(), told_late_at=timezone.now())
    for due in (later(1), row.due_at):
        with pytest.raises(BadInput):
            services.finding_extend(**_given(row, people, "office"), due_at=due, reason="等配件")
    row = services.finding_extend(**_given(row, people, "office"), due_at=later(8), reason="等配件")
    assert (row.extended, row.told_soon_at, row.told_late_at) == (1, None, None)
    assert "等配件" in _texts(row)


def test_chasing_tells_the_unit_and_says_when_nobody_can_be_told(people: Any, cyber: Any) -> None:
    row = accepted(people, cyber)
    assert services.finding_chase(**_given(row, people, "office"), text="明天要用") == 1
    assert _told("finding.chased") == {"unit_shuju"}
    row.refresh_from_db()
    assert services.finding_chase(**_given(row, people, "office")) == 1, "第二次催办是另一条通知"
    without = accepted(people, cyber, mends=unit("kaifaqu"))
    assert services.finding_chase(**_given(without, people, "office")) == 0
    assert "须电话催办" in _texts(without)


# --- mending and verifying -----------------------------------------------------------------------------------------


def test_the_owner_mends_and_another_verifies(people: Any, cyber: Any) -> None:
    row = mending(people, cyber)
    assert (row.state, row.progress) == ("mending", "配件已到货。")
    row = services.finding_mended(**_given(row, people, "unit_shuju"), text="已更换，试机正常。")
    assert (row.state, row.mended_by) == ("mended", people["unit_shuju"])
    assert {"office", "duty"} <= _told("finding.mended")
    row = services.finding_verify(**_given(row, people, "duty"), text="现场核验")
    assert (row.state, row.verified_by) == ("verified", people["duty"])
    assert _told("finding.mended") == set()
    assert _told("finding.verified") == {"unit_shuju"}
    assert "复核通过，销号。现场核验" in _texts(row)
    assert verify_chain(row.head) is None


def test_who_reported_it_mended_does_not_verify_it(people: Any, cyber: Any) -> None:
    row = accepted(people, cyber)
    row = services.finding_mended(**_given(row, people, "office"), text="对方说已换好", said_by="数据中心 赵敏")
    for act in (
        lambda: services.finding_verify(**_given(row, people, "office")),
        lambda: services.finding_send_back(**_given(row, people, "office"), reason="没好"),
    ):
        with pytest.raises(Forbidden, match="另一人复核"):
            act()
    assert services.finding_verify(**_given(row, people, "duty")).state == "verified"


def test_the_database_itself_holds_that_another_verifies(people: Any, cyber: Any) -> None:
    row = mended(people, cyber)
    with pytest.raises(IntegrityError), transaction.atomic():
        Finding.objects.filter(pk=row.pk).update(verified_by=row.mended_by)
    with pytest.raises(IntegrityError), transaction.atomic():
        Finding.objects.filter(pk=row.pk).update(due_at=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Finding.objects.filter(pk=row.pk).update(state=FindingState.INCIDENT)


def test_what_is_not_mended_goes_back(people: Any, cyber: Any) -> None:
    row = mended(people, cyber)
    row = services.finding_send_back(**_given(row, people, "duty"), reason="二路仍不能切换")
    assert (row.state, row.mended_at, row.reason) == ("mending", None, "二路仍不能切换")
    assert _told("finding.sent_back") == {"unit_shuju"}


def test_another_unit_and_a_reader_do_not_mend(people: Any, cyber: Any) -> None:
    row = accepted(people, cyber)
    with pytest.raises(NotVisible):
        services.finding_progress(**_given(row, people, "unit_gongan"), text="x")
    for who in ("commander", "auditor", "comms_office"):
        with pytest.raises(Forbidden, match="由县数据中心的分管负责人或联络员办理"):
            services.finding_mended(**_given(row, people, who), text="x", said_by="某人")
    with pytest.raises(BadInput) as caught:
        services.finding_progress(**_given(row, people, "office"), text="x")
    assert "said_by" in caught.value.fields


def test_the_reporter_who_is_not_the_owner_does_not_mend(people: Any, cyber: Any) -> None:
    row = accepted(people, cyber, who="unit_gongan", mends=unit("shuju"))
    with pytest.raises(Forbidden):
        services.finding_mended(**_given(row, people, "unit_gongan"), text="x")


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"text": " "}, "text"),
        ({"mended_at": timezone.now() + timedelta(hours=2)}, "mended_at"),
        ({"mended_at": timezone.now() - timedelta(days=900)}, "mended_at"),
    ],
)
def test_mended_says_how_and_when(over: dict[str, Any], field: str, people: Any, cyber: Any) -> None:
    row = accepted(people, cyber)
    with pytest.raises(BadInput) as caught:
        services.finding_mended(**_given(row, people, "unit_shuju"), **({"text": "已换"} | over))
    assert field in caught.value.fields


def test_a_stale_page_sees_what_happened(people: Any, cyber: Any) -> None:
    row = accepted(people, cyber)
    seen = _given(row, people, "unit_shuju")
    services.finding_progress(**_given(row, people, "unit_shuju"), text="配件已到货")
    with pytest.raises(StaleVersion) as caught:
        services.finding_mended(**seen, text="已换")
    assert any("配件已到货" in change.now for change in caught.value.changes)


# --- onward --------------------------------------------------------------------------------------------------------


def _content(row: Finding, **over: Any) -> Content:
    given = {"title": row.title, "text": row.description, "publicity": "internal"}
    return Content(level=level_named(row.plan_version, "3"), **(given | over))


def test_a_finding_becomes_the_draft_of_a_warning_and_is_mended_all_the_same(people: Any, cyber: Any) -> None:
    row = accepted(people, cyber)
    made = services.finding_warn(**_given(row, people, "office"), content=_content(row, basis="另有通报。"))
    assert isinstance(made, EarlyWarning)
    assert made.state == "draft"
    assert (made.source_kind, made.source_label, made.source_reference) == ("finding", row.title, row.number)
    assert row.number in made.basis
    assert made.basis.endswith("另有通报。")
    row.refresh_from_db()
    assert (row.warning, row.state) == (made, "accepted")
    assert made.number in _texts(row)
    with pytest.raises(WrongState, match=made.number):
        services.finding_warn(**_given(row, people, "office"), content=_content(row))
    warning_withdraw(warning_id=made.pk, version=made.version, reason="再等等", user=people["office"])
    assert services.finding_warn(**_given(row, people, "office"), content=_content(row)).pk != made.pk


@pytest.mark.parametrize("who", ["unit_shuju", "commander", "auditor", "comms_office"])
def test_only_who_proposes_warnings_begins_one(who: str, people: Any, cyber: Any) -> None:
    row = accepted(people, cyber)
    with pytest.raises(Forbidden):
        services.finding_warn(**_given(row, people, who), content=_content(row))
    assert not EarlyWarning.objects.exists()


def test_an_incident_is_taken_down_from_a_finding_once(people: Any, cyber: Any) -> None:
    row = mending(people, cyber)
    uuid = services.finding_intake(**_given(row, people, "unit_shuju"))
    draft = IntakeDraft.objects.get(uuid=uuid)
    assert draft.user == people["unit_shuju"]
    assert row.number in draft.data["description"]
    assert (draft.data["incident_unit"], draft.data["reporting_unit"]) == ("shuju", "shuju")
    assert "配件已到货" in draft.data["measures_taken"]
    row.refresh_from_db()
    assert services.finding_intake(**_given(row, people, "unit_shuju")) == uuid, "再按一次，接着填同一份"
    with pytest.raises(WrongState, match="正在由本隐患登记"):
        services.finding_intake(**_given(row, people, "office"))
    entry = DraftEntry(data=draft.data)
    intake = Intake(plan="cyber-2025", title=row.title, description="断电", caller_name="杨帆", channel="written")
    case = draft_file(user=people["unit_shuju"], uuid=draft.uuid, entry=entry, intake=intake)[0]
    with pytest.raises(WrongState, match=case.number):
        services.finding_intake(**_given(row, people, "office"))
    done = services.finding_as_incident(**_given(row, people, "office"), number=case.number)
    assert (done.state, done.incident) == ("incident", case)
    assert "unit_shuju" in _told("finding.as_incident")


def test_a_dropped_draft_is_begun_again(people: Any, cyber: Any) -> None:
    row = accepted(people, cyber)
    uuid = services.finding_intake(**_given(row, people, "unit_shuju"))
    draft_drop(user=people["unit_shuju"], uuid=IntakeDraft.objects.get(uuid=uuid).uuid)
    row.refresh_from_db()
    assert services.finding_intake(**_given(row, people, "office")) != uuid


@pytest.mark.parametrize("who", ["commander", "auditor", "comms_office"])
def test_a_reader_takes_no_incident_down(who: str, people: Any, cyber: Any) -> None:
    row = accepted(people, cyber)
    with pytest.raises(Forbidden):
        services.finding_intake(**_given(row, people, who))
    assert not IntakeDraft.objects.exists()


def test_the_case_must_exist_and_be_of_the_plan(people: Any, cyber: Any) -> None:
    row, other = accepted(people, cyber), file_incident(people, "comms-2022")
    for number, words in (("CY-20200101-999", "没有编号"), ("", "没有编号"), (other.number, "另一预案")):
        with pytest.raises(BadInput) as caught:
            services.finding_as_incident(**_given(row, people, "office"), number=number)
        assert words in caught.value.fields["incident"][0]
