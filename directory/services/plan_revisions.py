"""A plan is revised: copied to a draft, entered by one, confirmed by another, in force from a date (DESIGN §1.1).

The acts themselves are in no plan (「非预案规定」); who revises and from when a plan holds, the clauses say.
The chain of a plan is ``plan:<code>``. Its head is locked before the version's row.
"""

from __future__ import annotations

import hashlib
import uuid
from datetime import date, datetime, time
from typing import Any

from django.db import transaction

from directory import clauses
from directory.audience import recipient_of
from directory.choices import OPEN_STAGES, Act, RevisionStage
from directory.models import Contact, Plan, PlanVersion
from directory.rules import actor_for, approver_kinds, clause_label, edition_for, holders
from directory.services.appointment_twins import appointments_carry
from directory.services.plan_checks import revision_faults
from directory.services.plan_copy import plan_copy
from yangcheng_ec.actors import SYSTEM, Actor
from yangcheng_ec.clock import SHANGHAI, database_now, local_text
from yangcheng_ec.deadlines.services import Message, notice_queue
from yangcheng_ec.errors import BadInput, Change, Forbidden, NotVisible, StaleVersion, WrongState
from yangcheng_ec.record.models import CaseHead, RecordEntry
from yangcheng_ec.record.services import Line, head_named, record_append

__all__ = [
    "edited",
    "plan_revision_confirm",
    "plan_revision_discard",
    "plan_revision_return",
    "plan_revision_start",
    "plan_revision_submit",
    "plans_enforce_due",
    "revision_lock",
]

COPIED = (
    "command_name", "office_name", "office_unit_id", "texts",
    "review_years", "review_kind", "review_clause", "review_quote",
)  # fmt: skip


def plan_head(plan: Plan) -> CaseHead:
    """Return the locked head of a plan's chain."""
    return head_named(f"plan:{plan.code}", kind="plan")


@transaction.atomic
def plan_revision_start(*, version_id: int, number: str, title: str, user: Any) -> PlanVersion:
    """Copy the version in force to a draft under a new document number (文号), for the plan's office to edit.

    One revision of a plan at a time. Raises Forbidden (ActRule «revise_plan»), WrongState (not in force, or another
    revision is open), BadInput with fields (number empty or taken, title empty).
    """
    base = _known(version_id)
    head = plan_head(base.plan)
    base = _locked(version_id)
    if not base.in_force:
        raise WrongState("只能以现行版本为底稿修订。")
    actor = actor_for(user, base, Act.REVISE_PLAN)
    open_one = PlanVersion.objects.filter(plan=base.plan, stage__in=OPEN_STAGES).first()
    if open_one is not None:
        raise WrongState(f"本预案已有一份修订（{open_one.number}，{open_one.state_words}），请先办完或放弃。")
    words = _head_words(number, title)
    draft = PlanVersion(
        plan=base.plan, based_on=base, stage=RevisionStage.DRAFT, started_by=user, issued_on=today(),
        edition=edition_for(base.plan, words["number"]), **words, **{name: getattr(base, name) for name in COPIED},
    )  # fmt: skip
    draft.texts = _head_of_its_own(base.texts)
    draft.save()
    counts = plan_copy(source=base, target=draft)
    _mark_edited(draft)
    draft.save(update_fields=["revision", "checksum"])
    text = f"起草修订：以{base.number}为底稿，拟定文号{draft.number}《{draft.title}》，复制{sum(counts.values())}条。"
    _append(head, draft, "revision_started", text, actor, _clause(base, Act.REVISE_PLAN))
    return draft


