"""Rosters: who sees which, who may arrange them, who is on duty now and under which number."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import BigIntegerField, Case, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from directory.choices import UNIT_KINDS, Nature, PostKind, SwapState
from directory.models import Appointment, DutyMode, DutySlot, Plan, PlanVersion, Roster, SlotSwap, Unit, User
from directory.phones import mask
from directory.registry import Touchpoint
from directory.rules import appointments_in_force
from directory.selectors.numbers import dialled, numbers_by_unit
from yangcheng_ec.clock import database_now
from yangcheng_ec.errors import NotVisible
from yangcheng_ec.permissions import Page, Role, may_open

__all__ = [
    "DutyLine",
    "People",
    "Standing",
    "bodies_without_roster",
    "body_called",
    "body_number",
    "duty_lines",
    "may_read",
    "office_version",
    "on_duty_now",
    "own_people",
    "people_choosable",
    "roster_for",
    "roster_touch",
    "rosters_visible_to",
    "slots_coming",
    "slots_on",
    "standing_of",
    "swaps_of",
]

ARRANGING = (PostKind.OFFICE_DIRECTOR, PostKind.OFFICE_STAFF)
KEEPING = (*ARRANGING, PostKind.DUTY_OFFICER)
# 三员分立: they hold no post of a command, hence no duty.
NOT_ON_DUTY = (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR)
NEXT_WITHIN = timedelta(hours=48)
COMING_WITHIN = timedelta(days=14)
TOUCHED_SHOWN = 20


@dataclass(frozen=True)
class Standing:
    """The posts a user holds now, as far as rosters go. A 授权 limited to some acts does not reach them."""

    rows: tuple[Appointment, ...] = ()

    def arranging(self, roster: Roster) -> Appointment | None:
        """Return the post by which the user may arrange this roster: the office's director or staff, a unit's own."""
        return self._post(roster, ARRANGING)

    def keeping(self, roster: Roster) -> Appointment | None:
        """Return the post by which the user belongs to this roster's body: its duty officers too."""
        return self._post(roster, KEEPING)

    @property
    def units(self) -> set[int]:
        """Return the ids of the units the user stands for."""
        return {row.post.unit_id for row in self.rows if row.post.version_id is None and row.post.unit_id}

    def _post(self, roster: Roster, kinds: Sequence[str]) -> Appointment | None:
        fitting = (row for row in self.rows if _fits(row, roster, kinds))
        return next(fitting, None)


def _fits(row: Appointment, roster: Roster, kinds: Sequence[str]) -> bool:
    if roster.unit_id is not None:
        return row.post.version_id is None and row.post.unit_id == roster.unit_id
    version = row.post.version
    return version is not None and version.in_force and version.plan_id == roster.plan_id and row.post.kind in kinds


def standing_of(user: Any) -> Standing:
    """Return the user's posts, with one statement."""
    wanted = Q(post__kind__in=KEEPING) | Q(post__kind__in=UNIT_KINDS, post__version__isnull=True)
    rows = appointments_in_force().filter(wanted, user=user)
    return Standing(tuple(row for row in rows if row.nature != Nature.AUTHORISED or not row.scope))


def may_read(user: Any, roster: Roster, standing: Standing) -> bool:
    """Return whether the user may read this roster: the command reads all, a unit its own."""
    if may_open(user, Page.CASES_ALL):
        return True
    return may_open(user, Page.ROSTER) and roster.unit_id is not None and roster.unit_id in standing.units


def rosters_visible_to(user: Any, standing: Standing) -> QuerySet[Roster]:
    """Return the rosters the user may read whole."""
    rows = Roster.objects.select_related("plan", "unit")
    if may_open(user, Page.CASES_ALL):
        return rows
    return rows.filter(unit_id__in=standing.units) if may_open(user, Page.ROSTER) else rows.none()


def roster_for(user: Any, code: str, standing: Standing) -> Roster:
    """Return one roster. Raises NotVisible."""
    found = rosters_visible_to(user, standing).filter(code=code).first()
    if found is None:
        raise NotVisible()
    return found


def office_version(roster: Roster) -> PlanVersion | None:
    """Return the version in force of an office's plan; None for a unit."""
    if roster.plan_id is None:
        return None
    return PlanVersion.objects.filter(plan_id=roster.plan_id, in_force=True).select_related("plan").first()


def body_called(code: str) -> tuple[Plan | None, Unit | None, str]:
    """Return the plan or the unit with this code, and the name its roster gets."""
    version = PlanVersion.objects.filter(plan__code=code, in_force=True).select_related("plan").first()
    if version is not None:
        return version.plan, None, version.office_name
    unit = Unit.objects.filter(code=code).first()
    return None, unit, unit.name if unit else ""


