"""Reading and verifying the record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import QuerySet

from yangcheng_ec.record.hashing import entry_hash
from yangcheng_ec.record.models import GENESIS, CaseHead, RecordEntry

__all__ = ["Fault", "entries_of", "verify_chain", "verify_record"]


@dataclass(frozen=True)
class Fault:
    """Where a chain is broken and how, in words an auditor reads."""

    head: str
    seq: int
    reason: str


def entries_of(head_id: int) -> QuerySet[RecordEntry]:
    """Return a case's record in order."""
    return RecordEntry.objects.filter(head_id=head_id).order_by("seq")


def verify_chain(head: CaseHead) -> Fault | None:
    """Return the first fault of a chain: a changed, removed, inserted or reordered row, or None."""
    previous, expected = GENESIS, 1
    for entry in entries_of(head.pk).iterator(chunk_size=1000):
        if entry.seq != expected:
            return Fault(head.key, expected, "缺少或插入了一行")
        if entry.prev_hash != previous:
            return Fault(head.key, entry.seq, "与上一行接不上")
        if entry.hash != entry_hash(entry, head.key):
            return Fault(head.key, entry.seq, "内容被改动")
        previous, expected = entry.hash, expected + 1
    if (head.seq, head.hash) != (expected - 1, previous):
        return Fault(head.key, head.seq, "末尾被删去，或链头被改动")
    return None


def verify_record() -> Iterator[Fault]:
    """Yield the first fault of every broken chain."""
    for head in CaseHead.objects.order_by("pk").iterator(chunk_size=500):
        fault = verify_chain(head)
        if fault:
            yield fault
