"""What the plans say on what follows a response (F1-F4): read from the version's own data, never written here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from directory.choices import Act, AftercareKind, PayerKind
from directory.models import Grade, PlanVersion
from directory.rules import actor_of, appointments_in_force, clause_label, in_scope
from incidents.choices import IncidentState
from incidents.models import Incident
from yangcheng_ec.actors import Actor
from yangcheng_ec.errors import Forbidden, WrongState

__all__ = [
    "BEGINS",
    "GOES_ON",
    "LOOKS_BACK",
    "Cited",
    "Route",
    "Section",
    "care_kinds",
    "cited",
    "is_clause",
    "payers",
    "rebuild_duty",
    "report_addressees",
    "report_duty",
    "report_sections",
    "review_route",
    "signer_actor",
    "state_of_case",
]

# Aftercare begins while the response goes on (its receipts are written in the field); the report looks back on an end.
BEGINS = (IncidentState.RESPONDING, IncidentState.AFTERMATH, IncidentState.ANALYSED)
LOOKS_BACK = (IncidentState.AFTERMATH, IncidentState.ANALYSED)
# What was begun is also finished when the case was closed over it, with a reason.
GOES_ON = (*BEGINS, IncidentState.CLOSED)
NAMES = {"begin": BEGINS, "report": LOOKS_BACK, "go_on": GOES_ON}


@dataclass(frozen=True)
class Cited:
    """A duty with its clause and words; ``non_plan``: ours, the plan says nothing of it."""

    label: str = ""
    quote: str = ""
    non_plan: bool = True


@dataclass(frozen=True)
class Section:
    """One thing the report has to say, in the clause's word."""

    key: str
    title: str


@dataclass(frozen=True)
class Route:
    """Who organises the investigation of a grade, with whom, and which posts sign (「非预案规定」).

    ``non_plan``: the clause names no route for this case; the office writes who organises.
    """

    organiser: str
    together: str
    superior: str
    cited: Cited
    signers: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data, to be kept with the report."""
        return {
            "organiser": self.organiser, "together": self.together, "superior": self.superior,
            "clause": self.cited.label, "quote": self.cited.quote, "non_plan": self.cited.non_plan,
            "signers": list(self.signers),
        }  # fmt: skip


def cited(version: PlanVersion, name: str) -> Cited:
    """Return a duty of the plan's section «after» by name; one that it does not have is ours."""
    return _cited(version, _after(version).get(name))


def review_route(version: PlanVersion, grade: Grade | None) -> Route:
    """Return who investigates: by the event's grade (cyber 5.1), or for every case (comms 5.2)."""
    rows = _after(version).get("routes", [])
    for row in rows:
        if not row["grades"] or (grade is not None and grade.code in row["grades"]):
            words = (row["organiser"], row["together"], row["superior"])
            return Route(*words, _cited(version, row), tuple(row["signers"]))
    signers = tuple(dict.fromkeys(kind for row in rows for kind in row["signers"]))
    return Route("", "", "", Cited(clause_label(version, rows[0]["clause"]) if rows else ""), signers)


def report_duty(version: PlanVersion) -> tuple[str, Cited, str]:
    """Return what the report is called, its clause, and the words on what it has to look into."""
    row = _after(version).get("report") or {}
    return row.get("title", "总结调查报告"), _cited(version, row), row.get("asked", "")


def report_sections(version: PlanVersion) -> list[Section]:
    """Return what the report has to say, in the order of the clause."""
    return [Section(row["key"], row["title"]) for row in (_after(version).get("report") or {}).get("sections", [])]


def report_addressees(version: PlanVersion) -> list[str]:
    """Return to whom the clause has it reported."""
    return list((_after(version).get("report") or {}).get("addressees", []))


def care_kinds(version: PlanVersion) -> dict[str, Cited]:
    """Return every kind of aftercare with its clause: those of the plan first, the rest 「非预案规定」."""
    named = {row["kind"]: _cited(version, row) for row in _after(version).get("care", [])}
    return {**named, **{kind: Cited() for kind in AftercareKind.values if kind not in named}}


def payers(version: PlanVersion) -> dict[str, Cited]:
    """Return who may bear a cost with its clause (6.6); somebody else is 「非预案规定」 and has to be named."""
    named = {row["kind"]: _cited(version, row) for row in _after(version).get("payers", [])}
    return {**named, PayerKind.OTHER: Cited()}


def rebuild_duty(version: PlanVersion) -> Cited:
    """Return who rebuilds: the unit where it happened (cyber 5.3); by our reading where the plan names nobody."""
    row = _after(version).get("rebuild") or {}
    found = _cited(version, row)
    return Cited(found.label, found.quote, found.non_plan or bool(row.get("owner_non_plan")))


def is_clause(version: PlanVersion, label: str) -> bool:
    """Return whether a label cites a clause of this version, or a numbered part of one: 4.2.1.3（2）."""
    named, _space, ref = label.rpartition(" ")
    return named == version.cited_as and version.clauses.filter(ref=ref.partition("（")[0]).exists()


def signer_actor(user: Any, version: PlanVersion, route: dict[str, Any]) -> Actor:
    """Return the user as a post that signs by this route (「非预案规定」). Raises Forbidden with the posts."""
    kinds: Sequence[str] = route.get("signers", [])
    rows = appointments_in_force().filter(user=user, post__version=version, post__kind__in=list(kinds))
    fitting = sorted((row for row in rows if in_scope(row, Act.REVIEW_REPORT)), key=lambda row: row.pk)
    if fitting:
        return actor_of(user, fitting[0])
    labels = dict(version.posts.filter(kind__in=list(kinds)).order_by("ordinal").values_list("kind", "label"))
    names = "、".join(labels.get(kind, kind) for kind in kinds)
    words = f"这份报告由{names}签发（非预案规定），您现在没有担任该职务。"
    raise Forbidden(words, clause=route.get("clause", ""))


def state_of_case(incident: Incident, doing: str, what: str, clause: str = "") -> None:
    """Raise WrongState unless the case is where this is done: ``begin``, ``report`` or ``go_on``."""
    allowed = NAMES[doing]
    if incident.state in allowed:
        return
    names = "、".join(str(IncidentState(state).label) for state in allowed)
    words = f"事件现在是「{incident.state_choice.label}」，{what}只能在「{names}」时办理。"
    raise WrongState(words, clause=clause)


def _after(version: PlanVersion) -> dict[str, Any]:
    found: dict[str, Any] = version.texts.get("after") or {}
    return found


def _cited(version: PlanVersion, row: dict[str, Any] | None) -> Cited:
    if not row:
        return Cited()
    return Cited(clause_label(version, row["clause"]), row["quote"], row["non_plan"])
