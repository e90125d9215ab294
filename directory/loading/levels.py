"""Categories, grades, warning levels, response levels with their measures and who must carry them out."""

from __future__ import annotations

from directory.choices import ActorKind, PostKind
from directory.loading.context import Context
from directory.loading.source import Entry
from directory.loading.sync import Wanted, sync
from directory.models import Measure, ResponseLevel

__all__ = ["load_categories", "load_grades", "load_response_levels", "load_warning_levels"]

EVENTS = ("handover", "reinforcement")


def load_categories(context: Context) -> None:
    """Load the categories with their sub-items; lost definitions stay null."""
    entries = context.source.many("categories")
    wanted = [_category(context, entry) for entry in entries]
    rows = sync(context.version.categories.all(), "code", wanted, context.changes, parent=context.parent)
    for entry, row in zip(entries, rows, strict=True):
        subitems = [
            Wanted(entry, {"number": number, "code": f"{row.code}-{number}", "name": name})
            for number, name in enumerate(entry.texts("subitems"), start=1)
        ]
        sync(row.subitems.all(), "number", subitems, context.changes, parent={"category": row})


def _category(context: Context, entry: Entry) -> Wanted:
    entry.only(
        "number", "code", "name", "form_name", "definition", "definition_fragment", "subitems", "subitems_text",
        "clause",
    )  # fmt: skip
    return Wanted(
        entry,
        {
            "code": entry.text("code"),
            "number": entry.number("number"),
            "name": entry.text("name"),
            "form_name": entry.text("form_name"),
            "definition": entry.text_or_null("definition"),
            "definition_fragment": entry.text("definition_fragment", ""),
            "subitems_text": entry.text_or_null("subitems_text"),
            "clause": context.clause(entry),
        },
    )


def load_grades(context: Context) -> None:
    """Load the grades with their criteria, and «undetermined», which has none."""
    entries = context.source.many("grades")
    wanted = []
    for entry in entries:
        entry.only("number", "code", "level", "name", "clause", "criteria")
        values = {"number": entry.number("number"), "code": entry.text("code"), "level": entry.text("level", "")}
        wanted.append(Wanted(entry, {**values, "name": entry.text("name"), "clause": context.clause(entry)}))
    rows = sync(context.version.grades.all(), "code", wanted, context.changes, parent=context.parent)
    for entry, row in zip(entries, rows, strict=True):
        criteria = [
            Wanted(entry, {"number": number, "text": text})
            for number, text in enumerate(entry.texts("criteria"), start=1)
        ]
        sync(row.criteria.all(), "number", criteria, context.changes, parent={"grade": row})


def load_warning_levels(context: Context) -> None:
    """Load the warning colours (no criteria) or situations (with their words)."""
    wanted = []
    for entry in context.source.many("warning_levels"):
        entry.only("number", "roman", "name", "severity", "colour_name", "colour", "text", "reach", "spread", "clause")
        words = {key: entry.text(key, "") for key in ("roman", "severity", "colour_name", "text", "reach", "spread")}
        colour = entry.choice("colour", ("red", "orange", "yellow", "blue")) if entry.has("colour") else ""
        values = {"ordinal": entry.number("number"), "name": entry.text("name"), "colour": colour}
        wanted.append(Wanted(entry, {**words, **values, "clause": context.clause(entry)}))
    sync(context.version.warning_levels.all(), "ordinal", wanted, context.changes, parent=context.parent)


def load_response_levels(context: Context) -> None:
    """Load the levels with conditions, approver posts, measures and actors."""
    entries = context.source.many("response_levels")
    wanted = [_level(context, entry) for entry in entries]
    rows = sync(context.version.response_levels.all(), "ordinal", wanted, context.changes, parent=context.parent)
    for entry, row in zip(entries, rows, strict=True):
        _conditions(context, entry, row)
        _measures(context, entry, row)


