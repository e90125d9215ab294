"""Publishing a warning, and what replaces it: adjustment and response."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction
from guardian.shortcuts import assign_perm

from directory.choices import Act
from directory.models import Unit
from directory.rules import actor_for
from directory.services.signatures import signature_denied
from early_warning.choices import ACTIVE, WarningState
from early_warning.models import EarlyWarning
from early_warning.rules import PUBLISHED, act_clause, clock_specs, content_fingerprint
from early_warning.services.common import check_version, need_state, note, save_checked, warning_lock
from early_warning.services.tasks import tasks_assign, tasks_end
from early_warning.services.telling import tell_units
from early_warning.wording import changes_between, content_words, level_change, published_title, published_words
from incidents.models import Incident
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.services import deadline_start
from yangcheng_ec.errors import WrongState
from yangcheng_ec.permissions import VIEW_WARNING, unit_group_name
from yangcheng_ec.record.models import RecordEntry
from yangcheng_ec.record.services import case_lock

__all__ = ["publication_words", "warning_publish", "warnings_supersede"]


@transaction.atomic
def warning_publish(*, warning_id: int, version: int, user: Any) -> EarlyWarning:
    """Publish an approved warning to its addressees (3.2.2「经县指挥部批准后发布」; 3.4「通知到所有相关重点单位」).

    It must be exactly what was approved, and no phone approval of it denied. Every addressed unit is told by inbox,
    e-mail and call sheet and may read it from now on; the clocks of the plan's rules start (cyber 3.2.2: 报县委县政府);
    the version it adjusts is replaced. Raises WrongState, StaleVersion, Forbidden.
    """
    warning = warning_lock(warning_id, user=user)
    check_version(warning, version)
    actor = actor_for(user, warning.plan_version, Act.PUBLISH_WARNING)
    clause = act_clause(warning.plan_version, Act.PUBLISH_WARNING)
    need_state(warning, [WarningState.APPROVED], "发布", clause)
    units = [one.unit for one in warning.addressees.select_related("unit")]
    _check_approval(warning, units, clause)
    now = database_now()
    warning.state, warning.published_at, warning.published_by = WarningState.PUBLISHED, now, actor.user
    warning.nag_at, warning.nagged = warning.valid_until, 0
    if warning.valid_from is None and (warning.valid_until is None or warning.valid_until > now):
        warning.valid_from = now
    save_checked(warning)
    names = "、".join(str(unit) for unit in units)
    text = f"发布{published_title(warning)}，通知{len(units)}个单位：{names}。"
    note(warning, "published", text, actor, clause=clause, now=now)
    _let_read(warning, units)
    tasks_assign(warning, units, now)
    tell_units(warning, units, "published", published_title(warning), publication_words(warning, units), clause)
    for spec in clock_specs(warning, PUBLISHED, now):
        deadline_start(head=warning.head, spec=spec, actor=actor)
    if warning.previous is not None:
        _replace(warning, warning.previous, units, actor, clause, now)
    return warning


@transaction.atomic
def warnings_supersede(*, incident: Incident, actor: Actor, into: str) -> list[EarlyWarning]:
    """Note that the warnings of an incident went over into a response (cyber 8.2 「预警升级」; called at activation).

    ``into`` names the response. The addressees are told by the response's own notices, once.
    """
    now, found = database_now(), []
    rows = EarlyWarning.objects.filter(incident=incident, state__in=ACTIVE).order_by("head_id", "pk")
    for warning in rows.select_related("plan_version__plan", "level"):
        warning.head = case_lock(warning.head_id)
        warning.refresh_from_db(fields=["state", "version"])
        if warning.state not in ACTIVE:
            continue
        warning.state, warning.nag_at = WarningState.SUPERSEDED, None
        save_checked(warning)
        tasks_end(warning, now)
        text = f"预警升级：事件{incident.number}转入响应{into}，预警不再单独执行。"
        note(warning, "superseded", text, actor, now=now)
        found.append(warning)
    return found


def _check_approval(warning: EarlyWarning, units: Sequence[Unit], clause: str) -> None:
    if signature_denied(("warning", warning.pk), Act.APPROVE_WARNING):
        raise WrongState("批准人已否认这次电话批准，不能发布；请修改后重新提出。", clause=clause)
    entry = (
        RecordEntry.objects.filter(
            head_id=warning.head_id, kind="warning.approved", subject_type="warning", subject_id=warning.pk
        )
        .order_by("-seq")
        .first()
    )
    now_is = content_fingerprint(warning, [unit.code for unit in units])
    if entry is None or entry.data.get("fingerprint") != now_is:
        raise WrongState("预警内容与批准的不一致，不能发布；请重新提出并批准。", clause=clause)
    if warning.previous is not None and warning.previous.state not in ACTIVE:
        raise WrongState(f"所调整的预警{warning.previous.number}已不在生效中，不能发布调整稿。", clause=clause)


def _let_read(warning: EarlyWarning, units: Sequence[Unit]) -> None:
    names = [unit_group_name(unit.code) for unit in units]
    known = set(Group.objects.filter(name__in=names).values_list("name", flat=True))
    Group.objects.bulk_create([Group(name=name) for name in names if name not in known], ignore_conflicts=True)
    assign_perm(VIEW_WARNING, Group.objects.filter(name__in=names), warning)


def publication_words(warning: EarlyWarning, units: Sequence[Unit]) -> str:
    """Return the words the addressees will read: for the publication and for its preview before signing."""
    old = warning.previous
    if old is None:
        return published_words(warning)
    before = content_words(old, [one.unit for one in old.addressees.select_related("unit")])
    return published_words(warning, changes_between(before, content_words(warning, units)))


def _replace(
    warning: EarlyWarning, old: EarlyWarning, units: Sequence[Unit], actor: Actor, clause: str, now: datetime
) -> None:
    """Mark the adjusted version, and tell the units that are no longer addressed."""
    old.head = warning.head
    old.state, old.nag_at = WarningState.ADJUSTED, None
    save_checked(old)
    tasks_end(old, now)
    text = f"预警{old.number}已更新为{warning.number}：{level_change(old.level, warning.level)[1]}。"
    note(old, "adjusted", text, actor, clause=clause, now=now)
    dropped = [one.unit for one in old.addressees.select_related("unit").exclude(unit__in=units)]
    title = f"预警更新：{old.title}，贵单位不再列入通知范围"
    words = f"原预警{old.number}已更新为{warning.number}，贵单位不再列入通知范围，相应措施可以终止。"
    tell_units(old, dropped, "adjusted", title, words, clause)
