"""Releases: drafted on the case's page, approved by the command, published."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from incidents.selectors import incident_for
from response import services
from response.forms import ReleaseForm
from response.selectors import releases_visible_to
from yangcheng_ec.errors import BadInput, NotVisible
from yangcheng_ec.forms import errors_into_form

__all__ = ["act", "new"]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Draft a release for a case."""
    incident = incident_for(request.user, request.GET.get("incident", ""))
    form = ReleaseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.release_draft(incident_id=incident.pk, user=request.user, **form.cleaned_data)
            messages.success(request, _("已拟稿，等待指挥部批准。"))
            return redirect("incident", number=incident.number)
        except BadInput as error:
            errors_into_form(form, error)
    context = {"incident": incident, "form": form}
    return render(request, "response/release_new.html", context, status=400 if form.is_bound else 200)


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
