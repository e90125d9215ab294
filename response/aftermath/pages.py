"""What the page of an aftermath shows, and the acts its forms send: for each its form, service and button."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from directory.choices import Act
from incidents.models import Incident
from response.aftermath import services
from response.aftermath.choices import CARE_OPEN, CareState, LessonState, MeritState, RebuildState, StandDownState
from response.aftermath.forms import (
    AgreeForm,
    CareForm,
    CloseLessonForm,
    DraftForm,
    FinishForm,
    LessonForm,
    MeritForm,
    ProposalForm,
    ReasonForm,
    RebuildAskForm,
    RebuildForm,
    SettleForm,
    StandDownForm,
    StepForm,
)
from response.aftermath.models import AftercareItem, Lesson, MeritNote, RebuildPlan, RebuildStep, StandDown
from response.aftermath.rules import (
    BEGINS,
    GOES_ON,
    LOOKS_BACK,
    cited,
    rebuild_duty,
    report_addressees,
    report_duty,
    review_route,
)
from response.aftermath.selectors import aftermath_of, sees_whole, unsettled
from response.selectors.posts import Authority, authority_of

__all__ = ["ACTS", "AftermathAct", "Button", "Failed", "page_context", "row_of"]


@dataclass(frozen=True)
class AftermathAct:
    """One act of the page. ``model`` None: it makes something for the case; else it goes on with one of its rows."""

    label: Any
    form: Callable[..., forms.Form]
    run: Callable[[Any, Incident, Any, Any], Any]
    model: type[models.Model] | None = None
    way: str = "incident"
    anchor: str = ""


def _v(form: Any) -> int:
    return form.cleaned_data.get("version") or 0


def _draft(user: Any, incident: Incident, row: Any, form: Any) -> Any:
    return services.review_draft(incident_id=incident.pk, user=user)


def _care_add(user: Any, incident: Incident, row: Any, form: Any) -> Any:
    key = form.cleaned_data["idempotency_key"]
    return services.care_add(incident_id=incident.pk, user=user, care=form.care(), key=key)


def _care_agree(user: Any, incident: Incident, row: Any, form: Any) -> Any:
    amount = form.cleaned_data["agreed"]
    return services.care_agree(item_id=row.pk, version=_v(form), user=user, amount=amount, payer=form.paid_by())


def _care_settle(user: Any, incident: Incident, row: Any, form: Any) -> Any:
    names = ("proof", "settled_at")
    return services.care_settle(item_id=row.pk, version=_v(form), user=user, **_named(form, names))


def _care_drop(user: Any, incident: Incident, row: Any, form: Any) -> Any:
    return services.care_drop(item_id=row.pk, version=_v(form), user=user, reason=form.cleaned_data["reason"])


def _rebuild_ask(user: Any, incident: Incident, row: Any, form: Any) -> Any:
    data = form.cleaned_data
    return services.rebuild_ask(incident_id=incident.pk, user=user, unit=data.get("unit"), due_on=data["due_on"])


def _rebuild_submit(user: Any, incident: Incident, row: Any, form: Any) -> Any:
    return services.rebuild_submit(plan_id=row.pk, version=_v(form), user=user, words=form.words())


def _rebuild_return(user: Any, incident: Incident, row: Any, form: Any) -> Any:
    return services.rebuild_return(plan_id=row.pk, version=_v(form), user=user, reason=form.cleaned_data["reason"])


def _rebuild_finish(user: Any, incident: Incident, row: Any, form: Any) -> Any:
    return services.rebuild_finish(plan_id=row.pk, version=_v(form), user=user, finding=form.cleaned_data["finding"])


def _rebuild_step(user: Any, incident: Incident, row: Any, form: Any) -> Any:
    data = form.cleaned_data
    return services.rebuild_step_done(
        plan_id=row.plan_id, version=_v(form), user=user, step_id=row.pk, done_on=data["done_on"], note=data["note"],
        said_by=data.get("said_by", ""),
    )  # fmt: skip


def _lesson_add(user: Any, incident: Incident, row: Any, form: Any) -> Any:
    key = form.cleaned_data["idempotency_key"]
    return services.lesson_add(incident_id=incident.pk, user=user, learnt=form.learnt(), key=key)


def _lesson_close(user: Any, incident: Incident, row: Any, form: Any) -> Any:
    return services.lesson_close(lesson_id=row.pk, version=_v(form), user=user, **_named(form, ("answer", "declined")))


def _proposal(user: Any, incident: Incident, row: Any, form: Any) -> Any:
    return services.proposal_decide(
        lesson_id=row.pk, version=_v(form), user=user, answer=form.cleaned_data["answer"],
        revision=form.revision_chosen(),
    )  # fmt: skip


def _merit_add(user: Any, incident: Incident, row: Any, form: Any) -> Any:
    names = ("kind", "whom", "facts", "suggestion")
    key = form.cleaned_data["idempotency_key"]
    return services.merit_add(incident_id=incident.pk, user=user, key=key, **_named(form, names))


def _merit_back(user: Any, incident: Incident, row: Any, form: Any) -> Any:
    return services.merit_take_back(note_id=row.pk, version=_v(form), user=user, reason=form.cleaned_data["reason"])


def _stand_down(user: Any, incident: Incident, row: Any, form: Any) -> Any:
    data = form.cleaned_data
    return services.stand_down_report(
        row_id=row.pk, version=_v(form), user=user, said_by=data.get("said_by", ""),
        **_named(form, ("left_at", "people", "note")),
    )  # fmt: skip


def _named(form: Any, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in names}


def _plain(kind: type[forms.Form]) -> Callable[..., forms.Form]:
    return lambda user, incident, row, *args, **kwargs: kind(*args, **kwargs)


def _own(user: Any, unit_id: int | None) -> bool:
    return unit_id is not None and unit_id == user.unit_id


def _care_form(user: Any, incident: Incident, row: Any, *args: Any, **kwargs: Any) -> forms.Form:
    return CareForm(*args, version=incident.plan_version, **kwargs)


def _agree_form(user: Any, incident: Incident, row: Any, *args: Any, **kwargs: Any) -> forms.Form:
    return AgreeForm(*args, version=incident.plan_version, item=row, **kwargs)


def _ask_form(user: Any, incident: Incident, row: Any, *args: Any, **kwargs: Any) -> forms.Form:
    known = incident.incident_unit_id is not None or bool(incident.incident_unit_text)
    return RebuildAskForm(*args, known=known, **kwargs)


def _rebuild_form(user: Any, incident: Incident, row: Any, *args: Any, **kwargs: Any) -> forms.Form:
    return RebuildForm(*args, plan=row, own=not sees_whole(user), **kwargs)


def _step_form(user: Any, incident: Incident, row: Any, *args: Any, **kwargs: Any) -> forms.Form:
    return StepForm(*args, own=not sees_whole(user), **kwargs)


def _proposal_form(user: Any, incident: Incident, row: Any, *args: Any, **kwargs: Any) -> forms.Form:
    return ProposalForm(*args, version=incident.plan_version, **kwargs)


def _stand_down_form(user: Any, incident: Incident, row: Any, *args: Any, **kwargs: Any) -> forms.Form:
    return StandDownForm(*args, own=not sees_whole(user), **kwargs)


ACTS: dict[str, AftermathAct] = {
    "review-draft": AftermathAct(_("起草报告"), _plain(DraftForm), _draft, anchor="reviews"),
    "care-add": AftermathAct(_("登记善后事项"), _care_form, _care_add, anchor="care"),
    "care-agree": AftermathAct(_("核定"), _agree_form, _care_agree, AftercareItem, anchor="care"),
    "care-settle": AftermathAct(_("办结"), _plain(SettleForm), _care_settle, AftercareItem, anchor="care"),
    "care-drop": AftermathAct(_("不再办理"), _plain(ReasonForm), _care_drop, AftercareItem, anchor="care"),
    "rebuild-ask": AftermathAct(_("布置恢复计划"), _ask_form, _rebuild_ask, anchor="rebuild"),
    "rebuild-submit": AftermathAct(_("报送恢复计划"), _rebuild_form, _rebuild_submit, RebuildPlan, anchor="rebuild"),
    "rebuild-return": AftermathAct(_("退回"), _plain(ReasonForm), _rebuild_return, RebuildPlan, anchor="rebuild"),
    "rebuild-finish": AftermathAct(_("认定已恢复"), _plain(FinishForm), _rebuild_finish, RebuildPlan, anchor="rebuild"),
    "rebuild-step": AftermathAct(
        _("登记完成"), _step_form, _rebuild_step, RebuildStep, "plan__incident", anchor="rebuild"
    ),
    "lesson-add": AftermathAct(_("记录教训或修订建议"), _plain(LessonForm), _lesson_add, anchor="lessons"),
    "lesson-close": AftermathAct(_("登记落实"), _plain(CloseLessonForm), _lesson_close, Lesson, anchor="lessons"),
    "lesson-decide": AftermathAct(_("办理修订建议"), _proposal_form, _proposal, Lesson, anchor="lessons"),
    "merit-add": AftermathAct(_("记录表彰或责任"), _plain(MeritForm), _merit_add, anchor="merits"),
    "merit-back": AftermathAct(_("撤销"), _plain(ReasonForm), _merit_back, MeritNote, anchor="merits"),
    "stand-down": AftermathAct(
        _("登记撤离"), _stand_down_form, _stand_down, StandDown, "response__incident", anchor="stand-downs"
    ),
}


@dataclass(frozen=True)
class Failed:
    """The form that came back with errors."""

    act: str
    pk: int
    form: forms.Form


@dataclass(frozen=True)
class Button:
    """A form behind a button; open where it came back with errors."""

    act: str
    label: Any
    url: str
    form: forms.Form
    open: bool
    anchor: str


class Page:
    """Makes the buttons of one page for one reader."""

    def __init__(self, user: Any, incident: Incident, authority: Authority, failed: Failed | None) -> None:
        self.user, self.incident, self.failed = user, incident, failed
        self.office = authority.may(incident.plan_version_id, Act.OFFICE)
        self.revises = authority.may(incident.plan_version_id, Act.REVISE_PLAN)

    def button(self, code: str, row: Any = None, *, version: int = 0) -> Button:
        """Return one button."""
        act, pk = ACTS[code], row.pk if row is not None else 0
        failed = self.failed if self.failed and (self.failed.act, self.failed.pk) == (code, pk) else None
        start = {"version": version or getattr(row, "version", 0)}
        kwargs: dict[str, Any] = {"auto_id": f"{code}-{pk}_%s", "initial": start}
        form = failed.form if failed else act.form(self.user, self.incident, row, **kwargs)
        args = [self.incident.number, code, *([pk] if pk else [])]
        url = reverse("aftermath-row-act" if pk else "aftermath-act", args=args)
        return Button(code, act.label, url, form, failed is not None, act.anchor)

    def buttons(self, row: Any, *codes: str, version: int = 0) -> list[Button]:
        """Return the buttons of a row."""
        return [self.button(code, row, version=version) for code in codes]

    def begins(self, *, looks_back: bool = False) -> bool:
        """Return whether something new may be begun by this reader."""
        return self.office and self.incident.state in (LOOKS_BACK if looks_back else BEGINS)

    def goes_on(self, unit_id: int | None = None) -> bool:
        """Return whether this reader may go on with what was begun: the office, or the unit itself."""
        return (self.office or _own(self.user, unit_id)) and self.incident.state in GOES_ON


def page_context(user: Any, incident: Incident, failed: Failed | None = None) -> dict[str, Any]:
    """Return everything the page of a case's aftermath shows to this reader."""
    page = Page(user, incident, authority_of(user), failed)
    found = aftermath_of(user, incident)
    secret = incident.secret or incident.secret_with_id is not None
    context: dict[str, Any] = {
        "incident": incident, "aftermath": found, "secret": secret, "duties": _duties(incident), "failed": failed,
        "stand_downs": [(row, _of_stand_down(page, row)) for row in found.stand_downs],
        "rebuild_buttons": _of_rebuild(page, found.rebuild),
        "steps": [(row, _of_step(page, row, found.rebuild)) for row in found.steps],
    }  # fmt: skip
    return context if not found.whole or secret else {**context, **_whole(page, found, incident)}


