"""授权发布 (comms 3.4「根据规定权限或授权发布预警信息」): entered, confirmed by the commander, used, revoked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from directory.choices import Act, PostKind
from directory.models import Appointment, PlanVersion, Post, WarningLevel
from directory.rules import actor_for, actor_of, appointments_in_force
from directory.services.papers import Upload, paper_check, paper_keep, paper_scan
from early_warning.choices import StandingState
from early_warning.models import EarlyWarning, StandingAuthorisation
from early_warning.rules import act_clause, level_label, need_standing_allowed
from early_warning.standing import post_holder, standing_refusal
from yangcheng_ec.actors import Actor
from yangcheng_ec.api.errors import from_validation_error
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, StaleVersion, WrongState
from yangcheng_ec.files import file_read
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, head_named, record_append

__all__ = [
    "StandingInput",
    "standing_confirm",
    "standing_enter",
    "standing_paper",
    "standing_refuse",
    "standing_revoke",
    "standing_use",
]

FOLDER = "standing-authorisations"
REASON_LIMIT = 300


@dataclass(frozen=True)
class StandingInput:
    """What the paper says: its name and number, the words of its scope, the levels, the post, from when until when."""

    document: str
    scope: str
    levels: Sequence[WarningLevel]
    post: Post | None
    starts_at: datetime | None
    ends_at: datetime | None


def standing_enter(
    *, version: PlanVersion, entry: StandingInput, upload: Upload | None, user: Any
) -> StandingAuthorisation:
    """Enter a signed authorisation with its paper; it counts only once the commander has confirmed it.

    Only under a plan whose clause speaks of authorisation. Raises Forbidden, WrongState, BadInput with fields.
    """
    paper_scan(upload)
    return _entered(version, entry, upload, user)


@transaction.atomic
def _entered(version: PlanVersion, entry: StandingInput, upload: Upload | None, user: Any) -> StandingAuthorisation:
    head, clause = _head(version), act_clause(version, Act.PUBLISH_WARNING)
    actor = actor_for(user, version, Act.PROPOSE_WARNING)
    need_standing_allowed(version)
    now = database_now()
    problems = _problems(version, entry, upload, now)
    if problems or upload is None or entry.starts_at is None or entry.ends_at is None:
        raise BadInput("授权没有保存，请更正。", fields=problems, clause=clause)
    row = StandingAuthorisation(
        plan_version=version, document=entry.document.strip(), scope=entry.scope.strip(), post=entry.post,
        starts_at=entry.starts_at, ends_at=entry.ends_at, entered_by=user, entered_post=actor.post, entered_at=now,
    )  # fmt: skip
    checked, stored = paper_keep(upload, folder=FOLDER)
    row.paper_name, row.paper_kind = checked.name, checked.kind.value
    row.paper_stored, row.paper_size, row.paper_sha256 = stored.name, stored.size, stored.sha256
    _save(row)
    row.levels.set(entry.levels)
    _note(head, row, "entered", f"录入预警发布授权，待{_commander_words(version)}签发：{_words(row)}", actor, clause)
    return row


@transaction.atomic
def standing_confirm(*, standing_id: int, version: int, user: Any) -> StandingAuthorisation:
    """Confirm an authorisation as the commander: from then on it authorises. Raises Forbidden, WrongState."""
    row, head, clause = _locked(standing_id, version)
    actor = _commander(row, user, clause)
    _must_be(row, StandingState.ENTERED, "签发")
    if row.ends_at <= database_now():
        raise WrongState(f"这份授权已于{local_text(row.ends_at)}到期，不能签发。", clause=clause)
    _decide(row, StandingState.CONFIRMED, actor)
    _note(head, row, "confirmed", f"签发预警发布授权：{_words(row)}", actor, clause)
    return row


@transaction.atomic
def standing_refuse(*, standing_id: int, version: int, reason: str, user: Any) -> StandingAuthorisation:
    """Refuse what was entered, as the commander, with the reason. Raises Forbidden, WrongState, BadInput."""
    row, head, clause = _locked(standing_id, version)
    actor = _commander(row, user, clause)
    _must_be(row, StandingState.ENTERED, "退回")
    row.reason = _reason(reason, clause)
    _decide(row, StandingState.REFUSED, actor)
    _note(head, row, "refused", f"不签发预警发布授权《{row.document}》：{row.reason}", actor, clause)
    return row


@transaction.atomic
def standing_revoke(*, standing_id: int, version: int, reason: str, user: Any) -> StandingAuthorisation:
    """Take an authorisation back at once: the commander, or the office while it waits. What was published stands.

    Raises Forbidden, WrongState, BadInput without a reason.
    """
    row, head, clause = _locked(standing_id, version)
    if row.state == StandingState.ENTERED:
        actor = actor_for(user, row.plan_version, Act.PROPOSE_WARNING)
    else:
        actor = _commander(row, user, clause)
    if row.state not in (StandingState.ENTERED, StandingState.CONFIRMED):
        raise WrongState(f"这份授权现在是「{row.get_state_display()}」，不能收回。", clause=clause)
    row.reason, row.state = _reason(reason, clause), StandingState.REVOKED
    row.revoked_by, row.revoked_at = user, database_now()
    row.version += 1
    _save(row)
    _note(head, row, "revoked", f"收回预警发布授权《{row.document}》：{row.reason}", actor, clause)
    return row


def standing_use(warning: EarlyWarning, standing_id: int, *, user: Any) -> tuple[StandingAuthorisation, Actor]:
    """Return the authorisation and the user acting by it, for a proposal that waits; the caller has locked the case.

    Confirmed, in force now, of this plan and level, and the user holds its post and did not propose. Raises
    Forbidden with the clause and what is wrong; NotVisible for another plan's.
    """
    row = StandingAuthorisation.objects.select_related("post", "plan_version__plan").filter(pk=standing_id).first()
    if row is None or row.plan_version.plan_id != warning.plan_version.plan_id:
        raise NotVisible()
    clause = act_clause(warning.plan_version, Act.PUBLISH_WARNING)
    refusal = standing_refusal(row, warning.level, database_now())
    if refusal:
        raise Forbidden(refusal, clause=clause)
    if warning.proposed_by_id == user.pk:
        raise Forbidden("不能审批自己提出的建议，须由另一人审批。", clause=clause)
    held = post_holder(row, user)
    if held is None:
        raise Forbidden(f"《{row.document}》授权的是{row.post.label}，您现在没有担任该职务。", clause=clause)
    actor = actor_of(user, held)
    return row, Actor(
        user=user, post=f"{actor.post}（按授权：{row.document}）"[:200], nature=actor.nature,
        appointment_id=actor.appointment_id,
    )  # fmt: skip


def standing_paper(row: StandingAuthorisation) -> bytes:
    """Return the paper's bytes. Raises NotVisible when it is gone, WrongState when it is not the one uploaded."""
    return file_read(FOLDER, row.paper_stored, row.paper_sha256)


