"""What a sheet would do to the directory, line by line, before anything is written.

A number is found again by the row of the appendix the sheet names, by the old number it names, or by being the same
number. Else, where the unit has exactly one active number of that kind and the sheet gives exactly one, it is a
change of that number, unless the two name different people; everything else is an addition. An empty cell leaves
what is there. Posts are compared in ``sheets.people``.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from directory.choices import ContactKind
from directory.models import Contact
from directory.phones import mask
from directory.selectors.units import plain_name
from directory.sheets.choices import ColumnRole, ItemState
from directory.sheets.entries import Entry, Found, Item, RowReader
from directory.sheets.mapping import Layout
from directory.sheets.people import Holding, PeopleSnapshot
from directory.sheets.reading import SheetGrid
from directory.sheets.snapshot import ADDED_HERE, Snapshot, source_of

__all__ = ["preview_items"]

LABELS = {"value": "号码", "kind": "类型", "person": "联系人", "title": "职务", "printed_name": "名称", "note": "备注"}


def preview_items(
    sheet: SheetGrid, layout: Layout, snapshot: Snapshot, people: PeopleSnapshot | None = None
) -> list[Item]:
    """Return the preview's lines in the order of the sheet; they are plain data and can be stored.

    ``people`` is needed where the layout names posts (``holdings_of``).
    """
    reader = RowReader(sheet, layout, snapshot)
    read = [found for row in reader.rows() for found in reader.entries(row)]
    comparison = _Comparison(snapshot, [found for found in read if isinstance(found, Entry)])

    def item(found: Found) -> Item:
        if isinstance(found, Holding):
            return people.item(found) if people is not None else found.item(ItemState.BLANK)
        return comparison.item(found) if isinstance(found, Entry) else found

    return [item(found) for found in read]


@dataclass(frozen=True)
class _Pool:
    """The numbers an entry may mean. ``exact``: the sheet says which one. ``problem``: it says one there is not."""

    contacts: list[Contact]
    exact: bool = False
    problem: Item | None = None


class _Comparison:
    """Entries against the directory, in the order of the sheet: two lines may not change one number."""

    def __init__(self, snapshot: Snapshot, entries: list[Entry]) -> None:
        self.snapshot = snapshot
        self.given = Counter((entry.unit.pk, entry.meant_kind) for entry in entries)
        self.touched: dict[int, int] = {}
        self.added: dict[tuple[int, str], int] = {}

    def item(self, entry: Entry) -> Item:
        """Return the entry's line."""
        pool = self._pool(entry)
        if pool.problem is not None:
            return pool.problem
        targets = pool.contacts if pool.exact else self._targets(entry, pool.contacts)
        if "*" in entry.value and not any(_same_number(contact, entry) for contact in targets):
            return entry.error("号码中间打了星号，不知道是哪个号码；请填写完整号码")
        return self._changed(entry, targets) if targets else self._added(entry, pool.contacts)

    def _pool(self, entry: Entry) -> _Pool:
        active = self.snapshot.active[entry.unit.pk]
        if entry.source and entry.source != ADDED_HERE:
            return self._printed(entry)
        if entry.source:
            active = [contact for contact in active if contact.plan_version_id is None]
        if entry.old and not any(_same_number(contact, entry) for contact in active):
            named = [contact for contact in active if contact.value == entry.old]
            words = f"{entry.unit.name}没有在用的号码「{entry.old[:30]}」"
            return _Pool(named, exact=True, problem=None if named else entry.error(words, entry.cells[ColumnRole.OLD]))
        return _Pool(active)

    def _printed(self, entry: Entry) -> _Pool:
        contact, where = self.snapshot.source(entry.source), entry.cells[ColumnRole.SOURCE]
        if contact is None:
            words = f"没有「{entry.source[:40]}」这一条，或已停用；这一列若不是预案附件的行号，请在上面选「不用」"
            return _Pool([], problem=entry.error(words, where))
        if contact.unit_id != entry.unit.pk:
            words = f"{source_of(contact)}是{contact.unit.name}，不是{entry.unit.name}"
            return _Pool([], problem=entry.error(words, where))
        return _Pool([contact], exact=True)

    def _targets(self, entry: Entry, contacts: list[Contact]) -> list[Contact]:
        """Return the numbers the entry is about: the same number, else the only one of its kind; none: it is new."""
        same = [contact for contact in contacts if _same_number(contact, entry)]
        if same:
            return same
        of_kind = [contact for contact in contacts if contact.kind == entry.meant_kind]
        alone = self.given[(entry.unit.pk, entry.meant_kind)] == 1 and len({contact.value for contact in of_kind}) == 1
        return of_kind if alone and not any(_of_another(contact, entry) for contact in of_kind) else []

    def _changed(self, entry: Entry, targets: list[Contact]) -> Item:
        """Return the line for numbers that are there: what would change in each, and what to know about it."""
        twin = next((found for contact in targets if (found := self._twin(entry, contact))), None)
        if twin is not None:
            return entry.error(f"{twin.printed_name}（{source_of(twin)}）已登记 {entry.value}")
        changed = [(contact, values) for contact in targets if (values := _differences(entry, contact))]
        if not changed:
            return entry.item(ItemState.SAME)
        before = next((self.touched[c.pk] for c, _ in changed if self.touched.get(c.pk, entry.row) != entry.row), 0)
        if before or any(contact.pk in self.touched for contact, _ in changed):
            return entry.error(f"与第 {before or entry.row} 行改的是同一个号码；请只留一行")
        self.touched |= {contact.pk: entry.row for contact, _ in changed}
        return entry.item(
            ItemState.CHANGE,
            targets=[_target(contact, values) for contact, values in changed],
            notes=[words for contact, values in changed for words in _warnings(contact, values)],
        )

    def _twin(self, entry: Entry, contact: Contact) -> Contact | None:
        """Return another number of the unit that stands in the way of this change (``services.contacts``)."""
        if contact.value == entry.value or "*" in entry.value:
            return None
        plans = {contact.plan_version_id, None}
        others = [row for row in self.snapshot.active[entry.unit.pk] if row.pk != contact.pk]
        return next(
            (
                row
                for row in others
                if row.value == entry.value and (contact.plan_version_id is None or row.plan_version_id in plans)
            ),
            None,
        )

    def _added(self, entry: Entry, contacts: list[Contact]) -> Item:
        key = (entry.unit.pk, entry.value)
        if any(contact.value == entry.value for contact in self.snapshot.active[entry.unit.pk]):
            return entry.item(ItemState.SAME, notes=["预案已印这个号码，不必另加"])
        if key in self.added:
            return entry.item(ItemState.SAME, notes=[f"与第 {self.added[key]} 行重复"])
        self.added[key] = entry.row
        values = {"kind": entry.meant_kind, "value": entry.value} | {k: v for k, v in entry.texts.items() if v}
        there = dict.fromkeys(contact.value for contact in contacts if contact.kind == entry.meant_kind)
        notes = [f"该单位已有同类号码 {'、'.join(there)}，另加一条，原号码不动"] if there else []
        if entry.value in self.snapshot.retired[entry.unit.pk]:
            notes.append("这个号码以前停用过")
        return entry.item(ItemState.ADD, unit_id=entry.unit.pk, values=values, notes=notes)


