"""Care of the directory: unequal and missing numbers, the queue of calls that verify, order, undo, who looked."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from directory.contact_forms import PlaceForm, RulingForm
from directory.selectors import contact_care as reading
from directory.selectors.conflicts import Conflict
from directory.selectors.contacts import conflicts, contact_get
from directory.services import contact_care as services
from directory.views.contacts import contact_page, keepers, posted_version, readers
from yangcheng_ec.errors import BadInput, NotVisible
from yangcheng_ec.forms import errors_into_form
from yangcheng_ec.permissions import Page, may_open

__all__ = ["contact_conflicts", "contact_prefer", "contact_reveal", "contact_rule", "contact_undo", "verify_queue"]


@require_GET
@readers
def contact_conflicts(request: HttpRequest) -> HttpResponse:
    """Show where the two plans print different numbers for one unit, what was ruled, and whose number is missing."""
    return _conflicts_page(request)


def _conflicts_page(request: HttpRequest, bound: RulingForm | None = None, status: int = 200) -> HttpResponse:
    may_edit = may_open(request.user, Page.DIRECTORY_EDIT)
    pairs = conflicts(request.user)
    rows = [(pair, _form_of(pair, bound) if may_edit else None) for pair in pairs]
    context: dict[str, Any] = {
        "rows": rows,
        "bound": bound,
        "waiting": sum(pair.ruling is None for pair in pairs),
        "gaps": reading.gaps(request.user),
        "may_edit": may_edit,
    }
    return render(request, "directory/conflicts.html", context, status=status)


def _form_of(pair: Conflict, bound: RulingForm | None) -> RulingForm:
    return bound if bound is not None and bound.pair.sides == pair.sides else RulingForm(pair)


@require_POST
@keepers
def contact_rule(request: HttpRequest, unit: str) -> HttpResponse:
    """Rule which of two unequal numbers is dialled first."""
    sides = (request.POST.get("first"), request.POST.get("second"))
    pairs = [pair for pair in conflicts(request.user) if pair.unit.code == unit]
    pair = next((pair for pair in pairs if sides == tuple(str(side.pk) for side in pair.sides)), None)
    if pair is None:
        raise NotVisible(_("这个单位现在没有不一致的号码：可能已经改正或停用。"))
    form = RulingForm(pair, request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            services.contact_rule_conflict(
                user=request.user, unit_code=unit, seen=form.seen, chosen_id=data["chosen"], reason=data["reason"],
                version=data["version"],
            )  # fmt: skip
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("已裁定：%(unit)s。") % {"unit": pair.unit.name})
            return redirect(f"{reverse('contact-conflicts')}#{unit}")
    return _conflicts_page(request, form, status=400)


@require_GET
@keepers
def verify_queue(request: HttpRequest) -> HttpResponse:
    """Show the next number to call."""
    after = request.GET.get("after", "")[:20]
    turn = reading.verify_turn(request.user, after=int(after) if after.isdecimal() and len(after) < 10 else None)
    context = {
        "turn": turn,
        "contact": turn.contact,
        "after": after,
        "edit_query": urlencode({"from": "verify", "after": after}),
        "days": reading.verify_days(),
    }
    return render(request, "directory/verify.html", context)


@require_POST
@keepers
def contact_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Put back what the last edit changed."""
    try:
        services.contact_undo(user=request.user, contact_id=pk, version=posted_version(request))
    except BadInput as error:
        messages.error(request, "；".join(text for texts in error.fields.values() for text in texts) or error.message)
        return contact_page(request, contact_get(request.user, pk), status=400)
    messages.success(request, _("已撤销上一次修改，撤销本身也留在变更记录里。"))
    return redirect("contact", pk=pk)


@require_POST
@keepers
def contact_prefer(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a number its place in its unit's order of dialling."""
    row = contact_get(request.user, pk)
    form = PlaceForm(row, reading.places_of(row), request.POST)
    if form.is_valid():
        data = form.cleaned_data
        try:
            services.contact_prefer(user=request.user, contact_id=pk, version=data["version"], place=data["place"])
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("拨打顺序已保存。"))
            return redirect("contact", pk=pk)
    return contact_page(request, row, place_form=form, status=400)


@require_POST
@readers
def contact_reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a masked number in full; who looked is recorded."""
    return contact_page(request, services.contact_reveal(user=request.user, contact_id=pk))
