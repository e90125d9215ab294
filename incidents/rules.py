"""Which reporting clocks run: rows of the plan read against one incident (rules.md R1-R13).

A rule's sentence is its ``quote``; nothing here knows a minute, a body or an addressee.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Prefetch

from directory.ladders import ladders_of
from directory.models import Grade, PlanVersion, ReportingAddressee, ReportingRule, Unit
from directory.rules import clause_label
from incidents.choices import OPEN_STATES
from incidents.models import Incident
from yangcheng_ec.deadlines.choices import DeadlineState, StartBasis
from yangcheng_ec.deadlines.models import Deadline
from yangcheng_ec.deadlines.services import ClockSpec, Rung

__all__ = [
    "ASKER",
    "INCIDENT_PLACE",
    "INCIDENT_TRIGGERS",
    "INQUIRY",
    "OFFICE",
    "PHONE_REPORT",
    "Addressee",
    "RegradePreview",
    "RuleBook",
    "clause_for",
    "obliged_unit",
    "regrade_preview",
    "rule_applies",
    "satisfies",
    "standing_clocks",
    "start_of",
    "undetermined_since",
]

INCIDENT_TRIGGERS = ("incident", "operator_incident", "township_incident")
PHONE_REPORT = "phone_report"
INQUIRY = "inquiry"
UNDETERMINED = "undetermined"
# Words of the plans that stand for no single unit: the case at hand says which.
INCIDENT_PLACE = "shifadi_zhengfu"
OFFICE = "office"
ORIGINAL = "original"
ASKER = "asker"
GENERIC_TARGETS = (ORIGINAL, ASKER)
START_LABELS = {"starts": "起算点", "owed_by": "责任单位", "wording": "时限"}

# The clause each act of the office rests on, by plan; an act no clause describes has none.
CLAUSES: dict[str, dict[str, str]] = {
    "cyber-2025": {
        "file": "4.1", "report": "4.1", "inquiry": "4.1", "triage": "2.2", "analyse": "8.3", "grade": "8.4",
        "link": "", "close": "4.5", "set_aside": "",
    },
    "comms-2022": {
        "file": "4.1", "report": "4.1", "inquiry": "4.1", "triage": "4.2", "analyse": "4.2", "grade": "",
        "link": "", "close": "4.6", "set_aside": "",
    },
}  # fmt: skip


def clause_for(version: PlanVersion, act: str) -> str:
    """Return the label of the clause an act rests on, or an empty text where no clause describes it."""
    ref = CLAUSES.get(version.plan.code, {}).get(act, "")
    return clause_label(version, ref) if ref else ""


_Rows = tuple[list[ReportingRule], dict[bool, tuple[Rung, ...]]]
_kept: dict[int, tuple[tuple[str, int], float, _Rows]] = {}
KEPT_SECONDS = 60


def _rows_of(version: PlanVersion) -> _Rows:
    """Return a version's rules and ladders, from memory while they are the same content and edition, and fresh."""
    content = version.checksum, version.ladder_edition
    kept, read_at, rows = _kept.get(version.pk, (("", 0), 0.0, ([], {})))
    if rows[0] and kept == content and time.monotonic() - read_at < KEPT_SECONDS:
        return rows
    addressees = Prefetch("addressees", ReportingAddressee.objects.select_related("unit"))
    rules = ReportingRule.objects.filter(version=version).prefetch_related(addressees, "owed_by_units")
    rows = list(rules.order_by("number")), ladders_of(version)
    _kept[version.pk] = content, time.monotonic(), rows
    return rows


@dataclass(frozen=True)
class Addressee:
    """Somebody a clause says to report to. ``names`` are all the words the plan's rules use for them."""

    code: str
    label: str
    unit: Unit | None = None
    names: tuple[str, ...] = ()


