"""Who holds which post: entered by one person, confirmed by another, never for oneself (DESIGN §4)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import Q, QuerySet

from directory.choices import ROLE_OF_POST, AppointmentState, Nature, PostKind
from directory.models import Appointment, AppointmentPaper, Post, Unit, User
from directory.services.appointment_twins import appointment_spread, appointment_twins
from directory.services.appointment_writing import (
    SEPARATED,
    STANDING,
    AppointmentInput,
    appointment_built,
    appointment_line,
    appointment_words,
    confirmers_tell,
    overlap_words,
    problems_of_nature,
    problems_of_time,
    separated_words,
)
from directory.services.papers import Upload, paper_check, paper_scan, paper_store
from directory.services.plans import unit_post_ensure
from directory.services.standing import actor_as_role, directory_head
from yangcheng_ec.access import require_page
from yangcheng_ec.actors import SYSTEM, Actor
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, WrongState
from yangcheng_ec.permissions import Page, Role, unit_group_name
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import record_append

__all__ = [
    "ROLE_OF_POST",
    "SEPARATED",
    "AppointmentInput",
    "appointment_confirm",
    "appointment_end",
    "appointment_enter",
    "appointment_found",
    "appointment_reject",
    "appointment_revoke",
]

UNIT_POSTS = {"leader": PostKind.UNIT_LEADER, "liaison": PostKind.UNIT_LIAISON}


def appointment_enter(*, user: Any, entry: AppointmentInput, upload: Upload | None = None) -> Appointment:
    """Enter an appointment; it authorises nothing until somebody else confirms it.

    Not for oneself; a 代行 or 授权 needs its document, named and uploaded, a 授权 its acts and an end; no second one
    for the same person, post and time; nobody of the 三员. Tells the security administrators. Raises Forbidden,
    BadInput with fields.
    """
    require_page(user, Page.APPOINTMENT_ENTER)
    paper_scan(upload)
    return _entered(user, entry, upload)


@transaction.atomic
def _entered(user: Any, entry: AppointmentInput, upload: Upload | None) -> Appointment:
    head = directory_head()
    if entry.person_id == user.pk:
        raise Forbidden("不能为自己录入任职，请由另一人录入。")
    row = _built(entry)
    row.entered_by, row.entered_at = user, database_now()
    _check(row, _problems_of_paper(row, upload))
    row.save()
    if upload is not None:
        paper_store(appointment=row, upload=upload, user=user, now=row.entered_at)
    _append(head, row, "entered", f"录入{appointment_words(row)}，待复核", actor_as_role(user, Role.DIRECTORY_ADMIN))
    confirmers_tell(
        head, f"待复核：{appointment_words(row)}", dedupe=f"appointment:{row.pk}:entered", appointment_id=row.pk
    )
    return row


@transaction.atomic
def appointment_confirm(*, user: Any, appointment_id: int) -> Appointment:
    """Confirm what another person entered; from then on it authorises, and the post's role opens its pages.

    Never one's own entry, never for oneself. Raises Forbidden, WrongState (decided already, or meanwhile overlapping).
    """
    require_page(user, Page.APPOINTMENT_CONFIRM)
    head, row = _locked(appointment_id)
    _must_be(row, AppointmentState.ENTERED)
    if user.pk in (row.entered_by_id, row.user_id):
        raise Forbidden("任职须由录入人和本人以外的另一人复核。")
    if not row.user.is_active:
        raise WrongState("此人的账号已停用，不能任职。")
    _check_separated(row.user)
    row.state, row.confirmed_by, row.confirmed_at = AppointmentState.CONFIRMED, user, database_now()
    row.save()
    role_grant(row)
    appointment_spread(row, at=row.confirmed_at)
    _append(head, row, "confirmed", f"复核通过{appointment_words(row)}", actor_as_role(user, Role.SECURITY_ADMIN))
    return row


@transaction.atomic
def appointment_reject(*, user: Any, appointment_id: int, reason: str) -> Appointment:
    """Refuse what was entered, with the reason. Raises Forbidden, WrongState, BadInput."""
    require_page(user, Page.APPOINTMENT_CONFIRM)
    head, row = _locked(appointment_id)
    _must_be(row, AppointmentState.ENTERED)
    if user.pk in (row.entered_by_id, row.user_id):
        raise Forbidden("任职须由录入人和本人以外的另一人复核。")
    note = _reason(reason, "未通过须写明理由。")
    row.state, row.confirmed_by, row.confirmed_at = AppointmentState.REJECTED, user, database_now()
    row.note = note
    row.save()
    text = f"复核未通过{appointment_words(row)}。理由：{note}"
    _append(head, row, "rejected", text, actor_as_role(user, Role.SECURITY_ADMIN))
    return row


@transaction.atomic
def appointment_revoke(*, user: Any, appointment_id: int, reason: str) -> Appointment:
    """End an appointment at once, with the reason; who entered one may withdraw it while it waits.

    The role goes with the last appointment that gave it. Raises Forbidden, WrongState, BadInput.
    """
    head, row = _locked(appointment_id)
    own_entry = row.state == AppointmentState.ENTERED and row.entered_by_id == user.pk
    require_page(user, Page.APPOINTMENT_ENTER if own_entry else Page.APPOINTMENT_CONFIRM)
    if row.state not in STANDING:
        raise WrongState(f"这项任职现在是「{row.get_state_display()}」，不能撤销。")
    note = _reason(reason, "撤销须写明理由。")
    for one in [*appointment_twins(row, at=database_now()), row]:
        one.state, one.note = AppointmentState.REVOKED, note
        one.save()
    role_withdraw(row)
    role = Role.DIRECTORY_ADMIN if own_entry else Role.SECURITY_ADMIN
    _append(head, row, "revoked", f"撤销{appointment_words(row)}。理由：{note}", actor_as_role(user, role))
    return row


@transaction.atomic
def appointment_end(
    *, user: Any, appointment_id: int, ends_at: datetime, reason: str, all_posts: bool = False
) -> list[Appointment]:
    """Write when a confirmed appointment ends (离任、调离); with ``all_posts`` all the person holds. History stays.

    Only sooner than it would end anyway, never in the past: what was done under it until then stands. Returns what
    ends. Raises Forbidden, WrongState, BadInput with fields.
    """
    require_page(user, Page.APPOINTMENT_CONFIRM)
    head, row = _locked(appointment_id)
    _must_be(row, AppointmentState.CONFIRMED)
    note, now = _reason(reason, "截止须写明理由。"), database_now()
    if ends_at < now - timedelta(minutes=1):
        raise BadInput("没有保存，请更正。", fields={"ends_at": ["截止时间不能早于现在；已经作出的决定不受影响。"]})
    moment = max(ends_at, now)
    _check_ending(row, moment)
    held = Appointment.objects.filter(user=row.user, state=AppointmentState.CONFIRMED, starts_at__lt=moment)
    others = held.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=moment)).exclude(pk=row.pk).select_related("post")
    ending = [row, *(others if all_posts else appointment_twins(row, at=now))]
    for one in ending:
        one.ends_at = moment
        one.save(update_fields=["ends_at"])
        if moment <= now:
            role_withdraw(one)
        text = f"截止{appointment_words(one)}。理由：{note}"
        _append(head, one, "ended", text, actor_as_role(user, Role.SECURITY_ADMIN))
    return ending


def _check_ending(row: Appointment, moment: datetime) -> None:
    problem = ""
    if moment <= row.starts_at:
        problem = "这项任职还没有开始；不再需要的请撤销。"
    elif row.ends_at is not None and moment >= row.ends_at:
        problem = f"这项任职本来就到{local_text(row.ends_at)}为止，只能提前；延长请另行录入。"
    if problem:
        raise BadInput("没有保存，请更正。", fields={"ends_at": [problem]})


@transaction.atomic
def appointment_found(*, entry: AppointmentInput, by: str) -> Appointment:
    """Make one of the first appointments of an installation, in force at once: for ``manage.py setup`` only.

    There is nobody yet to enter and to confirm; the record says so. Raises BadInput with fields.
    """
    head = directory_head()
    row = _built(entry)
    row.state, row.entered_at, row.confirmed_at = AppointmentState.CONFIRMED, database_now(), database_now()
    _check(row)
    row.save()
    role_grant(row)
    _append(head, row, "founded", f"初始设置（{by}）：{appointment_words(row)}", SYSTEM)
    return row


def role_grant(row: Appointment) -> None:
    """Put the holder into the role's group, and into the unit's for a unit's post."""
    row.user.groups.add(*_groups_of(row))


