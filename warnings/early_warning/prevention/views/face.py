"""What the page of a finding or of a round shows to this reader: facts, and the acts that are theirs now."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from directory.choices import Act
from directory.models import Unit
from directory.rules import actor_of_unit, may
from early_warning.prevention import forms
from early_warning.prevention.choices import EDITABLE, IN_MENDING, OPEN, CheckState, FindingState
from early_warning.prevention.models import Finding, HazardCheck
from early_warning.prevention.rules import clauses_of, is_late
from early_warning.prevention.selectors import ReturnRow, return_rows
from early_warning.prevention.views.acts import CHECK_ACTS, FINDING_ACTS
from incidents.models import IntakeDraft
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.errors import Forbidden
from yangcheng_ec.permissions import Page, may_open
from yangcheng_ec.record.models import RecordEntry

__all__ = ["acts_for", "check_context", "finding_context", "speaks_for"]

FLOW = (
    ("报告", "reported_at", (FindingState.REPORTED, FindingState.ASKED_BACK)),
    ("受理", "", (FindingState.ACCEPTED,)),
    ("整改", "", (FindingState.MENDING,)),
    ("整改完成", "mended_at", (FindingState.MENDED,)),
    ("复核销号", "verified_at", (FindingState.VERIFIED,)),
)


def speaks_for(user: Any, unit: Unit | None) -> bool:
    """Return whether the user is the leader or liaison of this unit now."""
    if unit is None or user.unit_id != unit.pk:
        return False
    try:
        actor_of_unit(user, unit.pk)
    except Forbidden:
        return False
    return True


def acts_for(user: Any, row: Finding) -> list[str]:
    """Return the acts this reader may do on the finding as it stands; the services ask again."""
    office = may(user, row.plan_version, Act.OFFICE)
    reporter, owner = speaks_for(user, row.unit), speaks_for(user, row.owner)
    found: list[str] = []
    if row.state in EDITABLE and (office or reporter):
        found.append("supplement")
    if row.state in IN_MENDING and (office or owner):
        found += ["progress", "mended"]
    if office:
        found += _of_office(user, row)
    if row.state in OPEN:
        found += ["intake"] if office or reporter or owner else []
        found += ["warning"] if may(user, row.plan_version, Act.PROPOSE_WARNING) else []
    return found


def _of_office(user: Any, row: Finding) -> list[str]:
    by_state: dict[str, list[str]] = {
        FindingState.REPORTED: ["accept", "ask-back", "reject"],
        FindingState.ASKED_BACK: ["reject", "chase"],
        FindingState.ACCEPTED: ["extend", "chase"],
        FindingState.MENDING: ["extend", "chase"],
        FindingState.MENDED: [] if row.mended_by_id == user.pk else ["verify", "send-back"],
    }
    return [*by_state.get(row.state, []), *(["incident"] if row.state in OPEN else [])]


def finding_context(user: Any, row: Finding, *, failed: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the page's context; ``failed`` maps an act to its bound form with errors."""
    acts = acts_for(user, row)
    made = {act: (failed or {}).get(act) or _form(act, row) for act in acts}
    every = may_open(user, Page.PREVENTION_ALL)
    entries = RecordEntry.objects.filter(head_id=row.head_id, subject_type="finding").select_related("actor")
    if not every:
        entries = entries.exclude(kind="finding.warned")
    return {
        "finding": row,
        "late": is_late(row, database_now()),
        "clauses": clauses_of(row.plan_version),
        "facts": _facts(row),
        "steps": _steps(row),
        "forms": {act.replace("-", "_"): form for act, form in made.items()},
        "failed": failed or {},
        "entries": entries.order_by("-seq")[:60],
        "draft": IntakeDraft.objects.filter(uuid=row.intake).select_related("incident").first() if row.intake else None,
        "mine_mended": row.state == FindingState.MENDED and row.mended_by_id == user.pk,
        "every": every,
        "behalf": not speaks_for(user, row.owner if row.state in IN_MENDING else row.unit),
    }


def _form(act: str, row: Finding) -> Any:
    return FINDING_ACTS[act].form(row=row, auto_id=f"{act}_%s")


