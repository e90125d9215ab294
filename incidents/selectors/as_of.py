"""The case as it was known at a moment: by what had been recorded until then, not by what had happened.

Everything comes from rows that are never changed: the record's lines, the times at which reports, receipts and clocks
were entered. An act that was entered later (补录) was not known before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils.translation import gettext

from incidents.choices import IncidentState, ReportState, Symptom
from incidents.models import Incident, Report, ReportAddressee
from incidents.services.common import TRACKED, snapshot
from incidents.services.intake_words import ANALYSIS_LABELS, CHOICES, FACT_LABELS
from yangcheng_ec.deadlines.choices import DeadlineState
from yangcheng_ec.deadlines.models import Deadline
from yangcheng_ec.record.models import RecordEntry
from yangcheng_ec.record.selectors import entries_of

__all__ = ["AsOf", "ClockThen", "Moment", "ReportThen", "as_of", "moments_of"]

BLANK = "不详"
CLOSING = {"deadline.waived": DeadlineState.WAIVED, "deadline.superseded": DeadlineState.SUPERSEDED}


@dataclass(frozen=True)
class Moment:
    """A moment at which something was recorded: ``place`` in the row of moments, and what."""

    place: int
    at: datetime
    text: str

    @property
    def key(self) -> str:
        """Return the moment as an address writes it."""
        return moment_key(self.at)


@dataclass(frozen=True)
class Told:
    """An addressee: told when, and signed for it or not, as known then."""

    label: str
    at: datetime | None
    by: str = ""


@dataclass(frozen=True)
class ReportThen:
    """A report that had been recorded as sent, and who was known to have it."""

    report: Report
    addressees: list[Told]


@dataclass(frozen=True)
class ClockThen:
    """A clock as it stood. ``seconds``: overdue by (positive), left (negative); None without minutes or when met."""

    clock: Deadline
    state: DeadlineState
    addressees: list[Told]
    seconds: float | None

    @property
    def verdict(self) -> str:
        """Return its state then in words; what has no minutes is done, not done in time (G14)."""
        untimed = self.state == DeadlineState.MET and self.clock.due_at is None
        return gettext("已完成") if untimed else str(self.state.label)

    @property
    def left(self) -> float:
        """Return how long is left, or how long it is over, without a sign."""
        return abs(self.seconds or 0)


@dataclass(frozen=True)
class AsOf:
    """All that was known at ``at``. ``basis`` is the last line of the record it rests on; ``sure``: see ``_facts``."""

    at: datetime
    facts: list[tuple[str, str]]
    reports: list[ReportThen]
    clocks: list[ClockThen]
    entries: list[RecordEntry]
    sure: bool

    @property
    def key(self) -> str:
        """Return the moment as an address writes it."""
        return moment_key(self.at)

    @property
    def basis(self) -> RecordEntry | None:
        """Return the last line recorded by then."""
        return self.entries[-1] if self.entries else None


def moment_key(at: datetime) -> str:
    """Return a moment to the microsecond, without a «+» that an address would turn into a space."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moments_of(entries: Sequence[RecordEntry]) -> list[Moment]:
    """Return the moments of a record, each once, with its first line's words."""
    first: dict[datetime, RecordEntry] = {}
    for entry in entries:
        first.setdefault(entry.recorded_at, entry)
    return [Moment(place, at, entry.text) for place, (at, entry) in enumerate(first.items())]


def as_of(incident: Incident, at: datetime, record: Sequence[RecordEntry] | None = None) -> AsOf:
    """Return the case as known at the moment; five statements however long it ran."""
    entries = list(entries_of(incident.head_id)) if record is None else record
    then = [entry for entry in entries if entry.recorded_at <= at]
    facts, sure = _facts(incident, entries, then)
    return AsOf(at, facts, _reports(incident, at), _clocks(incident, at, then), then, sure)


def _facts(
    incident: Incident, entries: Sequence[RecordEntry], then: Sequence[RecordEntry]
) -> tuple[list[tuple[str, str]], bool]:
    """Return label and words of each fact, and whether the filing's own snapshot stands in the record.

    Without it the values of today are led back by the changes recorded since.
    """
    start = next((entry.data["snapshot"] for entry in entries if "snapshot" in entry.data), None)
    words = _labelled(start or snapshot(incident))
    lines = then if start else reversed(entries[len(then) :])
    for entry in lines:
        for change in entry.data.get("changes", ()) if _own(entry, incident) else ():
            words[change["field"]] = change["now" if start else "was"]
    return [(label, _readable(label, words.get(label, ""))) for label in TRACKED.values()], start is not None


