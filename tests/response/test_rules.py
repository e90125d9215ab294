"""Tasks equal the actor rows; findings and levels are read from the plans (S1–S11, E1, E2)."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from directory.models import MeasureActor, Unit
from response.models import Task
from response.rules import condition_of, end_findings_of, level_of, plan_tasks, starter_ends
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
