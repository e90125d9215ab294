"""How a row is read for the screen: each function takes a model, a dict or None and never fails on what is missing."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from yangcheng_ec.clauses import resolve_clause

__all__ = ["choice_of", "clause_face", "clock_face", "duration_text", "pick", "seconds_of", "timeline_face"]

COLOURS = frozenset(
    {"red", "orange", "yellow", "blue", "running", "late", "done", "waiting", "neutral", "muted"},
)


def pick(thing: Any, *names: str, default: Any = "") -> Any:
    """Return the first attribute or key of ``thing`` that exists and is not None."""
    for name in names:
        value = thing.get(name) if isinstance(thing, Mapping) else getattr(thing, name, None)
        if value is not None:
            return value
    return default


def colour_of(token: Any) -> str:
    """Return a known colour token; anything else is neutral."""
    return str(token) if str(token) in COLOURS else "neutral"


# --- clauses -------------------------------------------------------------------------------------------------------


def _chip(plan_code: Any, ref: Any, text: Any) -> dict[str, str]:
    """Return the chip's facts; ``ref`` may be a number or a label such as 「网络预案 4.1」."""
    words = str(ref or "").split()
    number = words[-1] if words else ""
    label = " ".join(words) if len(words) > 1 else _cited(str(plan_code or ""), number)
    return {"plan_code": str(plan_code or ""), "ref": number, "text": str(text or ""), "label": label}


def _cited(plan_code: str, number: str) -> str:
    """Return 「网络预案 4.1」 for a plan that is known, else 「预案 4.1」."""
    known = resolve_clause(f"{plan_code} {number}") if plan_code and number else None
    return pick(known, "label") or _("预案 %(ref)s") % {"ref": number}


def _of_label(label: str) -> dict[str, str]:
    """Return the chip of a stored label, with the sentence of whoever knows the clause."""
    known = resolve_clause(label) if label else None
    return _chip(pick(known, "plan_code"), label, pick(known, "text"))


def clause_face(code: Any, ref: Any = "", text: Any = "") -> dict[str, str]:
    """Return plan code, number, sentence and label of a clause: from the three, a label, or one object.

    A plan's version in place of its code cites that very version; the code cites the one in force.
    """
    if isinstance(code, str | None):
        return _chip(code, ref, text) if ref or not code else _of_label(code)
    if cited := pick(code, "cited_as"):
        face = _of_label(f"{cited} {ref}")
        return {**face, "text": str(text or face["text"])}
    own = pick(code, "clause")
    if not isinstance(own, str):
        return clause_face(own)
    version = pick(code, "version", "plan_version", default=None)
    plan_code = pick(code, "plan_code") or pick(pick(version, "plan", default=None), "code")
    ref = ref or own or pick(code, "ref", "clause_ref", "number")
    text = text or pick(code, "text", "clause_text", "quote")
    return _chip(plan_code, ref, text) if text or plan_code else _of_label(str(ref))


# --- clocks --------------------------------------------------------------------------------------------------------


def seconds_of(value: Any) -> int | None:
    """Return whole seconds of a timedelta or number; None when it is neither."""
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def duration_text(seconds: int) -> str:
    """Return 「2天3小时」, 「1小时05分」, 「12分30秒」 or 「9秒」."""
    days, rest = divmod(abs(seconds), 86400)
    hours, rest = divmod(rest, 3600)
    minutes, secs = divmod(rest, 60)
    if days:
        return _("%(days)d天%(hours)d小时") % {"days": days, "hours": hours}
    if hours:
        return _("%(hours)d小时%(minutes)02d分") % {"hours": hours, "minutes": minutes}
    if minutes:
        return _("%(minutes)d分%(seconds)02d秒") % {"minutes": minutes, "seconds": secs}
    return _("%(seconds)d秒") % {"seconds": secs}


