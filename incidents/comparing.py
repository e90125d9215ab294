"""What a report says otherwise than the one before it: field by field, and in words the author may edit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from directory.models import PlanVersion
from incidents.choices import ReportState, Symptom
from incidents.models import Incident, Report
from incidents.services.faces import AS_KNOWN, BRIEF_KEYS, CHANGES, COMPARED, FACE_KEYS, FACE_LABELS
from incidents.services.intake_words import CHOICES, FACT_LABELS
from yangcheng_ec.clock import local_text

__all__ = [
    "FieldChange",
    "changes_between",
    "changes_renewed",
    "changes_written",
    "previous_report",
    "report_named",
    "told_by",
]

# Longer texts are not repeated in the section: it says that they changed, the report itself says how.
QUOTED = 60
SHORT = 10
AROUND = 30


@dataclass(frozen=True)
class FieldChange:
    """One item that differs: what stood in the earlier report and what stands now."""

    name: str
    label: str
    was: str
    now: str

    @property
    def parts(self) -> tuple[str, str, str, str]:
        """Return (before, taken out, put in, after): the same text at both ends, shortened to what surrounds it."""
        start, end = _same_start(self.was, self.now), 0
        rest = min(len(self.was), len(self.now)) - start
        while end < rest and self.was[-1 - end] == self.now[-1 - end]:
            end += 1
        before, after = self.now[:start], self.now[len(self.now) - end :] if end else ""
        removed, added = self.was[start : len(self.was) - end], self.now[start : len(self.now) - end]
        return _tail(before), removed, added, _start(after)


def _same_start(was: str, now: str) -> int:
    return next((n for n, (a, b) in enumerate(zip(was, now, strict=False)) if a != b), min(len(was), len(now)))


def _tail(text: str) -> str:
    return text if len(text) <= AROUND else f"…{text[-AROUND:]}"


def _start(text: str) -> str:
    return text if len(text) <= AROUND else f"{text[:AROUND]}…"


def previous_report(report: Report) -> Report | None:
    """Return what a report is compared with: the call it is the text of, else the last one sent before it.

    Of the same reporting unit where that has sent one, else of the case. A report that was sent keeps its own.
    """
    sent = report.incident.reports.filter(state=ReportState.SENT).select_related("follows_call")
    if report.state == ReportState.SENT:
        return sent.filter(serial=report.content.get(COMPARED) or 0).first()
    if report.follows_call is not None:
        return report.follows_call
    earlier = sent.exclude(pk=report.pk).order_by("-done_at", "-serial")
    return earlier.filter(reporting_unit_code=report.reporting_unit_code).first() or earlier.first()


def told_by(report: Report) -> dict[str, Any]:
    """Return what a report said: its face, or for a call what the case said when it was made."""
    known: dict[str, Any] = report.content.get(AS_KNOWN, report.content)
    return known


def changes_between(version: PlanVersion, was: Mapping[str, Any], now: Mapping[str, Any]) -> list[FieldChange]:
    """Return the items of two faces that differ, in the order of the paper; nothing where one has no face."""
    if not was or not now:
        return []
    before, after = _in_words(version, was), _in_words(version, now)
    labels = {**FACE_LABELS, **_other_labels()}
    return [
        FieldChange(name, str(labels[name]), before.get(name, ""), after.get(name, ""))
        for name in labels
        if before.get(name, "") != after.get(name, "")
    ]


def _other_labels() -> dict[str, str]:
    own = {"category": _("事件分类"), "subcategory": _("子类"), "grade": _("事件级别"), "symptoms": _("危害表象")}
    return {**own, **FACT_LABELS}


def _in_words(version: PlanVersion, face: Mapping[str, Any]) -> dict[str, str]:
    words = {name: str(face.get(name) or "") for name in (*FACE_KEYS, *BRIEF_KEYS, "subcategory")}
    facts = face.get("facts") or {}
    words |= {name: _plain(name, facts.get(name)) for name in FACT_LABELS if name not in BRIEF_KEYS}
    symptoms = face.get("symptoms") or []
    words["symptoms"] = "、".join(str(label) for value, label in Symptom.choices if value in symptoms)
    for name, rows in (("category", version.categories), ("grade", version.grades)):
        code = face.get(name)
        words[name] = str(rows.filter(code=code).first() or "") if code else ""
    return words


def _plain(name: str, value: Any) -> str:
    if isinstance(value, list | tuple):
        return "、".join(str(item) for item in value)
    if name in CHOICES and value in CHOICES[name].values:
        return str(CHOICES[name](value).label)
    return "" if value is None else str(value)


def report_named(report: Report) -> str:
    """Return a report as people speak of it: 首报（电话报告，2026年11月22日 03:41）."""
    return f"{report.label}（{report.get_kind_display()}，{local_text(report.done_at or report.created_at)}）"


def _written(changes: list[FieldChange], previous: Report) -> str:
    head = f"与{report_named(previous)}相比"
    if not told_by(previous):
        return f"{head}：当时的情况没有留存，请写明有什么变化。"
    if not changes:
        return f"{head}，各项没有变化。"
    return "\n".join([f"{head}：", *(f"{number}．{_line(row)}" for number, row in enumerate(changes, start=1))])


def _line(change: FieldChange) -> str:
    if not change.was:
        return f"{change.label}：新增「{change.now}」。" if len(change.now) <= QUOTED else _seen_below(change, "新增")
    if not change.now:
        return f"{change.label}：不再填写（上次为「{_start(change.was)}」）。"
    added = change.now[len(change.was) :].strip() if change.now.startswith(change.was) else ""
    if len(change.was) > SHORT and 0 < len(added) <= QUOTED:
        return f"{change.label}：补充「{added}」。"
    if len(change.was) <= QUOTED and len(change.now) <= QUOTED:
        return f"{change.label}：由「{change.was}」变为「{change.now}」。"
    return _seen_below(change, "有变化")


def _seen_below(change: FieldChange, what: str) -> str:
    return f"{change.label}：{what}，见本报告该项（{len(change.now)}字）。"


def changes_written(incident: Incident, previous: Report, face: Mapping[str, Any]) -> str:
    """Return the section 「与上次报告相比」 in words; nothing is invented: only items that differ are named."""
    return _written(changes_between(incident.plan_version, told_by(previous), face), previous)


def changes_renewed(report: Report, face: dict[str, Any]) -> dict[str, Any]:
    """Return a draft's face with its section written anew, unless its author has put it into words of their own.

    A first report has none, and none is kept of a secret case.
    """
    previous = None if report.incident.secret else previous_report(report)
    if previous is None:
        return face
    typed = face.get(CHANGES, "")
    own = typed and typed != _generated(report)
    section = typed if own else changes_written(report.incident, previous, face)
    return {**face, CHANGES: section, COMPARED: previous.serial}


def _generated(report: Report) -> str:
    """Return what the section said when the system last wrote it, from the face as it is kept."""
    before = report.incident.reports.filter(serial=report.content.get(COMPARED) or 0).first()
    return changes_written(report.incident, before, report.content) if before else ""
