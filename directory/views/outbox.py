"""发件箱: what leaves by which channel, what waits and why, the switches, and dead letters sent again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from directory.rules import any_actor
from yangcheng_ec.access import page_required
from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.channels import robots
from yangcheng_ec.deadlines.choices import Channel
from yangcheng_ec.deadlines.quiet import quiet_hours
from yangcheng_ec.deadlines.selectors import channel_lines, dead_letters, drill_state
from yangcheng_ec.deadlines.services import channel_switch, deliveries_resend, delivery_resend
from yangcheng_ec.errors import BadInput, NotVisible
from yangcheng_ec.forms import CleanCharField, errors_into_form
from yangcheng_ec.permissions import Page

__all__ = ["channel_change", "outbox", "resend", "resend_all"]

keepers = page_required(Page.CALL_SHEET)
SHOWN = 30


class SwitchForm(forms.Form):
    """Why a channel is switched, and the version the page showed."""

    enabled = forms.BooleanField(required=False, widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    reason = CleanCharField(label=gettext_lazy("理由"), max_length=300)


@require_safe
@keepers
def outbox(request: HttpRequest) -> HttpResponse:
    """Show the channels with what waits and what was given up; asked by htmx, the part that changes."""
    fragment = request.headers.get("HX-Request") == "true"
    return _page(request, "outbox/_channels.html" if fragment else "outbox/list.html")


def _page(request: HttpRequest, template: str, failed: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    now, chosen = database_now(), request.GET.get("channel", "")
    channel = chosen if chosen in Channel.values else ""
    context = {
        "lines": channel_lines(now),
        "drill": drill_state(),
        "robots": robots(),
        "quiet": quiet_hours(),
        "now": now,
        "chosen": channel,
        "page": Paginator(dead_letters(channel), SHOWN).get_page(request.GET.get("page")),
        "failed": failed or {},
    }
    return render(request, template, context, status=status)


@require_POST
@keepers
def channel_change(request: HttpRequest, channel: str) -> HttpResponse:
    """Switch a channel, or the leaving of drill notices, off or on."""
    form = SwitchForm(request.POST)
    if form.is_valid():
        try:
            channel_switch(channel=channel, actor=any_actor(request.user), **form.cleaned_data)
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("已打开。") if form.cleaned_data["enabled"] else _("已关闭。"))
            return redirect("outbox")
    if channel not in (*Channel.values, "drill"):
        raise NotVisible()
    return _page(request, "outbox/list.html", {"channel": channel, "form": form}, status=400)


@require_POST
@keepers
def resend(request: HttpRequest, pk: int) -> HttpResponse:
    """Send one dead letter again."""
    delivery_resend(delivery_id=pk, actor=any_actor(request.user))
    messages.success(request, _("已重新排队。"))
    return redirect("outbox")


@require_POST
@keepers
def resend_all(request: HttpRequest, channel: str) -> HttpResponse:
    """Send all dead letters of a channel again."""
    count = deliveries_resend(channel=channel, actor=any_actor(request.user))
    messages.success(request, _("%(n)d 条已重新排队。") % {"n": count})
    return redirect("outbox")
