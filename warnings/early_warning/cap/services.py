"""Issuing the CAP document of an act, in the act's own transaction."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db import transaction

from early_warning.cap.build import Issuance, cap_xml
from early_warning.cap.checker import cap_faults
from early_warning.cap.choices import CapMessage, CapScope, Ending
from early_warning.cap.models import CapDocument
from early_warning.cap.tables import scope_of
from early_warning.cap.times import whole_second
from early_warning.models import EarlyWarning
from yangcheng_ec.clock import database_now
from yangcheng_ec.record.models import CaseHead, RecordEntry
from yangcheng_ec.record.services import Line, case_lock, record_append

__all__ = ["ISSUING", "document_issue", "documents_complete"]

logger = logging.getLogger(__name__)

# The lines of a warning's record that issue a document.
ISSUING = ("published", "adjusted", "lifted", "superseded")


def document_issue(warning: EarlyWarning, act: str, now: datetime) -> CapDocument | None:
    """Issue the document an act on a warning calls for, if any; the caller holds the case's lock.

    Published: Alert, or Update of the documents its audience had before. Lifted or superseded: Cancel. Adjusted: a
    Cancel only where the new version goes to another audience, since nobody may be left with a warning that was
    replaced, nor hear of one that is not theirs. A faulty document is not issued and never stops the act itself: the
    faults are logged, and ``cap_issue`` issues it once they are mended. Returns what was issued.
    """
    earlier = list(CapDocument.objects.filter(warning__head_id=warning.head_id).order_by("sent", "id"))
    issuance = _issuance(warning, act, now, earlier)
    if issuance is None or issuance.identifier in {one.identifier for one in earlier}:
        return None
    xml = cap_xml(issuance)
    faults = cap_faults(xml, issued={one.reference for one in earlier})
    if faults:
        logger.error("CAP document of %s not issued: %s", warning.number, "；".join(faults))
        return None
    return _kept(issuance, xml)


@transaction.atomic
def documents_complete(head_id: int) -> list[CapDocument]:
    """Issue what a case still owes: of acts before there were documents, or whose document was faulty then.

    Replays the case's record line by line, with the times of then; each document gets a line of its own. What was
    issued stays as it is; what a later document of the same audience has overtaken is owed no more.
    """
    head = case_lock(head_id)
    owed = []
    lines = RecordEntry.objects.filter(head=head, kind__in=[f"warning.{act}" for act in ISSUING]).order_by("seq")
    rows = EarlyWarning.objects.select_related("level", "plan_version__plan").filter(head=head)
    warnings: dict[int | None, EarlyWarning] = {row.pk: row for row in rows}
    for line in lines:
        warning = warnings[line.subject_id]
        if _is_overtaken(warning, line.recorded_at):
            continue
        document = document_issue(warning, line.kind.removeprefix("warning."), line.recorded_at)
        if document is not None:
            owed.append(document)
            _note_late(head, warning, document)
    return owed


def _is_overtaken(warning: EarlyWarning, moment: datetime) -> bool:
    later = CapDocument.objects.filter(warning__head_id=warning.head_id, sent__gt=whole_second(moment))
    return later.filter(scope=scope_of(warning)).exists()


def _note_late(head: CaseHead, warning: EarlyWarning, document: CapDocument) -> None:
    fingerprint = {"identifier": document.identifier, "sha256": document.sha256}
    text = f"补发 CAP 文档 {document.identifier}（{CapMessage(document.message).label}）。"
    line = Line(kind="warning.cap_issued", text=text, subject=("warning", warning.pk), data={"cap": fingerprint})
    record_append(head, line)


def _issuance(warning: EarlyWarning, act: str, now: datetime, earlier: Sequence[CapDocument]) -> Issuance | None:
    scope = scope_of(warning)
    references = _open_chain(earlier, scope)
    addresses = _addresses(warning) if scope == CapScope.PRIVATE else ()
    if act == "published":
        message = CapMessage.UPDATE if references else CapMessage.ALERT
        return Issuance(warning, message, warning.published_at or now, references, addresses)
    ending = _ending(warning, act)
    if ending is None or not references:
        return None
    return Issuance(warning, CapMessage.CANCEL, warning.lifted_at or now, references, addresses, ending)


def _open_chain(earlier: Sequence[CapDocument], scope: CapScope) -> tuple[str, ...]:
    """Return the references of what an audience was sent of the case since its last Cancel, oldest first."""
    chain: list[str] = []
    for document in earlier:
        if document.scope == scope:
            chain = [] if document.message == CapMessage.CANCEL else [*chain, document.reference]
    return tuple(chain)


def _ending(warning: EarlyWarning, act: str) -> Ending | None:
    """Return why the chain ends; None for an adjustment that stays with its audience."""
    if act != "adjusted":
        return Ending(act)
    stays = scope_of(EarlyWarning.objects.get(previous=warning)) == scope_of(warning)
    return None if stays else Ending.MOVED


def _addresses(warning: EarlyWarning) -> tuple[str, ...]:
    return tuple(warning.addressees.values_list("unit__code", flat=True))


def _kept(issuance: Issuance, xml: str) -> CapDocument:
    document = CapDocument(
        warning=issuance.warning,
        identifier=issuance.identifier,
        sender=settings.CAP_SENDER,
        sent=whole_second(issuance.sent),
        status=issuance.status,
        message=issuance.message,
        scope=issuance.scope,
        headline=issuance.headline,
        xml=xml,
        sha256=hashlib.sha256(xml.encode("utf-8")).hexdigest(),
        issued_at=database_now(),
    )
    document.full_clean()
    document.save()
    return document
