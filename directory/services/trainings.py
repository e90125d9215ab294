"""The training log: entered by an office or a member unit, corrected or taken back with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from django.db import transaction

from directory.choices import Act
from directory.models import PlanVersion, Training, Unit
from directory.rules import actor_for, actor_of_unit, may
from directory.selectors.contacts import changes_since
from directory.selectors.plans import plan_in_force
from directory.selectors.standing_duties import training_duty
from directory.selectors.trainings import training_get, training_history
from directory.services.plan_revisions import today
from directory.services.standing import changes_data, changes_text
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now
from yangcheng_ec.errors import BadInput, Change, StaleVersion, WrongState
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, head_named, record_append
from yangcheng_ec.text import clean_text

__all__ = ["EDITABLE", "Trained", "training_add", "training_edit", "training_void"]

EDITABLE = {"held_on": "日期", "subject": "培训内容", "attendees": "参加人员", "headcount": "人数", "proof": "依据"}
LIMITS = {"subject": 200, "attendees": 300, "proof": 500}
HEADCOUNT_LIMIT = 100_000


@dataclass(frozen=True)
class Trained:
    """What was held: the day, about what, who came, how many, what proves it (签到表、通知文号)."""

    held_on: date
    subject: str
    attendees: str
    headcount: int
    proof: str

    def as_dict(self) -> dict[str, Any]:
        """Return every value by its name."""
        return {item.name: getattr(self, item.name) for item in fields(self)}


@transaction.atomic
def training_add(*, user: Any, plan: str, trained: Trained) -> Training:
    """Enter a training: the plan's office its own, a member unit one for its own people (cyber 6.7; comms 6.9).

    Raises NotVisible (no such plan), Forbidden, BadInput with fields (a day to come, nobody there, no proof, the same
    training again).
    """
    version = plan_in_force(plan)
    actor, unit = _enterer(user, version)
    head = _head(version)
    row = Training(plan=version.plan, unit=unit, entered_by=user, entered_post=actor.post, entered_at=database_now())
    _apply(row, trained.as_dict())
    _check(row, version)
    row.full_clean()
    row.save()
    text = f"{row.held_by}{row.held_on}培训：{row.subject}，{row.attendees}，{row.headcount}人"
    _say(head, version, row, "training.entered", text, actor)
    return row


@transaction.atomic
def training_edit(*, user: Any, training_id: int, version: int, values: Mapping[str, Any]) -> Training:
    """Correct an entry; the record keeps old → new.

    Raises NotVisible, Forbidden, StaleVersion, WrongState (taken back), BadInput.
    """
    head, plan_version, row, actor = _opened(user, training_id, version)
    changes = _apply(row, values)
    if not changes:
        return row
    _check(row, plan_version)
    _save(row)
    text = f"更正培训记录「{row.subject}」：{changes_text(changes)}"
    _say(head, plan_version, row, "training.corrected", text, actor, changes)
    return row


@transaction.atomic
def training_void(*, user: Any, training_id: int, version: int, reason: str) -> Training:
    """Take back an entry made by mistake, with the reason; it stays in the record. Raises as ``training_edit``."""
    head, plan_version, row, actor = _opened(user, training_id, version)
    words = clean_text(reason).strip()
    if not words or len(words) > LIMITS["attendees"]:
        raise BadInput("没有作废。", fields={"reason": ["作废须写明理由，最多 300 个字。"]})
    row.void_reason = words
    _save(row)
    _say(head, plan_version, row, "training.voided", f"培训记录「{row.subject}」作废：{words}", actor)
    return row


def _enterer(user: Any, version: PlanVersion) -> tuple[Actor, Unit | None]:
    if may(user, version, Act.OFFICE):
        return actor_for(user, version, Act.OFFICE), None
    if user.unit_id is not None and user.unit.memberships.filter(version=version).exists():
        return actor_of_unit(user, user.unit_id), user.unit
    return actor_for(user, version, Act.OFFICE), None


def _opened(user: Any, training_id: int, version: int) -> tuple[CaseHead, PlanVersion, Training, Actor]:
    seen = training_get(user, training_id)
    plan_version = plan_in_force(seen.plan.code)
    own = seen.unit_id is not None and seen.unit_id == user.unit_id
    actor = actor_of_unit(user, seen.unit_id) if own else actor_for(user, plan_version, Act.OFFICE)
    head = _head(plan_version)
    row = Training.objects.select_for_update(of=("self",)).select_related("plan", "unit").get(pk=training_id)
    if row.version != version:
        raise StaleVersion(changes=changes_since(training_history(row), version))
    if row.void_reason:
        raise WrongState(f"这条记录已经作废：{row.void_reason}。")
    return head, plan_version, row, actor


def _apply(row: Training, values: Mapping[str, Any]) -> list[Change]:
    changes = []
    for field, label in EDITABLE.items():
        if field not in values:
            continue
        value = values[field]
        was, now = getattr(row, field, None), clean_text(value).strip() if isinstance(value, str) else value
        if was != now:
            setattr(row, field, now)
            changes.append(Change(label, str(was if was is not None else ""), str(now)))
    return changes


def _check(row: Training, version: PlanVersion) -> None:
    problems: dict[str, list[str]] = {}
    for name, limit in LIMITS.items():
        text = getattr(row, name)
        if not text:
            problems[name] = [f"请填写{EDITABLE[name]}。"]
        elif len(text) > limit:
            problems[name] = [f"最多 {limit} 个字。"]
    if row.held_on > today():
        problems["held_on"] = ["日期不能晚于今天：举办之后再登记。"]
    if not 1 <= row.headcount <= HEADCOUNT_LIMIT:
        problems["headcount"] = [f"人数须在 1 至 {HEADCOUNT_LIMIT} 之间。"]
    same = Training.objects.filter(plan=row.plan, unit=row.unit, held_on=row.held_on, subject=row.subject)
    if not problems and same.filter(void_reason="").exclude(pk=row.pk).exists():
        problems["subject"] = ["这一天的这次培训已经登记过。"]
    if problems:
        raise BadInput("培训没有登记，请更正。", fields=problems, clause=_clause(version))


def _save(row: Training) -> None:
    row.version += 1
    row.full_clean(validate_constraints=False)
    row.save()


def _clause(version: PlanVersion) -> str:
    duty = training_duty(version)
    return duty.label if duty else ""


def _head(version: PlanVersion) -> CaseHead:
    return head_named(f"trainings:{version.plan.code}", kind="training")


def _say(
    head: CaseHead, version: PlanVersion, row: Training, kind: str, text: str, actor: Actor,
    changes: list[Change] | None = None,
) -> None:  # fmt: skip
    data = {"version": row.version, "changes": changes_data(changes or [])}
    line = Line(kind, f"{text}。", actor=actor, clause=_clause(version), subject=("training", row.pk), data=data)
    record_append(head, line)
