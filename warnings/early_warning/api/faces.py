"""What the endpoints answer."""

from __future__ import annotations

from typing import Any

from early_warning.choices import Rung
from early_warning.models import EarlyWarning, WarningAddressee
from early_warning.rules import is_expired, level_label
from early_warning.selectors import addressee_of, addressees_of
from yangcheng_ec.api.faces import clock_face, iso
from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.selectors import deadlines_of
from yangcheng_ec.permissions import Page, may_open

__all__ = ["addressee_face", "progress_face", "warning_brief", "warning_face"]


def warning_brief(warning: EarlyWarning) -> dict[str, Any]:
    """Return a warning for a list."""
    return {
        "number": warning.number,
        "version": warning.version,
        "state": warning.state,
        "plan": warning.plan_version.plan.code,
        "level": {
            "ordinal": warning.level.ordinal,
            "label": level_label(warning.level),
            "colour": warning.level.colour or None,
        },
        "title": warning.title,
        "drill": warning.drill,
        "incident": warning.incident.number if warning.incident else None,
        "published_at": iso(warning.published_at),
        "valid_until": iso(warning.valid_until),
        "expired": is_expired(warning, database_now()),
    }


def warning_face(warning: EarlyWarning, user: Any) -> dict[str, Any]:
    """Return one warning whole: a unit sees its own receipt only, and no basis."""
    every = may_open(user, Page.WARNINGS_ALL)
    own = addressee_of(warning, user)
    rows = list(addressees_of(warning)) if every else [own] if own else []
    face = warning_brief(warning) | {
        "text": warning.text,
        "scope": warning.scope,
        "publicity": warning.publicity,
        "advice": warning.advice,
        "valid_from": iso(warning.valid_from),
        "lifted_at": iso(warning.lifted_at),
        "addressees": [addressee_face(row) for row in rows],
    }
    if every:
        face |= {
            "basis": warning.basis,
            "previous": warning.previous.number if warning.previous else None,
            "return_reason": warning.return_reason,
            "lift_findings": warning.lift_findings,
            "deadlines": [clock_face(row) for row in deadlines_of("warning", warning.pk)],
        }
    return face


def addressee_face(row: WarningAddressee) -> dict[str, Any]:
    """Return one addressed unit with its five rungs."""
    return {
        "unit": row.unit.code,
        "name": row.unit.name,
        **{f"{rung}_at": iso(getattr(row, f"{rung}_at")) for rung in Rung.values},
        "confirmed_by": row.confirmed_by,
        "leader": row.leader_name,
        "progress": [progress_face(entry) for entry in row.progress.all()],
    }


def progress_face(entry: Any) -> dict[str, Any]:
    """Return one development."""
    return {"text": entry.text, "done_at": iso(entry.done_at), "on_behalf": entry.on_behalf}
