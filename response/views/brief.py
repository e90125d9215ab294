"""What the page of a response shows, and the acts its forms send."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from directory.choices import Act
from directory.rules import approver_kinds, clause_label
from directory.services.signatures import signature_denied
from response import services
from response.choices import RUNNING, TASK_OPEN, UNDECIDED, ResponseState, TaskState
from response.forms import ConfirmForm, EndForm, HandoverForm, PhoneForm, ReinforceForm, TaskAddForm
from response.models import OrderReceipt, Response, Task
from response.rules import starter_ends
from response.running.choices import OnSiteState, OrderState, ReceiptState
from response.running.sections import room_links
from response.running.selectors import handed_over
from response.selectors import (
    activation_preview,
    alternatives_of,
    holders_of_act,
    liaisons_of,
    phone_choices,
    response_entries,
    signatures_of,
    task_counts,
)
from response.selectors.left import left_open, left_words
from response.selectors.posts import Authority, authority_of
from response.services.common import ACTIVATED, ASKED
from yangcheng_ec.callout.selectors import progress_of
from yangcheng_ec.forms import CleanCharField

__all__ = ["ACTS", "BriefAct", "brief_context", "callout_context", "callout_kinds", "short_context"]

ENTRIES_SHOWN = 20


class ReasonForm(forms.Form):
    """A reason, for what is returned or withdrawn."""

    reason = CleanCharField(label=_("理由"), max_length=500)


class ReturnForm(ReasonForm):
    """A reason, and the level that should be proposed instead."""

    instead = CleanCharField(label=_("建议改提"), max_length=4, required=False)


class PlainForm(forms.Form):
    """Nothing to fill in; ``public`` for the announcement, ``note`` where the superior must be mentioned (S5)."""

    public = forms.BooleanField(label=_("向社会公布"), required=False)
    note = CleanCharField(label=_("批准意见"), max_length=300, required=False)


@dataclass(frozen=True)
class BriefAct:
    """One act of the page: its form, and the service it calls."""

    form: Callable[[HttpRequest, Response], forms.Form]
    run: Callable[[HttpRequest, Response, Any, int], Any]


def _plain(kind: type[forms.Form]) -> Callable[[HttpRequest, Response], forms.Form]:
    return lambda request, response: kind(request.POST)


def _phone(act: str) -> Callable[[HttpRequest, Response], forms.Form]:
    return lambda request, response: PhoneForm(request.POST, choices=_signers(response, act))


def _end_form(request: HttpRequest, response: Response) -> forms.Form:
    return EndForm(request.POST, version=response.plan_version, left=left_words(*left_open(response)))


def _signers(response: Response, act: str) -> list[tuple[str, str]]:
    """Who may be called back for an act: its holders but for whoever proposed."""
    level = response.level if act != Act.APPROVE_END or starter_ends(response.plan_version) else None
    kinds = approver_kinds(response.plan_version, act, level)[0]
    own = response.end_proposed_by_id if act == Act.APPROVE_END else response.proposed_by_id
    return phone_choices(response.plan_version, kinds, without=[own])


def _common(request: HttpRequest, response: Response, version: int) -> dict[str, Any]:
    return {"response_id": response.pk, "version": version, "user": request.user}


def _with(service: Callable[..., Any], *names: str) -> Callable[[HttpRequest, Response, Any, int], Any]:
    """Return an act that hands the named fields of its form to the service."""

    def run(request: HttpRequest, response: Response, form: Any, version: int) -> Any:
        given = {name: form.cleaned_data[name] for name in names}
        return service(**_common(request, response, version), **given)

    return run


def _by_phone(service: Callable[..., Any]) -> Callable[[HttpRequest, Response, Any, int], Any]:
    """Return an act that records an approval given by phone."""

    def run(request: HttpRequest, response: Response, form: Any, version: int) -> Any:
        note = form.cleaned_data["note"]
        return service(**_common(request, response, version), call=form.call(), note=note)

    return run


def _confirm_by_phone(request: HttpRequest, response: Response, form: Any, version: int) -> Any:
    minutes = form.cleaned_data["note"]
    return services.response_confirm(**_common(request, response, version), call=form.call(), minutes=minutes)


def _propose_end(request: HttpRequest, response: Response, form: Any, version: int) -> Any:
    return services.response_propose_end(
        **_common(request, response, version),
        findings=form.findings(),
        carry_over=form.cleaned_data.get("carry_over", ""),
    )


ACTS: dict[str, BriefAct] = {
    "confirm": BriefAct(_plain(ConfirmForm), _with(services.response_confirm, "minutes")),
    "confirm-phone": BriefAct(_phone(Act.CONFIRM_RESPONSE), _confirm_by_phone),
    "approve": BriefAct(_plain(PlainForm), _with(services.response_approve, "note")),
    "approve-phone": BriefAct(_phone(Act.APPROVE_RESPONSE), _by_phone(services.response_approve)),
    "return": BriefAct(_plain(ReturnForm), _with(services.response_return, "reason", "instead")),
    "withdraw": BriefAct(_plain(ReasonForm), _with(services.response_withdraw, "reason")),
    "handover": BriefAct(_plain(HandoverForm), _with(services.response_handover, "to", "note")),
    "reinforce": BriefAct(_plain(ReinforceForm), _with(services.response_reinforce, "to", "request")),
    "task-add": BriefAct(_plain(TaskAddForm), _with(services.task_add, "unit", "title", "text", "due_at")),
    "propose-end": BriefAct(_end_form, _propose_end),
    "end": BriefAct(_plain(PlainForm), _with(services.response_end_approve, "public", "note")),
    "end-phone": BriefAct(_phone(Act.APPROVE_END), _by_phone(services.response_end_approve)),
    "end-return": BriefAct(_plain(ReasonForm), _with(services.response_end_return, "reason")),
    "announce-end": BriefAct(_plain(PlainForm), _with(services.response_announce_end, "public")),
}


def brief_context(request: HttpRequest, response: Response, failed: str = "", form: Any = None) -> dict[str, Any]:
    """Return everything the page shows; ``failed`` is the act whose form came back with errors."""
    authority = authority_of(request.user)
    counts = task_counts(response)
    undecided = response.state in UNDECIDED
    context: dict[str, Any] = {
        "response": response,
        "incident": response.incident,
        "failed": failed,
        "failed_form": form,
        "counts": counts,
        "may": _may(request, response, authority),
        "signatures": signatures_of(response),
        "entries": response_entries(response)[:ENTRIES_SHOWN],
        "clauses": _clauses(response),
        "undecided": undecided,
        "running": response.state in RUNNING,
        "steps": _steps(response),
        "boards": _boards(response) if not undecided else [],
        "liaisons": liaisons_of(response) if response.state in RUNNING else [],
        **callout_context(response),
        **(_room(response) if not undecided else {"handover": handed_over(response.incident.head_id)}),
    }
    context["forms"] = _forms(response, failed, form)
    if response.state == ResponseState.END_APPROVED:
        context["denied_end"] = signature_denied(("response", response.pk), Act.APPROVE_END)
    if undecided:
        context |= {"preview": activation_preview(response), "alternatives": alternatives_of(response)}
        context["other_levels"] = response.plan_version.response_levels.exclude(pk=response.level_id)
        context["waiting"] = waiting_clock(response)
        context["confirmers"] = holders_of_act(response, Act.CONFIRM_RESPONSE) if _needs(response) else []
    return context


def _room(response: Response) -> dict[str, Any]:
    """What the page says of the room of a running response: its links, where command is, what waits."""
    waiting = OrderReceipt.objects.filter(
        order__response=response, order__state=OrderState.ISSUED, state=ReceiptState.WAITING
    )
    return {
        "room_links": room_links(response),
        "handover": handed_over(response.incident.head_id),
        "human_made": getattr(response.incident, "human_made", None),
        "on_site": response.on_site.filter(state=OnSiteState.STANDING),
        "waiting_orders": waiting.count(),
    }


def short_context(request: HttpRequest, response: Response) -> dict[str, Any]:
    """Return what the one page of whoever decides shows: the question, its grounds, what follows, and the outcome."""
    undecided = response.state in UNDECIDED
    incident = response.incident
    known = [(_("事发单位"), incident.incident_unit or incident.incident_unit_text), (_("地点"), incident.location),
             (_("影响"), incident.impact_scope), (_("已采取"), incident.measures_taken)]  # fmt: skip
    context: dict[str, Any] = {
        "response": response,
        "incident": incident,
        "undecided": undecided,
        "known": [(label, words) for label, words in known if words],
        "may": _may(request, response, authority_of(request.user)),
        "clauses": _clauses(response),
        "handover": handed_over(incident.head_id),
        **callout_context(response),
    }
    if undecided:
        context |= {"preview": activation_preview(response), "waiting": waiting_clock(response)}
        context["other_levels"] = response.plan_version.response_levels.exclude(pk=response.level_id)
        context["forms"] = {"confirm": ConfirmForm()} if _needs(response) else {}
    return context


def waiting_clock(response: Response) -> dict[str, Any]:
    """Return the clock of an undecided proposal: it counts up, since no clause gives minutes. 「非预案规定」."""
    return {
        "label": _("等待决定"),
        "state": "running",
        "starts_at": response.confirmed_at or response.proposed_at,
        "start_basis_label": _("指挥部确认") if response.confirmed_at else _("提出建议"),
        "nonplan": _("预案没有规定多久内决定；叫应规则到时换渠道、换人"),
    }


def callout_context(response: Response) -> dict[str, Any]:
    """Return how far the units' call-outs have come; before the start, those of whoever decides."""
    kinds = callout_kinds(response)
    return {
        "progress": progress_of(("response", response.pk), kinds),
        "callouts_title": _("审批人叫应") if response.state in UNDECIDED else _("单位叫应进度"),
        "callouts_live": reverse("response-callouts", args=[response.number]),
    }


