"""The addressees of a warning and how far its call-outs have come: a live fragment, and a page with all of them."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from early_warning.choices import ACTIVE, WarningState
from early_warning.models import EarlyWarning
from early_warning.rules import action_clause
from early_warning.selectors import addressee_rows, addressees_of, warning_for
from early_warning.services.telling import PUBLISHED_NOTICE
from yangcheng_ec.access import page_required
from yangcheng_ec.callout.selectors import progress_mark, progress_of
from yangcheng_ec.http import not_modified, tagged
from yangcheng_ec.permissions import Page

__all__ = ["addressees_context", "callout_context", "warning_callouts"]

SHOWN = 60  # the first of them on the warning's own page, those who have not confirmed before the others
PER_PAGE = 100
LIFTED_NOTICE = "warning.lifted"


def callout_context(warning: EarlyWarning) -> dict[str, Any]:
    """Return what the fragment shows: of the publication while in force, of the lifting afterwards."""
    lifted = warning.state == WarningState.LIFTED
    return {
        "progress": progress_of(("warning", warning.pk), [_kind(warning)]),
        "callouts_title": _("解除通知的叫应") if lifted else _("叫应进度"),
        "callouts_live": reverse("warning-callouts", args=[warning.number]),
    }


def _kind(warning: EarlyWarning) -> str:
    return LIFTED_NOTICE if warning.state == WarningState.LIFTED else PUBLISHED_NOTICE


def addressees_context(warning: EarlyWarning, page: str | None = None) -> dict[str, Any]:
    """Return the table of the addressees: the first of them, or one page of all."""
    found = list(addressees_of(warning))
    sheet = Paginator(found, SHOWN if page is None else PER_PAGE).get_page(page)
    return {
        "rows": addressee_rows(list(sheet.object_list)),
        "page_obj": sheet,
        "total": len(found),
        "more": len(found) - SHOWN if page is None else 0,
        "confirmed": sum(1 for one in found if one.confirmed_at),
        "silent": sum(1 for one in found if not one.confirmed_at),
    }


@require_safe
@page_required(Page.WARNINGS_ALL)
def warning_callouts(request: HttpRequest, number: str) -> HttpResponse:
    """Answer a page of all addressees; to htmx the live fragment, or 304 when nothing has changed since."""
    warning = warning_for(request.user, number)
    context = {
        "warning": warning,
        "in_force": warning.state in ACTIVE,
        "clauses": {"action": action_clause(warning.plan_version)},
    }
    if request.headers.get("HX-Request") != "true":
        table = addressees_context(warning, request.GET.get("page", "1"))
        return render(request, "warnings/addressees.html", {**context, **table, **callout_context(warning)})
    mark = f"{warning.version}-{progress_mark(('warning', warning.pk), [_kind(warning)])}"
    unchanged = not_modified(request, mark)
    if unchanged is not None:
        return unchanged
    context |= {**addressees_context(warning), **callout_context(warning)}
    return tagged(render(request, "warnings/_addressees.html", context), mark)
