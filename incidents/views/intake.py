"""接报登记: the page filled in during the call, its drafts, and the cases that may be the same event."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid4, uuid5

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from directory.choices import Act
from directory.models import PlanVersion
from directory.rules import may
from incidents.choices import DraftState, IncidentState
from incidents.forms import IntakeForm, UpdateForm
from incidents.models import Incident, IntakeDraft
from incidents.selectors import incident_for
from incidents.selectors.alike import Alike, Probe, alike_hours, incidents_like
from incidents.selectors.drafts import draft_for, drafts_open
from incidents.services import BOTH_PLANS, drafts as services
from incidents.views.common import posted
from incidents.views.typed import appended, typed_lines
from yangcheng_ec.access import require_page
from yangcheng_ec.clock import SHANGHAI
from yangcheng_ec.errors import BadInput, DomainError, Forbidden, NotVisible, WrongState
from yangcheng_ec.forms import errors_into_form
from yangcheng_ec.permissions import Page, may_open

__all__ = ["draft_drop", "draft_save", "draft_take", "incident_new", "intake_alike", "intake_into"]

# What the page sends beside the fields of the event.
CONTROLS = ("csrfmiddlewaretoken", "idempotency_key", "page", "version", "separate", "same_as", "save")


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def incident_new(request: HttpRequest, uuid: UUID | None = None) -> HttpResponse:
    """接报登记: one page without JavaScript; ``?plan=`` chooses the plan, ``?same=`` the other case of one event."""
    _allowed(request)
    if request.method == "POST":
        return _sent(request)
    draft = draft_for(request.user, uuid) if uuid else None
    if draft is not None and draft.state == DraftState.FILED and draft.incident is not None:
        return redirect("incident", draft.incident.number)
    if draft is not None and (draft.state != DraftState.OPEN or draft.user_id != request.user.pk):
        return _other_draft(request, draft)
    same = _same(request, draft)
    form = _form(request, initial=_initial(request, draft, same, uuid or uuid4()))
    return _page(request, form, draft=draft, same=same)


def _allowed(request: HttpRequest) -> None:
    if not may_open(request.user, Page.CASE_FILE):
        raise Forbidden(_("您的角色不登记接报；请联系值班员。"))


def _form(request: HttpRequest, **kwargs: Any) -> IntakeForm:
    versions = _versions()
    unit = None if any(may(request.user, row, Act.OFFICE) for row in versions) else request.user.unit  # type: ignore[union-attr]
    return IntakeForm(posted(request), versions=versions, unit=unit, **kwargs)


def _versions() -> list[PlanVersion]:
    """Return the plans in force, the one with grades first."""
    rows = PlanVersion.objects.select_related("plan").filter(in_force=True)
    return sorted(rows, key=lambda row: (not row.plan.uses_grades, row.plan.code))


def _sent(request: HttpRequest) -> HttpResponse:
    """File what was typed, keep it as a draft, or lead to the case it belongs to."""
    _plan(request.POST.get("plan") or "")
    same = _same(request, None)
    if "save" in request.POST or request.POST.get("same_as"):
        return _kept(request)
    form = _form(request)
    if form.is_valid():
        try:
            alike = _alike_unanswered(request, form, same)
            return _alike_page(request, form, alike) if alike else _filed(request, _file(request, form, same))
        except BadInput as error:
            errors_into_form(form, error)
    return _page(request, form, same=same, status=400)


def _file(request: HttpRequest, form: IntakeForm, same: Incident | None) -> list[Incident]:
    number = same.number if same is not None and same.drill == form.cleaned_data["drill"] else ""
    return services.draft_file(
        user=request.user, uuid=_uuid_of(request), entry=_entry(request.POST), intake=form.intake(), same=number
    )


def _filed(request: HttpRequest, made: list[Incident]) -> HttpResponse:
    numbers = "、".join(row.number for row in made)
    words = _("已登记：%(number)s。时限已开始计时。")
    if len(made) > 1:
        words = _("已登记两起并互相关联：%(number)s。时限各自开始计时。")
    messages.success(request, words % {"number": numbers})
    return redirect("incident", made[0].number)


def _kept(request: HttpRequest) -> HttpResponse:
    """«存为草稿» without a script; or «是同一事件»: the draft is kept and taken to that case."""
    draft = services.draft_save(user=request.user, uuid=_uuid_of(request), entry=_entry(request.POST))
    if request.POST.get("same_as"):
        case = incident_for(request.user, request.POST["same_as"])
        return redirect("intake-into", uuid=draft.uuid, number=case.number)
    messages.success(request, _("草稿已保存。"))
    return redirect("intake-draft", uuid=draft.uuid)


def _alike_unanswered(request: HttpRequest, form: IntakeForm, same: Incident | None) -> list[Alike]:
    """Return the cases that may be the same event, unless that was answered or this very call is filed already."""
    if request.POST.get("separate"):
        return []
    leave_out = [same.number] if same else []
    alike = incidents_like(request.user, _probe(form.cleaned_data), leave_out=leave_out)
    # Asked after the cases were read: what a click before this one filed is then seen as filed, not as alike.
    draft = draft_for(request.user, _uuid_of(request)) if alike else None
    return [] if draft is not None and draft.state != DraftState.OPEN else alike


def _alike_page(request: HttpRequest, form: IntakeForm, alike: list[Alike]) -> HttpResponse:
    """«可能重复»: what was typed is kept as a draft and goes along with either answer."""
    draft = None
    with suppress(DomainError):  # the answer carries everything itself; the draft is only the second copy
        draft = services.draft_save(user=request.user, uuid=_uuid_of(request), entry=_entry(request.POST))
    left_out = ("csrfmiddlewaretoken", "separate")
    typed = [(name, value) for name, values in request.POST.lists() for value in values if name not in left_out]
    context = {"alike": alike, "hours": alike_hours(), "typed": typed, "data": form.cleaned_data, "draft": draft}
    return render(request, "incidents/alike.html", context)


def _page(
    request: HttpRequest, form: IntakeForm, *, draft: IntakeDraft | None = None, same: Incident | None = None,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    uuid = _uuid_of(request) if form.is_bound else form.initial["uuid"]
    draft = draft or draft_for(request.user, uuid)
    mine = drafts_open(request.user)
    context = {
        "form": form,
        "draft": draft,
        "uuid": uuid,
        "drafts": [row for row in mine if row.uuid != uuid],
        "versions": form.versions,
        "plan": form["plan"].value(),
        "same": same,
        "separate": request.POST.get("separate"),
        "unit": form.unit,
        "graded": next((row for row in form.versions if row.plan.uses_grades), None),
        "ungraded": next((row for row in form.versions if not row.plan.uses_grades), None),
    }
    return render(request, "incidents/new.html", context, status=status)


def _other_draft(request: HttpRequest, draft: IntakeDraft) -> HttpResponse:
    """A colleague's draft, or one given up: what stands in it, and the button that takes it over."""
    form = IntakeForm(versions=_versions())
    handovers = draft.handovers.select_related("to_user")
    context = {"draft": draft, "lines": typed_lines(form, draft.data), "handovers": handovers}
    return render(request, "incidents/draft.html", context)


