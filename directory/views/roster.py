"""Rosters: who is on duty now, the monthly grid, one day, settings, holidays."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from directory.choices import Shift
from directory.forms_roster import HolidayForm, RosterForm, SlotForm
from directory.models import Roster
from directory.selectors import roster as reading, roster_month as grid
from directory.selectors.duty_modes import duty_panel, duty_panel_of
from directory.selectors.handoffs import handoffs_waiting
from directory.services import holidays as holiday_services, roster as services
from yangcheng_ec.access import page_required
from yangcheng_ec.clock import SHANGHAI, database_now
from yangcheng_ec.errors import BadInput, NotVisible
from yangcheng_ec.forms import errors_into_form
from yangcheng_ec.permissions import Page

__all__ = [
    "day",
    "holiday_remove",
    "holidays",
    "holidays_fixed",
    "month",
    "readers",
    "roster_open",
    "rosters",
    "settings",
    "slot",
]

readers = page_required(Page.ROSTER)


@require_GET
@readers
def rosters(request: HttpRequest) -> HttpResponse:
    """Show who is on duty now with the numbers, and the rosters that may be opened."""
    standing = reading.standing_of(request.user)
    context = {
        "lines": reading.duty_lines(request.user, standing),
        "to_open": reading.bodies_without_roster(standing),
        "waiting": handoffs_waiting(request.user, standing),
        "panel": duty_panel(request.user, standing),
        "now": database_now(),
    }
    return render(request, "roster/list.html", context)


@require_POST
@readers
def roster_open(request: HttpRequest, code: str) -> HttpResponse:
    """Open a body's roster."""
    row = services.roster_open(user=request.user, code=code)
    messages.success(request, _("已建立。请先核对班次时间，再排班。"))
    return redirect("roster-settings", code=row.code)


@require_GET
@readers
def month(request: HttpRequest, code: str) -> HttpResponse:
    """Show one month: a grid on a desk, a list by day on a phone."""
    standing = reading.standing_of(request.user)
    roster = reading.roster_for(request.user, code, standing)
    first = grid.month_called(request.GET.get("month", ""))
    context = {
        "roster": roster,
        "month": grid.month_of(roster, first, request.user),
        "panel": duty_panel_of(roster),
        "may_arrange": standing.arranging(roster) is not None,
    }
    return render(request, "roster/month.html", context)


@require_GET
@readers
def day(request: HttpRequest, code: str, day: str) -> HttpResponse:
    """Show one day, with a form for each turn to whoever arranges the roster."""
    standing = reading.standing_of(request.user)
    roster = reading.roster_for(request.user, code, standing)
    return _day_page(request, roster, standing, _date(day))


@require_POST
@readers
def slot(request: HttpRequest, code: str, day: str, shift: str) -> HttpResponse:
    """Save one turn; what ought to be looked at is said, not refused."""
    standing = reading.standing_of(request.user)
    roster = reading.roster_for(request.user, code, standing)
    services.arranger_of(standing, roster)
    wanted, turn = _date(day), _shift(shift)
    known = roster.slots.select_related("leader__unit", "officer__unit").filter(date=wanted, shift=turn).first()
    form = SlotForm(request.POST, people=reading.people_choosable(roster), slot=known)
    if form.is_valid():
        data = form.cleaned_data
        entry = services.SlotInput(
            wanted, turn, data["leader"], data["officer"], data["note"], data["version"]
        )  # fmt: skip
        try:
            saved, warnings = services.slot_set(user=request.user, code=code, entry=entry)
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("已保存：%(slot)s") % {"slot": saved})
            for text in warnings:
                messages.warning(request, _("请留意：%(text)s") % {"text": text})
            return redirect("roster-day", code=code, day=day)
    return _day_page(request, roster, standing, wanted, (turn, form))


def _day_page(
    request: HttpRequest,
    roster: Roster,
    standing: reading.Standing,
    wanted: date,
    failed: tuple[Shift, SlotForm] | None = None,
) -> HttpResponse:
    found = grid.day_of(roster, wanted, request.user)
    may_arrange = standing.arranging(roster) is not None
    forms: dict[Shift, SlotForm] = {}
    if may_arrange:
        people = reading.people_choosable(roster)
        forms = {
            turn.shift: SlotForm(people=people, slot=turn.slot, auto_id=f"id_{turn.shift}_%s") for turn in found.turns
        }
    if failed:
        forms[failed[0]] = failed[1]
    turns = [(turn, forms.get(turn.shift)) for turn in found.turns]
    context = {"roster": roster, "day": found, "turns": turns, "may_arrange": may_arrange}
    return render(request, "roster/day.html", context, status=400 if failed else 200)


@require_http_methods(["GET", "POST"])
@readers
def settings(request: HttpRequest, code: str) -> HttpResponse:
    """Set the shifts, their hours and how many in a row are too many."""
    standing = reading.standing_of(request.user)
    roster = reading.roster_for(request.user, code, standing)
    services.arranger_of(standing, roster)
    form = RosterForm(request.POST or None, initial=RosterForm.initial_of(roster))
    if request.method == "POST" and form.is_valid():
        try:
            services.roster_set(user=request.user, code=code, **form.cleaned_data)
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("已保存。还没开始的班次按新的时间。"))
            return redirect("roster", code=code)
    status = 400 if form.errors else 200
    return render(request, "roster/settings.html", {"roster": roster, "form": form}, status=status)


@require_http_methods(["GET", "POST"])
@readers
def holidays(request: HttpRequest) -> HttpResponse:
    """Show a year's holidays and worked weekends, and enter one."""
    form = HolidayForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = holiday_services.holiday_set(user=request.user, **form.cleaned_data)
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("已保存：%(row)s") % {"row": row})
            return redirect("roster-holidays")
    year = _year(request)
    context: dict[str, Any] = {
        "form": form,
        "year": year,
        "rows": grid.holidays_between(date(year, 1, 1), date(year, 12, 31)),
        "may_keep": holiday_services.may_keep_holidays(request.user),
        "may_load": year >= holiday_services.FIXED_SINCE,
    }
    return render(request, "roster/holidays.html", context, status=400 if form.errors else 200)


@require_POST
@readers
def holidays_fixed(request: HttpRequest) -> HttpResponse:
    """Enter the statutory days whose date never moves."""
    year = _year(request)
    made = holiday_services.holidays_fixed_add(user=request.user, year=year)
    messages.success(request, _("已载入 %(made)d 天。") % {"made": made})
    return redirect(f"/roster/holidays/?year={year}")


@require_POST
@readers
def holiday_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a day off the table."""
    holiday_services.holiday_remove(user=request.user, holiday_id=pk)
    messages.success(request, _("已从节假日表删去，记录里仍可查。"))
    return redirect("roster-holidays")


def _year(request: HttpRequest) -> int:
    text = request.POST.get("year") or request.GET.get("year", "")
    if text.isdecimal() and len(text) == 4 and int(text) in grid.YEARS:
        return int(text)
    return database_now().astimezone(SHANGHAI).year


def _date(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise NotVisible from None
    if found.year not in grid.YEARS:
        raise NotVisible
    return found


def _shift(text: str) -> Shift:
    if text not in Shift.values:
        raise NotVisible
    return Shift(text)
