"""Who is told when a step fires: the posts of this moment, and the unit that owes the act."""

from __future__ import annotations

from collections.abc import Sequence

from directory.choices import ContactKind, PostKind
from directory.models import Appointment, Contact, DutySlot, Unit, User
from directory.phones import is_mobile
from directory.rules import appointments_in_force, post_label
from directory.selectors.numbers import KIND_RANK, numbers_by_unit
from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.models import Deadline, Step
from yangcheng_ec.deadlines.registry import Recipient

__all__ = [
    "duty_number",
    "person_recipient",
    "recipient_of",
    "resolve",
    "unit_recipients",
    "units_people",
    "units_themselves",
]

OWED_BY = "owed_by"


def resolve(pairs: Sequence[tuple[Step, Deadline]]) -> dict[int, list[Recipient]]:
    """Return the recipients of each step, with three statements however many steps there are."""
    by_post: dict[tuple[int | None, str], list[Recipient]] = {}
    by_unit: dict[str, list[Recipient]] = {}
    for row in appointments_in_force().select_related("user__unit"):
        recipient = recipient_of(row)
        by_post.setdefault((row.post.version_id, row.post.kind), []).append(recipient)
        if row.post.version_id is None and row.post.unit is not None:
            by_unit.setdefault(row.post.unit.code, []).append(recipient)
    on_duty = _officers_on_duty()
    units = _units_without_people({d.owed_by_unit for _, d in pairs if d.owed_by_unit} - set(by_unit))
    found: dict[int, list[Recipient]] = {}
    for step, deadline in pairs:
        people: list[Recipient] = []
        for word in step.audience:
            if word == OWED_BY:
                people += by_unit.get(deadline.owed_by_unit, [])
                people += units.get(deadline.owed_by_unit, [])
            elif word == PostKind.DUTY_OFFICER:
                holders = by_post.get((deadline.plan_version_id, word), [])
                people += _duty_officers(holders, on_duty.get(deadline.plan_code, []))
            else:
                people += by_post.get((deadline.plan_version_id, word), [])
        found[step.pk] = people
    return found


def _duty_officers(holders: list[Recipient], on_duty: list[Recipient]) -> list[Recipient]:
    """Return who is told as duty officer: whoever the roster has on duty, where that person holds the post.

    Somebody on the roster without the post cannot act in it: they are told first, and every holder with them.
    With nobody on the roster every holder is told. Never fewer than there are.
    """
    keys = {recipient.key for recipient in on_duty}
    covering = [recipient for recipient in holders if recipient.key in keys]
    return _once([*covering, *on_duty]) if covering else _once([*on_duty, *holders])


def _officers_on_duty() -> dict[str, list[Recipient]]:
    """Return the officers the offices' rosters have on duty at this moment, by the plan's code."""
    now = database_now()
    rows = DutySlot.objects.filter(
        roster__plan__isnull=False, starts_at__lte=now, ends_at__gt=now, officer__is_active=True
    ).select_related("roster__plan", "officer__unit")
    found: dict[str, list[Recipient]] = {}
    for row in rows.order_by("starts_at", "pk"):
        plan, person = row.roster.plan, row.officer
        if plan is None or person is None:
            continue
        found.setdefault(plan.code, []).append(
            person_recipient(person, f"{person.display_name}（{plan.short_name} 值班表值班员）")
        )
    return found


def recipient_of(appointment: Appointment) -> Recipient:
    """Return an appointment's holder as a recipient."""
    user = appointment.user
    return person_recipient(user, f"{user.display_name}（{post_label(appointment)}）")


def person_recipient(user: User, label: str = "") -> Recipient:
    """Return a person as a recipient; ``label`` says as what, without one the name stands alone."""
    return Recipient(
        key=f"user:{user.pk}",
        label=label or str(user),
        user_id=user.pk,
        email=user.email,
        phone=user.mobile,
        unit_code=user.unit.code if user.unit_id and user.unit else "",
        mobile=user.mobile if is_mobile(user.mobile) else "",
    )


def duty_number(unit_id: int, plan_version_id: int | None = None) -> str:
    """Return a unit's duty number: the one ruled on, else the open plan's own entry, else any; or an empty text."""
    rows = numbers_by_unit([unit_id], plan_version_id).get(unit_id, [])
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
    found = {pk: _once([recipient_of(row) for row in held]) for pk, held in rows.items()}
    return found | {unit_id: [told] for unit_id, told in units_themselves(missing, plan_version_id).items()}


def units_people(units: Sequence[Unit], plan_version_id: int | None = None) -> list[Recipient]:
    """Return the recipients of all these units (``unit_recipients``) in one list."""
    return [one for rows in unit_recipients(units, plan_version_id).values() for one in rows]


def _once(recipients: list[Recipient]) -> list[Recipient]:
    return list({recipient.key: recipient for recipient in recipients}.values())


def _units_without_people(codes: set[str]) -> dict[str, list[Recipient]]:
    if not codes:
        return {}
    units = list(Unit.objects.filter(code__in=codes))
    told = units_themselves(units)
    return {unit.code: [told[unit.pk]] for unit in units}


def units_themselves(units: Sequence[Unit], plan_version_id: int | None = None) -> dict[int, Recipient]:
    """Return units themselves as recipients, by id: their numbers, fax and mailbox, with one statement."""
    kinds = (*KIND_RANK, ContactKind.FAX, ContactKind.EMAIL)
    numbers = numbers_by_unit([unit.pk for unit in units], plan_version_id, kinds=kinds)
    return {unit.pk: _unit_recipient(unit, numbers.get(unit.pk, [])) for unit in units}


def _unit_recipient(unit: Unit, numbers: Sequence[Contact]) -> Recipient:
    spoken = [row.value for row in numbers if row.kind in KIND_RANK]
    return Recipient(
        key=f"unit:{unit.code}",
        label=f"{unit.name}值班",
        phone=next(iter(spoken), ""),
        unit_code=unit.code,
        email=next((row.value for row in numbers if row.kind == ContactKind.EMAIL), ""),
        fax=next((row.value for row in numbers if row.kind == ContactKind.FAX), ""),
        mobile=next((value for value in spoken if is_mobile(value)), ""),
    )
