"""Rebuilds the transcription's shape from database rows, so that it can be compared leaf by leaf."""

from __future__ import annotations

from typing import Any

from directory.choices import PostKind
from directory.models import (
    Category,
    Grade,
    Measure,
    Membership,
    PlanVersion,
    ReportingRule,
    ResponseLevel,
    WarningLevel,
    WorkGroup,
)

# Keys of the transcription that are its author's notes, not the plan's words (`_meta.convention`).
NOTES = {"name_source", "definition_lost", "subitems_lost", "duty_lost", "shared_basis", "approver_rule", "rule"}

# Sections of ours over the transcribed words: each of their quotes is checked when it is loaded.
OURS = ("standing", "after")


def leaves(value: Any, path: str = "") -> dict[str, Any]:
    """Return path → value of every leaf without notes, as printed text without white space."""
    if isinstance(value, dict):
        kept = {key: item for key, item in value.items() if not key.startswith("_") and key not in NOTES}
        return {name: leaf for key, item in kept.items() for name, leaf in leaves(item, f"{path}.{key}").items()}
    if isinstance(value, list) and value:
        return {
            name: leaf for index, item in enumerate(value) for name, leaf in leaves(item, f"{path}[{index}]").items()
        }
    return {path: "".join(value.split()) if isinstance(value, str) else value}


def cyber(version: PlanVersion) -> dict[str, Any]:
    """Return the cyber plan in the shape of ``cyber_2025.json``."""
    texts = version.texts
    return {
        **{key: value for key, value in texts.items() if key not in ("readings", "command", "document", *OURS)},
        "document": document(version),
        "command": {
            **texts["command"],
            "name": version.command_name,
            "commander": titles(version, PostKind.COMMANDER)[0],
            "deputies": titles(version, PostKind.DEPUTY),
            "office_director": titles(version, PostKind.OFFICE_DIRECTOR)[0],
            "members": members(version),
        },
        "categories": [category(row) for row in version.categories.prefetch_related("subitems")],
        "grades": [grade(row) for row in version.grades.exclude(code="undetermined").prefetch_related("criteria")],
        "warning_levels": [colour(row) for row in version.warning_levels.all()],
        "unit_duties": [duty(row, version) for row in version.memberships.all()],
        "work_groups": [group(row) for row in version.groups.prefetch_related("members")],
        "response_levels": [level(row, "roman_as_printed") for row in version.response_levels.all()],
        "reporting_rules": [cyber_rule(row) for row in version.reporting_rules.filter(trigger="incident")],
        "contacts_8_8": contacts(version),
    }


def comms(version: PlanVersion) -> dict[str, Any]:
    """Return the comms plan in the shape of ``comms_2022.json``."""
    texts = version.texts
    rules = {row.number: comms_rule(row) for row in version.reporting_rules.filter(clause="4.1")}
    rules |= {row["no"]: row for row in texts["reporting_rules"]}
    return {
        **{
            key: value
            for key, value in texts.items()
            if key not in ("readings", "command", "office", "document", *OURS)
        },
        "document": document(version),
        "command": {
            **texts["command"],
            "name": version.command_name,
            "总指挥": titles(version, PostKind.COMMANDER)[0],
            "副总指挥": titles(version, PostKind.DEPUTY),
            "members": members(version),
        },
        "office": {**texts["office"], "director": titles(version, PostKind.OFFICE_DIRECTOR)[0]},
        "unit_duties": joint_duties(version),
        "work_groups": [{**group(row), **row.extra} for row in version.groups.prefetch_related("members")],
        "warning_situations": [situation(row) for row in version.warning_levels.all()],
        "reporting_rules": [rules[number] for number in sorted(rules)],
        "response_levels": [level(row, "roman_as_printed_in_text") for row in version.response_levels.all()],
        "contacts_8_3": contacts(version),
    }


def document(version: PlanVersion) -> dict[str, Any]:
    """Return the head of the paper; its appendices are clauses of chapter 8."""
    return {
        **version.texts["document"],
        "number": version.number,
        "title": version.title,
        "issued_iso": version.issued_on.isoformat(),
        "appendices": [{"no": row.ref, "title": row.title} for row in version.clauses.filter(ref__startswith="8.")],
    }


def titles(version: PlanVersion, kind: str) -> list[str]:
    """Return the printed titles of the posts of a kind."""
    return list(version.posts.filter(kind=kind).order_by("ordinal").values_list("title", flat=True))


def members(version: PlanVersion) -> list[dict[str, Any]]:
    """Return the member list."""
    found = []
    for row in version.memberships.all():
        short = {"short": row.printed_short} if row.printed_short else {}
        found.append({"no": row.number, "unit": row.printed_name, **short})
    return found


