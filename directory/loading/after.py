"""What follows a response: investigation by grade, aftercare, payers, rebuilding, praise and blame; each its clause."""

from __future__ import annotations

from typing import Any

from directory.choices import ActorKind, AftercareKind, PayerKind, PostKind
from directory.loading.context import Context
from directory.loading.source import Entry

__all__ = ["after_duties"]

PARTS = ("report", "routes", "stand_down", "care", "payers", "rebuild", "lessons", "revision", "praise", "blame")


def after_duties(context: Context) -> dict[str, Any]:
    """Return the duties as plain data for ``PlanVersion.texts``; a plan without the section has none."""
    if not context.source.has("after"):
        return {}
    entry = context.source.one("after")
    entry.only(*PARTS)
    found: dict[str, Any] = {
        name: _cited(context, entry.one(name)) for name in ("stand_down", "lessons", "revision", "praise", "blame")
    }
    found["report"] = _report(context, entry.one("report"))
    found["routes"] = [_route(context, row) for row in entry.many("routes")]
    found["care"] = [_of_kind(context, row, AftercareKind.values) for row in entry.many("care")]
    found["payers"] = [_of_kind(context, row, PayerKind.values) for row in entry.many("payers")]
    found["rebuild"] = _rebuild(context, entry.one("rebuild"))
    return found


def _cited(context: Context, entry: Entry, *more: str) -> dict[str, Any]:
    """Return a clause with its words; what is ours (``non_plan``) has no words of the plan."""
    entry.only("clause", "quote", "non_plan", *more)
    clause, non_plan = context.clause(entry), entry.flag("non_plan")
    quote = "" if non_plan else context.quote(entry, context.clauses[clause])
    return {"clause": clause, "quote": quote, "non_plan": non_plan}


def _report(context: Context, entry: Entry) -> dict[str, Any]:
    """Return what the report is called, asks about and to whom it goes: every name stands in the clause's words."""
    found = _cited(context, entry, "title", "asked", "sections", "addressees")
    asked = context.quote(entry, context.clauses[found["clause"]], "asked")
    sections = [{"key": row.text("key"), "title": context.quote(row, asked, "title")} for row in entry.many("sections")]
    addressees = [context.quote(row, found["quote"], "name") for row in entry.many("addressees")]
    title = context.quote(entry, found["quote"], "title")
    return {**found, "title": title, "asked": asked, "sections": sections, "addressees": addressees}


def _route(context: Context, entry: Entry) -> dict[str, Any]:
    """Return who organises the investigation for which grades (none: every case), and who signs (non-plan)."""
    found = _cited(context, entry, "grades", "organiser", "together", "superior", "signers")
    words = {"organiser": context.quote(entry, found["quote"], "organiser")}
    for name in ("together", "superior"):
        words[name] = context.quote(entry, found["quote"], name) if entry.has(name) else ""
    signers = entry.choices("signers", PostKind.values)
    return {**found, **words, "grades": entry.texts("grades"), "signers": signers}


def _of_kind(context: Context, entry: Entry, kinds: list[str]) -> dict[str, Any]:
    return {**_cited(context, entry, "kind"), "kind": entry.choice("kind", kinds)}


def _rebuild(context: Context, entry: Entry) -> dict[str, Any]:
    """Return who rebuilds, and the words on its plan; ``owner_non_plan`` where the clause names somebody else."""
    found = _cited(context, entry, "plan_quote", "owner", "owner_non_plan")
    plan_quote = context.quote(entry, context.clauses[found["clause"]], "plan_quote")
    owner = entry.choice("owner", ActorKind.values)
    return {**found, "plan_quote": plan_quote, "owner": owner, "owner_non_plan": entry.flag("owner_non_plan")}
