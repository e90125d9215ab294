"""``{% load yec %}``: clocks, clauses, badges, fields and times as every page shows them (``docs/ui.md``)."""

from __future__ import annotations

import itertools
from datetime import date, datetime
from typing import Any

from django import forms, template
from django.template import Context
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html_join
from django.utils.translation import gettext as _

from yangcheng_ec.clauses import resolve_clause
from yangcheng_ec.templatetags import faces

register = template.Library()
_chip_ids = itertools.count(1)

CHECKS = (forms.CheckboxInput,)
GROUPS = (forms.RadioSelect, forms.CheckboxSelectMultiple)


# --- times ---------------------------------------------------------------------------------------------------------


def _local(moment: Any) -> datetime | None:
    """Return the moment in Asia/Shanghai; None when it is no time."""
    if not isinstance(moment, datetime):
        return None
    return timezone.localtime(moment) if timezone.is_aware(moment) else moment


@register.filter
def local(moment: Any) -> str:
    """11月22日 03:41; the year is added when it is not this one."""
    if isinstance(moment, date) and not isinstance(moment, datetime):
        return f"{moment.year}年{moment.month}月{moment.day}日"
    here = _local(moment)
    if here is None:
        return ""
    year = "" if here.year == timezone.localtime().year else f"{here.year}年"
    return f"{year}{here.month}月{here.day}日 {here:%H:%M}"


@register.filter
def local_full(moment: Any) -> str:
    """2025年11月22日 03:41:07."""
    here = _local(moment)
    return "" if here is None else f"{here.year}年{here.month}月{here.day}日 {here:%H:%M:%S}"


@register.filter
def local_whole(moment: Any) -> str:
    """2025年11月22日 03:41:07 for print, where a line may end between the date and the time but in neither."""
    return format_html_join(" ", '<span class="whole">{}</span>', [(piece,) for piece in local_full(moment).split()])


@register.filter
def iso(moment: Any) -> str:
    """ISO 8601 with the offset, for ``datetime`` and ``data-`` attributes."""
    here = _local(moment)
    return "" if here is None else here.isoformat(timespec="seconds")


@register.filter
def duration_cn(value: Any) -> str:
    """1小时05分; takes a timedelta or seconds."""
    seconds = faces.seconds_of(value)
    return "" if seconds is None else faces.duration_text(seconds)


