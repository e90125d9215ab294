"""What upper apps do with a case: they register their panel, and what ends with the case, when they start."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string

from directory.models import Unit
from incidents.models import Incident
from yangcheng_ec.actors import Actor
from yangcheng_ec.record.models import CaseHead

__all__ = [
    "CaseEnd",
    "CasePanel",
    "CasePaper",
    "CasePart",
    "CaseParts",
    "CaseRows",
    "CaseTie",
    "CaseUnsettled",
    "CaseWork",
    "ClockHeads",
    "ThenLine",
    "ThenPart",
    "case_ended",
    "case_panels",
    "case_paper",
    "case_parts",
    "case_rows",
    "case_then",
    "case_tied",
    "case_unsettled",
    "case_work",
    "clock_heads",
    "panels_for",
    "register_case_end",
    "register_case_panel",
    "register_case_paper",
    "register_case_parts",
    "register_case_rows",
    "register_case_then",
    "register_case_tie",
    "register_case_unsettled",
    "register_case_work",
    "register_clock_heads",
]

# Given the request and the case, return (template name, context), or None to show nothing.
CasePanel = Callable[[HttpRequest, Incident], tuple[str, dict[str, Any]] | None]
case_panels: list[CasePanel] = []
# Given the case, its locked head, who ends it and why in words: settle what must not outlive the case.
CaseEnd = Callable[[Incident, CaseHead, Actor, str], None]
_case_ends: list[CaseEnd] = []
# Given the case and a unit: whether something of an upper app (a task) ties the unit to the case.
CaseTie = Callable[[Incident, Unit], bool]
_case_ties: list[CaseTie] = []
# Given the case: what of an upper app is not settled yet when it is closed, each in words; empty when nothing is.
CaseUnsettled = Callable[[Incident], list[str]]
_case_unsettled: list[CaseUnsettled] = []
# Given the case: what of an upper app (a response, a warning) hangs on it, each in words; empty when nothing does.
CaseWork = Callable[[Incident], list[str]]
_case_works: list[CaseWork] = []


@dataclass(frozen=True)
class CasePart:
    """A part of a case's file (卷宗): its heading, its template and context, and its own headings (anchor, words).

    The template reads the context as ``paper``. ``wide`` prints it across.
    """

    title: str
    template: str
    context: dict[str, Any]
    headings: Sequence[tuple[str, str]] = ()
    wide: bool = False


@dataclass(frozen=True)
class CasePaper:
    """A kind of paper of a case that an upper app prints through the same queue (ADR 0014).

    ``check`` lets pass who may have it, by user, case and serial, or raises; ``build`` returns template and words.
    """

    kind: str
    label: str
    check: Callable[[Any, Incident, int], None]
    build: Callable[[Any, Incident, int], tuple[str, dict[str, Any]]]


_case_papers: dict[str, CasePaper] = {}


def register_case_paper(paper: CasePaper) -> CasePaper:
    """Register a kind of paper once, by its kind."""
    return _case_papers.setdefault(paper.kind, paper)


def case_paper(kind: str) -> CasePaper | None:
    """Return an upper app's kind of paper."""
    return _case_papers.get(kind)


# Given a user: the heads of what an upper app keeps clocks on (a warning) that the user may see.
ClockHeads = Callable[[Any], QuerySet[Any]]
_clock_heads: list[ClockHeads] = []


def register_clock_heads(heads: ClockHeads) -> ClockHeads:
    """Register whose clocks stand in the list across cases besides those of cases."""
    if heads not in _clock_heads:
        _clock_heads.append(heads)
    return heads


def clock_heads() -> list[ClockHeads]:
    """Return what upper apps registered."""
    return list(_clock_heads)


# Given the case: the parts of its file that an upper app prints. Only who sees whole cases ever reads them.
CaseParts = Callable[[Incident], Sequence[CasePart]]
_case_parts: list[CaseParts] = []


@dataclass(frozen=True)
class ThenLine:
    """One thing of an upper app as it stood at a moment: its name and address, its state then, and a word on it."""

    label: str
    url: str
    state: Any
    note: str = ""


