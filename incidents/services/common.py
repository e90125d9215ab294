"""What every act on a case shares: lock, version, record line, the places where words become rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.db import models

from directory.choices import UnitKind
from directory.models import Unit
from incidents.authority import actor_of_filer, case_actor, office_side_actor, settled_actor, unit_side
from incidents.choices import IncidentState
from incidents.models import Incident
from incidents.selectors import incidents_visible_to
from incidents.services.search import search_refresh
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.errors import BadInput, Change, NotVisible, StaleVersion, WrongState
from yangcheng_ec.idempotency import fingerprint_of, once
from yangcheng_ec.record.models import CaseHead, RecordEntry
from yangcheng_ec.record.services import Line, case_lock, record_append

__all__ = [
    "LATE_ENTRY_AFTER",
    "TRACKED",
    "actor_of_filer",
    "case_actor",
    "check_lengths",
    "check_state",
    "check_times",
    "check_version",
    "incident_commit",
    "incident_lock",
    "moment",
    "office_side_actor",
    "once_on_case",
    "settled_actor",
    "snapshot",
    "unit_named",
    "unit_side",
]


class _Said(Protocol):
    """What a person said, as typed: it can be told from another telling."""

    def as_dict(self) -> dict[str, Any]: ...


LATE_ENTRY_AFTER = timedelta(minutes=5)
TOLERANCE = timedelta(minutes=1)

# What people see when somebody else changed a case meanwhile: field → label.
TRACKED = {
    "state": "状态", "title": "事件名称", "grade": "级别", "category": "分类", "subcategory": "子类",
    "occurred_at": "事发时间", "known_at": "获知时间", "received_at": "接报时间", "location": "地点",
    "township": "事发乡镇", "incident_unit_label": "事发单位", "reporting_unit_label": "报告单位", "source": "信息来源",
    "caller_name": "报告人", "caller_number": "来电号码", "symptoms": "危害表象", "description": "事件描述",
    "measures_taken": "处置措施", "consequence_estimate": "事件后果的初步估计", "suggestions": "有关意见和建议",
    "loss_estimate": "经济损失的初步评估", "impact_scope": "影响范围", "trend": "事件发展态势", "facts": "事故情况",
    "referral_to": "转交机构", "accepted_at": "接手时间", "merged_into": "并入",
}  # fmt: skip


def incident_lock(incident_id: int, *, user: Any) -> tuple[Incident, CaseHead]:
    """Lock the case's head, then read the incident afresh. Raises NotVisible when the user may not see it."""
    head_id = incidents_visible_to(user).filter(pk=incident_id).values_list("head_id", flat=True).first()
    if head_id is None:
        raise NotVisible()
    head = case_lock(head_id)
    related = ("plan_version__plan", "incident_unit", "reporting_unit", "township", "category", "subcategory", "grade")
    return Incident.objects.select_related(*related).get(pk=incident_id), head


def once_on_case(
    incident_id: int, user: Any, said: _Said, act: Callable[[int, Any, Any], models.Model], *, scope: str, key: str
) -> int:
    """Run ``act(incident_id, user, said)`` once per key; return its row's pk. Raises BadInput as ``once`` does."""
    fingerprint = fingerprint_of({"incident": incident_id, **said.as_dict()})
    pk, _ = once(
        user=user, scope=scope, key=key, fingerprint=fingerprint, act=lambda: str(act(incident_id, user, said).pk)
    )
    return int(pk)


def check_version(incident: Incident, version: int | None) -> None:
    """Raise StaleVersion with what changed since the reader saw the case."""
    if version is None or version == incident.version:
        return
    raise StaleVersion(changes=_changes_since(incident, version))


def _changes_since(incident: Incident, version: int) -> list[Change]:
    rows = RecordEntry.objects.filter(head_id=incident.head_id, subject_type="incident", subject_id=incident.pk)
    found: dict[str, Change] = {}
    for entry in rows.order_by("seq"):
        if entry.data.get("version", 0) <= version:
            continue
        for row in entry.data.get("changes", []):
            was = found[row["field"]].was if row["field"] in found else row["was"]
            found[row["field"]] = Change(row["field"], was, row["now"])
    return list(found.values())


def check_state(incident: Incident, allowed: Sequence[str], what: str, clause: str = "") -> None:
    """Raise WrongState unless the case is in one of these states."""
    if incident.state == IncidentState.MERGED and incident.merged_into is not None:
        main = incident.merged_into.number
        words = f"这起事件已并入 {main}，{what}请到那一案办理。"
        raise WrongState(words, clause=clause, link=(main, f"/incidents/{main}/"))
    if incident.state not in allowed:
        words = "、".join(str(IncidentState(state).label) for state in allowed)
        raise WrongState(f"事件现在是「{incident.state_choice.label}」，{what}只能在「{words}」时办理。", clause=clause)


