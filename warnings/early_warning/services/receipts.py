"""What comes back: receipts of the addressed units, their developments, and the reports the office makes upward."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction

from directory.choices import Act
from directory.models import Unit
from directory.rules import actor_for, actor_of_unit
from early_warning.choices import ACTIVE
from early_warning.models import EarlyWarning, WarningAddressee, WarningProgress
from early_warning.rules import action_clause, settle_done_at
from early_warning.services.common import LATE_ENTRY_AFTER, check_version, need_state, note, warning_lock
from early_warning.services.telling import PUBLISHED_NOTICE
from incidents.choices import SendChannel
from yangcheng_ec.actors import Actor
from yangcheng_ec.bulk import bulk_update
from yangcheng_ec.callout.choices import CalloutRung, ConfirmedHow
from yangcheng_ec.callout.models import Callout
from yangcheng_ec.callout.registry import Heard
from yangcheng_ec.callout.services import Said, callouts_confirm, callouts_rung
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.deadlines.models import Deadline
from yangcheng_ec.deadlines.selectors import deadlines_of
from yangcheng_ec.deadlines.services import Covering, deadline_cover, notices_settle
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, WrongState
from yangcheng_ec.record.services import Line, record_append, record_append_many

__all__ = [
    "callout_heard", "callouts_reached", "warning_confirm", "warning_inform_leader", "warning_opened",
    "warning_progress", "warning_report_up",
]  # fmt: skip


@transaction.atomic
def warning_opened(*, warning_id: int, user: Any) -> None:
    """Note when an addressed unit first opened the warning: sent becomes delivered (DESIGN §5). Once, silently."""
    rows = WarningAddressee.objects.filter(
        warning_id=warning_id, warning__state__in=ACTIVE, unit_id=user.unit_id, delivered_at__isnull=True
    )
    if not user.unit_id or not rows.exists() or not _of_unit(user):
        return
    warning = warning_lock(warning_id, user=user)
    now = database_now()
    if rows.update(delivered_at=now):
        _mirror(WarningAddressee.objects.select_related("unit").get(warning=warning, unit_id=user.unit_id),
                CalloutRung.DELIVERED, now)  # fmt: skip
        actor = actor_of_unit(user, user.unit_id)
        note(warning, "delivered", f"{user.unit}打开预警，视为送达。", actor, now=now, versioned=False)


@transaction.atomic
def warning_confirm(
    *,
    warning_id: int,
    user: Any,
    unit: Unit | None = None,
    person: str = "",
    leader: str = "",
    done_at: datetime | None = None,
    version: int | None = None,
) -> WarningAddressee:
    """Confirm receipt: the addressed unit's own user, or the office for a unit that said so by phone (代录).

    ``leader`` names the leader informed at the same time. Raises WrongState (not in force, confirmed before),
    Forbidden, BadInput (no name, time in the future or before publication).
    """
    warning, row, actor, behalf = _addressed(warning_id, user, unit, "确认收到", version)
    now = database_now()
    problems = {"person": ["代录须写明对方接听人姓名。"]} if behalf and not person.strip() else {}
    moment = _moment(done_at, row.sent_at or warning.published_at, now, problems)
    if row.confirmed_at is not None:
        raise WrongState(f"{row.unit}已由{row.confirmed_by}于{local_text(row.confirmed_at)}确认。")
    how = ConfirmedHow.PHONE if behalf else ConfirmedHow.SCREEN
    said = Said(how, person=person.strip(), leader=leader.strip(), done_at=moment)
    called = callouts_confirm(
        head=warning.head, subject=("warning", warning.pk), kinds=[PUBLISHED_NOTICE], unit_code=row.unit.code,
        said=said, actor=actor,
    )  # fmt: skip
    if not called:
        _confirm_uncalled(warning, row, said, actor, now)
    row.refresh_from_db()
    return row


def _confirm_uncalled(warning: EarlyWarning, row: WarningAddressee, said: Said, actor: Actor, now: datetime) -> None:
    """Confirm what was published before there were call-outs."""
    moment = said.done_at or now
    heard = Heard(CalloutRung.CONFIRMED, moment, said.person or actor.name, str(said.how.label), actor)
    lines = [_confirmed(row, heard, now)]
    if said.leader:
        lines.append(_informed(row, replace(heard, rung=CalloutRung.LEADER, name=said.leader), now))
    record_append_many([(warning.head, line) for line in lines], now=now)
    notices_settle(subject=("warning", warning.pk), kinds=[PUBLISHED_NOTICE], unit_code=row.unit.code)


@transaction.atomic
def warning_inform_leader(
    *, warning_id: int, user: Any, leader: str, unit: Unit | None = None, done_at: datetime | None = None
) -> WarningAddressee:
    """Note that the unit's leader was informed: who, when. After the confirmation, once.

    Raises WrongState, Forbidden, BadInput (no name, impossible time).
    """
    warning, row, actor, _ = _addressed(warning_id, user, unit, "报告领导")
    now = database_now()
    problems = {} if leader.strip() else {"leader": ["请填写领导姓名或职务。"]}
    moment = _moment(done_at, row.sent_at or warning.published_at, now, problems)
    if row.confirmed_at is None:
        raise WrongState("请先确认收到，再记录报告领导的情况。")
    if row.leader_informed_at is not None:
        raise WrongState(f"已记录：{row.leader_name}，{local_text(row.leader_informed_at)}。")
    line = _informed(row, Heard(CalloutRung.LEADER, moment, leader.strip(), "", actor), now)
    record_append(warning.head, line, now=now)
    _mirror(row, CalloutRung.LEADER, moment, leader.strip())
    return row


@transaction.atomic
def warning_progress(
    *,
    warning_id: int,
    user: Any,
    text: str,
    unit: Unit | None = None,
    measures: bool = False,
    person: str = "",
    done_at: datetime | None = None,
    version: int | None = None,
) -> WarningProgress:
    """Report developments (3.2.3「随时向县指挥部报告事态进展情况」; 3.5), or the measures taken: the last rung.

    By the unit itself, or entered for it by the office from a call (代录, with who said it). Raises WrongState,
    Forbidden, BadInput.
    """
    warning, row, actor, behalf = _addressed(warning_id, user, unit, "报送进展", version)
    now = database_now()
    problems: dict[str, list[str]] = {}
    if not text.strip():
        problems["text"] = ["请写明进展或措施。"]
    if behalf and not person.strip():
        problems["person"] = ["代录须写明对方姓名。"]
    moment = _moment(done_at, row.sent_at or warning.published_at, now, problems)
    words = f"{text.strip()}（{person.strip()}电话报告）" if behalf else text.strip()
    entry = WarningProgress.objects.create(
        addressee=row, text=words, done_at=moment, recorded_at=now, recorded_by=actor.user, on_behalf=behalf
    )
    if measures and row.measures_reported_at is None:
        row.measures_reported_at = moment
        row.save(update_fields=["measures_reported_at"])
        _mirror(row, CalloutRung.MEASURES, moment)
    what = "报送措施" if measures else "报告进展"
    note(warning, "progress", f"{row.unit}{what}：{words}", actor, clause=action_clause(warning.plan_version), now=now,
         done_at=moment, versioned=False, unit=row.unit.code)  # fmt: skip
    return entry


@transaction.atomic
def warning_report_up(
    *,
    warning_id: int,
    deadline_id: int,
    codes: Sequence[str],
    channel: str,
    heard_by: str,
    user: Any,
    done_at: datetime | None = None,
    proof: str = "",
    late_reason: str = "",
) -> Deadline:
    """Record that the office reported a publication or a lifting upward (3.2.2 报县委县政府; 3.2.4 和上级有关部门).

    Covers the named addressees of that clock. Raises BadInput (nobody chosen, unknown addressee, no receiver,
    impossible time), NotVisible (a clock of something else), Forbidden, WrongState (already met).
    """
    warning = warning_lock(warning_id, user=user)
    actor = actor_for(user, warning.plan_version, Act.OFFICE)
    deadline = deadlines_of("warning", warning.pk).filter(pk=deadline_id).first()
    if deadline is None:
        raise NotVisible()
    if not deadline.is_open:
        raise WrongState("这个时限已经完成，不需要再报。", clause=deadline.clause)
    labels = {row.code: row.label for row in deadline.addressees.all()}
    now = database_now()
    problems = _report_problems(labels, codes, channel, heard_by)
    moment = _moment(done_at, deadline.starts_at, now, problems)
    told = "、".join(labels[code] for code in codes)
    text = f"向{told}报告（{SendChannel(channel).label}，接收人{heard_by.strip()}）：{deadline.title}。{proof.strip()}"
    note(warning, "reported_up", text, actor, clause=deadline.clause, now=now, done_at=moment, versioned=False,
         addressees=list(codes))  # fmt: skip
    covering = Covering(
        codes=tuple(codes), done_at=moment, by=actor, channel=str(SendChannel(channel).label),
        proof=("warning", warning.pk), late_entry=now - moment > LATE_ENTRY_AFTER, late_reason=late_reason.strip(),
    )  # fmt: skip
    return deadline_cover(head=warning.head, deadline=deadline, covering=covering)


def _report_problems(labels: dict[str, str], codes: Sequence[str], channel: str, heard_by: str) -> dict[str, list[str]]:
    problems: dict[str, list[str]] = {}
    unknown = [code for code in codes if code not in labels]
    if not codes:
        problems["codes"] = ["请选择报告了哪些机关。"]
    elif unknown:
        problems["codes"] = [f"条款没有列出这个报告对象：{'、'.join(code[:40] for code in unknown)}。"]
    if channel not in SendChannel.values:
        problems["channel"] = ["请选择报告方式。"]
    if not heard_by.strip():
        problems["heard_by"] = ["请填写接收人。"]
    return problems


def _moment(
    done_at: datetime | None, starts_at: datetime | None, now: datetime, problems: dict[str, list[str]]
) -> datetime:
    settled = settle_done_at(done_at, starts_at, now)
    if isinstance(settled, str):
        problems["done_at"] = [settled]
    if problems or isinstance(settled, str):
        raise BadInput("没有记录，请更正。", fields=problems)
    return settled


def _addressed(
    warning_id: int, user: Any, unit: Unit | None, doing: str, version: int | None = None
) -> tuple[EarlyWarning, WarningAddressee, Actor, bool]:
    """Lock and return the warning, the addressee row, who acts and whether it is entered for the unit (代录)."""
    warning = warning_lock(warning_id, user=user)
    if version is not None:
        check_version(warning, version)
    own = _of_unit(user) and (unit is None or unit.pk == user.unit_id)
    unit_id = unit.pk if unit is not None else user.unit_id
    row = warning.addressees.select_related("unit").filter(unit_id=unit_id).first()
    if row is None or not own:
        actor = actor_for(user, warning.plan_version, Act.OFFICE)
    else:
        actor = actor_of_unit(user, unit_id)
    if row is None:
        text = "请选择代哪个单位记录。" if unit is None else "这个单位不在通知范围内。"
        raise BadInput(text, fields={"unit": [text]})
    need_state(warning, ACTIVE, doing)
    return warning, row, actor, not own


def _of_unit(user: Any) -> bool:
    """Return whether the user is leader or liaison of their own unit now."""
    try:
        actor_of_unit(user, user.unit_id)
    except Forbidden:
        return False
    return True


def callout_heard(callout: Callout, heard: Heard) -> Line | None:
    """Write a rung that a call-out has reached into the addressee's row, in the call-out's own transaction.

    Only what was published is received here; that an adjustment or a lifting was confirmed stands in its call-out.
    """
    if callout.cause.kind != PUBLISHED_NOTICE:
        return None
    rows = WarningAddressee.objects.select_related("unit", "warning__plan_version__plan")
    row = rows.filter(warning_id=callout.cause.subject_id, unit__code=callout.unit_code).first()
    if row is None:
        return None
    write = {CalloutRung.CONFIRMED: _confirmed, CalloutRung.LEADER: _informed}[heard.rung]
    return write(row, heard, database_now())


def callouts_reached(callouts: Sequence[Callout]) -> None:
    """Copy sent and delivered into the addressees' rows, with two statements."""
    found = {(row.cause.subject_id, row.unit_code): row for row in callouts if row.cause.kind == PUBLISHED_NOTICE}
    rows = WarningAddressee.objects.filter(
        warning__in={warning_id for warning_id, _ in found}, unit__code__in={code for _, code in found}
    ).select_related("unit")
    changed = []
    for row in rows:
        callout = found.get((row.warning_id, row.unit.code))
        if callout is not None:
            row.sent_at = row.sent_at or callout.sent_at
            row.delivered_at = row.delivered_at or callout.delivered_at
            changed.append(row)
    bulk_update(changed, ["sent_at", "delivered_at"])


