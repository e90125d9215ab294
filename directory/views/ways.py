"""How addressees are reached: the order of channels, robots, quiet hours (「非预案规定」)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from directory.forms_outbox import RuleForm, initial_of
from directory.selectors import outbox as reading
from directory.services import outbox as services
from yangcheng_ec.access import page_required
from yangcheng_ec.deadlines.channels import channel_ready
from yangcheng_ec.deadlines.channels.ways import CALM_ORDER, GRAVE_ORDER
from yangcheng_ec.deadlines.choices import NOTICE_KINDS, Channel
from yangcheng_ec.deadlines.models import ChannelRule
from yangcheng_ec.errors import BadInput, NotVisible
from yangcheng_ec.forms import errors_into_form
from yangcheng_ec.permissions import Page

__all__ = ["way", "way_new", "way_remove", "ways"]

readers = page_required(Page.CALL_SHEET, Page.RECORD_ALL, Page.DIRECTORY_EDIT)


@require_GET
@readers
def ways(request: HttpRequest) -> HttpResponse:
    """List the rules, and the defaults where there is none."""
    rules = [(rule, NOTICE_KINDS.get(rule.kind, rule.kind), _labels(rule.channels)) for rule in reading.rules_listed()]
    context = {
        "rules": rules,
        "calm": _labels(CALM_ORDER),
        "grave": _labels(GRAVE_ORDER),
        "missing": [channel.label for channel in Channel if not channel_ready(channel)],
        "may_set": services.may_set_rules(request.user),
    }
    return render(request, "notices/ways.html", context)


def _labels(names: Any) -> list[str]:
    return [str(Channel(name).label) for name in names]


@require_http_methods(["GET", "POST"])
@readers
def way_new(request: HttpRequest) -> HttpResponse:
    """Set how an addressee is reached that has no rule yet."""
    return _edit(request, None)


@require_http_methods(["GET", "POST"])
@readers
def way(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a rule."""
    rule = ChannelRule.objects.filter(pk=pk).first()
    if rule is None:
        raise NotVisible()
    return _edit(request, rule)


def _edit(request: HttpRequest, rule: ChannelRule | None) -> HttpResponse:
    everybody = services.may_switch(request.user)
    form = RuleForm(
        request.POST or None,
        addressees=reading.addressees(),
        everybody=everybody or (rule is not None and not rule.addressee),
        initial=initial_of(rule) if rule else {"addressee": request.GET.get("addressee", "")[:80]},
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.rule_set(user=request.user, entry=form.entry(), version=form.cleaned_data["version"])
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("已保存，立即生效，并已记入记录。"))
            return redirect("notices-ways")
    context = {"form": form, "rule": rule, "may_set": services.may_set_rules(request.user)}
    return render(request, "notices/way.html", context, status=400 if request.method == "POST" else 200)


@require_POST
@readers
def way_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a rule: what is wider counts again."""
    version = request.POST.get("version", "")
    services.rule_remove(user=request.user, rule_id=pk, version=int(version) if version.isdecimal() else 0)
    messages.success(request, _("已删除，恢复默认，并已记入记录。"))
    return redirect("notices-ways")
