"""A plan's revision: who drafts, edits and confirms it; from its day new cases run by it, running ones as before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.template import Context, Template
from django.test import Client

from directory import clauses
from directory.audience import duty_number
from directory.choices import Act
from directory.forms_revisions import SectionForm
from directory.loading import load_plans
from directory.models import Appointment, Clause, Contact, PlanVersion, Post, ReportingRule, ResponseCondition, Unit
from directory.rules import actor_for, clause_label, holders, may
from directory.selectors.plan_compare import compare
from directory.services import appointments
from directory.services.plan_edits import SECTIONS, plan_row_add, plan_row_edit, plan_row_remove
from directory.services.plan_revisions import (
    plan_revision_confirm,
    plan_revision_discard,
    plan_revision_return,
    plan_revision_start,
    plan_revision_submit,
    plans_enforce_due,
)
from incidents.services.intake_words import plan_named
from response.services import response_approve
from tests.directory.making import appoint, person
from tests.incidents.clocks import clocks
from tests.incidents.factories import file_incident, grade_incident
from tests.response.factories import propose
from yangcheng_ec.clauses import resolve_clause
from yangcheng_ec.deadlines.models import Notice
from yangcheng_ec.deadlines.services import sweep_all
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, StaleVersion, WrongState
from yangcheng_ec.record.models import CaseHead, RecordEntry
from yangcheng_ec.record.selectors import verify_chain

pytestmark = pytest.mark.django_db

NOON = "2026-11-22T12:00:00+08:00"
EVE = "2026-11-30T23:59:59+08:00"
MIDNIGHT = "2026-12-01T00:00:00+08:00"
DAY = date(2026, 12, 1)
NUMBER = "阳政办发〔2026〕40号"


@pytest.fixture(autouse=True)
def noon() -> Iterator[time_machine.Traveller]:
    """It is noon of 22 November 2026; what the process read of clauses is forgotten before and after."""
    clauses.forget()
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller
    clauses.forget()


@pytest.fixture
def draft(cyber: PlanVersion, people: Any) -> PlanVersion:
    """A draft of the cyber plan."""
    return start(cyber, people)


def start(base: PlanVersion, people: Any, by: str = "director", **over: Any) -> PlanVersion:
    """Begin a revision."""
    values = {"number": NUMBER, "title": base.title, **over}
    return plan_revision_start(version_id=base.pk, user=people[by], **values)


def submitted(draft: PlanVersion, people: Any, by: str = "office", day: date = DAY) -> PlanVersion:
    """Put a draft before the commander."""
    return plan_revision_submit(
        version_id=draft.pk, revision=fresh(draft).revision, effective_on=day, issued_on=date(2026, 11, 20),
        user=people[by],
    )  # fmt: skip


def scheduled(draft: PlanVersion, people: Any, day: date = DAY) -> PlanVersion:
    """Have a draft confirmed by the commander."""
    submitted(draft, people, day=day)
    return plan_revision_confirm(version_id=draft.pk, revision=fresh(draft).revision, user=people["commander"])


def fresh(version: PlanVersion) -> PlanVersion:
    """Read a version again."""
    return PlanVersion.objects.select_related("plan").get(pk=version.pk)


def thirty(version: PlanVersion) -> ReportingRule:
    """The rule with 30 minutes."""
    return version.reporting_rules.get(code="cyber-2025:4.1-30min")


def edit_rule(draft: PlanVersion, people: Any, minutes: int | None, quote: str = "", **over: Any) -> PlanVersion:
    """Change the 30 minutes."""
    row = thirty(draft)
    values = {
        "title": row.title, "quote": quote or row.quote.replace("30", str(minutes)), "wording": f"{minutes}分钟内",
        "owed_by": row.owed_by, "minutes": minutes,
    }  # fmt: skip
    return plan_row_edit(
        version_id=draft.pk, revision=fresh(draft).revision, section="rule", row_id=row.pk, values=values,
        user=people["office"], **over,
    )  # fmt: skip


# --- a draft -------------------------------------------------------------------------------------------------------


def test_a_draft_is_not_in_force(cyber: PlanVersion, draft: PlanVersion, people: Any) -> None:
    """It stands beside the plan in force, cites itself by its year, and gives nobody a post."""
    assert (draft.stage, draft.in_force, draft.based_on_id, draft.revision) == ("draft", False, cyber.pk, 1)
    assert plan_named("cyber-2025").pk == cyber.pk
    assert clause_label(draft, "4.1") == "网络预案2026版 4.1"
    assert holders(draft, ["commander"]) == []
    line = RecordEntry.objects.get(kind="plan.revision_started")
    assert (line.head.key, line.clause, line.actor_post) == ("plan:cyber-2025", "网络预案 7.1", "网络预案 办公室主任")


@pytest.mark.parametrize("who", ["duty", "commander", "comms_director", "unit_gongan", "contacts", "auditor"])
def test_only_the_plans_own_office_revises(who: str, cyber: PlanVersion, people: Any) -> None:
    """cyber 7.1 names the office; the commander confirms, so does not draft."""
    with pytest.raises(Forbidden) as refused:
        start(cyber, people, by=who)
    assert refused.value.clause == "网络预案 7.1"
    assert "非预案规定" in refused.value.message


def test_one_revision_at_a_time(cyber: PlanVersion, comms: PlanVersion, draft: PlanVersion, people: Any) -> None:
    """A second one waits until the first is in force or given up; another plan's is its own affair."""
    with pytest.raises(WrongState, match="已有一份修订"):
        start(cyber, people, number="另一号")
    start(comms, people, by="comms_office", number="另一号")
    plan_revision_discard(version_id=draft.pk, revision=1, reason="重来", user=people["office"])
    again = start(cyber, people, number="阳政办发〔2026〕41号")
    assert clause_label(again, "4.1") == "网络预案2026版之2 4.1"