def _whole(page: Page, found: Any, incident: Incident) -> dict[str, Any]:
    """Return what only who sees whole cases sees."""
    busy = any(row.state != "sent" for row in found.reviews)
    draft = page.begins(looks_back=True) and not busy
    return {
        "route": review_route(incident.plan_version, incident.grade),
        "addressees": report_addressees(incident.plan_version),
        "unsettled": unsettled(incident),
        "care": [(row, _of_care(page, row)) for row in found.care],
        "lessons": [(row, _of_lesson(page, row)) for row in found.lessons],
        "merits": [(row, _of_merit(page, row)) for row in found.merits],
        "draft_button": page.button("review-draft") if draft else None,
        "care_button": page.button("care-add") if page.begins() else None,
        "ask_button": page.button("rebuild-ask") if page.begins() and found.rebuild is None else None,
        "lesson_button": page.button("lesson-add") if page.begins(looks_back=True) else None,
        "merit_button": page.button("merit-add") if page.begins(looks_back=True) else None,
    }


def _duties(incident: Incident) -> dict[str, Any]:
    """Return the clauses the cards cite."""
    version = incident.plan_version
    title, report, asked = report_duty(version)
    names = ("stand_down", "lessons", "revision", "praise", "blame")
    named = {name: cited(version, name) for name in names}
    return {**named, "report_title": title, "report": report, "asked": asked, "rebuild": rebuild_duty(version)}


