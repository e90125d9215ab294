"""The table of holidays: entered by people from the State Council's yearly notice, never guessed."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction

from directory.choices import OFFICE_KINDS
from directory.models import Holiday
from directory.rules import actor_of, appointments_in_force
from directory.services.roster import HEAD_KIND
from yangcheng_ec.actors import Actor
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, WrongState
from yangcheng_ec.record.services import Line, head_named, record_append

__all__ = ["FIXED_DAYS", "FIXED_SINCE", "holiday_remove", "holiday_set", "holidays_fixed_add", "may_keep_holidays"]

NAME_LIMIT = 20
# The statutory days whose date never moves: 《全国年节及纪念日放假办法》 as revised in 2024 (国务院令第795号), in force
# since 2025-01-01: 元旦 1 day, 劳动节 2, 国庆节 3. 春节 4 (除夕至正月初三), 清明节 1, 端午节 1 and 中秋节 1 follow the
# moon or the sun: they, and every 调休, are typed in from the year's notice.
FIXED_SINCE = 2025
FIXED_DAYS: tuple[tuple[int, int, str], ...] = (
    (1, 1, "元旦"),
    (5, 1, "劳动节"),
    (5, 2, "劳动节"),
    (10, 1, "国庆节"),
    (10, 2, "国庆节"),
    (10, 3, "国庆节"),
)


@transaction.atomic
def holiday_set(*, user: Any, day: date, name: str, is_workday: bool) -> Holiday:
    """Enter a day off or a weekend worked instead, or change one. By the people of a command's office.

    Raises Forbidden, BadInput with fields.
    """
    actor = _keeper(user)
    words = name.strip()
    if not words or len(words) > NAME_LIMIT:
        raise BadInput("没有保存，请更正。", fields={"name": [f"请填写名称，最多 {NAME_LIMIT} 个字。"]})
    row, _ = Holiday.objects.update_or_create(date=day, defaults={"name": words, "is_workday": is_workday})
    _append(
        "holiday_set", f"节假日表：{day:%Y年%m月%d日} {words}（{'调休上班' if is_workday else '放假'}）", row, actor
    )
    return row


@transaction.atomic
def holidays_fixed_add(*, user: Any, year: int) -> int:
    """Enter the statutory days of a year whose date is fixed, where nothing stands yet; return how many.

    Raises Forbidden, WrongState for a year before the days are what they are now.
    """
    actor = _keeper(user)
    if year < FIXED_SINCE:
        raise WrongState(f"{FIXED_SINCE} 年起才是现在的放假天数；{year} 年请照当年的放假通知录入。")
    made = 0
    for month, day, name in FIXED_DAYS:
        row, new = Holiday.objects.get_or_create(date=date(year, month, day), defaults={"name": name})
        if new:
            made += 1
            _append("holiday_set", f"节假日表：{row.date:%Y年%m月%d日} {name}（放假）", row, actor)
    return made


@transaction.atomic
def holiday_remove(*, user: Any, holiday_id: int) -> None:
    """Take a day off the table; the record keeps that it stood there. Raises Forbidden, NotVisible."""
    actor = _keeper(user)
    row = Holiday.objects.filter(pk=holiday_id).first()
    if row is None:
        raise NotVisible()
    _append("holiday_removed", f"节假日表：删去 {row}", row, actor)
    row.delete()


def may_keep_holidays(user: Any) -> bool:
    """Return whether the user may change the table."""
    return appointments_in_force().filter(user=user, post__kind__in=OFFICE_KINDS).exists()


def _keeper(user: Any) -> Actor:
    row = appointments_in_force().filter(user=user, post__kind__in=OFFICE_KINDS).first()
    if row is None:
        raise Forbidden("节假日表由指挥部办公室人员维护（非预案规定）。")
    return actor_of(user, row)


def _append(verb: str, text: str, row: Holiday, actor: Actor) -> None:
    head = head_named("roster:holidays", kind=HEAD_KIND)
    record_append(head, Line(f"roster.{verb}", f"{text}。", actor=actor, subject=("holiday", row.pk)))
