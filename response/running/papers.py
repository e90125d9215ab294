"""What is handed over with the command, in the county's paper look; and the room's part of a case's file."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from incidents.models import Incident
from incidents.registry import CasePart
from response.models import (
    CommandOrder,
    Conference,
    ControlCheck,
    EvidenceNote,
    FirstAction,
    Handover,
    HumanMade,
    OnSiteCommand,
    OrderReceipt,
    Reinforcement,
    Response,
    SituationReply,
)

__all__ = ["handover_paper", "running_parts", "running_rows"]


def handover_paper(row: Handover, response: Response) -> dict[str, Any]:
    """Return what the paper says: the package as it was frozen, to whom, by whom, and who accepted it."""
    version = response.plan_version
    return {
        "title": "指挥权移交材料",
        "number": response.number,
        "author": row.handed_by.display_name,
        "office": version.command_name,
        "plan": f"《{version.title}》（{version.number}）",
        "row": row,
        "response": response,
        "drill": response.drill,
        "package": row.package,
    }


def running_parts(incident: Incident) -> list[CasePart]:
    """Return orders, conferences, reinforcement, the log of 先期处置 and the rest; nothing where there was nothing."""
    found = _found(incident)
    if not any(found.values()):
        return []
    return [CasePart(_("指令、会商、增援与先期处置"), "running/papers/case.html", found)]


def _found(incident: Incident) -> dict[str, Any]:
    receipts = OrderReceipt.objects.filter(order__response__incident=incident).select_related("unit", "order")
    return {
        "first_actions": list(FirstAction.objects.filter(incident=incident).select_related("unit", "user")),
        "orders": list(receipts.order_by("order__ordered_at", "unit__order")),
        "conferences": list(Conference.objects.filter(response__incident=incident).prefetch_related("units")),
        "reinforcements": list(Reinforcement.objects.filter(response__incident=incident).order_by("asked_at")),
        "handovers": list(Handover.objects.filter(response__incident=incident)),
        "on_site": list(OnSiteCommand.objects.filter(response__incident=incident).prefetch_related("units")),
        "human_made": list(HumanMade.objects.filter(incident=incident)),
        "evidence": list(EvidenceNote.objects.filter(incident=incident).select_related("user")),
    }


def running_rows(incident: Incident) -> dict[str, QuerySet[Any]]:
    """Return the room's rows of a case for its export."""
    of_response = {"response__incident": incident}
    return {
        "orders": CommandOrder.objects.filter(**of_response).order_by("id"),
        "order_receipts": OrderReceipt.objects.filter(order__response__incident=incident).order_by("id"),
        "conferences": Conference.objects.filter(**of_response).order_by("id"),
        "control_checks": ControlCheck.objects.filter(**of_response).order_by("id"),
        "reinforcements": Reinforcement.objects.filter(**of_response).order_by("id"),
        "handovers": Handover.objects.filter(**of_response).order_by("id"),
        "situation_replies": SituationReply.objects.filter(round__response__incident=incident).order_by("id"),
        "on_site": OnSiteCommand.objects.filter(**of_response).order_by("id"),
        "first_actions": FirstAction.objects.filter(incident=incident).order_by("id"),
        "human_made": HumanMade.objects.filter(incident=incident).order_by("id"),
        "evidence_notes": EvidenceNote.objects.filter(incident=incident).order_by("id"),
    }
