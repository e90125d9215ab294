"""What a paper says: from the report's frozen content, under the plan's own labels (data, not code)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from directory.choices import CountersignState
from directory.models import Category, Grade, Signature
from directory.rules import clause_label
from incidents.choices import ReportState, Symptom
from incidents.models import Report
from yangcheng_ec.clock import local_text

__all__ = ["brief_report_of", "form_8_7_of"]

NOT_KNOWN = "不详"
# Form 8.7's rows by their number in the plan's transcription (``texts["form_8_7"]["fields"]``).
PAIR_ROWS = ((1, 2), (3, 4), (5, 6))
CHECK_ROWS = (7, 8, 9)
LONG_ROWS = (10, 11, 12, 13)
NUMERALS = "一二三四五六七八九十"


def form_8_7_of(report: Report) -> dict[str, Any]:
    """Return form 8.7 of a written report: labels, options and hints are the plan's, the values the report's.

    What the form lacks (place, source, loss, scope, trend: 4.1) is printed inside 事件描述 under its own heading.
    """
    incident = report.incident
    form = incident.plan_version.texts["form_8_7"]
    fields = {field["no"]: field for field in form["fields"]}
    values = _form_values(report)
    return {
        "title": form["title"],
        "number": incident.number,
        "report_label": report.label,
        "author": values[5],
        "drill": incident.drill,
        "pairs": [[{"label": _label(fields[no]), "value": values[no]} for no in row] for row in PAIR_ROWS],
        "checks": [_check_row(report, fields[no]) for no in CHECK_ROWS],
        "longs": [_long_row(report, fields[no], values) for no in LONG_ROWS],
        "notes": _draft_note(report),
    }


def _form_values(report: Report) -> dict[int, str]:
    content = report.content
    return {
        1: content.get("reporting_unit") or report.reporting_unit_label or NOT_KNOWN,
        2: local_text(report.done_at) if report.done_at else "",
        3: content.get("incident_unit") or report.incident.incident_unit_label,
        4: content.get("occurred_at_text") or _occurred(report),
        5: report.author.display_name,
        6: _reviewer(report),
        10: content.get("description") or NOT_KNOWN,
        11: content.get("measures_taken") or NOT_KNOWN,
        12: content.get("consequence_estimate") or NOT_KNOWN,
        13: content.get("suggestions") or "",
    }


def _reviewer(report: Report) -> str:
    """Return the reviewer; one who signed by phone and has not countersigned is marked (DESIGN §4)."""
    if report.reviewer is None:
        return ""
    name = str(report.reviewer.display_name)
    signed = Signature.objects.filter(subject_type="report", subject_id=report.pk, signer=report.reviewer)
    last = signed.order_by("-signed_at", "-pk").first()
    if last is None or last.countersign == CountersignState.NOT_NEEDED:
        return name
    return f"{name}（{CountersignState(last.countersign).label}）"


def _occurred(report: Report) -> str:
    incident = report.incident
    return ("约" if incident.occurred_approximate else "") + local_text(incident.occurred_at)


def _label(field: dict[str, Any]) -> str:
    return str(field.get("label_as_printed") or field["label"])


def _check_row(report: Report, field: dict[str, Any]) -> dict[str, Any]:
    ticked = _ticked(report, field["no"])
    boxes = [{"label": option, "ticked": index in ticked} for index, option in enumerate(field["options"])]
    note = ""
    if field["no"] == 8 and not ticked:
        clause = clause_label(report.incident.plan_version, "4.1")
        note = _("暂时无法判明等级（%(clause)s）") % {"clause": clause}
    return {"label": field["label"], "boxes": boxes, "note": note}


def _ticked(report: Report, number: int) -> set[int]:
    """Return the positions of the ticked boxes: category and grade by their number in the plan, symptoms by order."""
    content, version = report.content, report.incident.plan_version
    if number == 7:
        row = Category.objects.filter(version=version, code=content.get("category") or "").first()
        return {row.number - 1} if row else set()
    if number == 8:
        grade = Grade.objects.filter(version=version, code=content.get("grade") or "", number__gt=0).first()
        return {grade.number - 1} if grade else set()
    chosen = set(content.get("symptoms") or [])
    return {index for index, value in enumerate(Symptom.values) if value in chosen}


def _long_row(report: Report, field: dict[str, Any], values: dict[int, str]) -> dict[str, Any]:
    parts = _missing_parts(report) if field["no"] == 10 else []
    return {"label": field["label"], "hint": field.get("hint", ""), "value": values[field["no"]], "parts": parts}


def _missing_parts(report: Report) -> list[dict[str, str]]:
    content = report.content
    named = (
        (_("地点"), "location"),
        (_("信息来源"), "source"),
        (_("经济损失的初步评估"), "loss_estimate"),
        (_("影响范围"), "impact_scope"),
        (_("事件发展态势"), "trend"),
    )
    parts = [{"label": label, "value": content.get(key) or NOT_KNOWN} for label, key in named]
    if report.body:
        parts.append({"label": _("补充说明"), "value": report.body})
    return parts


def _draft_note(report: Report) -> list[str]:
    if report.state == ReportState.SENT:
        return []
    return [_("（本件尚未报出，状态：%(state)s）") % {"state": ReportState(report.state).label}]


def brief_report_of(report: Report) -> dict[str, Any]:
    """Return the comms plan's 书面简要报告: the five contents of 4.1, in its order and words."""
    incident, content = report.incident, report.content
    version = incident.plan_version
    facts = content.get("facts") or incident.facts
    labels = version.texts["report_contents"]
    keys = ("disaster_nature", "cause", "impact_scope", "planned_measures", "social_impact")
    values = [content.get(key) or facts.get(key) or NOT_KNOWN for key in keys]
    return {
        "title": _("关于%(title)s的书面简要报告（%(label)s）") % {"title": incident.title, "label": report.label},
        "number": incident.number,
        "report_label": report.label,
        "to": "、".join(addressee.label for addressee in report.addressees.all()) or NOT_KNOWN,
        "opening": _opening(report),
        "remark": report.body if content.get("description") else "",
        "parts": [
            {"numeral": numeral, "label": label, "value": value}
            for numeral, label, value in zip(NUMERALS, labels, values, strict=False)
        ],
        "unit": content.get("reporting_unit") or report.reporting_unit_label or NOT_KNOWN,
        "time": local_text(report.done_at or report.created_at),
        "author": report.author.display_name,
        "reviewer": _reviewer(report),
        "drill": incident.drill,
        "notes": [_("依据：%(text)s") % {"text": version.texts["report_contents_text"]}, *_draft_note(report)],
    }


def _opening(report: Report) -> str:
    incident, content = report.incident, report.content
    occurred = content.get("occurred_at_text") or _occurred(report)
    place = content.get("location") or incident.location or NOT_KNOWN
    unit = content.get("incident_unit") or incident.incident_unit_label
    described = content.get("description") or report.body or incident.title
    return f"{occurred}，{place}，{unit}：{described}"
