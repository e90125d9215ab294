"""Acts of the call-outs' kill test in the machine's database: ``python -m tests.processes.callout_drive ACT JSON``."""

from __future__ import annotations

import json
import sys
from collections import Counter
from datetime import timedelta
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db.models import Count, F, Max  # noqa: E402

from directory.choices import AppointmentState, PostKind, UnitKind  # noqa: E402
from directory.models import Appointment, PlanVersion, Post, Unit, User  # noqa: E402
from early_warning import services  # noqa: E402
from early_warning.models import EarlyWarning, WarningAddressee  # noqa: E402
from tests.conftest import People  # noqa: E402
from tests.early_warning.factories import approved  # noqa: E402
from tests.processes.harness import MAIL_EVERY  # noqa: E402
from yangcheng_ec.callout.models import Callout, CalloutNotice, CalloutStep  # noqa: E402
from yangcheng_ec.clock import database_now  # noqa: E402
from yangcheng_ec.deadlines.models import Delivery, Notice  # noqa: E402
from yangcheng_ec.record.models import RecordEntry  # noqa: E402
from yangcheng_ec.record.selectors import verify_record  # noqa: E402

KIND = "warning.published"


def prepare(*, units: int, warnings: int) -> list[int]:
    """Load the plans and the demo people, make units with a liaison, and warnings to all of them.

    Every tenth liaison reads mail, the others have a screen only: a mail server is slow to take thousands. The
    warnings are approved and not yet published; their ids are returned.
    """
    call_command("load_plans", verbosity=0)
    call_command("demo_accounts", password="machine-password-1", verbosity=0)
    now = database_now() - timedelta(days=1)
    made = Unit.objects.bulk_create(
        [Unit(code=f"k{n}", name=f"单位{n}", short_name=f"单位{n}", kind=UnitKind.OTHER) for n in range(units)]
    )
    people = User.objects.bulk_create(
        [
            User(username=row.code, display_name=f"联络员{row.code}", unit=row, email=mail_of(n, row))
            for n, row in enumerate(made)
        ]
    )
    posts = Post.objects.bulk_create(
        [
            Post(code=f"unit:{row.code}:liaison", kind=PostKind.UNIT_LIAISON, label="联络员", title="联络员", unit=row)
            for row in made
        ]
    )
    Appointment.objects.bulk_create(
        [
            Appointment(user=user, post=post, starts_at=now, entered_at=now, state=AppointmentState.CONFIRMED)
            for user, post in zip(people, posts, strict=True)
        ]
    )
    version = PlanVersion.objects.select_related("plan").get(plan__code="cyber-2025", in_force=True)
    codes = tuple(row.code for row in made)
    return [int(approved(People(), version, codes=codes).pk) for _ in range(warnings)]


def mail_of(number: int, unit: Unit) -> str:
    """Return the mail address of a unit's liaison, none for nine in ten."""
    return f"{unit.code}@k.invalid" if number % MAIL_EVERY == 0 else ""


def publish(*, warning_id: int) -> str:
    """Publish it, unless that is done; say «ready» first, so that whoever kills this knows when."""
    warning = EarlyWarning.objects.get(pk=warning_id)
    user = User.objects.get(username="office")
    print(json.dumps("ready"), flush=True)
    if warning.state == "approved":
        services.warning_publish(warning_id=warning.pk, version=warning.version, user=user)
    return str(EarlyWarning.objects.get(pk=warning_id).state)


def finish(*, warning_id: int) -> str:
    """Publish it if that was cut short, and let the first step of every call-out be due now."""
    state = publish(warning_id=warning_id)
    waiting = CalloutStep.objects.filter(state="pending", sequence=1, callout__cause__kind=KIND)
    waiting.update(fire_at=database_now() - timedelta(seconds=1))
    return state


def report() -> dict[str, Any]:
    """Count what is there, and everything that must not be."""
    rows = Callout.objects.filter(cause__kind=KIND)
    steps = CalloutStep.objects.filter(callout__in=rows)
    fired = steps.filter(state="fired")
    named = Counter(
        pk for data in RecordEntry.objects.filter(kind__startswith="callout.").values_list("data", flat=True)
        for pk in data.get("callouts", [])
    )  # fmt: skip
    notices = Notice.objects.filter(kind=KIND)
    doubled = notices.values("subject_id", "recipient", "recipient_label").annotate(n=Count("pk")).filter(n__gt=1)
    last = steps.values("callout").annotate(n=Count("pk"), top=Max("sequence"))
    return {
        "addressees": WarningAddressee.objects.filter(warning__state="published").count(),
        "callouts": rows.count(),
        "notices": notices.count(),
        "told": CalloutNotice.objects.filter(callout__in=rows).count(),
        "fired": fired.count(),
        "pending": steps.filter(state="pending").count(),
        "mails": Delivery.objects.filter(notice__kind=KIND, channel="email").count(),
        "mails_waiting": Delivery.objects.filter(notice__kind=KIND, channel="email", state="queued").count(),
        "steps_due": steps.filter(state="pending", fire_at__lte=database_now()).count(),
        "keys": sorted(str(key) for key in notices.exclude(recipient__email="").values_list("key", flat=True)
                       if key),
        "doubled": doubled.count(),
        "gaps": last.exclude(n=F("top")).count(),
        "fired_and_not_recorded_once": sum(1 for pk, n in Counter(fired.values_list("callout", flat=True)).items()
                                           if named[pk] != n),
        "broken_chains": [fault.reason for fault in verify_record()],
    }  # fmt: skip


if __name__ == "__main__":
    acts = {f.__name__: f for f in (prepare, publish, finish, report)}
    print(json.dumps(acts[sys.argv[1]](**json.loads(sys.argv[2]))))  # type: ignore[operator]
