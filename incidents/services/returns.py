"""每日零报告: filed by a unit or the office, corrected with a reason, asked for once a day (all 「非预案规定」)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from directory.audience import units_people
from directory.choices import Act
from directory.models import PlanVersion, Unit
from directory.rules import actor_for, actor_of_unit, may
from incidents.models import DailyReturn, ReturnReminder
from incidents.selectors.returns import known_on, member_units_of, return_by_id, return_day
from incidents.services.common import check_lengths, unit_named
from incidents.services.intake_words import Problems, plan_named
from yangcheng_ec.actors import SYSTEM, Actor
from yangcheng_ec.clock import SHANGHAI, database_now
from yangcheng_ec.deadlines.services import Message, notice_queue, notices_settle
from yangcheng_ec.errors import BadInput, Change, Forbidden, StaleVersion, WrongState
from yangcheng_ec.idempotency import fingerprint_of, once
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, head_named, record_append
from yangcheng_ec.text import clean_text

__all__ = ["Returned", "daily_return_correct", "daily_return_file", "returns_round"]

BACK_DAYS = 7
COUNT_LIMIT = 999
REMIND = "return.reminder"


@dataclass(frozen=True, kw_only=True)
class Returned:
    """What is returned: for which plan and day, for which unit (empty: the user's own, or the office), how many.

    ``count`` None is what the system knows of that day.
    """

    plan: str
    date: date | None = None
    unit: str = ""
    count: int | None = None
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return everything that was sent, for the fingerprint of a retry."""
        return {item.name: getattr(self, item.name) for item in fields(self)}


@transaction.atomic
def daily_return_file(*, user: Any, returned: Returned, key: str = "") -> DailyReturn:
    """File a day's return: a member unit its own, the office its own or one that was phoned in; once per key.

    Of today, or of the last seven days (补报). A number other than the system's needs a note.
    Raises BadInput with fields, Forbidden (not its unit, no member), WrongState (there is one: correct it).
    """
    pk, _ = once(
        user=user, scope="daily_return", key=key, fingerprint=fingerprint_of(returned.as_dict()),
        act=lambda: str(_file(user, returned).pk),
    )  # fmt: skip
    return DailyReturn.objects.select_related("plan", "unit", "filed_by").get(pk=pk)


def _file(user: Any, returned: Returned) -> DailyReturn:
    version = plan_named(returned.plan)
    actor, unit = _filer(user, version, returned.unit)
    head, now = _head(version), database_now()
    day = _day(returned.date)
    there = DailyReturn.objects.filter(plan=version.plan_id, unit=unit, date=day).exists()
    name = unit.name if unit else version.office_name
    if there:
        raise WrongState(f"{name}{day:%m月%d日}已经报过，有变化请更正。")
    known = known_on(version, day)[unit.pk if unit else None]
    count, note = _checked(returned.count, returned.note, known)
    row = DailyReturn(
        plan=version.plan, unit=unit, date=day, count=count, note=note, filed_by=user, filed_as=actor.post,
        filed_at=now, late_entry=day != return_day(now),
    )  # fmt: skip
    check_lengths(row)
    row.save(force_insert=True)
    _say(head, row, "return.filed", f"{name}{_words(row)}", actor)
    if unit is not None and not row.late_entry:
        notices_settle(subject=("daily_return", version.plan_id), kinds=[REMIND], unit_code=unit.code)
    return row


def _filer(user: Any, version: PlanVersion, named: str) -> tuple[Actor, Unit | None]:
    """Return as whom the user files, and for which unit (None: the office)."""
    unit = unit_named(named, "unit")
    if may(user, version, Act.OFFICE):
        actor = actor_for(user, version, Act.OFFICE)
    else:
        if unit is not None and unit.pk != user.unit_id:
            raise Forbidden("单位账号只能报本单位的零报告。")
        actor, unit = actor_of_unit(user, user.unit_id), user.unit
    if unit is not None and unit.pk not in {row.pk for row in member_units_of(version)}:
        words = f"「{unit}」不是{version.plan.name}的成员单位，不报本预案的零报告。"
        raise BadInput("没有报送。", fields={"unit": [words]})
    return actor, unit


def _day(wanted: date | None) -> date:
    today = return_day()
    day = wanted or today
    if not today - timedelta(days=BACK_DAYS) <= day <= today:
        raise BadInput("没有报送。", fields={"date": [f"只能报今天的，或补报最近 {BACK_DAYS} 天的。"]})
    return day


def _checked(count: int | None, note: str, known: int) -> tuple[int, str]:
    problems, words = Problems(), clean_text(note).strip()
    number = known if count is None else count
    if not 0 <= number <= COUNT_LIMIT:
        problems.add("count", f"事件数须在 0 到 {COUNT_LIMIT} 之间。")
    elif number != known and not words:
        problems.add("note", f"系统里这一天有 {known} 起，与填写的 {number} 起不一致，请写明原因。")
    problems.raise_any("没有报送，请更正。")
    return number, words


@transaction.atomic
def daily_return_correct(*, return_id: int, version: int | None, user: Any, count: int, note: str) -> DailyReturn:
    """Correct a return, with the reason in ``note``; the record keeps what stood there.

    Raises NotVisible, Forbidden, StaleVersion, BadInput.
    """
    seen = return_by_id(user, return_id)
    plan_version = plan_named(seen.plan.code)
    actor, _unit = _filer(user, plan_version, seen.unit.code if seen.unit else "")
    if seen.unit is None and not may(user, plan_version, Act.OFFICE):
        raise Forbidden("指挥部办公室的零报告由办公室更正。")
    head = _head(plan_version)
    row = DailyReturn.objects.select_related("plan", "unit").get(pk=seen.pk)
    if version is not None and version != row.version:
        raise StaleVersion(changes=[Change("事件数", "", str(row.count)), Change("说明", "", row.note)])
    if not note.strip():
        raise BadInput("没有更正。", fields={"note": ["请写明为什么更正。"]})
    was = _words(row)
    row.count, row.note = _checked(count, note, count)
    row.version += 1
    row.filed_by, row.filed_as, row.filed_at = user, actor.post, database_now()
    check_lengths(row)
    row.save()
    name = row.unit.name if row.unit else plan_version.office_name
    _say(head, row, "return.corrected", f"更正：{name}{was}，改为{row.count}起，理由：{row.note}", actor)
    return row


def _words(row: DailyReturn) -> str:
    what = f"{row.count}起" if row.count else "零报告"
    late = "（补报）" if row.late_entry else ""
    return f"{row.date:%m月%d日}{what}{late}" + (f"：{row.note}" if row.note else "")


def _head(version: PlanVersion) -> CaseHead:
    return head_named(f"returns:{version.plan.code}", kind="return")


def _say(head: CaseHead, row: DailyReturn, kind: str, text: str, actor: Actor) -> None:
    record_append(head, Line(kind, f"{text}。", actor=actor, subject=("daily_return", row.pk),
                             late_entry=row.late_entry))  # fmt: skip


def returns_round() -> int:
    """At the configured hour ask the members that have not returned today, once per plan and day; return how many.

    Called by each sweep: nothing is read before the hour, one statement after it. A day that is over is not asked for.
    """
    hour = settings.DAILY_RETURN_HOUR
    now = database_now().astimezone(SHANGHAI)
    if not 0 <= hour <= now.hour:
        return 0
    asked = ReturnReminder.objects.filter(date=now.date()).values("plan")
    versions = PlanVersion.objects.select_related("plan").filter(in_force=True).exclude(plan__in=asked)
    return sum(_ask(version, now.date()) for version in versions)


@transaction.atomic
def _ask(version: PlanVersion, day: date) -> int:
    head = _head(version)
    if ReturnReminder.objects.filter(plan=version.plan, date=day).exists():
        return 0
    done = DailyReturn.objects.filter(plan=version.plan, date=day, unit__isnull=False).values_list("unit_id", flat=True)
    there = set(done)
    missing = [unit for unit in member_units_of(version) if unit.pk not in there]
    ReturnReminder.objects.create(plan=version.plan, date=day, at=database_now(), told=len(missing))
    text = f"{day:%m月%d日}的零报告还有{len(missing)}个单位没有报"
    record_append(head, Line("return.reminded", f"{text}，已提醒（非预案规定）。", actor=SYSTEM,
                             data={"units": [unit.code for unit in missing]}))  # fmt: skip
    message = Message(
        kind=REMIND, title=f"请报{day:%m月%d日}零报告（{version.plan.short_name}，非预案规定）",
        dedupe=f"return:{version.plan.code}:{day}", url=f"/daily-returns/?plan={version.plan.code}",
        subject=("daily_return", version.plan_id),
    )  # fmt: skip
    with_account = [one for one in units_people(missing, version.pk) if one.user_id is not None]
    return len(notice_queue(head=head, message=message, recipients=with_account))
