"""What the call-outs' tests share."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import time_machine
from django.core import mail
from django.utils import timezone

from directory.choices import PostKind
from directory.services.plans import unit_post_ensure
from early_warning.models import EarlyWarning, WarningAddressee
from tests.directory.making import appoint, person
from yangcheng_ec.callout.links import link_make
from yangcheng_ec.callout.models import Callout, CalloutStep
from yangcheng_ec.callout.services import callouts_fire
from yangcheng_ec.deadlines.models import Notice

__all__ = [
    "address_in_mail",
    "after",
    "agree",
    "callout_of",
    "chief_of",
    "fire_after",
    "kinds_of",
    "link_to",
    "notices_of",
    "told_to",
    "without_people",
]


def callout_of(warning: EarlyWarning, code: str = "gongan", event: str = "published") -> Callout:
    """Return the call-out of one unit."""
    rows = Callout.objects.select_related("cause__head")
    return rows.get(cause__subject_id=warning.pk, cause__kind=f"warning.{event}", unit_code=code)


def after(minutes: float) -> Any:
    """Travel so many minutes ahead."""
    return time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=False)


def fire_after(minutes: float) -> int:
    """Sweep so many minutes from now; return how many steps were due."""
    with after(minutes):
        return callouts_fire()


def kinds_of(callout: Callout) -> list[str]:
    """Return what the call-out's fired steps did, in order."""
    return list(CalloutStep.objects.filter(callout=callout, state="fired").values_list("kind", flat=True))


def told_to(callout: Callout) -> list[str]:
    """Return the names of whoever was told, in order."""
    rows = callout.told.order_by("pk").select_related("notice")
    return [row.notice.recipient_label.partition("（")[0] for row in rows]


def notices_of(callout: Callout) -> list[Notice]:
    """Return the call-out's notices."""
    return list(Notice.objects.filter(asks__callout=callout).order_by("pk"))


def chief_of(code: str, username: str = "chief", **values: Any) -> Any:
    """Make a unit's leader with an account of their own."""
    user = person(username, code, display_name="分管领导", **values)
    appoint(user, unit_post_ensure(unit=user.unit, kind=PostKind.UNIT_LEADER).code)
    return user


def without_people(code: str) -> None:
    """End every appointment of a unit: it has nobody but its telephone."""
    from directory.models import Appointment

    Appointment.objects.filter(post__unit__code=code, post__version__isnull=True).delete()


def agree(row: WarningAddressee, callout: Callout) -> bool:
    """Return whether a warning's receipt and its call-out say the same."""
    row.refresh_from_db()
    callout.refresh_from_db()
    return (
        row.sent_at, row.delivered_at, row.confirmed_at, row.confirmed_by, row.confirmed_how, row.leader_informed_at,
        row.leader_name, row.measures_reported_at,
    ) == (
        callout.sent_at, callout.delivered_at, callout.confirmed_at, callout.confirmed_by, callout.how,
        callout.leader_at, callout.leader_name, callout.measures_at,
    )  # fmt: skip


def link_to(callout: Callout) -> str:
    """Make a one-time link to a call-out's first notice and return its address."""
    return f"/c/{link_make(notices_of(callout)[0].pk, 'email')}/"


def address_in_mail() -> str:
    """Return the path of the link in the last mail that was sent."""
    found = re.search(r"/c/[A-Za-z0-9_-]+/", str(mail.outbox[-1].body))
    assert found is not None, mail.outbox[-1].body
    return found[0]
