"""Who may do what (DESIGN §4): the table from plan data against every demo person, and how an appointment ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from directory.choices import Act, PostKind
from directory.models import ActRule, PlanVersion, ResponseLevel
from directory.rules import actor_for, actor_of_unit, any_actor, holders, may, post_label
from directory.selectors.appointments import authority_tables
from tests.directory.making import appoint, person
from yangcheng_ec.errors import Forbidden

pytestmark = pytest.mark.django_db

# The demo people by the post they hold, without the plan's prefix (``director`` is also deputy in both plans).
HELD: dict[str, set[str]] = {
    "commander": {"commander"},
    "deputy": {"deputy"},
    "director": {"office_director", "deputy"},
    "office": {"office_staff"},
    "duty": {"duty_officer"},
    "duty2": {"duty_officer"},
}
PREFIX = {"cyber-2025": "", "comms-2022": "comms_"}
OTHERS = ("contacts", "security", "sysadmin", "auditor")
UNITS = ("unit_gongan", "unit_shuju", "unit_yidong", "unit_dianxin", "unit_runcheng", "unit_zhengfuban")

# DESIGN §4, written out once more by hand.
LEVELS = {
    ("cyber-2025", 1): {"commander"},
    ("cyber-2025", 2): {"commander", "deputy"},
    ("cyber-2025", 3): {"office_director"},
    ("comms-2022", 1): {"commander"},
    ("comms-2022", 2): {"commander", "deputy"},
}
OFFICE = {"office_director", "office_staff", "duty_officer"}
COMMAND = {"commander", "deputy"}
ACTS = {
    "propose_response": OFFICE,
    "approve_end": COMMAND,
    "approve_warning": COMMAND,
    "approve_lift": COMMAND,
    "approve_release": COMMAND,
    "announce_end": OFFICE,
    "publish_warning": OFFICE,
}


def everybody(plan: str) -> dict[str, set[str]]:
    """Return every demo account with the posts it holds under a plan."""
    own = {PREFIX[plan] + name: kinds for name, kinds in HELD.items()}
    other = next(prefix for code, prefix in PREFIX.items() if code != plan)
    rest = {other + name: set() for name in HELD} | {name: set() for name in OTHERS}
    units = {name: {"unit_leader", "unit_liaison"} for name in UNITS}
    return own | rest | units


def test_levels_and_acts_are_those_of_the_design() -> None:
    found = {(level.version.plan.code, level.ordinal): set(level.approvers) for level in ResponseLevel.objects.all()}
    assert found == LEVELS
    for version in PlanVersion.objects.filter(in_force=True):
        rules = {rule.act: set(rule.post_kinds) for rule in version.act_rules.all()}
        assert {act: rules[act] for act in ACTS} == ACTS
    member = {rule.version.plan.code: set(rule.post_kinds) for rule in ActRule.objects.filter(act="add_member")}
    assert member == {"cyber-2025": {"commander"}, "comms-2022": COMMAND}


@pytest.mark.parametrize("plan", ["cyber-2025", "comms-2022"])
def test_every_person_against_every_act(people: Any, plan: str) -> None:
    version = PlanVersion.objects.get(plan__code=plan, in_force=True)
    for name, kinds in everybody(plan).items():
        for level in version.response_levels.all():
            allowed = may(people[name], version, Act.APPROVE_RESPONSE, level=level)
            assert allowed == bool(kinds & set(level.approvers)), f"{plan} {name} {level}"
        for rule in version.act_rules.all():
            allowed = may(people[name], version, rule.act)
            assert allowed == bool(kinds & set(rule.post_kinds)), f"{plan} {name} {rule.act}"


def test_refusal_names_the_posts_and_the_clause(people: Any, cyber: Any) -> None:
    with pytest.raises(Forbidden) as refused:
        actor_for(people["deputy"], cyber, Act.APPROVE_RESPONSE, level=cyber.response_levels.get(ordinal=1))
    assert "指挥长" in refused.value.message
    assert refused.value.clause == "网络预案 4.2.1.2"


def test_reading_of_ours_is_labelled_in_the_refusal(people: Any, cyber: Any) -> None:
    with pytest.raises(Forbidden, match="非预案规定"):
        actor_for(people["duty"], cyber, Act.APPROVE_WARNING)


def test_nobody_acts_under_an_act_without_a_rule(people: Any, cyber: Any) -> None:
    ActRule.objects.filter(version=cyber, act=Act.APPROVE_RELEASE).delete()
    with pytest.raises(Forbidden):
        actor_for(people["commander"], cyber, Act.APPROVE_RELEASE)


def test_who_holds_two_posts_acts_as_the_one_that_may(people: Any, cyber: Any) -> None:
    director = people["director"]
    assert "办公室主任" in actor_for(director, cyber, Act.OFFICE).post
    assert "副指挥长" in actor_for(director, cyber, Act.APPROVE_WARNING).post


def test_deputy_needs_an_authorisation_for_level_one(people: Any, cyber: Any) -> None:
    deputy, level = people["deputy"], cyber.response_levels.get(ordinal=1)
    assert not may(deputy, cyber, Act.APPROVE_RESPONSE, level=level)
    appoint(
        deputy,
        "cyber-2025:commander",
        nature="authorised",
        document="阳政授〔2026〕3号",
        scope=[Act.APPROVE_RESPONSE],
        ends_at=timezone.now() + timedelta(days=7),
    )
    actor = actor_for(deputy, cyber, Act.APPROVE_RESPONSE, level=level)
    assert (actor.nature, actor.post) == ("authorised", "网络预案 指挥长（授权：阳政授〔2026〕3号）")


def test_authorisation_covers_its_scope_only(people: Any, cyber: Any) -> None:
    deputy = people["deputy"]
    later = timezone.now() + timedelta(days=7)
    appoint(deputy, "cyber-2025:commander", nature="authorised", scope=[Act.ADD_MEMBER], ends_at=later)
    assert may(deputy, cyber, Act.ADD_MEMBER)
    assert not may(deputy, cyber, Act.APPROVE_RESPONSE, level=cyber.response_levels.get(ordinal=1))


def test_authorisation_without_scope_covers_the_whole_post(people: Any, cyber: Any) -> None:
    later = timezone.now() + timedelta(days=7)
    appoint(people["deputy"], "cyber-2025:commander", nature="authorised", scope=[], ends_at=later)
    assert may(people["deputy"], cyber, Act.APPROVE_RESPONSE, level=cyber.response_levels.get(ordinal=1))


def test_authorisation_ends_at_its_end(people: Any, cyber: Any) -> None:
    now = timezone.now()
    appoint(people["deputy"], "cyber-2025:commander", nature="authorised", ends_at=now + timedelta(hours=1))
    with time_machine.travel(now + timedelta(minutes=59), tick=False):
        assert may(people["deputy"], cyber, Act.ADD_MEMBER)
    with time_machine.travel(now + timedelta(hours=1), tick=False):
        assert not may(people["deputy"], cyber, Act.ADD_MEMBER)


def test_acting_holder_may_everything_of_the_post(people: Any, cyber: Any) -> None:
    row = appoint(people["duty2"], "cyber-2025:office_director", nature="acting", document="代行通知")
    assert may(people["duty2"], cyber, Act.APPROVE_RESPONSE, level=cyber.response_levels.get(ordinal=3))
    assert post_label(row) == "网络预案 办公室主任（代行：代行通知）"


@pytest.mark.parametrize(
    "values",
    [
        {"state": "entered"},
        {"state": "rejected"},
        {"state": "revoked"},
        {"starts_at": timezone.now() + timedelta(days=3650)},
        {"ends_at": timezone.now() - timedelta(hours=1)},
    ],
    ids=["waiting", "refused", "revoked", "future", "expired"],
)
def test_appointment_not_in_force_authorises_nothing(cyber: Any, values: dict[str, Any]) -> None:
    somebody = person("newcomer")
    appoint(somebody, "cyber-2025:commander", **values)
    assert not may(somebody, cyber, Act.ADD_MEMBER)


def test_disabled_account_authorises_nothing(people: Any, cyber: Any) -> None:
    commander = people["commander"]
    commander.is_active = False
    commander.save()
    assert not may(commander, cyber, Act.ADD_MEMBER)
    assert holders(cyber, [PostKind.COMMANDER]) == []


def test_post_in_one_plan_is_none_in_the_other(people: Any, comms: Any) -> None:
    assert not may(people["commander"], comms, Act.APPROVE_RESPONSE, level=comms.response_levels.get(ordinal=1))


def test_unit_acts_through_its_own_people_only(people: Any) -> None:
    gongan = people["unit_gongan"]
    assert "县公安局" in actor_of_unit(gongan, gongan.unit_id).post
    with pytest.raises(Forbidden):
        actor_of_unit(gongan, people["unit_shuju"].unit_id)
    with pytest.raises(Forbidden):
        actor_of_unit(gongan, None)


def test_any_actor_prefers_the_plan_and_falls_back_to_the_unit(people: Any, comms: Any) -> None:
    appoint(people["duty"], "comms-2022:duty_officer")
    assert any_actor(people["duty"], comms).post.startswith("通信预案")
    assert any_actor(person("newcomer")).post == "县政府办公室"


def test_table_on_screen_says_the_same(people: Any, cyber: Any) -> None:
    deputy = people["deputy"]
    later = timezone.now() + timedelta(days=1)
    appoint(deputy, "cyber-2025:commander", nature="authorised", scope=[Act.ADD_MEMBER], ends_at=later)
    rows = {row.what: row for row in next(t for t in authority_tables() if t["version"] == cyber)["rows"]}
    first, second, member = rows["批准启动 Ⅰ级响应"], rows["批准启动 Ⅱ级响应"], rows["增加成员单位"]
    assert first.holders == [f"{people['commander']}（指挥长）"]
    assert first.ref == "4.2.1.2"
    assert first.sentence
    assert len(second.holders) == 3
    assert member.holders == [f"{people['commander']}（指挥长）", f"{deputy}（指挥长，授权）"]
    assert (rows["批准发布预警"].non_plan, first.non_plan) == (True, False)
