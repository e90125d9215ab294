"""Changing a plan's ladder while it is in force (「非预案规定」), and putting running clocks on the new one.

The rows of the ladder are the edition in force; every edition keeps what it replaced. Each clock carries the edition
it runs by, so a pass that was interrupted goes on where it stopped and nothing is done twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from directory.audience import OWED_BY
from directory.choices import LadderRunning, PostKind
from directory.ladders import audience_words, rungs_of
from directory.models import LadderEdition, LadderRung, PlanVersion
from directory.rules import actor_of, appointments_in_force, in_scope
from directory.services.plan_edits.options import own_posts
from directory.services.plan_edits.writes import rung_problem
from directory.services.plan_revisions import plan_head
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.choices import OPEN, StepKind
from yangcheng_ec.deadlines.models import Deadline
from yangcheng_ec.deadlines.services import deadline_relay
from yangcheng_ec.errors import BadInput, Change, Forbidden, NotVisible, StaleVersion, WrongState
from yangcheng_ec.record.services import Line, case_lock, record_append

__all__ = ["ACT", "LadderLine", "ladder_change", "ladder_words", "ladders_settle", "may_change_ladder", "told_choices"]

ACT = "change_ladder"
# A clock that was being started while the ladder changed may be committed a little later: it is looked for that long.
LATE_STARTERS = timedelta(minutes=2)
# How many clocks one pass takes over: a sweep has its own work to do.
BATCH = 100
REASON_LIMIT = 300


@dataclass(frozen=True)
class LadderLine:
    """One rung: minutes from the due time (``timed``; negative is before) or from the start, and who is told."""

    timed: bool
    kind: str
    minutes: int
    audience: tuple[str, ...]


def ladder_change(
    *, version_id: int, edition: int, lines: Sequence[LadderLine], running: str, reason: str, user: Any
) -> LadderEdition | None:
    """Change the ladder of a plan in force: reminders and escalation of its clocks, the office director's to decide.

    ``edition`` is the one the reader saw; ``running`` says whether clocks that run keep their ladder or take this
    one. Writes the rungs, the edition with old and new, one line in the plan's chain; clocks that take it say so in
    their own. Returns None when nothing differs. Raises NotVisible, Forbidden (「非预案规定」: no clause names who),
    WrongState (not in force), StaleVersion, BadInput with the rung that cannot stand.
    """
    made = _changed(version_id, edition, lines, running, reason, user)
    if made is not None and running == LadderRunning.TAKE:
        ladders_settle()
        made.refresh_from_db()
    return made


@transaction.atomic
def _changed(
    version_id: int, edition: int, lines: Sequence[LadderLine], running: str, reason: str, user: Any
) -> LadderEdition | None:
    known = PlanVersion.objects.select_related("plan").filter(pk=version_id, stage="").first()
    if known is None:
        raise NotVisible()
    head = plan_head(known.plan)
    version = PlanVersion.objects.select_for_update(of=("self",)).select_related("plan").get(pk=version_id)
    actor = _actor(user, version)
    if not version.in_force:
        raise WrongState("只有现行版本的提醒与升级可以调整。")
    was, labels = _lines_of(version), dict(version.posts.values_list("kind", "label"))
    if edition != version.ladder_edition:
        raise StaleVersion(changes=[Change("提醒与升级", "", ladder_words(was, labels))])
    _check(version, lines, running, reason)
    if was == list(lines):
        return None
    version.ladder_edition += 1
    version.save(update_fields=["ladder_edition"])
    _write(version, lines)
    made = LadderEdition.objects.create(
        version=version, number=version.ladder_edition, was=[asdict(row) for row in was],
        rungs=[asdict(row) for row in lines], running=running, reason=reason.strip(), by=user, by_post=actor.post[:200],
        at=database_now(),
    )  # fmt: skip
    old, new = ladder_words(was, labels), ladder_words(lines, labels)
    choice = LadderRunning(running).label
    text = f"调整提醒与升级（第{made.number}次，非预案规定）：{old} → {new}。{choice}。理由：{made.reason}"
    data = {"edition": made.number, "was": made.was, "now": made.rungs, "running": running}
    record_append(head, Line("plan.ladder_changed", text, actor=actor, subject=("plan", version.pk), data=data))
    return made


def told_choices(version: PlanVersion) -> list[tuple[str, str]]:
    """Return whom a rung may tell: who owes the act, and the posts of this plan's command."""
    return [(OWED_BY, "责任单位"), *own_posts(version)]


def may_change_ladder(user: Any, version: PlanVersion) -> bool:
    """Return whether the user may change the ladder: for buttons; the service asks again."""
    try:
        _actor(user, version)
    except Forbidden:
        return False
    return True


def _actor(user: Any, version: PlanVersion) -> Actor:
    """提醒与升级由办公室主任调整（非预案规定，预案没有规定由谁）。"""
    held = appointments_in_force().filter(user=user, post__version=version, post__kind=PostKind.OFFICE_DIRECTOR)
    for appointment in held:
        if in_scope(appointment, ACT):
            return actor_of(user, appointment)
    raise Forbidden("提醒与升级只能由办公室主任调整（非预案规定），您现在没有担任该职务或没有有效授权。")


