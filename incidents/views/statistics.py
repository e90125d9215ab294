"""统计: how many, of what kind, where, and how the clocks were kept."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from directory.models import Plan
from incidents.selectors.statistics import Bar, Period, statistics_of
from incidents.services.statistics import blocks_now
from yangcheng_ec.access import page_required
from yangcheng_ec.permissions import Page

__all__ = ["statistics"]

# As a person types a month: 2026-03, 2026-3, 2026/3, 2026.3, 202603, 2026年3月.
_MONTH = re.compile(r"^((?:19|20)\d\d)\s*(?:[-/.．。—年]\s*)?(0?[1-9]|1[0-2])\s*月?$")
# The chart of months: its height, and the width of one month, in the picture's own units.
HIGH, WIDE = 120, 44


@require_safe
@page_required(Page.CASES_ALL)
def statistics(request: HttpRequest) -> HttpResponse:
    """Numbers by month, grade, category, unit, township, channel, and the clocks; this year unless asked otherwise."""
    period, typed, wrong = _period(request)
    found, year = statistics_of(blocks_now(), period), timezone.localtime().year
    context = {
        "period": period,
        "typed": typed,
        "wrong": wrong,
        "found": found,
        "columns": _columns(found.months),
        "chart_width": max(len(found.months) * WIDE, WIDE * 6),
        "plans": Plan.objects.all(),
        "ranges": [
            (_("今年"), f"{year}-01", f"{year}-12"),
            (_("去年"), f"{year - 1}-01", f"{year - 1}-12"),
            (_("历年"), "", ""),
        ],
    }
    return render(request, "incidents/statistics.html", context)


def _period(request: HttpRequest) -> tuple[Period, dict[str, str], dict[str, str]]:
    """Return the period asked for, what stands in the fields of months, and what is wrong with it.

    A month that is none narrows nothing and is said; an address that says nothing is this year.
    """
    asked = {name: request.GET.get(name, "").strip()[:40] for name in ("since", "until", "plan", "drill")}
    if "since" not in request.GET and "until" not in request.GET:
        year = timezone.localtime().year
        asked |= {"since": f"{year}-01", "until": f"{year}-12"}
    typed, wrong = {}, {}
    for name in ("since", "until"):
        typed[name] = asked[name]
        asked[name] = _month(asked[name])
        if typed[name] and not asked[name]:
            wrong[name] = _("看不懂这个月份，请写成 2026-03；这一项没有起作用。")
        typed[name] = asked[name] or typed[name]
    if asked["since"] and asked["until"] and asked["since"] > asked["until"]:
        wrong["until"] = _("「至」早于「自」，没有可统计的月份。")
    return Period(**asked), typed, wrong


def _month(text: str) -> str:
    """Return a month as it is kept (2026-03), or an empty text for what is none."""
    found = _MONTH.match(unicodedata.normalize("NFKC", text))
    return f"{found[1]}-{int(found[2]):02d}" if found else ""


def _columns(months: list[Bar]) -> list[dict[str, Any]]:
    """Return where each month's column stands."""
    return [
        {
            "month": bar.label, "count": bar.count, "x": place * WIDE + 8, "middle": place * WIDE + WIDE // 2,
            "height": round(bar.length * HIGH / 100, 1), "y": round(20 + HIGH - bar.length * HIGH / 100, 1),
            "above": round(14 + HIGH - bar.length * HIGH / 100, 1),
        }
        for place, bar in enumerate(months)
    ]  # fmt: skip