def bodies_without_roster(standing: Standing) -> list[tuple[str, str]]:
    """Return (code, name) of the bodies the user arranges that have no roster yet."""
    known = set(Roster.objects.values_list("code", flat=True))
    found: dict[str, str] = {}
    for row in standing.rows:
        version, unit = row.post.version, row.post.unit
        if version is not None and version.in_force and row.post.kind in ARRANGING:
            found[version.plan.code] = version.office_name
        elif version is None and unit is not None:
            found[unit.code] = unit.name
    return [(code, name) for code, name in found.items() if code not in known]


# --- who may be put on it -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class People:
    """Who may be put on a roster: the body's own, and others (an office may borrow; shown as a warning)."""

    own: tuple[User, ...] = ()
    others: tuple[User, ...] = ()

    @property
    def by_id(self) -> dict[int, User]:
        """Return everybody by id."""
        return {person.pk: person for person in (*self.own, *self.others)}


def own_people(roster: Roster) -> set[int]:
    """Return the ids of those who belong to the roster's body: of its unit, or holders of its posts."""
    if roster.unit_id is not None:
        held = appointments_in_force().filter(post__version__isnull=True, post__unit_id=roster.unit_id)
        of_unit = Q(unit_id=roster.unit_id)
    else:
        held = appointments_in_force().filter(post__version__plan__roster=roster.pk, post__version__in_force=True)
        of_unit = Q(unit__offices_hosted__plan_id=roster.plan_id, unit__offices_hosted__in_force=True)
    wanted = of_unit | Q(pk__in=held.order_by().values("user_id"))
    return set(User.objects.filter(wanted, is_active=True).values_list("pk", flat=True))


def people_choosable(roster: Roster) -> People:
    """Return who may be put on a roster, with two statements. A unit is not shown the names of others' accounts."""
    own = own_people(roster)
    rows = User.objects.filter(is_active=True).exclude(groups__name__in=NOT_ON_DUTY).select_related("unit")
    if roster.unit_id is not None:
        rows = rows.filter(pk__in=own)
    people = list(rows.order_by("display_name", "pk"))
    return People(
        tuple(person for person in people if person.pk in own), tuple(one for one in people if one.pk not in own)
    )


def roster_touch(appointment: Appointment) -> list[Touchpoint]:
    """Return the holder's turns to come on the rosters of the post's body, with one statement."""
    version = appointment.post.version
    body = Q(roster__plan_id=version.plan_id) if version else Q(roster__unit_id=appointment.post.unit_id)
    person = Q(leader_id=appointment.user_id) | Q(officer_id=appointment.user_id)
    rows = DutySlot.objects.filter(body, person, ends_at__gt=database_now()).select_related("roster")
    return [
        Touchpoint(f"值班：{row.roster.name} {row.label}", f"/roster/{row.roster.code}/{row.date}/", Page.ROSTER)
        for row in rows.order_by("starts_at", "id")[:TOUCHED_SHOWN]
    ]


# --- who is on duty -------------------------------------------------------------------------------------------------


@dataclass
class DutyLine:
    """One roster with who is on duty now and who comes next. ``open`` where the reader may open it whole."""

    roster: Roster
    open: bool = False
    number: str = ""
    now: DutySlot | None = None
    next: DutySlot | None = None
    persons: list[dict[str, str]] = field(default_factory=list)


def slots_on(at: datetime) -> QuerySet[DutySlot]:
    """Return the turns that run at a time."""
    rows = DutySlot.objects.filter(starts_at__lte=at, ends_at__gt=at)
    return rows.select_related("roster", "leader", "officer").order_by("starts_at", "id")


def on_duty_now(user_ids: Collection[int]) -> dict[int, DutySlot]:
    """Return, per person on duty now, their turn; each with ``room_unit``: whose numbers the duty room has.

    One statement. The room of an office is the unit that hosts it.
    """
    office = PlanVersion.objects.filter(plan=OuterRef("roster__plan"), in_force=True).values("office_unit_id")[:1]
    rows = slots_on(database_now()).filter(Q(leader__in=list(user_ids)) | Q(officer__in=list(user_ids)))
    slots = rows.annotate(room_unit=Coalesce("roster__unit_id", Subquery(office), output_field=BigIntegerField()))
    return {pk: slot for slot in slots for pk in slot.people if pk in user_ids}


