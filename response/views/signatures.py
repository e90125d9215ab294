"""My approvals given by phone that wait for 补签 or 否认."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from response.selectors import signatures_awaiting
from response.services import signature_decide
from yangcheng_ec.errors import BadInput

__all__ = ["decide", "index"]


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List what waits."""
    return render(request, "response/signatures.html", {"signatures": signatures_awaiting(request.user)})


@login_required
@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Countersign or deny one."""
    accept = request.POST.get("decision") == "accept"
    note = request.POST.get("note", "")
    try:
        signature_decide(signature_id=pk, user=request.user, accept=accept, note=note)
    except BadInput as error:
        context = {"signatures": signatures_awaiting(request.user), "error": error, "failed": pk, "note": note}
        return render(request, "response/signatures.html", context, status=400)
    messages.success(request, _("已补签。") if accept else _("已否认，已通知指挥长和办公室。"))
    return redirect("signatures")
