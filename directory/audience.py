"""Who is told when a step fires: the posts of this moment, and the unit that owes the act."""

from __future__ import annotations

from collections.abc import Sequence

from directory.choices import ContactKind, ContactState, PostKind
from directory.models import Appointment, Contact, Unit
from directory.rules import appointments_in_force, post_label
from yangcheng_ec.deadlines.models import Deadline, Step
from yangcheng_ec.deadlines.registry import Recipient

__all__ = ["duty_number", "recipient_of", "resolve", "unit_recipients"]

OWED_BY = "owed_by"


def resolve(pairs: Sequence[tuple[Step, Deadline]]) -> dict[int, list[Recipient]]:
    """Return the recipients of each step, with two statements however many steps there are."""
    by_post: dict[tuple[int | None, str], list[Recipient]] = {}
    by_unit: dict[str, list[Recipient]] = {}
    for row in appointments_in_force().select_related("user__unit"):
        recipient = recipient_of(row)
        by_post.setdefault((row.post.version_id, row.post.kind), []).append(recipient)
        if row.post.version_id is None and row.post.unit is not None:
            by_unit.setdefault(row.post.unit.code, []).append(recipient)
    units = _units_without_people({d.owed_by_unit for _, d in pairs if d.owed_by_unit} - set(by_unit))
    found: dict[int, list[Recipient]] = {}
    for step, deadline in pairs:
        people: list[Recipient] = []
        for word in step.audience:
            if word == OWED_BY:
                people += by_unit.get(deadline.owed_by_unit, [])
                people += units.get(deadline.owed_by_unit, [])
            else:
                people += by_post.get((deadline.plan_version_id, word), [])
        found[step.pk] = people
    return found


def recipient_of(appointment: Appointment) -> Recipient:
    """Return an appointment's holder as a recipient."""
    user = appointment.user
    return Recipient(
        key=f"user:{user.pk}",
        label=f"{user.display_name}（{post_label(appointment)}）",
        user_id=user.pk,
        email=user.email,
        phone=user.mobile,
        unit_code=user.unit.code if user.unit_id and user.unit else "",
    )


def duty_number(unit_id: int, plan_version_id: int | None = None) -> str:
    """Return a unit's duty number: the open plan's own entry first, then any active one, or an empty text."""
    rows = list(
        Contact.objects.filter(unit_id=unit_id, state=ContactState.ACTIVE)
        .exclude(kind__in=[ContactKind.EMAIL, ContactKind.FAX])
        .order_by("order", "id")
    )
    rows.sort(key=lambda row: row.plan_version_id != plan_version_id)
    return rows[0].value if rows else ""


def unit_recipients(units: Sequence[Unit], plan_version_id: int | None = None) -> dict[int, list[Recipient]]:
    """Return, per unit id, its leader and liaison as recipients, or the unit by phone where nobody has an account."""
    rows: dict[int, list[Appointment]] = {}
    wanted = appointments_in_force().filter(
        post__version__isnull=True,
        post__unit__in=units,
        post__kind__in=[PostKind.UNIT_LEADER, PostKind.UNIT_LIAISON],
    )
    for row in wanted.select_related("user__unit"):
        rows.setdefault(row.post.unit_id or 0, []).append(row)
    missing = [unit for unit in units if unit.pk not in rows]
    numbers = _numbers(missing, plan_version_id)
    found = {pk: _once([recipient_of(row) for row in held]) for pk, held in rows.items()}
    for unit in missing:
        found[unit.pk] = [_by_phone(unit, numbers.get(unit.pk, ""))]
    return found


def _once(recipients: list[Recipient]) -> list[Recipient]:
    return list({recipient.key: recipient for recipient in recipients}.values())


def _units_without_people(codes: set[str]) -> dict[str, list[Recipient]]:
    if not codes:
        return {}
    units = list(Unit.objects.filter(code__in=codes))
    numbers = _numbers(units, None)
    return {unit.code: [_by_phone(unit, numbers.get(unit.pk, ""))] for unit in units}


def _by_phone(unit: Unit, number: str) -> Recipient:
    return Recipient(key=f"unit:{unit.code}", label=f"{unit.name}值班", phone=number, unit_code=unit.code)


def _numbers(units: Sequence[Unit], plan_version_id: int | None) -> dict[int, str]:
    rows = Contact.objects.filter(unit__in=units, state=ContactState.ACTIVE).exclude(
        kind__in=[ContactKind.EMAIL, ContactKind.FAX]
    )
    found: dict[int, str] = {}
    for row in sorted(rows, key=lambda r: (r.plan_version_id != plan_version_id, r.order, r.pk)):
        found.setdefault(row.unit_id, row.value)
    return found