def duty(row: Membership, version: PlanVersion) -> dict[str, Any]:
    """Return one row of 8.5; those with the same words share one cell."""
    same = version.memberships.filter(duty=row.duty).exclude(pk=row.pk) if row.duty else version.memberships.none()
    items = {"duty_items": row.duty_items} if row.duty else {}
    shared = list(same.values_list("duty_name", flat=True))
    return {"no": row.number, "unit": row.duty_name, "duty": row.duty, "shared_with": shared, **items}


def joint_duties(version: PlanVersion) -> list[dict[str, Any]]:
    """Return 2.3's headings in their printed order, each once."""
    printed = version.clauses.get(ref="2.3").text
    duties = dict(version.memberships.values_list("duty_name", "duty"))
    headings = sorted(duties, key=lambda name: printed.index(f"{name}："))
    return [
        {"no": number, "heading": name, "units": name.split("、"), "text": duties[name]}
        for number, name in enumerate(headings, start=1)
    ]


def group(row: WorkGroup) -> dict[str, Any]:
    """Return a work group."""
    composition = {"composition_text": row.composition_text} if row.composition_text else {}
    names = [member.printed_name for member in row.members.all()]
    head = {"no": row.number, "name": row.name, "lead": row.printed_lead, "members": names}
    return {**head, "members_open_ended": row.open_ended, "duty": row.duty, **composition}


def category(row: Category) -> dict[str, Any]:
    """Return a category of 8.3."""
    fragment = {"definition_fragment": row.definition_fragment} if row.definition_fragment else {}
    names = [item.name for item in row.subitems.all()]
    words = {"definition": row.definition, "subitems_text": row.subitems_text, **fragment}
    return {"no": row.number, "name": row.name, "subitems": names, **words}


def grade(row: Grade) -> dict[str, Any]:
    """Return a grade of 8.4."""
    criteria = [item.text for item in row.criteria.all()]
    return {"no": row.number, "level": row.level, "name": row.name, "criteria": criteria}


def colour(row: WarningLevel) -> dict[str, Any]:
    """Return a warning level of 3.2.1."""
    return {"roman": row.roman, "severity": row.severity, "colour": row.colour_name}


def situation(row: WarningLevel) -> dict[str, Any]:
    """Return a warning situation of 3.3."""
    return {"no": row.ordinal, "name": row.name, "text": row.text, "reach": row.reach, "spread": row.spread}


def level(row: ResponseLevel, printed_key: str) -> dict[str, Any]:
    """Return a response level; what only one of the plans has is left out for the other."""
    head = {
        "roman": row.roman,
        printed_key: row.roman_as_printed,
        "section": row.clause,
        "conditions": [condition.text for condition in row.conditions.all()],
        "procedure": row.procedure,
        "proposer": row.proposer,
        "approver_posts": row.approver_posts,
        "measures": [measure(item) for item in row.measures.filter(number__gt=0)],
    }
    if row.needs_confirmation:
        return {**head, "confirmed_by": row.confirmed_by, "also_informed": row.also_informed}
    return {**head, "approver_verb": row.approver_verb, "measures_intro": row.measures_intro}


def measure(row: Measure) -> dict[str, Any]:
    """Return a measure."""
    paragraphs = {"paragraphs": row.paragraphs} if row.paragraphs else {}
    return {"no": row.number, "heading": row.heading or None, "text": row.text, **paragraphs}


def cyber_rule(row: ReportingRule) -> dict[str, Any]:
    """Return a rule of 4.1; what the clause does not say (our reading) is left out."""
    names = dict(row.version.grades.values_list("code", "name"))
    grades = [names[code].removesuffix("事件").replace("判明", "判明等级") for code in row.grades]
    read = row.version.texts["readings"].get(row.code, [])
    found = {
        "no": row.number,
        "applies_to": grades or "all events",
        "who": None if "owed_by" in read else row.owed_by.split("、"),
        "to": addressees(row),
        "deadline": row.wording,
        "text": row.quote,
    }
    if row.number > 1:
        found["clock_starts"] = row.get_starts_display()
    return {**found, "deadline_minutes": row.minutes} if row.minutes else found


def comms_rule(row: ReportingRule) -> dict[str, Any]:
    """Return a rule of 4.1: two name who and to whom, two give 30 minutes."""
    if row.minutes:
        return {"no": row.number, "deadline_minutes": row.minutes, "text": row.quote}
    words = {"who": row.owed_by, "to": addressees(row), "deadline": row.wording, "text": row.quote}
    return {"no": row.number, **words}


def addressees(row: ReportingRule) -> list[str]:
    """Return the addressees as printed: 县委 and 县政府 are one phrase there, two receipts here."""
    return "、".join(item.label for item in row.addressees.all()).replace("县委、县政府", "县委县政府").split("、")


def contacts(version: PlanVersion) -> list[dict[str, Any]]:
    """Return the printed directory."""
    return [
        {"no": row.number_in_appendix, "column": row.column, "unit": row.printed_name, "phone": row.value}
        for row in version.contacts.order_by("number_in_appendix")
    ]
