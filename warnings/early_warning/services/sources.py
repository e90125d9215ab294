"""Where a warning comes from: an incident's analysis (8.2), a superior's notice (3.2.2), a finding."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from directory.services.papers import Upload, paper_check, paper_keep
from early_warning.choices import SourceKind
from early_warning.models import EarlyWarning, SuperiorNotice
from early_warning.verdict import response_verdict
from incidents.models import Incident
from yangcheng_ec.errors import BadInput
from yangcheng_ec.files import file_read

__all__ = ["Received", "Source", "notice_paper", "received_problems", "source_write"]

FOLDER = "superior-notices"
NAME_LIMIT = 120
TOLERANCE = timedelta(minutes=1)


@dataclass(frozen=True)
class Source:
    """What a warning was begun from: a ``SourceKind``, its name, and the number under which it is found."""

    kind: str
    label: str = ""
    reference: str = ""


@dataclass(frozen=True)
class Received:
    """A superior's notice: who, number, when received, its own words; ``upload`` is its scan."""

    sender: str
    received_at: datetime | None
    text: str
    reference: str = ""
    upload: Upload | None = None


def received_problems(received: Received, now: datetime) -> dict[str, list[str]]:
    """Return what a superior's notice lacks, by field."""
    problems: dict[str, list[str]] = {}
    if not received.sender.strip():
        problems["sender"] = ["请填写通报机关。"]
    for name, words in (("sender", received.sender), ("reference", received.reference)):
        if len(words.strip()) > NAME_LIMIT:
            problems[name] = [f"最多{NAME_LIMIT}个字。"]
    if not received.text.strip():
        problems["notice_text"] = ["请照录通报原文。"]
    if received.received_at is None:
        problems["received_at"] = ["请填写收到时间。"]
    elif received.received_at > now + TOLERANCE:
        problems["received_at"] = ["收到时间不能晚于现在。"]
    if received.upload is not None:
        try:
            paper_check(received.upload)
        except BadInput as refused:
            problems["paper"] = [text for texts in refused.fields.values() for text in texts]
    return problems


def source_write(
    warning: EarlyWarning, *, incident: Incident | None, source: Source | None, received: Received | None, user: Any
) -> str:
    """Put the source onto an unsaved warning and return it in words for the record."""
    if received is not None:
        warning.superior = _notice(received, user, warning.created_at)
        source = Source(SourceKind.SUPERIOR, received.sender.strip(), received.reference.strip())
    elif incident is not None:
        warning.source_verdict = response_verdict(incident).text
        source = Source(SourceKind.INCIDENT, incident.title, incident.number)
    source = source or Source(SourceKind.SCRATCH)
    if source.kind not in SourceKind.values:
        raise BadInput("没有这种预警来源。", fields={"source": ["没有这种预警来源。"]})
    warning.source_kind = source.kind
    warning.source_label, warning.source_reference = source.label[:300], source.reference[:120]
    return _words(warning)


def notice_paper(notice: SuperiorNotice) -> bytes:
    """Return the scan's bytes. Raises NotVisible when it is gone, WrongState when it is not the one uploaded."""
    return file_read(FOLDER, notice.paper_stored, notice.paper_sha256)


def _words(warning: EarlyWarning) -> str:
    named = f"{warning.source_label}{warning.source_reference}"
    if warning.source_kind == SourceKind.INCIDENT:
        return f"由事件{warning.source_reference}研判而来。{warning.source_verdict}"
    if warning.source_kind == SourceKind.SCRATCH:
        return ""
    return f"来源：{SourceKind(warning.source_kind).label}，{named}。"


def _notice(received: Received, user: Any, now: datetime) -> SuperiorNotice:
    notice = SuperiorNotice(
        sender=received.sender.strip(), reference=received.reference.strip(), text=received.text.strip(),
        received_at=min(received.received_at or now, now), recorded_by=user, recorded_at=now,
    )  # fmt: skip
    if received.upload is not None:
        checked, stored = paper_keep(received.upload, folder=FOLDER)
        notice.paper_name, notice.paper_kind = checked.name, checked.kind.value
        notice.paper_stored, notice.paper_size, notice.paper_sha256 = stored.name, stored.size, stored.sha256
    notice.save()
    return notice