def callout_kinds(response: Response) -> tuple[str, ...]:
    """Return which of a response's notices the page follows."""
    return ASKED if response.state in UNDECIDED else (ACTIVATED,)


def _forms(response: Response, failed: str, form: Any) -> dict[str, Any]:
    """The page's forms; the one that failed comes back as it was typed."""
    found: dict[str, Any] = {}
    if response.state in UNDECIDED:
        act = Act.CONFIRM_RESPONSE if _needs(response) else Act.APPROVE_RESPONSE
        found = {"confirm": ConfirmForm(), "phone": PhoneForm(choices=_signers(response, act))}
    elif response.state == ResponseState.ACTIVE:
        found = {
            "handover": HandoverForm(auto_id="handover_%s"),
            "reinforce": ReinforceForm(auto_id="reinforce_%s"),
            "task_add": TaskAddForm(auto_id="add_%s"),
            "end": EndForm(version=response.plan_version, left=left_words(*left_open(response)), auto_id="end_%s"),
        }
    elif response.state == ResponseState.END_PROPOSED:
        found = {"phone": PhoneForm(choices=_signers(response, Act.APPROVE_END))}
    names = {
        "task-add": "task_add",
        "propose-end": "end",
        "confirm-phone": "phone",
        "approve-phone": "phone",
        "end-phone": "phone",
    }
    if failed and names.get(failed, failed) in found:
        found[names.get(failed, failed)] = form
    return found


