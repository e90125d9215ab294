"""What the endpoints answer."""

from __future__ import annotations

from typing import Any

from early_warning.prevention.models import Finding, HazardCheck
from early_warning.prevention.rules import is_late
from early_warning.prevention.selectors import ReturnRow, return_rows
from yangcheng_ec.api.faces import iso
from yangcheng_ec.clock import database_now
from yangcheng_ec.permissions import Page, may_open

__all__ = ["check_brief", "check_face", "finding_face"]


def finding_face(row: Finding, user: Any) -> dict[str, Any]:
    """Return one finding; a unit does not learn of a warning that is not addressed to it."""
    warning = row.warning if may_open(user, Page.PREVENTION_ALL) else None
    return {
        "number": row.number,
        "version": row.version,
        "state": row.state,
        "plan": row.plan_version.plan.code,
        "unit": row.unit.code,
        "owner": row.owner.code,
        "check": row.hazard_check.number if row.hazard_check else None,
        "title": row.title,
        "place": row.place,
        "description": row.description,
        "severity": row.severity,
        "measure": row.measure,
        "found_at": iso(row.found_at),
        "reported_at": iso(row.reported_at),
        "said_by": row.said_by,
        "due_at": iso(row.due_at),
        "extended": row.extended,
        "late": is_late(row, database_now()),
        "reason": row.reason,
        "progress": row.progress,
        "mended_at": iso(row.mended_at),
        "verified_at": iso(row.verified_at),
        "warning": warning.number if warning else None,
        "incident": row.incident.number if row.incident else None,
    }


def check_brief(row: HazardCheck) -> dict[str, Any]:
    """Return one round for a list, with its figures."""
    return _check(row) | {
        "asked": row.asked,  # type: ignore[attr-defined]
        "answered": row.answered,  # type: ignore[attr-defined]
        "found": row.found,  # type: ignore[attr-defined]
    }


def check_face(row: HazardCheck, user: Any) -> dict[str, Any]:
    """Return one round whole; a unit sees its own result alone."""
    rows = return_rows(user, row)
    answered = [one.row.found for one in rows if one.row.found is not None]
    return _check(row) | {
        "content": row.content,
        "close_note": row.close_note,
        "asked": len(rows),
        "answered": len(answered),
        "found": sum(answered),
        "returns": [_return(one) for one in rows],
    }


def _check(row: HazardCheck) -> dict[str, Any]:
    return {
        "number": row.number,
        "version": row.version,
        "state": row.state,
        "plan": row.plan_version.plan.code,
        "own": row.own,
        "title": row.title,
        "starts_on": row.starts_on.isoformat(),
        "ends_on": row.ends_on.isoformat(),
        "due_at": iso(row.due_at),
        "opened_at": iso(row.opened_at),
        "closed_at": iso(row.closed_at),
    }


def _return(one: ReturnRow) -> dict[str, Any]:
    row = one.row
    return {
        "unit": row.unit.code,
        "version": row.version,
        "found": row.found,
        "filed": one.filed,
        "note": row.note,
        "said_by": row.said_by,
        "returned_at": iso(row.returned_at),
        "late": row.late,
    }
