"""What an export says: the case with everything that hangs on it, and its record line by line, as plain JSON."""

from __future__ import annotations

from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models

from incidents.models import Attachment, Incident
from incidents.registry import case_rows
from incidents.selectors import clocks_of_case, inquiries_of, reports_of
from incidents.selectors.members import members_panel
from yangcheng_ec.deadlines.models import Notice
from yangcheng_ec.record.hashing import entry_content
from yangcheng_ec.record.models import CaseHead, RecordEntry
from yangcheng_ec.record.selectors import entries_of

__all__ = ["Encoder", "case_content", "record_content"]

Encoder = DjangoJSONEncoder
# Of a secret case (涉密) nothing but that it is one, and when it took which way.
SEALED = (
    "number", "plan_version", "state", "drill", "secret", "secret_channel", "secret_sent_at", "received_at", "filed_at",
    "closed_at",
)  # fmt: skip
SEALED_CLOCK = ("rule_code", "clause", "state", "starts_at", "due_at", "done_at", "recorded_at", "overdue_at")


def case_content(incident: Incident, user: Any) -> dict[str, Any]:
    """Return every field of the case and its rows; the caller holds the case's lock."""
    clocks = clocks_of_case(incident, with_superseded=True)
    if incident.secret:
        return {
            "case": _fields(incident, SEALED),
            "note": "涉密事件：不导出内容。",
            "clocks": [_fields(row, SEALED_CLOCK) for row in clocks],
        }
    notices = Notice.objects.filter(head_id=incident.head_id).select_related("recipient").order_by("id")
    return {
        "case": _fields(incident),
        "links": sorted(incident.links.values_list("number", flat=True)),
        "merged": sorted(incident.merged.values_list("number", flat=True)),
        "reports": [{**_fields(row), "addressees": _all(row.addressees.all())} for row in reports_of(incident)],
        "inquiries": _all(inquiries_of(incident)),
        "clocks": [{**_fields(row), "addressees": _all(row.addressees.all())} for row in clocks],
        "notices": _all(notices),
        "members": [_member(line) for line in members_panel(user, incident).lines],
        **{name: _all(rows) for name, rows in case_rows(incident).items()},
        "attachments": _all(Attachment.objects.filter(incident=incident).select_related("uploaded_by").order_by("id")),
    }


def _member(line: Any) -> dict[str, Any]:
    unit = line.unit.code if line.unit else ""
    return {"name": line.name, "unit": unit, "by_plan": line.by_plan, "duty": line.duty, "out": line.out}


def _all(rows: Any) -> list[dict[str, Any]]:
    return [_fields(row) for row in rows]


def _fields(row: models.Model, names: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return a row's columns by name; of another row it points at, its id and its words."""
    found: dict[str, Any] = {}
    for field in row._meta.concrete_fields:
        if names and field.name not in names:
            continue
        if field.is_relation:
            other = getattr(row, field.name)
            found[field.name] = None if other is None else {"id": other.pk, "text": str(other)}
        else:
            found[field.name] = getattr(row, field.attname)
    return found


def record_content(incident: Incident, head: CaseHead) -> dict[str, Any]:
    """Return the record with its hashes; of a secret case (涉密) the hashes alone, ``sealed``."""
    entries = entries_of(head.pk)
    return {
        "case": head.key,
        "sealed": incident.secret,
        "seq": head.seq,
        "hash": head.hash,
        "lines": [_line(entry, head.key, sealed=incident.secret) for entry in entries],
    }


def _line(entry: RecordEntry, key: str, *, sealed: bool) -> dict[str, Any]:
    line = {"seq": entry.seq, "recorded_at": entry.recorded_at, "prev_hash": entry.prev_hash, "hash": entry.hash}
    return line if sealed else {**line, "content": entry_content(entry, key)}
