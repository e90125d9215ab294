"""The plans' rules on warnings (cyber 3.2, comms 3.3–3.6). Docstrings are the sentences the user reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from directory.choices import Act, ActorKind
from directory.ladders import ladders_of
from directory.models import Clause, PlanVersion, ReportingRule, Unit, WarningLevel
from directory.rules import act_rule, clause_label
from early_warning.choices import ACTIVE, Publicity
from early_warning.models import EarlyWarning
from incidents.choices import RESPONSE_MAY_BE_PROPOSED
from incidents.models import Incident
from yangcheng_ec.deadlines.services import ClockSpec
from yangcheng_ec.errors import WrongState
from yangcheng_ec.idempotency import fingerprint_of

__all__ = [
    "LIFTED",
    "PUBLISHED",
    "Action",
    "act_clause",
    "action_clause",
    "actions_of",
    "clock_specs",
    "content_fingerprint",
    "incident_may_warn",
    "is_expired",
    "level_label",
    "lift_conditions",
    "need_standing_allowed",
    "office_part",
    "proposal_problems",
    "settle_done_at",
    "standing_allowed",
]

# Triggers of reporting rules (``ReportingRule.trigger``).
PUBLISHED = "warning_published"
LIFTED = "warning_lifted"

ACTION_TITLE = "预警行动"
# The two findings of a lifting sentence that the plan does not itemise; each must stand in it verbatim.
LIFT_QUOTES = ("突发事件已经处置结束", "通信网络恢复")
# Parts of the sentences on action that are the office's own; each must stand in them verbatim.
OFFICE_PARTS = ("县指挥部办公室及有关部门要及时跟踪了解情况", "根据事态发展情况，适时调整预警级别或解除预警")
# The term by which a sentence on action names who acts; the plan's glossary says which units it means.
OPERATORS = "相关基础电信运营企业"
# The word by which the clause on publication allows it on authorisation.
ON_AUTHORISATION = "授权"


def act_clause(version: PlanVersion, act: str) -> str:
    """Return the label of the clause an act rests on, for example 「网络预案 3.2.2」."""
    rule = act_rule(version, act)
    return clause_label(version, rule.clause if rule else "")


def action_clause(version: PlanVersion) -> str:
    """相关单位随时报告事态进展情况，办公室及有关部门及时跟踪了解（网络预案 3.2.3；通信预案 3.5）。"""
    clause = Clause.objects.filter(version=version, title=ACTION_TITLE).first()
    return clause_label(version, clause.ref if clause else "")


@dataclass(frozen=True)
class Action:
    """One warning action of the plan: its number, its words, who acts; ``non_plan``: the clause does not say who."""

    ordinal: int
    quote: str
    operators: bool = False
    non_plan: bool = False


def actions_of(version: PlanVersion) -> list[Action]:
    """相关单位做好应急处置准备，随时报告事态进展（3.2.3）；落实应急救援准备、研究措施、部署资源（3.5（1）至（3））。

    A part that is the office's own is none of the units'. Where a numbered action names nobody it goes to every
    addressed unit, 「非预案规定」.
    """
    listed = [str(words) for words in version.texts.get("warning_actions") or []]
    if listed:
        return [
            Action(ordinal, quote, OPERATORS in quote, OPERATORS not in quote)
            for ordinal, quote in enumerate(listed, start=1)
            if quote not in OFFICE_PARTS
        ]
    sentence = _action_sentence(version)
    for part in OFFICE_PARTS:
        sentence = sentence.partition(part)[0]
    sentence = sentence.strip("，。；")
    return [Action(1, sentence)] if sentence else []


def office_part(version: PlanVersion) -> str:
    """县指挥部办公室及有关部门要及时跟踪了解情况（3.2.3）；根据事态发展情况，适时调整预警级别或解除预警（3.5（4））。"""
    whole = "\n".join([_action_sentence(version), *(str(one) for one in version.texts.get("warning_actions") or [])])
    return next((part for part in OFFICE_PARTS if part in whole), "")


def _action_sentence(version: PlanVersion) -> str:
    flow = version.texts.get("warning_flow") or {}
    return str((flow.get("action") or {}).get("text", ""))


def standing_allowed(version: PlanVersion) -> bool:
    """县指挥部根据规定权限或授权发布预警信息（通信预案 3.4）；条款没有写授权的预案不能按授权发布。"""
    rule = act_rule(version, Act.PUBLISH_WARNING)
    return rule is not None and ON_AUTHORISATION in rule.quote


def need_standing_allowed(version: PlanVersion) -> None:
    """县指挥部根据规定权限或授权发布预警信息（通信预案 3.4）；本预案没有写按授权发布，须逐次报批。"""
    if not standing_allowed(version):
        text = f"{version.plan.short_name}没有写按授权发布预警，须逐次报批。"
        raise WrongState(text, clause=act_clause(version, Act.PUBLISH_WARNING))


def level_label(level: WarningLevel) -> str:
    """预警级别依次用红色、橙色、黄色和蓝色表示；通信预案分情形1、情形2、情形3（3.2.1；3.3）。"""
    return f"{level.name} {level.severity}".strip()


def proposal_problems(warning: EarlyWarning, units: Sequence[Unit], now: datetime) -> dict[str, list[str]]:
    """提出预警等级建议，明确预警的响应范围和公开程度（或保密要求），写明研判依据和通知单位（3.2.2；3.4）。"""
    problems: dict[str, list[str]] = {}
    for name, words in (("text", "预警内容"), ("scope", "响应范围"), ("basis", "研判依据")):
        if not getattr(warning, name).strip():
            problems[name] = [f"请写明{words}。"]
    if not units:
        problems["units"] = ["请选择至少一个通知单位。"]
    if warning.valid_until is not None and warning.valid_until <= now:
        problems["valid_until"] = ["预计失效时间已经过去。"]
    if warning.respond_by is not None and warning.respond_by <= now:
        problems["respond_by"] = ["反馈目标时间已经过去。"]
    if warning.publicity == Publicity.CONFIDENTIAL and not warning.publicity_note.strip():
        problems["publicity_note"] = ["按保密要求管理的，请写明保密要求。"]
    return problems


def incident_may_warn(incident: Incident) -> None:
    """未达到应急响应启动条件的，启动预警（网络预案 8.2 流程图「否」）；已在响应中或已结案的不再预警。"""
    if incident.state not in RESPONSE_MAY_BE_PROPOSED:
        raise WrongState(
            f"事件{incident.number}现在是「{incident.state_choice.label}」，不能由它发起预警。",
            clause=clause_label(incident.plan_version, "8.2") if incident.plan_version.plan.uses_grades else "",
        )


def lift_conditions(version: PlanVersion) -> list[str]:
    """网络安全隐患已消除且网络与信息系统已恢复正常运行；突发事件已经处置结束且通信网络恢复（3.2.4；3.6）。"""
    texts: dict[str, Any] = version.texts
    lift = texts.get("warning_flow", {}).get("lift") or texts.get("warning_lift") or {}
    if lift.get("conditions"):
        return [str(words) for words in lift["conditions"]]
    sentence = str(lift.get("text", ""))
    return [quote for quote in LIFT_QUOTES if quote in sentence] or [sentence]


def is_expired(warning: EarlyWarning, now: datetime) -> bool:
    """预计失效时间已过而尚未解除的预警仍然有效，须办理解除或调整（3.2.4；3.6）。"""
    return warning.state in ACTIVE and warning.valid_until is not None and warning.valid_until <= now


def settle_done_at(done_at: datetime | None, starts_at: datetime | None, now: datetime) -> datetime | str:
    """Return when an act happened: now by default, never in the future, never before the warning went out.

    A time typed to the minute within the starting minute counts as that moment. A text is the reason for refusal.
    """
    moment = done_at or now
    if moment > now + timedelta(minutes=1):
        return "时间不能晚于现在。"
    if starts_at is not None and moment < starts_at:
        if starts_at - moment < timedelta(minutes=1):
            return starts_at
        return "时间不能早于预警的发布（解除）时间。"
    return min(moment, now)


def content_fingerprint(warning: EarlyWarning, unit_codes: Sequence[str]) -> str:
    """经县指挥部批准后发布：发布的必须是批准的那一份（3.2.2；3.4）。"""
    names = (
        "title", "text", "scope", "publicity", "publicity_note", "basis", "advice", "valid_from", "valid_until",
        "respond_by", "level_id", "drill",
    )  # fmt: skip
    return fingerprint_of([[str(getattr(warning, name)) for name in names], sorted(unit_codes)])


def reporting_rules(version: PlanVersion, trigger: str) -> QuerySet[ReportingRule]:
    """发布（解除）预警信息，并报县委县政府（和上级有关部门）（3.2.2；3.2.4）。"""
    return ReportingRule.objects.filter(version=version, trigger=trigger).prefetch_related("addressees")


def clock_specs(warning: EarlyWarning, trigger: str, starts_at: datetime) -> list[ClockSpec]:
    """Return the clocks a publication or a lifting starts: one per rule row of the plan, none where it has none."""
    version = warning.plan_version
    office = version.office_unit.code if version.office_unit else ""
    rules = list(reporting_rules(version, trigger))
    ladders = ladders_of(version) if rules else {}
    return [
        ClockSpec(
            rule_code=rule.code,
            plan_code=version.plan.code,
            plan_version_id=version.pk,
            clause=clause_label(version, rule.clause),
            quote=rule.quote,
            title=rule.title,
            owed_by=rule.owed_by,
            subject=("warning", warning.pk),
            start_basis=rule.starts,
            starts_at=starts_at,
            wording=rule.wording,
            addressees=tuple((row.code, row.label) for row in rule.addressees.all()),
            minutes=rule.minutes,
            start_note=_reading(version, rule),
            owed_by_unit=office if ActorKind.OFFICE in rule.owed_by_kinds else "",
            case_title=f"{warning.number} {warning.title}",
            url=reverse("warning", args=[warning.number]),
            ladder=ladders[rule.minutes is not None],
            ladder_edition=version.ladder_edition,
            drill=warning.drill,
        )
        for rule in rules
    ]


def _reading(version: PlanVersion, rule: ReportingRule) -> str:
    """Say which part of the clock is our reading because the clause leaves it open (「非预案规定」)."""
    read = version.texts.get("readings", {}).get(rule.code, [])
    return f"条款未写明时限，按「{rule.wording}」掌握" if "wording" in read else ""