def _facts(row: Finding) -> list[tuple[str, Any]]:
    told = f"{row.reported_by.display_name}（{row.reported_post}）{local_text(row.reported_at)}"
    moved = f"，延期 {row.extended} 次" if row.extended else ""
    facts: list[tuple[str, Any]] = [
        (_("系统或地点"), row.place),
        (_("可能的危害"), row.severity),
        (_("措施"), row.measure),
        (_("发现时间"), local_text(row.found_at)),
        (_("报告单位"), row.unit.name),
        (_("报告人"), f"{told}，{row.said_by}电话报来" if row.said_by else told),
        (_("整改单位"), row.owner.name),
    ]
    if row.due_at:
        facts.append((_("整改期限"), f"{local_text(row.due_at)}{moved}（非预案规定）"))
    if row.mended_at:
        facts.append((_("整改完成"), f"{local_text(row.mended_at)}（{row.mended_by} 报）"))
    if row.verified_at:
        facts.append((_("复核销号"), f"{local_text(row.verified_at)}（{row.verified_by}）"))
    return facts


def _steps(row: Finding) -> list[dict[str, Any]]:
    """Return how far the finding is; none for one that was refused or went over to a case."""
    places = [place for place, (_label, _at, states) in enumerate(FLOW) if row.state in states]
    if not places:
        return []
    here = places[0]
    steps = []
    for place, (label, field, _states) in enumerate(FLOW):
        done = place < here or row.state == FindingState.VERIFIED
        at = getattr(row, field) if field and place <= here else None
        steps.append({"label": _(label), "state": "done" if done else "now" if place == here else "todo", "at": at})
    return steps


# --- rounds --------------------------------------------------------------------------------------------------------


def check_context(user: Any, check: HazardCheck, *, failed: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the context of a round's page; ``failed`` maps an act to its bound form with errors."""
    failed = failed or {}
    rows = return_rows(user, check)
    office = may(user, check.plan_version, Act.OFFICE)
    own = next((row for row in rows if speaks_for(user, row.row.unit)), None)
    is_open = check.state == CheckState.OPEN
    ends = is_open and (office or (check.own and own is not None))
    entries = RecordEntry.objects.filter(head_id=check.head_id, subject_type="hazard_check").select_related("actor")
    return {
        "check": check,
        "late": is_open and check.due_at <= database_now(),
        "clauses": clauses_of(check.plan_version),
        "rows": rows,
        "answered": sum(row.row.found is not None for row in rows),
        "unreached": [row for row in rows if row.unreached],
        "office": office,
        "is_open": is_open,
        "own": own,
        "own_form": _own_form(own, failed) if own and is_open else None,
        "behalf_form": _behalf_form(rows, failed) if office and is_open else None,
        "may_chase": office and is_open and any(row.row.found is None for row in rows),
        "forms": {act: failed.get(act) or _check_form(act, check) for act in (("close", "withdraw") if ends else ())},
        "failed": failed,
        "findings": _findings(user, check),
        "entries": entries.order_by("-seq")[:60],
        "every": may_open(user, Page.PREVENTION_ALL),
    }


def _findings(user: Any, check: HazardCheck) -> Any:
    rows = check.findings.select_related("unit").order_by("unit__order", "reported_at", "id")
    if may_open(user, Page.PREVENTION_ALL):
        return rows
    return rows.filter(unit=user.unit_id)


def _check_form(act: str, check: HazardCheck) -> Any:
    return CHECK_ACTS[act].form(row=check, auto_id=f"{act}_%s")


def _own_form(own: ReturnRow, failed: dict[str, Any]) -> Any:
    bound = failed.get("return")
    if bound is not None and "said_by" not in bound.fields:
        return bound
    start = {"found": own.filed} if own.row.found is None and own.filed else {}
    return forms.CheckReturnForm(row=own.row, initial=start, auto_id="own_%s")


def _behalf_form(rows: list[ReturnRow], failed: dict[str, Any]) -> Any:
    bound = failed.get("return")
    if bound is not None and "said_by" in bound.fields:
        return bound
    return forms.CheckReturnForm(units=[row.row.unit for row in rows], auto_id="behalf_%s")
