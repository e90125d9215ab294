"""The list of cases and 接报登记."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Min
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from directory.choices import Act
from directory.models import Grade, Plan, PlanVersion
from directory.rules import may
from incidents.choices import IncidentState
from incidents.forms import IntakeForm
from incidents.models import Incident
from incidents.selectors import ListFilter, incident_for, incident_list, list_order
from incidents.services import incident_file, incident_link
from incidents.views.common import posted
from yangcheng_ec.deadlines.choices import OPEN
from yangcheng_ec.deadlines.models import Deadline
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible
from yangcheng_ec.forms import errors_into_form
from yangcheng_ec.permissions import Page, may_open

__all__ = ["incident_new", "incidents"]

PAGE_SIZE = 30


@login_required
@require_safe
def incidents(request: HttpRequest) -> HttpResponse:
    """The list: what is late and mine first; filters in the address."""
    if not (may_open(request.user, Page.CASES_ALL) or may_open(request.user, Page.CASES_OWN)):
        raise Forbidden(_("您的角色不查看事件。"))
    wanted = _filter(request)
    rows = list_order(incident_list(request.user, wanted), request.GET.get("order", ""), user=request.user)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page,
        "rows": _with_clocks([row for row in page.object_list if isinstance(row, Incident)], request.user),
        "wanted": wanted,
        "states": IncidentState.choices,
        "plans": Plan.objects.all(),
        "grades": Grade.objects.filter(version__in_force=True).order_by("number").values_list("code", "name"),
        "may_file": may_open(request.user, Page.CASE_FILE),
    }
    return render(request, "incidents/list.html", context)


def _filter(request: HttpRequest) -> ListFilter:
    state, plan, grade, search = (
        request.GET.get(name, "").strip()[:60] for name in ("state", "plan", "grade", "search")
    )
    return ListFilter(state=state, plan=plan, grade=grade, search=search)


def _with_clocks(rows: list[Incident], user: Any) -> list[dict[str, Any]]:
    """Return each case with its next due time and whether it is late or mine: two statements for the page."""
    heads = [row.head_id for row in rows]
    open_clocks = Deadline.objects.filter(head_id__in=heads, state__in=OPEN)
    due = dict(open_clocks.values_list("head_id").annotate(first=Min("due_at")))
    now = timezone.now()
    found = []
    for row in rows:
        first = due.get(row.head_id)
        mine = row.filed_by_id == user.pk or (user.unit_id is not None and row.incident_unit_id == user.unit_id)
        found.append({"incident": row, "due": first, "late": bool(first and first <= now), "mine": mine})
    return found


@login_required
@require_http_methods(["GET", "POST"])
def incident_new(request: HttpRequest) -> HttpResponse:
    """接报登记: one page without JavaScript; ``?plan=`` chooses the plan, ``?same=`` the other case of one event."""
    if not may_open(request.user, Page.CASE_FILE):
        raise Forbidden(_("您的角色不登记接报；请联系值班员。"))
    version = _version(request)
    same = _same(request)
    unit = None if _of_an_office(request.user) else request.user.unit  # type: ignore[union-attr]
    form = IntakeForm(posted(request), version=version, unit=unit, initial=_initial(same))
    if request.method == "POST" and form.is_valid():
        try:
            incident = _file(request, form, same)
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("已登记：%(number)s。时限已开始计时。") % {"number": incident.number})
            return redirect("incident", incident.number)
    context = {"form": form, "version": version, "plans": Plan.objects.all(), "same": same, "unit": unit}
    return render(request, "incidents/new.html", context, status=400 if form.is_bound else 200)


def _file(request: HttpRequest, form: IntakeForm, same: Incident | None) -> Incident:
    key = form.cleaned_data["idempotency_key"]
    incident = incident_file(user=request.user, intake=form.intake(), key=key)
    if same is not None and same.drill == incident.drill and not incident.links.filter(pk=same.pk).exists():
        incident_link(incident_id=incident.pk, version=None, user=request.user, other_number=same.number)
    return incident


def _version(request: HttpRequest) -> PlanVersion:
    code = request.POST.get("plan") or request.GET.get("plan") or ""
    rows = PlanVersion.objects.select_related("plan").filter(in_force=True)
    wanted = rows.filter(plan__code=code).first() if code else None
    if wanted is None and code:
        raise BadInput(_("没有这个预案。"), fields={"plan": [_("没有这个预案。")]})
    return wanted or _own_version(request.user, list(rows))


def _own_version(user: Any, versions: list[PlanVersion]) -> PlanVersion:
    """Return the plan the user serves, else the first."""
    return next((row for row in versions if may(user, row, Act.OFFICE)), versions[0])


def _of_an_office(user: Any) -> bool:
    versions = PlanVersion.objects.select_related("plan").filter(in_force=True)
    return any(may(user, row, Act.OFFICE) for row in versions)


def _same(request: HttpRequest) -> Incident | None:
    number = request.POST.get("same") or request.GET.get("same") or ""
    if not number:
        return None
    try:
        return incident_for(request.user, number)
    except NotVisible:
        return None


def _initial(same: Incident | None) -> dict[str, Any]:
    """Now for the times; the facts of the other case of one event where there is one."""
    now = timezone.localtime().replace(second=0, microsecond=0)
    values: dict[str, Any] = {"received_at": now, "known_at": now, "channel": "phone"}
    if same is None:
        return values
    names = ("title", "description", "location", "caller_name", "caller_number", "source", "impact_scope",
             "measures_taken", "occurred_at", "occurred_approximate", "known_at", "received_at", "channel",
             "incident_unit_text", "reporting_unit_text", "drill")  # fmt: skip
    values |= {name: getattr(same, name) for name in names}
    for name in ("incident_unit", "reporting_unit", "township"):
        unit = getattr(same, name)
        values[name] = unit.code if unit else ""
    return values