@pytest.mark.parametrize(
    ("over", "name"),
    [({"number": " "}, "number"), ({"title": ""}, "title"), ({"number": "阳政办发〔2025〕23号"}, "number"),
     ({"number": "长" * 61}, "number"), ({"title": "长" * 121}, "title")],
)  # fmt: skip
def test_bad_number_or_title(over: dict[str, str], name: str, cyber: PlanVersion, people: Any) -> None:
    """Said beside the field; nothing is written."""
    with pytest.raises(BadInput) as refused:
        start(cyber, people, **over)
    assert name in refused.value.fields
    assert PlanVersion.objects.count() == 2


def test_only_what_is_in_force_is_copied(draft: PlanVersion, people: Any) -> None:
    """A draft of a draft makes no sense."""
    with pytest.raises(WrongState):
        start(draft, people, number="x")


# --- editing -------------------------------------------------------------------------------------------------------


def test_minutes_words_and_clause_change_together(draft: PlanVersion, cyber: PlanVersion, people: Any) -> None:
    """4.1's 30 minutes become 20, in the rule and in the clause; the plan in force keeps its own; a line says so."""
    before = fresh(draft).checksum
    edit_rule(draft, people, 20)
    draft = fresh(draft)
    assert (thirty(draft).minutes, thirty(cyber).minutes) == (20, 30)
    assert "事发后20分钟内报告县人民政府" in draft.clauses.get(ref="4.1").text
    assert "事发后30分钟内报告县人民政府" in cyber.clauses.get(ref="4.1").text
    assert (draft.revision, draft.checksum == before) == (2, False)
    line = RecordEntry.objects.get(kind="plan.revision_edited")
    assert {"field": "分钟", "was": "30", "now": "20"} in line.data["changes"]


@pytest.mark.parametrize(("minutes", "quote", "name"), [(0, "", "minutes"), (-5, "", "minutes"), (45, "立即", "quote")])
def test_impossible_minutes(minutes: int, quote: str, name: str, draft: PlanVersion, people: Any) -> None:
    """Below one, or not those of the quote."""
    with pytest.raises(BadInput) as refused:
        edit_rule(draft, people, minutes, quote)
    assert name in refused.value.fields
    assert thirty(fresh(draft)).minutes == 30


