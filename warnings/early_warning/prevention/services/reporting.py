"""Reporting a finding, and completing what was asked back."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from django.db import transaction

from directory.models import PlanVersion, Unit
from early_warning.prevention.choices import EDITABLE, CheckState, FindingState
from early_warning.prevention.models import CheckReturn, Finding, HazardCheck
from early_warning.prevention.rules import clauses_of
from early_warning.prevention.services.common import (
    TOLERANCE,
    check_version,
    finding_lock,
    need_state,
    note,
    office_people,
    row_save,
    tell,
    unit_actor,
)
from incidents.services.intake_words import Problems
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.deadlines.services import notices_settle
from yangcheng_ec.errors import BadInput
from yangcheng_ec.idempotency import fingerprint_of, once
from yangcheng_ec.numbers import number_next
from yangcheng_ec.record.services import head_create
from yangcheng_ec.text import LONG_TEXT_LIMIT, clean_text

__all__ = ["PREFIX", "Found", "finding_report", "finding_supplement"]

PREFIX = "FX"
LABELS = {
    "title": "隐患", "place": "系统或地点", "description": "情况", "severity": "可能的危害",
    "measure": "已采取和拟采取的措施", "found_at": "发现时间",
}  # fmt: skip
NEEDED = ("title", "place", "description")


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was found, where, how bad in words, what is done about it, and when it was found (None: now)."""

    title: str
    place: str
    description: str
    severity: str = ""
    measure: str = ""
    found_at: datetime | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return everything that was sent, for the fingerprint of a retry."""
        return {item.name: getattr(self, item.name) for item in fields(self)}


@transaction.atomic
def finding_report(
    *,
    version: PlanVersion,
    found: Found,
    unit: Unit,
    user: Any,
    owner: Unit | None = None,
    hazard_check: HazardCheck | None = None,
    said_by: str = "",
    key: str = "",
) -> Finding:
    """Report a risk finding to the plan's office (W3: cyber 3.2.2 「及时进行风险评估并报告县指挥部」; comms 3.1).

    By the leader or liaison of ``unit``, or by the office for itself or for whoever phoned (``said_by``); once per key.
    ``owner`` is who has to mend it, the reporter unless named; ``hazard_check`` the round it was found in, of this plan
    and with this unit. Writes the finding with its own record and tells the office. Raises Forbidden, BadInput.
    """
    sent = {
        "plan": version.pk, "unit": unit.pk, "owner": owner.pk if owner else None, "said_by": said_by,
        "check": hazard_check.pk if hazard_check else None, **found.as_dict(),
    }  # fmt: skip
    pk, _fresh = once(
        user=user, scope="finding.report", key=key, fingerprint=fingerprint_of(sent),
        act=lambda: str(_report(version, found, unit, user, owner, hazard_check, said_by).pk),
    )  # fmt: skip
    return Finding.objects.select_related("plan_version__plan", "unit", "owner").get(pk=int(pk))


def _report(
    version: PlanVersion, found: Found, unit: Unit, user: Any, owner: Unit | None, check: HazardCheck | None, said: str
) -> Finding:
    actor, name = unit_actor(user, version, unit, "报告隐患", said)
    if check is not None:
        _check_round(check, version, unit)
    now = database_now()
    number = number_next(PREFIX, at=now)
    row = Finding(
        head=head_create(kind="finding", key=number, now=now), number=number, plan_version=version, unit=unit,
        owner=owner or unit, hazard_check=check, reported_by=actor.user, reported_post=actor.post, reported_at=now,
        said_by=name, **_cleaned(found, now),
    )  # fmt: skip
    row_save(row)
    behalf = f"（{name}电话报来，代录）" if name else ""
    mends = "" if row.owner_id == row.unit_id else f"，建议由{row.owner.name}整改"
    clause = clauses_of(version).monitoring
    text = f"{unit.name}报告隐患{number}{behalf}：{row.title}（{row.place}），{local_text(row.found_at)}发现{mends}。"
    note(row, "finding.reported", text, actor, clause=clause)
    _tell_office(row, f"新报隐患：{row.title}", clause)
    return row


def _tell_office(row: Finding, title: str, clause: str) -> None:
    body = f"{row.unit.name}报告，{row.place}。"
    tell(row, "finding.reported", title, office_people(row.plan_version), clause=clause, body=body)


def _check_round(check: HazardCheck, version: PlanVersion, unit: Unit) -> None:
    text = ""
    if check.plan_version.plan_id != version.plan_id:
        text = "这一轮排查属于另一预案。"
    elif check.state != CheckState.OPEN:
        text = f"排查{check.number}{check.state_choice.label}，请作为日常发现报告。"
    elif not CheckReturn.objects.filter(hazard_check=check, unit=unit).exists():
        text = f"{unit.name}不在排查{check.number}的范围内。"
    if text:
        raise BadInput("没有报告。", fields={"hazard_check": [text]})


def _cleaned(found: Found, now: datetime) -> dict[str, Any]:
    """Return the fields as they may be kept. Raises BadInput with every fault."""
    problems = Problems()
    values: dict[str, Any] = {name: clean_text(getattr(found, name)).strip() for name in LABELS if name != "found_at"}
    for name in NEEDED:
        if not values[name]:
            problems.add(name, f"请填写{LABELS[name]}。")
    for name in ("description", "measure"):
        if len(values[name]) > LONG_TEXT_LIMIT:
            problems.add(name, f"内容过长（{len(values[name])} 字），最多 {LONG_TEXT_LIMIT} 字。")
    at = found.found_at or now
    if at > now + TOLERANCE:
        problems.add("found_at", f"发现时间不能晚于现在（{local_text(now)}）。")
    problems.raise_any("没有保存，请更正。")
    return values | {"found_at": min(at, now)}


@transaction.atomic
def finding_supplement(*, finding_id: int, version: int | None, found: Found, user: Any, said_by: str = "") -> Finding:
    """Correct or complete a finding before the office accepts it; what was asked back goes to the office again.

    The reporting unit, or the office for it. Raises WrongState, StaleVersion, Forbidden, BadInput.
    """
    row = finding_lock(finding_id, user=user)
    check_version(row, version)
    actor, name = unit_actor(user, row.plan_version, row.unit, "补充隐患", said_by)
    need_state(row, EDITABLE, "补充")
    changes = _apply(row, _cleaned(found, database_now()))
    asked = row.state == FindingState.ASKED_BACK
    if not changes and not asked:
        return row
    row.state, row.reason = FindingState.REPORTED, ""
    row_save(row)
    _supplemented(row, changes, actor, name, asked)
    return row


def _apply(row: Finding, values: dict[str, Any]) -> list[str]:
    changed = [LABELS[name] for name, value in values.items() if getattr(row, name) != value]
    for name, value in values.items():
        setattr(row, name, value)
    return changed


def _supplemented(row: Finding, changes: list[str], actor: Actor, name: str, asked: bool) -> None:
    behalf = f"（{name}电话报来，代录）" if name else ""
    what = "、".join(changes) or "无改动，说明见原文"
    clause = clauses_of(row.plan_version).monitoring
    note(row, "finding.supplemented", f"补充隐患{behalf}：{what}。", actor, clause=clause)
    notices_settle(subject=("finding", row.pk), kinds=["finding.asked_back", "finding.chased"])
    if asked:
        _tell_office(row, f"隐患已补充：{row.title}", clause)
