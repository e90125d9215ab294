"""The demo people (DESIGN §8): named accounts with confirmed appointments. Never in production."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from directory.choices import UNIT_KINDS, AppointmentState
from directory.models import Appointment, DutySlot, Post, Roster, Unit, User
from directory.selectors.handoffs import pairs_now
from directory.services.duty_log import log_add
from directory.services.handoffs import handoff_begin, handoff_sign
from directory.services.plans import unit_post_ensure
from directory.services.roster import roster_head, roster_open
from yangcheng_ec.clock import SHANGHAI, database_now
from yangcheng_ec.errors import Forbidden
from yangcheng_ec.permissions import Role, unit_group_name
from yangcheng_ec.record.services import Line, record_append

__all__ = ["DEMO_PEOPLE", "Person", "demo_people_ensure", "demo_rosters_ensure"]


@dataclass(frozen=True)
class Person:
    """A demo account: name, unit code, roles and plan posts. Unit users get their unit's posts by themselves."""

    username: str
    name: str
    unit: str
    roles: tuple[str, ...]
    posts: tuple[str, ...] = ()


def _plan_people(plan: str, prefix: str, host: str, names: tuple[str, ...]) -> list[Person]:
    commander, deputy, director, office, duty, second = names
    return [
        Person(f"{prefix}duty", duty, host, (Role.DUTY_OFFICER,), (f"{plan}:duty_officer",)),
        Person(f"{prefix}duty2", second, host, (Role.DUTY_OFFICER,), (f"{plan}:duty_officer",)),
        Person(f"{prefix}office", office, host, (Role.OFFICE,), (f"{plan}:office_staff",)),
        Person(
            f"{prefix}director",
            director,
            host,
            (Role.OFFICE_DIRECTOR, Role.DEPUTY),
            (f"{plan}:office_director", f"{plan}:deputy:2"),
        ),
        Person(f"{prefix}deputy", deputy, "zhengfuban", (Role.DEPUTY,), (f"{plan}:deputy:1",)),
        Person(f"{prefix}commander", commander, "xianzhengfu", (Role.COMMANDER,), (f"{plan}:commander",)),
    ]


DEMO_PEOPLE: tuple[Person, ...] = (
    *_plan_people("cyber-2025", "", "xuanchuan", ("赵立新", "刘建华", "陈国平", "张志远", "王晓东", "李雪梅")),
    *_plan_people("comms-2022", "comms_", "gongxin", ("郑明亮", "吴文斌", "周永强", "孙海涛", "马丽娟", "郭小军")),
    Person("unit_gongan", "韩卫民", "gongan", (Role.UNIT,)),
    Person("unit_shuju", "杨帆", "shuju", (Role.UNIT,)),
    Person("unit_yidong", "曹磊", "yidong", (Role.UNIT,)),
    Person("unit_dianxin", "许静", "dianxin", (Role.UNIT,)),
    Person("unit_runcheng", "原红霞", "runcheng", (Role.UNIT,)),
    Person("unit_zhengfuban", "梁振宇", "zhengfuban", (Role.UNIT,)),
    Person("contacts", "田秀英", "zhengfuban", (Role.DIRECTORY_ADMIN,)),
    Person("security", "崔志刚", "zhengfuban", (Role.SECURITY_ADMIN,)),
    Person("sysadmin", "邢凯", "shuju", (Role.SYSTEM_ADMIN,)),
    Person("auditor", "武慧敏", "zhengfuban", (Role.AUDITOR,)),
)


@transaction.atomic
def demo_people_ensure(*, password: str) -> list[User]:
    """Make the demo accounts, their groups and their appointments, or bring them back in line.

    The plans must be loaded and ``DEMO_ACCOUNTS_ALLOWED`` set: raises Forbidden otherwise. Appointments are entered
    by ``contacts`` and confirmed by ``security``, as DESIGN §4 asks. The password is hashed once for all.
    """
    if not settings.DEMO_ACCOUNTS_ALLOWED:
        raise Forbidden("当前配置不允许演示账号。")
    units = Unit.objects.in_bulk([person.unit for person in DEMO_PEOPLE], field_name="code")
    known = User.objects.in_bulk([person.username for person in DEMO_PEOPLE], field_name="username")
    hashed = _password_hash(password, list(known.values()))
    users = {}
    for number, person in enumerate(DEMO_PEOPLE, start=1):
        user = known.get(person.username) or User(username=person.username)
        users[person.username] = _account(user, person, units[person.unit], number, hashed)
    groups = _groups()
    for person in DEMO_PEOPLE:
        _join(users[person.username], person, groups)
    _appoint(users, units)
    return list(users.values())


def _password_hash(password: str, users: list[User]) -> str:
    """Return the hash all demo accounts share; the one they have already when it still fits."""
    shared = {user.password for user in users}
    if len(users) == len(DEMO_PEOPLE) and len(shared) == 1 and check_password(password, users[0].password):
        return users[0].password
    return make_password(password)


def _account(user: User, person: Person, unit: Unit, number: int, hashed: str) -> User:
    wanted = {
        "display_name": person.name,
        "email": f"{person.username}@demo.invalid",
        "mobile": f"1990000{number:04d}",
        "unit_id": unit.pk,
        "demo": True,
        "is_active": True,
        "is_staff": Role.SYSTEM_ADMIN in person.roles,
        "password": hashed,
    }
    changed = [name for name, value in wanted.items() if getattr(user, name) != value]
    for name in changed:
        setattr(user, name, wanted[name])
    if changed or user.pk is None:
        user.full_clean()
        user.save()
    return user


