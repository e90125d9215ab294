"""Members' action plans filed with the office (P4, 「报指挥部办公室备案」); reminders to those that have not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from directory.audience import recipient_of, units_people
from directory.choices import OFFICE_KINDS, Act, FilingState, PaperKind
from directory.models import ActionPlan, PlanVersion, Unit
from directory.rules import actor_for, actor_of_unit, holders, may
from directory.selectors.filings import filing_get, filing_lines, review_suggested, units_to_remind
from directory.selectors.membership import member_units_of
from directory.selectors.plans import plan_in_force
from directory.selectors.standing_duties import filing_duty
from directory.services.papers import paper_check, paper_scan
from directory.services.plan_revisions import today
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.services import Message, notice_queue, notices_settle
from yangcheng_ec.errors import BadInput, Change, Forbidden, StaleVersion, WrongState
from yangcheng_ec.files import file_keep, file_read
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, head_named, record_append
from yangcheng_ec.text import clean_text
from yangcheng_ec.uploads import Upload, UploadRefused

__all__ = ["Filed", "filing_add", "filing_content", "filing_void", "filings_remind"]

FOLDER = "filings"
REMIND = "filing.reminder"
LIMITS = {"title": 200, "edition": 60, "note": 300}
LABELS = {"title": "文件名称", "edition": "版本或文号", "note": "说明"}


@dataclass(frozen=True)
class Filed:
    """What is filed: the document's title, edition and date. ``review_on`` None: as often as the plan itself."""

    title: str
    edition: str
    dated_on: date
    review_on: date | None = None
    note: str = ""


def filing_add(
    *, user: Any, plan: str, filed: Filed, unit: Unit | None = None, upload: Upload | None = None
) -> ActionPlan:
    """File a member's action plan: the member itself, or the office for it (代录); the version before is replaced.

    The file (PDF, JPG, PNG up to 10 MB) is scanned before anything is locked. Raises NotVisible (no such plan),
    Forbidden (another unit's), BadInput with fields (no member, a date to come, the same edition again, a bad file).
    """
    with _named_file():
        paper_scan(upload)
        return _add(user, plan, filed, unit, upload)


@transaction.atomic
def _add(user: Any, plan: str, filed: Filed, unit: Unit | None, upload: Upload | None) -> ActionPlan:
    version = plan_in_force(plan)
    actor, owner = _filer(user, version, unit)
    head = _head(version)
    row = _row(version, owner, filed)
    _check(row, version)
    row.filed_by, row.filed_post, row.filed_at = user, actor.post, database_now()
    if upload is not None:
        _keep(row, upload)
    earlier = ActionPlan.objects.filter(plan=version.plan, unit=owner, state=FilingState.CURRENT)
    for old in earlier:
        old.state = FilingState.REPLACED
        _write(old)
    row.full_clean()
    row.save()
    behalf = "" if user.unit_id == owner.pk else "（办公室代录）"
    text = f"{owner.name}备案《{row.title}》（{row.edition}，{row.dated_on}）{behalf}，下次复核{row.review_on}"
    _say(head, version, row, "filing.filed", text, actor)
    notices_settle(subject=("filing_reminder", version.plan_id), kinds=[REMIND], unit_code=owner.code)
    if not behalf:
        _tell_office(head, version, row)
    return row


@transaction.atomic
def filing_void(*, user: Any, filing_id: int, version: int, reason: str) -> ActionPlan:
    """Declare a filed version void, with the reason: filed by mistake; the one before does not come back by itself.

    Raises NotVisible, Forbidden, StaleVersion, WrongState (void already), BadInput without a reason.
    """
    seen = filing_get(user, filing_id)
    plan_version = plan_in_force(seen.plan.code)
    actor, _owner = _filer(user, plan_version, seen.unit)
    head = _head(plan_version)
    row = ActionPlan.objects.select_for_update(of=("self",)).select_related("plan", "unit").get(pk=filing_id)
    if row.version != version:
        raise StaleVersion(changes=[Change("状态", "", str(row.get_state_display()))])
    if row.state == FilingState.VOID:
        raise WrongState("这一份已经作废。")
    words = clean_text(reason).strip()
    if not words or len(words) > LIMITS["note"]:
        raise BadInput("没有作废。", fields={"reason": ["作废须写明理由，最多 300 个字。"]})
    row.state, row.void_reason = FilingState.VOID, words
    _write(row)
    _say(head, plan_version, row, "filing.voided", f"{row.unit.name}备案的《{row.title}》作废：{words}", actor)
    return row


