"""已知悉: one button, on the notice, on the case, on the list of clocks."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from directory.services.acknowledging import rung_acknowledge as acknowledge

__all__ = ["rung_acknowledge"]


@require_POST
@login_required
def rung_acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    """Acknowledge one rung and go back to the page the button stood on."""
    step = acknowledge(step_id=pk, user=request.user)
    messages.success(request, _("已记下：您已知悉。"))
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = step.deadline.url or reverse("desk")
    return redirect(back)
