"""Revising a plan: the list of versions, a draft, editing it, comparing it, putting it in force; reviews."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from directory import forms_revisions as forms
from directory.choices import Act, RevisionStage
from directory.models import PlanVersion
from directory.rules import actor_for, may
from directory.selectors import plan_revisions as reading
from directory.selectors.plan_compare import compare
from directory.selectors.plan_reviews import review_clocks, reviews_of
from directory.selectors.plan_sections import section_top, sections_of
from directory.selectors.plans import plan_in_force, plan_reading
from directory.services import plan_reviews, plan_revisions
from directory.services.plan_checks import revision_faults
from directory.services.plan_edits import name_of, plan_row_add, plan_row_edit, plan_row_remove, section_named
from yangcheng_ec.access import page_required
from yangcheng_ec.errors import BadInput, NotVisible, WrongState
from yangcheng_ec.forms import errors_into_form
from yangcheng_ec.permissions import Page

__all__ = [
    "plan_review",
    "revision",
    "revision_act",
    "revision_add",
    "revision_compare",
    "revision_edit",
    "revision_remove",
    "revisions",
]

readers = page_required(Page.RESPONSES)


@require_http_methods(["GET", "POST"])
@readers
def revisions(request: HttpRequest, code: str) -> HttpResponse:
    """List the versions of a plan; the office starts a revision here."""
    version = plan_in_force(code)
    form = forms.RevisionStartForm(request.POST or None, initial={"title": version.title})
    if request.method == "POST" and form.is_valid():
        try:
            draft = plan_revisions.plan_revision_start(version_id=version.pk, user=request.user, **form.cleaned_data)
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("草案已建立，内容与现行版本相同，请修改。"))
            return redirect("plan-revision", code=code, pk=draft.pk)
    return _list_page(request, version, form=form)


def _list_page(
    request: HttpRequest, version: PlanVersion, *, form: Any = None, review_form: Any = None
) -> HttpResponse:
    versions = reading.versions_of(version.plan)
    bad = bool((form and form.errors) or (review_form and review_form.errors))
    context = {
        "version": version,
        "versions": versions,
        "open": next((row for row in versions if row.stage not in ("", RevisionStage.DISCARDED)), None),
        "form": form or forms.RevisionStartForm(initial={"title": version.title}),
        "review_form": review_form or forms.ReviewForm(),
        "clocks": review_clocks([version]),
        "reviews": reviews_of(version),
        "may_revise": may(request.user, version, Act.REVISE_PLAN),
    }
    return render(request, "plans/revisions/list.html", context, status=400 if bad else 200)


@require_POST
@readers
def plan_review(request: HttpRequest, code: str) -> HttpResponse:
    """Record a review of the version in force."""
    form = forms.ReviewForm(request.POST)
    if form.is_valid():
        try:
            plan_reviews.plan_review_record(code=code, entry=form.entry(), user=request.user)
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("已记载，下一次到期日随之顺延。"))
            return redirect("plan-revisions", code=code)
    return _list_page(request, plan_in_force(code), review_form=form)


@require_GET
@readers
def revision(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Show one revision with what this person may do."""
    return _revision_page(request, reading.revision_get(code, pk))


def _revision_page(request: HttpRequest, draft: PlanVersion, act: str = "", form: Any = None) -> HttpResponse:
    start = {"issued_on": plan_revisions.today(), "effective_on": plan_revisions.today()}
    context: dict[str, Any] = {
        "draft": draft,
        "sections": sections_of(plan_reading(draft)),
        "faults": revision_faults(draft) if draft.stage == RevisionStage.DRAFT else [],
        "acts": reading.revision_acts(request.user, draft),
        "history": reading.history_of(draft),
        "submit_form": form if act == "submit" else forms.RevisionSubmitForm(initial=start),
        "reason_form": form if act in ("return", "discard") else forms.RevisionReasonForm(),
    }
    return render(request, "plans/revisions/draft.html", context, status=400 if form else 200)


@require_GET
@readers
def revision_compare(request: HttpRequest, code: str, pk: int) -> HttpResponse:
    """Show a revision beside the version it revises."""
    draft = reading.revision_get(code, pk)
    base = draft.based_on
    if base is None:
        raise NotVisible()
    return render(
        request, "plans/revisions/compare.html", {"draft": draft, "base": base, "sections": compare(base, draft)}
    )


ACTS: dict[str, tuple[Callable[..., PlanVersion], type[django_forms.Form] | None]] = {
    "submit": (plan_revisions.plan_revision_submit, forms.RevisionSubmitForm),
    "confirm": (plan_revisions.plan_revision_confirm, None),
    "return": (plan_revisions.plan_revision_return, forms.RevisionReasonForm),
    "discard": (plan_revisions.plan_revision_discard, forms.RevisionReasonForm),
}


