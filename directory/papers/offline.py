"""The directory as one HTML file: opens on a duty PC or a phone without the server, without a network, without fonts.

Style and script are inside it; its own policy forbids it to fetch anything. Without JavaScript it is a plain list.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from directory.choices import ContactKind, ContactState
from directory.models import Contact, UnitAlias
from directory.papers.marks import MARKS, marks_of
from directory.selectors.conflicts import plans_with_contacts
from directory.selectors.contacts import UnitRow, contacts_found, shown_to, unit_rows
from yangcheng_ec.clock import database_now, local_text

__all__ = ["OfflineDuty", "offline_html"]

FOLDER = Path(settings.BASE_DIR) / "static" / "papers"


@dataclass(frozen=True)
class OfflineDuty:
    """One turn of duty as the file lists it: 「11月22日 白班」, 「县委网信办」, 「带班领导」, the person, their number.

    ``number`` is what the reader may see (masked where it is masked on the screen); empty prints 「—」.
    """

    when: str
    place: str
    role: str
    person: str
    number: str = ""


def offline_html(user: Any, *, duties: Sequence[OfflineDuty] = ()) -> tuple[str, int]:
    """Return the file and how many numbers it holds: every number the reader may see, masked as on the screen.

    ``duties`` are the rows of the duty rosters, in the order they are to stand; whoever keeps rosters passes them.
    """
    contacts = shown_to(user, contacts_found(user, state=ContactState.ACTIVE))
    marks = marks_of(contacts)
    used = {mark for found in marks.values() for mark in found}
    rows = unit_rows(contacts, plans_with_contacts())
    aliases = _aliases([row.unit.pk for row in rows])
    style, script = _part("offline.css"), _part("offline.js")
    context = {
        "stamp": local_text(database_now()),
        "person": user.display_name,
        "units": [_unit(row, marks, aliases.get(row.unit.pk, [])) for row in rows],
        "count": len(contacts),
        "duties": duties,
        "legend": [mark for mark in MARKS if mark in used],
        "style": style,
        "script": script,
        "policy": f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}",
    }
    return render_to_string("directory/papers/offline.html", {"paper": context}), len(contacts)


def _unit(row: UnitRow, marks: dict[int, list[Any]], aliases: list[tuple[str, str]]) -> dict[str, Any]:
    groups = [(column.label, column.contacts) for column in row.by_plan] + [("本县补充", row.added)]
    numbers = [_number(contact, label, marks) for label, contacts in groups for contact in contacts]
    names = [row.unit.name, row.unit.short_name, row.unit.initials]
    names += [text for pair in aliases for text in pair] + [number["name"] for number in numbers]
    digits = ["".join(filter(str.isdigit, number["shown"])) for number in numbers if not number["masked"]]
    people = [number["person"] for number in numbers]
    return {
        "name": row.unit.name,
        "numbers": numbers,
        "words": " ".join(dict.fromkeys(text.lower() for text in [*names, *people, *digits] if text)),
    }


def _number(contact: Contact, label: str, marks: dict[int, list[Any]]) -> dict[str, Any]:
    shown: str = contact.shown  # type: ignore[attr-defined]
    masked: bool = contact.masked  # type: ignore[attr-defined]
    spoken = contact.kind not in (ContactKind.FAX, ContactKind.EMAIL)
    return {
        "label": label,
        "row": contact.number_in_appendix,
        "name": contact.printed_name,
        "kind": contact.get_kind_display(),
        "person": contact.person,
        "note": contact.note,
        "shown": shown,
        "masked": masked,
        "tel": "" if masked or not spoken else "".join(filter(str.isdigit, shown)),
        "mail": shown if contact.kind == ContactKind.EMAIL else "",
        "marks": "".join(mark.sign for mark in marks[contact.pk]),
    }


def _aliases(unit_ids: list[int]) -> dict[int, list[tuple[str, str]]]:
    found: dict[int, list[tuple[str, str]]] = {}
    for unit_id, name, initials in UnitAlias.objects.filter(unit__in=unit_ids).values_list(
        "unit_id", "name", "initials"
    ):
        found.setdefault(unit_id, []).append((name, initials))
    return found


@lru_cache(maxsize=4)
def _part(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """Return the policy's word for exactly this text between its tags."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