def _own(entry: RecordEntry, incident: Incident) -> bool:
    return (entry.subject_type, entry.subject_id) == ("incident", incident.pk)


def _labelled(values: dict[str, str]) -> dict[str, str]:
    words = {TRACKED[name]: value for name, value in values.items() if name in TRACKED}
    state = words[TRACKED["state"]]
    words[TRACKED["state"]] = str(IncidentState(state).label) if state in IncidentState.values else state
    return words


def _readable(label: str, words: str) -> str:
    """Return a fact's words; codes of the record in Chinese."""
    if label == TRACKED["symptoms"]:
        return "、".join(str(Symptom(one).label) if one in Symptom.values else one for one in words.split("、"))
    if label == TRACKED["facts"]:
        return "；".join(_fact(part) for part in words.split("；") if part)
    return words


def _fact(part: str) -> str:
    name, _colon, value = part.partition("：")
    label = {**FACT_LABELS, **ANALYSIS_LABELS}.get(name, name)
    known = CHOICES.get(name)
    return f"{label}：{known(value).label if known is not None and value in known.values else value or BLANK}"


def _reports(incident: Incident, at: datetime) -> list[ReportThen]:
    """Return what had been recorded as sent: a report still being written told nobody anything."""
    rows = incident.reports.filter(state=ReportState.SENT, recorded_at__lte=at).select_related("author", "reviewer")
    return [
        ReportThen(row, [_receipt(to, row, at) for to in row.addressees.all()])
        for row in rows.prefetch_related("addressees").order_by("recorded_at", "serial")
    ]


def _receipt(to: ReportAddressee, report: Report, at: datetime) -> Told:
    """Return whether the addressee was known to have the report; who heard a call heard it as it was told."""
    if to.heard_by:
        return Told(to.label, report.done_at, to.heard_by)
    known = to.received_at is not None and (to.receipt_recorded_at or at) <= at
    return Told(to.label, to.received_at if known else None, to.received_by if known else "")


def _clocks(incident: Incident, at: datetime, then: Sequence[RecordEntry]) -> list[ClockThen]:
    rows = Deadline.objects.filter(head_id=incident.head_id, created_at__lte=at)
    closed = _closed(then)
    found = [_clock(row, at, closed.get(row.pk)) for row in rows.prefetch_related("addressees").order_by("id")]
    return sorted(found, key=_rank)


def _closed(then: Sequence[RecordEntry]) -> dict[int, DeadlineState | None]:
    """Return the clocks set aside by then, as their record lines tell; one taken up again is not."""
    closed: dict[int, DeadlineState | None] = {}
    for entry in then:
        if entry.subject_type == "deadline" and entry.subject_id and entry.kind in (*CLOSING, "deadline.reopened"):
            closed[entry.subject_id] = CLOSING.get(entry.kind)
    return closed


def _clock(row: Deadline, at: datetime, closed: DeadlineState | None) -> ClockThen:
    told = [Told(to.label, _known(to.done_at, to.recorded_at, at)) for to in row.addressees.all()]
    if closed is not None:
        return ClockThen(row, closed, told, None)
    if row.done_at is not None and row.recorded_at is not None and row.recorded_at <= at:
        late = row.due_at is not None and row.done_at > row.due_at
        return ClockThen(row, DeadlineState.MET_LATE if late else DeadlineState.MET, told, None)
    if row.due_at is None:
        return ClockThen(row, DeadlineState.RUNNING, told, None)
    seconds = (at - row.due_at).total_seconds()
    return ClockThen(row, DeadlineState.OVERDUE if seconds >= 0 else DeadlineState.RUNNING, told, seconds)


def _known(done: datetime | None, recorded: datetime | None, at: datetime) -> datetime | None:
    return done if recorded is not None and recorded <= at else None


def _rank(then: ClockThen) -> tuple[int, float]:
    order = (DeadlineState.OVERDUE, DeadlineState.RUNNING)
    return order.index(then.state) if then.state in order else len(order), -(then.seconds or 0)
