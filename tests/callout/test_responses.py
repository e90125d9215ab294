"""Units told of a response are called out; signing for a task answers it; decisions that wait are called at once."""

from __future__ import annotations

from typing import Any

import pytest

from directory.choices import PostKind
from response import services
from response.models import Response
from tests.callout.support import fire_after
from tests.response.factories import account, active, ended, propose
from yangcheng_ec.callout.models import Callout
from yangcheng_ec.deadlines.models import Delivery, Notice
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db


def callout_of(response: Response, code: str) -> Callout:
    """Return the call-out of a unit for the start of a response."""
    rows = Callout.objects.select_related("cause")
    return rows.get(cause__subject_id=response.pk, cause__kind="response.activated", unit_code=code)


@pytest.fixture
def running(people: Any, db: None) -> Response:
    return active(people)


def test_each_unit_with_tasks_is_called_out_once_with_its_own_words(running: Response) -> None:
    rows = Callout.objects.filter(cause__subject_id=running.pk, cause__kind="response.activated")
    units = set(running.tasks.exclude(unit=None).values_list("unit__code", flat=True))
    assert units <= set(rows.values_list("unit_code", flat=True))
    assert rows.count() == rows.values("unit_code").distinct().count()
    row = callout_of(running, "shuju")
    count = running.tasks.filter(unit__code="shuju").count()
    assert f"{count}项任务" in row.cause.title
    assert Notice.objects.filter(asks__callout=row).count() == 1


def test_signing_for_a_task_confirms_and_feedback_is_a_measure(running: Response, people: Any) -> None:
    user, task = people["unit_shuju"], running.tasks.filter(unit__code="shuju").first()
    assert task is not None
    services.task_acknowledge(task_id=task.pk, version=task.version, user=user)
    row = callout_of(running, "shuju")
    assert (row.state, row.confirmed_how, row.confirmed_by) == ("confirmed", "task", user.display_name)
    assert not row.steps.filter(state="pending").exists()
    assert RecordEntry.objects.filter(kind="callout.confirmed", data__target="unit:shuju").count() == 1
    task.refresh_from_db()
    services.task_feedback(task_id=task.pk, version=task.version, user=user, text="已隔离主机")
    row.refresh_from_db()
    assert row.measures_at is not None


def test_the_office_signing_by_phone_names_who_said_so(running: Response, people: Any) -> None:
    task = running.tasks.filter(unit__code="shuju").first()
    assert task is not None
    behalf = services.Behalf(said_by="杨帆")
    services.task_acknowledge(task_id=task.pk, version=task.version, user=people["duty"], behalf=behalf)
    assert callout_of(running, "shuju").confirmed_by == "杨帆"


def test_a_second_task_signed_for_changes_nothing(running: Response, people: Any) -> None:
    for task in running.tasks.filter(unit__code="shuju")[:2]:
        services.task_acknowledge(task_id=task.pk, version=task.version, user=people["unit_shuju"])
    assert RecordEntry.objects.filter(kind="callout.confirmed", data__target="unit:shuju").count() == 1


def test_the_end_settles_what_nobody_confirmed(running: Response, people: Any) -> None:
    ended(people, running)
    rows = Callout.objects.filter(cause__subject_id=running.pk, cause__kind="response.activated")
    assert set(rows.values_list("state", flat=True)) == {"settled"}
    fire_after(60)
    assert not rows.filter(steps__state="fired").exists()


def test_whoever_decides_is_telephoned_at_once_and_settled_by_the_decision(people: Any, db: None) -> None:
    response = propose(people)
    rows = Callout.objects.filter(cause__subject_id=response.pk, cause__kind="response.approve_response")
    commander = account(people, "cyber-2025", PostKind.COMMANDER)
    assert rows.filter(user=commander).exists()
    assert Delivery.objects.filter(notice__asks__callout__in=rows, channel="phone").count() == rows.count()
    services.response_approve(response_id=response.pk, version=response.version, user=commander)
    assert set(rows.values_list("state", flat=True)) == {"settled"}
    assert not Delivery.objects.filter(notice__asks__callout__in=rows, channel="phone", state="queued").exists()


def test_the_page_follows_the_units_live(
    running: Response, client_for: Any, people: Any, django_assert_max_num_queries: Any
) -> None:
    client, address = client_for("duty"), f"/response/{running.number}/callouts/"
    text = client.get(f"/response/{running.number}/").content.decode()
    assert "单位叫应进度" in text
    assert f'hx-get="{address}"' in text
    first = client.get(address)
    assert "还没有确认的" in first.content.decode()
    with django_assert_max_num_queries(12):
        assert client.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 304
    assert client_for("unit_gongan").get(address).status_code == 404
    assert client.post(address).status_code == 405
    assert client.get("/response/XY-0/callouts/").status_code == 404


def test_before_the_start_the_page_follows_whoever_decides(people: Any, client_for: Any, db: None) -> None:
    text = client_for("duty").get(f"/response/{propose(people).number}/").content.decode()
    assert "审批人叫应" in text
    assert "已反馈措施" not in text
