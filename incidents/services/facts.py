"""Changing what is known of a case: facts, and times that turn out to be otherwise."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from directory.choices import UnitKind
from incidents.choices import OPEN_STATES
from incidents.models import Incident
from incidents.rules import RuleBook, clause_for, standing_clocks
from incidents.services.clocks import clocks_correct
from incidents.services.common import (
    TRACKED,
    case_actor,
    check_state,
    check_times,
    check_version,
    incident_commit,
    incident_lock,
    settled_actor,
    snapshot,
    unit_named,
)
from incidents.services.intake import intake_phone_spec, view_grant_units
from incidents.services.intake_words import LONG_TEXTS, SHORT_TEXTS, Problems, facts_of, symptoms_of
from incidents.services.secret import check_no_content
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.deadlines.services import deadline_start, deadline_supersede
from yangcheng_ec.errors import BadInput
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.text import LONG_TEXT_LIMIT, clean_text

__all__ = ["incident_correct_times", "incident_update"]

UNITS = {"incident_unit": "", "reporting_unit": "", "township": UnitKind.TOWNSHIP}
_MINUTE = timedelta(minutes=1)
EDITABLE = (*SHORT_TEXTS, *LONG_TEXTS, *UNITS, "symptoms", "facts", "read_back")


@transaction.atomic
def incident_update(*, incident_id: int, version: int | None, user: Any, changes: dict[str, Any]) -> Incident:
    """Change facts of an open case: 随时续报的内容先在这里更新 (4.1 of both plans).

    ``changes`` maps fields of ``EDITABLE`` to new values; units by code, name or alias; facts are merged.
    Clocks follow when the units now known make another rule apply; in a case the office took over a unit leaves the
    units as they are. Raises StaleVersion, WrongState, BadInput, Forbidden.
    """
    incident, head = incident_lock(incident_id, user=user)
    check_version(incident, version)
    actor = case_actor(user, incident)
    check_state(incident, OPEN_STATES, "更新情况", clause_for(incident.plan_version, "report"))
    check_no_content(incident, changes | changes.get("facts", {}))
    before = snapshot(incident)
    units_before = _units(incident)
    _apply(incident, changes)
    if snapshot(incident) == before:
        return incident
    if _units(incident) != units_before:
        settled_actor(user, incident)
    incident_commit(
        incident, head, before=before, kind="incident.updated", text=_changed_words(before, incident),
        actor=actor, clause=clause_for(incident.plan_version, "report"),
    )  # fmt: skip
    if _units(incident) != units_before:
        _units_changed(incident, head, actor)
    _follow_intake_call(RuleBook(incident.plan_version), incident, head, actor, "报告单位已查明或更正")
    return incident


def _units(incident: Incident) -> tuple[int | None, ...]:
    return incident.incident_unit_id, incident.reporting_unit_id, incident.township_id


def _apply(incident: Incident, changes: dict[str, Any]) -> None:
    problems = Problems()
    unknown = set(changes) - set(EDITABLE)
    for name in sorted(unknown):
        problems.add(name, "这一项不能在这里更改。")
    for name, value in changes.items():
        if name in EDITABLE:
            with problems.gather():
                setattr(incident, name, _value(incident, name, value))
    if not incident.title:
        problems.add("title", "事件名称不能为空。")
    problems.raise_any("没有保存，请更正标出的内容。")


def _value(incident: Incident, name: str, value: Any) -> Any:
    if name in UNITS:
        return unit_named(str(value or ""), name, kind=UNITS[name])
    if name == "symptoms":
        return symptoms_of(value or [])
    if name == "facts":
        return {**incident.facts, **facts_of(incident.plan_version, value or {})}
    if name == "read_back":
        return bool(value)
    text = clean_text(str(value or "")).strip()
    if len(text) > LONG_TEXT_LIMIT:
        words = f"内容过长（{len(text)} 字），最多 {LONG_TEXT_LIMIT} 字。"
        raise BadInput("内容过长。", fields={name: [words]})
    return text


def _changed_words(before: dict[str, str], incident: Incident) -> str:
    after = snapshot(incident)
    names = [label for name, label in TRACKED.items() if before[name] != after[name]]
    return f"更新情况：{'、'.join(names)}。"


def _units_changed(incident: Incident, head: CaseHead, actor: Actor) -> None:
    view_grant_units(incident)
    book = RuleBook(incident.plan_version)
    clocks_correct(book=book, incident=incident, head=head, actor=actor, reason="事件单位已查明或更正")


@transaction.atomic
def incident_correct_times(
    *,
    incident_id: int,
    version: int | None,
    user: Any,
    occurred_at: datetime | None,
    occurred_approximate: bool,
    known_at: datetime,
    received_at: datetime,
    reason: str,
) -> Incident:
    """Correct 事发、获知、接报 times. Clocks that started elsewhere are superseded and keep what was believed when.

    Raises BadInput (out of order, in the future, no reason), StaleVersion, WrongState (closed), Forbidden (a unit, once
    the office took the case over).
    """
    incident, head = incident_lock(incident_id, user=user)
    check_version(incident, version)
    actor = settled_actor(user, incident)
    clause = clause_for(incident.plan_version, "report")
    check_state(incident, OPEN_STATES, "更正时间", clause)
    if not reason.strip():
        raise BadInput("更正时间须写明理由。", fields={"reason": ["更正时间须写明理由（怎样查明的）。"]}, clause=clause)
    now = database_now()
    check_times(occurred_at, known_at, received_at, now, clause=clause)
    _check_reported_after(incident, None if occurred_approximate else occurred_at, clause)
    before = snapshot(incident)
    incident.occurred_at, incident.occurred_approximate = occurred_at and min(occurred_at, now), occurred_approximate
    incident.known_at, incident.received_at = min(known_at, now), min(received_at, now)
    incident_commit(
        incident, head, before=before, kind="incident.times_corrected", actor=actor, clause=clause,
        text=f"更正时间：事发{'约' if occurred_approximate else ''}{local_text(occurred_at)}，"
        f"获知{local_text(known_at)}，接报{local_text(received_at)}。理由：{reason.strip()}",
    )  # fmt: skip
    book = RuleBook(incident.plan_version)
    clocks_correct(book=book, incident=incident, head=head, actor=actor, reason=f"时间更正：{reason.strip()}")
    _follow_intake_call(book, incident, head, actor, f"时间更正：{reason.strip()}")
    return incident


def _check_reported_after(incident: Incident, occurred_at: datetime | None, clause: str) -> None:
    """Raise BadInput when the event is said to have happened after it was first reported (to the minute)."""
    first = incident.reports.filter(done_at__isnull=False).order_by("done_at").first()
    if occurred_at is None or first is None or first.done_at is None or occurred_at < first.done_at + _MINUTE:
        return
    words = f"事发时间不能晚于{first.label}的报告时间（{local_text(first.done_at)}）。"
    raise BadInput(words, fields={"occurred_at": [words]}, clause=clause)


def _follow_intake_call(book: RuleBook, incident: Incident, head: CaseHead, actor: Actor, reason: str) -> None:
    """The clock of the caller's text runs from the call and follows 接报; it starts once the caller is known."""
    spec = intake_phone_spec(book, incident)
    if spec is None:
        return
    standing = standing_clocks(incident).get(spec.rule_code)
    if standing is None:
        deadline_start(head=head, spec=spec, actor=actor)
    elif (standing.starts_at, standing.owed_by_unit) != (spec.starts_at, spec.owed_by_unit):
        deadline_supersede(head=head, deadline=standing, spec=spec, reason=reason, actor=actor)