@dataclass(frozen=True)
class ThenPart:
    """What an upper app knew of a case at a moment, under its heading."""

    title: str
    lines: Sequence[ThenLine]


# Given the case and a moment: what stood then, by what had been recorded; None where there was nothing.
CaseThen = Callable[[Incident, datetime], ThenPart | None]
_case_thens: list[CaseThen] = []


def register_case_then(then: CaseThen) -> CaseThen:
    """Register once what an upper app shows of a case «as it was known at …»."""
    if then not in _case_thens:
        _case_thens.append(then)
    return then


def case_then(incident: Incident, at: datetime) -> list[ThenPart]:
    """Return the upper apps' parts of a case as it was known at the moment."""
    return [part for then in _case_thens if (part := then(incident, at)) is not None]


# Given the case: rows of an upper app that belong into its export, by the name they have there.
CaseRows = Callable[[Incident], dict[str, QuerySet[Any]]]
_case_rows: list[CaseRows] = []


def register_case_rows(rows: CaseRows) -> CaseRows:
    """Register once which rows of an upper app a case's export holds."""
    if rows not in _case_rows:
        _case_rows.append(rows)
    return rows


def case_rows(incident: Incident) -> dict[str, QuerySet[Any]]:
    """Return the upper apps' rows of a case, by their names in the export."""
    return {name: rows for provider in _case_rows for name, rows in provider(incident).items()}


def register_case_panel(panel: CasePanel) -> CasePanel:
    """Register a panel once; fit to be a decorator."""
    if panel not in case_panels:
        case_panels.append(panel)
    return panel


def register_case_end(handler: CaseEnd) -> CaseEnd:
    """Register once what is done, in the same transaction, when a case ends (误报、转交、结案)."""
    if handler not in _case_ends:
        _case_ends.append(handler)
    return handler


def case_ended(incident: Incident, head: CaseHead, actor: Actor, reason: str) -> None:
    """Let the upper apps settle what hung on the case."""
    for handler in _case_ends:
        handler(incident, head, actor, reason)


def register_case_tie(tie: CaseTie) -> CaseTie:
    """Register once what else lets a unit see a case, so that taking it out of the command does not hide its work."""
    if tie not in _case_ties:
        _case_ties.append(tie)
    return tie


def case_tied(incident: Incident, unit: Unit) -> bool:
    """Return whether an upper app ties the unit to the case."""
    return any(tie(incident, unit) for tie in _case_ties)


def register_case_unsettled(unsettled: CaseUnsettled) -> CaseUnsettled:
    """Register once what an upper app has to tell before a case is closed over it."""
    if unsettled not in _case_unsettled:
        _case_unsettled.append(unsettled)
    return unsettled


def case_unsettled(incident: Incident) -> list[str]:
    """Return in words what the upper apps have not settled; closing over it asks for a reason."""
    return [words for unsettled in _case_unsettled for words in unsettled(incident)]


def register_case_parts(parts: CaseParts) -> CaseParts:
    """Register once what an upper app prints in a case's file, between the clocks and the record."""
    if parts not in _case_parts:
        _case_parts.append(parts)
    return parts


def case_parts(incident: Incident) -> list[CasePart]:
    """Return the upper apps' parts of a case's file, in the order they were registered."""
    return [part for provider in _case_parts for part in provider(incident)]


def register_case_work(work: CaseWork) -> CaseWork:
    """Register once what an upper app tells of its own work on a case, so that nobody takes the case from under it."""
    if work not in _case_works:
        _case_works.append(work)
    return work


def case_work(incident: Incident) -> list[str]:
    """Return in words what the upper apps have begun on the case."""
    return [words for work in _case_works for words in work(incident)]


def panels_for(request: HttpRequest, incident: Incident) -> list[str]:
    """Return the panels of a case's page, rendered each with its own context."""
    found = [panel(request, incident) for panel in case_panels]
    return [render_to_string(item[0], item[1], request=request) for item in found if item is not None]