def test_members_come_and_go(draft: PlanVersion, cyber: PlanVersion, people: Any) -> None:
    """Added after the last, taken out with the others moving up, its duty changed."""
    act: Any = {"version_id": draft.pk, "user": people["office"], "section": "member"}
    unit = Unit.objects.exclude(memberships__version=draft).filter(kind="government").first()
    assert unit is not None
    plan_row_add(revision=1, values={"unit": unit.pk, "duty": "负责有关工作"}, **act)
    assert draft.memberships.get(unit=unit).number == 21
    first = draft.memberships.get(number=1)
    plan_row_remove(revision=2, row_id=first.pk, **act)
    assert list(draft.memberships.values_list("number", flat=True)) == list(range(1, 21))
    row = draft.memberships.get(unit=unit)
    plan_row_edit(revision=3, row_id=row.pk, values={"duty": "另一职责"}, **act)
    assert draft.memberships.get(unit=unit).duty == "另一职责"
    assert cyber.memberships.count() == 20
    titles = {(row.kind, section.title) for section in compare(cyber, fresh(draft)) for row in section.rows}
    assert titles == {("added", "成员单位与职责"), ("removed", "成员单位与职责"), ("changed", "预案版本")}
    with pytest.raises(BadInput, match="没有保存"):
        plan_row_add(revision=4, values={"unit": unit.pk, "duty": "x"}, **act)
    with pytest.raises(BadInput):
        plan_row_add(revision=4, values={"unit": 10**9, "duty": "x"}, **act)


def test_a_groups_lead_members_and_duty(draft: PlanVersion, people: Any) -> None:
    """Printed order stays; what is not named goes; an unknown unit is refused."""
    group = draft.groups.get(number=3)
    kept = [row.unit_id for row in group.members.all() if row.unit_id][:2]
    lead = Unit.objects.get(code="gongan")
    act: Any = {"version_id": draft.pk, "section": "group", "row_id": group.pk, "user": people["office"]}
    values = {"name": group.name, "duty": "新的职责", "lead": lead.pk, "units": kept, "with_township": True}
    plan_row_edit(revision=1, values={**values, "units": [*kept, lead.pk]}, **act)
    group.refresh_from_db()
    assert (group.lead, group.printed_lead, group.duty) == (lead, lead.name, "新的职责")
    assert [row.unit_id for row in group.members.order_by("number")] == [*kept, lead.pk, None]
    for bad in ({"duty": " "}, {"lead": 10**9}, {"units": [10**9]}):
        with pytest.raises(BadInput):
            plan_row_edit(revision=2, values={**values, **bad}, **act)


def test_a_levels_posts_conditions_and_measures(draft: PlanVersion, people: Any) -> None:
    """Only posts of this plan approve; words change in the clause too; a quote must stand in its measure."""
    level = draft.response_levels.get(ordinal=1)
    act: Any = {"version_id": draft.pk, "user": people["office"]}
    of_level: Any = {"section": "level", "row_id": level.pk, **act}
    plan_row_edit(revision=1, values={"approvers": ["commander", "deputy"]}, **of_level)
    level.refresh_from_db()
    assert level.approvers == ["commander", "deputy"]
    for bad in ([], ["minister"], ["unit_leader"]):
        with pytest.raises(BadInput) as refused:
            plan_row_edit(revision=2, values={"approvers": bad}, **of_level)
        assert "approvers" in refused.value.fields
    condition = level.conditions.get(number=1)
    of_condition: Any = {"section": "condition", "row_id": condition.pk, **act}
    plan_row_edit(revision=2, values={"text": f"{condition.text}（新）"}, **of_condition)
    assert f"{condition.text}（新）" in draft.clauses.get(ref=level.conditions_clause).text
    measure = level.measures.filter(actors__isnull=False).first()
    actor = measure.actors.first()
    of_measure: Any = {"section": "measure", "row_id": measure.pk, **act}
    with pytest.raises(BadInput) as refused:
        plan_row_edit(revision=3, values={"text": "全新的措施。"}, **of_measure)
    assert f"quote_{actor.pk}" in refused.value.fields
    quotes = {row.pk: "全新的措施" for row in measure.actors.all()}
    plan_row_edit(revision=3, values={"text": "全新的措施。", "quotes": quotes}, **of_measure)
    measure.refresh_from_db()
    assert (measure.text, measure.actors.first().quote) == ("全新的措施。", "全新的措施")
    with pytest.raises(BadInput):
        plan_row_edit(revision=4, values={"text": "  "}, **of_condition)


def test_rows_of_other_versions_are_not_there(draft: PlanVersion, cyber: PlanVersion, people: Any) -> None:
    """A draft's page cannot reach a row of the plan in force."""
    row = cyber.memberships.first()
    assert row is not None
    with pytest.raises(NotVisible):
        plan_row_remove(version_id=draft.pk, revision=1, section="member", row_id=row.pk, user=people["office"])