@register.filter
def minutes(value: Any) -> str:
    """30分钟; takes a timedelta or seconds, rounded up."""
    seconds = faces.seconds_of(value)
    return "" if seconds is None else _("%(n)d分钟") % {"n": -(-seconds // 60)}


# --- chips and badges ----------------------------------------------------------------------------------------------


def clause_url(plan_code: str, ref: str) -> str:
    """Return the address of the clause in the plan read online, or nothing without a plan."""
    if not plan_code:
        return ""
    try:
        return f"{reverse('plan', args=[plan_code])}#{ref}"
    except NoReverseMatch:
        return f"/plans/{plan_code}/#{ref}"


def _clause_context(face: dict[str, str]) -> dict[str, Any]:
    """Return the chip's context with its own id; a label that names a version leads to that version."""
    known = resolve_clause(face["label"]) if face["plan_code"] else None
    url = clause_url(known.plan_code if known else face["plan_code"], face["ref"])
    return {**face, "url": url, "chip_id": f"clause-{next(_chip_ids)}"}


@register.inclusion_tag("components/clause.html")
def clause(code: Any = "", ref: Any = "", text: Any = "") -> dict[str, Any]:
    """The chip 「预案 4.2.1.2」: by plan code, number and sentence, by a stored label, or by one object."""
    return _clause_context(code if isinstance(code, dict) and "label" in code else faces.clause_face(code, ref, text))


@register.inclusion_tag("components/nonplan.html")
def nonplan(reason: Any = "") -> dict[str, Any]:
    """The label 「非预案规定」."""
    return {"reason": str(reason) if isinstance(reason, str | Promise) else ""}


@register.inclusion_tag("components/badge.html")
def badge(thing: Any = "", field_name: str = "", colour: str = "", label: str = "") -> dict[str, Any]:
    """A state badge: of a model's field, of a choice that has a colour, or of plain words."""
    if field_name:
        text, token = faces.choice_of(thing, field_name)
    else:
        text, token = str(getattr(thing, "label", thing)), str(getattr(thing, "colour", "neutral"))
    return {"label": label or text, "colour": faces.colour_of(colour or token)}


@register.inclusion_tag("components/clock.html")
def clock(deadline: Any, size: str = "normal", now: datetime | None = None) -> dict[str, Any]:
    """One clock, ticking in the browser from the server's time; right without a script too."""
    return {"clock": faces.clock_face(deadline, now), "size": size}


@register.inclusion_tag("components/clock_line.html")
def clock_line(deadline: Any, now: datetime | None = None) -> dict[str, Any]:
    """The word and the ticking digits of a clock alone, for a line of a list."""
    return {"clock": faces.clock_face(deadline, now)}


@register.inclusion_tag("components/timeline.html")
def timeline(entries: Any, empty: str = "") -> dict[str, Any]:
    """The record as a time line, in the order given."""
    return {"entries": [faces.timeline_face(entry) for entry in entries or []], "empty": empty}


# --- forms ---------------------------------------------------------------------------------------------------------


def _widget_class(widget: forms.Widget) -> str:
    """Return Bootstrap's class for the widget."""
    if isinstance(widget, CHECKS):
        return "form-check-input"
    if isinstance(widget, GROUPS):
        return ""
    return "form-select" if isinstance(widget, forms.Select) else "form-control"


def _described_by(bound: forms.BoundField, *, example: str) -> str:
    """Return the ids of help, example and errors, in reading order; then what the form itself refers to."""
    base = bound.auto_id or bound.html_name
    parts = [("helptext", bound.help_text), ("example", example), ("error", bound.errors)]
    own = str(bound.field.widget.attrs.get("aria-describedby", ""))
    return " ".join([*(f"{base}_{name}" for name, shown in parts if shown), *own.split()])


def _draw(bound: forms.BoundField, kind: str, *, example: str, invalid: bool) -> str:
    """Return the control's HTML with its classes and references."""
    widget = bound.field.widget
    attrs: dict[str, Any] = {}
    if kind != "group":
        classes = [str(widget.attrs.get("class", "")), _widget_class(widget), "is-invalid" if invalid else ""]
        attrs["class"] = " ".join(part for part in classes if part)
        if described := _described_by(bound, example=example):
            attrs["aria-describedby"] = described
    if isinstance(widget, forms.Textarea) and widget.attrs.get("rows", "10") == "10":
        attrs["rows"] = "4"
    return bound.as_widget(attrs=attrs)


def _field_kind(widget: forms.Widget) -> str:
    """Return hidden, check, group or plain."""
    if widget.is_hidden:
        return "hidden"
    if isinstance(widget, CHECKS):
        return "check"
    return "group" if isinstance(widget, GROUPS) else "plain"


@register.inclusion_tag("components/field.html")
def field(bound: Any, clause: Any = None, example: str = "", nonplan: Any = "") -> dict[str, Any]:
    """One form field: label, mark, help, example, errors, control. Nothing when the field is absent."""
    if not isinstance(bound, forms.BoundField):
        return {"bound": None}
    kind = _field_kind(bound.field.widget)
    return {
        "bound": bound,
        "kind": kind,
        "wide": kind == "group" or isinstance(bound.field.widget, forms.Textarea),
        "control": _draw(bound, kind, example=example, invalid=bool(bound.errors)),
        "base": bound.auto_id or bound.html_name,
        "described": _described_by(bound, example=example),
        "required": bound.field.required,
        "example": example,
        "clause": clause,
        "nonplan": nonplan,
    }


@register.inclusion_tag("components/form_errors.html")
def form_errors(form: Any) -> dict[str, Any]:
    """The summary at the top of a form; each line is a link to its field."""
    lines: list[dict[str, str]] = []
    if getattr(form, "errors", None):
        lines = [{"text": str(text), "target": ""} for text in form.non_field_errors()]
        for bound in form:
            target = bound.id_for_label or bound.auto_id
            lines += [{"label": str(bound.label), "text": str(text), "target": target} for text in bound.errors]
    return {"lines": lines}


# --- lists ---------------------------------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def query_replace(context: Context, **changes: Any) -> str:
    """Return the query string with keys replaced; None or an empty text removes the key."""
    request = context.get("request")
    query = request.GET.copy() if request is not None else None
    if query is None:
        return ""
    for key, value in changes.items():
        query.pop(key, None)
        if value not in (None, ""):
            query[key] = str(value)
    return f"?{query.urlencode()}" if query else "?"


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pagination(context: Context, page_obj: Any) -> dict[str, Any]:
    """Links to the pages of a Django Page; nothing when there is one."""
    paginator = getattr(page_obj, "paginator", None)
    if paginator is None or paginator.num_pages < 2:
        return {"page": None}
    numbers = paginator.get_elided_page_range(page_obj.number, on_each_side=1, on_ends=1)
    return {"page": page_obj, "numbers": list(numbers), "request": context.get("request")}


# --- what the components themselves need ---------------------------------------------------------------------------


@register.filter
def as_fact(pair: Any) -> dict[str, Any]:
    """Return label, value, clause and mark of a fact given as a pair or a dict."""
    if isinstance(pair, dict):
        return {"label": "", "value": None, "clause": None, "changed": False, **pair}
    label, value = [*list(pair), "", ""][:2]
    return {"label": label, "value": value, "clause": None, "changed": False}


NOT_TYPED = frozenset({"version", "idempotency_key", "next"})


@register.filter
def typed_values(pairs: Any) -> list[str]:
    """Return what a person typed out of (name, value) pairs: words and figures, no codes and no hidden keys."""
    values = [str(value).strip() for name, value in pairs or [] if name not in NOT_TYPED]
    return [text for text in values if not text.isascii() or (len(text) > 3 and text[0].isdigit())]


@register.filter
def telno(number: Any) -> str:
    """Return a number fit for ``tel:``: digits, plus and extension comma only."""
    return "".join(char for char in str(number) if char.isdigit() or char in "+,")