def role_withdraw(row: Appointment) -> None:
    """Take the holder out of the groups that no other standing appointment gives."""
    standing = Q(ends_at__isnull=True) | Q(ends_at__gt=database_now())
    others = Appointment.objects.filter(standing, user=row.user, state=AppointmentState.CONFIRMED).exclude(pk=row.pk)
    kept = {group.pk for other in others.select_related("post__unit") for group in _groups_of(other)}
    row.user.groups.remove(*[group for group in _groups_of(row) if group.pk not in kept])


def _groups_of(row: Appointment) -> list[Group]:
    names = [ROLE_OF_POST[row.post.kind].value]
    if row.post.version_id is None and row.post.unit is not None:
        names.append(unit_group_name(row.post.unit.code))
    return [Group.objects.get_or_create(name=name)[0] for name in names]


def _built(entry: AppointmentInput) -> Appointment:
    person = User.objects.filter(pk=entry.person_id, is_active=True).first()
    post = _post_called(entry.post_code)
    if person is None or post is None:
        missing = {"person": ["请从名单中选择在用的账号。"]} if person is None else {"post": ["请从名单中选择职务。"]}
        raise BadInput("任职没有保存，请更正。", fields=missing)
    return appointment_built(person, post, entry)


def _post_called(code: str) -> Post | None:
    """Return the post with this code; a unit's own posts are made when first needed."""
    known = Post.objects.select_related("unit", "version__plan").filter(code=code).first()
    prefix, _, rest = code.partition(":")
    unit_code, _, word = rest.partition(":")
    if known is not None or prefix != "unit" or word not in UNIT_POSTS:
        return known
    unit = Unit.objects.filter(code=unit_code).first()
    return unit_post_ensure(unit=unit, kind=UNIT_POSTS[word]) if unit else None