@transaction.atomic
def plan_revision_submit(
    *, version_id: int, revision: int, effective_on: date, issued_on: date, user: Any
) -> PlanVersion:
    """Put a finished draft before the second person, with the day it shall hold from; it can no longer be edited.

    ``issued_on`` is the day it is or was printed, never after the day it holds from. Raises Forbidden, WrongState,
    StaleVersion, BadInput (a day gone by, or faults of the draft: each named).
    """
    head, draft = revision_lock(version_id, revision)
    actor = actor_for(user, in_force(draft), Act.REVISE_PLAN)
    need_stage(draft, RevisionStage.DRAFT, "送请确认")
    _check_days(effective_on, issued_on)
    faults = [finding.words for finding in revision_faults(draft)]
    if faults:
        raise BadInput("草案还不能送请确认：" + "；".join(faults[:6]) + "。", fields={"__all__": faults})
    draft.stage, draft.effective_on, draft.issued_on = RevisionStage.SUBMITTED, effective_on, issued_on
    draft.submitted_by, draft.confirmed_by = user, None
    issued = f"{issued_on.year}年{issued_on.month}月{issued_on.day}日"
    draft.texts = {**draft.texts, "document": {**draft.texts.get("document", {}), "issued": issued}}
    draft.save()
    text = f"送请确认施行：{draft.number}，{issued_on}印发，拟自{effective_on}零时起施行。"
    _append(head, draft, "revision_submitted", text, actor, _clause(in_force(draft), Act.ENFORCE_PLAN))
    _tell(head, draft, f"待确认施行：{draft.number}，拟自{effective_on}零时起施行", [Act.ENFORCE_PLAN])
    return draft


@transaction.atomic
def plan_revision_confirm(*, version_id: int, revision: int, user: Any) -> PlanVersion:
    """Confirm what another person entered: it holds from 00:00 (Asia/Shanghai) of its day, today's at once.

    Never by whoever put it before. Raises Forbidden (ActRule «enforce_plan»), WrongState (not submitted, or its day
    has gone by), StaleVersion.
    """
    head, draft = revision_lock(version_id, revision)
    actor = actor_for(user, in_force(draft), Act.ENFORCE_PLAN)
    need_stage(draft, RevisionStage.SUBMITTED, "确认")
    if user.pk == draft.submitted_by_id:
        raise Forbidden("施行须由送请确认的人以外的另一人确认（非预案规定）。")
    if draft.effective_on is None or draft.effective_on < today():
        raise WrongState("拟定的施行日期已过，请退回，改定日期后重新送请确认。")
    draft.stage, draft.confirmed_by = RevisionStage.SCHEDULED, user
    draft.save()
    text = f"确认施行：{draft.number}自{draft.effective_on}零时起施行。"
    _append(head, draft, "revision_confirmed", text, actor, _clause(in_force(draft), Act.ENFORCE_PLAN))
    if draft.effective_on <= today():
        _enforce(head, draft, database_now())
    return draft


@transaction.atomic
def plan_revision_return(*, version_id: int, revision: int, reason: str, user: Any) -> PlanVersion:
    """Make it a draft again, with the reason, before it holds: by whoever confirms, or the office that entered it.

    Raises Forbidden, WrongState, StaleVersion, BadInput.
    """
    head, draft = revision_lock(version_id, revision)
    actor = _either(user, in_force(draft))
    if draft.stage not in (RevisionStage.SUBMITTED, RevisionStage.SCHEDULED):
        raise WrongState(f"这份修订现在是「{draft.state_words}」，不能退回。")
    note = _reason(reason)
    draft.stage, draft.effective_on, draft.submitted_by, draft.confirmed_by = RevisionStage.DRAFT, None, None, None
    draft.save()
    _append(head, draft, "revision_returned", f"退回修改：{draft.number}。理由：{note}", actor, "")
    return draft


@transaction.atomic
def plan_revision_discard(*, version_id: int, revision: int, reason: str, user: Any) -> PlanVersion:
    """Give a draft up, with the reason; its rows are kept to be read. Raises Forbidden, WrongState, BadInput."""
    head, draft = revision_lock(version_id, revision)
    actor = actor_for(user, in_force(draft), Act.REVISE_PLAN)
    need_stage(draft, RevisionStage.DRAFT, "放弃")
    note = _reason(reason)
    draft.stage = RevisionStage.DISCARDED
    draft.save()
    _append(head, draft, "revision_discarded", f"放弃修订：{draft.number}。理由：{note}", actor, "")
    return draft


def plans_enforce_due() -> int:
    """Put in force every confirmed revision whose day has begun in Asia/Shanghai; return how many.

    Called each second by the sweep, and before a case is filed; the row holds the date, no message does. Nothing is
    written, and nothing locked, while nothing is due. Each in its own transaction: all of it or nothing.
    """
    due = PlanVersion.objects.filter(stage=RevisionStage.SCHEDULED, effective_on__lte=today())
    return sum(_enforce_one(version_id) for version_id in due.values_list("pk", flat=True))


