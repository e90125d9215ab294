"""What an appointment's start or end touches: open decisions, unsigned signatures, what other floors register."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from directory.choices import Act, CountersignState
from directory.models import Appointment, Signature
from directory.registry import Touchpoint, touchpoints_of
from directory.rules import appointments_in_force, in_scope
from yangcheng_ec.permissions import may_open

__all__ = ["Touch", "touches_of"]


@dataclass(frozen=True)
class Touch:
    """One thing that is touched: what, where (empty for who may not open it), what follows. ``loud``: nobody left."""

    what: str
    url: str
    effect: str
    loud: bool = False


def touches_of(appointment: Appointment, user: Any, *, ending: bool) -> list[Touch]:
    """Return what this appointment's end (or start) touches, for a reader. A fixed number of statements."""
    points = [point for point in touchpoints_of(appointment) if _concerns(appointment, point)]
    held = _others(appointment) if ending and points else []
    found = [_touch(appointment, point, held, user, ending=ending) for point in points]
    return [*found, *(_unsigned(appointment) if ending else [])]


def _concerns(appointment: Appointment, point: Touchpoint) -> bool:
    return not point.act or (appointment.post.kind in point.kinds and in_scope(appointment, point.act))


def _others(appointment: Appointment) -> list[Appointment]:
    """Return the other appointments in force under the same plan version."""
    return list(appointments_in_force().filter(post__version_id=appointment.post.version_id).exclude(pk=appointment.pk))


def _touch(appointment: Appointment, point: Touchpoint, held: list[Appointment], user: Any, *, ending: bool) -> Touch:
    url = point.url if may_open(user, point.page) else ""
    if not point.act:
        return Touch(point.what, url, "")
    if not ending:
        own = point.asked_by == appointment.user_id
        return Touch(point.what, url, _("由此人提出，不能自己批") if own else _("生效后此人可以办"))
    left = [row for row in held if row.post.kind in point.kinds and in_scope(row, point.act)]
    names = dict.fromkeys(row.user.display_name for row in left if row.user_id != point.asked_by)
    if not names:
        return Touch(point.what, url, _("此后没有人能办"), loud=True)
    return Touch(point.what, url, _("此后还能办的：%(names)s") % {"names": "、".join(names)})


def _unsigned(appointment: Appointment) -> list[Touch]:
    """Decisions given by phone under this appointment that its holder has not countersigned yet."""
    rows = Signature.objects.filter(appointment=appointment, countersign=CountersignState.AWAITING)
    return [
        Touch(
            _("待补签的电话批准：%(act)s（%(case)s）") % {"act": Act(row.act).label, "case": row.head.key},
            "",
            _("仍须由本人补签或否认，截止不影响补签"),
        )
        for row in rows.select_related("head")
    ]
