"""Who is called out, one after another, and who may answer for them (叫应; the order is 「非预案规定」)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from directory.audience import recipient_of, units_themselves
from directory.choices import UNIT_KINDS, Act, Nature, PostKind
from directory.models import Appointment, DutySlot, PlanVersion, Unit, User
from directory.rules import actor_for, actor_of_unit, any_actor, appointments_in_force
from yangcheng_ec.actors import Actor
from yangcheng_ec.callout.models import Callout
from yangcheng_ec.callout.registry import Target
from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.registry import Recipient
from yangcheng_ec.errors import Forbidden

__all__ = ["actor_to_confirm", "actor_to_give_up", "answers_for_itself", "line"]

Groups = list[list[Recipient]]
STAND_INS = (Nature.ACTING, Nature.AUTHORISED)


def line(targets: Sequence[Target], plan_version_id: int) -> Mapping[str, Groups]:
    """Return who is told first and who is next, as roster and appointments stand now, with a few statements.

    A unit: whoever its roster has on duty, its liaison, its leader, its duty number. A person: they themselves, then
    whoever stands in (代行、授权) for a post they hold in this plan.
    """
    units = [target for target in targets if target.user_id is None]
    people = [target for target in targets if target.user_id is not None]
    return {**_unit_lines(units, plan_version_id), **_person_lines(people, plan_version_id)}


def _unit_lines(targets: Sequence[Target], plan_version_id: int) -> dict[str, Groups]:
    if not targets:
        return {}
    units = Unit.objects.in_bulk([target.unit_code for target in targets], field_name="code")
    ids = [unit.pk for unit in units.values()]
    officers, chiefs = _on_duty(ids)
    held = _held(ids)
    themselves = units_themselves(list(units.values()), plan_version_id)
    found = {}
    for target in targets:
        unit = units.get(target.unit_code)
        if unit is None:
            continue
        by_phone = themselves[unit.pk]
        groups = [
            officers.get(unit.pk, []),
            held.get((unit.pk, PostKind.UNIT_LIAISON), []),
            [*held.get((unit.pk, PostKind.UNIT_LEADER), []), *chiefs.get(unit.pk, [])],
        ]
        found[target.key] = _each_once(groups, by_phone)
    return found


def _each_once(groups: Groups, by_phone: Recipient) -> Groups:
    """Leave out empty groups and whoever stands in an earlier one; the duty number comes last, if there is one."""
    seen: set[str] = set()
    line: Groups = []
    for group in groups:
        fresh = list({person.key: person for person in group if person.key not in seen}.values())
        seen |= {person.key for person in fresh}
        line += [fresh] if fresh else []
    reachable = by_phone.phone or by_phone.email or by_phone.fax
    return [*line, [by_phone]] if reachable or not line else line


def _held(unit_ids: Sequence[int]) -> dict[tuple[int | None, str], list[Recipient]]:
    rows = appointments_in_force().filter(
        post__version__isnull=True, post__unit__in=unit_ids, post__kind__in=list(UNIT_KINDS)
    )
    found: dict[tuple[int | None, str], list[Recipient]] = {}
    for row in rows.select_related("user__unit"):
        found.setdefault((row.post.unit_id, row.post.kind), []).append(recipient_of(row))
    return found


def _on_duty(unit_ids: Sequence[int]) -> tuple[dict[int, list[Recipient]], dict[int, list[Recipient]]]:
    """Return the officers whom the units' rosters have on duty now, and who leads their shift."""
    now = database_now()
    rows = DutySlot.objects.filter(roster__unit__in=unit_ids, starts_at__lte=now, ends_at__gt=now)
    officers: dict[int, list[Recipient]] = {}
    chiefs: dict[int, list[Recipient]] = {}
    for row in rows.select_related("roster__unit", "officer__unit", "leader__unit").order_by("starts_at", "pk"):
        for people, user, word in ((officers, row.officer, "值班员"), (chiefs, row.leader, "带班领导")):
            if user is not None and user.is_active:
                people.setdefault(row.roster.unit_id or 0, []).append(_person(user, f"{row.roster.unit}{word}"))
    return officers, chiefs


def _person(user: User, post: str) -> Recipient:
    return Recipient(
        key=f"user:{user.pk}",
        label=f"{user.display_name}（{post}）",
        user_id=user.pk,
        email=user.email,
        phone=user.mobile,
        unit_code=user.unit.code if user.unit_id and user.unit else "",
    )


def _person_lines(targets: Sequence[Target], plan_version_id: int) -> dict[str, Groups]:
    if not targets:
        return {}
    ids = [target.user_id or 0 for target in targets]
    users = User.objects.select_related("unit").in_bulk(ids)
    rows = list(appointments_in_force().filter(post__version=plan_version_id).select_related("user__unit"))
    found = {}
    for target in targets:
        user = users.get(target.user_id or 0)
        if user is None:
            continue
        others = [recipient_of(row) for row in _stand_ins(rows, user.pk)]
        own = Recipient(target.key, target.label, user.pk, user.email, user.mobile, user.unit.code if user.unit else "")
        groups = [[own], others]
        found[target.key] = [group for group in groups if group]
    return found


def _stand_ins(rows: Sequence[Appointment], user_id: int) -> list[Appointment]:
    posts = {row.post_id for row in rows if row.user_id == user_id}
    return [row for row in rows if row.post_id in posts and row.user_id != user_id and row.nature in STAND_INS]


def answers_for_itself(callout: Callout, user: Any) -> bool:
    """Return whether the user answers for the target itself: the person, somebody it told, or the unit's own post."""
    if callout.user_id is not None:
        return bool(callout.user_id == user.pk or _was_told(callout, user))
    own = user.unit_id is not None and user.unit.code == callout.unit_code
    return bool(own and _holds_post(user)) or _was_told(callout, user)


def _was_told(callout: Callout, user: Any) -> bool:
    return callout.told.filter(notice__recipient=user).exists()


def _holds_post(user: Any) -> bool:
    try:
        actor_of_unit(user, user.unit_id)
    except Forbidden:
        return False
    return True


def actor_to_confirm(callout: Callout, user: Any) -> Actor:
    """值班确认由被叫应的单位、人员自己作出，或由该预案的办公室凭电话、传真代录（非预案规定）。"""
    if answers_for_itself(callout, user):
        if callout.user_id is None and user.unit_id and user.unit.code == callout.unit_code and _holds_post(user):
            return actor_of_unit(user, user.unit_id)
        return any_actor(user)
    return _office(callout, user)


def actor_to_give_up(callout: Callout, user: Any) -> Actor:
    """放弃叫应只能由该预案的办公室决定，并写明理由（非预案规定）。"""
    return _office(callout, user)


def _office(callout: Callout, user: Any) -> Actor:
    version = PlanVersion.objects.select_related("plan").get(pk=callout.cause.plan_version_id)
    return actor_for(user, version, Act.OFFICE)
