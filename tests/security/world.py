"""One small world that every attack walks through: a case of each plan with a response, a report, a warning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from directory.models import Contact, PlanVersion
from incidents.services import Asked, inquiry_record
from response.services import release_draft, task_add
from tests.early_warning.factories import published
from tests.incidents.factories import draft_report, phone_report
from tests.prevention.factories import accepted, opened
from tests.response.factories import active
from yangcheng_ec.deadlines.models import Deadline, Delivery, Notice


@dataclass
class World:
    """The objects whose addresses are tried; the owner is unit_shuju, the stranger unit_dianxin."""

    incident: Any
    response: Any
    report: Any
    call: Any
    task: Any
    warning: Any
    release: Any
    inquiry: Any
    deadline: Any
    contact: Any
    notice: Any
    delivery: Any
    appointment: Any
    finding: Any
    check: Any


def build(people: Any) -> World:
    """Make it through the services."""
    response = active(people, level=3)
    unit = people["unit_shuju"].unit
    given = {"response_id": response.pk, "version": response.version, "user": people["office"]}
    task = task_add(**given, unit=unit, title="核查系统", text="核查后报告")
    incident = response.incident
    cyber = PlanVersion.objects.get(plan__code="cyber-2025", in_force=True)
    asked = Asked(kind="chase", asked_by="市委网信办", question="进展如何")
    return World(
        incident=incident,
        response=response,
        report=draft_report(people, incident),
        call=phone_report(people, incident),
        task=task,
        warning=published(people, cyber, codes=("shuju",)),
        release=release_draft(incident_id=incident.pk, title="通报", text="已恢复", user=people["office"]),
        inquiry=inquiry_record(incident_id=incident.pk, user=people["duty"], asked=asked),
        deadline=Deadline.objects.filter(head=incident.head).first(),
        contact=Contact.objects.first(),
        notice=Notice.objects.filter(recipient=people["commander"]).first(),
        delivery=Delivery.objects.filter(channel="phone").first(),
        appointment=people["commander"].appointments.first(),
        finding=accepted(people, cyber),
        check=opened(people, cyber, "shuju"),
    )
