"""Acts of ``bench_callout.py`` inside the measured database: ``python -m bench.callout_acts ACT JSON``."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import django

django.setup()

from django.db import connection, transaction  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from directory.choices import AppointmentState, PostKind, UnitKind  # noqa: E402
from directory.models import Appointment, Contact, Post, Unit, User  # noqa: E402
from yangcheng_ec.actors import SYSTEM  # noqa: E402
from yangcheng_ec.callout.choices import ConfirmedHow  # noqa: E402
from yangcheng_ec.callout.models import Callout, CalloutStep  # noqa: E402
from yangcheng_ec.callout.registry import Target  # noqa: E402
from yangcheng_ec.callout.services import Said, callout_confirm, callouts_fire, callouts_start  # noqa: E402
from yangcheng_ec.clock import database_now  # noqa: E402
from yangcheng_ec.deadlines.models import Notice  # noqa: E402
from yangcheng_ec.deadlines.services import Message  # noqa: E402
from yangcheng_ec.record.models import CaseHead, RecordEntry  # noqa: E402
from yangcheng_ec.record.selectors import verify_chain  # noqa: E402
from yangcheng_ec.record.services import case_lock, head_create  # noqa: E402

TEXT = "上级通报某型路由器存在高危漏洞，已有利用。请立即升级固件，关闭远程管理。" * 8


def prepare(*, targets: int) -> int:
    """Make as many units: every other one with a liaison who has an account, the rest with a telephone only."""
    now = database_now() - timedelta(days=1)
    units = Unit.objects.bulk_create(
        [Unit(code=f"b{n}", name=f"单位{n}", short_name=f"单位{n}", kind=UnitKind.OTHER) for n in range(targets)],
        batch_size=2000,
    )
    staffed = units[::2]
    users = User.objects.bulk_create(
        [User(username=u.code, display_name=f"联络员{u.code}", unit=u, email=f"{u.code}@b.invalid") for u in staffed],
        batch_size=2000,
    )
    posts = Post.objects.bulk_create(
        [Post(code=f"unit:{u.code}:liaison", kind=PostKind.UNIT_LIAISON, label="联络员", title="联络员", unit=u)
         for u in staffed], batch_size=2000,
    )  # fmt: skip
    Appointment.objects.bulk_create(
        [Appointment(user=user, post=post, starts_at=now, entered_at=now, state=AppointmentState.CONFIRMED)
         for user, post in zip(users, posts, strict=True)], batch_size=2000,
    )  # fmt: skip
    Contact.objects.bulk_create(
        [Contact(unit=u, printed_name=u.name, kind="duty", value=f"42{n:05d}") for n, u in enumerate(units)],
        batch_size=2000,
    )
    _analyse()
    return len(units)


def _analyse() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def queue(*, targets: int, key: str = "YJ-BENCH-1") -> dict[str, Any]:
    """Call all of them out and return how long the transaction took, its commit included."""
    head = head_create(kind="warning", key=key)
    chosen = [Target.of_unit(unit.code, unit.name) for unit in Unit.objects.order_by("pk")[:targets]]
    message = Message(
        kind="warning.published", title="Ⅰ级预警（红色）：某型路由器高危漏洞", body=TEXT, script=TEXT, dedupe=key,
        url="/warnings/YJ/", clause="网络预案 3.2.2", urgent=True, subject=("bench", head.pk), confirm=True, level=1,
    )  # fmt: skip
    begun, busy = time.perf_counter(), time.process_time()
    with transaction.atomic():
        callouts_start(head=case_lock(head.pk), message=message, targets=chosen)
    seconds, cpu = time.perf_counter() - begun, time.process_time() - busy
    return {"seconds": seconds, "cpu": cpu, "callouts": Callout.objects.count(), "notices": Notice.objects.count()}


def fire() -> dict[str, Any]:
    """Let every step be due and fire them."""
    _analyse()
    CalloutStep.objects.update(fire_at=database_now() - timedelta(seconds=1))
    begun, busy, fired = time.perf_counter(), time.process_time(), 0
    while more := callouts_fire():
        fired += more
    return {"fired": fired, "seconds": time.perf_counter() - begun, "cpu": time.process_time() - busy}


def confirm(*, count: int, threads: int) -> dict[str, Any]:
    """Confirm as many call-outs of one case at once, and one alone."""
    queue(targets=count, key="YJ-BENCH-2")
    _analyse()
    head = CaseHead.objects.get(key="YJ-BENCH-2")
    ids = list(Callout.objects.filter(cause__head=head).values_list("pk", flat=True))
    first, rest = ids[0], ids[1:]
    with CaptureQueriesContext(connection) as statements:
        alone = _timed([first])
    runners = [threading.Thread(target=_confirm_all, args=(rest[place::threads],)) for place in range(threads)]
    begun = time.perf_counter()
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    seconds = time.perf_counter() - begun
    lines = RecordEntry.objects.filter(head=head, kind="callout.confirmed").count()
    confirmed = Callout.objects.filter(cause__head=head, state="confirmed").count()
    whole = lines == confirmed == len(ids) and verify_chain(CaseHead.objects.get(pk=head.pk)) is None
    return {
        "confirmed": confirmed, "seconds": seconds, "rate": len(rest) / seconds, "whole": whole,
        "statements": len(statements), "alone_ms": alone * 1000,
    }  # fmt: skip


def _timed(ids: Sequence[int]) -> float:
    begun = time.perf_counter()
    _confirm_all(ids, close=False)
    return time.perf_counter() - begun


def _confirm_all(ids: Sequence[int], *, close: bool = True) -> None:
    for pk in ids:
        callout_confirm(callout_id=pk, said=Said(ConfirmedHow.LINK, person="值班员"), actor=SYSTEM)
    if close:
        connection.close()


if __name__ == "__main__":
    acts = {f.__name__: f for f in (prepare, queue, fire, confirm)}
    print(json.dumps(acts[sys.argv[1]](**json.loads(sys.argv[2]))))  # type: ignore[operator]