@transaction.atomic
def _enforce_one(version_id: int) -> bool:
    head = plan_head(_known(version_id).plan)
    draft = _locked(version_id)
    if draft.stage != RevisionStage.SCHEDULED or draft.effective_on is None or draft.effective_on > today():
        return False
    _enforce(head, draft, database_now())
    return True


def _enforce(head: CaseHead, draft: PlanVersion, now: datetime) -> None:
    """Change the versions over: flags, the people who hold the posts, the directory; running cases keep theirs."""
    begun = _midnight(draft)
    at = min(max(begun, draft_confirmed_at(head, draft) or begun), now)
    old = PlanVersion.objects.select_for_update().get(plan=draft.plan, in_force=True)
    old.in_force = False
    old.save(update_fields=["in_force"])
    draft.stage, draft.in_force, draft.in_force_at = "", True, at
    draft.save(update_fields=["stage", "in_force", "in_force_at"])
    carried = appointments_carry(old=old, new=draft, at=at)
    moved = Contact.objects.filter(plan_version=old).update(plan_version=draft)
    text = (
        f"施行：{draft.number}自{local_text(at)}起为现行版本，代替{old.number}；在办案件仍按{old.number}办理。"
        f"任职随转{len(carried)}项（非预案规定），联络方式{moved}条。"
    )
    data = {
        "was": old.pk, "was_number": old.number, "now_number": draft.number, "contacts": moved,
        "appointments": [{"user": row.user_id, "post": row.post_id, "nature": row.nature} for row in carried],
    }  # fmt: skip
    line = Line(
        "plan.in_force", text, actor=SYSTEM, clause=_clause(draft, Act.ENFORCE_PLAN), subject=("plan", draft.pk),
        data=data, done_at=at,
    )  # fmt: skip
    record_append(head, line, now=now)
    _tell(head, draft, f"新版预案已施行：{draft.number}", [Act.ENFORCE_PLAN, Act.OFFICE])
    transaction.on_commit(clauses.forget)


def _tell(head: CaseHead, draft: PlanVersion, title: str, acts: list[Act]) -> None:
    """Tell whoever may do these acts under the version in force, each person once."""
    version = in_force(draft)
    kinds = list(dict.fromkeys(kind for act in acts for kind in approver_kinds(version, act)[0]))
    people = {row.user_id: recipient_of(row) for row in holders(version, kinds)}
    message = Message(
        kind="plan.revision",
        title=title,
        dedupe=f"plan:{draft.pk}:{head.seq}",
        url=f"/plans/{draft.plan.code}/revisions/{draft.pk}/",
        clause=_clause(version, Act.ENFORCE_PLAN),
        subject=("plan", draft.pk),
    )
    notice_queue(head=head, message=message, recipients=list(people.values()))


def draft_confirmed_at(head: CaseHead, draft: PlanVersion) -> datetime | None:
    """Return when the revision was last confirmed: one confirmed on its own day holds from then, not from midnight."""
    rows = RecordEntry.objects.filter(head=head, kind="plan.revision_confirmed", subject_id=draft.pk)
    return rows.order_by("-seq").values_list("recorded_at", flat=True).first()


def revision_lock(version_id: int, revision: int) -> tuple[CaseHead, PlanVersion]:
    """Lock a plan's chain and one of its revisions, as it was read. Raises NotVisible, StaleVersion."""
    head = plan_head(_known(version_id).plan)
    draft = _locked(version_id)
    if revision != draft.revision:
        raise StaleVersion(changes=_changes_since(head, draft, revision))
    return head, draft


def edited(head: CaseHead, draft: PlanVersion, *, text: str, changes: list[Change], actor: Actor) -> None:
    """Count one edit of a draft and write its line: a new checksum, so that nothing read before is taken for it."""
    _mark_edited(draft)
    draft.save()
    data = {"revision": draft.revision, "changes": [vars(change) for change in changes]}
    clause = _clause(in_force(draft), Act.REVISE_PLAN)
    line = Line("plan.revision_edited", text, actor=actor, clause=clause, subject=("plan", draft.pk), data=data)
    record_append(head, line)