def snapshot(incident: Incident) -> dict[str, str]:
    """Return the tracked fields in words."""
    return {name: _words(getattr(incident, name)) for name in TRACKED}


def _words(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return local_text(value)
    if isinstance(value, dict):
        return "；".join(f"{key}：{_words(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return "、".join(_words(item) for item in value)
    return str(value)


def incident_commit(
    incident: Incident,
    head: CaseHead,
    *,
    before: dict[str, str],
    kind: str,
    text: str,
    actor: Actor,
    clause: str = "",
    data: dict[str, Any] | None = None,
    done_at: datetime | None = None,
    late_entry: bool = False,
) -> None:
    """Count the version up, save, and write the line with what changed."""
    incident.version += 1
    check_lengths(incident)
    incident.save()
    after = snapshot(incident)
    changes = [
        {"field": TRACKED[name], "was": before[name], "now": after[name]}
        for name in TRACKED
        if before[name] != after[name]
    ]
    if "state" in before and before["state"] != after["state"]:
        changes[0] = {"field": TRACKED["state"], "was": _state(before["state"]), "now": _state(after["state"])}
    if changes:
        search_refresh(incident)
    payload = {"version": incident.version, "changes": changes, **(data or {})}
    line = Line(kind, text, actor=actor, clause=clause, subject=("incident", incident.pk), data=payload,
                done_at=done_at, late_entry=late_entry)  # fmt: skip
    record_append(head, line)


def check_lengths(row: models.Model) -> None:
    """Raise BadInput for each short text that is longer than its column, and each value that is no choice."""
    problems: dict[str, list[str]] = {}
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname)
        if not isinstance(field, models.CharField) or not isinstance(value, str):
            continue
        if field.max_length is not None and len(value) > field.max_length:
            words = f"{field.verbose_name}过长（{len(value)} 字），最多 {field.max_length} 字。"
            problems[field.name] = [words]
        elif field.choices and value and value not in {str(choice[0]) for choice in field.flatchoices}:
            problems[field.name] = [f"没有「{value[:40]}」这个选项。"]
    if problems:
        raise BadInput("有内容需要更正。", fields=problems)


def _state(value: str) -> str:
    return str(IncidentState(value).label)


def moment(value: datetime | None, field: str, label: str, now: datetime | None = None) -> datetime:
    """Return a typed time, now when it is empty. Raises BadInput when it lies in the future (a minute is tolerated)."""
    now = now or database_now()
    if value is None:
        return now
    if value > now + TOLERANCE:
        raise BadInput(f"{label}不能晚于现在。", fields={field: [f"{label}不能晚于现在（{local_text(now)}）。"]})
    return min(value, now)


def check_times(
    occurred: datetime | None, known: datetime, received: datetime, now: datetime, *, clause: str = ""
) -> None:
    """Raise BadInput unless 事发 ≤ 获知 ≤ 接报 ≤ now; every fault at once, each beside its field."""
    problems: dict[str, list[str]] = {}
    for field, label, value in (
        ("occurred_at", "事发时间", occurred), ("known_at", "获知时间", known), ("received_at", "接报时间", received)
    ):  # fmt: skip
        if value is not None and value > now + TOLERANCE:
            problems[field] = [f"{label}不能晚于现在（{local_text(now)}）。"]
    if occurred is not None and occurred > known:
        problems.setdefault("known_at", []).append("获知时间不能早于事发时间。")
    if known > received:
        problems.setdefault("received_at", []).append("接报时间不能早于获知时间。")
    if problems:
        raise BadInput("时间前后矛盾或在将来，请更正。", fields=problems, clause=clause)


def unit_named(text: str, field: str, *, kind: str = "") -> Unit | None:
    """Return the unit with this code, name, short name or alias; None for an empty text.

    Raises BadInput when no unit is called so, or it is of another kind (a township is asked for).
    """
    text = text.strip()
    if not text:
        return None
    unit = (
        Unit.objects.filter(code=text).first()
        or Unit.objects.filter(name=text).first()
        or Unit.objects.filter(aliases__name=text).first()
        or Unit.objects.filter(short_name=text).order_by("pk").first()
    )
    if unit is None:
        words = f"名录中没有「{text[:40]}」这个单位，请按代码、名称或别名填写。"
        raise BadInput("单位不在名录中。", fields={field: [words]})
    if kind and unit.kind != kind:
        raise BadInput("单位类别不符。", fields={field: [f"「{unit.name}」不是{UnitKind(kind).label}。"]})
    return unit
