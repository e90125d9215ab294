"""补签 and 否认, with what a denial means: nothing is undone, but everybody who must know is told loudly."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from directory.audience import recipient_of
from directory.choices import CountersignState
from directory.models import Signature
from directory.rules import holders
from directory.services.signatures import signature_countersign
from response.models import Response
from response.services.common import COMMAND_KINDS, entry_write, response_url
from yangcheng_ec.actors import Actor
from yangcheng_ec.deadlines.services import Message, notice_queue
from yangcheng_ec.record.services import Line

__all__ = ["signature_decide"]


@transaction.atomic
def signature_decide(*, signature_id: int, user: Any, accept: bool, note: str = "") -> Signature:
    """Countersign or deny one's own approval given by phone (DESIGN §4: 非预案规定).

    A denied decision on a response marks it disputed; commander, deputies, director and office are called.
    Raises NotVisible, WrongState, BadInput.
    """
    signature = signature_countersign(signature_id=signature_id, user=user, accept=accept, note=note)
    if signature.countersign == CountersignState.DENIED and signature.subject_type == "response":
        _dispute(signature)
    return signature


def _dispute(signature: Signature) -> None:
    response = Response.objects.select_related("incident", "level", "plan_version__plan").get(pk=signature.subject_id)
    response.disputed = True
    words = f"{response.number}（{response.level}）有争议：{signature.signer}否认电话批准，请指挥长立即核定"
    actor = Actor(user=signature.signer, post=signature.post_label)
    entry_write(signature.head, response, Line("response.disputed", words, actor=actor, clause=signature.clause))
    title = f"电话批准被否认：{response.incident.title}（{response.level}）"
    body = f"{words}。否认理由：{signature.countersign_note}"
    message = Message(
        kind="response.disputed",
        title=title,
        dedupe=f"signature:{signature.pk}:denied",
        body=body,
        script=f"{title}。{body}",
        url=response_url(response),
        clause=signature.clause,
        urgent=True,
        call=True,
        drill=response.drill,
        subject=("response", response.pk),
    )
    rows = holders(response.plan_version, [*COMMAND_KINDS, "office_staff", "duty_officer"])
    notice_queue(head=signature.head, message=message, recipients={r.key: r for r in map(recipient_of, rows)}.values())
