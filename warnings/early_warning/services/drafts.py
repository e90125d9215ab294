"""Writing a warning: draft, edit, withdraw, adjust."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from directory.choices import Act
from directory.models import PlanVersion, Unit
from directory.rules import actor_for
from directory.services.papers import paper_scan
from early_warning.choices import Publicity, WarningState
from early_warning.models import EarlyWarning, WarningAddressee
from early_warning.rules import act_clause, incident_may_warn, level_label
from early_warning.services.common import Content, check_version, need_state, note, save_checked, warning_lock
from early_warning.services.sources import Received, Source, received_problems, source_write
from early_warning.wording import FIELDS, LABELS, UNITS_LABEL, field_words, level_change, units_words
from incidents.models import Incident
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now
from yangcheng_ec.errors import BadInput, WrongState
from yangcheng_ec.numbers import number_next
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import head_create

__all__ = ["EDITABLE", "warning_adjust", "warning_draft", "warning_edit", "warning_withdraw"]

EDITABLE = (WarningState.DRAFT, WarningState.RETURNED, WarningState.PROPOSED, WarningState.APPROVED)


def warning_draft(
    *,
    version: PlanVersion,
    content: Content,
    user: Any,
    incident: Incident | None = None,
    drill: bool = False,
    source: Source | None = None,
    received: Received | None = None,
) -> EarlyWarning:
    """Begin a warning: from scratch, from an incident, a superior's notice or a finding (cyber 3.2.2, 8.2; comms 3.4).

    The office drafts. ``incident`` is one the caller may read, of the same plan, not yet in response: what its facts
    say of the response conditions is kept with the draft. Writes the warning with its own record and its chosen
    addressees. Raises Forbidden, WrongState, BadInput.
    """
    paper_scan(received.upload if received else None)
    return _drafted(version, content, user, incident, drill, source, received)


@transaction.atomic
def _drafted(
    version: PlanVersion,
    content: Content,
    user: Any,
    incident: Incident | None,
    drill: bool,
    source: Source | None,
    received: Received | None,
) -> EarlyWarning:
    actor = actor_for(user, version, Act.PROPOSE_WARNING)
    if incident is not None:
        _check_incident(incident, version)
        drill = drill or incident.drill
    begun = _Begun(incident=incident, drill=drill, source=source, received=received)
    warning, words = _create(version, content, actor, begun)
    clause = act_clause(version, Act.PROPOSE_WARNING)
    text = f"起草预警{warning.number}：{level_label(warning.level)}，{warning.title}。{words}"
    note(warning, "drafted", text, actor, clause=clause, now=warning.created_at)
    return warning


@transaction.atomic
def warning_edit(*, warning_id: int, version: int, content: Content, user: Any) -> EarlyWarning:
    """Change what a warning says before it is published; a proposal or an approval falls back to a draft.

    What is published must be what was approved (3.2.2; 3.4). Raises WrongState, StaleVersion, Forbidden, BadInput.
    """
    warning = warning_lock(warning_id, user=user)
    check_version(warning, version)
    actor = actor_for(user, warning.plan_version, Act.PROPOSE_WARNING)
    need_state(warning, EDITABLE, "修改")
    changes = _apply(warning, content)
    if not changes:
        return warning
    voided = warning.state in (WarningState.PROPOSED, WarningState.APPROVED)
    if voided:
        warning.state, warning.decided_at, warning.standing = WarningState.DRAFT, None, None
    save_checked(warning)
    names = "、".join(str(change["field"]) for change in changes)
    tail = "，原建议（批准）作废，须重新提出并批准" if voided else ""
    clause = act_clause(warning.plan_version, Act.PROPOSE_WARNING)
    note(warning, "edited", f"修改预警：{names}{tail}。", actor, clause=clause, now=database_now(), changes=changes)
    return warning


@transaction.atomic
def warning_withdraw(*, warning_id: int, version: int, reason: str, user: Any) -> EarlyWarning:
    """Withdraw a warning that was never published; it stays on the list. Raises BadInput without a reason."""
    warning = warning_lock(warning_id, user=user)
    check_version(warning, version)
    actor = actor_for(user, warning.plan_version, Act.PROPOSE_WARNING)
    need_state(warning, EDITABLE, "撤回")
    if not reason.strip():
        raise BadInput("请写明撤回理由。", fields={"reason": ["请写明撤回理由。"]})
    warning.state, warning.previous = WarningState.WITHDRAWN, None
    save_checked(warning)
    clause = act_clause(warning.plan_version, Act.PROPOSE_WARNING)
    note(warning, "withdrawn", f"撤回预警{warning.number}：{reason.strip()}", actor, clause=clause, now=database_now())
    return warning


@transaction.atomic
def warning_adjust(*, warning_id: int, version: int, content: Content, user: Any) -> EarlyWarning:
    """Draft a new version of a warning in force (comms 3.5 (4): 适时调整预警级别); the old one stays in force
    until the new one is published.

    Both share one record. Raises WrongState when it is not in force or already has a new version under way.
    """
    old = warning_lock(warning_id, user=user)
    check_version(old, version)
    actor = actor_for(user, old.plan_version, Act.PROPOSE_WARNING)
    need_state(old, [WarningState.PUBLISHED], "调整")
    pending = EarlyWarning.objects.filter(previous=old).first()
    if pending is not None:
        raise WrongState(f"已有一份调整稿{pending.number}，请先办完或撤回。")
    fresh, _ = _create(old.plan_version, content, actor, _Begun(incident=old.incident, drill=old.drill, previous=old))
    clause = act_clause(old.plan_version, Act.PROPOSE_WARNING)
    text = f"起草更新{fresh.number}（更新{old.number}）：{level_change(old.level, fresh.level)[1]}，{fresh.title}。"
    note(fresh, "adjusting", text, actor, clause=clause, now=fresh.created_at)
    return fresh


def _check_incident(incident: Incident, version: PlanVersion) -> None:
    if incident.plan_version.plan_id != version.plan_id:
        text = "该事件按另一预案办理，请在同一预案下起草预警。"
        raise BadInput(text, fields={"incident": [text]})
    incident_may_warn(incident)


@dataclass(frozen=True)
class _Begun:
    """What a new warning (version) is begun from."""

    incident: Incident | None = None
    drill: bool = False
    previous: EarlyWarning | None = None
    source: Source | None = None
    received: Received | None = None


def _create(version: PlanVersion, content: Content, actor: Actor, begun: _Begun) -> tuple[EarlyWarning, str]:
    """Create a draft; return it and its source in words."""
    now, previous = database_now(), begun.previous
    number = number_next("YJ", at=now, drill=begun.drill)
    head: CaseHead = previous.head if previous else head_create(kind="warning", key=number, now=now)
    warning = EarlyWarning(
        head=head,
        number=number,
        plan_version=version,
        incident=begun.incident,
        previous=previous,
        drill=begun.drill,
        created_by=actor.user,
        created_at=now,
        level=content.level,
        title="",
        text="",
    )
    _check_content(warning, content, begun.received)
    for name in FIELDS:
        setattr(warning, name, getattr(content, name))
    words = _source(warning, begun, actor.user)
    save_checked(warning)
    _set_units(warning, content.units)
    return warning, words


def _source(warning: EarlyWarning, begun: _Begun, user: Any) -> str:
    """A new version keeps the source of the one it updates; a first one has its own."""
    old = begun.previous
    if old is None:
        return source_write(
            warning, incident=begun.incident, source=begun.source, received=begun.received, user=user
        )  # fmt: skip
    for name in ("source_kind", "source_label", "source_reference", "source_verdict", "superior_id"):
        setattr(warning, name, getattr(old, name))
    return ""


def _check_content(warning: EarlyWarning, content: Content, received: Received | None = None) -> None:
    problems = received_problems(received, database_now()) if received else {}
    if content.level.version_id != warning.plan_version_id:
        problems["level"] = ["预警级别不属于本预案。"]
    if not content.title.strip():
        problems["title"] = ["请填写标题。"]
    if not content.text.strip():
        problems["text"] = ["请写明预警内容。"]
    if content.publicity not in Publicity.values:
        problems["publicity"] = ["请选择公开程度或保密要求。"]
    if content.valid_from and content.valid_until and content.valid_until <= content.valid_from:
        problems["valid_until"] = ["预计失效时间须晚于生效时间。"]
    if problems:
        raise BadInput("预警没有保存，请更正。", fields=problems)


def _apply(warning: EarlyWarning, content: Content) -> list[dict[str, str]]:
    """Write the content onto the warning and return what changed, in words."""
    _check_content(warning, content)
    changes = []
    for name, label in LABELS.items():
        was, now = getattr(warning, name), getattr(content, name)
        if was != now:
            changes.append({"field": label, "was": field_words(name, was), "now": field_words(name, now)})
            setattr(warning, name, now)
    before = {one.unit for one in warning.addressees.select_related("unit")}
    if before != set(content.units):
        changes.append({"field": UNITS_LABEL, "was": units_words(before), "now": units_words(content.units)})
        _set_units(warning, content.units)
    return changes


def _set_units(warning: EarlyWarning, units: tuple[Unit, ...]) -> None:
    """Make the addressees exactly these: nothing was sent to any of them yet."""
    warning.addressees.exclude(unit__in=units).delete()
    known = set(warning.addressees.values_list("unit_id", flat=True))
    WarningAddressee.objects.bulk_create(
        WarningAddressee(warning=warning, unit=unit) for unit in units if unit.pk not in known
    )
