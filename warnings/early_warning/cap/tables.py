"""What the plans do not say and CAP asks for, as tables. All of it is ours: 「非预案规定」 (ADR 0027)."""

from __future__ import annotations

from dataclasses import dataclass

from directory.models import PlanVersion, WarningLevel
from early_warning.cap.choices import CapScope
from early_warning.choices import Publicity
from early_warning.models import EarlyWarning

__all__ = ["AREA", "GEOCODE", "UNSAID", "Weight", "category_of", "event_of", "scope_of", "weight_of"]

AREA = "阳城县"
# The county's twelve-digit code of administrative divisions.
GEOCODE = ("行政区划代码", "140522000000")


@dataclass(frozen=True)
class Weight:
    """How grave, how soon, how sure: CAP's three scales."""

    severity: str
    urgency: str
    certainty: str


# Colours of the cyber plan (3.2.1), gravest first.
BY_COLOUR = {
    "red": Weight("Extreme", "Immediate", "Likely"),
    "orange": Weight("Severe", "Expected", "Likely"),
    "yellow": Weight("Moderate", "Expected", "Possible"),
    "blue": Weight("Minor", "Future", "Possible"),
}
# Situations of the communications plan (3.3), by their ordinal; the third is 「无重大风险」.
BY_SITUATION = {
    1: Weight("Extreme", "Expected", "Likely"),
    2: Weight("Severe", "Expected", "Likely"),
    3: Weight("Minor", "Future", "Possible"),
}
UNSAID = Weight("Unknown", "Unknown", "Unknown")

# Attacks and leaks are security; a cut fibre is infrastructure («Utility, telecommunication, other non-transport»).
CATEGORY_BY_PLAN = {"cyber-2025": "Security", "comms-2022": "Infra"}

_SCOPES = {
    Publicity.PUBLIC: CapScope.PUBLIC,
    Publicity.INTERNAL: CapScope.RESTRICTED,
    Publicity.CONFIDENTIAL: CapScope.PRIVATE,
}


def weight_of(level: WarningLevel) -> Weight:
    """Return the three scales of a colour or situation; a level of a later plan that no table knows says Unknown."""
    if level.colour:
        return BY_COLOUR.get(level.colour, UNSAID)
    return BY_SITUATION.get(level.ordinal, UNSAID)


def category_of(version: PlanVersion) -> str:
    """Return CAP's category of what a plan is about."""
    return CATEGORY_BY_PLAN.get(version.plan.code, "Other")


def event_of(version: PlanVersion) -> str:
    """Return what the plan is about in its own words: 网络与信息安全事件, 通信网络事故."""
    return version.plan.name.removeprefix(AREA).removesuffix("应急预案")


def scope_of(warning: EarlyWarning) -> CapScope:
    """Return for whom a warning's documents are: a drill is never for everybody, whatever its 公开程度."""
    scope = _SCOPES[Publicity(warning.publicity)]
    return CapScope.RESTRICTED if warning.drill and scope == CapScope.PUBLIC else scope
