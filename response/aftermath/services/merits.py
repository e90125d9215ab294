"""Notes of praise and of liability (cyber 7.2; comms 7.3): who, the facts, what is suggested."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from response.aftermath.choices import MeritKind, MeritState
from response.aftermath.models import MeritNote
from response.aftermath.rules import cited, state_of_case
from response.aftermath.services.common import begin, cleaned, office_actor, row_begun, row_lock, row_write
from response.services.common import state_in
from yangcheng_ec.clock import database_now
from yangcheng_ec.errors import BadInput
from yangcheng_ec.idempotency import fingerprint_of, once
from yangcheng_ec.record.services import Line

__all__ = ["merit_add", "merit_take_back"]


@transaction.atomic
def merit_add(
    *, incident_id: int, user: Any, kind: str, whom: str, facts: str, suggestion: str = "", key: str = ""
) -> MeritNote:
    """Note that a unit or person is to be praised, or held liable, with the facts; once per key.

    It decides nothing: whoever is competent does. Holds: the office. Raises NotVisible, Forbidden, WrongState,
    BadInput.
    """
    sent = {"incident": incident_id, "kind": kind, "whom": whom, "facts": facts, "suggestion": suggestion}
    pk, _made = once(
        user=user, scope="merit.add", key=key, fingerprint=fingerprint_of(sent),
        act=lambda: str(_add(incident_id, user, kind, whom, facts, suggestion).pk),
    )  # fmt: skip
    return MeritNote.objects.get(pk=pk)


def _add(incident_id: int, user: Any, kind: str, whom: str, facts: str, suggestion: str) -> MeritNote:
    incident, head, actor = begin(incident_id, user=user)
    if kind not in MeritKind.values:
        raise BadInput("请选择类别。", fields={"kind": ["请选择表彰或责任追究。"]})
    clause = cited(incident.plan_version, kind).label
    state_of_case(incident, "report", "记录表彰与责任", clause)
    note = MeritNote(
        incident=incident, kind=kind, whom=cleaned(whom, "whom", "请写明单位或个人。", limit=120),
        facts=cleaned(facts, "facts", "请写明事实。"), suggestion=cleaned(suggestion, "suggestion", limit=500),
        clause=clause, created_by=user, created_post=actor.post, created_at=database_now(),
    )  # fmt: skip
    words = f"记录{note.kind_choice.label}建议：{note.whom}。事实：{note.facts[:300]}"
    row_write(head, note, Line("merit.noted", words, actor=actor, clause=clause), new=True)
    return note


@transaction.atomic
def merit_take_back(*, note_id: int, version: int, user: Any, reason: str) -> MeritNote:
    """Take a note back with a reason; it stays to be read. Raises as ``merit_add``, StaleVersion."""
    incident, head, note = row_lock(MeritNote, note_id, user=user)
    row_begun(note, user, version)
    actor = office_actor(incident, user)
    state_of_case(incident, "go_on", "撤销", note.clause)
    state_in(note, [MeritState.NOTED], "不能撤销", note.clause)
    note.reason = cleaned(reason, "reason", "请写明撤销理由。", limit=500)
    note.state = MeritState.TAKEN_BACK
    words = f"撤销{note.kind_choice.label}建议（{note.whom}）。理由：{note.reason}"
    row_write(head, note, Line("merit.taken_back", words, actor=actor, clause=note.clause))
    return note
