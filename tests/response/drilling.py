"""Drills for tests, made through the services that people use."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from directory.models import Unit
from response.drills import services
from response.drills.models import Drill
from response.drills.services import InjectWords, Judged, Planned
from tests.response.factories import account
from yangcheng_ec.clock import database_now

INJECTS = (InjectWords(minute=0, text="门户网站打不开", to="everyone"), InjectWords(minute=30, text="记者来电"))


def units(*codes: str) -> tuple[Unit, ...]:
    """Units by code."""
    return tuple(Unit.objects.get(code=code) for code in codes)


def planned(plan: str = "cyber-2025", **over: Any) -> Planned:
    """The plan of a drill; ``over`` are its fields."""
    codes = ("gongan", "shuju") if plan == "cyber-2025" else ("yidong", "dianxin")
    values: dict[str, Any] = {
        "title": "勒索攻击演练", "scenario": "政务云多台服务器的文件被加密",
        "planned_at": database_now() + timedelta(days=1),
        "grade": "serious" if plan == "cyber-2025" else "", "participants": units(*codes),
        "incident_unit": units(codes[1])[0],
    }  # fmt: skip
    return Planned(plan=plan, **{**values, **over})


def drill_planned(people: Any, plan: str = "cyber-2025", *, injects: Any = INJECTS, **over: Any) -> Drill:
    """A drill that waits for its approval."""
    user = account(people, plan, "office")
    return services.drill_plan(user=user, planned=planned(plan, **over), injects=injects)


def drill_approved(people: Any, plan: str = "cyber-2025", **over: Any) -> Drill:
    """A drill that may start."""
    drill = drill_planned(people, plan, **over)
    user = account(people, plan, "director")
    return services.drill_approve(drill_id=drill.pk, version=drill.version, user=user)


def drill_running(people: Any, plan: str = "cyber-2025", **over: Any) -> Drill:
    """A drill that runs."""
    drill = drill_approved(people, plan, **over)
    return services.drill_start(drill_id=drill.pk, version=drill.version, user=account(people, plan, "office"))


def drill_ended(people: Any, plan: str = "cyber-2025", **over: Any) -> Drill:
    """A drill that waits for its evaluation."""
    drill = drill_running(people, plan, **over)
    return services.drill_end(drill_id=drill.pk, version=drill.version, user=account(people, plan, "office"))


def judged_all(drill: Drill) -> dict[int, Judged]:
    """Every finding judged 完成."""
    return {row.pk: Judged("done", "按程序") for row in drill.findings.all()}


def drill_evaluated(people: Any, plan: str = "cyber-2025", **over: Any) -> Drill:
    """A drill with its report."""
    drill = drill_ended(people, plan, **over)
    return services.drill_evaluate(
        drill_id=drill.pk, version=drill.version, user=account(people, plan, "office"), judged=judged_all(drill),
        evaluators="评估组", summary="总体达到目的",
    )  # fmt: skip
