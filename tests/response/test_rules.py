"""Tasks equal the actor rows; findings and levels are read from the plans; S4–S12, O4, O12, E1, E2 by name."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from directory.models import MeasureActor, Unit
from response import services
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
    duty_asked,
    end_findings_of,
    level_of,
    office_announces_end,
    plan_tasks,
    starter_ends,
)
from response.running import services as running
from tests.incidents.factories import file_incident
from tests.response.factories import active, propose
from yangcheng_ec.deadlines.models import Notice
from yangcheng_ec.errors import BadInput, WrongState

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


def quotes_of(response: Any, **of: Any) -> str:
    """The words of a response's tasks, those given to whom ``of`` says."""
    return "\n".join(response.tasks.filter(**of).values_list("quote", flat=True))


def given(response: Any, user: Any, **more: Any) -> dict[str, Any]:
    return {"response_id": response.pk, "version": type(response).objects.get(pk=response.pk).version, "user": user,
            **more}  # fmt: skip


def test_s4_level_one_puts_members_on_duty_level_two_the_office_with_liaisons_named(people: Any) -> None:
    first, second = active(people, level=1), active(people, level=2)
    assert "24小时值班" in quotes_of(first, kind="all_members")
    assert "明确联络员参与县指挥部办公室工作" in quotes_of(second, kind="all_members")
    assert {one.kind for one in duty_asked(first.level, plan_tasks(first.level, first.incident))} == {"on_duty"}
    asked = duty_asked(second.level, plan_tasks(second.level, second.incident))
    assert {one.kind for one in asked} == {"on_duty", "reachable"}


def test_s5_command_is_handed_over_only_where_the_superior_has_said_so(people: Any) -> None:
    response = active(people, level=1)
    with pytest.raises(BadInput) as refused:
        services.response_handover(**given(response, people["office"], to="市指挥部", note=" "))
    assert refused.value.clause == "网络预案 4.2.1.3（3）"
    services.response_handover(**given(response, people["office"], to="市指挥部", note="市值班室电话通知接管"))
    assert "立即移交指挥权，接受上级指挥部的统一指挥" in quotes_of(response, actor__on_event="handover")
    assert response.handover.package["tasks"]


def test_s6_each_level_reports_upward_and_tells_the_members_as_its_sentence_says(people: Any) -> None:
    for level, words in ((1, "县人民政府和上级指挥部"), (2, "县人民政府及上级有关部门"), (3, "报告县政府及相关部门")):
        assert words in quotes_of(active(people, level=level))


def test_s7_police_investigate_and_evidence_is_kept_where_it_is_human_made(people: Any) -> None:
    for level in (1, 2, 3):
        response = active(people, level=level)
        running.human_made_find(**given(response, people["office"], basis="日志显示入侵"))
        assert "侦查" in quotes_of(response, unit__code="gongan")
        assert "保留相关证据" in quotes_of(response, unit=response.incident.incident_unit)


@pytest.mark.parametrize(("plan", "clause"), [("cyber-2025", "网络预案 4.4"), ("comms-2022", "通信预案 4.5")])
def test_s8_nothing_is_published_without_the_commands_approval(people: Any, plan: str, clause: str) -> None:
    response = active(people, plan)
    office = people["office" if plan == "cyber-2025" else "comms_office"]
    release = services.release_draft(incident_id=response.incident_id, title="通报", text="抢修中", user=office)
    with pytest.raises(WrongState) as refused:
        services.release_publish(release_id=release.pk, version=release.version, user=office, channel="网站")
    assert refused.value.clause == clause


@pytest.mark.parametrize(("level", "told"), [(1, "xianzhengfu"), (2, "")])
def test_s9_comms_tells_the_government_at_level_one_and_all_members_at_both(people: Any, level: int, told: str) -> None:
    response = propose(people, "comms-2022", level=level)
    assert response.level.needs_confirmation
    rows = Notice.objects.filter(kind="response.proposed", subject_id=response.pk).values_list("unit_code", flat=True)
    assert ("xianzhengfu" in set(rows)) == bool(told)
    assert "yidong" in set(rows)


def test_s10_comms_goes_to_the_spot_confers_and_asks_for_support(people: Any) -> None:
    first, second = active(people, "comms-2022", level=1), active(people, "comms-2022", level=2)
    assert "赶赴事故现场" in quotes_of(first, kind="all_members")
    assert "会商会议" in quotes_of(first, kind="command")
    assert "请求支援" in quotes_of(first, kind="office")
    assert "监督执行情况" in quotes_of(second, kind="office")
    minutes = running.Minutes(held_at=None, form="phone", chair="总指挥", agenda="抢修", conclusions="先主后次")
    row = running.conference_record(**given(first, people["comms_office"], minutes=minutes))
    assert row.clause == "通信预案 4.4.1（2）"


def test_s11_first_action_is_the_units_own_log_and_no_response(people: Any) -> None:
    incident = file_incident(people, "comms-2022", incident_unit="yidong", reporting_unit="yidong")
    row = running.first_action_log(incident_id=incident.pk, text="启用备用路由", user=people["unit_yidong"])
    assert row.clause == "通信预案 4.3"
    assert not incident.responses.exists()


def test_s12_not_under_control_leads_to_a_higher_level_or_reinforcement_by_people(people: Any) -> None:
    response = active(people, level=2)
    row = running.control_check(**given(response, people["office"], controlled=False, words="仍在扩散"))
    assert row.clause == "网络预案 8.2"
    services.response_reinforce(**given(response, people["office"], to="市指挥部", request="技术支援队"))
    assert response.reinforcements.get().state == "asked"
    wider = services.response_escalate(**given(response, people["office"], level=1, condition=2, basis="超出能力"))
    assert (wider.state, wider.replaces) == ("proposed", response)


def test_o4_units_the_plan_does_not_list_work_by_the_commands_order(people: Any) -> None:
    response, unit = active(people, level=3), Unit.objects.get(code="zhengfuban")
    assert not response.plan_version.memberships.filter(unit=unit).exists()
    values = {"title": "协调会场", "text": "安排会商会场"}
    order = running.order_issue(**given(response, people["commander"], units=[unit], **values))
    task = services.task_add(**given(response, people["office"], unit=unit, **values))
    assert order.clause == task.clause == "网络预案 2.3"


def test_o12_the_comms_command_gives_orders_and_sets_up_a_command_on_the_spot(people: Any) -> None:
    response, units = active(people, "comms-2022"), [Unit.objects.get(code="yidong")]
    user = people["comms_commander"]
    order = running.order_issue(**given(response, user, title="抢修", text="先恢复专网", units=units))
    place = running.on_site_set_up(**given(response, user, place="润城机房", leader="张某", units=units))
    assert order.clause == place.clause == "通信预案 2.1"