@require_POST
@readers
def revision_act(request: HttpRequest, code: str, pk: int, act: str) -> HttpResponse:
    """Submit, confirm, return or discard a revision."""
    draft = reading.revision_get(code, pk)
    service, form_class = ACTS[act]
    form = form_class(request.POST) if form_class else None
    if form is not None and not form.is_valid():
        return _revision_page(request, draft, act, form)
    try:
        done = service(
            version_id=pk, revision=_revision(request), user=request.user, **(form.cleaned_data if form else {})
        )
    except BadInput as error:
        form = form or forms.RevisionReasonForm(request.POST)
        errors_into_form(form, error)
        return _revision_page(request, draft, act, form)
    messages.success(request, _("已办理：%(number)s 现在是「%(state)s」。") % {
        "number": done.number, "state": done.state_words
    })  # fmt: skip
    return redirect("plan-revision", code=code, pk=pk)


@require_http_methods(["GET", "POST"])
@readers
def revision_edit(request: HttpRequest, code: str, pk: int, section: str, row_id: int) -> HttpResponse:
    """Edit one row of a draft."""
    draft, table = _editable(request, code, pk), section_named(section)
    row = table.rows(draft).filter(pk=row_id).first()
    if row is None:
        raise NotVisible()
    form = forms.SectionForm(request.POST or None, section=table, draft=draft, row=row)
    return _row_page(request, draft, form, plan_row_edit, row_id=row_id)


@require_http_methods(["GET", "POST"])
@readers
def revision_add(request: HttpRequest, code: str, pk: int, section: str) -> HttpResponse:
    """Add a row to a draft; ``parent`` is the row it will belong to."""
    draft, table = _editable(request, code, pk), section_named(section)
    parent = number_of(request.GET.get("parent"))
    row = table.new(draft, table.parent_row(draft, parent))
    form = forms.SectionForm(request.POST or None, section=table, draft=draft, row=row)
    return _row_page(request, draft, form, plan_row_add, parent_id=parent)


def _row_page(
    request: HttpRequest, draft: PlanVersion, form: forms.SectionForm, save: Callable[..., PlanVersion], **which: Any
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        values = {"section": form.section.key, "values": form.values(), "user": request.user, **which}
        try:
            save(version_id=draft.pk, revision=_revision(request), **values)
        except BadInput as error:
            errors_into_form(form, error)
        else:
            return _saved(request, draft, form.section.key)
    return _edit_page(request, draft, form)


@require_POST
@readers
def revision_remove(request: HttpRequest, code: str, pk: int, section: str, row_id: int) -> HttpResponse:
    """Take a row out of a draft."""
    draft = reading.revision_get(code, pk)
    plan_row_remove(
        version_id=pk, revision=_revision(request), section=section, row_id=row_id, user=request.user
    )  # fmt: skip
    return _saved(request, draft, section)


def _editable(request: HttpRequest, code: str, pk: int) -> PlanVersion:
    """Return a draft this person may edit. Raises Forbidden, and WrongState for what is no draft."""
    draft = reading.revision_get(code, pk)
    actor_for(request.user, plan_in_force(code), Act.REVISE_PLAN)
    if draft.stage != RevisionStage.DRAFT:
        raise WrongState(f"{draft.number}现在是「{draft.state_words}」，不能修改；要改请另起一份修订。")
    return draft


def _revision(request: HttpRequest) -> int:
    return number_of(request.POST.get("revision"), missing=-1)


def number_of(text: str | None, missing: int = 0) -> int:
    """Return a number that came with the address or the form."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else missing


def _saved(request: HttpRequest, draft: PlanVersion, section: str) -> HttpResponse:
    messages.success(request, _("已保存。"))
    response = redirect("plan-revision", code=draft.plan.code, pk=draft.pk)
    response["Location"] += f"#edit-{section_top(section)}"
    return response


def _edit_page(request: HttpRequest, draft: PlanVersion, form: forms.SectionForm) -> HttpResponse:
    section = form.section
    above = getattr(form.row, section.link) if section.parent else None
    name = _("增加%(what)s") % {"what": section.one} if form.new else f"{section.one}：{name_of(form.row)}"
    context = {
        "draft": draft,
        "form": form,
        "title": name,
        "above": name_of(above) if above else "",
        "section": section,
        "top": section_top(section.key),
        "revision": request.POST.get("revision", draft.revision),
    }
    return render(request, "plans/revisions/edit.html", context, status=400 if form.errors else 200)