class RuleBook:
    """The reporting rules and the ladder of one plan version.

    Rows of a loaded version do not change: a process reads them once per version and content, and again after a
    minute, since the names of units may be corrected.
    """

    def __init__(self, version: PlanVersion) -> None:
        self.version = version
        self.rules, self.ladders = _rows_of(version)

    def by_code(self, code: str) -> ReportingRule | None:
        """Return the rule with this code, or None (clocks of warnings and responses are not ours)."""
        return next((rule for rule in self.rules if rule.code == code), None)

    def is_incident_rule(self, code: str) -> bool:
        """Return whether the rule is started by the incident itself, not by a call or an inquiry."""
        rule = self.by_code(code)
        return rule is not None and rule.trigger in INCIDENT_TRIGGERS

    def of_trigger(self, trigger: str) -> list[ReportingRule]:
        """Return the rules that such an event starts."""
        return [rule for rule in self.rules if rule.trigger == trigger]

    def of_incident(self, incident: Incident, grade: Grade | None) -> list[ReportingRule]:
        """Return the rules that apply to the incident if it had this grade."""
        return [rule for rule in self.rules if rule_applies(rule, incident, grade)]

    def addressees(self, incident: Incident | None = None) -> dict[str, Addressee]:
        """Return everybody the plan's incident rules name, by code; the place of the incident carries its name."""
        found: dict[str, Addressee] = {}
        for rule in self.rules:
            if rule.trigger not in INCIDENT_TRIGGERS:
                continue
            for row in rule.addressees.all():
                known = found.get(row.code) or _addressee(row.code, row.label, row.unit, incident)
                found[row.code] = replace(known, names=(*known.names, row.label))
        return found

    def spec(self, rule: ReportingRule, incident: Incident) -> ClockSpec:
        """Return the clock a rule starts on the incident itself."""
        basis, at, note = start_of(rule.starts, incident)
        addressees = tuple(
            (item.code, item.label)
            for item in (_addressee(row.code, row.label, row.unit, incident) for row in rule.addressees.all())
        )
        unit = obliged_unit(rule, incident)
        note = _join(note, _readings(self.version, rule))
        return self.build(
            rule, incident, ("incident", incident.pk), (basis, at, note), addressees,
            owed_unit=unit.code if unit else "", owed_name=unit.short_name or unit.name if unit else "",
        )  # fmt: skip

    def build(
        self,
        rule: ReportingRule,
        incident: Incident,
        subject: tuple[str, int],
        start: tuple[str, datetime, str],
        addressees: tuple[tuple[str, str], ...],
        *,
        owed_unit: str = "",
        owed_name: str = "",
    ) -> ClockSpec:
        """Return a clock's specification out of a rule's row, its start and its addressees."""
        return ClockSpec(
            rule_code=rule.code,
            plan_code=self.version.plan.code,
            plan_version_id=self.version.pk,
            clause=clause_label(self.version, rule.clause),
            quote=rule.quote,
            title=rule.title,
            owed_by=f"{rule.owed_by}（本案：{owed_name}）" if owed_name else rule.owed_by,
            owed_by_unit=owed_unit,
            subject=subject,
            start_basis=start[0],
            starts_at=start[1],
            start_note=start[2][:200],
            wording=rule.wording,
            minutes=rule.minutes,
            addressees=addressees,
            case_title=f"{incident.number} {incident.title}",
            url=f"/incidents/{incident.number}/",
            ladder=self.ladders[rule.minutes is not None],
            ladder_edition=self.version.ladder_edition,
            drill=incident.drill,
        )


def undetermined_since(incident: Incident) -> datetime | None:
    """Return since when an open case is 暂时无法判明: from 接报 where nobody graded it; None for other grades."""
    if incident.grade is None or incident.grade.code != UNDETERMINED or incident.state not in OPEN_STATES:
        return None
    return incident.graded_at or incident.received_at


def rule_applies(rule: ReportingRule, incident: Incident, grade: Grade | None) -> bool:
    """Return whether the rule speaks of such an incident: every one, one of this grade, an operator's, a township's."""
    if rule.trigger == "incident":
        return not rule.grades or (grade is not None and grade.code in rule.grades)
    if rule.trigger == "operator_incident":
        named = {unit.pk for unit in rule.owed_by_units.all()}
        return bool(named & {incident.incident_unit_id, incident.reporting_unit_id})
    return rule.trigger == "township_incident" and incident.township_id is not None


