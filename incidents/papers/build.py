"""What a paper says: from the report's frozen content, under the plan's own labels (data, not code)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from directory.choices import CountersignState
from directory.models import Category, Grade, PlanVersion, Signature
from directory.rules import clause_label
from incidents.choices import ReportState, Symptom
from incidents.models import Report
from incidents.services.faces import CHANGES
from yangcheng_ec.clock import local_text

__all__ = ["NOT_KNOWN", "NUMERALS", "blank_form_8_7", "brief_report_of", "form_8_7_of"]

NOT_KNOWN = "不详"
# Form 8.7's rows by their number in the plan's transcription (``texts["form_8_7"]["fields"]``).
PAIR_ROWS = ((1, 2), (3, 4), (5, 6))
CHECK_ROWS = (7, GRADE := 8, 9)
LONG_ROWS = (DESCRIPTION := 10, 11, 12, 13)
NUMERALS = "一二三四五六七八九十"


def form_8_7_of(report: Report) -> dict[str, Any]:
    """Return form 8.7 of a written report: labels, options and hints are the plan's, the values the report's.

    What the form lacks (place, source, loss, scope, trend: 4.1) is printed inside 事件描述 under its own heading.
    """
    incident, values = report.incident, _form_values(report)
    return {
        "number": incident.number,
        "report_label": report.label,
        "author": values[5],
        "drill": incident.drill,
        "notes": _draft_note(report),
        **_rows(incident.plan_version, values, _missing_parts(report), report),
    }


def blank_form_8_7(version: PlanVersion) -> dict[str, Any]:
    """Return the empty form, for pen and paper: the same rows, no box ticked, room to write in."""
    parts = [{"label": label, "value": ""} for label, _key in _missing()]
    return {"blank": True, "notes": [_blank_note(version)], **_rows(version, dict.fromkeys(range(1, 14), ""), parts)}


def _blank_note(version: PlanVersion) -> str:
    clause = clause_label(version, "4.1")
    return _("【】内各项为%(clause)s要求报告而表中未列的内容（这样排列：非预案规定）。级别暂时无法判明的不勾。") % {
        "clause": clause
    }


def _rows(
    version: PlanVersion, values: dict[int, str], parts: list[dict[str, str]], report: Report | None = None
) -> dict[str, Any]:
    form = version.texts["form_8_7"]
    fields = {field["no"]: field for field in form["fields"]}
    return {
        "title": form["title"],
        "pairs": [[{"label": _label(fields[no]), "value": values[no]} for no in row] for row in PAIR_ROWS],
        "checks": [_check_row(fields[no], report) for no in CHECK_ROWS],
        "longs": [_long_row(fields[no], values[no], parts if no == DESCRIPTION else []) for no in LONG_ROWS],
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


def _check_row(field: dict[str, Any], report: Report | None) -> dict[str, Any]:
    ticked = _ticked(report, field["no"]) if report else set()
    boxes = [{"label": option, "ticked": index in ticked} for index, option in enumerate(field["options"])]
    note = ""
    if report and field["no"] == GRADE and not ticked:
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


def _long_row(field: dict[str, Any], value: str, parts: list[dict[str, str]]) -> dict[str, Any]:
    return {"label": field["label"], "hint": field.get("hint", ""), "value": value, "parts": parts}


def _missing() -> tuple[tuple[str, str], ...]:
    """Return what 4.1 asks for and the form has no row for: label and key of the report's content."""
    return (
        (_("地点"), "location"),
        (_("信息来源"), "source"),
        (_("经济损失的初步评估"), "loss_estimate"),
        (_("影响范围"), "impact_scope"),
        (_("事件发展态势"), "trend"),
    )


def _missing_parts(report: Report) -> list[dict[str, str]]:
    parts = [{"label": label, "value": report.content.get(key) or NOT_KNOWN} for label, key in _missing()]
    if report.content.get(CHANGES):
        parts.append({"label": _("与上次报告相比"), "value": report.content[CHANGES]})
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
        "changes": content.get(CHANGES, ""),
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
        "draft_notes": _draft_note(report),
    }


def _opening(report: Report) -> str:
    incident, content = report.incident, report.content
    occurred = content.get("occurred_at_text") or _occurred(report)
    occurred = _("事发时间不详") if occurred == NOT_KNOWN else occurred
    place = content.get("location") or incident.location or NOT_KNOWN
    unit = content.get("incident_unit") or incident.incident_unit_label
    described = content.get("description") or report.body or incident.title
    return f"{occurred}，{place}，{unit}：{described}"