def need_stage(draft: PlanVersion, stage: RevisionStage, doing: str) -> None:
    """Raise WrongState unless the revision stands there: what is in force is never edited."""
    if draft.stage != stage:
        raise WrongState(f"{draft.number}现在是「{draft.state_words}」，不能{doing}（须为「{stage.label}」）。")


def in_force(draft: PlanVersion) -> PlanVersion:
    """Return the version of the same plan in force: its rules say who may revise it."""
    return PlanVersion.objects.select_related("plan").get(plan=draft.plan_id, in_force=True)


def today() -> date:
    """Return the day it is in Asia/Shanghai by the database's clock."""
    return database_now().astimezone(SHANGHAI).date()


def _midnight(draft: PlanVersion) -> datetime:
    return datetime.combine(draft.effective_on or today(), time(), tzinfo=SHANGHAI)


def _known(version_id: int) -> PlanVersion:
    found = PlanVersion.objects.select_related("plan").defer("texts").filter(pk=version_id).first()
    if found is None:
        raise NotVisible()
    return found


def _locked(version_id: int) -> PlanVersion:
    return PlanVersion.objects.select_for_update(of=("self",)).select_related("plan", "based_on").get(pk=version_id)


def _mark_edited(draft: PlanVersion) -> None:
    draft.revision += 1
    draft.checksum = hashlib.sha256(f"{draft.pk}:{draft.revision}:{uuid.uuid4()}".encode()).hexdigest()


def _head_words(number: str, title: str) -> dict[str, str]:
    words = {"number": number.strip(), "title": title.strip()}
    problems = {name: ["不能为空。"] for name, text in words.items() if not text}
    for name, limit in (("number", 60), ("title", 120)):
        if len(words[name]) > limit:
            problems[name] = [f"最多 {limit} 个字。"]
    if PlanVersion.objects.filter(number=words["number"]).exists():
        problems["number"] = [f"文号「{words['number']}」已用于另一个版本。"]
    if problems:
        raise BadInput("修订没有开始，请更正。", fields=problems)
    return words


def _head_of_its_own(texts: dict[str, Any]) -> dict[str, Any]:
    """Return the texts without what was true of the earlier paper only: its notice and the days on it."""
    kept = {name: words for name, words in texts.items() if name != "cc"}
    return {**kept, "document": {"office": texts.get("document", {}).get("office", "")}}


def _check_days(effective_on: date, issued_on: date) -> None:
    problems: dict[str, list[str]] = {}
    if effective_on < today():
        problems["effective_on"] = ["施行日期须是今天或以后。"]
    if issued_on > effective_on:
        problems["issued_on"] = ["印发日期不能晚于施行日期。"]
    if problems:
        raise BadInput("没有送出，请更正。", fields=problems)


def _either(user: Any, version: PlanVersion) -> Actor:
    try:
        return actor_for(user, version, Act.ENFORCE_PLAN)
    except Forbidden:
        return actor_for(user, version, Act.REVISE_PLAN)


def _reason(text: str) -> str:
    note = text.strip()
    if not note or len(note) > 300:
        words = "须写明理由。" if not note else "理由最多 300 个字。"
        raise BadInput(words, fields={"reason": [words]})
    return note


def _clause(version: PlanVersion, act: str) -> str:
    ref = approver_kinds(version, act)[1]
    return clause_label(version, ref) if ref else ""


def _append(head: CaseHead, draft: PlanVersion, verb: str, text: str, actor: Actor, clause: str) -> None:
    data = {"revision": draft.revision, "number": draft.number, "effective_on": draft.effective_on}
    line = Line(f"plan.{verb}", text, actor=actor, clause=clause, subject=("plan", draft.pk), data=data)
    record_append(head, line)


def _changes_since(head: CaseHead, draft: PlanVersion, revision: int) -> list[Change]:
    rows = RecordEntry.objects.filter(head=head, subject_type="plan", subject_id=draft.pk).order_by("seq")
    found: list[Change] = []
    for entry in rows:
        if entry.data.get("revision", 0) > revision:
            listed = [Change(**row) for row in entry.data.get("changes", [])]
            found += listed or [Change(entry.actor_name, "", entry.text)]
    return found
