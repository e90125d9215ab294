"""Findings in every state and rounds of checks, made by the services."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from directory.models import PlanVersion, Unit
from early_warning.prevention import services
from early_warning.prevention.models import Finding, HazardCheck
from tests.incidents.factories import file_incident

CYBER_UNIT, CYBER_OFFICE, SECOND = "unit_shuju", "office", "duty"


def unit(code: str) -> Unit:
    """Return a unit."""
    return Unit.objects.get(code=code)


def later(days: float = 3) -> datetime:
    """Return a time to come."""
    return timezone.now() + timedelta(days=days)


def found(**over: Any) -> services.Found:
    """Return what a unit found."""
    given: dict[str, Any] = {
        "title": "政务云机房备用电源不能自动切换",
        "place": "县政务云平台机房",
        "description": "每月试机时发现双路电源不能自动切换。",
        "severity": "停电时平台全部业务中断",
        "measure": "已联系厂家，安排专人值守。",
    }
    return services.Found(**(given | over))


def reported(people: Any, version: PlanVersion, **over: Any) -> Finding:
    """Return a finding that waits for the office."""
    who = over.pop("who", CYBER_UNIT)
    given = {name: over.pop(name) for name in ("owner", "hazard_check", "said_by", "key") if name in over}
    of = over.pop("unit", None) or people[who].unit
    return services.finding_report(version=version, found=found(**over), unit=of, user=people[who], **given)


def asked_back(people: Any, version: PlanVersion, **over: Any) -> Finding:
    """Return a finding that waits for its reporter."""
    row = reported(people, version, **over)
    return services.finding_ask_back(
        finding_id=row.pk, version=row.version, reason="哪一路？", user=people[CYBER_OFFICE]
    )


def accepted(people: Any, version: PlanVersion, **over: Any) -> Finding:
    """Return a finding that its owner has to mend."""
    due, owner = over.pop("due_at", later()), over.pop("mends", None)
    row = reported(people, version, **over)
    return services.finding_accept(
        finding_id=row.pk, version=row.version, due_at=due, owner=owner, user=people[CYBER_OFFICE]
    )


def mending(people: Any, version: PlanVersion, **over: Any) -> Finding:
    """Return a finding under way."""
    row = accepted(people, version, **over)
    return services.finding_progress(
        finding_id=row.pk, version=row.version, text="配件已到货。", user=people[CYBER_UNIT]
    )


def mended(people: Any, version: PlanVersion, **over: Any) -> Finding:
    """Return a finding that waits for its verification."""
    row = mending(people, version, **over)
    return services.finding_mended(
        finding_id=row.pk, version=row.version, text="已更换切换开关，试机三次正常。", user=people[CYBER_UNIT]
    )


def verified(people: Any, version: PlanVersion, **over: Any) -> Finding:
    """Return a closed finding."""
    row = mended(people, version, **over)
    return services.finding_verify(finding_id=row.pk, version=row.version, user=people[SECOND], text="现场核验")


def rejected(people: Any, version: PlanVersion, **over: Any) -> Finding:
    """Return a refused finding."""
    row = reported(people, version, **over)
    return services.finding_reject(finding_id=row.pk, version=row.version, reason="重复", user=people[CYBER_OFFICE])


def as_incident(people: Any, version: PlanVersion, **over: Any) -> Finding:
    """Return a finding that is handled as a case."""
    row = reported(people, version, **over)
    number = file_incident(people).number
    return services.finding_as_incident(
        finding_id=row.pk, version=row.version, number=number, user=people[CYBER_OFFICE]
    )


MADE = {
    "reported": reported,
    "asked_back": asked_back,
    "accepted": accepted,
    "mending": mending,
    "mended": mended,
    "verified": verified,
    "rejected": rejected,
    "incident": as_incident,
}


def a_round(**over: Any) -> services.Round:
    """Return what a round asks."""
    today = timezone.localdate()
    given: dict[str, Any] = {
        "title": "汛期前机房和备用电源排查",
        "content": "逐台检查备用电源、漏水检测、防雷接地。",
        "starts_on": today,
        "ends_on": today + timedelta(days=5),
        "due_at": later(6),
    }
    return services.Round(**(given | over))


def opened(people: Any, version: PlanVersion, *codes: str, **over: Any) -> HazardCheck:
    """Return an open round of the office."""
    who = over.pop("who", CYBER_OFFICE)
    asked = [unit(code) for code in (codes or ("shuju", "gongan"))]
    return services.check_open(version=version, wanted=a_round(**over), units=asked, user=people[who])
