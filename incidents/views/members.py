"""The members of a case: the plan's lists, what was adjusted during the case, and the forms of those who may."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from directory.choices import Act
from directory.rules import actor_for, may
from directory.selectors.units import units_in_use
from incidents.choices import OPEN_STATES
from incidents.forms.members import GroupAddForm, GroupRemoveForm, MemberAddForm, MemberRemoveForm, units_grouped
from incidents.models import Incident
from incidents.selectors import incident_for
from incidents.selectors.members import MembersPanel, addable_units, group_lines_of, members_panel, removable_lines
from incidents.services import incident_member_change
from yangcheng_ec.errors import BadInput
from yangcheng_ec.forms import errors_into_form

__all__ = ["incident_members"]


@login_required
@require_http_methods(["GET", "POST"])
def incident_members(request: HttpRequest, number: str) -> HttpResponse:
    """Show the command's members and the groups in a case; adjust them (cyber 2.1, 2.4; comms 2.1)."""
    case = incident_for(request.user, number)
    page = _Page(request, case)
    form = page.posted()
    if form is not None and form.is_valid():
        try:
            incident_member_change(
                incident_id=case.pk,
                user=request.user,
                change=form.change(),
                key=form.cleaned_data["idempotency_key"],
            )
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("已调整并通知该单位。"))
            return redirect("incident-members", number)
    return render(request, "incidents/members.html", page.context(), status=200 if form is None else 400)


class _Page:
    """What the page shows and its four forms, of which one may have been sent."""

    def __init__(self, request: HttpRequest, case: Incident) -> None:
        self.request, self.case = request, case
        self.panel: MembersPanel = members_panel(request.user, case)
        self.groups = group_lines_of(case)
        self.rules = {rule.act: rule for rule in case.plan_version.act_rules.filter(act__in=[*ACTS])}
        self.forms: dict[str, Any] = {}

    def posted(self) -> Any:
        """Return the form that was sent, bound, or None for a page that is only opened. Raises Forbidden (403)."""
        if self.request.method != "POST":
            return None
        asked = self.request.POST.get("kind", "")
        kind = asked if asked in KINDS else "add"
        actor_for(
            self.request.user, self.case.plan_version, Act.ADD_MEMBER if kind in MEMBER_KINDS else Act.ADJUST_GROUP
        )
        form = self._form(kind, self.request.POST)
        self.forms[form.kind] = form
        return form

    def context(self) -> dict[str, Any]:
        """Return what the template needs; forms only for those who may."""
        kinds = [*(MEMBER_KINDS if self.panel.may_adjust else ()), *(GROUP_KINDS if self._may_group() else ())]
        return {
            "incident": self.case,
            "plan": self.case.plan_version.plan,
            "version": self.case.plan_version,
            "members": self.panel,
            "groups": self.groups,
            "member_rule": self.rules.get(Act.ADD_MEMBER),
            "group_rule": self.rules.get(Act.ADJUST_GROUP),
            "forms": [self.forms.get(kind) or self._form(kind, None) for kind in kinds if self._useful(kind)],
            "is_open": self.case.state in OPEN_STATES,
        }

    def _may_group(self) -> bool:
        return self.case.state in OPEN_STATES and may(self.request.user, self.case.plan_version, Act.ADJUST_GROUP)

    def _useful(self, kind: str) -> bool:
        return kind != "remove" or bool(removable_lines(self.case, self.panel))

    def _form(self, kind: str, data: Any) -> Any:
        if kind == "add":
            return MemberAddForm(data, choices=units_grouped(addable_units(self.case, self.panel)))
        if kind == "remove":
            lines = removable_lines(self.case, self.panel)
            return MemberRemoveForm(data, choices=MemberRemoveForm.choices_of(lines))
        if kind == "group_add":
            return GroupAddForm(data, choices=units_grouped(units_in_use()), groups=self.groups)
        return GroupRemoveForm(data, choices=GroupRemoveForm.choices_of(self.groups))


ACTS = (Act.ADD_MEMBER, Act.ADJUST_GROUP)
MEMBER_KINDS = ("add", "remove")
GROUP_KINDS = ("group_add", "group_remove")
KINDS = (*MEMBER_KINDS, *GROUP_KINDS)
