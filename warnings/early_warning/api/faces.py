"""What the endpoints answer."""

from __future__ import annotations

from typing import Any

from early_warning.actions import TaskRow, task_board
from early_warning.chain import ChainLink, chain_of
from early_warning.choices import Rung
from early_warning.models import EarlyWarning, StandingAuthorisation, WarningAddressee
from early_warning.rules import is_expired, level_label
from early_warning.selectors import addressee_of, addressees_of
from yangcheng_ec.api.faces import clock_face, iso
from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.selectors import deadlines_of
from yangcheng_ec.permissions import Page, may_open

__all__ = ["addressee_face", "progress_face", "standing_face", "task_face", "warning_brief", "warning_face"]


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
        "publicity_note": warning.publicity_note,
        "advice": warning.advice,
        "valid_from": iso(warning.valid_from),
        "lifted_at": iso(warning.lifted_at),
        "respond_by": iso(warning.respond_by),
        "addressees": [addressee_face(row) for row in rows],
        "tasks": [task_face(row) for row in task_board(user, warning).rows],
        "chain": [_link_face(link) for link in chain_of(user, warning)],
    }
    if every:
        face |= {
            "basis": warning.basis,
            "source": _source_face(warning),
            "standing": warning.standing_id,
            "previous": warning.previous.number if warning.previous else None,
            "return_reason": warning.return_reason,
            "lift_findings": warning.lift_findings,
            "deadlines": [clock_face(row) for row in deadlines_of("warning", warning.pk)],
        }
    return face


def _source_face(warning: EarlyWarning) -> dict[str, Any]:
    """Return where it comes from; a superior's notice with its own words."""
    notice = warning.superior
    return {
        "kind": warning.source_kind,
        "label": warning.source_label,
        "reference": warning.source_reference,
        "verdict": warning.source_verdict,
        "received_at": iso(notice.received_at) if notice else None,
        "text": notice.text if notice else "",
    }


def _link_face(link: ChainLink) -> dict[str, Any]:
    return {
        "number": link.warning.number,
        "state": link.warning.state,
        "level": link.warning.level.ordinal,
        "change": link.way,
        "words": link.words,
    }


def task_face(row: TaskRow) -> dict[str, Any]:
    """Return one action at one unit."""
    task = row.task
    return {
        "id": task.pk,
        "version": task.version,
        "unit": task.unit.code,
        "ordinal": task.ordinal,
        "quote": task.quote,
        "clause": task.clause,
        "non_plan": task.non_plan,
        "state": task.state,
        "due_at": iso(task.due_at),
        "late": row.late,
        "acknowledged_at": iso(task.acknowledged_at),
        "acknowledged_by": task.acknowledged_by,
        "finished_at": iso(task.finished_at),
        "report": task.report,
        "chased": task.chased,
    }


def standing_face(row: StandingAuthorisation) -> dict[str, Any]:
    """Return one standing authorisation."""
    return {
        "id": row.pk,
        "plan": row.plan_version.plan.code,
        "document": row.document,
        "scope": row.scope,
        "levels": [level.ordinal for level in row.levels.all()],
        "post": row.post.label,
        "starts_at": iso(row.starts_at),
        "ends_at": iso(row.ends_at),
        "state": row.state,
    }


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
