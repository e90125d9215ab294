"""What comes back: receipts of the addressed units, their developments, and the reports the office makes upward."""

from __future__ import annotations

from collections.abc import Sequence
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
from incidents.choices import SendChannel
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.deadlines.models import Deadline
from yangcheng_ec.deadlines.selectors import deadlines_of
from yangcheng_ec.deadlines.services import Covering, deadline_cover
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, WrongState

__all__ = ["warning_confirm", "warning_inform_leader", "warning_opened", "warning_progress", "warning_report_up"]

HOW_SCREEN = "系统内确认"
HOW_PHONE = "电话确认（代录）"


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
    moment = _moment(done_at, row.sent_at, now, problems)
    if row.confirmed_at is not None:
        raise WrongState(f"{row.unit}已由{row.confirmed_by}于{local_text(row.confirmed_at)}确认。")
    row.delivered_at = row.delivered_at or moment
    row.confirmed_at, row.confirmed_by = moment, person.strip() or actor.name
    row.confirmed_how = HOW_PHONE if behalf else HOW_SCREEN
    row.save()
    text = f"{row.unit}值班确认收到预警：{row.confirmed_by}，{row.confirmed_how}。"
    note(warning, "confirmed", text, actor, clause=action_clause(warning.plan_version), now=now, done_at=moment,
         versioned=False, unit=row.unit.code)  # fmt: skip
    if leader.strip():
        _inform(warning, row, leader.strip(), actor, moment, now)
    return row


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
    moment = _moment(done_at, row.sent_at, now, problems)
    if row.confirmed_at is None:
        raise WrongState("请先确认收到，再记录报告领导的情况。")
    if row.leader_informed_at is not None:
        raise WrongState(f"已记录：{row.leader_name}，{local_text(row.leader_informed_at)}。")
    _inform(warning, row, leader.strip(), actor, moment, now)
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
    moment = _moment(done_at, row.sent_at, now, problems)
    words = f"{text.strip()}（{person.strip()}电话报告）" if behalf else text.strip()
    entry = WarningProgress.objects.create(
        addressee=row, text=words, done_at=moment, recorded_at=now, recorded_by=actor.user, on_behalf=behalf
    )
    if measures and row.measures_reported_at is None:
        row.measures_reported_at = moment
        row.save(update_fields=["measures_reported_at"])
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


def _inform(
    warning: EarlyWarning, row: WarningAddressee, leader: str, actor: Actor, moment: datetime, now: datetime
) -> None:
    row.leader_informed_at, row.leader_name = moment, leader
    row.save(update_fields=["leader_informed_at", "leader_name"])
    note(warning, "leader_informed", f"{row.unit}已报告本单位领导：{leader}。", actor,
         clause=action_clause(warning.plan_version), now=now, done_at=moment, versioned=False,
         unit=row.unit.code)  # fmt: skip
