"""The duty log (值班日志), to the minute. Lines are only ever added: a correction is a further line."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from directory.models import DutyLogEntry, Roster
from directory.rules import any_actor
from directory.selectors.roster import Standing, office_version, slots_on
from directory.services.roster import roster_locked
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.errors import BadInput, Forbidden
from yangcheng_ec.record.services import Line, record_append
from yangcheng_ec.text import LONG_TEXT_LIMIT

__all__ = ["log_add", "may_log"]

TOLERANCE = timedelta(minutes=1)
LATE_AFTER = timedelta(minutes=5)


@transaction.atomic
def log_add(
    *, user: Any, code: str, text: str, at: datetime | None = None, corrects_id: int | None = None
) -> DutyLogEntry:
    """Add a line: what happened, at which minute (now by default); one entered over 5 minutes later is 补录.

    By the body's own people or whoever is on duty now. Raises NotVisible, Forbidden, BadInput with fields (empty,
    in the future, a line of another log).
    """
    head, roster, standing = roster_locked(user, code)
    if not may_log(user, roster, standing):
        raise Forbidden("值班日志由本值班室人员或当班人员记录（非预案规定）。")
    now = database_now()
    moment = (at or now).replace(second=0, microsecond=0)
    words = _checked(text, moment, now)
    corrected = _corrected(roster, corrects_id)
    actor = any_actor(user, office_version(roster))
    row = DutyLogEntry(
        roster=roster,
        at=moment,
        text=words,
        by=user,
        post_label=actor.post,
        recorded_at=now,
        late_entry=now - moment > LATE_AFTER,
        corrects=corrected,
    )
    row.full_clean(exclude=["roster", "by", "corrects"])
    row.save()
    what = f"更正{local_text(corrected.at)}的记录：" if corrected else ""
    line = Line(
        "roster.log_added",
        f"值班日志 {local_text(moment)} {what}{words}",
        actor=actor,
        subject=("duty_log", row.pk),
        data={"corrects": corrects_id},
        done_at=moment,
        late_entry=row.late_entry,
    )
    record_append(head, line)
    return row


def may_log(user: Any, roster: Roster, standing: Standing) -> bool:
    """Return whether the user may write into this log now."""
    if standing.keeping(roster) is not None:
        return True
    return any(user.pk in slot.people for slot in slots_on(database_now()).filter(roster=roster))


def _checked(text: str, moment: datetime, now: datetime) -> str:
    words = text.strip()
    problems: dict[str, list[str]] = {}
    if not words:
        problems["text"] = ["请写明内容。"]
    if len(words) > LONG_TEXT_LIMIT:
        problems["text"] = [f"最多 {LONG_TEXT_LIMIT} 个字。"]
    if moment > now + TOLERANCE:
        problems["at"] = ["时间不能晚于现在。"]
    if problems:
        raise BadInput("日志没有保存，请更正。", fields=problems)
    return words


def _corrected(roster: Roster, pk: int | None) -> DutyLogEntry | None:
    if pk is None:
        return None
    row = DutyLogEntry.objects.filter(roster=roster, pk=pk).first()
    if row is None:
        raise BadInput("没有要更正的那一条。", fields={"corrects": ["请从本日志中选择要更正的一条。"]})
    return row
