"""Reporting rules (what starts a clock), the ladder of reminders, and which posts may do an act."""

from __future__ import annotations

from directory.choices import Act, ActLimit, ActorKind, PostKind
from directory.loading.context import Context
from directory.loading.source import Entry
from directory.loading.sync import Wanted, sync
from directory.models import ReportingRule
from yangcheng_ec.deadlines.choices import StartBasis, StepKind

__all__ = ["load_acts", "load_ladder", "load_reporting_rules", "readings"]

TRIGGERS = (
    "incident", "operator_incident", "township_incident", "phone_report", "inquiry", "warning_published",
    "warning_lifted",
)  # fmt: skip
OWED_BY = (*ActorKind.values, "monitoring_unit", "caller", "asked", "reporting_unit")
FIELDS_READ = ("owed_by", "wording", "starts")


def load_reporting_rules(context: Context) -> None:
    """Load the rules with their addressees, each addressee a row that is covered on its own."""
    entries = context.source.many("reporting_rules")
    wanted = [_rule(context, entry) for entry in entries]
    rows: list[ReportingRule] = sync(
        context.version.reporting_rules.all(), "code", wanted, context.changes, parent=context.parent
    )
    for entry, row in zip(entries, rows, strict=True):
        _addressees(context, entry, row)
        units = {context.registry.code(entry, "owed_by_units", code).pk for code in entry.texts("owed_by_units")}
        if units != set(row.owed_by_units.values_list("pk", flat=True)):
            row.owed_by_units.set(units)
            context.changes.add("更新", row, "owed_by_units")


def _rule(context: Context, entry: Entry) -> Wanted:
    entry.only(
        "number", "code", "clause", "title", "quote", "trigger", "grades", "owed_by", "owed_by_kinds", "owed_by_units",
        "starts", "minutes", "wording", "satisfied_by", "satisfied_kinds", "readings", "addressees",
    )  # fmt: skip
    clause = context.clause(entry)
    grades = set(context.version.grades.values_list("code", flat=True))
    return Wanted(
        entry,
        {
            "number": entry.number("number"),
            "code": entry.text("code"),
            "clause": clause,
            "title": entry.text("title"),
            "quote": context.quote(entry, context.clauses[clause]),
            "trigger": entry.choice("trigger", TRIGGERS),
            "grades": entry.choices("grades", grades),
            "owed_by": entry.text("owed_by"),
            "owed_by_kinds": entry.choices("owed_by_kinds", OWED_BY),
            "starts": entry.choice("starts", StartBasis.values),
            "minutes": None if entry.raw("minutes") is None else entry.number("minutes"),
            "wording": entry.text("wording"),
            "satisfied_by": entry.choice("satisfied_by", ("report", "reply", "written_report")),
            "satisfied_kinds": entry.choices("satisfied_kinds", ("phone", "written")),
        },
    )


def _addressees(context: Context, rule: Entry, row: ReportingRule) -> None:
    wanted = []
    for number, entry in rule.numbered("addressees"):
        entry.only("code", "label", "unit")
        unit = context.registry.coded(entry, "unit")
        values = {"number": number, "code": entry.text("code"), "label": entry.text("label")}
        wanted.append(Wanted(entry, {**values, "unit_id": unit.pk if unit else None}))
    if not wanted:
        rule.fail("addressees", "每条报告规则至少写明一个报告对象")
    sync(row.addressees.all(), "code", wanted, context.changes, parent={"rule": row})


def readings(context: Context) -> dict[str, list[str]]:
    """Return, per rule code, the fields that are our reading (「非预案规定」), for the version's texts."""
    found = {}
    for entry in context.source.many("reporting_rules"):
        if entry.choices("readings", FIELDS_READ):
            found[entry.text("code")] = entry.texts("readings")
    return found


def load_ladder(context: Context) -> None:
    """Load both ladders: timed ones count from the due time, the others from the start.

    A ladder that was changed in the system since stays as it was changed: it is no part of the plan (「非预案规定」).
    """
    ladder = context.source.one("ladder")
    ladder.only("timed", "untimed")
    wanted = []
    for timed in (True, False):
        for number, entry in ladder.numbered("timed" if timed else "untimed"):
            entry.only("kind", "minutes", "to")
            values = {
                "timed": timed,
                "number": number,
                "kind": entry.choice("kind", StepKind.values),
                "anchor": "due" if timed else "start",
                "offset_minutes": entry.number("minutes"),
                "audience": entry.choices("to", (*PostKind.values, "owed_by")),
            }
            wanted.append(Wanted(entry, values))
    if context.version.ladder_edition:
        return
    sync(context.version.ladder_rungs.all(), ("timed", "number"), wanted, context.changes, parent=context.parent)


def load_acts(context: Context) -> None:
    """Load who may do what, each with the clause and its words."""
    wanted = []
    for entry in context.source.many("acts"):
        entry.only("act", "posts", "clause", "quote", "limits", "non_plan")
        clause = context.clause(entry)
        values = {
            "act": entry.choice("act", Act.values),
            "post_kinds": entry.choices("posts", PostKind.values),
            "clause": clause,
            "quote": context.quote(entry, context.clauses[clause]),
            "limits": entry.choices("limits", ActLimit.values),
            "non_plan": entry.flag("non_plan"),
        }
        wanted.append(Wanted(entry, values))
    sync(context.version.act_rules.all(), "act", wanted, context.changes, parent=context.parent)
