"""Tasks equal the actor rows; findings and levels are read from the plans (S1–S11, E1, E2)."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from directory.models import MeasureActor, Unit
from response.aftermath.rules import (
    care_kinds,
    cited,
    payers,
    rebuild_duty,
    report_addressees,
    report_sections,
    review_route,
)
from response.models import Task
from response.rules import (
    condition_of,
    end_findings_of,
    level_of,
    office_announces_end,
    plan_tasks,
    starter_ends,
)
from tests.incidents.factories import file_incident
from tests.response.factories import active
from yangcheng_ec.errors import BadInput

pytestmark = pytest.mark.django_db

LEVELS = [("cyber-2025", 1), ("cyber-2025", 2), ("cyber-2025", 3), ("comms-2022", 1), ("comms-2022", 2)]


def expected(actor: MeasureActor, version: Any) -> int:
    """How many tasks an actor row makes for a case with unit and township known, counted from the rows alone."""
    township = Unit.objects.get(code="runcheng").pk
    if actor.kind == "all_members":
        return len({row.unit_id or township for row in version.memberships.all()})
    if actor.kind == "township_commands":
        return Unit.objects.filter(kind="township").count()
    if actor.kind == "operators":
        return len(version.texts["plan_management"]["term"]["means"])
    if actor.kind == "group":
        units = {row.unit_id or township for row in actor.group.members.all()}
        return len(units | {actor.group.lead_id})
    return 1


@pytest.mark.parametrize(("plan", "ordinal"), LEVELS)
def test_an_activation_makes_exactly_the_tasks_of_the_actor_rows(people: Any, plan: str, ordinal: int) -> None:
    response = active(people, plan, level=ordinal)
    rows = MeasureActor.objects.filter(measure__level=response.level, on_event="")
    wanted = Counter({row.pk: expected(row, response.plan_version) for row in rows})
    assert Counter(response.tasks.values_list("actor_id", flat=True)) == wanted
    assert rows.exists()


@pytest.mark.parametrize(("plan", "ordinal"), LEVELS)
def test_every_task_quotes_its_measure_and_cites_its_clause(people: Any, plan: str, ordinal: int) -> None:
    response = active(people, plan, level=ordinal)
    for task in response.tasks.select_related("actor__measure", "unit"):
        assert task.quote == task.actor.quote
        assert response.level.measures_clause in task.clause
        assert task.actor.measure.number == 0 or task.clause.endswith(f"（{task.actor.measure.number}）")
        if task.unit is not None:
            row = response.plan_version.memberships.filter(unit=task.unit).first()
            assert task.duty == ((row.duty or "") if row else "")


@pytest.mark.parametrize(("plan", "ordinal"), LEVELS)
def test_what_waits_for_an_event_is_no_task_yet(people: Any, plan: str, ordinal: int) -> None:
    response = active(people, plan, level=ordinal)
    assert not response.tasks.exclude(actor__on_event="").exists()


def test_an_unknown_unit_and_township_stay_with_the_office_and_are_labelled(cyber: Any, people: Any) -> None:
    incident = file_incident(people, incident_unit="", reporting_unit="")
    tasks = plan_tasks(level_of(cyber, 1), incident)
    lost = [task for task in tasks if task.actor.kind == "incident_unit"]
    assert {task.assignee.label for task in lost} == {"确定事发单位"}
    assert all(task.non_plan and task.assignee.unit is None for task in lost)
    generic = [task for task in plan_tasks(level_of(cyber, 2), incident) if task.actor.kind == "incident_township"]
    assert generic
    assert all("待确定" in task.assignee.label for task in generic)


def test_a_unit_that_is_only_a_text_is_named_in_the_label(cyber: Any, people: Any) -> None:
    incident = file_incident(people, incident_unit="", incident_unit_text="某某网吧", reporting_unit="")
    tasks = plan_tasks(level_of(cyber, 1), incident)
    assert any("某某网吧" in task.assignee.label for task in tasks if task.actor.kind == "incident_unit")


def test_experts_are_the_lead_of_the_experts_group_a_reading_of_ours(cyber: Any, people: Any) -> None:
    tasks = plan_tasks(level_of(cyber, 1), file_incident(people))
    experts = [task for task in tasks if task.actor.kind == "experts"]
    assert [
        (task.assignee.unit.code, task.assignee.group.name, task.non_plan) for task in experts if task.assignee.unit
    ] == [("shuju", "技术专家组", True)]


def test_e1_the_cyber_end_needs_two_findings(cyber: Any) -> None:
    assert end_findings_of(cyber) == ["网络与信息安全风险隐患已消除", "网络及业务系统恢复正常"]
    assert not starter_ends(cyber)


def test_e2_the_comms_end_needs_three_findings_and_who_started_ends(comms: Any) -> None:
    assert end_findings_of(comms) == ["抢险救援工作基本结束", "现场得以控制", "导致次生事故隐患消除"]
    assert starter_ends(comms)


@pytest.mark.parametrize("given", [1, "1", "Ⅰ", "I", "i", " Ⅰ "])
def test_a_level_is_given_by_roman_or_number(cyber: Any, given: Any) -> None:
    assert level_of(cyber, given).ordinal == 1


@pytest.mark.parametrize("given", ["", "4", "Ⅳ", None, "一级", "1.0", "9" * 50])
def test_an_unknown_level_is_refused_with_the_levels_there_are(cyber: Any, given: Any) -> None:
    with pytest.raises(BadInput, match="Ⅰ、Ⅱ、Ⅲ") as refused:
        level_of(cyber, given)
    assert "level" in refused.value.fields


@pytest.mark.parametrize("given", ["", "0", "9", "x", None, "9999999"])
def test_an_unknown_condition_is_refused_with_the_clause(cyber: Any, given: Any) -> None:
    with pytest.raises(BadInput) as refused:
        condition_of(level_of(cyber, 1), given)
    assert "condition" in refused.value.fields
    assert refused.value.clause.endswith("4.2.1.1")


def test_no_task_is_made_twice(people: Any) -> None:
    response = active(people)
    pairs = list(response.tasks.values_list("actor_id", "assignee_label"))
    assert len(pairs) == len(set(pairs)) == Task.objects.filter(response=response).count()


# What follows: E1–E2, F1–F4


@pytest.mark.parametrize("grade", ["especially_serious", "serious", "relatively_serious"])
def test_f1_the_command_investigates_with_the_superior_from_relatively_serious_on(cyber: Any, grade: str) -> None:
    route = review_route(cyber, cyber.grades.get(code=grade))
    assert (route.organiser, route.together, route.superior) == ("县指挥部", "有关部门和地区", "上级应急指挥机构")
    assert (route.cited.label, route.cited.non_plan, route.signers) == ("网络预案 5.1", False, ("commander", "deputy"))
    assert report_addressees(cyber) == ["市指挥部办公室"]


def test_f1_the_county_or_a_department_investigates_an_ordinary_one(cyber: Any) -> None:
    route = review_route(cyber, cyber.grades.get(code="ordinary"))
    assert (route.organiser, route.superior, route.cited.label) == ("县人民政府或部门", "", "网络预案 5.1")
    assert [row.title for row in report_sections(cyber)] == ["起因", "性质", "影响", "责任", "处理意见", "改进措施"]


def test_f1_what_the_clause_does_not_grade_has_no_route_and_says_so(cyber: Any) -> None:
    for grade in (None, cyber.grades.get(code="undetermined")):
        route = review_route(cyber, grade)
        assert (route.organiser, route.cited.non_plan, route.cited.label) == ("", True, "网络预案 5.1")


def test_f2_the_unit_where_it_happened_rebuilds_by_a_plan_of_its_own(cyber: Any) -> None:
    duty = rebuild_duty(cyber)
    assert (duty.label, duty.quote, duty.non_plan) == ("网络预案 5.3", "恢复重建工作由事发单位负责", False)
    assert care_kinds(cyber)["requisition"].quote == "紧急调集、征用有关单位、个人的物资，要按照规定给予补助或补偿"


def test_f3_the_office_investigates_with_experts_and_reports_upward(comms: Any) -> None:
    route = review_route(comms, None)
    assert (route.organiser, route.together, route.cited.label) == (
        "县指挥部办公室",
        "有关单位和技术专家",
        "通信预案 5.2",
    )
    assert report_addressees(comms) == ["县委县政府", "上级有关部门"]
    titles = ["发生原因", "性质", "影响", "后果", "责任", "应急处置能力", "恢复重建", "经验教训", "改进意见和建议"]
    assert [row.title for row in report_sections(comms)] == titles


def test_f4_finance_bears_the_command_s_costs_and_the_operators_their_own(comms: Any) -> None:
    named = payers(comms)
    assert "由县财政局按照分级负责的原则承担" in named["finance"].quote
    assert "由基础电信运营企业承担" in named["operator"].quote
    assert {named[kind].label for kind in ("finance", "operator")} == {"通信预案 6.6"}
    assert named["other"].non_plan


def test_e1_the_end_rests_on_two_findings_and_the_office_announces_it_at_every_level(cyber: Any) -> None:
    assert end_findings_of(cyber) == ["网络与信息安全风险隐患已消除", "网络及业务系统恢复正常"]
    assert office_announces_end(cyber)
    assert not starter_ends(cyber)
    assert cited(cyber, "stand_down").non_plan


def test_e2_whoever_started_it_ends_it_and_the_teams_leave(comms: Any) -> None:
    assert end_findings_of(comms) == ["抢险救援工作基本结束", "现场得以控制", "导致次生事故隐患消除"]
    assert starter_ends(comms)
    assert not office_announces_end(comms)
    duty = cited(comms, "stand_down")
    assert (duty.label, duty.quote, duty.non_plan) == ("通信预案 4.6", "应急救援队伍撤离现场", False)


def test_every_quote_of_what_follows_stands_in_its_clause(cyber: Any, comms: Any) -> None:
    for version in (cyber, comms):
        texts = {clause.ref: clause.text.replace("\n", "") for clause in version.clauses.all()}
        after = version.texts["after"]
        rows = [row for part in after.values() for row in (part if isinstance(part, list) else [part])]
        assert rows
        for row in rows:
            assert row["quote"] in texts[row["clause"]]
            assert bool(row["quote"]) != row["non_plan"]


def test_what_the_plan_data_lacks_is_ours_and_breaks_nothing(cyber: Any) -> None:
    cyber.texts = {}
    assert review_route(cyber, None).organiser == ""
    assert (report_sections(cyber), report_addressees(cyber)) == ([], [])
    assert all(rests.non_plan for rests in care_kinds(cyber).values())
    assert list(payers(cyber)) == ["other"]
    assert rebuild_duty(cyber).non_plan
