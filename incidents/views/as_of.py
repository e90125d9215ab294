"""The case «as it was known at …», for whoever examines it later."""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from incidents.papers.kinds import may_see_whole_case
from incidents.registry import case_then
from incidents.selectors import incident_for
from incidents.selectors.as_of import Moment, as_of, moments_of
from yangcheng_ec.clock import SHANGHAI
from yangcheng_ec.errors import Forbidden
from yangcheng_ec.record.selectors import entries_of

__all__ = ["incident_as_of"]


@login_required
@require_safe
def incident_as_of(request: HttpRequest, number: str) -> HttpResponse:
    """What was known, who had been told, which clocks ran; the last moment of the record unless asked otherwise."""
    case = incident_for(request.user, number)
    if not may_see_whole_case(request.user):
        raise Forbidden(_("回看需要全部记录，只供能查看整个案卷的人员使用。"))
    entries = list(entries_of(case.head_id))
    moments = moments_of(entries)
    at = _asked(request.GET.get("at", "")) or (moments[-1].at if moments else case.filed_at)
    then = {"then": as_of(case, at, entries), "parts": case_then(case, at)}
    context = {"incident": case, "moments": moments, **then, **_place(moments, at)}
    return render(request, "incidents/as_of.html", context)


def _asked(text: str) -> datetime | None:
    """Return the moment asked for; local time where no offset stands; None for what is no moment."""
    try:
        at = parse_datetime(text.strip().replace(" ", "+") if "T" in text else text.strip())
    except ValueError:
        return None
    if at is None or not 1970 < at.year < 3000:
        return None
    return at if is_aware(at) else at.replace(tzinfo=SHANGHAI)


def _place(moments: list[Moment], at: datetime) -> dict[str, Any]:
    """Return where the moment stands among those of the record, and its neighbours."""
    place = bisect_right([moment.at for moment in moments], at) - 1
    exact = place >= 0 and moments[place].at == at
    before = place - 1 if exact else place
    return {
        "place": max(place, 0),
        "last": max(len(moments) - 1, 0),
        "previous": moments[before] if before >= 0 else None,
        "next": moments[place + 1] if place + 1 < len(moments) else None,
        "chosen": moments[place].at if exact else None,
    }
