"""A small machine of its own for real processes: a database, a Redis, and worker, beat and sweep on them.

The tests that kill processes use it, and so do the figures of ``bench/``.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2

__all__ = ["MAIL_EVERY", "Machine", "free_port", "waited_for"]

MAIL_EVERY = 10  # one liaison in so many reads mail: a mail server is slow to take thousands
ROOT = Path(__file__).resolve().parent.parent.parent
CELERY = [sys.executable, "-m", "celery", "-A", "yangcheng_ec"]
COMMANDS = {
    "worker": [
        *CELERY,
        "worker",
        "--concurrency",
        "2",
        "--loglevel",
        "WARNING",
        "--without-gossip",
        "--without-mingle",
    ],
    "delivery": [
        *CELERY,
        "worker",
        "--queues",
        "delivery",
        "--pool",
        "threads",
        "--concurrency",
        "6",
        "--hostname",
        "delivery@%h",
        "--loglevel",
        "WARNING",
        "--without-gossip",
        "--without-mingle",
    ],
    "beat": [*CELERY, "beat", "--loglevel", "WARNING", "--pidfile="],
    "sweep": [sys.executable, "manage.py", "sweep"],
}


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def waited_for(holds: Callable[[], bool], seconds: float, *, every: float = 0.1) -> bool:
    """Return whether something came true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(every)
    return False


class Machine:
    """One database and one Redis of this run, and the processes started on them."""

    def __init__(self, server_url: str, var: Path, *, driver: str = "tests.processes.drive") -> None:
        self.driver = driver
        self.more: dict[str, str] = {}  # what the processes are told besides
        self.var = var
        self.name = f"yec_machine_{os.getpid()}_{uuid.uuid4().hex[:6]}"
        self.server_url = server_url
        self.url = urlunsplit(urlsplit(server_url)._replace(path=f"/{self.name}"))
        self.redis_port = free_port()
        self.redis: subprocess.Popen[bytes] | None = None
        self.processes: list[subprocess.Popen[bytes]] = []
        self.admin = psycopg2.connect(urlunsplit(urlsplit(server_url)._replace(path="/postgres")))
        self.admin.autocommit = True

    # The database and Redis

    def set_up(self, like: Machine | None = None) -> None:
        """Make the database, migrate it, start Redis. ``like``: one just set up, whose empty database is copied."""
        with self.admin.cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{self.name}"' + (f' TEMPLATE "{like.name}"' if like else ""))
        if like is None:
            self.manage("migrate", "--verbosity", "0")
        self.start_redis()

    def tear_down(self) -> None:
        """End every process of this machine and drop the database."""
        self.stop_all()
        self.stop_redis()
        with self.admin.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')
        self.admin.close()

    def start_redis(self) -> None:
        """Start a Redis that keeps nothing, and wait until it answers."""
        options = ["--port", str(self.redis_port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.redis = subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL, cwd=self.var)
        assert waited_for(self._redis_answers, 10, every=0.02)

    def _redis_answers(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.redis_port), timeout=1):
            return True
        return False

    def stop_redis(self) -> None:
        """Kill Redis outright."""
        if self.redis is not None:
            self.redis.kill()
            self.redis.wait()
            self.redis = None

    def flush_redis(self) -> None:
        """Empty Redis."""
        subprocess.run(["redis-cli", "-p", str(self.redis_port), "FLUSHALL"], check=True, capture_output=True)

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Ask the machine's database."""
        connection = psycopg2.connect(self.url)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(statement, values)
                return cursor.fetchall()
        finally:
            connection.close()

    # Processes

    def environment(self, kind: str) -> dict[str, str]:
        """Return what a process is given; PostgreSQL sees ``kind`` as its name."""
        return os.environ | {
            "DATABASE_URL": self.url,
            "CELERY_BROKER_URL": f"redis://127.0.0.1:{self.redis_port}/0",
            "DJANGO_SETTINGS_MODULE": "yangcheng_ec.settings.embedded",
            "EMAIL_URL": "dummymail://",
            "PGAPPNAME": kind,
            "PYTHONPATH": f"{ROOT}:{ROOT / 'warnings'}",
            "VAR_DIR": str(self.var),
            **self.more,
        }

    def start(self, kind: str, *options: str) -> subprocess.Popen[bytes]:
        """Start a worker, a beat or a sweep loop in a process group of its own."""
        command = [*COMMANDS[kind], *options]
        if kind == "beat":
            command += ["--schedule", str(self.var / f"beat-{uuid.uuid4().hex}")]
        with (self.var / f"{kind}.log").open("ab") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment(kind), stdout=log, stderr=log, start_new_session=True
            )
        self.processes.append(process)
        return process

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kill a process with its children, as the machine's owner might: kill -9."""
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self.processes.remove(process)

    def stop_all(self) -> None:
        """Kill whatever was started."""
        for process in list(self.processes):
            self.kill(process)

    def manage(self, *words: str) -> None:
        """Run a management command."""
        subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, env=self.environment("manage"), check=True)

    def drive(self, act: str, **facts: Any) -> Any:
        """Run an act of the driver (``drive.py``) in a process of its own and return its answer."""
        command = [sys.executable, "-m", self.driver, act, json.dumps(facts)]
        done = subprocess.run(command, cwd=ROOT, env=self.environment("drive"), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    # What is seen from outside

    def pending_due(self) -> int:
        """Return how many steps are past their time and not yet fired."""
        statement = "SELECT count(*) FROM deadlines_step WHERE state = 'pending' AND fire_at <= clock_timestamp()"
        return int(self.sql(statement)[0][0])

    def swept(self, seconds: float) -> bool:
        """Wait until nothing is pending past its time."""
        return waited_for(lambda: self.pending_due() == 0, seconds)
