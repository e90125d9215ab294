"""Where the apps register what the kernel must not know: who is told, when a step fires.

``directory`` registers the audience resolver when it starts; the sweep calls it inside its transaction,
so who is told is decided then, by the posts and the roster of that moment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yangcheng_ec.actors import Actor
from yangcheng_ec.deadlines.models import Deadline, Step
from yangcheng_ec.errors import Forbidden

__all__ = [
    "AudienceResolver", "Recipient", "actor_to_acknowledge", "audience_of", "confinements", "register_acknowledger",
    "register_audience_resolver", "register_confinement", "register_round", "register_settled", "rounds", "settled",
]  # fmt: skip


@dataclass(frozen=True)
class Recipient:
    """One who is told: a user, or a unit where nobody has an account (``user_id`` None).

    ``phone`` is what the call sheet dials; ``mobile`` the mainland mobile number an SMS can go to, empty otherwise.
    """

    key: str
    label: str
    user_id: int | None = None
    email: str = ""
    phone: str = ""
    unit_code: str = ""
    fax: str = ""
    mobile: str = ""


AudienceResolver = Callable[[Sequence[tuple[Step, Deadline]]], dict[int, list[Recipient]]]
_resolvers: list[AudienceResolver] = []


def register_audience_resolver(resolver: AudienceResolver) -> None:
    """Register the function that maps steps to recipients (step id → recipients)."""
    if resolver not in _resolvers:
        _resolvers.append(resolver)


def audience_of(pairs: Sequence[tuple[Step, Deadline]]) -> dict[int, list[Recipient]]:
    """Return, for each step, everyone any resolver names, each once."""
    found: dict[int, dict[str, Recipient]] = {step.pk: {} for step, _ in pairs}
    for resolver in _resolvers:
        for step_id, recipients in resolver(pairs).items():
            for recipient in recipients:
                found[step_id].setdefault(recipient.key, recipient)
    return {step_id: list(by_key.values()) for step_id, by_key in found.items()}


# Given a fired rung, its clock and a user: who the user is to acknowledge it as. Raises Forbidden.
Acknowledger = Callable[[Step, Deadline, Any], Actor]
_acknowledgers: list[Acknowledger] = []


def register_acknowledger(acknowledger: Acknowledger) -> None:
    """Register the function that says who may acknowledge a rung (已知悉): the posts it told upward."""
    if acknowledger not in _acknowledgers:
        _acknowledgers.append(acknowledger)


def actor_to_acknowledge(step: Step, clock: Deadline, user: Any) -> Actor:
    """Return the user as whoever may acknowledge this rung. Raises Forbidden."""
    for acknowledger in _acknowledgers:
        return acknowledger(step, clock, user)
    raise Forbidden("没有登记谁可以确认知悉。")


_settled: list[Callable[[Sequence[int], datetime], None]] = []


def register_settled(act: Callable[[Sequence[int], datetime], None]) -> None:
    """Register who hears, in the same transaction, that notices (by id) were settled."""
    if act not in _settled:
        _settled.append(act)


def settled(notice_ids: Sequence[int], now: datetime) -> None:
    """Let everybody who registered hear that notices were settled."""
    for act in _settled:
        act(notice_ids, now)


# Given ids of heads: head id → whether a recipient may be told of it; a head it leaves out is told to anybody.
Confinement = Callable[[set[int]], dict[int, Callable[[Recipient], bool]]]
_confinements: list[Confinement] = []


def register_confinement(confinement: Confinement) -> None:
    """Register who alone may be told of a drill that is confined. Asked for messages marked as a drill only."""
    if confinement not in _confinements:
        _confinements.append(confinement)


def confinements(heads: set[int]) -> dict[int, Callable[[Recipient], bool]]:
    """Return, for each confined head, whether a recipient may be told."""
    return {head: told for confinement in _confinements for head, told in confinement(heads).items()}


_rounds: list[Callable[[], object]] = []


def register_round(act: Callable[[], object]) -> None:
    """Register what else each sweep does first: an act of its own transaction that costs one read when nothing is due.

    It must bear being called by many sweeps at once, and it must look at its rows again after locking them.
    """
    if act not in _rounds:
        _rounds.append(act)


def rounds() -> list[Callable[[], object]]:
    """Return what each sweep does before it looks at the clocks."""
    return list(_rounds)


def clear_for_tests() -> list[Any]:
    """Forget all resolvers and return them: for kernel tests only."""
    kept = list(_resolvers)
    _resolvers.clear()
    return kept
