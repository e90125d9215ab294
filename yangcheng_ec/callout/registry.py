"""Where the apps register what the kernel must not know: who is next, how fast, who must hear of it.

``directory`` registers the line and the policy; an app whose own rows are the receipt (warnings)
registers what is to be written with each rung, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from yangcheng_ec.actors import Actor
from yangcheng_ec.callout.choices import CalloutRung
from yangcheng_ec.callout.models import Callout
from yangcheng_ec.deadlines.choices import Channel
from yangcheng_ec.deadlines.registry import Recipient
from yangcheng_ec.record.services import Line

__all__ = [
    "DEFAULT_POLICY", "Heard", "Policy", "Target", "hear", "line_of", "policy_of", "reached", "register_confirmed",
    "register_line", "register_policy", "register_reached",
]  # fmt: skip


@dataclass(frozen=True)
class Target:
    """One who must confirm: a unit (``unit_code``), or a person (``user_id``)."""

    key: str
    label: str
    unit_code: str = ""
    user_id: int | None = None

    @classmethod
    def of_unit(cls, code: str, name: str) -> Target:
        """Return a unit as a target: whoever answers for its duty post confirms for it."""
        return cls(f"unit:{code}", name, unit_code=code)

    @classmethod
    def of_person(cls, recipient: Recipient) -> Target:
        """Return a person as a target: they, or whoever stands in for them."""
        return cls(recipient.key, recipient.label, recipient.unit_code, recipient.user_id)


@dataclass(frozen=True)
class Policy:
    """Minutes between two steps, and the channels of the first wave; all of it 「非预案规定」."""

    minutes: int
    first: tuple[str, ...]

    def goes_first(self, channel: str) -> bool:
        """Return whether a channel belongs to the first wave."""
        return channel in self.first


DEFAULT_POLICY = Policy(5, (Channel.EMAIL.value,))

# Given targets and a plan version: for each target's key the groups to tell, one after another.
LineResolver = Callable[[Sequence[Target], int], Mapping[str, list[list[Recipient]]]]
PolicyResolver = Callable[[int, int], Policy]

_lines: list[LineResolver] = []
_policies: list[PolicyResolver] = []


def register_line(resolver: LineResolver) -> None:
    """Register who is told first and who is next; asked again whenever a step fires."""
    if resolver not in _lines:
        _lines.append(resolver)


def line_of(targets: Sequence[Target], plan_version_id: int) -> dict[str, list[list[Recipient]]]:
    """Return, for each target's key, the groups to tell one after another, at this moment."""
    found: dict[str, list[list[Recipient]]] = {target.key: [] for target in targets}
    for resolver in _lines:
        for key, groups in resolver(targets, plan_version_id).items():
            found[key] += groups
    return found


def register_policy(resolver: PolicyResolver) -> None:
    """Register what policy a plan version has for a level."""
    if resolver not in _policies:
        _policies.append(resolver)


def policy_of(plan_version_id: int, level: int) -> Policy:
    """Return the policy in force now."""
    for resolver in _policies:
        return resolver(plan_version_id, level)
    return DEFAULT_POLICY


@dataclass(frozen=True)
class Heard:
    """One rung that a call-out has reached: when, who said it (or which leader was informed), how, entered by whom."""

    rung: CalloutRung
    at: datetime
    name: str
    how: str
    actor: Actor


# Writes the app's own rows with a rung, in the same transaction; returns the record line instead of the general one.
ConfirmedHandler = Callable[[Callout, Heard], Line | None]
# Copies sent and delivered to the app's own rows, set-wise.
ReachedHandler = Callable[[Sequence[Callout]], None]
_confirmed: dict[str, ConfirmedHandler] = {}
_reached: dict[str, ReachedHandler] = {}


def register_confirmed(subject_type: str, handler: ConfirmedHandler) -> None:
    """Register who hears, in the same transaction, that a target has confirmed, informed its leader, taken measures."""
    _confirmed[subject_type] = handler


def hear(callout: Callout, heard: Heard) -> Line | None:
    """Let the subject's app hear; return the line it wants on record, or None for the general one."""
    handler = _confirmed.get(callout.cause.subject_type)
    return handler(callout, heard) if handler is not None else None


def register_reached(subject_type: str, handler: ReachedHandler) -> None:
    """Register who hears that call-outs were sent or delivered."""
    _reached[subject_type] = handler


def reached(callouts: Sequence[Callout]) -> None:
    """Let the subjects' apps hear that call-outs were sent or delivered."""
    by_type: dict[str, list[Callout]] = {}
    for callout in callouts:
        by_type.setdefault(callout.cause.subject_type, []).append(callout)
    for subject_type, rows in by_type.items():
        if subject_type in _reached:
            _reached[subject_type](rows)
