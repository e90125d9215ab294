"""人为破坏: 公安 investigates, the unit keeps evidence (S7: cyber 4.2.1.3(4), 4.2.2.3(4))."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from incidents.authority import case_actor
from incidents.choices import OPEN_STATES
from incidents.models import Incident
from incidents.services.common import check_state, incident_lock
from response.choices import RUNNING, TASK_OPEN
from response.models import EvidenceNote, HumanMade, Response, Task
from response.running.rules import INVESTIGATION, KEEP, human_made_clause, investigator
from response.running.services.common import happened, office_running, units_people, write
from response.services.common import message_of, required, tell
from response.services.tasks import HandTask, task_write
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.errors import WrongState
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line

__all__ = ["evidence_note", "human_made_find"]


@transaction.atomic
def human_made_find(*, response_id: int, version: int, basis: str, user: Any) -> HumanMade:
    """Hold an incident for human-made (人为破坏): 公安 has its investigation task, the incident unit keeps evidence.

    Where the level's measures made these tasks already they stand, and their units are told; where they made none
    (cyber Ⅲ, comms) they are given by hand, 非预案规定. Holds: the office; the response runs; not found before.
    Raises NotVisible, StaleVersion, Forbidden, WrongState, BadInput.
    """
    head, response, actor = office_running(response_id, version, user, "不能认定")
    clause = human_made_clause(response)
    if HumanMade.objects.filter(incident=response.incident).exists():
        raise WrongState("已经认定为人为破坏。", clause=clause)
    row = HumanMade(
        incident=response.incident, version=0, clause=clause, user=user, post_label=actor.post,
        basis=required(basis, "basis", "请写明认定依据。", clause), found_at=database_now(),
    )  # fmt: skip
    words = f"认定为人为破坏（{response.incident.number}）：{row.basis}"
    write(head, row, Line("human_made.found", words, actor=actor, clause=clause))
    for task in (_investigation(head, response, actor, clause), _keeping(head, response, actor, clause)):
        if task is not None and task.unit is not None:
            message = message_of(
                response, "human_made", f"{words}。请办理：{task.title}", task.quote, urgent=True, clause=task.clause,
                url=f"/response/tasks/{task.pk}/", dedupe=f"human-made:{row.pk}:{task.pk}",
            )  # fmt: skip
            tell(head, message, units_people([task.unit], response))
    return row


def _investigation(head: CaseHead, response: Response, actor: Actor, clause: str) -> Task | None:
    """Return 公安's task: the plan's own where the level made it, else one by hand."""
    police, text = investigator(response.plan_version)
    stands = _standing(response, INVESTIGATION)
    if stands is not None or police is None:
        return stands
    given = HandTask(title="组织侦查和调查", text=text, unit=police, clause=clause)
    return task_write(head, response, given, actor)


def _keeping(head: CaseHead, response: Response, actor: Actor, clause: str) -> Task | None:
    """Return the incident unit's task to keep evidence: the plan's own, else one by hand."""
    unit = response.incident.incident_unit
    stands = _standing(response, KEEP)
    if stands is not None or unit is None:
        return stands
    given = HandTask(title="保留相关证据", text="应急恢复过程中应尽量保留相关证据", unit=unit, clause=clause)
    return task_write(head, response, given, actor)


def _standing(response: Response, words: str) -> Task | None:
    rows = response.tasks.filter(quote__contains=words, state__in=TASK_OPEN).select_related("unit")
    return rows.order_by("-actor_id", "pk").first()


@transaction.atomic
def evidence_note(
    *, incident_id: int, what: str, keeper: str, place: str, user: Any, kept_at: datetime | None = None
) -> EvidenceNote:
    """Note what evidence is kept, by whom, where (保留证据). The office, or a unit of the case for itself.

    Raises NotVisible, Forbidden, WrongState, BadInput.
    """
    incident, head = incident_lock(incident_id, user=user)
    actor = case_actor(user, incident)
    check_state(incident, OPEN_STATES, "证据记录")
    clause = _clause(incident)
    row = EvidenceNote(
        incident=incident, version=0, clause=clause, user=user, post_label=actor.post, recorded_at=database_now(),
        what=required(what, "what", "请写明证据。", clause),
        keeper=required(keeper, "keeper", "请写明保管人。", clause),
        place=required(place, "place", "请写明存放位置。", clause), kept_at=happened(kept_at, "kept_at"),
    )  # fmt: skip
    words = f"保留证据（{local_text(row.kept_at)}固定，{row.keeper}保管，存{row.place}）：{row.what}"
    write(head, row, Line("evidence.noted", words, actor=actor, clause=clause, done_at=row.kept_at))
    return row


def _clause(incident: Incident) -> str:
    related = ("level__version__plan", "plan_version__plan")
    response = incident.responses.filter(state__in=RUNNING).select_related(*related).first()
    return human_made_clause(response) if response is not None else ""