def test_what_is_in_force_or_submitted_is_not_edited(draft: PlanVersion, cyber: PlanVersion, people: Any) -> None:
    """409, whoever asks."""
    row = cyber.memberships.first()
    assert row is not None
    with pytest.raises(WrongState):
        plan_row_remove(version_id=cyber.pk, revision=0, section="member", row_id=row.pk, user=people["office"])
    submitted(draft, people)
    with pytest.raises(WrongState, match="不能修改"):
        edit_rule(draft, people, 20)


def test_two_editors(draft: PlanVersion, people: Any) -> None:
    """The second is shown what the first changed."""
    edit_rule(draft, people, 20)
    row = draft.memberships.first()
    assert row is not None
    with pytest.raises(StaleVersion) as stale:
        plan_row_remove(version_id=draft.pk, revision=1, section="member", row_id=row.pk, user=people["director"])
    assert ("分钟", "30", "20") in [(change.field, change.was, change.now) for change in stale.value.changes]


def test_a_stranger_edits_nothing(draft: PlanVersion, people: Any) -> None:
    """Neither the other plan's office nor the commander."""
    row = draft.memberships.first()
    assert row is not None
    for who in ("comms_office", "commander", "duty"):
        with pytest.raises(Forbidden):
            plan_row_remove(version_id=draft.pk, revision=1, section="member", row_id=row.pk, user=people[who])


# --- putting it in force -------------------------------------------------------------------------------------------


def test_two_people(draft: PlanVersion, people: Any) -> None:
    """The office puts it before the commander; who put it there does not confirm it."""
    with pytest.raises(WrongState):
        plan_revision_confirm(version_id=draft.pk, revision=1, user=people["commander"])
    appoint(people["office"], "cyber-2025:commander")
    submitted(draft, people)
    notice = Notice.objects.get(kind="plan.revision", recipient=people["commander"])
    assert notice.url == f"{BASE}{draft.pk}/"
    for who in ("office", "director", "deputy", "comms_commander", "security"):
        with pytest.raises(Forbidden):
            plan_revision_confirm(version_id=draft.pk, revision=1, user=people[who])
    done = plan_revision_confirm(version_id=draft.pk, revision=1, user=people["commander"])
    assert done.stage == "scheduled"
    assert not done.in_force


def test_days(draft: PlanVersion, people: Any, noon: time_machine.Traveller) -> None:
    """Not a day gone by; not before it is printed; a confirmation that comes too late is refused."""
    for day, issued, name in (
        (date(2026, 11, 21), date(2026, 11, 20), "effective_on"), (DAY, date(2026, 12, 2), "issued_on"),
    ):  # fmt: skip
        with pytest.raises(BadInput) as refused:
            plan_revision_submit(
                version_id=draft.pk, revision=1, effective_on=day, issued_on=issued, user=people["office"]
            )
        assert name in refused.value.fields
    submitted(draft, people)
    noon.move_to("2026-12-02T08:00:00+08:00")
    with pytest.raises(WrongState, match="已过"):
        plan_revision_confirm(version_id=draft.pk, revision=1, user=people["commander"])
    assert plans_enforce_due() == 0


def test_a_draft_with_faults_is_not_put_forward(draft: PlanVersion, people: Any) -> None:
    """Each fault is named: a quote without its clause, a rule without addressees, a post nobody has."""
    condition = ResponseCondition.objects.filter(level__version=draft).first()
    assert condition is not None
    ResponseCondition.objects.filter(pk=condition.pk).update(text="不在条款里的话")
    thirty(draft).addressees.all().delete()
    draft.response_levels.filter(ordinal=2).update(approvers=["unit_liaison", "commander"])
    draft.posts.filter(kind="commander").delete()
    with pytest.raises(BadInput) as refused:
        submitted(draft, people)
    words = "；".join(refused.value.fields["__all__"])
    for part in ("找不到", "没有报告对象", "不是本预案的职务"):
        assert part in words


