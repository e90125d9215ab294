"""Linking cases of one event, and taking a link back. Neither plan speaks of it: 「非预案规定」."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from incidents.models import Incident
from incidents.selectors import incident_for, incidents_visible_to
from incidents.services.common import case_actor, check_version, incident_commit, incident_lock, snapshot
from yangcheng_ec.actors import Actor
from yangcheng_ec.errors import BadInput, NotVisible, WrongState
from yangcheng_ec.record.services import case_lock
from yangcheng_ec.text import clean_text

__all__ = ["both_locked", "case_named", "heads_lock", "incident_link", "incident_unlink", "say_in_both"]


@transaction.atomic
def incident_link(*, incident_id: int, version: int | None, user: Any, other_number: str, note: str = "") -> Incident:
    """Link two cases of one event, for example a fibre cut under both plans (DESIGN §5; 「非预案规定」).

    Both cases get a line. Raises BadInput (unknown number, itself, a drill with a real case), WrongState (already
    linked).
    """
    incident, other = both_locked(incident_id, user, other_number)
    check_version(incident, version)
    actor = case_actor(user, incident)
    if incident.drill != other.drill:
        words = "演练与真实事件不能关联。"
        raise BadInput(words, fields={"other": [words]})
    if incident.links.filter(pk=other.pk).exists():
        raise WrongState(f"已经与{other.number}关联。")
    incident.links.add(other)
    tail = clean_text(note).strip()
    say_in_both(incident, other, actor, "incident.linked", "关联事件", tail)
    return incident


@transaction.atomic
def incident_unlink(*, incident_id: int, version: int | None, user: Any, other_number: str, reason: str) -> Incident:
    """Take a link back that turned out wrong. Both cases keep the line of the link and get one of its end.

    Raises BadInput (no reason, unknown number), WrongState (not linked), StaleVersion, Forbidden.
    """
    incident, other = both_locked(incident_id, user, other_number)
    check_version(incident, version)
    actor = case_actor(user, incident)
    words = clean_text(reason).strip()
    if not words:
        raise BadInput("请写明理由。", fields={"reason": ["请写明为什么不是同一事件。"]})
    if not incident.links.filter(pk=other.pk).exists():
        raise WrongState(f"没有与{other.number}关联。")
    incident.links.remove(other)
    say_in_both(incident, other, actor, "incident.unlinked", "取消关联", f"理由：{words}")
    return incident


def say_in_both(one: Incident, two: Incident, actor: Actor, kind: str, what: str, tail: str) -> None:
    """Write into each of two locked cases what binds it to the other."""
    for mine, theirs in ((one, two), (two, one)):
        text = f"{what}：{theirs.number} {theirs.title}。{tail}"
        incident_commit(mine, mine.head, before=snapshot(mine), kind=kind, text=text, actor=actor)


def case_named(user: Any, number: str, field: str) -> Incident:
    """Return a case the user may see by its number. Raises BadInput beside the field."""
    try:
        return incident_for(user, number.strip())
    except NotVisible as error:
        words = f"没有编号为「{number.strip()[:40]}」的事件。"
        raise BadInput("没有这个事件。", fields={field: [words]}) from error


def heads_lock(*incident_ids: int) -> None:
    """Lock the heads of cases in the order of their ids, whatever order they are named in."""
    heads = Incident.objects.filter(pk__in=incident_ids).values_list("head_id", flat=True)
    for head_id in sorted(heads):
        case_lock(head_id)


def both_locked(incident_id: int, user: Any, other_number: str, field: str = "other") -> tuple[Incident, Incident]:
    """Lock both heads in the order of their ids, so that two acts on the same two cases never wait for each other.

    Raises NotVisible for the case itself, BadInput beside the field for the other one.
    """
    if not incidents_visible_to(user).filter(pk=incident_id).exists():
        raise NotVisible()
    other = case_named(user, other_number, field)
    if other.pk == incident_id:
        raise BadInput("须是另一起事件。", fields={field: ["这就是本案，请填另一起事件的编号。"]})
    heads_lock(incident_id, other.pk)
    incident, head = incident_lock(incident_id, user=user)
    incident.head = head
    other, other_head = incident_lock(other.pk, user=user)
    other.head = other_head
    return incident, other
