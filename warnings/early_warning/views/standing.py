"""Standing authorisations (comms 3.4): the list, entering one, and what the commander decides about it."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from directory.choices import Act, PaperKind
from directory.models import PlanVersion
from directory.rules import act_rule, actor_for, appointments_in_force, may
from early_warning import services
from early_warning.choices import StandingState
from early_warning.forms import StandingForm
from early_warning.intake import plan_in_force, plans_in_force
from early_warning.models import StandingAuthorisation
from early_warning.rules import act_clause, need_standing_allowed, standing_allowed
from early_warning.selectors import warning_for
from early_warning.services.sources import notice_paper
from early_warning.services.standing import standing_paper
from early_warning.standing import standing_for, standing_list
from yangcheng_ec.access import page_required
from yangcheng_ec.clock import database_now
from yangcheng_ec.errors import BadInput, NotVisible
from yangcheng_ec.forms import errors_into_form
from yangcheng_ec.permissions import Page
from yangcheng_ec.uploads import download

__all__ = [
    "notice_download",
    "standing_act",
    "standing_detail",
    "standing_download",
    "standing_index",
    "standing_new",
]


@page_required(Page.WARNINGS_ALL)
@require_GET
def standing_index(request: HttpRequest) -> HttpResponse:
    """Show all authorisations and under which plan one may be entered."""
    versions = [row for row in plans_in_force() if standing_allowed(row)]
    context = {
        "rows": standing_list(request.user),
        "now": database_now(),
        "rules": [(row, act_rule(row, Act.PUBLISH_WARNING), act_clause(row, Act.PUBLISH_WARNING)) for row in versions],
        "enter": [row for row in versions if may(request.user, row, Act.PROPOSE_WARNING)],
    }
    return render(request, "warnings/standing/list.html", context)


@page_required(Page.WARNINGS_ALL)
@require_http_methods(["GET", "POST"])
def standing_new(request: HttpRequest, plan: str) -> HttpResponse:
    """Enter a signed authorisation with its scan."""
    version = plan_in_force(plan)
    actor_for(request.user, version, Act.PROPOSE_WARNING)
    need_standing_allowed(version)
    posted = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = StandingForm(*posted, plan_version=version)
    if request.method == "POST" and form.is_valid():
        try:
            row = services.standing_enter(
                version=version, entry=form.entry(), upload=form.upload(), user=request.user
            )  # fmt: skip
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("已录入，等签发后生效。"))
            return redirect("standing", pk=row.pk)
    context = {"form": form, "version": version, "clause": act_clause(version, Act.PUBLISH_WARNING)}
    return render(request, "warnings/standing/new.html", context, status=400 if form.errors else 200)


@page_required(Page.WARNINGS_ALL)
@require_GET
def standing_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one authorisation with what this person may do about it."""
    return _page(request, standing_for(request.user, pk))


DOINGS = {
    "confirm": gettext_lazy("已签发，自开始时间起可以据以批准发布。"),
    "refuse": gettext_lazy("未签发，理由已记录。"),
    "revoke": gettext_lazy("已收回。"),
}


@page_required(Page.WARNINGS_ALL)
@require_POST
def standing_act(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """Confirm, refuse or revoke."""
    row = standing_for(request.user, pk)
    if act not in DOINGS:
        raise Http404
    version = request.POST.get("version", "")
    given: dict[str, Any] = {
        "standing_id": pk,
        "version": int(version) if version.isdecimal() and len(version) < 9 else 0,
        "user": request.user,
    }
    if act != "confirm":
        given["reason"] = request.POST.get("reason", "")
    try:
        getattr(services, f"standing_{act}")(**given)
    except BadInput as error:
        return _page(request, row, error=error, typed=given.get("reason", ""))
    messages.success(request, DOINGS[act])
    return redirect("standing", pk=pk)


@page_required(Page.WARNINGS_ALL)
@require_GET
def standing_download(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Hand out the scan, always as a download."""
    row = standing_for(request.user, pk)
    return _file(standing_paper(row), row.paper_name, row.paper_kind)


@page_required(Page.WARNINGS_ALL)
@require_GET
def notice_download(request: HttpRequest, number: str) -> HttpResponseBase:
    """Hand out the scan of the superior's notice a warning rests on."""
    notice = warning_for(request.user, number).superior
    if notice is None or not notice.paper_stored:
        raise NotVisible()
    return _file(notice_paper(notice), notice.paper_name, notice.paper_kind)


def _file(content: bytes, name: str, kind: str) -> HttpResponseBase:
    return download(BytesIO(content), name=name, mime=PaperKind(kind).mime)


def _page(
    request: HttpRequest, row: StandingAuthorisation, *, error: BadInput | None = None, typed: str = ""
) -> HttpResponse:
    now = database_now()
    signs = row.state == StandingState.ENTERED and row.entered_by_id != request.user.pk and _commands(request, row)
    waiting = row.state == StandingState.ENTERED and may(request.user, row.plan_version, Act.PROPOSE_WARNING)
    context = {
        "row": row,
        "in_force": row.state == StandingState.CONFIRMED and row.starts_at <= now < row.ends_at,
        "expired": row.state == StandingState.CONFIRMED and now >= row.ends_at,
        "clause": act_clause(row.plan_version, Act.PUBLISH_WARNING),
        "may_sign": signs,
        "may_revoke": waiting or (row.state == StandingState.CONFIRMED and _commands(request, row)),
        "used": row.warnings.order_by("-created_at")[:50],
        "error": error,
        "typed": typed,
    }
    return render(request, "warnings/standing/detail.html", context, status=400 if error else 200)


def _commands(request: HttpRequest, row: StandingAuthorisation) -> bool:
    """Return whether this person is the commander: for buttons; the service asks again."""
    version: PlanVersion = row.plan_version
    held = appointments_in_force().filter(user=request.user.pk or 0, post__version__plan=version.plan_id)
    return held.filter(post__kind="commander").exclude(nature="authorised").exists()
