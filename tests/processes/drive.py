"""Acts inside the machine's database, each run as a process: ``python -m tests.processes.drive ACT JSON``."""

from __future__ import annotations

import json
import random
import sys
import threading
import time
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import django

django.setup()

from django.db import connection, transaction  # noqa: E402
from django.db.models import Count  # noqa: E402

from directory.choices import AppointmentState, PostKind, UnitKind  # noqa: E402
from directory.models import Appointment, Post, Unit, User  # noqa: E402
from yangcheng_ec.actors import SYSTEM  # noqa: E402
from yangcheng_ec.clock import database_now  # noqa: E402
from yangcheng_ec.deadlines.models import Deadline, DeadlineAddressee, Delivery, Notice, Step  # noqa: E402
from yangcheng_ec.deadlines.registry import Recipient  # noqa: E402
from yangcheng_ec.deadlines.services import Covering, Message, deadline_cover, notice_queue, sweep_batch  # noqa: E402
from yangcheng_ec.record.models import CaseHead, RecordEntry  # noqa: E402
from yangcheng_ec.record.selectors import verify_record  # noqa: E402
from yangcheng_ec.record.services import case_lock, head_create  # noqa: E402

UNIT = "machine-unit"
PEOPLE = 2


def people() -> int:
    """Make one unit with two people who hold its posts; whoever owes a clock is told."""
    now = database_now() - timedelta(days=1)
    unit = Unit.objects.create(code=UNIT, name="试验单位", short_name="试验单位", kind=UnitKind.values[0])
    for place, kind in enumerate((PostKind.UNIT_LEADER, PostKind.UNIT_LIAISON)):
        user = User.objects.create(username=f"machine-{place}", display_name=f"试验人员{place}", unit=unit)
        post = Post.objects.create(code=f"machine-{place}", kind=kind, label="联络员", title="联络员", unit=unit)
        Appointment.objects.create(
            user=user, post=post, starts_at=now, entered_at=now, state=AppointmentState.CONFIRMED
        )
    return PEOPLE


def clocks(*, count: int, due_in: float = 0.0, apart: float = 0.0) -> dict[str, Any]:
    """Start clocks of as many cases with rows only, due in so many seconds and so many seconds apart."""
    now = database_now()
    stem = f"M{now.timestamp():.6f}"
    heads = CaseHead.objects.bulk_create(
        [CaseHead(kind="incident", key=f"{stem}-{place}", created_at=now) for place in range(count)]
    )
    due = [now + timedelta(seconds=due_in + place * apart) for place in range(count)]
    deadlines = Deadline.objects.bulk_create([_clock(head, at, now) for head, at in zip(heads, due, strict=True)])
    DeadlineAddressee.objects.bulk_create(
        [DeadlineAddressee(deadline=d, code="gov", label="县人民政府") for d in deadlines]
    )
    Step.objects.bulk_create(
        [Step(deadline=d, sequence=1, kind="overdue", audience=["owed_by"], fire_at=d.due_at) for d in deadlines]
    )
    _analyse()
    return {"ids": [deadline.pk for deadline in deadlines], "first_due": due[0].isoformat()}


def _clock(head: CaseHead, due: datetime, now: datetime) -> Deadline:
    return Deadline(
        head=head, rule_code="machine:30min", plan_code="machine", plan_version_id=0, clause="网络预案 4.1",
        quote="30分钟内", title="向县人民政府报告", case_title="试验", owed_by="试验单位", owed_by_unit=UNIT,
        subject_type="incident", subject_id=head.pk, start_basis="occurred", starts_at=due - timedelta(minutes=30),
        minutes=30, wording="30分钟内", due_at=due, created_at=now,
    )  # fmt: skip


def _analyse() -> None:
    """Let PostgreSQL count its rows, as its own daemon does on a machine that runs for longer than a minute."""
    with connection.cursor() as cursor:
        for table in ("deadlines_step", "deadlines_deadline", "record_casehead"):
            cursor.execute(f"ANALYZE {table}")


