"""The embedded database, with real processes: WAL and IMMEDIATE are in force, a lock is waited for, then said."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

# One group, one worker: the file is made once.
pytestmark = [pytest.mark.embedded, pytest.mark.xdist_group("sqlite-file")]
ROOT = Path(__file__).resolve().parent.parent.parent
PRELUDE = """
import json, sys, time, django
django.setup()
from django.db import connection, transaction
from yangcheng_ec.record.models import CaseHead, RecordEntry
from yangcheng_ec.record.services import Line, case_lock, head_create, head_named, record_append
from yangcheng_ec.numbers import number_next
from yangcheng_ec.clock import database_now
"""


class Embedded:
    """A database file as `make run` has it."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.file = var / "db.sqlite3"
        self.environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | {
            "VAR_DIR": str(var),
            "DJANGO_SETTINGS_MODULE": "yangcheng_ec.settings.embedded",
            "PYTHONPATH": f"{ROOT}:{ROOT / 'warnings'}",
        }

    def manage(self, *words: str) -> None:
        """Run a management command."""
        subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, env=self.environment, check=True)

    def run(self, code: str) -> Any:
        """Run code in a process of its own and return the JSON it prints last."""
        command = [sys.executable, "-c", PRELUDE + code]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Embedded:
    """A file with its tables."""
    found = Embedded(tmp_path_factory.mktemp("embedded"))
    found.run("from yangcheng_ec.schema import schema_bring_up\nprint(json.dumps(schema_bring_up()))")
    return found


@pytest.fixture
def locked(embedded: Embedded) -> Iterator[sqlite3.Connection]:
    """The file, locked for writing by somebody else."""
    other = sqlite3.connect(embedded.file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield other
    other.close()


def test_wal_immediate_and_the_waiting_time_are_in_force(embedded: Embedded) -> None:
    answer = embedded.run("""
head_create(kind="incident", key="mode-1")
with connection.cursor() as cursor:
    def ask(name):
        return cursor.execute(f"PRAGMA {name}").fetchone()[0]
    found = {name: ask(name) for name in ("journal_mode", "busy_timeout", "recursive_triggers", "foreign_keys")}
    statements = []
    connection.connection.set_trace_callback(statements.append)
    with transaction.atomic():
        CaseHead.objects.first()
    found["begun"] = statements[0]
print(json.dumps(found))
""")
    assert answer == {
        "journal_mode": "wal",
        "busy_timeout": 5000,
        "recursive_triggers": 1,
        "foreign_keys": 1,
        "begun": "BEGIN IMMEDIATE",
    }


def test_the_append_only_triggers_stand_in_the_file(embedded: Embedded) -> None:
    embedded.run('head = head_named("t-1"); record_append(head, Line("note", "一")); print(1)')
    plain = sqlite3.connect(embedded.file)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        plain.execute("UPDATE record_recordentry SET text = 'x'")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        plain.execute("DELETE FROM record_recordentry")
    plain.close()


def test_a_short_lock_is_waited_for(embedded: Embedded, locked: sqlite3.Connection) -> None:
    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(embedded.run, 'print(head_create(kind="incident", key="waited").pk)')
        time.sleep(3)
        assert not writing.done()
        locked.execute("ROLLBACK")
        assert writing.result(timeout=20) > 0


def test_a_reader_does_not_wait(embedded: Embedded, locked: sqlite3.Connection) -> None:
    took = embedded.run("begun = time.monotonic(); CaseHead.objects.count(); print(time.monotonic() - begun)")
    assert took < 3


def test_a_long_lock_is_said_after_five_seconds_and_nothing_is_written(
    embedded: Embedded, locked: sqlite3.Connection
) -> None:
    answer = embedded.run("""
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import RequestFactory, override_settings
from yangcheng_ec.api.errors import exception_handler
from yangcheng_ec.middleware import DomainErrorMiddleware

begun, error = time.monotonic(), None
try:
    with transaction.atomic():
        head_create(kind="incident", key="never")
except Exception as raised:
    error = raised
waited = time.monotonic() - begun
request = RequestFactory().post("/incidents/new/", {"title": "机房断电"})
request.user = AnonymousUser()
plain = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
with override_settings(STORAGES=plain):
    page = DomainErrorMiddleware(lambda r: HttpResponse()).process_exception(request, error)
answer = exception_handler(error, {})
print(json.dumps({"waited": waited, "page": page.status_code, "words": page.content.decode(),
    "api": [answer.status_code, answer.data], "written": CaseHead.objects.filter(key="never").exists()}))
""")
    assert 4.5 <= answer["waited"] <= 12
    assert answer["page"] == 409
    assert "本次操作没有写入" in answer["words"]
    assert "机房断电" in answer["words"]
    status, body = answer["api"]
    assert (status, body["code"]) == (409, "busy")
    assert answer["written"] is False


WRITER = """
numbers = []
for place in range(60):
    with transaction.atomic():
        CaseHead.objects.count()                      # a read that turns into a write
        numbers.append(number_next("CY", at=database_now()))
        record_append(head_named("both"), Line("note", numbers[-1]))
print(json.dumps(numbers))
"""


def test_processes_write_at_once_without_locked_errors(embedded: Embedded) -> None:
    with ThreadPoolExecutor(3) as pool:
        numbers = [number for some in pool.map(embedded.run, [WRITER] * 3) for number in some]
    assert len(set(numbers)) == 180
    found = embedded.run("""
from yangcheng_ec.record.selectors import verify_chain
head = CaseHead.objects.get(key="both")
print(json.dumps([head.seq, verify_chain(head) is None]))
""")
    assert found == [180, True]


def test_two_sweeps_share_the_file(embedded: Embedded) -> None:
    embedded.run("from tests.processes import drive; drive.people(); print(1)")
    embedded.run("from tests.processes import drive; drive.clocks(count=120); print(1)")
    sweep = "from tests.processes import drive; print(drive.sweep_hard(seconds=4))"
    with ThreadPoolExecutor(2) as pool:
        swept = list(pool.map(embedded.run, [sweep] * 2))
    assert sum(swept) == 120
    report = embedded.run("from tests.processes import drive; print(json.dumps(drive.report()))")
    assert (report["fired"], report["pending"], report["notices"]) == (120, 0, 240)
    assert (report["lines_doubled"], report["lines_missing"], report["broken_chains"]) == (0, 0, [])