def _groups() -> dict[str, Group]:
    names = [*Role.values, *(unit_group_name(person.unit) for person in DEMO_PEOPLE if Role.UNIT in person.roles)]
    Group.objects.bulk_create([Group(name=name) for name in names], ignore_conflicts=True)
    return {group.name: group for group in Group.objects.filter(name__in=names)}


def _join(user: User, person: Person, groups: dict[str, Group]) -> None:
    names: list[str] = [*person.roles]
    if Role.UNIT in person.roles:
        names.append(unit_group_name(person.unit))
    user.groups.set([groups[name] for name in names])


def _appoint(users: dict[str, User], units: dict[str, Unit]) -> None:
    posts = Post.objects.select_related("version").in_bulk(field_name="code")
    held = set(Appointment.objects.filter(user__in=users.values()).values_list("user_id", "post_id"))
    missing = []
    for person in DEMO_PEOPLE:
        for post in _posts_of(person, posts, units):
            if (users[person.username].pk, post.pk) not in held:
                missing.append(_appointment(users, users[person.username], post))
    Appointment.objects.bulk_create(missing)


def _posts_of(person: Person, posts: dict[str, Post], units: dict[str, Unit]) -> list[Post]:
    found = [posts[code] for code in person.posts]
    if Role.UNIT in person.roles:
        found += [unit_post_ensure(unit=units[person.unit], kind=kind) for kind in UNIT_KINDS]
    return found


def _appointment(users: dict[str, User], user: User, post: Post) -> Appointment:
    """Return the appointment from the day the plan was issued, so that a demo may look back."""
    since = post.version.issued_on if post.version is not None else datetime.date(2022, 1, 1)
    now = database_now()
    return Appointment(
        user=user,
        post=post,
        document="演示任职",
        starts_at=timezone.make_aware(datetime.datetime.combine(since, datetime.time())),
        state=AppointmentState.CONFIRMED,
        entered_by=users["contacts"],
        entered_at=now,
        confirmed_by=users["security"],
        confirmed_at=now,
    )


@transaction.atomic
def demo_rosters_ensure() -> bool:
    """Fill this month's rosters of both offices, hand over once and write a log; return whether anything was made.

    ``duty`` and ``comms_duty`` are on duty at this moment. One turn to come is left open, to be seen. Raises
    Forbidden unless ``DEMO_ACCOUNTS_ALLOWED``.
    """
    if not settings.DEMO_ACCOUNTS_ALLOWED:
        raise Forbidden("当前配置不允许演示数据。")
    if DutySlot.objects.exists():
        return False
    users = User.objects.in_bulk([person.username for person in DEMO_PEOPLE], field_name="username")
    for plan, prefix in (("cyber-2025", ""), ("comms-2022", "comms_")):
        people = {word: users[f"{prefix}{word}"] for word in ("director", "deputy", "duty", "duty2")}
        roster = roster_open(user=users[f"{prefix}office"], code=plan)
        slots = DutySlot.objects.bulk_create(_demo_slots(roster, people))
        text = f"演示：一次排好{slots[0].label}至{slots[-1].label}共{len(slots)}班。"
        record_append(roster_head(plan), Line("roster.slot_set", text, subject=("roster", roster.pk)))
        _demo_handoff(roster, people)
    return True


def _demo_slots(roster: Roster, people: dict[str, User]) -> list[DutySlot]:
    """Return the turns of this month and a week more; the officers alternate, ``duty`` has the one that runs."""
    now = database_now()
    first = now.astimezone(SHANGHAI).date().replace(day=1) - datetime.timedelta(days=1)
    last = (first + datetime.timedelta(days=33)).replace(day=7)
    days = [first + datetime.timedelta(days=number) for number in range((last - first).days + 1)]
    slots = []
    for number, day in enumerate(days):
        for shift in roster.shifts:
            starts_at, ends_at = roster.hours(day, shift)
            leader = people["director" if number % 2 else "deputy"]
            slot = DutySlot(roster=roster, date=day, shift=shift, starts_at=starts_at, ends_at=ends_at, leader=leader)
            slots.append(slot)
    running = next(place for place, slot in enumerate(slots) if slot.starts_at <= now < slot.ends_at)
    for place, slot in enumerate(slots):
        slot.officer = people["duty2" if (place - running) % 2 else "duty"]
    slots[running + 7].officer = None
    return slots


def _demo_handoff(roster: Roster, people: dict[str, User]) -> None:
    """Hand the last turn over to the one that runs, and write two lines of the log."""
    pair = next(one for one in pairs_now(roster) if one.due)
    words = "传真机缺纸，已报办公室添置；夜间未接电话一次，已回拨。"
    row = handoff_begin(user=people["duty2"], code=roster.code, from_slot_id=pair.giving.pk, text=words)
    row = handoff_sign(user=people["duty2"], code=roster.code, handoff_id=row.pk, version=row.version)
    handoff_sign(user=people["duty"], code=roster.code, handoff_id=row.pk, version=row.version, note="已核对。")
    for minutes, text in ((25, "接班，试铃正常，值班电话畅通。"), (10, "向带班领导报告在办事件情况。")):
        at = database_now() - datetime.timedelta(minutes=minutes)
        log_add(user=people["duty"], code=roster.code, text=text, at=at)
