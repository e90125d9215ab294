"""How far the call-outs of a warning have come, live: a fragment that is asked for every few seconds."""

from __future__ import annotations

from typing import Any

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

__all__ = ["callout_context", "warning_callouts"]

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


@require_safe
@page_required(Page.WARNINGS_ALL)
def warning_callouts(request: HttpRequest, number: str) -> HttpResponse:
    """Answer the addressees with their rungs, or 304 when nothing has changed since."""
    warning = warning_for(request.user, number)
    mark = f"{warning.version}-{progress_mark(('warning', warning.pk), [_kind(warning)])}"
    unchanged = not_modified(request, mark)
    if unchanged is not None:
        return unchanged
    rows = addressee_rows(list(addressees_of(warning)))
    context = {
        "warning": warning,
        "rows": rows,
        "confirmed": sum(1 for row in rows if row.addressee.confirmed_at),
        "silent": [row.addressee.unit for row in rows if row.late],
        "in_force": warning.state in ACTIVE,
        "clauses": {"action": action_clause(warning.plan_version)},
        **callout_context(warning),
    }
    return tagged(render(request, "warnings/_addressees.html", context), mark)