def _of_stand_down(page: Page, row: StandDown) -> list[Button]:
    told = row.state == StandDownState.TOLD and page.goes_on(row.unit_id)
    return page.buttons(row, "stand-down") if told else []


def _of_care(page: Page, row: AftercareItem) -> list[Button]:
    if row.state not in CARE_OPEN or not page.goes_on():
        return []
    codes = ["care-settle", "care-agree"] if row.state == CareState.AGREED else ["care-agree"]
    return page.buttons(row, *codes, "care-drop")


def _of_rebuild(page: Page, row: RebuildPlan | None) -> list[Button]:
    if row is None or row.state == RebuildState.FINISHED or not page.goes_on(row.unit_id):
        return []
    office = page.office and row.state == RebuildState.SUBMITTED
    return page.buttons(row, "rebuild-submit", *(["rebuild-return", "rebuild-finish"] if office else []))


def _of_step(page: Page, row: RebuildStep, plan: RebuildPlan | None) -> list[Button]:
    if plan is None or plan.state != RebuildState.SUBMITTED or row.done_on or not page.goes_on(plan.unit_id):
        return []
    row.plan = plan
    return page.buttons(row, "rebuild-step", version=plan.version)


def _of_lesson(page: Page, row: Lesson) -> list[Button]:
    if row.state != LessonState.OPEN:
        return []
    if row.revises_plan:
        return page.buttons(row, "lesson-decide") if page.revises else []
    return page.buttons(row, "lesson-close") if page.goes_on() else []


def _of_merit(page: Page, row: MeritNote) -> list[Button]:
    return page.buttons(row, "merit-back") if row.state == MeritState.NOTED and page.goes_on() else []


def row_of(incident: Incident, act: AftermathAct, pk: int) -> Any:
    """Return the row an act goes on with, of this very case; None where there is none."""
    if act.model is None:
        return None
    return act.model._default_manager.filter(pk=pk, **{act.way: incident}).first()
