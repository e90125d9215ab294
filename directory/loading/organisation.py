"""Clauses, posts, members, groups and the printed directory of a plan."""

from __future__ import annotations

from directory.choices import UNIT_KINDS, PostKind
from directory.loading.context import Context
from directory.loading.source import Entry
from directory.loading.sync import Wanted, sync
from directory.models import Clause, Contact, GroupMember, WorkGroup

__all__ = ["load_clauses", "load_contacts", "load_groups", "load_members", "load_posts", "printed_contacts"]


def load_clauses(context: Context) -> None:
    """Load every numbered section; keep its words for the quotes that follow."""
    wanted = []
    for order, entry in context.source.numbered("clauses"):
        entry.only("ref", "title", "text")
        values = {"ref": entry.text("ref"), "title": entry.text("title"), "text": entry.text("text", "")}
        wanted.append(Wanted(entry, {**values, "order": order}))
    rows: list[Clause] = sync(context.version.clauses.all(), "ref", wanted, context.changes, parent=context.parent)
    context.clauses = {row.ref: row.text for row in rows}


def load_posts(context: Context) -> None:
    """Load the posts of the command and its office; plans name posts, never persons."""
    wanted = [_post(context, entry) for entry in context.source.many("posts")]
    sync(context.version.posts.all(), "code", wanted, context.changes, parent=context.parent)


def _post(context: Context, entry: Entry) -> Wanted:
    entry.only("kind", "number", "label", "title", "unit", "clause", "non_plan")
    kind = entry.choice("kind", [value for value in PostKind.values if value not in UNIT_KINDS])
    number = entry.number("number", 0)
    unit = context.registry.coded(entry, "unit")
    return Wanted(
        entry,
        {
            "code": f"{context.source.one('version').text('key')}:{kind}{f':{number}' if number else ''}",
            "kind": kind,
            "ordinal": number or 1,
            "label": entry.text("label"),
            "title": entry.text("title"),
            "unit_id": unit.pk if unit else None,
            "clause": context.clause(entry),
            "non_plan": entry.flag("non_plan"),
        },
    )


def load_members(context: Context) -> None:
    """Load the member units in the plan's order with their duties; a duty the print lost stays null."""
    wanted = [_member(context, entry) for entry in context.source.many("members")]
    sync(context.version.memberships.all(), "number", wanted, context.changes, parent=context.parent)


def _member(context: Context, entry: Entry) -> Wanted:
    entry.only("number", "name", "short", "duty")
    duty = entry.one("duty")
    duty.only("number", "name", "text", "items")
    unit = context.registry.named_or_generic(entry, "name")
    context.registry.joint(duty, "name")
    return Wanted(
        entry,
        {
            "number": entry.number("number"),
            "unit_id": unit.pk if unit else None,
            "printed_name": entry.text("name"),
            "printed_short": entry.text("short", ""),
            "duty_name": duty.text("name"),
            "duty": duty.text_or_null("text"),
            "duty_items": duty.texts("items"),
            "clause": context.source.one("version").text("members_clause"),
            "duty_clause": context.source.one("version").text("duties_clause"),
        },
    )


def load_groups(context: Context) -> None:
    """Load the work groups with their leads and members."""
    entries = context.source.many("groups")
    wanted = [_group(context, entry) for entry in entries]
    groups: list[WorkGroup] = sync(
        context.version.groups.all(), "number", wanted, context.changes, parent=context.parent
    )
    for entry, group in zip(entries, groups, strict=True):
        members = [
            Wanted(entry, {"number": number, "printed_name": name, "unit_id": _unit_id(context, entry, name)})
            for number, name in enumerate(entry.texts("members"), start=1)
        ]
        sync(GroupMember.objects.filter(group=group), "number", members, context.changes, parent={"group": group})


def _unit_id(context: Context, entry: Entry, name: str) -> int | None:
    unit = context.registry.named_or_generic(entry, "members", name)
    return unit.pk if unit else None


def _group(context: Context, entry: Entry) -> Wanted:
    entry.only("number", "name", "lead", "members", "open_ended", "composition", "duty", "extra")
    return Wanted(
        entry,
        {
            "number": entry.number("number"),
            "name": entry.text("name"),
            "lead_id": context.registry.named(entry, "lead").pk,
            "printed_lead": entry.text("lead"),
            "duty": entry.text("duty"),
            "open_ended": entry.flag("open_ended"),
            "composition_text": entry.text("composition", ""),
            "extra": entry.raw("extra") or {},
            "clause": context.source.one("version").text("groups_clause"),
        },
    )


def printed_contacts(context: Context) -> dict[str, object]:
    """Return the appendix as printed, under its number (``contacts_8_8``): it stays whatever people correct."""
    source = context.source.one("contacts")
    numbers, words = {"no": "number", "column": "column"}, {"unit": "name", "phone": "phone"}
    rows = [
        {key: row.number(name) for key, name in numbers.items()} | {key: row.text(name) for key, name in words.items()}
        for row in source.many("rows")
    ]
    return {f"contacts_{source.text('appendix').replace('.', '_')}": rows}


def load_contacts(context: Context) -> None:
    """Add the printed directory's missing rows. Rows already there belong to the people who keep them up."""
    source = context.source.one("contacts")
    source.only("appendix", "rows")
    if context.version.revisions.filter(in_force_at__isnull=False).exists():
        return  # a revision has taken them over
    there = set(Contact.objects.filter(plan_version=context.version).values_list("number_in_appendix", flat=True))
    for entry in source.many("rows"):
        entry.only("number", "column", "name", "phone")
        number, unit = entry.number("number"), context.registry.named(entry, "name")
        if number in there:
            continue
        row = Contact(
            unit=unit,
            printed_name=entry.text("name"),
            value=entry.text("phone"),
            plan_version=context.version,
            appendix=source.text("appendix"),
            number_in_appendix=number,
            column=entry.number("column"),
            order=number,
        )
        row.save()
        there.add(number)
        context.changes.add("新增", row)
