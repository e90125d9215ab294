"""How an entry is hashed. Changing anything here breaks every chain: make a new scheme instead."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from yangcheng_ec.record.models import RecordEntry

__all__ = ["entry_content", "entry_hash"]


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(timespec="microseconds")


def entry_content(entry: RecordEntry, head_key: str) -> list[Any]:
    """Return what is hashed: the previous hash, the case and every field of the entry, as plain JSON."""
    return [
        entry.prev_hash,
        head_key,
        entry.seq,
        entry.kind,
        _moment(entry.done_at),
        _moment(entry.recorded_at),
        entry.late_entry,
        entry.actor_id,
        entry.actor_name,
        entry.actor_post,
        entry.clause,
        entry.subject_type,
        entry.subject_id,
        entry.text,
        entry.data,
    ]


def entry_hash(entry: RecordEntry, head_key: str) -> str:
    """Return the SHA-256 over the previous hash and every field of the entry, in canonical JSON."""
    text = json.dumps(entry_content(entry, head_key), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
