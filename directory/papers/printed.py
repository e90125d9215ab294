"""The directory of one plan as its appendix prints it (8.8 网络预案, 8.3 通信预案), with the numbers of this moment."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

from directory.choices import ContactState
from directory.models import Clause, Contact, PlanVersion
from directory.papers.marks import MARKS, Mark, marks_of
from directory.selectors.conflicts import plans_with_contacts
from directory.selectors.contacts import contacts_found, shown_to
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.errors import NotVisible

__all__ = ["directory_paper"]


def directory_paper(user: Any, plan_code: str) -> dict[str, Any]:
    """Return what the paper says: the appendix's rows in its two columns, then what was added here.

    Numbers are those of now, masked as on the reader's screen. Raises NotVisible for a plan that is not in force.
    """
    version = next((row for row in plans_with_contacts() if row.plan.code == plan_code), None)
    if version is None:
        raise NotVisible()
    everything = shown_to(user, contacts_found(user, state=ContactState.ACTIVE))
    printed = [contact for contact in everything if contact.plan_version_id == version.pk]
    printed.sort(key=lambda contact: (contact.number_in_appendix or 0, contact.order))
    added = [contact for contact in everything if contact.plan_version_id is None]
    marks = marks_of([*printed, *added])
    used = {mark for found in marks.values() for mark in found}
    appendix = printed[0].appendix if printed else ""
    return {
        "title": _title(version, appendix),
        "appendix": appendix,
        "plan": version.title,
        "plan_number": version.number,
        "stamp": f"截至 {local_text(database_now())}",
        "author": user.display_name,
        "phone_label": version.texts.get("contacts_phone_label") or "电话",
        "lines": _lines(printed, marks),
        "added": [_cell(contact, marks) for contact in added],
        "legend": [mark for mark in MARKS if mark in used],
        "count": len(printed) + len(added),
    }


def _title(version: PlanVersion, appendix: str) -> str:
    clause = Clause.objects.filter(version=version, ref=appendix).first()
    return clause.title if clause else f"{version.title}通讯录"


def _lines(contacts: list[Contact], marks: dict[int, list[Mark]]) -> list[tuple[Any, Any]]:
    """Return the rows of the grid: an entry of the left column beside one of the right."""
    left = [_cell(contact, marks) for contact in contacts if (contact.column or 1) == 1]
    right = [_cell(contact, marks) for contact in contacts if (contact.column or 1) != 1]
    return list(zip_longest(left, right))


def _cell(contact: Contact, marks: dict[int, list[Mark]]) -> dict[str, Any]:
    return {
        "number": contact.number_in_appendix,
        "name": contact.printed_name,
        "unit": contact.unit.name,
        "kind": contact.get_kind_display(),
        "person": contact.person,
        "shown": contact.shown,  # type: ignore[attr-defined]
        "marks": "".join(mark.sign for mark in marks[contact.pk]),
    }
