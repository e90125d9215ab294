"""What the unit that has to mend a finding says: how far it is, and that it is mended."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from early_warning.prevention.choices import IN_MENDING, FindingState
from early_warning.prevention.models import Finding
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
    words_of,
)
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.deadlines.services import notices_settle
from yangcheng_ec.errors import BadInput

__all__ = ["finding_mended", "finding_progress"]


@transaction.atomic
def finding_progress(*, finding_id: int, version: int | None, text: str, user: Any, said_by: str = "") -> Finding:
    """Say what is planned or how far the mending is; the first word begins it. The owner, or the office for it.

    Raises WrongState, StaleVersion, Forbidden, BadInput (no words; nobody named for 代录).
    """
    row, actor, name = _taken(finding_id, version, user, "报送整改进展", said_by)
    row.progress = words_of(text, "text", "请写明整改措施或进展。")
    row.state = FindingState.MENDING
    row_save(row)
    _note(row, "progress", f"整改进展{_behalf(name)}：{row.progress}", actor)
    notices_settle(subject=("finding", row.pk), kinds=["finding.chased"])
    return row


@transaction.atomic
def finding_mended(
    *,
    finding_id: int,
    version: int | None,
    text: str,
    user: Any,
    mended_at: datetime | None = None,
    said_by: str = "",
) -> Finding:
    """Report a finding mended, how and when (now unless said); the office is told and somebody else verifies it.

    The owner, or the office for it. Whether it was in time is judged by when it was mended. Raises WrongState,
    StaleVersion, Forbidden, BadInput (no words; a time in the future or before it was found).
    """
    row, actor, name = _taken(finding_id, version, user, "报整改完成", said_by)
    row.progress = words_of(text, "text", "请写明怎样整改的、怎样确认已消除。")
    row.mended_at, row.mended_by = _when(row, mended_at), actor.user
    row.state, row.reason = FindingState.MENDED, ""
    row_save(row)
    _note(row, "mended", f"整改完成{_behalf(name)}：{row.progress}", actor, row.mended_at)
    notices_settle(subject=("finding", row.pk), kinds=[f"finding.{word}" for word in ASKED])
    tell(
        row, "finding.mended", f"隐患整改完成，请复核：{row.title}", office_people(row.plan_version), body=row.progress
    )
    return row


# What is over once it is mended.
ASKED = ("accepted", "sent_back", "chased", "soon", "late", "extended")


def _taken(finding_id: int, version: int | None, user: Any, doing: str, said_by: str) -> tuple[Finding, Actor, str]:
    row = finding_lock(finding_id, user=user)
    check_version(row, version)
    actor, name = unit_actor(user, row.plan_version, row.owner, doing, said_by)
    need_state(row, IN_MENDING, doing)
    return row, actor, name


def _when(row: Finding, mended_at: datetime | None) -> datetime:
    now = database_now()
    at = mended_at or now
    if at > now + TOLERANCE:
        raise BadInput("没有保存。", fields={"mended_at": [f"完成时间不能晚于现在（{local_text(now)}）。"]})
    if at < row.found_at - TOLERANCE:
        raise BadInput("没有保存。", fields={"mended_at": [f"完成时间不能早于发现（{local_text(row.found_at)}）。"]})
    return min(at, now)


def _behalf(name: str) -> str:
    return f"（{name}电话报来，代录）" if name else ""


def _note(row: Finding, event: str, text: str, actor: Actor, done_at: datetime | None = None) -> None:
    note(row, f"finding.{event}", text, actor, clause=clauses_of(row.plan_version).prevention, done_at=done_at)
