"""What the forms of a case share: version, key, grouped fields with clause and example."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.utils.translation import gettext as _, gettext_lazy

from directory.choices import UnitKind
from directory.rules import clause_label
from directory.selectors.units import units_in_use
from incidents.models import Incident
from yangcheng_ec.clauses import resolve_clause
from yangcheng_ec.forms import CleanCharField

__all__ = [
    "CaseForm",
    "Line",
    "NumberedForm",
    "Section",
    "clause_chip",
    "describe_free_text",
    "new_key",
    "unit_choices",
]

# The notice on every form with free texts (templates/components/secrets_notice.html).
NOTICE_ID = "secrets-notice"
NO_UNIT = gettext_lazy("不详或不在名录中")
KINDS_FIRST = (UnitKind.PARTY, UnitKind.GOVERNMENT, UnitKind.ENTERPRISE, UnitKind.TOWNSHIP, UnitKind.OTHER)


def new_key() -> str:
    """Return a fresh key for a form that creates something: a double click sends it twice and makes one."""
    return uuid.uuid4().hex


def unit_choices(*kinds: str, empty: Any = NO_UNIT) -> list[tuple[str, Any]]:
    """Return units as grouped choices, by code."""
    wanted = kinds or KINDS_FIRST
    rows = list(units_in_use().filter(kind__in=wanted).values_list("kind", "code", "name"))
    groups: dict[str, list[tuple[str, str]]] = {kind: [] for kind in wanted}
    for kind, code, name in rows:
        groups[kind].append((code, name))
    return [("", empty), *[(str(UnitKind(kind).label), items) for kind, items in groups.items() if items]]


def clause_chip(version: Any, ref: str, quote: str = "") -> dict[str, str]:
    """Return a clause as the chip reads it, with its sentence."""
    if not ref:
        return {}
    found = resolve_clause(clause_label(version, ref))
    return {"plan_code": version.plan.code, "ref": ref, "text": quote or (found.text if found else "")}


@dataclass(frozen=True)
class Line:
    """One field of a section with what helps to fill it in."""

    bound: Any
    clause: dict[str, str]
    example: str = ""
    nonplan: str = ""


@dataclass(frozen=True)
class Section:
    """A group of fields; ``folded`` ones open by themselves when something in them is filled in or wrong.

    ``kind`` marks fields of one plan (``graded`` or ``facts``) or of a secret call; ``clauses`` stand at the heading.
    """

    title: str
    lines: list[Line]
    folded: bool = False
    note: str = ""
    kind: str = ""
    clauses: list[dict[str, str]] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Return whether the fold stands open."""
        return not self.folded or any(line.bound.errors or line.bound.value() for line in self.lines)


def describe_free_text(form: forms.Form) -> bool:
    """Tie every free text of a form to the one notice that no state secret goes in; return whether there is any."""
    free = [item for item in form.fields.values() if isinstance(item, CleanCharField) and not item.widget.is_hidden]
    for item in free:
        item.widget.attrs["aria-describedby"] = NOTICE_ID
    return bool(free)


class CaseForm(forms.Form):
    """A form about one case: it knows the case and the user. ``version`` is the one the page was read at."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    # What the act's page puts inside the form.
    form_template = "incidents/_fields.html"

    def __init__(self, *args: Any, incident: Incident, user: Any = None, **kwargs: Any) -> None:
        self.incident, self.user = incident, user
        super().__init__(*args, **kwargs)
        self.fields["version"].initial = self.starting_version()
        self.prepare()
        self.has_free_text = describe_free_text(self)

    def starting_version(self) -> int:
        """Return the version the form is made from."""
        return self.incident.version

    def prepare(self) -> None:
        """Set choices and initial values that depend on the case."""

    def value_of(self, name: str) -> Any:
        """Return a cleaned value, or an empty text."""
        return self.cleaned_data.get(name, "")

    def sections(self) -> list[Section]:
        """Return all visible fields as one section; richer forms group them."""
        lines = [Line(bound, {}) for bound in self.visible_fields()]
        return [Section(_("内容"), lines)]


class NumberedForm(CaseForm):
    """A form that creates something: it carries a key, so that a second click finds the first result."""

    idempotency_key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=100, initial=new_key)
