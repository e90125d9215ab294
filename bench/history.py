"""A hundred thousand cases of ten years in seconds: one case of each plan is filed, the rest are made by SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db import connection, models

from directory.models import Category, Grade, Unit, User
from incidents.models import Incident, IncidentGroupObjectPermission, IncidentSearch
from incidents.searching import fold, terms_of
from incidents.services import Intake, incident_file
from yangcheng_ec.deadlines.models import Deadline
from yangcheng_ec.permissions import VIEW_INCIDENT, unit_group_name
from yangcheng_ec.record.models import CaseHead, RecordEntry

THINGS = ("政务网站", "政务外网", "县医院系统", "教育局平台", "通信光缆", "移动基站", "电子政务云", "水务监控系统")
EVENTS = ("被篡改", "遭受攻击", "中断", "数据泄露", "感染勒索病毒", "出现钓鱼邮件", "机房断电", "被挖断")
PLACES = ("凤城镇新阳东街", "润城镇政府", "北留镇工业园", "县数据中心机房", "寺头乡")
OPEN_CASES = 300


def history(*, count: int) -> dict[str, Any]:
    """Make the cases with heads, clocks, record lines, search rows, and what a unit may see; return what to ask for."""
    first = incident_file(
        user=User.objects.get(username="duty"),
        intake=Intake(
            plan="cyber-2025", title="政务外网核心交换机断电", caller_name="李四", incident_unit="shuju",
            reporting_unit="gongan", grade="relatively_serious", description="核心交换机断电，政务外网中断。" * 20,
        ),
    )  # fmt: skip
    with connection.cursor() as cursor:
        _variants(cursor)
        cursor.execute(
            "CREATE TEMP TABLE made AS SELECT i, now() - i * (interval '3650 days' / %s) AS at, i %% 80 AS v "
            "FROM generate_series(1, %s) AS i ORDER BY i DESC",
            [count, count],
        )
        for statement in _statements(first):
            cursor.execute(statement)
        cursor.execute("VACUUM ANALYZE")
    older = Incident.objects.order_by("pk")[count // 2]
    return {"first": first.number, "older": older.number, "total": Incident.objects.count()}


def _variants(cursor: Any) -> None:
    """Write eighty kinds of case, each with its search words; one of them is rare."""
    columns = "v int, title text, description text, location text, text text, terms text"
    cursor.execute(f"CREATE TEMP TABLE variant ({columns})")
    for place in range(80):
        title = THINGS[place % len(THINGS)] + EVENTS[place // 10]
        rare = "量子密钥分发设备告警" if place == 79 else ""
        description = f"值班员接到报告，{title}，影响县直单位 {place} 个，{rare}已通知网络运维单位到场处置。" * 4
        location = PLACES[place % len(PLACES)]
        text = fold(f"{title}\n{description}\n{location}")
        row = [place, title, description, location, text, " ".join(sorted(terms_of(text)))]
        cursor.execute("INSERT INTO variant VALUES (%s, %s, %s, %s, %s, %s)", row)


def _statements(first: Incident) -> list[str]:
    units = list(Unit.objects.order_by("pk").values_list("pk", flat=True))
    townships = list(Unit.objects.filter(kind="township").values_list("pk", flat=True))
    version = first.plan_version_id
    categories = list(Category.objects.filter(version=version).values_list("pk", flat=True))
    grades = list(Grade.objects.filter(version=version).values_list("pk", flat=True))
    codename = VIEW_INCIDENT.split(".")[1]
    permission = Permission.objects.get(content_type__app_label="incidents", codename=codename)
    group = Group.objects.get(name=unit_group_name("gongan"))
    closed = f"m.i > {OPEN_CASES}"
    heads = {
        "kind": "'incident'", "key": "'CY-' || to_char(m.at, 'YYYYMMDD') || '-' || lpad(m.i::text, 6, '0')",
        "created_at": "m.at",
    }  # fmt: skip
    case = {
        "head_id": "h.id", "number": "h.key", "title": "w.title", "description": "w.description",
        "location": "w.location", "received_at": "m.at", "known_at": "m.at", "occurred_at": "m.at", "filed_at": "m.at",
        "state": f"CASE WHEN m.i %% 97 = 0 THEN 'withdrawn' WHEN {closed} THEN 'closed' ELSE 'received' END",
        "category_id": _one_of(categories, 7), "grade_id": _one_of(grades, 11), "incident_unit_id": _one_of(units, 13),
        "reporting_unit_id": _one_of(units, 17), "township_id": _one_of(townships, 19),
        "channel": "(ARRAY['phone','written','fax','email','system'])[1 + (m.i %% 5)::int]",
        "drill": "m.i %% 50 = 0", "closed_at": f"CASE WHEN {closed} THEN m.at + interval '2 days' END",
    }  # fmt: skip
    clock = {
        "head_id": "c.head_id", "subject_id": "c.id", "starts_at": "c.received_at", "created_at": "c.received_at",
        "due_at": "CASE WHEN t.minutes IS NOT NULL THEN c.received_at + t.minutes * interval '1 minute' END",
        "state": "CASE WHEN c.closed_at IS NULL THEN CASE WHEN c.id %% 9 = 0 AND t.minutes IS NOT NULL THEN 'overdue' "
        "ELSE 'running' END WHEN c.id %% 10 = 0 AND t.minutes IS NOT NULL THEN 'met_late' ELSE 'met' END",
        "done_at": "CASE WHEN c.closed_at IS NOT NULL THEN c.received_at + (c.id %% 40) * interval '1 minute' END",
        "recorded_at": "CASE WHEN c.closed_at IS NOT NULL THEN c.received_at + (c.id %% 40) * interval '1 minute' END",
        "overdue_at": "NULL", "case_title": "c.number || ' ' || c.title",
    }  # fmt: skip
    entry = {
        "head_id": "c.head_id", "seq": "t.seq", "done_at": "c.received_at", "recorded_at": "c.received_at",
        "subject_id": "c.id",
    }  # fmt: skip
    made = f"FROM incidents_incident c WHERE c.id <> {first.pk}"
    return [
        statement.replace("%%", "%")
        for statement in (
            _insert(CaseHead, heads, f"FROM made m, record_casehead t WHERE t.id = {first.head_id} ORDER BY m.i DESC"),
            _insert(
                Incident, case,
                f"FROM made m JOIN variant w ON w.v = CASE WHEN m.v = 79 AND m.i %% 2000 <> 79 THEN 1 ELSE m.v END "
                f"JOIN record_casehead h ON h.key = {heads['key']}, incidents_incident t WHERE t.id = {first.pk} "
                "ORDER BY m.i DESC",
            ),
            _insert(
                Deadline, clock,
                f"FROM incidents_incident c, deadlines_deadline t WHERE t.head_id = {first.head_id} "
                f"AND c.id <> {first.pk}",
            ),
            _insert(
                RecordEntry, entry,
                f"FROM incidents_incident c, record_recordentry t WHERE t.head_id = {first.head_id} AND t.seq <= 3 "
                f"AND c.id <> {first.pk}",
            ),
            f"INSERT INTO {IncidentSearch._meta.db_table} (incident_id, text, terms) SELECT c.id, w.text, w.terms "  # noqa: S608
            "FROM incidents_incident c JOIN variant w ON w.title = c.title AND w.location = c.location "
            f"AND w.description = c.description WHERE c.id <> {first.pk}",
            f"INSERT INTO {IncidentGroupObjectPermission._meta.db_table} (content_object_id, group_id, permission_id) "
            f"SELECT c.id, {group.pk}, {permission.pk} {made} AND c.id %% 10 = 0",
        )
    ]  # fmt: skip


def _one_of(ids: Sequence[int], step: int) -> str:
    return f"(ARRAY{list(ids)})[1 + (m.i * {step} / 3 %% {len(ids)})::int]"


def _insert(model: type[models.Model], values: Mapping[str, str], source: str) -> str:
    """Return a statement that copies the template row ``t`` with some columns made anew."""
    columns = [field.column for field in model._meta.concrete_fields if not field.primary_key]
    taken = ", ".join(values.get(name, f't."{name}"') for name in columns)
    return f"INSERT INTO {model._meta.db_table} ({', '.join(columns)}) SELECT {taken} {source}"
