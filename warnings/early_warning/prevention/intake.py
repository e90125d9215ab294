"""What page and API share before a service is called: the plan, whom one speaks for, whom a round may ask."""

from __future__ import annotations

from typing import Any

from directory.choices import Act
from directory.models import PlanVersion, Unit
from directory.rules import actor_of_unit, may
from early_warning.intake import plan_in_force, plans_in_force
from early_warning.prevention.models import HazardCheck
from early_warning.prevention.rules import named_groups, operator_rule
from early_warning.prevention.selectors import check_for
from early_warning.selectors import units_choosable
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible

__all__ = ["check_named", "plan_chosen", "reporting_unit", "round_units", "unit_for"]


def plan_chosen(user: Any, code: str) -> PlanVersion:
    """Return the plan asked for; else the one whose office the user is in, that names the user's unit, or the first."""
    if code:
        return plan_in_force(code)
    versions = plans_in_force()
    office = next((row for row in versions if may(user, row, Act.OFFICE)), None)
    return office or next((row for row in versions if _operator_of(user, row)), versions[0])


def _operator_of(user: Any, version: PlanVersion) -> bool:
    rule = operator_rule(version)
    return rule is not None and user.unit_id in {unit.pk for unit in rule.owed_by_units.all()}


def reporting_unit(user: Any, version: PlanVersion) -> Unit | None:
    """Return the unit the user reports for as its leader or liaison; None for the office, which says for whom.

    Raises Forbidden for anybody else.
    """
    if may(user, version, Act.OFFICE):
        return None
    try:
        actor_of_unit(user, user.unit_id)
    except Forbidden as error:
        words = f"隐患由各单位的分管负责人或联络员报告，或由{version.office_name}代录；您现在没有担任这些职务。"
        raise Forbidden(words) from error
    unit: Unit = user.unit
    return unit


def unit_for(user: Any, version: PlanVersion, named: Unit | None) -> Unit:
    """Return for which unit the user reports: the one named, one's own, or the office's. Raises Forbidden, BadInput."""
    unit = named or reporting_unit(user, version) or version.office_unit
    if unit is None:
        raise BadInput("没有报告，请补全。", fields={"unit": ["请填写报告单位。"]})
    return unit


def round_units(version: PlanVersion) -> list[tuple[str, list[Unit]]]:
    """Return whom a round may ask: those the clauses name first, then the plan's other members, townships, the rest."""
    groups = named_groups(version, operator_rule(version))
    keys = {unit.pk for _label, units in groups for unit in units}
    rest = [(label, [unit for unit in units if unit.pk not in keys]) for label, units in units_choosable(version)]
    return [(label, units) for label, units in [*groups, *rest] if units]


def check_named(user: Any, number: str) -> HazardCheck | None:
    """Return the round a finding names, one the user may read; None for no number. Raises BadInput."""
    if not number:
        return None
    try:
        return check_for(user, number)
    except NotVisible as error:
        raise BadInput("没有报告。", fields={"hazard_check": [f"没有编号为「{number[:40]}」的排查。"]}) from error
