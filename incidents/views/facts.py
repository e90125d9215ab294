"""What is known of a case, in the order a report needs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from incidents.choices import IncidentState, Symptom
from incidents.forms.base import clause_chip
from incidents.models import Incident
from incidents.services.intake_words import ANALYSIS_LABELS, CHOICES, FACT_LABELS
from incidents.services.secret import secret_words_of
from yangcheng_ec.templatetags.yec import local

__all__ = ["facts_of_case"]


def facts_of_case(incident: Incident, in_words: Callable[[Any], str] = local) -> list[dict[str, Any]]:
    """Return label, value and clause of every fact; a blank one is shown as 「不详」.

    ``in_words`` writes the times: a paper, which is kept, needs the year.
    """
    rows = [*_sealed(incident), *_when_and_where(incident, in_words), *_what(incident), *_own_facts(incident)]
    return [row for row in rows if row["value"] is not None]


def _sealed(incident: Incident) -> list[dict[str, Any]]:
    """Return what a secret case says instead of its content (comms 4.1, 6.3)."""
    return [_row(_("涉密"), secret_words_of(incident))] if incident.secret else []


def _row(label: str, value: Any, clause: dict[str, str] | None = None) -> dict[str, Any]:
    return {"label": label, "value": "" if value is None else value, "clause": clause or None}


def _when_and_where(incident: Incident, in_words: Callable[[Any], str]) -> list[dict[str, Any]]:
    contents = clause_chip(incident.plan_version, "4.1", incident.plan_version.texts.get("report_contents_text", ""))
    about = _("约") if incident.occurred_approximate else ""
    place = "，".join(part for part in (str(incident.township or ""), incident.location) if part)
    caller = " ".join(part for part in (incident.caller_name, incident.caller_number) if part)
    return [
        _row(_("事发时间"), f"{about}{in_words(incident.occurred_at)}", contents),
        _row(_("获知时间"), in_words(incident.known_at)),
        _row(_("接报时间"), f"{in_words(incident.received_at)}（{incident.get_channel_display()}）"),
        _row(_("地点"), place, contents),
        _row(_("事发单位"), "" if incident.incident_unit_label == "不详" else incident.incident_unit_label, contents),
        _row(_("报告单位"), "" if incident.reporting_unit_label == "不详" else incident.reporting_unit_label),
        _row(_("报告人"), f"{caller}{'（' + _('已复诵') + '）' if incident.read_back else ''}"),
        _row(_("信息来源"), incident.source, contents),
    ]


def _what(incident: Incident) -> list[dict[str, Any]]:
    version = incident.plan_version
    rows = []
    if version.plan.uses_grades:
        category = f"{incident.category or ''}{f'（{incident.subcategory}）' if incident.subcategory else ''}"
        symptoms = "、".join(str(Symptom(value).label) for value in incident.symptoms if value in Symptom.values)
        rows += [
            _row(_("事件分类"), category, clause_chip(version, "8.3")),
            _row(_("定级依据"), incident.criterion.text if incident.criterion else "", clause_chip(version, "8.4")),
            _row(_("危害表象"), symptoms, clause_chip(version, "8.7")),
        ]
    names = {
        "description": _("事件描述"), "measures_taken": _("处置措施"), "impact_scope": _("影响范围"),
        "loss_estimate": _("经济损失的初步评估"), "trend": _("事件发展态势"),
        "consequence_estimate": _("事件后果的初步估计"), "suggestions": _("有关意见和建议"),
    }  # fmt: skip
    return [*rows, *(_row(label, getattr(incident, name)) for name, label in names.items())]


def _own_facts(incident: Incident) -> list[dict[str, Any]]:
    labels = {**({} if incident.plan_version.plan.uses_grades else FACT_LABELS), **ANALYSIS_LABELS}
    rows = [_row(label, _words(name, incident.facts.get(name))) for name, label in labels.items()]
    if incident.plan_version.plan.uses_grades:
        rows = [row for row in rows if row["value"]]
    if incident.referral_to:
        rows.append(_row(_("转交"), f"{incident.referral_to}（{incident.referral_how}）"))
    if incident.closing_note:
        rows.append(_row(_note_label(incident.state), incident.closing_note))
    return rows


def _note_label(state: str) -> str:
    labels = {IncidentState.WITHDRAWN: _("撤回理由"), IncidentState.MERGED: _("并案理由")}
    return str(labels.get(IncidentState(state), _("结案意见")))


def _words(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return "、".join(str(item) for item in value)
    if name in CHOICES and value in CHOICES[name].values:
        return str(CHOICES[name](value).label)
    return "" if value is None else value
