"""Real processes on PostgreSQL and Redis; skipped, with the reason, where there is no PostgreSQL."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest

from tests.processes.harness import Machine

URL = os.environ.get("DATABASE_URL", "")


@pytest.fixture(scope="session")
def django_db_setup() -> None:
    """Nothing here uses the test database."""


@pytest.fixture(scope="session")
def bare_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A migrated database that nobody writes to: migrating takes half a minute, copying it a second."""
    if not URL.startswith(("postgres", "psql")):
        pytest.skip("real processes need PostgreSQL: set DATABASE_URL=postgres://…")
    if shutil.which("redis-server") is None:
        pytest.skip("real processes need the redis-server binary")
    machine = Machine(URL, tmp_path_factory.mktemp("bare"))
    machine.set_up()
    yield machine
    machine.tear_down()


@pytest.fixture(scope="session")
def one_machine(bare_machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A database and a Redis for all of these tests."""
    machine = Machine(URL, tmp_path_factory.mktemp("machine"))
    machine.set_up(like=bare_machine)
    machine.drive("people")
    yield machine
    machine.tear_down()


@pytest.fixture
def machine(one_machine: Machine) -> Iterator[Machine]:
    """The machine with no process running, before and after."""
    if one_machine.redis is None:
        one_machine.start_redis()
    one_machine.flush_redis()
    yield one_machine
    one_machine.stop_all()
