"""The plan's page whole: the reading, what rests on each clause, both charts, the hits of a search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from directory.charts import Drawing, Flow, OrgChart, draw_flow, draw_org
from directory.models import PlanVersion
from directory.registry import ClauseUse
from directory.selectors.authority import may_see_holders
from directory.selectors.plan_charts import flow_notes, flow_of, holder_names, org_of
from directory.selectors.plan_search import Hit, search, terms_of
from directory.selectors.plan_uses import clause_uses
from directory.selectors.plans import PlanReading, plan_reading

__all__ = ["Charts", "PlanPage", "charts_of", "plan_page"]


@dataclass(frozen=True)
class Charts:
    """Both charts: what they say and how they are drawn. ``named``: the reader sees who holds the posts."""

    org: OrgChart
    flow: Flow
    org_drawing: Drawing
    flow_drawing: Drawing
    notes: Sequence[str]
    named: bool


@dataclass(frozen=True)
class PlanPage:
    """What ``/plans/<code>/`` shows. ``terms`` are the folded words of the search, ``hits`` where they stand."""

    reading: PlanReading
    uses: Mapping[str, Sequence[ClauseUse]]
    charts: Charts
    terms: Sequence[str]
    hits: Sequence[Hit]


def plan_page(version: PlanVersion, user: Any, query: str = "") -> PlanPage:
    """Return everything the page of a plan shows to a reader, with a fixed number of statements."""
    reading, terms = plan_reading(version), terms_of(query)
    return PlanPage(
        reading=reading,
        uses=clause_uses(reading),
        charts=charts_of(reading, user),
        terms=terms,
        hits=search(reading, terms),
    )


def charts_of(reading: PlanReading, user: Any) -> Charts:
    """Return both charts as this reader may see them."""
    named = may_see_holders(user)
    org = org_of(reading, holder_names(reading.version) if named else None)
    flow = flow_of(reading)
    return Charts(org, flow, draw_org(org), draw_flow(flow), flow_notes(reading), named)
