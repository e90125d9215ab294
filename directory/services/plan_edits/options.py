"""What may be chosen in a draft: posts, kinds of actors, triggers, grades, groups; each with the words people read."""

from __future__ import annotations

from typing import Any

from directory.choices import UNIT_KINDS, Act, ActLimit, ActorKind, PostKind
from directory.loading.levels import EVENTS
from directory.loading.reporting import TRIGGERS
from directory.models import PlanVersion
from yangcheng_ec.deadlines.choices import StartBasis, StepKind

__all__ = [
    "actors",
    "acts",
    "audience",
    "colours",
    "command_kinds",
    "events",
    "grades",
    "groups",
    "limits",
    "owed_by",
    "own_posts",
    "posts",
    "report_kinds",
    "satisfied",
    "starts",
    "steps",
    "triggers",
]  # fmt: skip

Pairs = list[tuple[str, str]]
TRIGGER_WORDS = dict(
    zip(
        TRIGGERS,
        (
            "每一事件",
            "基础电信企业发现的事件",
            "乡镇发生的事件",
            "电话报告之后",
            "收到催报、核实",
            "预警发布",
            "预警解除",
        ),
        strict=True,
    )
)
EVENT_WORDS = {"handover": "上级接管指挥时", "reinforcement": "请求增援时"}
OWED_WORDS = {
    "monitoring_unit": "监测单位", "caller": "打电话报告的单位", "asked": "被催报、核实的单位",
    "reporting_unit": "报告单位",
}  # fmt: skip


def _of(choices: Any) -> Pairs:
    return [(str(value), str(label)) for value, label in choices.choices]


def own_posts(draft: PlanVersion) -> Pairs:
    """Return the posts of this plan, in its own words."""
    labels = dict(draft.posts.order_by("-ordinal").values_list("kind", "label"))
    return [(kind, labels[kind]) for kind in PostKind.values if kind in labels]


def posts(draft: PlanVersion) -> Pairs:
    """Return the posts of this plan, and those every unit has."""
    return own_posts(draft) + [(str(kind), str(kind.label)) for kind in UNIT_KINDS]


def command_kinds(draft: PlanVersion) -> Pairs:
    """Return the posts a plan's command may have."""
    return [pair for pair in _of(PostKind) if pair[0] not in UNIT_KINDS]


def audience(draft: PlanVersion) -> Pairs:
    """Return whom a rung may tell."""
    return [("owed_by", "责任单位"), *posts(draft)]


def acts(draft: PlanVersion) -> Pairs:
    """Return the acts a rule can be for; who approves a level stands with the level."""
    return [pair for pair in _of(Act) if pair[0] != Act.APPROVE_RESPONSE]


def limits(draft: PlanVersion) -> Pairs:
    """Return how far an act may go."""
    return _of(ActLimit)


def actors(draft: PlanVersion) -> Pairs:
    """Return whom a measure may name."""
    return _of(ActorKind)


def events(draft: PlanVersion) -> Pairs:
    """Return the events that make a task of a measure only when they happen."""
    return [(event, EVENT_WORDS.get(event, event)) for event in EVENTS if event]


def groups(draft: PlanVersion) -> Pairs:
    """Return the work groups of this draft by id."""
    return [(str(pk), name) for pk, name in draft.groups.values_list("pk", "name")]


def grades(draft: PlanVersion) -> Pairs:
    """Return the grades of this draft."""
    return list(draft.grades.values_list("code", "name"))


def triggers(draft: PlanVersion) -> Pairs:
    """Return what may start a reporting rule's clock."""
    return list(TRIGGER_WORDS.items())


def owed_by(draft: PlanVersion) -> Pairs:
    """Return who may owe a report."""
    return [*_of(ActorKind), *OWED_WORDS.items()]


def starts(draft: PlanVersion) -> Pairs:
    """Return the moments a clock may run from."""
    return _of(StartBasis)


def satisfied(draft: PlanVersion) -> Pairs:
    """Return what meets a rule."""
    return [("report", "报告"), ("reply", "答复"), ("written_report", "文字报告")]


def report_kinds(draft: PlanVersion) -> Pairs:
    """Return the kinds of report that meet a rule."""
    return [("phone", "电话"), ("written", "文字")]


def steps(draft: PlanVersion) -> Pairs:
    """Return the kinds of rung."""
    return _of(StepKind)


def colours(draft: PlanVersion) -> Pairs:
    """Return the colours of a warning."""
    return [("red", "红色"), ("orange", "橙色"), ("yellow", "黄色"), ("blue", "蓝色")]
