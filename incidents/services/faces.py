"""The frozen face of a written report: form 8.7's fields (cyber) or the brief report's (comms)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy

from incidents.models import Incident
from incidents.services.intake_words import LONG_TEXTS, Problems
from incidents.services.secret import SEALED_WORDS
from yangcheng_ec.clock import local_text
from yangcheng_ec.errors import BadInput
from yangcheng_ec.text import LONG_TEXT_LIMIT, clean_text

__all__ = ["AS_KNOWN", "BRIEF_KEYS", "CHANGES", "COMPARED", "FACE_KEYS", "FACE_LABELS", "face_edited", "face_of"]

# The brief report's five contents (comms 4.1) beside the facts every report has.
BRIEF_KEYS = ("disaster_nature", "cause", "planned_measures", "social_impact")
FACE_KEYS = ("reporting_unit", "incident_unit", "occurred_at_text", "location", "source", *LONG_TEXTS)
# Keys of a report's content beside its face: the section 「与上次报告相比」, the serial of the report it was compared
# with; and for a call, which has no face, what the case said when it was made.
CHANGES, COMPARED, AS_KNOWN = "changes", "compared_with", "as_known"
FACE_LABELS = {
    "reporting_unit": gettext_lazy("报告单位"), "incident_unit": gettext_lazy("事发单位"),
    "occurred_at_text": gettext_lazy("事件起始时间"), "location": gettext_lazy("地点"),
    "source": gettext_lazy("信息来源"),
    "description": gettext_lazy("事件描述"), "measures_taken": gettext_lazy("处置措施"),
    "consequence_estimate": gettext_lazy("事件后果的初步估计"), "suggestions": gettext_lazy("有关意见和建议"),
    "loss_estimate": gettext_lazy("经济损失的初步评估"), "impact_scope": gettext_lazy("影响范围"),
    "trend": gettext_lazy("事件发展态势"),
}  # fmt: skip


def face_of(incident: Incident, reporting_unit: str) -> dict[str, Any]:
    """Return a report's content from the case as it is known now (4.1's contents, form 8.7's fields)."""
    about = "约" if incident.occurred_approximate else ""
    face: dict[str, Any] = {
        "reporting_unit": reporting_unit,
        "incident_unit": incident.incident_unit_label,
        "occurred_at_text": f"{about}{local_text(incident.occurred_at)}",
        "category": incident.category.code if incident.category else "",
        "subcategory": incident.subcategory.name if incident.subcategory else "",
        "grade": incident.grade.code if incident.grade else "",
        "symptoms": list(incident.symptoms),
    }
    face |= {name: getattr(incident, name) for name in ("location", "source", *LONG_TEXTS)}
    if not incident.plan_version.plan.uses_form_8_7:
        face |= {key: incident.facts.get(key, "") for key in BRIEF_KEYS}
        face["facts"] = dict(incident.facts)
    return _sealed(face) if incident.secret else face


def _sealed(face: dict[str, Any]) -> dict[str, Any]:
    """Of a secret case (涉密) a report says who reports and when it began, nothing of what stands in the case."""
    told = {name: face[name] for name in ("reporting_unit", "occurred_at_text", "grade")}
    return {**{name: type(value)() for name, value in face.items()}, **told, "description": SEALED_WORDS}


def face_edited(face: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return the face with single texts changed. Raises BadInput for unknown fields and texts too long."""
    problems, edited = Problems(), dict(face)
    for name, value in changes.items():
        with problems.gather():
            edited[name] = _text(name, value, face)
    problems.raise_any("报告内容需要更正。")
    return edited


def _text(name: str, value: Any, face: dict[str, Any]) -> str:
    if name not in face or name not in (*FACE_KEYS, *BRIEF_KEYS, CHANGES):
        raise BadInput("没有这一项。", fields={name: ["报告里没有这一项，或不能在报告里改。"]})
    text = clean_text(str(value or "")).strip()
    if len(text) > LONG_TEXT_LIMIT:
        raise BadInput("内容过长。", fields={name: [f"内容过长（{len(text)} 字），最多 {LONG_TEXT_LIMIT} 字。"]})
    return text