@never_cache
@require_POST
def draft_save(request: HttpRequest, uuid: UUID) -> JsonResponse:
    """Save what was typed so far; called by the page itself from the first key on. Answers JSON, errors too."""
    if not request.user.is_authenticated:
        return JsonResponse({"code": "not_authenticated", "message": _("登录已失效")}, status=401)
    try:
        draft = services.draft_save(user=request.user, uuid=uuid, entry=_entry(request.POST))
    except DomainError as error:
        return JsonResponse(error.as_dict(), status=error.status)
    answer = {
        "version": draft.version,
        "saved_at": draft.saved_at.astimezone(SHANGHAI).strftime("%H:%M:%S"),
        "name": str(draft),
        "colour": draft.colour,
        "band": str(draft.band.label),
        "url": reverse("intake-draft", args=[draft.uuid]),
    }
    return JsonResponse(answer)


@login_required
@require_POST
def draft_take(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Take a colleague's draft over."""
    draft = services.draft_take(user=request.user, uuid=uuid)
    messages.success(request, _("已接过来，可以继续填写。"))
    return redirect("intake-draft", uuid=draft.uuid)


@login_required
@require_POST
def draft_drop(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Give a draft up."""
    services.draft_drop(user=request.user, uuid=uuid)
    messages.success(request, _("草稿已放弃。"))
    return redirect("incident-new")


@login_required
@require_safe
def intake_alike(request: HttpRequest) -> HttpResponse:
    """The cases that may be the same event, while the page is still being filled in; a fragment."""
    require_page(request.user, Page.CASE_FILE)
    form = IntakeForm(request.GET, versions=_versions())
    form.is_valid()
    alike = incidents_like(request.user, _probe(form.cleaned_data))
    return render(request, "incidents/_alike.html", {"alike": alike, "hours": alike_hours()})


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def intake_into(request: HttpRequest, uuid: UUID, number: str) -> HttpResponse:
    """«是同一事件»: what was typed is laid into that case's update; saved, the draft ends there."""
    _allowed(request)
    case, draft = incident_for(request.user, number), draft_for(request.user, uuid)
    if draft is None:
        raise NotVisible()
    if draft.state != DraftState.OPEN:
        raise WrongState(_("这份草稿已经了结。"))
    form = UpdateForm(posted(request), incident=case, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            _supplement(request, form, case, uuid)
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("已补充到 %(number)s。") % {"number": case.number})
            return redirect("incident", case.number)
    if not form.is_bound:
        form.initial.update(appended(case, draft, form.fields))
    lines = typed_lines(IntakeForm(versions=_versions()), draft.data)
    context = {"form": form, "incident": case, "draft": draft, "lines": lines}
    return render(request, "incidents/into.html", context, status=400 if form.is_bound else 200)


def _supplement(request: HttpRequest, form: UpdateForm, case: Incident, uuid: UUID) -> None:
    version = form.cleaned_data["version"] or case.version
    services.draft_supplement(
        user=request.user, uuid=uuid, incident_id=case.pk, version=version, changes=form.changes()
    )


def _probe(data: dict[str, Any]) -> Probe:
    networks = [item.strip() for item in str(data.get("networks") or "").replace("，", "、").split("、")]
    return Probe(
        units=tuple(filter(None, (data.get("incident_unit"), data.get("reporting_unit")))),
        unit_texts=tuple(filter(None, (data.get("incident_unit_text"), data.get("reporting_unit_text")))),
        township=data.get("township") or "",
        category=data.get("category") or "",
        networks=tuple(filter(None, networks)),
        received_at=data.get("received_at"),
        drill=bool(data.get("drill")),
    )


def _entry(sent: QueryDict) -> services.DraftEntry:
    """Return what was sent as a draft: every field of the event, lists as lists."""
    known = {*IntakeForm.base_fields, *IntakeForm.own_facts(), "same"} - set(CONTROLS)
    lists = ("symptoms",)
    data = {name: sent.getlist(name) if name in lists else sent[name] for name in sent if name in known}
    version = sent.get("version", "")
    return services.DraftEntry(
        data=data, page=sent.get("page", "")[:40], version=int(version) if version.isdecimal() else None
    )


def _uuid_of(request: HttpRequest) -> UUID:
    """Return the draft a form belongs to: its key; of a key that is no uuid one that is the same every time."""
    key = request.POST.get("idempotency_key", "")
    try:
        return UUID(key)
    except ValueError:
        return uuid5(NAMESPACE_OID, f"{request.user.pk}:{key}") if key else uuid4()


def _plan(code: str) -> str:
    """Return the code of a plan in force, or of both. Raises BadInput for another."""
    if code and code != BOTH_PLANS and not PlanVersion.objects.filter(plan__code=code, in_force=True).exists():
        raise BadInput(_("没有这个预案。"), fields={"plan": [_("没有这个预案。")]})
    return code


def _same(request: HttpRequest, draft: IntakeDraft | None) -> Incident | None:
    kept = str(draft.data.get("same", "")) if draft is not None else ""
    number = request.POST.get("same") or request.GET.get("same") or kept
    if not number:
        return None
    try:
        found = incident_for(request.user, number)
    except NotVisible:
        return None
    return found if found.state in IncidentState.values else None


def _initial(request: HttpRequest, draft: IntakeDraft | None, same: Incident | None, uuid: UUID) -> dict[str, Any]:
    """What the draft holds; else now for the times, and the facts of the other case of one event."""
    key = {"idempotency_key": uuid.hex, "uuid": uuid}
    if draft is not None:
        return draft.data | key
    now = timezone.localtime().replace(second=0, microsecond=0)
    values: dict[str, Any] = {"received_at": now, "known_at": now, "channel": "phone", **key}
    values["plan"] = _plan(request.GET.get("plan", "")) or _own_plan(request.user)
    if same is None:
        return values
    names = ("title", "description", "location", "caller_name", "caller_number", "source", "impact_scope",
             "measures_taken", "occurred_at", "occurred_approximate", "known_at", "received_at", "channel",
             "incident_unit_text", "reporting_unit_text", "drill", "secret", "secret_channel",
             "secret_sent_at")  # fmt: skip
    values |= {name: getattr(same, name) for name in names}
    for name in ("incident_unit", "reporting_unit", "township"):
        unit = getattr(same, name)
        values[name] = unit.code if unit else ""
    return values


def _own_plan(user: Any) -> str:
    """Return the plan the user serves, else the first."""
    rows = _versions()
    code: str = next((row for row in rows if may(user, row, Act.OFFICE)), rows[0]).plan.code
    return code