def _of_another(contact: Contact, entry: Entry) -> bool:
    """Return whether number and entry each name somebody, and not the same person: nobody's number is overwritten."""
    named = entry.texts["person"]
    return bool(named and contact.person) and plain_name(named) != plain_name(contact.person)


def _same_number(contact: Contact, entry: Entry) -> bool:
    return entry.value in (contact.value, mask(contact.value))


def _differences(entry: Entry, contact: Contact) -> dict[str, tuple[str, str]]:
    """Return what the entry would change: field → (old, new). Empty cells and a masked number change nothing."""
    now = dict(entry.texts)
    if contact.plan_version_id is not None and not entry.source:
        now.pop("printed_name")  # both plans may print the unit, each under its own name
    now["value"] = "" if _same_number(contact, entry) else entry.value
    now["kind"] = entry.kind
    found = {name: (str(getattr(contact, name)), text) for name, text in now.items() if text}
    return {name: (was, text) for name, (was, text) in found.items() if was != text}


def _target(contact: Contact, values: dict[str, tuple[str, str]]) -> dict[str, Any]:
    changes = [
        {"field": LABELS[name], "was": _shown(name, was), "now": _shown(name, now)}
        for name, (was, now) in values.items()
    ]
    return {
        "id": contact.pk, "version": contact.version, "name": contact.printed_name, "source": source_of(contact),
        "values": {name: now for name, (_, now) in values.items()}, "changes": changes,
    }  # fmt: skip


def _shown(name: str, value: str) -> str:
    return str(ContactKind(value).label) if name == "kind" and value in ContactKind.values else value


def _warnings(contact: Contact, values: dict[str, tuple[str, str]]) -> list[str]:
    """Return the words for a number that a plan prints: it is never changed silently."""
    if contact.plan_version is None or "value" not in values:
        return []
    return [f"{source_of(contact)}印的号码：改后与印本不同，原号码留在变更记录里"]