def start_of(basis: str, incident: Incident) -> tuple[str, datetime, str]:
    """Return (basis, moment, note) a clock starts from.

    事发时间不详或只知大约的，自获知时起算（非预案规定）。
    """
    if basis == StartBasis.OCCURRED:
        if incident.occurred_at is None:
            return StartBasis.KNOWN, incident.known_at, "事发时间不详，自获知时起算"
        if incident.occurred_approximate:
            return StartBasis.KNOWN, incident.known_at, "事发时间只知大约，自获知时起算"
        return StartBasis.OCCURRED, incident.occurred_at, ""
    if basis == StartBasis.RECEIVED:
        return StartBasis.RECEIVED, incident.received_at, ""
    return basis, incident.known_at, ""


def obliged_unit(rule: ReportingRule, incident: Incident) -> Unit | None:
    """Return the unit of this case that owes the report, or None where it is the office or not known."""
    for kind in rule.owed_by_kinds:
        unit = _unit_of_kind(kind, rule, incident)
        if unit is not None:
            return unit
    return None


def _unit_of_kind(kind: str, rule: ReportingRule, incident: Incident) -> Unit | None:
    if kind == "incident_unit":
        return incident.incident_unit
    if kind in ("monitoring_unit", "reporting_unit"):
        return incident.reporting_unit
    if kind == "incident_township":
        return incident.township
    if kind in ("unit", "operators"):
        named = {unit.pk: unit for unit in rule.owed_by_units.all()}
        return named.get(incident.reporting_unit_id or 0) or named.get(incident.incident_unit_id or 0)
    return None


def satisfies(rule: ReportingRule, report_kind: str) -> bool:
    """Return whether a report of this kind (phone, written) meets the rule; a reply meets only its own inquiry."""
    if rule.satisfied_by == "reply":
        return False
    return not rule.satisfied_kinds or report_kind in rule.satisfied_kinds


@dataclass(frozen=True)
class RegradePreview:
    """What a new grade would do to the clocks: shown before it is decided.

    ``reopened`` are the rules of those started that were waived before: they go on instead of being doubled.
    """

    waived: tuple[Deadline, ...]
    started: tuple[ClockSpec, ...]
    kept: tuple[Deadline, ...]
    reopened: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        """Return whether any clock would change."""
        return bool(self.waived or self.started)


def regrade_preview(incident: Incident, grade: Grade | None, book: RuleBook | None = None) -> RegradePreview:
    """Return which clocks stop, start or stay if the incident had this grade: 分级变了，时限跟着变（4.1）。"""
    book = book or RuleBook(incident.plan_version)
    wanted = {rule.code: rule for rule in book.of_incident(incident, grade)}
    standing = {code: row for code, row in standing_clocks(incident).items() if book.is_incident_rule(code)}
    waived = tuple(row for code, row in standing.items() if code not in wanted and row.is_open)
    kept = tuple(row for code, row in standing.items() if code in wanted and row.state != DeadlineState.WAIVED)
    missing = [rule for code, rule in wanted.items() if code not in {row.rule_code for row in kept}]
    again = tuple(rule.code for rule in missing if rule.code in standing)
    return RegradePreview(waived, tuple(book.spec(rule, incident) for rule in missing), kept, again)


def standing_clocks(incident: Incident) -> dict[str, Deadline]:
    """Return the incident's own clocks by rule, superseded ones left out."""
    rows = Deadline.objects.filter(subject_type="incident", subject_id=incident.pk).exclude(
        state=DeadlineState.SUPERSEDED
    )
    return {row.rule_code: row for row in rows.prefetch_related("addressees").order_by("id")}


def _addressee(code: str, label: str, unit: Unit | None, incident: Incident | None) -> Addressee:
    if code == INCIDENT_PLACE and incident is not None and incident.township is not None:
        township = incident.township
        return Addressee(code, f"{label}（{township.short_name or township.name}）", township)
    return Addressee(code, label, unit)


def _readings(version: PlanVersion, rule: ReportingRule) -> str:
    """Return which parts of the rule are a reading of ours where the clause is silent."""
    named = version.texts.get("readings", {}).get(rule.code, [])
    words = [START_LABELS[part] for part in named if part in START_LABELS]
    return f"条款未写明{'、'.join(words)}" if words else ""


def _join(*notes: str) -> str:
    return "；".join(note for note in notes if note)
