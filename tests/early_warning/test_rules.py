"""The plans' rules on warnings, by their ids in the list of rules (W1–W10)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from directory.choices import Act
from directory.rules import act_rule
from early_warning import rules, services
from early_warning.choices import Publicity
from early_warning.verdict import response_verdict, situation_rows
from tests.early_warning.factories import MADE, approved, drafted, lift_proposed, lifted, published
from tests.incidents.factories import file_incident
from yangcheng_ec.deadlines.models import Deadline, Delivery, Notice
from yangcheng_ec.errors import BadInput, Forbidden
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db


def test_w1_four_colours_in_order_without_criteria(cyber: Any) -> None:
    levels = list(cyber.warning_levels.all())
    assert [level.colour_name for level in levels] == ["红色", "橙色", "黄色", "蓝色"]
    assert [level.colour for level in levels] == ["red", "orange", "yellow", "blue"]
    assert not any(level.text for level in levels)
    assert rules.level_label(levels[0]) == "Ⅰ级预警（红色） 特别严重"


@pytest.mark.parametrize("field", ["scope", "basis", "units"])
def test_w2_a_proposal_names_scope_basis_and_addressees(field: str, cyber: Any, people: Any) -> None:
    over: dict[str, Any] = {"codes": ()} if field == "units" else {field: "  "}
    warning = drafted(people, cyber, **over)
    with pytest.raises(BadInput) as refused:
        services.warning_propose(warning_id=warning.pk, version=warning.version, user=people["office"])
    assert list(refused.value.fields) == [field]
    assert refused.value.clause.endswith("3.2.2")


def test_w2_publicity_is_one_of_the_three(cyber: Any, people: Any) -> None:
    with pytest.raises(BadInput) as refused:
        drafted(people, cyber, publicity="")
    assert "publicity" in refused.value.fields
    assert drafted(people, cyber, publicity=Publicity.CONFIDENTIAL).publicity == "confidential"


def test_w2_published_only_after_approval_by_the_command(cyber: Any, people: Any) -> None:
    rule = act_rule(cyber, Act.APPROVE_WARNING)
    assert rule is not None
    assert rule.non_plan
    assert rule.quote in rule.version.clauses.get(ref=rule.clause).text


def test_w2_publication_starts_the_report_to_party_and_government(cyber: Any, people: Any) -> None:
    warning = published(people, cyber)
    clock = Deadline.objects.get(subject_type="warning", subject_id=warning.pk)
    assert (clock.rule_code, clock.minutes, clock.wording) == ("cyber-2025:3.2.2-published", None, "立即")
    assert [row.label for row in clock.addressees.all()] == ["县委", "县政府"]
    assert (clock.starts_at, clock.due_at) == (warning.published_at, None)
    assert clock.owed_by_unit == cyber.office_unit.code
    assert clock.steps.count() > 0


def test_w2_a_confidential_one_states_its_requirement(cyber: Any, people: Any) -> None:
    warning = drafted(people, cyber, publicity=Publicity.CONFIDENTIAL, publicity_note=" ")
    with pytest.raises(BadInput) as refused:
        services.warning_propose(warning_id=warning.pk, version=warning.version, user=people["office"])
    assert list(refused.value.fields) == ["publicity_note"]


def test_w3_what_a_body_reported_is_named_as_the_source(cyber: Any, people: Any) -> None:
    sentence = cyber.texts["warning_flow"]["incident_unit"]["text"]
    assert sentence in cyber.clauses.get(ref="3.2.2").text
    source = services.Source("finding", "县数据中心：防火墙固件过期", "FX-20261128-001")
    warning = drafted(people, cyber, source=source)
    assert (warning.source_kind, warning.source_reference) == ("finding", "FX-20261128-001")
    line = RecordEntry.objects.get(head=warning.head)
    assert "FX-20261128-001" in line.text
    assert "县数据中心" in line.text


def test_w4_every_addressed_unit_has_the_action_in_the_plans_words(cyber: Any, people: Any) -> None:
    warning = published(people, cyber)
    sentence = cyber.clauses.get(ref="3.2.3").text
    tasks = list(warning.tasks.select_related("unit"))
    assert {task.unit.code for task in tasks} == {"gongan", "shuju", "yidong"}
    for task in tasks:
        assert task.quote in sentence
        assert "随时向县指挥部报告事态进展情况" in task.quote
        assert "办公室" not in task.quote, "what the office follows up is no unit's action"
        assert (task.clause.split()[-1], task.non_plan, task.due_at) == ("3.2.3", False, None)
    assert rules.office_part(cyber) in sentence


def test_w4_units_report_developments_under_the_clause_on_action(cyber: Any, comms: Any) -> None:
    assert rules.action_clause(cyber).endswith("3.2.3")
    assert rules.action_clause(comms).endswith("3.5")


def test_w5_both_findings_and_the_wider_report(cyber: Any, people: Any) -> None:
    assert rules.lift_conditions(cyber) == ["网络安全隐患已消除", "网络与信息系统已恢复正常运行"]
    warning = lifted(people, cyber)
    clock = Deadline.objects.get(subject_id=warning.pk, rule_code="cyber-2025:3.2.4-lifted")
    assert [row.label for row in clock.addressees.all()] == ["县委", "县政府", "上级有关部门"]
    assert clock.starts_at == warning.lifted_at


@pytest.mark.parametrize("given", [{}, {1: "复测"}, {2: "复测"}, {1: "复测", 2: "  "}])
def test_w5_a_missing_finding_is_refused(given: dict[int, str], cyber: Any, people: Any) -> None:
    warning = published(people, cyber)
    with pytest.raises(BadInput) as refused:
        services.warning_propose_lift(
            warning_id=warning.pk, version=warning.version, findings=given, user=people["office"]
        )
    expected = {f"finding_{place}" for place in (1, 2) if not given.get(place, "").strip()}
    assert set(refused.value.fields) == expected


def test_w6_the_facts_of_a_case_are_read_against_each_situation_and_none_is_chosen(
    cyber: Any, comms: Any, people: Any
) -> None:
    incident = file_incident(people)
    assert situation_rows(cyber, incident) == [], "colours have no criteria: nothing is suggested"
    assert situation_rows(comms, None) == []
    incident.facts = {"system_count": 1, "networks_all": False, "business": "part", "spreading": "none"}
    verdicts = {row.level.name: str(row.finding.verdict) for row in situation_rows(comms, incident)}
    assert verdicts["情形3"] == "met"
    assert "met" not in {verdicts["情形1"], verdicts["情形2"]}


def test_w6_three_situations_quote_their_words(comms: Any) -> None:
    levels = list(comms.warning_levels.all())
    assert [level.name for level in levels] == ["情形1", "情形2", "情形3"]
    assert "可能影响本县所有网络和重要信息系统，并有扩散到全县的可能性" in levels[0].text
    assert "无扩散性" in levels[2].text


def test_w7_everyone_addressed_is_told_and_called(comms: Any, people: Any) -> None:
    warning = published(people, comms)
    notices = Notice.objects.filter(kind="warning.published", subject_id=warning.pk)
    assert {notice.unit_code for notice in notices} == {"gongan", "shuju", "yidong"}
    for notice in notices:
        assert notice.urgent
        assert warning.text in notice.body
        assert warning.text in notice.script
        assert Delivery.objects.filter(notice=notice, channel="phone").count() == 1


def test_w7_published_by_authorisation_only_where_the_clause_allows_it(cyber: Any, comms: Any) -> None:
    assert rules.standing_allowed(comms)
    assert "授权" in comms.clauses.get(ref="3.4").text
    assert not rules.standing_allowed(cyber)


def test_w7_comms_names_no_report_upward(comms: Any, people: Any) -> None:
    warning = published(people, comms)
    assert not Deadline.objects.filter(subject_type="warning", subject_id=warning.pk).exists()


def test_w8_the_numbered_actions_become_the_units_tasks(comms: Any, people: Any) -> None:
    warning = published(people, comms)
    text = comms.clauses.get(ref="3.5").text
    by_unit: dict[str, list[int]] = {}
    for task in warning.tasks.select_related("unit"):
        assert task.quote in text
        assert task.clause.endswith("3.5")
        by_unit.setdefault(task.unit.code, []).append(task.ordinal)
    assert by_unit == {"gongan": [2, 3], "shuju": [2, 3], "yidong": [1, 2, 3]}
    assert {task.non_plan for task in warning.tasks.filter(ordinal=1)} == {False}
    assert {task.non_plan for task in warning.tasks.filter(ordinal__gt=1)} == {True}
    assert rules.office_part(comms) == "根据事态发展情况，适时调整预警级别或解除预警"


def test_w8_an_update_says_whether_the_level_went_up_or_down(comms: Any, people: Any) -> None:
    old = MADE["adjusted"](people, comms)
    told = Notice.objects.filter(kind="warning.published", subject_id=old.next.pk)
    assert all(notice.title.startswith("预警更新（升级：情形2 → 情形1）") for notice in told)
    assert all(old.number in notice.body for notice in told)


def test_w8_level_may_be_adjusted_while_in_force(comms: Any, people: Any) -> None:
    old = MADE["adjusted"](people, comms)
    assert old.next.level.ordinal == 1
    assert old.next.head_id == old.head_id


def test_w9_comms_findings_stand_in_the_clause(comms: Any, people: Any) -> None:
    found = rules.lift_conditions(comms)
    assert found == ["突发事件已经处置结束", "通信网络恢复"]
    sentence = comms.clauses.get(ref="3.6").text
    assert all(words in sentence for words in found)
    warning = lift_proposed(people, comms)
    with pytest.raises(Forbidden):
        services.warning_lift(warning_id=warning.pk, version=warning.version, user=people["comms_office"])


def test_w9_the_issuing_body_announces_the_lifting(comms: Any, people: Any) -> None:
    assert "由发布单位宣布解除预警" in comms.clauses.get(ref="3.6").text
    warning = lifted(people, comms)
    told = Notice.objects.filter(kind="warning.lifted", subject_id=warning.pk)
    assert told.exists()
    assert all(notice.body.startswith(f"{comms.command_name}宣布") for notice in told)


def test_w10_a_warning_from_a_case_keeps_what_the_facts_said_of_the_response(cyber: Any, people: Any) -> None:
    incident = file_incident(people)
    warning = drafted(people, cyber, incident=incident)
    assert (warning.source_kind, warning.source_reference) == ("incident", incident.number)
    assert warning.source_verdict == response_verdict(incident).text
    assert warning.source_verdict in RecordEntry.objects.get(head=warning.head).text


def test_w10_facts_that_meet_a_response_condition_are_said_so(cyber: Any, people: Any) -> None:
    incident = file_incident(people)
    incident.grade = cyber.grades.get(code="serious")
    verdict = response_verdict(incident)
    assert verdict.met
    assert "应先研判是否启动响应" in verdict.text
    incident.secret = True
    assert "涉密" in response_verdict(incident).text


def test_an_expired_warning_stays_in_force(cyber: Any, people: Any) -> None:
    now = timezone.now()
    warning = published(people, cyber, valid_until=now + timedelta(hours=1))
    assert not rules.is_expired(warning, now)
    assert rules.is_expired(warning, now + timedelta(hours=1))
    assert not rules.is_expired(approved(people, cyber), now)
