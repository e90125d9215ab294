"""A plan's call-out policies (「非预案规定」), and their changes."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from directory.forms_callouts import PolicyForm
from directory.selectors.callout_policy import editions_of
from directory.selectors.plans import plan_in_force
from directory.services.callout_policy import callout_policy_change, may_change_policy, policies_of
from yangcheng_ec.access import page_required
from yangcheng_ec.deadlines.choices import Channel
from yangcheng_ec.errors import BadInput
from yangcheng_ec.permissions import Page

__all__ = ["plan_callout"]


@require_http_methods(["GET", "POST"])
@page_required(Page.RESPONSES)
def plan_callout(request: HttpRequest, code: str) -> HttpResponse:
    """Show the policies with their changes; the office director changes them here."""
    version = plan_in_force(code)
    editions = editions_of(version.plan)
    edition = editions[0].edition.number if editions else 0
    form = PolicyForm(
        request.POST if request.method == "POST" else None, lines=policies_of(version.plan), edition=edition
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = callout_policy_change(
                plan_id=version.plan_id, lines=form.lines(), user=request.user, **form.cleaned_data
            )
        except BadInput as error:
            form.take_errors(error.fields)
        else:
            messages.success(request, _("已调整。") if made else _("没有变化，未调整。"))
            return redirect("plan-callout", code=code)
    context = {
        "version": version,
        "form": form,
        "lines": [(line, [Channel(channel).label for channel in line.first]) for line in policies_of(version.plan)],
        "editions": editions,
        "may_change": may_change_policy(request.user, version.plan),
    }
    return render(request, "callouts/policy.html", context, status=400 if form.is_bound else 200)
