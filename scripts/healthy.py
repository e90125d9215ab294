"""Answer a container's health check: exit 0 when the named process does its work.

``web`` answers ``/healthz``, ``worker`` answers a ping over the broker, ``beat`` touched its schedule file of late,
``sweep`` is judged by the heartbeat row that ``/readyz`` also shows.
"""

import os
import sys
import time
import urllib.request
from pathlib import Path

BEAT_SCHEDULE = Path("/tmp/beat-schedule")  # noqa: S108
BEAT_SILENCE_SECONDS = 300


def web() -> bool:
    """Return whether the web process of this container answers."""
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0]
    headers = {"Host": host.lstrip(".") or "localhost", "X-Forwarded-Proto": "https"}
    request = urllib.request.Request("http://127.0.0.1:8000/healthz", headers=headers)
    with urllib.request.urlopen(request, timeout=4) as answer:  # noqa: S310
        return bool(answer.status == 200)


def worker() -> bool:
    """Return whether this container's worker answers a ping."""
    from yangcheng_ec.celery import app

    name = f"celery@{os.uname().nodename}"
    return bool(app.control.ping(destination=[name], timeout=5))


def beat() -> bool:
    """Return whether beat has written its schedule of late (it does so every three minutes)."""
    files = list(BEAT_SCHEDULE.parent.glob(BEAT_SCHEDULE.name + "*"))
    return bool(files) and time.time() - max(file.stat().st_mtime for file in files) < BEAT_SILENCE_SECONDS


def sweep() -> bool:
    """Return whether somebody sweeps, by the heartbeat row."""
    import django

    django.setup()
    from yangcheng_ec.deadlines import selectors

    return selectors.heartbeat_state() == "ok"


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    sys.exit(0 if {"web": web, "worker": worker, "beat": beat, "sweep": sweep}[sys.argv[1]]() else 1)
