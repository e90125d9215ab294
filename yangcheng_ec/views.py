"""Pages of the system itself: health, readiness, an expired form."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from yangcheng_ec.deadlines.selectors import heartbeat_state

__all__ = ["csrf_failure", "healthz", "readyz"]


def healthz(request: HttpRequest) -> JsonResponse:
    """Say that the process answers."""
    return JsonResponse({"status": "ok"})


def readyz(request: HttpRequest) -> JsonResponse:
    """Say whether database, broker and the sweep's heartbeat are well; 503 when the database is not.

    A broker that is down does not make the system unready: the sweep loop runs the clocks.
    """
    state = {"database": _database(), "broker": _broker(), "sweep": "unknown"}
    if state["database"] == "ok":
        state["sweep"] = heartbeat_state()
    ready = state["database"] == "ok" and state["sweep"] != "red"
    return JsonResponse({"ready": ready, **state}, status=200 if ready else 503)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer an expired form: what was typed is shown again so that nothing is lost (DESIGN §5)."""
    typed = [(name, value) for name, value in request.POST.items() if name not in ("csrfmiddlewaretoken", "password")]
    context: dict[str, Any] = {"typed": typed, "reason": reason, "back": request.path}
    return render(request, "errors/csrf.html", context, status=403)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "down"
    return "ok"


def _broker() -> str:
    from yangcheng_ec.celery import app

    try:
        with app.connection_for_read() as broker:
            broker.ensure_connection(max_retries=0, timeout=1)
    except Exception:
        return "down"
    return "ok" if settings.CELERY_BROKER_URL else "none"
