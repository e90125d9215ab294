"""``manage.py sweep``: the same sweep as Celery's tick, as a plain supervised loop."""

import logging
import signal
import threading
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, close_old_connections

from yangcheng_ec.celery import spare_memory
from yangcheng_ec.deadlines import services
from yangcheng_ec.deadlines.channels import machines_ready

logger = logging.getLogger(__name__)
# How long a stop waits for what is just being sent.
LAST_SEND_SECONDS = 3.0


class Command(BaseCommand):
    """Sweep once a second until told to stop; clocks run even with Celery and Redis down."""

    help = "时限扫描循环：每秒一次；--once 只扫一次。"

    def add_arguments(self, parser: CommandParser) -> None:
        """Add --once and --interval."""
        parser.add_argument("--once", action="store_true")
        parser.add_argument("--interval", type=float, default=1.0)

    def handle(self, *args: Any, **options: Any) -> None:
        """Sweep and deliver, survive a lost database, stop cleanly on SIGTERM and SIGINT."""
        stop = threading.Event()
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stop.set())
        if options["once"]:
            result = services.sweep_all()
            services.deliver_all()
            self.stdout.write(f"触发{result.fired}，略过{result.skipped}，取消{result.cancelled}，通知{result.notices}")
            return
        spare_memory()
        # A thread per channel: one that hangs holds up neither the clocks nor the other channels.
        channels = [
            threading.Thread(target=_deliver_loop, args=(stop, channel, options["interval"]), daemon=True)
            for channel in machines_ready()
        ]
        for thread in channels:
            thread.start()
        while not stop.wait(options["interval"]):
            _guarded(services.sweep_all)
        for thread in channels:
            thread.join(LAST_SEND_SECONDS / len(channels))


def _deliver_loop(stop: threading.Event, channel: str, interval: float) -> None:
    while not stop.wait(interval):
        _guarded(partial(services.deliver_channel, channel, halt=stop.is_set))


def _guarded(act: Any) -> None:
    """Run one round; whatever breaks it is logged and tried again next second."""
    try:
        close_old_connections()
        act()
    except DatabaseError as error:
        logger.warning("round failed, trying again: %s", error)
    except Exception:
        logger.exception("round failed, trying again")