def _problems(version: PlanVersion, entry: StandingInput, upload: Upload | None, now: datetime) -> dict[str, list[str]]:
    problems: dict[str, list[str]] = {}
    for name, words in (("document", "授权文件的名称或文号"), ("scope", "授权范围的原文")):
        if not getattr(entry, name).strip():
            problems[name] = [f"请填写{words}。"]
    if not entry.levels or any(level.version_id != version.pk for level in entry.levels):
        problems["levels"] = ["请选择授权的预警级别（情形），至少一个。"]
    if entry.post is None or entry.post.version_id != version.pk or entry.post.kind == PostKind.COMMANDER:
        problems["post"] = ["请选择被授权的职务。"]
    problems |= _time_problems(entry, now)
    if upload is None:
        problems["paper"] = ["请上传已签字的授权文件。"]
        return problems
    try:
        paper_check(upload)
    except BadInput as refused:
        problems |= refused.fields
    return problems


def _time_problems(entry: StandingInput, now: datetime) -> dict[str, list[str]]:
    if entry.starts_at is None:
        return {"starts_at": ["请填写开始时间。"]}
    if entry.ends_at is None:
        return {"ends_at": ["授权须写明截止时间。"]}
    if entry.ends_at <= entry.starts_at:
        return {"ends_at": ["截止时间须晚于开始时间。"]}
    return {"ends_at": ["截止时间已经过去。"]} if entry.ends_at <= now else {}


