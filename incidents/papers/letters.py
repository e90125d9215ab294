"""The report as an official letter (GB/T 9704): both plans' contents of 4.1; number and letterhead are left blank."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from incidents.models import Report
from incidents.papers.build import NOT_KNOWN, NUMERALS, brief_report_of
from yangcheng_ec.clock import SHANGHAI

__all__ = ["letter_of"]

# Of 4.1's contents (cyber), time, place and unit open the letter; these follow, by their place in the plan's list.
SOURCE, CATEGORY, LOSS, SCOPE, COURSE = 3, 4, 5, 6, 7


def letter_of(report: Report) -> dict[str, Any]:
    """Return the letter of a written report: title, addressee, contents, sender and date."""
    letter = brief_report_of(report)
    signed = (report.reviewed_at or report.done_at or report.created_at).astimezone(SHANGHAI)
    letter |= {"date": _("%(y)d年%(m)d月%(d)d日") % {"y": signed.year, "m": signed.month, "d": signed.day}}
    if report.incident.plan_version.plan.uses_form_8_7:
        title = _("关于%(title)s的报告（%(label)s）") % {"title": report.incident.title, "label": report.label}
        letter |= {"title": title, "parts": _cyber_parts(report)}
    return letter


def _cyber_parts(report: Report) -> list[dict[str, str]]:
    content, form = report.content, report.incident.plan_version.texts["form_8_7"]
    labels = report.incident.plan_version.texts["report_contents"]
    fields = {field["no"]: field["label"] for field in form["fields"]}
    said = [
        (labels[SOURCE], content.get("source")),
        (labels[CATEGORY], _category(report)),
        (labels[LOSS], content.get("loss_estimate")),
        (labels[SCOPE], content.get("impact_scope")),
        (labels[COURSE], _joined(content.get("trend"), content.get("measures_taken"))),
        (fields[12], content.get("consequence_estimate")),
    ]
    if content.get("suggestions"):
        said.append((fields[13], content["suggestions"]))
    return [
        {"numeral": numeral, "label": label, "value": value or NOT_KNOWN}
        for numeral, (label, value) in zip(NUMERALS, said, strict=False)
    ]


def _category(report: Report) -> str:
    """Return category and grade in words; a grade not set is 暂时无法判明."""
    version, content = report.incident.plan_version, report.content
    category = version.categories.filter(code=content.get("category") or "").first()
    grade = version.grades.filter(code=content.get("grade") or "", number__gt=0).first()
    level = _("事件级别：%(grade)s") % {"grade": grade or _("暂时无法判明")}
    return f"{category or NOT_KNOWN}；{level}"


def _joined(*texts: str | None) -> str:
    return "\n".join(text for text in texts if text)