def _lines_of(version: PlanVersion) -> list[LadderLine]:
    rows = version.ladder_rungs.order_by("-timed", "number")
    return [LadderLine(row.timed, row.kind, row.offset_minutes, tuple(row.audience)) for row in rows]


def _check(version: PlanVersion, lines: Sequence[LadderLine], running: str, reason: str) -> None:
    """Raise BadInput unless the ladder can stand; a rung is named by its place: ``timed-2``, ``untimed-1``."""
    problems: dict[str, list[str]] = {}
    known = dict(told_choices(version))
    for timed, name in ((True, "timed"), (False, "untimed")):
        rows = [line for line in lines if line.timed == timed]
        for place, line in enumerate(rows, start=1):
            found = _line_problems(line, rows[place - 2] if place > 1 else None, known)
            if found:
                problems[f"{name}-{place}"] = found
        if not rows:
            problems[name] = ["至少要有一级提醒或升级。"]
        elif timed and sum(line.kind == StepKind.OVERDUE for line in rows) != 1:
            problems[name] = ["到期时的逾期告知须有且只有一级。"]
    if running not in LadderRunning.values:
        problems["running"] = ["请选择正在计时的时限怎样办。"]
    if not 0 < len(reason.strip()) <= REASON_LIMIT:
        problems["reason"] = [f"理由最多 {REASON_LIMIT} 个字。" if reason.strip() else "请写明调整的理由。"]
    if problems:
        raise BadInput("没有调整，请更正标出的各级。", fields=problems)


def _line_problems(line: LadderLine, before: LadderLine | None, known: dict[str, str]) -> list[str]:
    if line.kind not in StepKind.values:
        return ["请选择提醒或升级。"]
    found = [rung_problem(line.timed, line.kind, line.minutes)]
    if before is not None and line.minutes <= before.minutes:
        found.append("须晚于上一级；请按时间先后排列，同一时刻只设一级。")
    if not line.audience:
        found.append("请选择告知谁。")
    unknown = [word for word in line.audience if word not in known]
    if unknown:
        found.append(f"本预案没有「{unknown[0][:40]}」这个职务。")
    return [words for words in found if words]


def _write(version: PlanVersion, lines: Sequence[LadderLine]) -> None:
    version.ladder_rungs.all().delete()
    LadderRung.objects.bulk_create(_rows(version, lines))


def _rows(version: PlanVersion, lines: Sequence[LadderLine]) -> list[LadderRung]:
    return [
        LadderRung(
            version=version,
            timed=timed,
            number=number,
            kind=line.kind,
            anchor="due" if timed else "start",
            offset_minutes=line.minutes,
            audience=list(line.audience),
        )
        for timed in (True, False)
        for number, line in enumerate((one for one in lines if one.timed == timed), start=1)
    ]


def ladder_words(lines: Sequence[LadderLine], labels: dict[str, str]) -> str:
    """Return a whole ladder in one sentence."""
    parts = []
    for timed, name in ((True, "有分钟数的"), (False, "立即、及时的")):
        rows = [_words(line, labels) for line in lines if line.timed == timed]
        parts.append(f"{name}：{'、'.join(rows) or '无'}")
    return "；".join(parts)


def _words(line: LadderLine, labels: dict[str, str]) -> str:
    when = (
        f"起算后{line.minutes}分"
        if not line.timed
        else f"到期{'前' if line.minutes < 0 else '后'}{abs(line.minutes)}分"
    )
    when = "到期时" if line.timed and line.minutes == 0 else when
    return f"{when}{StepKind(line.kind).label}（{audience_words(line.audience, labels)}）"


def ladders_settle() -> int:
    """Put every running clock that is to take a changed ladder on it, case by case; return how many.

    Called after a change, and by each sweep until it is done: a stop half way loses nothing, since each clock says
    which edition it runs by. Costs one read when nothing is due.
    """
    now = database_now()
    due = LadderEdition.objects.filter(running=LadderRunning.TAKE).filter(
        Q(settled_at__isnull=True) | Q(at__gt=now - LATE_STARTERS)
    )
    return sum(_settle(edition) for edition in due.select_related("version__plan").order_by("version_id", "number"))


def _settle(edition: LadderEdition) -> int:
    labels = dict(edition.version.posts.values_list("kind", "label"))
    lines = [LadderLine(**{**row, "audience": tuple(row["audience"])}) for row in edition.rungs]
    ladders = {
        timed: rungs_of(_rows(edition.version, [line for line in lines if line.timed == timed]), labels)
        for timed in (True, False)
    }
    behind = _behind(edition)
    taken = 0
    for clock in behind:
        with transaction.atomic():
            head = case_lock(clock.head_id)
            ladder = ladders[clock.minutes is not None]
            taken += deadline_relay(head=head, deadline=clock, ladder=ladder, edition=edition.number)
    if len(behind) < BATCH and edition.settled_at is None:
        LadderEdition.objects.filter(pk=edition.pk, settled_at__isnull=True).update(settled_at=database_now())
    return taken


def _behind(edition: LadderEdition) -> list[Deadline]:
    rows = Deadline.objects.filter(
        state__in=OPEN, plan_version_id=edition.version_id, ladder_edition__lt=edition.number
    )
    return list(rows.order_by("pk")[:BATCH])