def _head(version: PlanVersion) -> CaseHead:
    """Return the plan's own chain of authorisations, locked."""
    return head_named(f"standing:{version.plan.code}", kind="standing")


def _locked(standing_id: int, version: int) -> tuple[StandingAuthorisation, CaseHead, str]:
    found = StandingAuthorisation.objects.select_related("plan_version__plan").filter(pk=standing_id).first()
    if found is None:
        raise NotVisible()
    head = _head(found.plan_version)
    row = StandingAuthorisation.objects.select_related("plan_version__plan", "post").get(pk=standing_id)
    if row.version != version:
        raise StaleVersion()
    return row, head, act_clause(row.plan_version, Act.PUBLISH_WARNING)


def _commander(row: StandingAuthorisation, user: Any, clause: str) -> Actor:
    """The command authorises by its commander in person or whoever stands in (代行), never by an authorised deputy."""
    rows = appointments_in_force().filter(
        user=user, post__version__plan=row.plan_version.plan_id, post__kind=PostKind.COMMANDER
    )
    held: Appointment | None = rows.exclude(nature="authorised").first()
    if held is None:
        words = _commander_words(row.plan_version)
        raise Forbidden(f"授权只能由{words}签发、收回，您现在没有担任该职务。", clause=clause)
    if row.entered_by_id == user.pk and row.state == StandingState.ENTERED:
        raise Forbidden("不能签发自己录入的授权。", clause=clause)
    return actor_of(user, held)


def _commander_words(version: PlanVersion) -> str:
    post = version.posts.filter(kind=PostKind.COMMANDER).first()
    return post.label if post else "指挥长"


def _must_be(row: StandingAuthorisation, state: str, doing: str) -> None:
    if row.state != state:
        raise WrongState(f"这份授权现在是「{row.get_state_display()}」，不能{doing}。")


def _decide(row: StandingAuthorisation, state: str, actor: Actor) -> None:
    row.state, row.decided_by, row.decided_post = state, actor.user, actor.post[:200]
    row.decided_at = database_now()
    row.version += 1
    _save(row)


def _reason(reason: str, clause: str) -> str:
    text = reason.strip()
    if text and len(text) <= REASON_LIMIT:
        return text
    words = f"最多{REASON_LIMIT}个字。" if text else "请写明理由。"
    raise BadInput(words, fields={"reason": [words]}, clause=clause)


def _save(row: StandingAuthorisation) -> None:
    try:
        row.full_clean(exclude=[field.name for field in row._meta.fields if getattr(row, field.attname) in (None, "")])
    except ValidationError as error:
        raise from_validation_error(error) from error
    row.save()


def _words(row: StandingAuthorisation) -> str:
    levels = "、".join(level_label(level) for level in row.levels.all())
    until = f"{local_text(row.starts_at)}至{local_text(row.ends_at)}"
    return f"《{row.document}》授权{row.post.label}批准发布{levels}，{until}。"


def _note(head: CaseHead, row: StandingAuthorisation, verb: str, text: str, actor: Actor, clause: str) -> None:
    line = Line(
        f"standing.{verb}", text, actor=actor, clause=clause, subject=("standing", row.pk),
        data={"document": row.document, "paper": row.paper_sha256, "version": row.version},
    )  # fmt: skip
    record_append(head, line)
