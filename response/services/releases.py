"""信息发布: drafted by the office or the news body, published only as the command approved (cyber 4.4; comms 4.5)."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from directory.audience import recipient_of
from directory.choices import Act
from directory.rules import actor_for, actor_of_unit, approver_kinds, clause_label, holders
from directory.services.signatures import PhoneCall, Signing, refuse_denied, signature_denied
from incidents.models import Incident
from incidents.selectors import incidents_visible_to
from incidents.services.common import check_lengths
from response.choices import RUNNING, ReleaseState
from response.models import InformationRelease
from response.rules import news_lead
from response.selectors.releases import releases_visible_to
from response.services.common import check_version, entry_write, required, sign, state_in
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.services import Message, notice_queue
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, WrongState
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, case_lock

__all__ = ["release_approve", "release_draft", "release_publish", "release_return"]


@transaction.atomic
def release_draft(
    *, incident_id: int, title: str, text: str, user: Any, channel: str = "", follows: int | None = None
) -> InformationRelease:
    """Draft a release: a first text, a returned one rewritten or a published one corrected (``follows``).

    Holds: the office, or the body that leads the news group; every other unit is refused with the clause (「未经批准，
    其他部门和单位一律不得发布相关信息」); the case is not 涉密. Raises NotVisible, Forbidden, WrongState, BadInput.
    """
    found = incidents_visible_to(user).filter(pk=incident_id).values_list("head_id", flat=True).first()
    if found is None:
        raise NotVisible()
    head = case_lock(found)
    incident = Incident.objects.select_related("plan_version__plan").get(pk=incident_id)
    actor = _publisher(incident, user)
    _refuse_secret(incident)
    before = _before(incident, follows)
    running = incident.responses.filter(state__in=RUNNING).first()
    release = InformationRelease(
        incident=incident,
        response=running,
        follows=before,
        edition=before.edition + 1 if before else 1,
        title=required(title, "title", "请填写标题。"),
        version=0,
        text=required(text, "text", "请填写发布内容。"),
        channel=channel.strip(),
        drafted_by=user,
        drafted_post=actor.post,
        created_at=database_now(),
    )
    check_lengths(release)
    release.save()
    words = f"拟稿信息发布「{release.title}」{_after(before)}"
    entry_write(head, release, _line("drafted", words, actor, release))
    _call_command(head, release)
    return release


@transaction.atomic
def release_approve(
    *, release_id: int, version: int, user: Any, call: PhoneCall | None = None, note: str = ""
) -> InformationRelease:
    """The command approves a release, on screen or by phone; not the drafter. Raises Forbidden, WrongState."""
    head, release = _lock(release_id, user)
    check_version(release, version)
    clause = _clause(release.incident)
    state_in(release, [ReleaseState.DRAFT], "不能批准", clause)
    if release.drafted_by_id == (call.signer if call else user).pk:
        raise Forbidden("不能批准自己拟稿的信息发布，请由另一位有权的人批准。", clause=clause)
    signing = Signing(
        head,
        ("informationrelease", release.pk),
        Act.APPROVE_RELEASE,
        release.incident.plan_version,
        clause,
        note=note,
        since=release.incident.known_at,
    )
    actor = sign(signing, user=user, call=call)
    release.state = ReleaseState.APPROVED
    entry_write(head, release, _line("approved", f"批准信息发布「{release.title}」", actor, release))
    return release


@transaction.atomic
def release_return(*, release_id: int, version: int, reason: str, user: Any) -> InformationRelease:
    """The command returns a draft, or one whose approval by phone was denied, with a reason.

    Raises Forbidden, WrongState, BadInput.
    """
    head, release = _lock(release_id, user)
    check_version(release, version)
    actor = actor_for(user, release.incident.plan_version, Act.APPROVE_RELEASE)
    clause = _clause(release.incident)
    denied = signature_denied(("informationrelease", release.pk), Act.APPROVE_RELEASE)
    state_in(release, [ReleaseState.DRAFT, *([ReleaseState.APPROVED] if denied else [])], "不能退回", clause)
    release.return_reason = required(reason, "reason", "请写明退回理由。", clause)
    release.state = ReleaseState.RETURNED
    words = f"退回信息发布「{release.title}」。理由：{release.return_reason}"
    entry_write(head, release, _line("returned", words, actor, release))
    return release


@transaction.atomic
def release_publish(*, release_id: int, version: int, user: Any, channel: str = "") -> InformationRelease:
    """Publish what the command approved and did not deny since, and nothing else. Raises Forbidden, WrongState."""
    head, release = _lock(release_id, user)
    check_version(release, version)
    actor = _publisher(release.incident, user)
    state_in(release, [ReleaseState.APPROVED], "未经批准不得发布", _clause(release.incident))
    refuse_denied(("informationrelease", release.pk), Act.APPROVE_RELEASE, _clause(release.incident))
    _refuse_secret(release.incident)
    release.channel = required(channel or release.channel, "channel", "请写明发布渠道。")
    release.state, release.published_at = ReleaseState.PUBLISHED, database_now()
    words = f"发布「{release.title}」，渠道：{release.channel}"
    entry_write(head, release, _line("published", words, actor, release))
    if release.follows is not None and release.follows.state == ReleaseState.PUBLISHED:
        old = release.follows
        old.state = ReleaseState.CORRECTED
        entry_write(head, old, _line("corrected", f"「{old.title}」由「{release.title}」更正", actor, release))
    return release


def _before(incident: Incident, follows: int | None) -> InformationRelease | None:
    """Return the text that a new one takes up. Raises BadInput (none of this case), WrongState (not over)."""
    if follows is None:
        return None
    row = incident.releases.filter(pk=follows).first()
    if row is None:
        raise BadInput("没有这份稿子。", fields={"follows": ["本案没有这份稿子。"]})
    state_in(row, [ReleaseState.RETURNED, ReleaseState.PUBLISHED], "不能接着这份稿子拟稿", _clause(incident))
    later = InformationRelease.objects.filter(follows=row).first()
    if later is not None:
        raise WrongState(f"已接着它拟了第{later.edition}稿「{later.title}」（{later.get_state_display()}）。")
    return row


def _after(before: InformationRelease | None) -> str:
    if before is None:
        return ""
    verb = "更正" if before.state == ReleaseState.PUBLISHED else "修改"
    return f"（第{before.edition + 1}稿，{verb}第{before.edition}稿「{before.title}」）"


def _refuse_secret(incident: Incident) -> None:
    if incident.secret:
        raise WrongState("本案按涉密办理，不从本系统对外发布信息（非预案规定）。", clause=_clause(incident))


def _lock(release_id: int, user: Any) -> tuple[CaseHead, InformationRelease]:
    found = releases_visible_to(user).filter(pk=release_id).values_list("incident__head_id", flat=True).first()
    if found is None:
        raise NotVisible()
    head = case_lock(found)
    return head, InformationRelease.objects.select_related("incident__plan_version__plan", "follows").get(pk=release_id)


def _clause(incident: Incident) -> str:
    return clause_label(incident.plan_version, approver_kinds(incident.plan_version, Act.APPROVE_RELEASE)[1])


def _publisher(incident: Incident, user: Any) -> Actor:
    """The office, or the unit that leads the plan's news group (「新闻主管部门按照指挥部意见」)."""
    try:
        return actor_for(user, incident.plan_version, Act.OFFICE)
    except Forbidden:
        lead = news_lead(incident.plan_version)
    try:
        return actor_of_unit(user, lead.pk if lead else None)
    except Forbidden:
        text = (
            "未经批准，其他部门和单位一律不得发布相关信息；信息发布由指挥部办公室或新闻主管部门办理，须经指挥部批准。"
        )
        raise Forbidden(text, clause=_clause(incident)) from None


def _line(kind: str, words: str, actor: Actor, release: InformationRelease) -> Line:
    return Line(f"release.{kind}", words, actor=actor, clause=_clause(release.incident))


def _call_command(head: CaseHead, release: InformationRelease) -> None:
    kinds = approver_kinds(release.incident.plan_version, Act.APPROVE_RELEASE)[0]
    title = f"请批准信息发布：{release.title}"
    message = Message(
        kind="release.approve",
        title=title,
        dedupe=f"release:{release.pk}:approve",
        body=release.text,
        url=f"/incidents/{release.incident.number}/",
        clause=_clause(release.incident),
        urgent=True,
        drill=release.incident.drill,
        subject=("informationrelease", release.pk),
    )
    notice_queue(
        head=head,
        message=message,
        recipients={row.key: row for row in map(recipient_of, holders(release.incident.plan_version, kinds))}.values(),
    )
