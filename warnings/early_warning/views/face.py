"""What the page of one warning shows to this reader: facts, receipts, and the panels of the acts that are theirs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from directory.choices import Act
from directory.models import Signature
from directory.rules import act_rule, clause_label, may
from early_warning import forms, rules, selectors
from early_warning.actions import TaskBoard, task_board
from early_warning.chain import chain_of, difference_before_signing
from early_warning.choices import ACTIVE, SourceKind, WarningState
from early_warning.models import EarlyWarning
from early_warning.previewing import publication_preview
from early_warning.services.drafts import EDITABLE
from early_warning.verdict import response_verdict, situation_rows
from early_warning.views.callouts import addressees_context, callout_context
from early_warning.views.deciding import decision_context
from early_warning.views.hero import Hero, Next, hero_of, next_for_office, next_for_unit
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.deadlines.models import Deadline
from yangcheng_ec.deadlines.selectors import deadlines_of
from yangcheng_ec.permissions import Page, may_open
from yangcheng_ec.record.models import RecordEntry

__all__ = ["detail_context"]

FLOW = (
    (WarningState.DRAFT, "起草"),
    (WarningState.PROPOSED, "提出建议"),
    (WarningState.APPROVED, "批准"),
    (WarningState.PUBLISHED, "发布"),
    (WarningState.LIFTED, "解除"),
)


def detail_context(user: Any, warning: EarlyWarning, *, failed: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the page's context; ``failed`` maps an act to its bound form with errors."""
    failed = failed or {}
    every = may_open(user, Page.WARNINGS_ALL)
    own = selectors.addressee_of(warning, user)
    now = database_now()
    version = warning.plan_version
    board = task_board(user, warning)
    context: dict[str, Any] = {
        "warning": warning,
        "failed": failed,
        "level_label": rules.level_label(warning.level),
        "colour": warning.level.colour or "neutral",
        "expired": rules.is_expired(warning, now),
        "in_force": warning.state in ACTIVE,
        "facts": _facts(warning, every),
        "own": selectors.addressee_rows([own])[0] if own else None,
        "every": every,
        "chain": chain_of(user, warning),
        "board": board,
        "own_actions": [row for row in board.rows if own and row.task.unit_id == own.unit_id],
        "task_failed": next((int(name[5:]) for name in failed if name.startswith("task-")), 0),
        "issuer": version.command_name,
        "clauses": {
            "level": clause_label(version, warning.level.clause),
            "action": rules.action_clause(version),
            "approve": rules.act_clause(version, Act.APPROVE_WARNING),
            "publish": rules.act_clause(version, Act.PUBLISH_WARNING),
            "lift": rules.act_clause(version, Act.APPROVE_LIFT),
        },
    }
    if own and warning.state in ACTIVE:
        context["unit_forms"] = _unit_forms(warning, failed, behalf=False)
    if every:
        context |= _office_context(user, warning, failed, board)
    return context | {"hero": _hero(warning, context, now)}


def _hero(warning: EarlyWarning, context: dict[str, Any], now: datetime) -> Hero:
    if context["every"]:
        step = next_for_office(
            warning, context["allowed"], context["silent"], context["board"], expired=context["expired"]
        )  # fmt: skip
    elif context["own"] and warning.state in ACTIVE:
        step = next_for_unit(context["own"], sum(row.open for row in context["own_actions"]))
    else:
        step = Next(_("看新版本"), "chain") if warning.state == WarningState.ADJUSTED else Next(_("不需要再办"))
    return hero_of(warning, step, now)


def _facts(warning: EarlyWarning, every: bool) -> list[tuple[str, Any]]:
    version = warning.plan_version
    facts = [
        (_("预案"), version.plan.name),
        (_("响应范围"), warning.scope),
        (
            _("公开程度或保密要求"),
            "：".join(filter(None, [warning.get_publicity_display(), warning.publicity_note])),
        ),
        (_("防范建议"), warning.advice or _("无")),
        (_("生效时间"), local_text(warning.valid_from) if warning.valid_from else _("发布时")),
        (_("预计失效时间"), local_text(warning.valid_until) if warning.valid_until else _("未定，解除前一直有效")),
    ]
    if warning.published_at:
        facts.append((_("发布"), f"{local_text(warning.published_at)} {version.command_name}{_by_standing(warning)}"))
    if warning.respond_by:
        facts.append((_("反馈目标（非预案规定）"), local_text(warning.respond_by)))
    if warning.lifted_at:
        facts.append((_("解除"), f"{local_text(warning.lifted_at)} {version.command_name}"))
    if every:
        facts.append((_("研判依据"), warning.basis))
        if warning.proposed_at and warning.proposed_by:
            who = f"{warning.proposed_by.display_name}（{warning.proposed_post}）{local_text(warning.proposed_at)}"
            facts.append((_("提出"), who))
    return facts


def _by_standing(warning: EarlyWarning) -> str:
    """Name the document by which it was approved, where it was approved by authorisation (comms 3.4)."""
    return _("（按授权：%(document)s）") % {"document": warning.standing.document} if warning.standing else ""


