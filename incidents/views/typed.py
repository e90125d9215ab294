"""A draft's typed texts: read back to a person, and laid into a case that stands already."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from incidents.choices import IntakeChannel
from incidents.models import Incident, IntakeDraft
from incidents.services.intake_words import FACT_LABELS
from yangcheng_ec.clock import local_text

__all__ = ["appended", "typed_lines"]

NOT_SHOWN = ("idempotency_key", "csrfmiddlewaretoken", "same")


def typed_lines(form: forms.Form, data: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return label and value of everything that was typed, in the form's order, choices in words."""
    rows = []
    for name, item in form.fields.items():
        value = data.get(name)
        if value and name not in NOT_SHOWN:
            rows.append({"label": str(item.label), "value": _words(item, value)})
    return rows


def _words(item: forms.Field, value: Any) -> str:
    if isinstance(item, forms.BooleanField):
        return str(_("是"))
    labels = {str(code): str(label) for code, label in _flat(getattr(item, "choices", ()))}
    values = value if isinstance(value, list) else [value]
    return "、".join(labels.get(str(one), str(one)) for one in values)


def _flat(choices: Any) -> list[tuple[Any, Any]]:
    rows: list[tuple[Any, Any]] = []
    for code, label in choices:
        rows += list(label) if isinstance(label, list | tuple) else [(code, label)]
    return rows


def appended(case: Incident, draft: IntakeDraft, fields: Collection[str]) -> dict[str, Any]:
    """Return the start values of the case's update: blanks filled from the call, its story added to the description.

    What the case says already stays; the second call is told with who, from which number and when.
    """
    data, values = draft.data, {}
    for name in fields:
        known = case.facts.get(name) if name in FACT_LABELS else getattr(case, name, None)
        typed = data.get(name)
        if typed and name != "description" and not known:
            values[name] = typed
    if "description" in fields:
        values["description"] = "\n".join(filter(None, (case.description, _story(draft))))
    return values


def _story(draft: IntakeDraft) -> str:
    data = draft.data
    who = " ".join(str(data.get(name, "")) for name in ("caller_name", "caller_number")).strip() or _("报告人不详")
    how = dict(IntakeChannel.choices).get(str(data.get("channel", "")), "")
    said = "。".join(str(data[name]).strip() for name in ("title", "description") if data.get(name))
    return f"又接报（{how}，{data.get('received_at') or local_text(draft.made_at)}，{who}）：{said}"
