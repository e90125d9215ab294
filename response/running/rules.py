"""What the plans say of a running response's acts: which clause, who signs. Read from the rows, never written here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from directory.choices import Nature, PostKind
from directory.models import Appointment, MeasureActor, PlanVersion, Unit
from directory.rules import actor_of, clause_label, holders
from response.models import Response
from yangcheng_ec.actors import Actor
from yangcheng_ec.errors import Forbidden

__all__ = [
    "COMMAND", "INVESTIGATION", "KEEP", "aid_clause", "command_actor", "command_holders", "conference_clause",
    "control_clause", "first_action_clause", "forces_clause", "human_made_clause", "investigator", "on_site_clause",
    "order_clause", "situation_clause",
]  # fmt: skip

COMMAND = (PostKind.COMMANDER, PostKind.DEPUTY)
# The plans' own words by which a clause is found; a plan that does not say them has no such clause.
ORDER = ("发布应急指令", "根据县指挥部指令")
ON_SITE = ("组建现场应急指挥部",)
CONFERENCE = ("会商会议",)
FIRST_ACTION = "先期处置"
INVESTIGATION, KEEP = "组织侦查和调查", "保留相关证据"
EVIDENCE = ("保留相关证据", "查处打击破坏通信设施的违法犯罪行为")
FORCES = ("充分发挥社会力量", "动员社会力量")
SITUATION = ("信息汇总、上报", "监测汇总上报")
CONTROL = ("事态是否得到控制",)
AID = ("增援", "请求支援", "申请援助")


def order_clause(version: PlanVersion) -> str:
    """应急指令由县指挥部发布 (comms 2.1)；预案未列出的部门和单位根据县指挥部指令工作 (cyber 2.3)。O4, O12."""
    return _clause(version, ORDER)


def on_site_clause(version: PlanVersion) -> str:
    """县指挥部负责组建现场应急指挥部 (comms 2.1)；网络预案没有规定。O12. Empty where the plan has none."""
    return _clause(version, ON_SITE)


def conference_clause(response: Response) -> str:
    """召开相关成员单位会商会议 (comms 4.4.1)；其他级别和网络预案没有规定。S10. Empty where the level has none."""
    rows = response.level.measures.filter(actors__quote__contains=CONFERENCE[0]).distinct()
    return _measure(response, rows.first())


def first_action_clause(version: PlanVersion) -> str:
    """事发单位应立即启动应急响应，组织专业技术力量处置，并报告 (comms 4.3)。S11. Empty where the plan has none."""
    if not version.texts.get("first_response"):
        return ""
    clause = version.clauses.filter(title=FIRST_ACTION).first()
    return clause_label(version, clause.ref) if clause else ""


def forces_clause(version: PlanVersion) -> str:
    """依托社会优秀互联网网络安全企业，充分发挥社会力量和人才的作用 (cyber 4.3)。Empty where the plan has none."""
    return _clause(version, FORCES)


def human_made_clause(response: Response) -> str:
    """对于人为破坏活动，公安等部门负责组织侦查和调查工作 (cyber 4.2.1.3, 4.2.2.3)。S7. The level's own, or any."""
    measure = response.level.measures.filter(actors__quote__contains=EVIDENCE[0]).distinct().first()
    return _measure(response, measure) or _clause(response.plan_version, EVIDENCE)


def investigator(version: PlanVersion) -> tuple[Unit | None, str]:
    """公安等部门负责组织侦查和调查 (cyber)；查处打击破坏通信设施的违法犯罪行为的工作组由其牵头部门承担 (comms)。S7.

    Returns (who, the plan's own words).
    """
    rows = MeasureActor.objects.filter(measure__level__version=version, unit__isnull=False)
    row = rows.filter(quote__contains=INVESTIGATION).select_related("unit").first()
    if row is not None:
        return row.unit, row.quote
    group = version.groups.filter(duty__contains=EVIDENCE[1]).select_related("lead").first()
    return (group.lead, group.duty or "") if group is not None else (None, "")


def control_clause(version: PlanVersion) -> str:
    """事态未得到控制的，扩大应急、请求增援 (cyber 8.2)。S12. Empty where the plan has no such chart."""
    chart = version.texts.get("flowchart_8_2") or {}
    return clause_label(version, "8.2") if any(CONTROL[0] in str(text) for text in chart.values()) else ""


def aid_clause(response: Response) -> str:
    """上报上级指挥部请求支援；及时请求上级相关力量进行增援。S10, S12. The level's own, else its measures."""
    for words in AID:
        measure = response.level.measures.filter(actors__quote__contains=words).distinct().first()
        if measure is not None:
            return _measure(response, measure)
    return clause_label(response.plan_version, response.level.measures_clause)


def situation_clause(version: PlanVersion) -> str:
    """县指挥部办公室汇总上报工作进展 (cyber 2.2)；负责信息汇总、上报工作 (comms 2.2)。间隔为非预案规定。"""
    return _clause(version, SITUATION)


def command_holders(version: PlanVersion) -> list[Appointment]:
    """Return who may sign for the command where a clause names only «the command»: 非预案规定."""
    return [row for row in holders(version, COMMAND) if row.nature != Nature.AUTHORISED or not row.scope]


def command_actor(user: Any, version: PlanVersion, what: str, clause: str) -> Actor:
    """预案写「县指挥部」而没有写明由谁签发的，由指挥长、副指挥长作出（非预案规定）。Raises Forbidden."""
    row = next((row for row in command_holders(version) if row.user_id == user.pk), None)
    if row is None:
        raise Forbidden(f"{what}由县指挥部作出：{_posts(version)}（非预案规定）。", clause=clause)
    return actor_of(user, row)


def _posts(version: PlanVersion) -> str:
    return (
        "、".join(version.posts.filter(kind__in=COMMAND).order_by("ordinal").values_list("label", flat=True))
        or "指挥长"
    )


def _clause(version: PlanVersion, words: Sequence[str]) -> str:
    for text in words:
        clause = version.clauses.filter(text__contains=text).first()
        if clause is not None:
            return clause_label(version, clause.ref)
    return ""


def _measure(response: Response, measure: Any) -> str:
    if measure is None:
        return ""
    number = f"（{measure.number}）" if measure.number else ""
    return clause_label(response.plan_version, f"{response.level.measures_clause}{number}")
