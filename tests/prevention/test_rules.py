"""The plans' words on prevention, by the ids of rules: W3, R12."""

from __future__ import annotations

from typing import Any

import pytest

from directory.selectors.units import unit_called
from early_warning.prevention.intake import round_units
from early_warning.prevention.rules import clauses_of, named_groups, named_units, operator_rule
from tests.prevention.factories import reported, unit
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db

OPERATORS = {"yidong", "liantong", "dianxin", "tieta", "guangdian"}


def _codes(units: Any) -> set[str]:
    return {one.code for one in units}


def test_w3_a_possible_event_is_reported_to_the_command(people: Any, cyber: Any) -> None:
    """W3: 事发单位对于可能发生的突发事件，应立即采取措施控制事态，及时进行风险评估并报告县指挥部（3.2.2）."""
    words = cyber.texts["warning_flow"]["incident_unit"]["text"]
    assert "及时进行风险评估并报告县指挥部" in words
    row = reported(people, cyber)
    assert RecordEntry.objects.get(head=row.head_id, kind="finding.reported").clause == "网络预案 3.2.2"


def test_r12_the_five_operators_report_an_event_at_once(comms: Any) -> None:
    """R12: 五家企业「遇到突发事件，按有关规定立即上报县指挥部办公室」（通信预案 3.1）；that is no finding."""
    rule = operator_rule(comms)
    assert rule is not None
    assert _codes(rule.owed_by_units.all()) == OPERATORS
    assert (rule.quote, rule.clause) == ("遇到突发事件，按有关规定立即上报县指挥部办公室", "3.1")
    assert _codes(named_units(comms, rule)) == OPERATORS


def test_the_bodies_of_cyber_3_1_and_3_2_2_are_named(cyber: Any) -> None:
    assert operator_rule(cyber) is None
    groups = dict(named_groups(cyber, None))
    bodies = cyber.texts["warning_flow"]["monitoring"]["bodies"]
    called = {one.code for name in bodies if (one := unit_called(name))}
    assert called == {"xuanchuan", "shuju", "gongan", "weiban", "kaifaqu"}
    assert _codes(groups["条款列名的监测单位"]) == called
    assert len(groups["各乡（镇）人民政府"]) == 15
    assert {"jiaoyu", "shuiwu"} <= _codes(groups["县直各部门"])
    named = [one.code for one in named_units(cyber, None)]
    assert len(named) == len(set(named))
    assert "yidong" not in named


def test_each_plan_cites_its_own_clauses(cyber: Any, comms: Any) -> None:
    assert vars(clauses_of(cyber)) == {"prevention": "网络预案 3.1", "monitoring": "网络预案 3.2.2"}
    assert vars(clauses_of(comms)) == {"prevention": "通信预案 3.2", "monitoring": "通信预案 3.1"}


def test_a_round_may_ask_every_unit_once_and_no_superior(cyber: Any, comms: Any) -> None:
    for version in (cyber, comms):
        codes = [one.code for _label, units in round_units(version) for one in units]
        assert len(codes) == len(set(codes))
        assert unit("yidong").code in codes
        assert "shiwei" not in codes


def test_a_plan_without_such_words_names_nobody(cyber: Any) -> None:
    cyber.texts = {}
    assert named_groups(cyber, None) == []
