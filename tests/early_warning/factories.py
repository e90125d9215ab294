"""Warnings in every state, made by the services."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from directory.models import PlanVersion, Unit
from early_warning import services
from early_warning.choices import Publicity
from early_warning.models import EarlyWarning, StandingAuthorisation
from early_warning.rules import lift_conditions
from early_warning.selectors import level_named
from yangcheng_ec.actors import SYSTEM
from yangcheng_ec.uploads import Upload

UNITS = ("gongan", "shuju", "yidong")


def content_of(version: PlanVersion, **over: Any) -> services.Content:
    """Return a complete content: the second level, three addressees."""
    units = tuple(Unit.objects.filter(code__in=over.pop("codes", UNITS)).order_by("order", "code"))
    given: dict[str, Any] = {
        "level": level_named(version, str(over.pop("level", 2))),
        "title": "某型路由器高危漏洞正被利用",
        "text": "上级通报某型路由器存在高危漏洞，已有利用。",
        "scope": "县直各单位政务外网接入设备",
        "publicity": Publicity.INTERNAL,
        "basis": "经与技术支撑队伍研判，本县有12台同型设备在用。",
        "advice": "立即升级固件，关闭远程管理。",
        "units": units,
    }
    if over.get("publicity") == Publicity.CONFIDENTIAL:
        given["publicity_note"] = "只限值班人员和分管负责人知悉，不得转发"
    return services.Content(**(given | over))


def office_of(version: PlanVersion) -> str:
    """Return the office account of a plan."""
    return "office" if version.plan.code == "cyber-2025" else "comms_office"


def commander_of(version: PlanVersion) -> str:
    """Return the commander's account of a plan."""
    return "commander" if version.plan.code == "cyber-2025" else "comms_commander"


def drafted(people: Any, version: PlanVersion, **over: Any) -> EarlyWarning:
    """Return a draft."""
    begun = {name: over.pop(name) for name in ("drill", "incident", "source", "received") if name in over}
    user = people[office_of(version)]
    return services.warning_draft(version=version, content=content_of(version, **over), user=user, **begun)


def proposed(people: Any, version: PlanVersion, **over: Any) -> EarlyWarning:
    """Return a proposal."""
    warning = drafted(people, version, **over)
    return services.warning_propose(warning_id=warning.pk, version=warning.version, user=people[office_of(version)])


def approved(people: Any, version: PlanVersion, **over: Any) -> EarlyWarning:
    """Return an approved warning."""
    warning = proposed(people, version, **over)
    return services.warning_approve(warning_id=warning.pk, version=warning.version, user=people[commander_of(version)])


def published(people: Any, version: PlanVersion, **over: Any) -> EarlyWarning:
    """Return a warning in force."""
    warning = approved(people, version, **over)
    return services.warning_publish(warning_id=warning.pk, version=warning.version, user=people[office_of(version)])


def lift_proposed(people: Any, version: PlanVersion, **over: Any) -> EarlyWarning:
    """Return a warning whose lifting waits for approval."""
    warning = published(people, version, **over)
    findings = dict.fromkeys(range(1, len(lift_conditions(version)) + 1), "复测正常")
    return services.warning_propose_lift(
        warning_id=warning.pk, version=warning.version, findings=findings, user=people[office_of(version)]
    )


def lifted(people: Any, version: PlanVersion, **over: Any) -> EarlyWarning:
    """Return a lifted warning."""
    warning = lift_proposed(people, version, **over)
    return services.warning_lift(warning_id=warning.pk, version=warning.version, user=people[commander_of(version)])


def returned(people: Any, version: PlanVersion, **over: Any) -> EarlyWarning:
    """Return a warning that came back."""
    warning = proposed(people, version, **over)
    return services.warning_return(
        warning_id=warning.pk, version=warning.version, reason="范围过大", user=people[commander_of(version)]
    )


def withdrawn(people: Any, version: PlanVersion, **over: Any) -> EarlyWarning:
    """Return a withdrawn draft."""
    warning = drafted(people, version, **over)
    return services.warning_withdraw(
        warning_id=warning.pk, version=warning.version, reason="重复", user=people[office_of(version)]
    )


def adjusted(people: Any, version: PlanVersion, **over: Any) -> EarlyWarning:
    """Return a warning that a newer version replaced."""
    old = published(people, version, **over)
    office, commander = people[office_of(version)], people[commander_of(version)]
    fresh = services.warning_adjust(
        warning_id=old.pk, version=old.version, content=content_of(version, level=1), user=office
    )
    fresh = services.warning_propose(warning_id=fresh.pk, version=fresh.version, user=office)
    fresh = services.warning_approve(warning_id=fresh.pk, version=fresh.version, user=commander)
    services.warning_publish(warning_id=fresh.pk, version=fresh.version, user=office)
    old.refresh_from_db()
    return old


def superseded(people: Any, version: PlanVersion, **over: Any) -> EarlyWarning:
    """Return a warning whose case went over into a response, as the response app does it."""
    from tests.incidents.factories import file_incident

    incident = file_incident(people, **({} if version.plan.code == "cyber-2025" else {"plan": version.plan.code}))
    warning = published(people, version, incident=incident, **over)
    services.warnings_supersede(incident=incident, actor=SYSTEM, into="XY-20261122-001")
    warning.refresh_from_db()
    return warning


PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\nxref\n0 1\ntrailer<<>>\nstartxref\n9\n%%EOF\n"


def standing_entered(people: Any, version: PlanVersion, **over: Any) -> StandingAuthorisation:
    """Return an authorisation of the duty officers for the lighter two levels, waiting for the commander."""
    now = timezone.now()
    given: dict[str, Any] = {
        "document": "阳通指〔2026〕3号授权书",
        "scope": "情形2、情形3的预警由值班人员批准发布",
        "levels": list(version.warning_levels.filter(ordinal__gte=2)),
        "post": version.posts.get(kind="duty_officer"),
        "starts_at": now - timedelta(days=1),
        "ends_at": now + timedelta(days=30),
    }
    upload = over.pop("upload", Upload(name="授权书.pdf", content=PDF))
    return services.standing_enter(
        version=version, entry=services.StandingInput(**(given | over)), upload=upload, user=people[office_of(version)]
    )  # fmt: skip


def standing_confirmed(people: Any, version: PlanVersion, **over: Any) -> StandingAuthorisation:
    """Return an authorisation in force."""
    row = standing_entered(people, version, **over)
    return services.standing_confirm(standing_id=row.pk, version=row.version, user=people[commander_of(version)])


MADE = {
    "draft": drafted,
    "proposed": proposed,
    "returned": returned,
    "approved": approved,
    "published": published,
    "lift_proposed": lift_proposed,
    "adjusted": adjusted,
    "lifted": lifted,
    "superseded": superseded,
    "withdrawn": withdrawn,
}