def test_it_takes_force_at_midnight(
    draft: PlanVersion, cyber: PlanVersion, people: Any, noon: time_machine.Traveller
) -> None:
    """Not a second before 00:00 in Shanghai; by the sweep; with one line; sweeping again changes nothing."""
    scheduled(draft, people)
    noon.move_to(EVE)
    sweep_all()
    assert fresh(cyber).in_force
    noon.move_to(MIDNIGHT)
    sweep_all()
    now, was = fresh(draft), fresh(cyber)
    assert (now.in_force, now.stage, was.in_force, was.state_words) == (True, "", False, "已被替代")
    assert now.in_force_at is not None
    assert now.in_force_at.isoformat() == "2026-11-30T16:00:00+00:00"
    sweep_all()
    line = RecordEntry.objects.get(kind="plan.in_force")
    assert line.data["was"] == cyber.pk
    assert Notice.objects.filter(recipient=people["duty"], kind="plan.revision").count() == 1
    assert verify_chain(CaseHead.objects.get(key="plan:cyber-2025")) is None


def test_after_an_outage_it_holds_from_midnight(draft: PlanVersion, people: Any, noon: time_machine.Traveller) -> None:
    """The sweep comes eight hours late: recorded when it was done, done as of the day's beginning."""
    scheduled(draft, people)
    noon.move_to("2026-12-01T08:00:00+08:00")
    assert plans_enforce_due() == 1
    line = RecordEntry.objects.get(kind="plan.in_force")
    assert (line.done_at.isoformat(), line.recorded_at.isoformat()) == (
        "2026-11-30T16:00:00+00:00", "2026-12-01T00:00:00+00:00",
    )  # fmt: skip


def test_todays_date_holds_at_once(draft: PlanVersion, people: Any) -> None:
    """Confirmed for today: from now, not from this morning."""
    done = scheduled(draft, people, day=date(2026, 11, 22))
    assert done.in_force
    assert done.in_force_at is not None
    assert done.in_force_at.isoformat() == "2026-11-22T04:00:00+00:00"


def test_the_first_case_of_the_day_needs_no_sweep(
    draft: PlanVersion, people: Any, noon: time_machine.Traveller
) -> None:
    """Filed in midnight's first second, before any sweep: by the new version."""
    scheduled(draft, people)
    noon.move_to(EVE)
    assert file_incident(people).plan_version_id != draft.pk
    noon.move_to(MIDNIGHT)
    assert file_incident(people).plan_version_id == draft.pk


