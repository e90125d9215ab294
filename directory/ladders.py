"""The ladder of reminders and escalation: its rungs with who is to acknowledge them. All of it is 「非预案规定」."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from directory.audience import OWED_BY
from directory.choices import PostKind
from directory.models import LadderRung, PlanVersion
from directory.rules import actor_of, actor_of_unit, appointments_in_force
from yangcheng_ec.actors import Actor
from yangcheng_ec.deadlines.choices import TOLD_UPWARD
from yangcheng_ec.deadlines.models import Deadline, Step
from yangcheng_ec.deadlines.services import Rung
from yangcheng_ec.errors import Forbidden

__all__ = ["SENIORS", "Acknowledger", "acknowledging", "audience_words", "ladders_of", "may_acknowledge", "rungs_of"]

# Who a rung tells upward: they are to say that they know. The debtor and the duty officer only work on it.
SENIORS = (PostKind.OFFICE_DIRECTOR, PostKind.DEPUTY, PostKind.COMMANDER)


def acknowledging(audience: Sequence[str]) -> list[str]:
    """Return which of those a rung tells are to acknowledge it: the command's posts, or everybody where none is."""
    return [kind for kind in audience if kind in SENIORS] or list(audience)


def audience_words(audience: Iterable[str], labels: Mapping[str, str]) -> str:
    """Return post kinds in the plan's own words: 总指挥、副总指挥."""
    return "、".join("责任单位" if kind == OWED_BY else labels.get(kind) or _kind(kind) for kind in audience)


def _kind(kind: str) -> str:
    return str(PostKind(kind).label) if kind in PostKind.values else kind


def ladders_of(version: PlanVersion) -> dict[bool, tuple[Rung, ...]]:
    """Return both ladders in force of a version: for clocks with minutes (True) and for 立即、及时 (False)."""
    rows = list(version.ladder_rungs.order_by("number"))
    labels = dict(version.posts.values_list("kind", "label"))
    return {timed: rungs_of([row for row in rows if row.timed == timed], labels) for timed in (True, False)}


def rungs_of(rows: Iterable[LadderRung], labels: Mapping[str, str]) -> tuple[Rung, ...]:
    """Return rows of one ladder as a clock's rungs; those that tell upward say who is to acknowledge them."""
    return tuple(
        Rung(
            kind=row.kind,
            anchor=row.anchor,
            offset_minutes=row.offset_minutes,
            audience=tuple(row.audience),
            note=audience_words(acknowledging(row.audience), labels)[:200] if row.kind in TOLD_UPWARD else "",
        )
        for row in rows
    )


class Acknowledger:
    """Which rungs a person may acknowledge: for buttons, with one statement; the service asks again."""

    def __init__(self, user: Any) -> None:
        self.user = user

    @cached_property
    def _posts(self) -> set[tuple[int | None, str]]:
        return set(appointments_in_force().filter(user=self.user).values_list("post__version_id", "post__kind"))

    def may(self, step: Step, clock: Deadline) -> bool:
        """Return whether the rung waits to be acknowledged, by this person."""
        if not step.wants_acknowledging:
            return False
        kinds = acknowledging(step.audience)
        owing = OWED_BY in kinds and self.user.unit_id and self.user.unit.code == clock.owed_by_unit
        return bool(owing) or any((clock.plan_version_id, kind) in self._posts for kind in kinds)

    def mark(self, clocks: Iterable[Any]) -> None:
        """Say on each told rung of these clocks (``rungs``) whether this person may acknowledge it (``mine``)."""
        for clock in clocks:
            for step in clock.rungs:
                step.mine = self.may(step, clock)


def may_acknowledge(step: Step, clock: Deadline, user: Any) -> Actor:
    """Return the user as one of those a rung told upward, by an appointment in force now. Raises Forbidden."""
    kinds = acknowledging(step.audience)
    held = appointments_in_force().filter(
        user=user, post__version_id=clock.plan_version_id, post__kind__in=[kind for kind in kinds if kind != OWED_BY]
    )
    appointment = held.first()
    if appointment is not None:
        return actor_of(user, appointment)
    if OWED_BY in kinds and user.unit_id and user.unit.code == clock.owed_by_unit:
        return actor_of_unit(user, user.unit_id)
    who = step.note or audience_words(kinds, {})
    raise Forbidden(f"这一级告知的是{who}，由其本人确认知悉（非预案规定）。", clause=clock.clause)