def slots_coming(user: Any, standing: Standing) -> QuerySet[DutySlot]:
    """Return the turns that run now or begin within 14 days, with people, on the rosters the user may read."""
    now = database_now()
    rows = DutySlot.objects.filter(ends_at__gt=now, starts_at__lte=now + COMING_WITHIN)
    rows = rows.filter(Q(leader__isnull=False) | Q(officer__isnull=False))
    rows = rows.filter(roster__in=rosters_visible_to(user, standing).order_by().values("pk"))
    return rows.select_related("roster", "leader", "officer").order_by("starts_at", "roster__code", "id")


def duty_lines(user: Any, standing: Standing, *, brief: bool = False) -> list[DutyLine]:
    """Return who is on duty now: the offices for everybody, units for those who may read them.

    A fixed number of statements, however many rosters there are; ``brief`` (for the desk) is the offices and the
    user's own unit with two, without the bodies' numbers and who comes next. A unit sees an office's number as the
    directory has it, not the mobiles of the persons.
    """
    now = database_now()
    readable = Q(unit_id__in=standing.units) if brief else Q(pk__in=rosters_visible_to(user, standing).values("pk"))
    rosters = Roster.objects.filter(Q(plan__isnull=False) | readable).select_related("plan", "unit")
    lines = {
        roster.pk: DutyLine(roster, open=may_read(user, roster, standing))
        for roster in rosters.exclude(_left_empty(standing))
    }
    for slot in slots_on(now).filter(roster__in=list(lines)):
        lines[slot.roster_id].now = slot
    for line in lines.values():
        line.persons = _persons(user, line)
    if not brief:
        _give_next(lines, now)
        _give_numbers(list(lines.values()))
    return list(lines.values())


def _left_empty(standing: Standing) -> Q:
    """Others' rosters that a response opened, nobody ever filled, and nothing asks for any more: no gap, no line."""
    modes, slots = DutyMode.objects.filter(roster=OuterRef("pk")), DutySlot.objects.filter(roster=OuterRef("pk"))
    asked_for = Exists(modes.filter(closed_at__isnull=True))
    return Q(Exists(modes.filter(roster_made=True)), ~asked_for, ~Exists(slots)) & ~Q(unit_id__in=standing.units)


def _give_next(lines: dict[int, DutyLine], now: datetime) -> None:
    coming = DutySlot.objects.filter(roster__in=list(lines), starts_at__gt=now, starts_at__lte=now + NEXT_WITHIN)
    for slot in coming.select_related("leader", "officer").order_by("-starts_at"):
        if slot.people:
            lines[slot.roster_id].next = slot


def _give_numbers(lines: Sequence[DutyLine]) -> None:
    """Give each line its body's duty number: an office's as its own plan prints it; one statement a plan, one more."""
    offices = {line.roster.plan_id: line for line in lines if line.roster.plan_id is not None}
    for version in PlanVersion.objects.filter(in_force=True, plan_id__in=list(offices)):
        if version.office_unit_id is not None:
            known = numbers_by_unit([version.office_unit_id], version.pk)
            offices[version.plan_id].number = next(iter(dialled(known.get(version.office_unit_id, []))), "")
    units = [line for line in lines if line.roster.unit_id is not None]
    numbers = numbers_by_unit([line.roster.unit_id for line in units if line.roster.unit_id])
    for line in units:
        line.number = next(iter(dialled(numbers.get(line.roster.unit_id or 0, []))), "")


def body_number(roster: Roster) -> str:
    """Return the duty number of a roster's body, or nothing."""
    line = DutyLine(roster)
    _give_numbers([line])
    return line.number


def _persons(user: Any, line: DutyLine) -> list[dict[str, str]]:
    """Return the persons on duty now, as what, with the mobile as this reader may see it."""
    if line.now is None:
        return []
    found = []
    for label, person in (("带班领导", line.now.leader), ("值班员", line.now.officer)):
        if person is not None:
            plain = line.open or person.pk == user.pk
            shown = person.mobile if plain else mask(person.mobile)
            found.append({"role": label, "name": str(person), "mobile": shown, "dial": shown if plain else ""})
    return found


def swaps_of(roster: Roster) -> QuerySet[SlotSwap]:
    """Return a roster's requests to swap, those that wait first, then the newest."""
    rows = SlotSwap.objects.filter(slot__roster=roster)
    waiting = Case(When(state=SwapState.PROPOSED, then=Value(0)), default=Value(1), output_field=IntegerField())
    return rows.select_related("slot", "with_slot", "proposed_by", "other").order_by(waiting, "-proposed_at", "-id")
