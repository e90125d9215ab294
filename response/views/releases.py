"""Releases: drafted on the case's page, approved by the command, published; what everybody may read."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from early_warning.public.answers import for_everybody, public_page, public_shell
from incidents.models import Incident
from incidents.selectors import incident_for
from response import services
from response.forms import ReleaseForm
from response.models import InformationRelease
from response.selectors import release_public, releases_public, releases_visible_to
from yangcheng_ec.errors import BadInput, NotVisible
from yangcheng_ec.forms import errors_into_form

__all__ = ["act", "new", "public_list", "public_release"]

PAGE_SIZE = 20


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Draft a release for a case."""
    incident = incident_for(request.user, request.GET.get("incident", ""))
    before = _before(request, incident)
    words = {"title": before.title, "text": before.text, "channel": before.channel} if before else None
    form = ReleaseForm(request.POST or None, initial=words)
    if request.method == "POST" and form.is_valid():
        try:
            follows = before.pk if before else None
            services.release_draft(incident_id=incident.pk, user=request.user, follows=follows, **form.cleaned_data)
            messages.success(request, _("已拟稿，等待指挥部批准。"))
            return redirect("incident", number=incident.number)
        except BadInput as error:
            errors_into_form(form, error)
    context = {"incident": incident, "form": form, "before": before}
    return render(request, "response/release_new.html", context, status=400 if form.is_bound else 200)


def _before(request: HttpRequest, incident: Incident) -> InformationRelease | None:
    """Return the text that is rewritten or corrected. Raises NotVisible for one of another case."""
    wanted = request.GET.get("follows", "")
    if not wanted:
        return None
    known = releases_visible_to(request.user).filter(incident=incident)
    found = known.filter(pk=int(wanted)).first() if wanted.isdecimal() and len(wanted) < 10 else None
    if found is None:
        raise NotVisible()
    return found


@for_everybody
def public_list(request: HttpRequest) -> HttpResponse:
    """Show everybody what was published, the newest first."""
    page = Paginator(releases_public(), PAGE_SIZE).get_page(request.GET.get("page"))
    return public_page(request, "public/releases.html", {"page_obj": page, **public_shell()})


@for_everybody
def public_release(request: HttpRequest, pk: int) -> HttpResponse:
    """Show everybody one text, what it corrects and what took its place."""
    try:
        found = release_public(pk)
    except NotVisible:
        return public_page(
            request, "public/refused.html", {"status": 404, "of_release": True, **public_shell()}, status=404
        )
    return public_page(request, "public/release.html", {"release": found, **public_shell()})


@login_required
@require_POST
def act(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """Approve, return or publish."""
    release = releases_visible_to(request.user).filter(pk=pk).first()
    if release is None:
        raise NotVisible()
    text = request.POST.get("version", "")
    version = int(text) if text.isdecimal() and len(text) < 10 else 0
    given: dict[str, Any] = {"release_id": pk, "version": version, "user": request.user}
    if act == "approve":
        services.release_approve(**given, note=request.POST.get("note", "").strip())
    elif act == "return":
        services.release_return(**given, reason=request.POST.get("reason", ""))
    elif act == "publish":
        services.release_publish(**given, channel=request.POST.get("channel", ""))
    else:
        raise Http404
    messages.success(request, _("已记录。"))
    return redirect("incident", number=release.incident.number)
