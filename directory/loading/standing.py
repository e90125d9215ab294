"""Standing duties of a plan: drills, training, filed action plans, what is kept ready; each by its clause."""

from __future__ import annotations

from typing import Any

from directory.choices import ResourceKind
from directory.loading.context import Context
from directory.loading.source import Entry

__all__ = ["standing_duties"]


def standing_duties(context: Context) -> dict[str, Any]:
    """Return the duties as plain data for ``PlanVersion.texts``; a plan without the section has none."""
    if not context.source.has("standing"):
        return {}
    entry = context.source.one("standing")
    entry.only("drill", "training", "filing", "resources")
    found: dict[str, Any] = {name: _cited(context, entry.one(name)) for name in ("training", "filing")}
    found["drill"] = _drill(context, entry.one("drill"))
    found["resources"] = [_resource(context, row) for row in entry.many("resources")]
    return found


def _cited(context: Context, entry: Entry, *more: str) -> dict[str, Any]:
    """Return a clause with its words; a list of ours (``non_plan``) has no words of the plan."""
    entry.only("clause", "quote", "non_plan", *more)
    clause, non_plan = context.clause(entry), entry.flag("non_plan")
    quote = "" if non_plan else context.quote(entry, context.clauses[clause])
    return {"clause": clause, "quote": quote, "non_plan": non_plan}


def _drill(context: Context, entry: Entry) -> dict[str, Any]:
    """Return how often and on what grade the plan has drills held; 「定期」 names neither."""
    months = entry.number("months", 0) or None
    return {**_cited(context, entry, "months", "grade"), "months": months, "grade": entry.text("grade", "")}


def _resource(context: Context, entry: Entry) -> dict[str, Any]:
    return {**_cited(context, entry, "kind"), "kind": entry.choice("kind", ResourceKind.values)}
