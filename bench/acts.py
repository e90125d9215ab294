"""Acts of the benchmarks inside the measured database, each run as a process: ``python -m bench.acts ACT JSON``."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth.models import Group, Permission  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client, override_settings  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402
from rest_framework.authtoken.models import Token  # noqa: E402

from bench.history import history  # noqa: E402
from directory.models import User  # noqa: E402
from incidents.models import Incident, IncidentGroupObjectPermission  # noqa: E402
from incidents.services import Intake, incident_file  # noqa: E402
from yangcheng_ec.deadlines.models import Deadline  # noqa: E402
from yangcheng_ec.permissions import VIEW_INCIDENT, unit_group_name  # noqa: E402
from yangcheng_ec.record.models import CaseHead  # noqa: E402

PLAIN = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
FACTS = {
    "title": "政务外网核心交换机断电", "channel": "phone", "caller_name": "李四", "caller_number": "03564220000",
    "location": "凤城镇新阳东街", "incident_unit": "shuju", "reporting_unit": "gongan", "source": "值班巡检",
    "description": "核心交换机断电，政务外网中断。" * 20, "measures_taken": "启用备用电源。" * 10,
    "impact_scope": "县直 32 个单位", "trend": "仍在扩大",
}  # fmt: skip


def prepare() -> dict[str, str]:
    """Load both plans and the demo people; return tokens and session keys of an officer and of a unit's user."""
    call_command("load_plans", verbosity=0)
    call_command("demo_accounts", password="bench-password-1", verbosity=0)
    found = {}
    for name in ("duty", "unit_gongan"):
        user = User.objects.get(username=name)
        found[f"{name}_token"] = Token.objects.get_or_create(user=user)[0].key
        session = SessionStore()
        session.update(
            {
                "_auth_user_id": str(user.pk),
                "_auth_user_backend": "django.contrib.auth.backends.ModelBackend",
                "_auth_user_hash": user.get_session_auth_hash(),
            }
        )
        session.create()
        found[f"{name}_session"] = str(session.session_key)
    return found


def cases(*, count: int) -> int:
    """Make so many cases, each with a case's clocks, all visible to the unit: one is filed, the rest are its copies."""
    first = _filed()
    clocks = list(Deadline.objects.filter(head=first.head))
    now = timezone.now()
    heads = CaseHead.objects.bulk_create(
        [CaseHead(kind="incident", key=f"CY-20250101-{place:05d}", created_at=now) for place in range(count - 1)],
        batch_size=2000,
    )
    rows = Incident.objects.bulk_create(
        [_copy(first, head, place) for place, head in enumerate(heads)], batch_size=2000
    )
    Deadline.objects.bulk_create([_clock(c, row) for row in rows for c in clocks], batch_size=2000)
    permission = Permission.objects.get(
        content_type__app_label=VIEW_INCIDENT.split(".")[0], codename=VIEW_INCIDENT.split(".")[1]
    )
    group = Group.objects.get(name=unit_group_name("gongan"))
    IncidentGroupObjectPermission.objects.bulk_create(
        [IncidentGroupObjectPermission(content_object=row, group=group, permission=permission) for row in rows],
        batch_size=5000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return Incident.objects.count()


def _filed() -> Incident:
    return incident_file(user=User.objects.get(username="duty"), intake=Intake(plan="cyber-2025", **FACTS), key="")


def _copy(first: Incident, head: CaseHead, place: int) -> Incident:
    row: Incident = _cloned(first)
    row.head, row.number = head, head.key
    row.received_at = first.received_at - timedelta(minutes=place)
    return row


def _cloned(row: Any) -> Any:
    """Return a new row with the same values."""
    values = {
        field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if not field.primary_key
    }
    return type(row)(**values)


def _clock(clock: Deadline, row: Incident) -> Deadline:
    twin: Deadline = _cloned(clock)
    twin.head_id, twin.subject_id = row.head_id, row.pk
    return twin


def statements(*, paths: list[str], users: Sequence[str] = ("duty", "unit_gongan")) -> dict[str, dict[str, int]]:
    """Count the SQL statements of pages and API lists for an officer and for a unit's user."""
    found: dict[str, dict[str, int]] = {}
    with override_settings(STORAGES=PLAIN, ALLOWED_HOSTS=["*"]):
        for name in users:
            client = Client()
            client.force_login(User.objects.get(username=name), backend=settings.AUTHENTICATION_BACKENDS[0])
            for path in paths:
                client.get(path)
                with CaptureQueriesContext(connection) as queries:
                    assert client.get(path).status_code == 200, path
                found.setdefault(path, {})[name] = len(queries)
    return found


if __name__ == "__main__":
    acts = {f.__name__: f for f in (prepare, cases, history, statements)}
    print(json.dumps(acts[sys.argv[1]](**json.loads(sys.argv[2]))))  # type: ignore[operator]