def test_a_running_case_keeps_its_version(
    draft: PlanVersion, cyber: PlanVersion, people: Any, noon: time_machine.Traveller
) -> None:
    """Its clocks, its approvers and the words of its clauses are those it began with; a new case has the new ones."""
    edit_rule(draft, people, 20)
    level = draft.response_levels.get(ordinal=1)
    plan_row_edit(
        version_id=draft.pk, revision=2, section="level", row_id=level.pk,
        values={"approvers": ["commander", "deputy"]}, user=people["office"],
    )  # fmt: skip
    scheduled(draft, people)
    noon.move_to("2026-11-30T23:50:00+08:00")
    old = file_incident(people)
    proposed = propose(people, level=1, incident=old)
    noon.move_to("2026-12-01T00:10:00+08:00")
    sweep_all()
    new = file_incident(people)
    assert (old.plan_version_id, new.plan_version_id) == (cyber.pk, draft.pk)
    old = grade_incident(people, old)
    new = grade_incident(people, new)
    due = [clocks(case)["4.1-30min"] for case in (old, new)]
    assert [(clock.due_at - clock.starts_at) // timedelta(minutes=1) for clock in due] == [30, 20]
    assert [clock.clause for clock in due] == ["网络预案 4.1", "网络预案2026版 4.1"]
    texts = [resolve_clause(clock.clause) for clock in due]
    assert ["事发后30分钟内" in found.text for found in texts if found] == [True, False]
    assert ["事发后20分钟内" in found.text for found in texts if found] == [False, True]
    with pytest.raises(Forbidden):
        response_approve(response_id=proposed.pk, version=proposed.version, user=people["deputy"])
    done = response_approve(response_id=proposed.pk, version=proposed.version, user=people["commander"])
    assert done.state == "active"
    assert done.level.version_id == cyber.pk
    other = propose(people, level=1, incident=new)
    done = response_approve(response_id=other.pk, version=other.version, user=people["deputy"])
    assert done.level.version_id == draft.pk


def test_people_hold_their_posts_at_midnight(
    draft: PlanVersion, cyber: PlanVersion, people: Any, noon: time_machine.Traveller
) -> None:
    """Whoever held a post holds it under the new version from its first second, and under the old one still."""
    now = fresh(draft).started_by and fresh(draft)
    assert now is not None
    ended = appoint(people["duty2"], "cyber-2025:deputy:1", ends_at=_at("2026-11-25T00:00:00+08:00"))
    lent = appoint(
        people["deputy"], "cyber-2025:commander", nature="authorised", scope=["approve_response"], document="授权书",
        ends_at=_at("2026-12-15T00:00:00+08:00"),
    )  # fmt: skip
    scheduled(draft, people)
    noon.move_to(MIDNIGHT)
    sweep_all()
    for kind in ("commander", "deputy", "office_director", "office_staff", "duty_officer"):
        were = {row.user_id for row in holders(cyber, [kind])}
        assert were
        assert {row.user_id for row in holders(draft, [kind])} == were, kind
    twin = Appointment.objects.get(post__version=draft, nature="authorised")
    assert (twin.user_id, twin.scope, twin.ends_at, twin.document) == (
        lent.user_id, ["approve_response"], lent.ends_at, "授权书",
    )  # fmt: skip
    assert not Appointment.objects.filter(post__version=draft, user=ended.user, post__kind="deputy").exists()
    assert actor_for(people["commander"], fresh(draft), Act.APPROVE_WARNING).post == "网络预案 指挥长"
    assert people["commander"].post_labels.count("网络预案 指挥长") == 1


def _at(text: str) -> Any:
    from datetime import datetime

    return datetime.fromisoformat(text)


def test_later_appointments_count_for_old_cases_too(draft: PlanVersion, cyber: PlanVersion, people: Any) -> None:
    """A new commander may decide the running cases of the old version; one who is revoked may decide none."""
    scheduled(draft, people, day=date(2026, 11, 22))
    newcomer = person("newcomer")
    post = Post.objects.get(version=draft, kind="commander")
    entry = appointments.AppointmentInput(
        person_id=newcomer.pk, post_code=post.code, nature="tenure", starts_at=_at("2026-11-22T11:00:00+08:00")
    )
    row = appointments.appointment_enter(user=people["contacts"], entry=entry)
    appointments.appointment_confirm(user=people["security"], appointment_id=row.pk)
    for version in (cyber, fresh(draft)):
        assert may(newcomer, version, Act.APPROVE_WARNING)
    appointments.appointment_revoke(user=people["security"], appointment_id=row.pk, reason="调离")
    for version in (cyber, fresh(draft)):
        assert not may(newcomer, version, Act.APPROVE_WARNING)


def test_the_directory_goes_along(draft: PlanVersion, cyber: PlanVersion, comms: PlanVersion, people: Any) -> None:
    """Its numbers are kept up by people: the same rows, now the new version's; loading again makes no second ones."""
    before = set(cyber.contacts.values_list("pk", flat=True))
    assert len(before) == 41
    unit = Unit.objects.get(code="beiliu")
    was = duty_number(unit.pk, cyber.pk)
    assert was != duty_number(unit.pk, comms.pk)
    scheduled(draft, people, day=date(2026, 11, 22))
    assert set(draft.contacts.values_list("pk", flat=True)) == before
    assert duty_number(unit.pk, draft.pk) == was
    assert duty_number(unit.pk, cyber.pk) == was
    call_command("load_plans", verbosity=0)
    assert Contact.objects.count() == 86


def test_loading_the_file_again_does_not_bring_the_old_version_back(draft: PlanVersion, people: Any) -> None:
    """The file says «in force»; what people put in force here stands. A file cannot write over a revision."""
    from django.conf import settings

    scheduled(draft, people, day=date(2026, 11, 22))
    report = load_plans(settings.FIXTURES_DIR)
    assert fresh(draft).in_force
    assert plan_named("cyber-2025").pk == draft.pk
    assert report.changes == []


def test_returned_and_given_up(draft: PlanVersion, people: Any, noon: time_machine.Traveller) -> None:
    """The commander returns it with a reason; it can be edited again; given up, it never takes force."""
    scheduled(draft, people)
    with pytest.raises(BadInput):
        plan_revision_return(version_id=draft.pk, revision=1, reason=" ", user=people["commander"])
    with pytest.raises(Forbidden):
        plan_revision_return(version_id=draft.pk, revision=1, reason="x", user=people["duty"])
    back = plan_revision_return(version_id=draft.pk, revision=1, reason="再议", user=people["commander"])
    assert (back.stage, back.effective_on, back.confirmed_by_id) == ("draft", None, None)
    noon.move_to(MIDNIGHT)
    assert plans_enforce_due() == 0
    plan_revision_discard(version_id=draft.pk, revision=1, reason="不修了", user=people["office"])
    with pytest.raises(WrongState):
        edit_rule(draft, people, 20)


def test_a_label_of_each_version_keeps_its_words(
    draft: PlanVersion, cyber: PlanVersion, people: Any, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    """The stored label names the version; the plan's code means the one in force; the address follows."""
    text = draft.clauses.get(ref="7.4").text
    Clause.objects.filter(version=draft, ref="7.4").update(text=text.replace("印发", "发布"))
    draft.act_rules.filter(act="enforce_plan").update(quote="本预案自发布之日起实施")
    assert resolve_clause("网络预案2026版 7.4") is None
    with django_capture_on_commit_callbacks(execute=True):
        scheduled(draft, people, day=date(2026, 11, 22))
    old, new, code = (resolve_clause(f"{name} 7.4") for name in ("网络预案", "网络预案2026版", "cyber-2025"))
    assert old is not None
    assert new is not None
    assert code is not None
    assert ("印发" in old.text, "发布" in new.text, code.text == new.text) == (True, True, True)
    assert (old.plan_code, new.plan_code) == (f"cyber-2025@{cyber.pk}", "cyber-2025")
    chips = [
        Template("{% load yec %}{% clause version '7.4' %}").render(Context({"version": fresh(row)}))
        for row in (cyber, draft)
    ]
    wanted = (
        ("网络预案 7.4", f"/plans/cyber-2025@{cyber.pk}/#7.4", "印发"),
        ("网络预案2026版 7.4", "/plans/cyber-2025/#7.4", "发布"),
    )
    assert all(word in chip for chip, words in zip(chips, wanted, strict=True) for word in words)


def test_another_process_learns_of_a_new_label_at_once(draft: PlanVersion, people: Any) -> None:
    """What it kept in memory knows no such edition: it reads again instead of showing an empty sentence."""
    assert resolve_clause("网络预案 7.4") is not None
    scheduled(draft, people, day=date(2026, 11, 22))
    found = resolve_clause("网络预案2026版 7.4")
    assert found is not None
    assert "实施" in found.text


def test_a_fault_of_the_round_keeps_no_clock_back(
    people: Any, noon: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever happens to a revision, the sweep goes on to the clocks."""
    from yangcheng_ec.deadlines import registry

    def broken() -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(registry, "_rounds", [broken])
    case = grade_incident(people, file_incident(people))
    noon.shift(timedelta(minutes=31))
    sweep_all()
    assert clocks(case)["4.1-30min"].state == "overdue"


# --- pages ---------------------------------------------------------------------------------------------------------


BASE = "/plans/cyber-2025/revisions/"


def test_the_whole_way_in_the_browser(client_for: Callable[[str], Client], cyber: PlanVersion, people: Any) -> None:
    """The office drafts, edits, compares and submits; the commander confirms; the plan is read by the new words."""
    office, commander = client_for("office"), client_for("commander")
    assert "起草修订" in office.get(BASE).text
    page = office.post(BASE, {"number": NUMBER, "title": cyber.title}, follow=True)
    draft = PlanVersion.objects.get(number=NUMBER)
    assert page.redirect_chain[-1][0] == f"{BASE}{draft.pk}/"
    row = draft.memberships.first()
    assert row is not None
    address = f"{BASE}{draft.pk}/member/{row.pk}/"
    assert office.get(address).status_code == 200
    done = office.post(address, {"revision": 1, "printed_name": row.printed_name, "duty": "新职责"})
    assert (done.status_code, done["Location"]) == (302, f"{BASE}{draft.pk}/#edit-member")
    compared = office.get(f"{BASE}{draft.pk}/compare/").text
    assert "新职责" in compared
    assert cyber.memberships.get(number=1).duty in compared
    days = {"issued_on": "2026-11-20", "effective_on": "2026-11-22"}
    assert office.post(f"{BASE}{draft.pk}/submit/", {"revision": 2, **days}).status_code == 302
    assert office.post(f"{BASE}{draft.pk}/confirm/", {"revision": 2}).status_code == 403
    assert "确认施行" in commander.get(f"{BASE}{draft.pk}/").text
    assert commander.post(f"{BASE}{draft.pk}/confirm/", {"revision": 2}).status_code == 302
    read = office.get("/plans/cyber-2025/").text
    assert NUMBER in read
    assert "2026年11月20日" in read
    assert "2025年4月14日" not in read
    assert "新职责" in read
    old = office.get(f"/plans/cyber-2025@{cyber.pk}/").text
    assert "这一版已被替代" in old
    assert "新职责" not in old
    assert office.get(f"{BASE}{draft.pk}/compare/").status_code == 200


def test_bad_input_stays_in_the_form(client_for: Callable[[str], Client], draft: PlanVersion) -> None:
    """400, the words beside the field, nothing typed lost."""
    row = thirty(draft)
    form = SectionForm(section=SECTIONS["rule"], draft=draft, row=row)
    shown = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    sent = {"revision": 1, **{name: value for name, value in shown.items() if value is not None}}
    sent |= {"title": "我改的标题", "minutes": 0}
    answer = client_for("office").post(f"{BASE}{draft.pk}/rule/{row.pk}/", sent)
    assert answer.status_code == 400
    assert "我改的标题" in answer.text
    answer = client_for("office").post(f"{BASE}{draft.pk}/rule/{row.pk}/", {**sent, "minutes": 45})
    assert (answer.status_code, "引文中没有 45 分钟" in answer.text) == (400, True)
    answer = client_for("office").post(BASE, {"number": "", "title": ""})
    assert answer.status_code == 400
    days = {"issued_on": "2026-11-20", "effective_on": "2026-11-01"}
    answer = client_for("office").post(f"{BASE}{draft.pk}/submit/", {"revision": 1, **days})
    assert (answer.status_code, "今天或以后" in answer.text) == (400, True)


def test_strangers_and_wrong_addresses(
    client_for: Callable[[str], Client], draft: PlanVersion, cyber: PlanVersion
) -> None:
    """Units and administrators do not read drafts; a reader gets no form; what is in force has no edit page."""
    for who in ("unit_gongan", "contacts", "sysadmin"):
        assert client_for(who).get(f"{BASE}{draft.pk}/").status_code == 403
    row = draft.memberships.first()
    assert row is not None
    auditor = client_for("auditor")
    assert auditor.get(f"{BASE}{draft.pk}/").status_code == 200
    assert auditor.get(f"{BASE}{draft.pk}/compare/").status_code == 200
    assert auditor.get(f"{BASE}{draft.pk}/member/{row.pk}/").status_code == 403
    office = client_for("office")
    assert office.get(f"/plans/comms-2022/revisions/{draft.pk}/").status_code == 404
    assert office.get(f"{BASE}{cyber.pk}/").status_code == 404
    assert office.get(f"{BASE}{draft.pk}/nothing/{row.pk}/").status_code == 404
    assert office.get(f"{BASE}{draft.pk}/submit/").status_code == 405
    stale = office.post(f"{BASE}{draft.pk}/member/{row.pk}/remove/", {"revision": "x"})
    assert stale.status_code == 409
    for address in ("/plans/cyber-2025@999999/", "/plans/cyber-2025@x/", f"/plans/cyber-2025@{draft.pk}/"):
        assert office.get(address).status_code == 404


def test_an_edit_page_of_what_is_in_force(client_for: Callable[[str], Client], draft: PlanVersion, people: Any) -> None:
    """409 once it holds."""
    scheduled(draft, people, day=date(2026, 11, 22))
    row = draft.memberships.first()
    assert row is not None
    assert client_for("office").get(f"{BASE}{draft.pk}/member/{row.pk}/").status_code == 409


def test_the_comparison_costs_the_same_whatever_differs(
    client_for: Callable[[str], Client],
    draft: PlanVersion,
    people: Any,
    django_assert_max_num_queries: Callable[..., Any],
) -> None:
    """SQL pinned: with one difference and with hundreds."""
    client = client_for("office")
    edit_rule(draft, people, 20)
    with django_assert_max_num_queries(45) as few:
        client.get(f"{BASE}{draft.pk}/compare/")
    draft.memberships.update(duty="全改")
    draft.clauses.update(text="全改")
    for rows in (draft.groups, draft.reporting_rules, draft.act_rules):
        rows.update(clause="9")
    with django_assert_max_num_queries(45) as many:
        client.get(f"{BASE}{draft.pk}/compare/")
    assert len(few.captured_queries) == len(many.captured_queries)
