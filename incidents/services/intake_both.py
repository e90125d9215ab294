"""One event under both plans: two linked cases, filed at once (DESIGN §5, 「非预案规定」)."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

from django.db import transaction

from directory.models import PlanVersion
from incidents.models import Incident
from incidents.services.intake import filing_actor, incident_file
from incidents.services.intake_words import FACT_LABELS, Intake
from incidents.services.linking import say_in_both
from yangcheng_ec.idempotency import fingerprint_of, once

__all__ = ["BOTH_PLANS", "incidents_file", "intake_under"]

BOTH_PLANS = "both"


@transaction.atomic
def incidents_file(*, user: Any, intake: Intake, key: str = "") -> list[Incident]:
    """File an event under the plan named, or under both (``plan="both"``): one case each, linked, all or nothing.

    Each case has its own facts, clocks and number; the one with grades comes first. A retry with the same key
    returns the first cases. Raises what ``incident_file`` raises.
    """
    if intake.plan != BOTH_PLANS:
        return [incident_file(user=user, intake=intake, key=key)]
    numbers, _ = once(
        user=user, scope="incident.file_both", key=key, fingerprint=fingerprint_of(intake.as_dict()),
        act=lambda: ",".join(row.number for row in _file_both(user, intake)),
    )  # fmt: skip
    rows = Incident.objects.select_related("plan_version__plan", "head").in_bulk(
        numbers.split(","), field_name="number"
    )
    return [rows[number] for number in numbers.split(",")]


def _file_both(user: Any, intake: Intake) -> list[Incident]:
    versions = PlanVersion.objects.select_related("plan").filter(in_force=True)
    ordered = sorted(versions, key=lambda row: (not row.plan.uses_grades, row.plan.code))
    made = [incident_file(user=user, intake=intake_under(intake, row)) for row in ordered]
    actor = filing_actor(user, ordered[0])
    for one, two in combinations(made, 2):
        one.links.add(two)
        say_in_both(one, two, actor, "incident.linked", "关联事件", "同一事件，两个预案各登记一起。")
    return made


def intake_under(intake: Intake, version: PlanVersion) -> Intake:
    """Return what one plan collects of an event: category, grade and symptoms, or the comms plan's own facts (G9)."""
    if version.plan.uses_grades:
        facts = {name: value for name, value in intake.facts.items() if name not in FACT_LABELS}
        return replace(intake, plan=version.plan.code, facts=facts)
    return replace(intake, plan=version.plan.code, category="", subcategory="", grade="", symptoms=())
