"""What this person may do on this case now: for the page's buttons. The services ask again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from directory.choices import Act
from directory.rules import may
from incidents.authority import unit_side
from incidents.choices import OPEN_STATES, RESPONSE_MAY_BE_PROPOSED, SET_ASIDE, IncidentState
from incidents.models import Incident
from incidents.rules import clause_for
from incidents.selectors.chain import chain_closed_for

__all__ = ["CaseAction", "actions_on", "may_work_on"]

Standing = tuple[bool, bool]
MINOR = ("link", "unlink", "merge", "unmerge", "withdraw", "reopen")


@dataclass(frozen=True)
class CaseAction:
    """One thing to do next: its page, its words, the clause it rests on.

    ``main`` is the most fitting one; ``minor`` ones set the case aside or bind it to another.
    """

    code: str
    label: str
    url: str
    clause: str
    main: bool = False
    minor: bool = False


def may_work_on(user: Any, incident: Incident) -> Standing:
    """Return (as the plan's office, in any other way: a unit of the case, or the officer who filed it untaken)."""
    office = may(user, incident.plan_version, Act.OFFICE)
    other = unit_side(user, incident) is not None if not office else False
    filer = incident.filed_by_id == user.pk and incident.accepted_at is None
    return office, other or filer


def actions_on(
    user: Any,
    incident: Incident,
    standing: Standing | None = None,
    *,
    report_due: bool = False,
    linked: bool | None = None,
    closed: bool | None = None,
) -> list[CaseAction]:
    """Return what the user may do now, in the order of the work; empty for readers.

    While a clock with minutes runs (``report_due``), reporting comes first: a call takes a minute and meets it.
    ``linked`` and ``closed`` where the caller knows whether the case has links, and a 终报 has closed its reports.
    """
    office, other = standing or may_work_on(user, incident)
    codes = _office_codes(incident) if office else []
    if (office or other) and incident.state in OPEN_STATES:
        ended = chain_closed_for(user, incident) if closed is None else closed
        codes += ["reopen-chain"] if ended else ["phone", "report"]
        codes += ["inquiry", "update", "times", "link", *(["instruction"] if office else [])]
    if not office and incident.accepted_at is not None and "times" in codes:
        codes.remove("times")
    if office and incident.state in (IncidentState.ANALYSED, IncidentState.AFTERMATH):
        codes.append("close")
    if office or other:
        codes += _aside_codes(incident, office=office, linked=incident.links.exists() if linked is None else linked)
    if report_due and "phone" in codes:
        first = [code for code in ("accept", "phone", "report") if code in codes]
        codes = first + [code for code in codes if code not in first]
    return [_action(code, incident, main=not number) for number, code in enumerate(codes)]


def _office_codes(incident: Incident) -> list[str]:
    state = incident.state
    if state not in OPEN_STATES:
        return []
    codes = [] if incident.accepted_at else ["accept"]
    if state == IncidentState.RECEIVED:
        codes.append("triage")
    else:
        codes.append("analyse")
    if state == IncidentState.CONFIRMED:
        codes.append("triage")
    if incident.plan_version.plan.uses_grades:
        codes.append("grade")
    return codes


def _aside_codes(incident: Incident, *, office: bool, linked: bool) -> list[str]:
    """Return what binds the case to another, or sets it aside, or takes it up again: only the office, links apart."""
    codes = ["unlink"] if linked else []
    if not office:
        return codes
    if incident.state in RESPONSE_MAY_BE_PROPOSED:
        return [*codes, "merge", "withdraw"]
    if incident.state in SET_ASIDE:
        codes.append("unmerge" if incident.state == IncidentState.MERGED else "reopen")
    return codes


def _labels() -> dict[str, tuple[str, str]]:
    return {
        "accept": (_("接手这起事件"), "file"),
        "triage": (_("核实：确认、误报、转交"), "triage"),
        "analyse": (_("研判"), "analyse"),
        "grade": (_("定级"), "grade"),
        "phone": (_("登记电话报告"), "report"),
        "report": (_("写文字报告"), "report"),
        "inquiry": (_("登记催报、核实"), "inquiry"),
        "instruction": (_("记录批示"), ""),
        "reopen-chain": (_("恢复续报"), "report"),
        "update": (_("更新情况"), "report"),
        "times": (_("更正时间"), "report"),
        "link": (_("关联事件"), "link"),
        "close": (_("结案"), "close"),
        "unlink": (_("取消关联"), "link"),
        "merge": (_("并入另一起事件"), "set_aside"),
        "unmerge": (_("撤销并案"), "set_aside"),
        "withdraw": (_("撤回登记"), "set_aside"),
        "reopen": (_("恢复办理"), "set_aside"),
    }


def _action(code: str, incident: Incident, *, main: bool) -> CaseAction:
    label, act = _labels()[code]
    url = reverse("incident-act", args=[incident.number, code])
    minor = code in MINOR
    return CaseAction(code, label, url, clause_for(incident.plan_version, act), main and not minor, minor)
