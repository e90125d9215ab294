"""附件: files added to a case or to a report that is being written, and taken from view (撤下). Nothing is erased.

Neither plan speaks of attachments: all of this is 「非预案规定」.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.template.defaultfilters import filesizeformat

from incidents.authority import case_actor, office_side_actor, unit_side
from incidents.choices import OPEN_STATES, ReportState
from incidents.models import Attachment, Incident, Report
from incidents.selectors import incidents_visible_to
from incidents.selectors.attachments import REPORT_OPEN, attachments_visible_to
from incidents.services.common import check_lengths, check_state, incident_lock
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, WrongState
from yangcheng_ec.idempotency import fingerprint_of, once
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, record_append
from yangcheng_ec.text import clean_text
from yangcheng_ec.uploads import Checked, ScanState, Staged, Store, Upload, UploadRefused, scan, upload_check

__all__ = ["STORE", "Addition", "attachment_add", "attachment_withdraw"]

# By fingerprint: the same bytes in two cases are one file, and a file is never in another's way.
STORE = Store("attachments", fan=2)
FIELD = "files"


@dataclass(frozen=True)
class Addition:
    """What is added: files one after the other, a note for all, and the serial of the report they belong to."""

    files: Iterable[Upload]
    note: str = ""
    report: int | None = None


@dataclass(frozen=True)
class _Kept:
    """A file that was judged and lies on the disk, not yet in its place."""

    checked: Checked
    scan: ScanState
    staged: Staged


def attachment_add(*, incident_id: int, user: Any, addition: Addition, key: str = "") -> list[Attachment]:
    """Add files to an open case, or to a report that is not signed yet; all of them or none; once per key.

    Who: the officers, or a unit of the case (its own reports only). Each file is judged by content, scanned, written
    and synced before its row is: no row is without its file. Raises NotVisible, Forbidden, WrongState (closed case,
    signed report), BadInput: which file and why, disk full, scanner down where it is required.
    """
    incident = incidents_visible_to(user).select_related("plan_version__plan").filter(pk=incident_id).first()
    if incident is None:
        raise NotVisible()
    _adder(user, incident, _report_of(incident, addition.report))
    with _kept(addition.files) as kept:
        sums = [(item.checked.name, item.checked.sha256) for item in kept]
        said = {"incident": incident_id, "report": addition.report, "note": addition.note, "files": sums}
        with transaction.atomic():
            result, _ = once(
                user=user, scope="attachment", key=key, fingerprint=fingerprint_of(said),
                act=lambda: _added(incident_id, user, addition, kept),
            )  # fmt: skip
    rows = Attachment.objects.select_related("uploaded_by", "report", "incident", "withdrawn_by")
    return list(rows.filter(pk__in=result.split(",")).order_by("pk"))


@contextmanager
def _kept(files: Iterable[Upload]) -> Iterator[list[_Kept]]:
    """Judge, scan and write every file; say of each why it is refused. What was not placed is removed afterwards."""
    kept: list[_Kept] = []
    faults: list[str] = []
    try:
        for number, upload in enumerate(files, start=1):
            try:
                kept.append(_keep(upload))
            except UploadRefused as refused:
                faults.append(f"「{clean_text(upload.name)[-60:] or number}」：{refused.message}")
        if faults and kept:
            faults.append(f"其余 {len(kept)} 个文件没有问题，但这次也没有保存：请去掉有问题的文件，再一起重传。")
        if faults:
            raise BadInput("附件没有保存。", fields={FIELD: faults})
        if not kept:
            raise UploadRefused("请选择文件。")
        yield kept
    finally:
        for item in kept:
            item.staged.drop()


def _keep(upload: Upload) -> _Kept:
    checked = upload_check(upload)
    found = scan(upload.content, locked=checked.locked)
    return _Kept(checked, found, STORE.stage(upload.content))


def _added(incident_id: int, user: Any, addition: Addition, kept: list[_Kept]) -> str:
    incident, head = incident_lock(incident_id, user=user)
    report = _report_of(incident, addition.report)
    actor = _adder(user, incident, report)
    unit, note = unit_side(user, incident), clean_text(addition.note).strip()
    rows = [_row(item, incident=incident, report=report, note=note, unit=unit) for item in kept]
    _refuse_twice(rows, incident, report)
    now = database_now()
    for row, item in zip(rows, kept, strict=True):
        row.uploaded_by, row.uploaded_as, row.recorded_at = user, actor.post, now
        check_lengths(row)
        STORE.place(item.staged, row.sha256)
        row.save(force_insert=True)
        size = filesizeformat(row.size).replace("\xa0", " ")
        words = f"添加附件「{row.name}」（{row.get_kind_display()}，{size}，SHA-256 {row.sha256[:12]}…）"
        _say(row, head, "attachment.added", words + (f"：{note}" if note else ""), actor)
    _touch(report)
    return ",".join(str(row.pk) for row in rows)


def _row(item: _Kept, **values: Any) -> Attachment:
    checked = item.checked
    return Attachment(
        name=checked.name, size=checked.size, sha256=checked.sha256, kind=checked.kind, content_type=checked.kind.mime,
        marks=list(checked.marks), scan=item.scan, **values,
    )  # fmt: skip


def _refuse_twice(rows: list[Attachment], incident: Incident, report: Report | None) -> None:
    """Raise BadInput for a file that is there already, or twice among those chosen."""
    sums = [row.sha256 for row in rows]
    there = incident.attachments.filter(report=report, withdrawn_at__isnull=True, sha256__in=sums)
    known = dict(there.values_list("sha256", "name"))
    faults = [f"「{row.name}」已经在附件中（{known[row.sha256]}）。" for row in rows if row.sha256 in known]
    faults += [f"「{row.name}」选了两次。" for n, row in enumerate(rows) if row.sha256 in sums[:n]]
    if faults:
        raise BadInput("附件没有保存。", fields={FIELD: faults})


def _report_of(incident: Incident, serial: int | None) -> Report | None:
    if serial is None:
        return None
    report = incident.reports.filter(serial=serial).first()
    if report is None:
        raise NotVisible()
    return report


def _adder(user: Any, incident: Incident, report: Report | None) -> Actor:
    """Return as whom the user adds. Raises Forbidden, WrongState."""
    actor = case_actor(user, incident)
    check_state(incident, OPEN_STATES, "添加附件")
    if incident.secret:
        raise WrongState("涉密事件不得在本系统上传附件；内容用保密渠道报送。")
    if report is None:
        return actor
    own = unit_side(user, incident)
    if own is not None and report.reporting_unit_code != own.code:
        raise Forbidden(f"单位账号只能给以本单位（{own}）名义写的报告加附件。")
    if report.state not in REPORT_OPEN:
        words = f"报告现在是「{report.state_choice.label}」，它的附件已随报告固定。"
        raise WrongState(words + "请作为事件的附件上传，或附在下一份报告里。")
    return actor


@transaction.atomic
def attachment_withdraw(*, attachment_id: int, user: Any, reason: str) -> Attachment:
    """Take an attachment from view with a reason (撤下); the file and the row stay, the auditor can still open it.

    Who: the officers, in any state of the case, since what must not be read cannot wait; a unit its own, until the
    report is signed. A signed report that has not gone out is returned first. Raises NotVisible, Forbidden,
    WrongState, BadInput (no reason, too long).
    """
    row, incident, head = _locked(attachment_id, user)
    actor = _withdrawer(user, incident, row)
    if row.withdrawn_at is not None:
        raise WrongState("这个附件已经撤下。")
    if row.report is not None and row.report.state == ReportState.REVIEWED:
        raise WrongState("报告已签发，还没有报出：请先退回报告，再撤下附件。")
    reason = clean_text(reason).strip()
    if not reason:
        raise BadInput("没有撤下。", fields={"reason": ["请写明撤下理由。"]})
    row.withdrawn_at, row.withdrawn_by, row.withdrawn_as = database_now(), user, actor.post
    row.withdrawn_reason = reason
    try:
        check_lengths(row)
    except BadInput as refused:
        raise BadInput(refused.message, fields={"reason": refused.fields.get("withdrawn_reason", [])}) from refused
    row.save()
    sent = "（已随报告报出）" if row.report is not None and row.report.state == ReportState.SENT else ""
    _say(row, head, "attachment.withdrawn", f"撤下附件「{row.name}」{sent}，理由：{reason}", actor)
    if not sent:
        _touch(row.report)
    return row


def _locked(attachment_id: int, user: Any) -> tuple[Attachment, Incident, CaseHead]:
    visible = attachments_visible_to(user).filter(pk=attachment_id).values_list("incident_id", flat=True).first()
    if visible is None:
        raise NotVisible()
    incident, head = incident_lock(visible, user=user)
    row = Attachment.objects.select_related("report", "unit", "uploaded_by").get(pk=attachment_id)
    row.incident = incident
    return row, incident, head


def _withdrawer(user: Any, incident: Incident, row: Attachment) -> Actor:
    own = unit_side(user, incident)
    if own is None:
        return office_side_actor(user, incident)
    if row.unit_id != own.pk:
        raise Forbidden(f"单位账号只能撤下本单位（{own}）添加的附件。")
    if row.report is not None and row.report.state not in REPORT_OPEN:
        raise Forbidden("报告已经签发，它的附件只能由值班人员撤下。")
    return case_actor(user, incident)


def _touch(report: Report | None) -> None:
    """Count the report's version up: whoever signs it must have seen these attachments."""
    if report is not None:
        report.version += 1
        report.save(update_fields=["version"])


def _say(row: Attachment, head: CaseHead, kind: str, text: str, actor: Actor) -> None:
    about = f"（{row.report.label}）" if row.report else ""
    subject = ("report", row.report.pk) if row.report else ("incident", row.incident_id)
    data = {
        "attachment": row.pk, "name": row.name, "size": row.size, "sha256": row.sha256, "kind": row.kind,
        "scan": row.scan, "marks": row.marks,
    }  # fmt: skip
    record_append(head, Line(kind, f"{text}{about}。", actor=actor, subject=subject, data=data))
