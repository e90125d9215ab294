"""The process answers; readiness says database, broker and heartbeat; a broker that is down holds up nothing."""

from __future__ import annotations

import socket
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone

from yangcheng_ec import views
from yangcheng_ec.celery import app
from yangcheng_ec.deadlines.models import Heartbeat
from yangcheng_ec.deadlines.services import heartbeat_touch


def closed_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(autouse=True)
def calm(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """A broker in this process's memory, and a heartbeat that a busy machine does not turn red."""
    settings.SWEEP_HEARTBEAT_RED_SECONDS = 60
    monkeypatch.setattr(app.conf, "broker_read_url", "memory://")


def ready(client: Client) -> tuple[int, dict[str, Any]]:
    """Return the status and body of /readyz."""
    answer = client.get("/readyz")
    return answer.status_code, answer.json()


def test_the_process_answers_without_a_database(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_all_is_well(db: None, client: Client) -> None:
    Heartbeat.objects.all().delete()
    heartbeat_touch("sweep")
    assert ready(client) == (200, {"ready": True, "database": "ok", "broker": "ok", "sweep": "ok"})


def test_nobody_swept_yet(db: None, client: Client) -> None:
    Heartbeat.objects.all().delete()
    status, body = ready(client)
    assert (status, body["sweep"]) == (200, "unknown")


def test_nobody_sweeps_any_more(db: None, client: Client) -> None:
    Heartbeat.objects.update_or_create(name="sweep", defaults={"beat_at": timezone.now() - timedelta(seconds=61)})
    status, body = ready(client)
    assert (status, body["ready"], body["sweep"]) == (503, False, "red")


def test_a_dead_broker_is_said_quickly_and_the_system_is_ready(
    db: None, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.conf, "broker_read_url", f"redis://127.0.0.1:{closed_port()}/0")
    heartbeat_touch("sweep")
    begun = timezone.now()
    status, body = ready(client)
    assert (status, body["broker"]) == (200, "down")
    assert timezone.now() - begun < timedelta(seconds=10)


def test_a_database_that_is_down_is_said(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr(views.connection, "cursor", refuse)
    assert ready(client) == (503, {"ready": False, "database": "down", "broker": "ok", "sweep": "unknown"})
    assert connection.vendor in {"sqlite", "postgresql"}
