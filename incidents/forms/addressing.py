"""To whom a report goes: the part that the forms of a call, of a new report and of a draft share."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _, gettext_lazy

from directory.models import Unit
from incidents.forms.base import CaseForm, Line, Section, clause_chip, unit_choices
from incidents.models import Report, ReportAddressee
from incidents.rules import Addressee
from incidents.selectors import addressee_choices
from incidents.selectors.addressees import Callee, addressee_bodies, callees_of
from yangcheng_ec.deadlines.choices import OPEN
from yangcheng_ec.deadlines.models import DeadlineAddressee
from yangcheng_ec.forms import CleanCharField

__all__ = ["ADDRESS_FIELDS", "AddresseesForm", "is_body"]

BODY = "body_of_"
ADDRESS_FIELDS = ("addressees", "beyond", "beyond_reason")


def is_body(name: str) -> bool:
    """Return whether a field says which body receives for an addressee."""
    return name.startswith(BODY)


class NamedField(forms.MultipleChoiceField):
    """Boxes to tick. Whom no clause names the service refuses, with the clause: not the field, without a word why."""

    def valid_value(self, value: Any) -> bool:
        """Let every code through."""
        return True


class AddresseesForm(CaseForm):
    """Those whom the clauses name, by which body each is received; others only as 越级 with the reason."""

    addressees = NamedField(label=gettext_lazy("报告对象"), widget=forms.CheckboxSelectMultiple, required=False)
    beyond = forms.ChoiceField(label=gettext_lazy("越级报告给"), required=False)
    beyond_reason = CleanCharField(label=gettext_lazy("越级报告的理由"), max_length=300, required=False)

    def offer_addressees(self, report: Report | None = None) -> None:
        """Offer whom the clauses name, those whose clock waits first; say who receives, and on which number.

        Ticked are those who wait: a written report goes to all of them. Of a draft it is those it goes to already,
        the ones beyond the line among them.
        """
        known, rows = addressee_choices(self.incident), _rows(report)
        self.callees = callees_of(self.incident, known)
        for code, bodies in addressee_bodies(known).items():
            self._offer_bodies(next(item for item in known if item.code == code), bodies, rows.get(code))
        self.fields["beyond"].choices = unit_choices("superior", "authority", empty=_("不越级"))  # type: ignore[attr-defined]
        self.fields["beyond_reason"].initial = report.beyond_reason if report else ""
        waiting = self._waiting()
        over = [(row.code, _("%(to)s（越级）") % {"to": row.label}) for row in rows.values() if _beyond(row, known)]
        self.fields["addressees"].choices = [*self._named(known, waiting), *over]  # type: ignore[attr-defined]
        ticked = waiting if report is None else rows.keys()
        self.fields["addressees"].initial = [
            code
            for code, _label in self.fields["addressees"].choices  # type: ignore[attr-defined]
            if code in ticked
        ]

    def _waiting(self) -> set[str]:
        rows = DeadlineAddressee.objects.filter(
            deadline__head_id=self.incident.head_id, deadline__state__in=OPEN, done_at__isnull=True
        )
        return set(rows.values_list("code", flat=True))

    def _named(self, known: list[Addressee], waiting: set[str]) -> list[tuple[str, str]]:
        mark, numbers = _("（待报）"), _numbers(self.callees)
        ordered = sorted(known, key=lambda item: item.code not in waiting)
        return [
            (
                item.code,
                " · ".join([f"{item.label}{mark if item.code in waiting else ''}", *numbers.get(item.label, [])]),
            )
            for item in ordered
        ]

    def _offer_bodies(self, item: Addressee, bodies: list[Unit], row: ReportAddressee | None) -> None:
        if bodies:
            label = _("%(to)s：由谁收") % {"to": item.label}
            choices = [("", _("不指明")), *((body.code, body.name) for body in bodies)]
            named = row.unit.code if row and row.unit in bodies else ""
            self.fields[f"{BODY}{item.code}"] = forms.ChoiceField(
                label=label, choices=choices, required=False, initial=named
            )

    def told(self) -> tuple[str, ...]:
        """Return the addressees, each with the body that receives, the one beyond the line included."""
        data = self.cleaned_data
        named = [f"{code}@{data[BODY + code]}" if data.get(BODY + code) else code for code in data["addressees"]]
        return (*named, *([data["beyond"]] if data.get("beyond") else []))

    def address_line(self, bound: Any) -> Line:
        """Cite 4.1 beside whom the report goes to; say where a plan does not speak of 越级."""
        version = self.incident.plan_version
        silent = "" if not version.plan.uses_grades else "本预案没有越级报告的规定"
        chip = clause_chip(version, "4.1") if bound.name in ("addressees", "beyond") else {}
        return Line(bound, chip, nonplan=silent if bound.name == "beyond" else "")

    def bodies_section(self) -> list[Section]:
        """Return the folded section that asks which body receives; none where nobody does."""
        bodies = [Line(bound, {}) for bound in self.visible_fields() if is_body(bound.name)]
        note = _("条款没有点名由哪个机关收；要在报告上写明的，在这里选（非预案规定）。")
        return [Section(_("由谁收"), bodies, folded=True, note=note)] if bodies else []


def _rows(report: Report | None) -> dict[str, ReportAddressee]:
    return {row.code: row for row in report.addressees.select_related("unit")} if report else {}


def _beyond(row: ReportAddressee, known: list[Addressee]) -> bool:
    return row.code not in {item.code for item in known}


def _numbers(callees: list[Callee]) -> dict[str, list[str]]:
    """Return the number to show beside an addressee that only one body receives for."""
    found: dict[str, list[str]] = {}
    for row in callees:
        for label in (row.receives or row.label).split("、"):
            found.setdefault(label, []).extend(f"{row.label} {number}" for number in row.numbers[:1])
    return {label: texts for label, texts in found.items() if len(texts) == 1}