def _level(context: Context, entry: Entry) -> Wanted:
    entry.only(
        "number", "roman", "roman_as_printed", "clause", "conditions_clause", "procedure_clause", "measures_clause",
        "proposer", "procedure", "approver_posts", "approvers", "approver_verb", "confirmed_by", "needs_confirmation",
        "also_informed", "informs_at_proposal", "duty_regime", "measures_intro", "intro_actors", "conditions",
        "measures",
    )  # fmt: skip
    procedure = context.clauses[context.clause(entry, "procedure_clause")]
    for code in entry.texts("informs_at_proposal"):
        if code != ActorKind.ALL_MEMBERS:
            context.registry.code(entry, "informs_at_proposal", code)
    clauses = ("clause", "conditions_clause", "procedure_clause", "measures_clause")
    printed = {key: entry.text(key, "") for key in ("approver_verb", "confirmed_by", "duty_regime")}
    return Wanted(
        entry,
        {
            **{key: context.clause(entry, key) for key in clauses},
            **printed,
            "ordinal": entry.number("number"),
            "roman": entry.text("roman"),
            "roman_as_printed": entry.text("roman_as_printed"),
            "procedure": context.quote(entry, procedure, "procedure"),
            "proposer": entry.text("proposer"),
            "approver_posts": entry.texts("approver_posts"),
            "approvers": entry.choices("approvers", PostKind.values),
            "needs_confirmation": entry.flag("needs_confirmation"),
            "also_informed": entry.texts("also_informed"),
            "informs_at_proposal": entry.texts("informs_at_proposal"),
            "measures_intro": entry.text("measures_intro") if entry.has("measures_intro") else None,
        },
    )


def _conditions(context: Context, level: Entry, row: ResponseLevel) -> None:
    grades = set(context.version.grades.values_list("code", flat=True))
    printed = context.clauses[row.conditions_clause]
    wanted = []
    for entry in level.many("conditions"):
        entry.only("number", "text", "grades", "by_judgement")
        values = {
            "number": entry.number("number"),
            "text": context.quote(entry, printed, "text"),
            "grades": entry.choices("grades", grades),
            "by_judgement": entry.flag("by_judgement"),
        }
        wanted.append(Wanted(entry, values))
    sync(row.conditions.all(), "number", wanted, context.changes, parent={"level": row})


def _measures(context: Context, level: Entry, row: ResponseLevel) -> None:
    """Load the numbered measures; number 0 is the sentence before them, where that orders something too."""
    wanted, actors = [], []
    if level.has("intro_actors"):
        wanted.append(_measure(level, 0, context.quote(level, context.clauses[row.measures_clause], "measures_intro")))
        actors.append(level.many("intro_actors"))
    for entry in level.many("measures"):
        entry.only("number", "heading", "text", "paragraphs", "actors")
        wanted.append(_measure(entry, entry.number("number"), _measure_text(context, entry, row.measures_clause)))
        actors.append(entry.many("actors"))
        if not actors[-1]:
            entry.fail("actors", "每条措施至少写明一个责任主体")
    rows = sync(row.measures.all(), "number", wanted, context.changes, parent={"level": row})
    for measure, entries in zip(rows, actors, strict=True):
        _actors(context, measure, entries)


def _measure_text(context: Context, entry: Entry, clause: str) -> str:
    """Return the measure's words: its paragraphs where it is printed in paragraphs. All of it is verbatim."""
    if not entry.has("paragraphs"):
        return context.quote(entry, context.clauses[clause], "text")
    text = "".join(entry.texts("paragraphs"))
    if text not in context.clauses[clause].replace("\n", ""):
        entry.fail("paragraphs", "不是原文")
    return text


def _measure(entry: Entry, number: int, text: str) -> Wanted:
    own = number > 0
    values = {
        "number": number,
        "heading": entry.text("heading", "") if own else "",
        "text": text,
        "paragraphs": entry.texts("paragraphs") if own and entry.has("paragraphs") else None,
    }
    return Wanted(entry, values)


def _actors(context: Context, measure: Measure, entries: list[Entry]) -> None:
    groups = {group.name: group.pk for group in context.version.groups.all()}
    wanted = []
    for number, entry in enumerate(entries, start=1):
        entry.only("kind", "unit", "group", "title", "quote", "non_plan", "on_event")
        kind, unit = entry.choice("kind", ActorKind.values), context.registry.coded(entry, "unit")
        if (kind == ActorKind.UNIT) != (unit is not None):
            entry.fail("unit", "kind 为 unit 时须写单位代码，其他情形不写")
        if kind == ActorKind.GROUP and not entry.has("group"):
            entry.fail("group", "kind 为 group 时须写工作组名称")
        values = {
            "number": number,
            "kind": kind,
            "unit_id": unit.pk if unit else None,
            "group_id": groups[entry.choice("group", groups)] if entry.has("group") else None,
            "title": entry.text("title"),
            "quote": context.quote(entry, measure.text),
            "non_plan": entry.flag("non_plan"),
            "on_event": entry.choice("on_event", EVENTS) if entry.has("on_event") else "",
        }
        wanted.append(Wanted(entry, values))
    sync(measure.actors.all(), "number", wanted, context.changes, parent={"measure": measure})
