"""The demo day: cases of both plans in every state, made through the services by the people who would do it."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction

from directory.services.demo import demo_rosters_ensure
from early_warning.models import EarlyWarning
from incidents.models import Incident
from response.demo import comms, cyber, hazards, keeping, notices, running, standing
from response.demo.stage import Stage
from yangcheng_ec.errors import Forbidden

__all__ = ["demo_day"]


@transaction.atomic
def demo_day() -> bool:
    """Make the demo day; return whether anything was made. A database that has a case already is left alone.

    The plans and the demo accounts must be there. Raises Forbidden unless ``DEMO_ACCOUNTS_ALLOWED``:
    never in production.
    """
    if not settings.DEMO_ACCOUNTS_ALLOWED:
        raise Forbidden("当前配置不允许演示数据。")
    if Incident.objects.exists() or EarlyWarning.objects.exists():
        return False
    stage = Stage()
    cyber.play(stage)
    comms.play(stage)
    notices.play(stage)
    hazards.play(stage)
    demo_rosters_ensure()
    keeping.play(stage)
    standing.play(stage)
    running.play(stage)
    return True