def digits(seconds: int) -> str:
    """Return 00:12:31; from a day on 2天 03:05 (app.js writes the same)."""
    seconds = abs(seconds)
    days, rest = divmod(seconds, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, secs = divmod(rest, 60)
    if days:
        return _("%(days)d天 %(hours)02d:%(minutes)02d") % {"days": days, "hours": hours, "minutes": minutes}
    return f"{hours:02d}:{minutes:02d}:{secs:02d}"


def _clock_phase(state: str, due: datetime | None, now: datetime) -> str:
    """Return running, late, done, done-late or waived; an unmarked clock past its due time is already late."""
    if state in {"met", "done"}:
        return "done"
    if state == "met_late":
        return "done-late"
    if state in {"waived", "superseded"}:
        return "waived"
    if state in {"overdue", "late"} or (due is not None and due <= now):
        return "late"
    return "running"


def _clock_words(phase: str, due: datetime | None) -> str:
    """Return the word before the digits."""
    if phase == "running":
        return _("剩余") if due else _("已用时")
    return {
        "late": _("已逾期"),
        "done": _("按时完成") if due else _("已完成，用时"),
        "done-late": _("逾期完成"),
        "waived": _("不再适用"),
    }[phase]


def _clock_digits(phase: str, start: datetime | None, due: datetime | None, end: datetime) -> str:
    """Return the digits shown before any script runs: remaining, used, lateness or time taken."""
    if phase in {"running", "late", "done-late"} and due is not None:
        return digits(int((due - end).total_seconds()))
    if phase != "waived" and start is not None:
        return digits(int((end - start).total_seconds()))
    return "–"


def clock_face(deadline: Any, now: datetime | None = None) -> dict[str, Any]:
    """Return what the clock component shows of a Deadline row (or a dict with its fields)."""
    now = now or timezone.now()
    start, done = pick(deadline, "starts_at", default=None), pick(deadline, "done_at", default=None)
    due = pick(deadline, "due_at", default=None)
    state = str(pick(deadline, "state"))
    phase = _clock_phase(state, due, now)
    return {
        "phase": phase,
        "label": pick(deadline, "label", "title"),
        "case_title": pick(deadline, "case_title"),
        "url": pick(deadline, "url"),
        "owed_by": pick(deadline, "owed_by"),
        "word": _("已更正替代") if state == "superseded" else _clock_words(phase, due),
        "digits": _clock_digits(phase, start, due, done or now),
        "starts_at": start,
        "start_basis": pick(deadline, "start_basis_label", "get_start_basis_display"),
        "due_at": due,
        "done_at": done,
        "target_at": pick(deadline, "target_at", default=None),
        "wording": pick(deadline, "wording"),
        "late_entry": bool(pick(deadline, "late_entry", default=False)),
        "recorded_at": pick(deadline, "recorded_at", default=None),
        "reason": pick(deadline, "late_reason") or pick(deadline, "closed_reason"),
        "nonplan": pick(deadline, "start_note", "nonplan", default=""),
        "clause": clause_face(deadline),
    }


# --- badges --------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def _choices_class(model: type[models.Model], field_name: str) -> type[models.Choices] | None:
    """Return the Choices class of the app's ``choices`` module whose values are the field's own."""
    try:
        flat = getattr(model._meta.get_field(field_name), "flatchoices", [])
        wanted = [(str(value), str(label)) for value, label in flat]
        module = importlib.import_module(f"{apps.get_app_config(model._meta.app_label).name}.choices")
    except (FieldDoesNotExist, AttributeError, ImportError):
        return None
    classes = (item for item in vars(module).values() if isinstance(item, type) and issubclass(item, models.Choices))
    return next((c for c in classes if [(str(v), str(label)) for v, label in c.choices] == wanted), None)


def choice_of(thing: Any, field_name: str) -> tuple[str, str]:
    """Return label and colour of a model's state field."""
    value = pick(thing, field_name)
    if isinstance(thing, models.Model) and not hasattr(value, "colour"):
        choices = _choices_class(type(thing), field_name)
        value = choices(value) if choices and value in choices.values else value
    display = getattr(thing, f"get_{field_name}_display", None)
    label = display() if callable(display) else getattr(value, "label", value)
    return str(label), colour_of(getattr(value, "colour", "neutral"))


# --- the record ----------------------------------------------------------------------------------------------------


def _entry_clause(entry: Any) -> dict[str, str]:
    """Return the chip of a line of the record, whose own ``text`` is not the clause's."""
    ref, plan_code = pick(entry, "clause", "clause_ref"), pick(entry, "plan_code")
    text = pick(entry, "clause_text", "quote")
    return _chip(plan_code, ref, text) if plan_code or text else _of_label(str(ref))


def timeline_face(entry: Any) -> dict[str, Any]:
    """Return what the timeline shows of one line of the record."""
    recorded = pick(entry, "recorded_at", default=None)
    happened = pick(entry, "happened_at", "done_at", "at", default=recorded)
    return {
        "at": happened,
        "recorded_at": recorded,
        "late_entry": bool(pick(entry, "late_entry", default=False)),
        "actor": pick(entry, "actor_name") or pick(entry, "actor"),
        "post": pick(entry, "actor_post", "post"),
        "text": pick(entry, "text"),
        "clause": _entry_clause(entry),
        "seq": pick(entry, "seq"),
        "tone": colour_of(pick(entry, "colour", default="neutral")),
    }