def _confirmed(row: WarningAddressee, heard: Heard, now: datetime) -> Line:
    row.sent_at = row.sent_at or heard.at
    row.delivered_at = row.delivered_at or heard.at
    row.confirmed_at, row.confirmed_by, row.confirmed_how = heard.at, heard.name, heard.how
    row.save(update_fields=["sent_at", "delivered_at", "confirmed_at", "confirmed_by", "confirmed_how"])
    return _line(row, "confirmed", f"{row.unit}值班确认收到预警：{heard.name}，{heard.how}。", heard, now)


def _informed(row: WarningAddressee, heard: Heard, now: datetime) -> Line:
    row.leader_informed_at, row.leader_name = heard.at, heard.name
    row.save(update_fields=["leader_informed_at", "leader_name"])
    return _line(row, "leader_informed", f"{row.unit}已报告本单位领导：{heard.name}。", heard, now)


def _mirror(row: WarningAddressee, rung: CalloutRung, at: datetime, name: str = "") -> None:
    """Note a rung reached on the warning's page in its call-out: the two never differ."""
    callouts_rung(
        subject=("warning", row.warning_id), kinds=[PUBLISHED_NOTICE], unit_code=row.unit.code, rung=rung, at=at,
        name=name,
    )  # fmt: skip


def _line(row: WarningAddressee, kind: str, text: str, heard: Heard, now: datetime) -> Line:
    warning = row.warning
    return Line(
        kind=f"warning.{kind}",
        text=text,
        actor=heard.actor,
        clause=action_clause(warning.plan_version),
        subject=("warning", warning.pk),
        data={"number": warning.number, "state": warning.state, "unit": row.unit.code},
        done_at=heard.at,
        late_entry=now - heard.at > LATE_ENTRY_AFTER,
    )
