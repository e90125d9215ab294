"""What the office decides on a finding: accept, ask back, reject, move the due time, chase, verify (「非预案规定」)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from directory.models import Unit
from early_warning.prevention.choices import EDITABLE, IN_MENDING, FindingState
from early_warning.prevention.models import Finding
from early_warning.prevention.rules import clauses_of
from early_warning.prevention.services.common import (
    check_version,
    finding_lock,
    need_state,
    note,
    office_actor,
    row_save,
    target,
    tell,
    unit_people,
    words_of,
)
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.deadlines.services import notices_settle
from yangcheng_ec.errors import Forbidden
from yangcheng_ec.text import clean_text

__all__ = [
    "finding_accept",
    "finding_ask_back",
    "finding_chase",
    "finding_extend",
    "finding_reject",
    "finding_send_back",
    "finding_verify",
]

REASON_LIMIT = 500


def _taken(
    finding_id: int, version: int | None, user: Any, states: tuple[FindingState, ...], doing: str
) -> tuple[Finding, Actor]:
    """Lock a finding for an act of the office; check version, authority, state."""
    row = finding_lock(finding_id, user=user)
    check_version(row, version)
    actor = office_actor(user, row.plan_version, f"{doing}隐患")
    need_state(row, states, doing)
    return row, actor


def _settle(row: Finding, *kinds: str) -> None:
    notices_settle(subject=("finding", row.pk), kinds=[f"finding.{kind}" for kind in kinds])


@transaction.atomic
def finding_accept(
    *, finding_id: int, version: int | None, due_at: datetime | None, user: Any, owner: Unit | None = None
) -> Finding:
    """Accept a finding: who mends it and until when (a local target). 谁主管谁负责，谁运行谁负责 (cyber 3.1).

    ``owner`` may be another unit than the reporter named; it sees the finding from now on and is told.
    Raises WrongState, StaleVersion, Forbidden, BadInput (no time, one gone by).
    """
    row, actor = _taken(finding_id, version, user, (FindingState.REPORTED,), "受理")
    row.due_at = target(due_at)
    row.owner = owner or row.owner
    row.state, row.reason = FindingState.ACCEPTED, ""
    row_save(row)
    clause = clauses_of(row.plan_version).prevention
    words = f"受理隐患：由{row.owner.name}整改，期限{local_text(row.due_at)}（非预案规定）。"
    note(row, "finding.accepted", words, actor, clause=clause)
    _settle(row, "reported")
    _tell_owner(row, "accepted", f"请整改隐患：{row.title}（期限{local_text(row.due_at)}，非预案规定）", clause)
    if row.owner_id != row.unit_id:
        _tell(row, row.unit, "accepted_reporter", f"隐患已受理，由{row.owner.name}整改：{row.title}")
    return row


@transaction.atomic
def finding_ask_back(*, finding_id: int, version: int | None, reason: str, user: Any) -> Finding:
    """Ask the reporter to complete a finding. Raises BadInput (no question), WrongState, StaleVersion, Forbidden."""
    row, actor = _taken(finding_id, version, user, (FindingState.REPORTED,), "退回补充")
    row.reason = words_of(reason, "reason", "请写明要补充什么。", limit=REASON_LIMIT)
    row.state = FindingState.ASKED_BACK
    row_save(row)
    note(row, "finding.asked_back", f"退回补充：{row.reason}", actor)
    _settle(row, "reported")
    _tell(row, row.unit, "asked_back", f"隐患请补充：{row.title}", row.reason)
    return row


@transaction.atomic
def finding_reject(*, finding_id: int, version: int | None, reason: str, user: Any) -> Finding:
    """Refuse a finding with the reason; it stays on the list. Raises BadInput, WrongState, StaleVersion, Forbidden."""
    row, actor = _taken(finding_id, version, user, EDITABLE, "不予受理")
    row.reason = words_of(reason, "reason", "请写明不予受理的理由。", limit=REASON_LIMIT)
    row.state = FindingState.REJECTED
    row_save(row)
    note(row, "finding.rejected", f"不予受理：{row.reason}", actor)
    _settle(row, "reported", "asked_back", "chased")
    _tell(row, row.unit, "rejected", f"隐患不予受理：{row.title}", row.reason)
    return row


@transaction.atomic
def finding_extend(*, finding_id: int, version: int | None, due_at: datetime | None, reason: str, user: Any) -> Finding:
    """Move the due time to a later one, with the reason; reminders begin anew.

    Raises BadInput, WrongState, StaleVersion, Forbidden.
    """
    row, actor = _taken(finding_id, version, user, IN_MENDING, "延期")
    why = words_of(reason, "reason", "请写明延期的理由。", limit=REASON_LIMIT)
    was, row.due_at = row.due_at, target(due_at, after=row.due_at)
    row.extended += 1
    row.told_soon_at = row.told_late_at = None
    row_save(row)
    words = f"整改期限由{local_text(was)}延至{local_text(row.due_at)}（非预案规定）：{why}"
    note(row, "finding.extended", words, actor)
    _settle(row, "soon", "late", "chased")
    _tell_owner(row, "extended", f"整改期限延至{local_text(row.due_at)}：{row.title}", body=why)
    return row


@transaction.atomic
def finding_chase(*, finding_id: int, version: int | None, user: Any, text: str = "") -> int:
    """Chase whoever has to act: the owner to mend, the reporter to complete; return how many people were told.

    None is no fault: the unit has no account and must be phoned. Raises WrongState, StaleVersion, Forbidden.
    """
    row, actor = _taken(finding_id, version, user, (*IN_MENDING, FindingState.ASKED_BACK), "催办")
    unit = row.unit if row.state == FindingState.ASKED_BACK else row.owner
    row.chases += 1
    row_save(row)
    words = clean_text(text).strip()[:REASON_LIMIT]
    people = unit_people([unit], row.plan_version)
    reached = "、".join(one.label for one in people) or "该单位没有账号，须电话催办"
    note(
        row, "finding.chased", f"催办{unit.name}（第{row.chases}次，{reached}）{'：' + words if words else '。'}", actor
    )
    return tell(row, "finding.chased", f"催办隐患：{row.title}", people, body=words)


@transaction.atomic
def finding_verify(*, finding_id: int, version: int | None, user: Any, text: str = "") -> Finding:
    """Verify on the spot or by proof that a finding is mended, and close it: somebody else than who said it is mended.

    Raises WrongState, StaleVersion, Forbidden (also for whoever reported it mended).
    """
    row, actor = _taken(finding_id, version, user, (FindingState.MENDED,), "复核")
    _check_another(row, user)
    row.state, row.verified_at, row.verified_by = FindingState.VERIFIED, database_now(), actor.user
    row_save(row)
    words = clean_text(text).strip()
    clause = clauses_of(row.plan_version).prevention
    note(row, "finding.verified", f"复核通过，销号。{words}", actor, clause=clause)
    _settle(row, "mended")
    for unit in {row.unit, row.owner}:
        _tell(row, unit, "verified", f"隐患已销号：{row.title}", words)
    return row


@transaction.atomic
def finding_send_back(*, finding_id: int, version: int | None, reason: str, user: Any) -> Finding:
    """Find that it is not mended: it goes back to the owner, its due time unchanged.

    Raises BadInput without a reason, WrongState, StaleVersion, Forbidden (also for whoever reported it mended).
    """
    row, actor = _taken(finding_id, version, user, (FindingState.MENDED,), "复核")
    _check_another(row, user)
    row.reason = words_of(reason, "reason", "请写明复核发现了什么。", limit=REASON_LIMIT)
    row.state, row.mended_at, row.mended_by = FindingState.MENDING, None, None
    row_save(row)
    note(row, "finding.sent_back", f"复核不通过，继续整改：{row.reason}", actor)
    _settle(row, "mended")
    _tell_owner(row, "sent_back", f"复核不通过，请继续整改：{row.title}", body=row.reason)
    return row


def _check_another(row: Finding, user: Any) -> None:
    if user.pk == row.mended_by_id:
        raise Forbidden("整改完成是您报的，须由另一人复核（非预案规定）。")


def _tell(row: Finding, unit: Unit, event: str, title: str, body: str = "", clause: str = "") -> None:
    people = unit_people([unit], row.plan_version)
    tell(row, f"finding.{event}", title, people, clause=clause, body=body)


def _tell_owner(row: Finding, event: str, title: str, clause: str = "", body: str = "") -> None:
    _tell(row, row.owner, event, title, body, clause)