def _office_context(user: Any, warning: EarlyWarning, failed: dict[str, Any], board: TaskBoard) -> dict[str, Any]:
    table = addressees_context(warning)
    allowed = {act: may(user, warning.plan_version, act) for act in _ACTS}
    context: dict[str, Any] = {
        **table,
        **callout_context(warning),
        "allowed": {str(act.value): granted for act, granted in allowed.items()},
        "steps": _steps(warning),
        "signatures": Signature.objects.filter(subject_type="warning", subject_id=warning.pk).select_related("signer"),
        "denied": list(selectors.denied_signatures(warning)),
        "entries": RecordEntry.objects.filter(head_id=warning.head_id).select_related("actor").order_by("-seq")[:60],
        "editable": warning.state in EDITABLE and allowed[Act.PROPOSE_WARNING],
        "non_plan": _non_plan(warning),
        "office_part": rules.office_part(warning.plan_version),
        "superior": warning.superior,
        "reports": _reports(warning, allowed[Act.OFFICE], failed),
        "forms": _forms(warning, failed),
    }
    if warning.state in EDITABLE:
        units = [one.unit for one in selectors.addressees_of(warning)]
        context["preview"] = publication_preview(warning, units)
        context["difference"] = difference_before_signing(warning, units)
    if warning.state in (WarningState.PROPOSED, WarningState.LIFT_PROPOSED):
        context |= decision_context(user, warning, allowed)
    if warning.source_kind == SourceKind.INCIDENT and warning.incident and warning.state not in ENDED:
        context["verdict"] = response_verdict(warning.incident)
        context["situations"] = situation_rows(warning.plan_version, warning.incident)
    if warning.state in ACTIVE and allowed[Act.OFFICE]:
        context["chase_form"] = failed.get("chase") or forms.ChaseForm(warning=warning) if board.open_units else None
    if warning.state in ACTIVE and allowed[Act.OFFICE] and table["total"]:
        context["behalf_forms"] = _unit_forms(warning, failed, behalf=True)
    return context


ENDED = (WarningState.ADJUSTED, WarningState.LIFTED, WarningState.SUPERSEDED, WarningState.WITHDRAWN)
_ACTS = (Act.PROPOSE_WARNING, Act.APPROVE_WARNING, Act.PUBLISH_WARNING, Act.APPROVE_LIFT, Act.OFFICE)


def _forms(warning: EarlyWarning, failed: dict[str, Any]) -> dict[str, Any]:
    """Return the forms of this state; one that failed comes back as it was typed."""
    from early_warning.views.acts import ACTS

    wanted = {
        WarningState.DRAFT: ("propose", "withdraw"),
        WarningState.RETURNED: ("propose", "withdraw"),
        WarningState.PROPOSED: ("approve-phone", "withdraw"),
        WarningState.APPROVED: ("publish", "withdraw"),
        WarningState.PUBLISHED: ("propose-lift",),
        WarningState.LIFT_PROPOSED: ("lift-phone",),
    }.get(WarningState(warning.state), ())
    made = {act: failed.get(act) or ACTS[act].form(warning=warning, prefix=None) for act in wanted}
    return {act.replace("-", "_"): form for act, form in made.items()}


def _unit_forms(warning: EarlyWarning, failed: dict[str, Any], *, behalf: bool) -> dict[str, Any]:
    kinds = {"confirm": forms.ConfirmForm, "leader": forms.LeaderForm, "progress": forms.ProgressForm}
    prefix = "behalf_%s" if behalf else "own_%s"
    made = {}
    for act, kind in kinds.items():
        bound = failed.get(act)
        fits = bound is not None and ("unit" in bound.fields) == behalf
        made[act] = bound if fits else kind(warning=warning, behalf=behalf, auto_id=f"{prefix % act}_%s")
    return made


def _reports(warning: EarlyWarning, allowed: bool, failed: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the warning's clocks, each open one with the form that records the report upward."""
    found = []
    for deadline in deadlines_of("warning", warning.pk):
        form = None
        if allowed and deadline.is_open:
            form = _report_form(warning, deadline, failed.get("report"))
        found.append({"clock": deadline, "form": form, "addressees": list(deadline.addressees.all())})
    return found


def _report_form(warning: EarlyWarning, deadline: Deadline, bound: Any) -> Any:
    if bound is not None and bound.clock == deadline:
        return bound
    return forms.ReportForm(warning=warning, deadline=deadline, auto_id=f"report_{deadline.pk}_%s")


def _non_plan(warning: EarlyWarning) -> dict[str, bool]:
    found = {}
    for name, act in (("propose", Act.PROPOSE_WARNING), ("approve", Act.APPROVE_WARNING), ("lift", Act.APPROVE_LIFT)):
        rule = act_rule(warning.plan_version, act)
        found[name] = rule is None or rule.non_plan
    return found


def _steps(warning: EarlyWarning) -> list[dict[str, Any]]:
    times = [warning.created_at, warning.proposed_at, warning.decided_at, warning.published_at, warning.lifted_at]
    reached = {
        WarningState.DRAFT: 0, WarningState.RETURNED: 0, WarningState.PROPOSED: 1, WarningState.APPROVED: 2,
        WarningState.PUBLISHED: 3, WarningState.LIFT_PROPOSED: 3, WarningState.LIFTED: 4,
    }.get(WarningState(warning.state), 3)  # fmt: skip
    steps = []
    for place, ((_state, label), at) in enumerate(zip(FLOW, times, strict=True)):
        state = "done" if place < reached else "now" if place == reached else "todo"
        steps.append({"label": _(label), "state": state, "at": at if place <= reached else None})
    return steps
