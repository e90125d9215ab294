"""A 终报 closes its chain; going on takes a reason (「非预案规定」: the plans only say 「直至应急处置工作结束」)."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from incidents.choices import OPEN_STATES
from incidents.models import ChainReopening, Incident, Report
from incidents.rules import clause_for
from incidents.selectors.chain import chain_final
from incidents.services.common import case_actor, check_lengths, check_state, incident_lock, unit_side
from incidents.services.rhythm import rhythm_touch
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.errors import BadInput, WrongState
from yangcheng_ec.record.services import Line, record_append
from yangcheng_ec.text import clean_text

__all__ = ["check_chain", "report_chain_reopen"]


def check_chain(incident: Incident, report: Report) -> None:
    """Raise WrongState when the unit's chain is closed; the written text of the final call still belongs to it."""
    final = chain_final(incident, report.reporting_unit_code)
    if final is None or final.pk == report.follows_call_id:
        return
    words = f"{report.reporting_unit_label}的终报已于{local_text(final.done_at)}报出，续报已经结束；"
    words += "确需再报的，请先「恢复续报」并写明理由（非预案规定）。"
    place = f"/incidents/{incident.number}/reopen-chain/"
    raise WrongState(words, clause=clause_for(incident.plan_version, "report"), link=("恢复续报", place))


@transaction.atomic
def report_chain_reopen(*, incident_id: int, user: Any, reason: str) -> ChainReopening:
    """Let reports go on after a 终报, with the reason, which enters the record; a unit reopens its own chain.

    Raises WrongState (no 终报 has closed it, closed case), BadInput (no reason, too long), Forbidden.
    """
    incident, head = incident_lock(incident_id, user=user)
    actor = case_actor(user, incident)
    clause = clause_for(incident.plan_version, "report")
    check_state(incident, OPEN_STATES, "恢复续报", clause)
    own = unit_side(user, incident)
    final = chain_final(incident, own.code if own else "")
    if final is None:
        raise WrongState("没有报出的终报，续报没有结束，直接写续报就行。", clause=clause)
    reason = clean_text(reason).strip()
    if not reason:
        raise BadInput("没有恢复续报。", fields={"reason": ["请写明终报之后为什么还要续报。"]})
    row = ChainReopening(final=final, reason=reason, by=user, by_post=actor.post, at=database_now())
    check_lengths(row)
    row.save(force_insert=True)
    text = f"恢复续报：{final.reporting_unit_label}{local_text(final.done_at)}的终报之后继续报告，理由：{reason}。"
    record_append(head, Line("report.chain_reopened", text, actor=actor, subject=("report", final.pk)))
    rhythm_touch(incident, row.at)
    return row