def report() -> dict[str, Any]:
    """Say for all clocks of the database whether each step fired exactly once, and whether every chain verifies."""
    fired = set(Step.objects.filter(state="fired").values_list("deadline_id", "sequence"))
    lines = Counter(
        (subject, data["step"])
        for subject, data in RecordEntry.objects.filter(subject_type="deadline", data__has_key="step").values_list(
            "subject_id", "data"
        )
    )
    of_steps = Notice.objects.exclude(step=None)  # the machine's other tests queue notices of no step
    told = Counter(dict(of_steps.values_list("step").annotate(number=Count("pk"))))
    return {
        "steps": Step.objects.count(),
        "fired": len(fired),
        "pending": Step.objects.filter(state="pending").count(),
        "lines_missing": len(fired - set(lines)),
        "lines_doubled": sum(1 for number in lines.values() if number != 1),
        "lines_without_step": len(set(lines) - fired),
        "notices": of_steps.count(),
        "told_wrongly": sum(1 for number in told.values() if number != PEOPLE) + abs(len(told) - len(fired)),
        "doubled_notices": of_steps.values("step", "recipient").annotate(n=Count("pk")).filter(n__gt=1).count(),
        "unmarked": Deadline.objects.filter(steps__state="fired", overdue_at__isnull=True).count(),
        "broken_chains": [fault.reason for fault in verify_record()],
    }


def latencies(*, ids: list[int] | None = None) -> dict[str, Any]:
    """Return when clocks were marked and when their notices were committed, in seconds after due."""
    rows = Deadline.objects.filter(overdue_at__isnull=False)
    if ids:
        rows = rows.filter(pk__gte=min(ids), pk__lte=max(ids))
    marked = sorted((row.overdue_at - row.due_at).total_seconds() for row in rows.only("overdue_at", "due_at"))
    return {"marked": marked}


def sweep_hard(*, seconds: float) -> int:
    """Sweep without a pause for so many seconds."""
    end, total = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        total += sweep_batch().total
    return total


def race(*, count: int, apart: float, jitter: float, threads: int = 4) -> dict[str, int]:
    """Cover clocks within milliseconds of their due instant, in threads, while somebody else sweeps."""
    ids = clocks(count=count, due_in=2.0, apart=apart)["ids"]
    runners = [threading.Thread(target=_submit, args=(ids[place::threads], jitter)) for place in range(threads)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    return _outcome(ids)


def _submit(ids: list[int], jitter: float) -> None:
    for deadline in Deadline.objects.filter(pk__in=ids).order_by("due_at"):
        assert deadline.due_at is not None
        wait = deadline.due_at.timestamp() + random.uniform(-jitter, jitter) - time.time()
        time.sleep(max(0.0, wait))
        done_at = database_now()
        with transaction.atomic():
            head = case_lock(deadline.head_id)
            deadline_cover(head=head, deadline=deadline, covering=Covering(("gov",), done_at, SYSTEM))
    connection.close()


def _outcome(ids: list[int]) -> dict[str, int]:
    """Count how it went; each clock must be met or met late by its own times, whatever the sweep saw."""
    found: Counter[str] = Counter()
    for row in Deadline.objects.filter(pk__in=ids):
        found[row.state] += 1
        in_time = row.done_at is not None and row.due_at is not None and row.done_at <= row.due_at
        found["wrong"] += (row.state == "met") != in_time
        found["met, yet marked before"] += row.state == "met" and row.overdue_at is not None
        found["late, never marked"] += row.state == "met_late" and row.overdue_at is None
        found["steps left"] += row.steps.filter(state="pending").count()
        found["fired but unmarked"] += row.overdue_at is None and row.steps.filter(state="fired").exists()
    return dict(found)


def notices(*, people: int, units: int, urgent: bool = True) -> dict[str, Any]:
    """Queue one message to people with mail and mobile and to units by phone, in one transaction, and time it."""
    stem = f"N{time.time():.6f}"
    head = head_create(kind="warning", key=stem)
    users = User.objects.bulk_create(
        [User(username=f"{stem}-{n}", display_name=f"第{n}人", email=f"{n}@x.invalid") for n in range(people)]
    )
    told = [
        Recipient(f"user:{user.pk}", str(user), user.pk, user.email, f"1390000{n:04}", mobile=f"1390000{n:04}")
        for n, user in enumerate(users)
    ]
    told += [Recipient(f"unit:{stem}-{n}", f"第{n}单位值班", phone=f"0356-48{n:05}") for n in range(units)]
    message = Message("warning.published", "预警：政务网站被批量扫描", stem, "请立即检查对外网站。" * 8, urgent=urgent)
    start = time.perf_counter()
    with transaction.atomic():
        notice_queue(head=head, message=message, recipients=told)
    return {"seconds": time.perf_counter() - start, "deliveries": Delivery.objects.filter(notice__head=head).count()}


if __name__ == "__main__":
    acts = {f.__name__: f for f in (people, clocks, notices, report, latencies, sweep_hard, race)}
    print(json.dumps(acts[sys.argv[1]](**json.loads(sys.argv[2]))))  # type: ignore[operator]