def _check(row: Appointment, problems: dict[str, list[str]] | None = None) -> None:
    """Raise BadInput with fields for what cannot stand; ``problems`` are those already found."""
    _check_separated(row.user)
    problems = problems_of_nature(row) | problems_of_time(row, database_now()) | (problems or {})
    other = None if "ends_at" in problems or "nature" in problems else _overlapping(row).first()
    if other is not None:
        problems["starts_at"] = [overlap_words(other)]
    if problems:
        raise BadInput("任职没有保存，请更正。", fields=problems)


def _check_separated(person: User) -> None:
    held = set(person.groups.filter(name__in=SEPARATED).values_list("name", flat=True))
    if held:
        raise BadInput(separated_words(person, held), fields={"person": ["按三员分立，此人不能任职。"]})


def _problems_of_paper(row: Appointment, upload: Upload | None) -> dict[str, list[str]]:
    """Return what is wrong with the uploaded document; a 任职 may come without one."""
    if upload is None:
        needed = row.nature in (Nature.ACTING, Nature.AUTHORISED)
        return {"paper": [f"{Nature(row.nature).label}须上传依据文件（扫描件或照片）。"]} if needed else {}
    try:
        paper_check(upload)
    except BadInput as refused:
        return refused.fields
    return {}


def _overlapping(row: Appointment) -> QuerySet[Appointment]:
    rows = Appointment.objects.filter(user=row.user, post=row.post, state__in=STANDING).select_related("user", "post")
    if row.ends_at is not None:
        rows = rows.filter(starts_at__lt=row.ends_at)
    return rows.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=row.starts_at)).exclude(pk=row.pk)


def _locked(appointment_id: int) -> tuple[CaseHead, Appointment]:
    head = directory_head()
    rows = Appointment.objects.select_for_update(of=("self",)).select_related("user", "post")
    row = rows.filter(pk=appointment_id).first()
    if row is None:
        raise NotVisible()
    return head, row


def _must_be(row: Appointment, state: AppointmentState) -> None:
    if row.state != state:
        raise WrongState(f"这项任职已由他人办理，现在是「{row.get_state_display()}」。")


def _reason(text: str, message: str) -> str:
    reason = text.strip()
    if not reason:
        raise BadInput(message, fields={"reason": [message]})
    if len(reason) > 300:
        raise BadInput("理由最多 300 个字。", fields={"reason": ["理由最多 300 个字。"]})
    return reason


def _append(head: CaseHead, row: Appointment, verb: str, text: str, actor: Actor) -> None:
    paper = AppointmentPaper.objects.filter(appointment=row).first()
    record_append(head, appointment_line(row, verb, text, actor, paper))