@transaction.atomic
def filings_remind(*, user: Any, plan: str) -> list[Unit]:
    """Remind every member that has filed nothing, or whose review is overdue; once a day each. Return whom.

    「非预案规定」: the clause has them file and names no day. Raises Forbidden (not the office), WrongState (nobody).
    """
    version = plan_in_force(plan)
    actor = actor_for(user, version, Act.OFFICE)
    head = _head(version)
    units = units_to_remind(filing_lines(user, version))
    if not units:
        raise WrongState("各成员单位都已备案，没有需要提醒的。")
    duty = filing_duty(version)
    label = duty.label if duty else ""
    day = today()
    message = Message(
        kind=REMIND, title=f"请向{version.office_name}备案本单位的行动方案（{version.plan.short_name}）",
        body=f"{duty.quote if duty else ''}。备案后提醒自动撤下；时间要求为非预案规定。",
        dedupe=f"filing:{version.plan.code}:{day}", url=f"/standing/filings/new/?plan={version.plan.code}",
        clause=label, subject=("filing_reminder", version.plan_id),
    )  # fmt: skip
    told = notice_queue(head=head, message=message, recipients=units_people(units, version.pk))
    if not told:
        raise WrongState("今天已经提醒过了，明天可以再提醒。")
    text = f"提醒{len(units)}个成员单位备案行动方案（非预案规定）"
    data = {"units": [unit.code for unit in units]}
    record_append(head, Line("filing.reminded", f"{text}。", actor=actor, clause=label, data=data))
    return units


def filing_content(row: ActionPlan) -> bytes:
    """Return the file's bytes. Raises NotVisible when it is gone, WrongState when it is not the one that was filed."""
    return file_read(FOLDER, row.stored, row.sha256)


@contextmanager
def _named_file() -> Iterator[None]:
    """Say what is wrong with the file beside this form's field."""
    try:
        yield
    except BadInput as error:
        if "paper" not in error.fields:
            raise
        fields = {("file" if name == "paper" else name): texts for name, texts in error.fields.items()}
        raise BadInput("行动方案没有备案，请更正。", fields=fields) from error


def _filer(user: Any, version: PlanVersion, unit: Unit | None) -> tuple[Actor, Unit]:
    """Return as what the user files and for which member."""
    if may(user, version, Act.OFFICE):
        actor = actor_for(user, version, Act.OFFICE)
        if unit is None:
            raise BadInput("没有备案。", fields={"unit": ["请选择成员单位。"]})
    else:
        if unit is not None and unit.pk != user.unit_id:
            raise Forbidden("单位账号只能备案本单位的行动方案。", clause=_clause(version))
        actor, unit = actor_of_unit(user, user.unit_id), user.unit
    if unit is None or unit.pk not in {member.pk for member in member_units_of(version)}:
        words = f"「{unit}」不是{version.plan.name}的成员单位。"
        raise BadInput("没有备案。", fields={"unit": [words]}, clause=_clause(version))
    return actor, unit


def _row(version: PlanVersion, owner: Unit, filed: Filed) -> ActionPlan:
    review_on = filed.review_on or review_suggested(version, filed.dated_on)
    texts = {name: clean_text(getattr(filed, name)).strip() for name in LIMITS}
    return ActionPlan(plan=version.plan, unit=owner, dated_on=filed.dated_on, review_on=review_on, **texts)


def _check(row: ActionPlan, version: PlanVersion) -> None:
    problems: dict[str, list[str]] = {}
    for name, limit in LIMITS.items():
        text = getattr(row, name)
        if not text and name != "note":
            problems[name] = [f"请填写{LABELS[name]}。"]
        elif len(text) > limit:
            problems[name] = [f"最多 {limit} 个字。"]
    if row.dated_on > today():
        problems["dated_on"] = ["文件日期不能晚于今天。"]
    if row.review_on <= row.dated_on:
        problems["review_on"] = ["下次复核须晚于文件日期。"]
    same = ActionPlan.objects.filter(plan=row.plan, unit=row.unit, title=row.title, edition=row.edition)
    if not problems and same.exclude(state=FilingState.VOID).exists():
        problems["edition"] = ["这个版本已经备案过。"]
    if problems:
        raise BadInput("行动方案没有备案，请更正。", fields=problems, clause=_clause(version))


def _keep(row: ActionPlan, upload: Upload) -> None:
    checked = paper_check(upload)
    try:
        stored = file_keep(FOLDER, upload.content)
    except UploadRefused as refused:
        raise BadInput("行动方案没有备案。", fields={"file": [refused.message]}) from refused
    row.stored, row.file_size, row.sha256 = stored.name, stored.size, stored.sha256
    row.file_name, row.file_kind = checked.name, PaperKind(checked.kind.value)


def _write(row: ActionPlan) -> None:
    row.version += 1
    row.full_clean(validate_constraints=False)
    row.save()


def _clause(version: PlanVersion) -> str:
    duty = filing_duty(version)
    return duty.label if duty else ""


def _head(version: PlanVersion) -> CaseHead:
    return head_named(f"filings:{version.plan.code}", kind="filing")


def _say(head: CaseHead, version: PlanVersion, row: ActionPlan, kind: str, text: str, actor: Actor) -> None:
    data = {"version": row.version, "unit": row.unit.code, "sha256": row.sha256}
    record_append(
        head, Line(kind, f"{text}。", actor=actor, clause=_clause(version), subject=("filing", row.pk), data=data)
    )


def _tell_office(head: CaseHead, version: PlanVersion, row: ActionPlan) -> None:
    message = Message(
        kind="filing.filed", title=f"{row.unit.name}备案了行动方案：{row.title}（{row.edition}）",
        dedupe=f"filing.filed:{row.pk}", url=f"/standing/filings/{row.pk}/", clause=_clause(version),
        subject=("filing", row.pk),
    )  # fmt: skip
    people = {one.user_id: recipient_of(one) for one in holders(version, OFFICE_KINDS)}
    notice_queue(head=head, message=message, recipients=people.values())
