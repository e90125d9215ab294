"""The clauses a running response's acts rest on are found in the plans' own rows; who investigates, too."""

from __future__ import annotations

from typing import Any

import pytest

from directory.models import PlanVersion
from response.running import rules
from tests.response.factories import active

pytestmark = pytest.mark.django_db

OF_A_PLAN = {
    "order_clause": ("网络预案 2.3", "通信预案 2.1"),
    "on_site_clause": ("", "通信预案 2.1"),
    "first_action_clause": ("", "通信预案 4.3"),
    "forces_clause": ("网络预案 4.3", "通信预案 2.4"),
    "control_clause": ("网络预案 8.2", ""),
    "situation_clause": ("网络预案 2.2", "通信预案 2.2"),
}
OF_A_LEVEL = {
    ("cyber-2025", 1): ("", "网络预案 4.2.1.3（4）", "网络预案 4.2.1.3"),
    ("cyber-2025", 2): ("", "网络预案 4.2.2.3（4）", "网络预案 4.2.2.3（4）"),
    ("cyber-2025", 3): ("", "网络预案 4.2.1.3", "网络预案 4.2.3.3"),
    ("comms-2022", 1): ("通信预案 4.4.1（2）", "通信预案 2.4", "通信预案 4.4.1（1）"),
    ("comms-2022", 2): ("", "通信预案 2.4", "通信预案 4.4.2（6）"),
}


@pytest.mark.parametrize("name", OF_A_PLAN)
def test_an_act_rests_on_the_clause_that_says_so_or_on_none(cyber: Any, comms: Any, name: str) -> None:
    assert tuple(getattr(rules, name)(version) for version in (cyber, comms)) == OF_A_PLAN[name]


@pytest.mark.parametrize("level", OF_A_LEVEL)
def test_the_clauses_of_a_level(people: Any, level: tuple[str, int]) -> None:
    response = active(people, level[0], level=level[1])
    found = [getattr(rules, name)(response) for name in ("conference_clause", "human_made_clause", "aid_clause")]
    assert tuple(found) == OF_A_LEVEL[level]


@pytest.mark.parametrize(("plan", "words"), [("cyber-2025", "组织侦查和调查"), ("comms-2022", "违法犯罪行为")])
def test_who_investigates_is_read_from_the_plan_with_its_words(db: None, plan: str, words: str) -> None:
    unit, quote = rules.investigator(PlanVersion.objects.get(plan__code=plan, in_force=True))
    assert unit is not None
    assert unit.code == "gongan"
    assert words in quote
