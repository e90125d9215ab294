"""Tasks: a unit's own people, 代录 by the office, isolation, reassigning, adding, one notice for each unit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from directory.models import Unit
from response.models import Response, Task
from response.selectors import tasks_visible_to
from response.services import (
    Behalf,
    response_handover,
    response_reinforce,
    task_acknowledge,
    task_add,
    task_complete,
    task_feedback,
    task_reassign,
    task_return,
    tasks_acknowledge_all,
)
from tests.response.factories import active
from yangcheng_ec.deadlines.models import Notice
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, StaleVersion, WrongState

pytestmark = pytest.mark.django_db


@pytest.fixture
def response(people: Any) -> Response:
    return active(people, level=1)


@pytest.fixture
def task(response: Response) -> Task:
    return response.tasks.filter(unit__code="gongan").first()


def given(task: Task, user: Any, **more: Any) -> dict[str, Any]:
    return {"task_id": task.pk, "version": Task.objects.get(pk=task.pk).version, "user": user, **more}


def test_a_unit_signs_reports_and_completes(people: Any, task: Task) -> None:
    unit = people["unit_gongan"]
    assert task_acknowledge(**given(task, unit)).state == "acknowledged"
    assert task_feedback(**given(task, unit, text="已到场")).state == "in_progress"
    done = task_complete(**given(task, unit, text="已查明"))
    assert done.state == "done"
    assert [event.kind for event in task.events.all()] == ["assigned", "acknowledged", "feedback", "done"]


def test_a_task_is_not_completed_without_words_or_signature(people: Any, task: Task) -> None:
    unit = people["unit_gongan"]
    with pytest.raises(WrongState, match="签收"):
        task_complete(**given(task, unit, text="x"))
    task_acknowledge(**given(task, unit))
    with pytest.raises(BadInput):
        task_complete(**given(task, unit, text=" "))


def test_another_units_task_does_not_exist_for_a_unit(people: Any, task: Task) -> None:
    with pytest.raises(NotVisible):
        task_acknowledge(**given(task, people["unit_dianxin"]))
    assert not tasks_visible_to(people["unit_dianxin"]).filter(unit__code="gongan").exists()
    assert set(tasks_visible_to(people["unit_gongan"]).values_list("unit__code", flat=True)) == {"gongan"}


def test_a_stale_version_is_refused(people: Any, task: Task) -> None:
    task_acknowledge(**given(task, people["unit_gongan"]))
    with pytest.raises(StaleVersion):
        task_feedback(task_id=task.pk, version=task.version, user=people["unit_gongan"], text="x")


def test_the_office_enters_what_a_unit_said_and_names_who(people: Any, task: Task) -> None:
    with pytest.raises(BadInput) as refused:
        task_acknowledge(**given(task, people["duty"]))
    assert "said_by" in refused.value.fields
    Task.objects.filter(pk=task.pk).update(assigned_at=timezone.now() - timedelta(hours=1))
    heard = Behalf(said_by="值班员老王", done_at=timezone.now() - timedelta(minutes=20))
    task_acknowledge(**given(task, people["duty"], behalf=heard))
    event = task.events.get(kind="acknowledged")
    assert event.on_behalf
    assert event.said_by == "值班员老王"
    late = Behalf(said_by="x", done_at=timezone.now() + timedelta(hours=1))
    with pytest.raises(BadInput):
        task_feedback(**given(task, people["duty"], text="x", behalf=late))


def test_the_command_of_the_other_plan_enters_nothing(people: Any, task: Task) -> None:
    with pytest.raises(Forbidden):
        task_acknowledge(**given(task, people["comms_duty"], behalf=Behalf(said_by="x")))


def test_a_returned_task_calls_the_office_which_gives_it_to_another(people: Any, task: Task) -> None:
    with pytest.raises(BadInput):
        task_return(**given(task, people["unit_gongan"], reason=""))
    task_return(**given(task, people["unit_gongan"], reason="非本单位职责"))
    assert Notice.objects.filter(kind="response.task_returned", urgent=True, recipient=people["office"]).exists()
    other = Unit.objects.get(code="zhengfuban")
    moved = task_reassign(**given(task, people["office"], unit=other, reason="改由该单位"))
    assert (moved.state, moved.assignee_label, moved.non_plan) == ("assigned", other.name, True)
    assert tasks_visible_to(people["unit_zhengfuban"]).filter(pk=task.pk).exists()
    assert not tasks_visible_to(people["unit_gongan"]).filter(pk=task.pk).exists()


def test_a_unit_does_not_reassign(people: Any, task: Task) -> None:
    with pytest.raises(Forbidden):
        task_reassign(**given(task, people["unit_gongan"], unit=None, reason="x"))


def test_a_unit_does_not_get_the_same_task_twice(people: Any, response: Response) -> None:
    row = response.tasks.filter(kind="all_members", unit__code="gongan").first()
    with pytest.raises(BadInput):
        task_reassign(**given(row, people["office"], unit=Unit.objects.get(code="dianxin"), reason="x"))


def test_a_task_by_hand_goes_also_to_a_unit_the_plan_does_not_list(people: Any, response: Response) -> None:
    unit = Unit.objects.get(code="zhengfuban")
    added = task_add(
        response_id=response.pk,
        version=response.version,
        unit=unit,
        title="协调会场",
        text="安排会商会场",
        user=people["office"],
    )
    assert added.non_plan
    assert added.clause.startswith("网络预案")
    assert tasks_visible_to(people["unit_zhengfuban"]).filter(pk=added.pk).exists()
    with pytest.raises(BadInput):
        task_add(
            response_id=response.pk,
            version=response.version,
            unit=unit,
            title="x",
            text="x",
            user=people["office"],
            due_at=timezone.now() - timedelta(minutes=1),
        )


def test_one_notice_for_each_unit_however_many_tasks(people: Any, response: Response) -> None:
    notices = Notice.objects.filter(kind="response.activated", subject_id=response.pk)
    told = list(notices.values_list("unit_code", "recipient_label"))
    assert len(told) == len(set(told))
    units = set(response.tasks.filter(unit__isnull=False).values_list("unit__code", flat=True))
    assert {code for code, _ in told} == units
    assert response.tasks.filter(unit__code="shuju").count() > 1


def test_a_unit_signs_for_everything_at_once(people: Any, response: Response) -> None:
    count = response.tasks.filter(unit__code="shuju").count()
    assert tasks_acknowledge_all(user=people["unit_shuju"]) == count
    assert tasks_acknowledge_all(user=people["unit_shuju"]) == 0
    with pytest.raises(Forbidden):
        tasks_acknowledge_all(user=people["auditor"])


def test_a_handover_makes_the_tasks_that_waited_for_it(people: Any, response: Response) -> None:
    rows = response.level.measures.filter(actors__on_event="handover")
    assert rows.exists()
    done = response_handover(
        response_id=response.pk, version=response.version, to="市指挥部", note="市局电话通知", user=people["commander"]
    )
    assert done.handed_over_to == "市指挥部"
    assert response.tasks.filter(actor__on_event="handover").exists()
    with pytest.raises(WrongState):
        response_handover(response_id=response.pk, version=done.version, to="x", note="x", user=people["commander"])


def test_reinforcement_may_be_asked_twice_its_tasks_are_made_once(people: Any) -> None:
    response = active(people, "comms-2022", level=2)
    version = response.version
    for _ in range(2):
        version = response_reinforce(
            response_id=response.pk, version=version, to="市通信管理局", request="发电车", user=people["comms_office"]
        ).version
    assert response.tasks.filter(actor__on_event="reinforcement").count() == 1