def _needs(response: Response) -> bool:
    """Whether the command has still to confirm."""
    return response.level.needs_confirmation and response.state == ResponseState.PROPOSED


def _may(request: HttpRequest, response: Response, authority: Authority) -> dict[str, bool]:
    """Which forms to show; the services ask again."""
    version_id, user = response.plan_version_id, request.user
    starts = authority.may_start(response.level)
    office = authority.may(version_id, Act.OFFICE)
    own = response.proposed_by_id == user.pk
    confirms = authority.may(version_id, Act.CONFIRM_RESPONSE)
    ends = authority.may(
        version_id, Act.APPROVE_END, list(response.level.approvers) if starter_ends(response.plan_version) else None
    )
    return {
        "needs": _needs(response),
        "confirm": confirms and not own,
        "approve": starts and not own,
        "return": (starts or confirms) and not own,
        "own": own,
        "office": office,
        "manage": starts or office,
        "propose": authority.may(version_id, Act.PROPOSE_RESPONSE),
        "end": ends,
        "own_end": response.end_proposed_by_id == user.pk,
        "announce": authority.may(version_id, Act.ANNOUNCE_END),
    }


def _clauses(response: Response) -> dict[str, str]:
    version, level = response.plan_version, response.level
    return {
        "procedure": clause_label(version, level.procedure_clause),
        "conditions": clause_label(version, level.conditions_clause),
        "measures": clause_label(version, level.measures_clause),
        "end": clause_label(version, approver_kinds(version, Act.APPROVE_END)[1]),
    }


@dataclass
class Board:
    """The tasks of one assignee, with what is still open."""

    label: str
    tasks: list[Task] = field(default_factory=list)

    @property
    def unsigned(self) -> int:
        """Return how many wait for a signature."""
        return sum(1 for task in self.tasks if task.state == TaskState.ASSIGNED)

    @property
    def returned(self) -> int:
        """Return how many came back."""
        return sum(1 for task in self.tasks if task.state == TaskState.RETURNED)

    @property
    def still_open(self) -> int:
        """Return how many are not done."""
        return sum(1 for task in self.tasks if task.state in TASK_OPEN)


def _boards(response: Response) -> list[Board]:
    """Return the tasks by assignee: command and office first, then units in their order."""
    rows = response.tasks.select_related("unit", "group")
    found: dict[str, Board] = {}
    for task in sorted(rows, key=lambda row: (row.unit.order if row.unit else -1, row.assignee_label, row.pk)):
        found.setdefault(task.assignee_label, Board(task.assignee_label)).tasks.append(task)
    return list(found.values())


def _steps(response: Response) -> list[dict[str, Any]]:
    """The flow: proposed, confirmed, active, end, with the times."""
    points: list[tuple[Any, Any]] = [(_("提出建议"), response.proposed_at)]
    if response.level.needs_confirmation:
        points.append((_("指挥部确认"), response.confirmed_at))
    points += [
        (_("批准启动"), response.activated_at),
        (_("提出结束"), response.end_proposed_at),
        (_("批准结束"), response.end_approved_at),
        (_("宣布结束"), response.ended_at),
    ]
    first = next((number for number, point in enumerate(points) if point[1] is None), len(points))
    return [
        {"label": label, "at": at, "state": "done" if at else ("now" if number == first else "todo")}
        for number, (label, at) in enumerate(points)
    ]
