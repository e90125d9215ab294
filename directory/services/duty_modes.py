"""24-hour duty (24小时值班) that a response level asks for: opened with the activation, closed with the response.

Which level asks whom is the upper floors' to read from the plan; the sentence and its clause come with each request.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from directory.choices import DutyModeKind
from directory.models import DutyMode, Plan, Roster, Unit
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, record_append

__all__ = ["DutyAsked", "duty_modes_set"]


@dataclass(frozen=True)
class DutyAsked:
    """What a level asks of one body: a plan's office (``plan``) or a unit. ``name`` is what a new roster is called."""

    kind: DutyModeKind
    clause: str
    quote: str
    name: str
    plan: Plan | None = None
    unit: Unit | None = None
    non_plan: bool = False

    @property
    def code(self) -> str:
        """Return the code of the body's roster."""
        body = self.plan or self.unit
        return body.code if body is not None else ""


def duty_modes_set(
    *, head: CaseHead, asked: Sequence[DutyAsked], level: str, actor: Actor, drill: bool = False
) -> list[DutyMode]:
    """Make what one case asks of the rosters what its level says; nothing asked: all of it ends.

    Called inside the transaction of the act that changes the level, with the case locked. What stays the same stays
    open; a body without a roster gets an empty one. Writes one line of the case's record. Returns what was opened.
    """
    now = database_now()
    wanted = {one.code: one for one in asked}
    standing = list(DutyMode.objects.filter(head=head, closed_at__isnull=True).select_related("roster"))
    kept = {row.roster.code for row in standing if _same(row, wanted.get(row.roster.code), level)}
    ended = [row for row in standing if row.roster.code not in kept]
    _close(ended, actor, now)
    fresh = [one for code, one in wanted.items() if code not in kept]
    opened = _open(head, fresh, level, actor, now, drill=drill)
    _append(head, opened, ended, actor)
    return opened


def _same(row: DutyMode, one: DutyAsked | None, level: str) -> bool:
    return one is not None and (row.kind, row.clause, row.level) == (one.kind, one.clause, level)


def _close(rows: Sequence[DutyMode], actor: Actor, now: datetime) -> None:
    if rows:
        DutyMode.objects.filter(pk__in=[row.pk for row in rows]).update(closed_at=now, closed_by=_who(actor))


def _open(
    head: CaseHead, asked: Sequence[DutyAsked], level: str, actor: Actor, now: datetime, *, drill: bool
) -> list[DutyMode]:
    rosters, made = _rosters(asked)
    return DutyMode.objects.bulk_create(
        DutyMode(
            roster=rosters[one.code],
            head=head,
            kind=one.kind,
            level=level,
            clause=one.clause,
            quote=one.quote,
            non_plan=one.non_plan,
            drill=drill,
            roster_made=one.code in made,
            opened_at=now,
            opened_by=_who(actor),
        )
        for one in asked
    )


def _rosters(asked: Sequence[DutyAsked]) -> tuple[dict[str, Roster], set[str]]:
    """Return the bodies' rosters by code, with empty ones made where there was none, and the codes of those made."""
    codes = [one.code for one in asked]
    known = {row.code: row for row in Roster.objects.filter(code__in=codes)}
    bare = [one for one in asked if one.code not in known]
    if bare:
        rows = [Roster(code=one.code, plan=one.plan, unit=one.unit, name=one.name) for one in bare]
        Roster.objects.bulk_create(rows, ignore_conflicts=True)
        known = {row.code: row for row in Roster.objects.filter(code__in=codes)}
    return known, {one.code for one in bare}


def _append(head: CaseHead, opened: Sequence[DutyMode], ended: Sequence[DutyMode], actor: Actor) -> None:
    """Write one line: who must be on duty around the clock by which sentence, who no longer."""
    if not opened and not ended:
        return
    parts = []
    for clause, kind, quote in dict.fromkeys((row.clause, row.kind, row.quote) for row in opened):
        rows = [row for row in opened if (row.clause, row.kind) == (clause, kind)]
        names = "、".join(row.roster.name for row in rows)
        parts.append(f"{DutyModeKind(kind).label}（{clause}「{quote}」）：{names}")
    made = [row.roster.name for row in opened if row.roster_made]
    parts += [f"没有值班表，已建空表：{'、'.join(made)}"] if made else []
    closed = list(dict.fromkeys(row.roster.name for row in ended if row.roster_id not in _ids(opened)))
    parts += [f"结束24小时值班、联络要求：{'、'.join(closed)}"] if closed else []
    data = {"opened": [row.pk for row in opened], "closed": [row.pk for row in ended]}
    kind = "roster.mode_opened" if opened else "roster.mode_closed"
    clause = opened[0].clause if opened else ended[0].clause
    record_append(head, Line(kind, f"{'。'.join(parts)}。", actor=actor, clause=clause, data=data))


def _ids(rows: Sequence[DutyMode]) -> set[int]:
    return {row.roster_id for row in rows}


def _who(actor: Actor) -> str:
    return f"{actor.post} {actor.name}".strip()
