"""Tasks while a response runs: parts, local due times, chasing, what is overdue, group leads, the board."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from directory.models import Unit
from response.models import Response, Task, TaskEvent
from response.running import services
from response.running.selectors import board_of, loaded_units
from response.selectors import led_groups, task_for, tasks_visible_to
from response.services import task_acknowledge, task_complete, task_reassign, tasks_acknowledge_all
from tests.response.factories import active, ended
from tests.response.running import fresh, given
from yangcheng_ec.deadlines.models import Delivery, Notice
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, StaleVersion, WrongState
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def response(people: Any) -> Response:
    return active(people, level=1)


@pytest.fixture
def task(response: Response) -> Task:
    return response.tasks.filter(unit__code="gongan").first()


def on(task: Task, user: Any, **more: Any) -> dict[str, Any]:
    return {"task_id": task.pk, "version": fresh(task).version, "user": user, **more}


def test_the_office_gives_a_part_to_another_unit_and_the_whole_waits_for_it(people: Any, task: Task) -> None:
    other = Unit.objects.get(code="zhengfuban")
    part = services.task_split(**on(task, people["office"], title="协调现场", text="提供会场", unit=other))
    assert (part.parent, part.unit, part.non_plan, part.clause) == (task, other, True, task.clause)
    assert tasks_visible_to(people["unit_zhengfuban"]).filter(pk=part.pk).exists()
    task_acknowledge(**on(task, people["unit_gongan"]))
    with pytest.raises(WrongState, match="子任务"):
        task_complete(**on(task, people["unit_gongan"], text="已办"))
    task_acknowledge(**on(part, people["unit_zhengfuban"]))
    task_complete(**on(part, people["unit_zhengfuban"], text="会场已备"))
    assert task_complete(**on(task, people["unit_gongan"], text="已办")).state == "done"


def test_a_unit_divides_its_task_among_its_own_people_only(people: Any, task: Task) -> None:
    part = services.task_split(**on(task, people["unit_gongan"], title="取证", text="镜像服务器", label="网安大队"))
    assert part.assignee_label == "县公安局（网安大队）"
    assert not Notice.objects.filter(kind="response.activated", dedupe_key__contains=f"tasks:{part.pk}:").exists()
    with pytest.raises(WrongState, match="不能再分解"):
        services.task_split(**on(part, people["unit_gongan"], title="x", text="x"))
    other = Unit.objects.get(code="dianxin")
    with pytest.raises(Forbidden):
        services.task_split(**on(task, people["unit_gongan"], title="x", text="x", unit=other))
    with pytest.raises(NotVisible):
        services.task_split(**on(task, people["unit_dianxin"], title="x", text="x"))


def test_a_due_time_is_local_is_set_by_the_office_and_moved_with_a_reason(people: Any, task: Task) -> None:
    later = timezone.now() + timedelta(hours=2)
    done = services.task_due_set(**on(task, people["office"], due_at=later))
    assert done.due_at == later
    assert "非预案规定" in done.events.last().text
    with pytest.raises(BadInput) as refused:
        services.task_due_set(**on(task, people["office"], due_at=later + timedelta(hours=1)))
    assert "reason" in refused.value.fields
    with pytest.raises(BadInput):
        services.task_due_set(**on(task, people["office"], due_at=timezone.now() - timedelta(minutes=1), reason="x"))
    with pytest.raises(BadInput):
        services.task_due_set(**on(task, people["office"], due_at=later + timedelta(days=400), reason="x"))
    with pytest.raises(Forbidden):
        services.task_due_set(**on(task, people["unit_gongan"], due_at=later, reason="x"))
    with pytest.raises(StaleVersion):
        services.task_due_set(task_id=task.pk, version=0, due_at=later, user=people["office"])


def test_the_sweep_marks_what_is_overdue_once_and_tells_unit_and_office(people: Any, task: Task) -> None:
    services.task_due_set(**on(task, people["office"], due_at=timezone.now() + timedelta(minutes=30)))
    assert services.tasks_overdue_round() == 0
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        assert services.tasks_overdue_round() == 1
        assert services.tasks_overdue_round() == 0
    late = fresh(task)
    assert late.late
    assert late.state == task.state
    line = RecordEntry.objects.filter(kind="task.overdue", subject_id=task.pk).get()
    assert (line.actor_name, line.clause) == ("系统", task.clause)
    told = Notice.objects.filter(kind="response.task_overdue")
    assert told.filter(recipient=people["office"]).exists()
    assert told.filter(unit_code="gongan").exists()
    later = timezone.now() + timedelta(hours=3)
    assert not services.task_due_set(**on(task, people["office"], due_at=later, reason="延期")).late


def test_what_is_done_or_over_is_never_overdue(people: Any, response: Response, task: Task) -> None:
    other = response.tasks.filter(unit__code="shuju").first()
    for row in (task, other):
        services.task_due_set(**on(row, people["office"], due_at=timezone.now() + timedelta(minutes=30)))
    task_acknowledge(**on(task, people["unit_gongan"]))
    task_complete(**on(task, people["unit_gongan"], text="已办"))
    ended(people, response)
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        assert services.tasks_overdue_round() == 0


def test_chasing_a_task_tells_its_unit_loudly_and_goes_on_the_call_sheet(people: Any, task: Task) -> None:
    chased = services.task_chase(**on(task, people["office"], text="请立即签收"))
    assert chased.chased_at is not None
    assert chased.state == "assigned"
    told = Notice.objects.filter(kind="response.task_chased")
    assert told.exists()
    assert set(told.values_list("unit_code", flat=True)) == {"gongan"}
    assert Delivery.objects.filter(notice__in=told, channel="phone").exists()
    with pytest.raises(Forbidden):
        services.task_chase(**on(task, people["unit_gongan"], text="x"))
    with pytest.raises(BadInput):
        services.task_chase(**on(task, people["office"], text=" "))
    own = task.response.tasks.filter(unit__isnull=True).first()
    with pytest.raises(WrongState):
        services.task_chase(**on(own, people["office"], text="x"))


def test_one_press_chases_everybody_once(people: Any, response: Response) -> None:
    waiting = response.tasks.filter(state="assigned", unit__isnull=False)
    count, named = waiting.count(), set(waiting.values_list("unit__code", flat=True))
    assert services.tasks_chase(**given(response, people["office"], text="请签收")) == count
    told = list(Notice.objects.filter(kind="response.task_chased").values_list("unit_code", "recipient_label"))
    assert len(told) == len(set(told))
    assert {code for code, _ in told} == named
    unit = Unit.objects.get(code="zhengfuban")
    with pytest.raises(WrongState):
        services.tasks_chase(**given(response, people["office"], text="请签收", unit=unit))


def test_a_chased_task_keeps_its_state_in_the_case_as_it_was_known(people: Any, task: Task) -> None:
    from response.then import tasks_then

    services.task_chase(**on(task, people["office"], text="请签收"))
    part = tasks_then(task.response.incident, timezone.now() + timedelta(seconds=1))
    assert part is not None
    assert {line.state for line in part.lines} == {"assigned"}


def test_a_unit_signs_for_one_response_with_one_press(people: Any, response: Response) -> None:
    other = active(people, level=1)
    count = other.tasks.filter(unit__code="shuju").count()
    assert tasks_acknowledge_all(user=people["unit_shuju"], response=other.number) == count
    assert response.tasks.filter(unit__code="shuju", state="assigned").exists()
    assert tasks_acknowledge_all(user=people["unit_shuju"], response="XY-NONE") == 0


def group_task(people: Any) -> Task:
    """A task that reached another unit through a group that 县公安局 leads (made so, since the level's rows vary)."""
    response = active(people, "comms-2022", level=1)
    group = response.plan_version.groups.get(lead__code="gongan")
    task = response.tasks.filter(unit__code="yidong").first()
    Task.objects.filter(pk=task.pk).update(group=group)
    return fresh(task)


def test_a_group_lead_reads_its_groups_tasks_and_does_nothing_with_them(people: Any) -> None:
    task, lead = group_task(people), people["unit_gongan"]
    assert [group.lead.code for group, tasks in led_groups(lead)] == ["gongan"]
    assert task in led_groups(lead)[0][1]
    assert task_for(lead, task.pk) == task
    assert not tasks_visible_to(lead).filter(pk=task.pk).exists()
    with pytest.raises(Forbidden):
        task_acknowledge(**on(task, lead))
    assert led_groups(people["unit_yidong"]) == []
    with pytest.raises(NotVisible):
        task_for(people["unit_dianxin"], task.pk)


def test_reassigning_takes_a_task_out_of_its_group(people: Any) -> None:
    task = group_task(people)
    task_reassign(**on(task, people["comms_office"], unit=Unit.objects.get(code="zhengfuban"), reason="改由该单位"))
    with pytest.raises(NotVisible):
        task_for(people["unit_gongan"], task.pk)


def test_the_board_groups_by_unit_group_and_state_and_marks_who_works_for_two_cases(
    people: Any, response: Response
) -> None:
    assert loaded_units(False) == {}
    active(people, level=1)
    rows = {row.label: row for row in board_of(response, "unit")}
    assert rows["县公安局"].cases == 2
    assert sum(len(row.tasks) for row in rows.values()) == response.tasks.count()
    assert [row.label for row in board_of(response, "state")] == ["待签收"]
    assert sum(len(row.tasks) for row in board_of(response, "group")) == response.tasks.count()


def test_a_drill_does_not_load_a_unit(people: Any, response: Response) -> None:
    other = active(people, level=1)
    other.tasks.update(drill=True)
    assert loaded_units(False) == {}


def test_every_kind_of_event_is_on_record(people: Any, task: Task) -> None:
    services.task_due_set(**on(task, people["office"], due_at=timezone.now() + timedelta(hours=1)))
    services.task_chase(**on(task, people["office"], text="请签收"))
    kinds = list(TaskEvent.objects.filter(task=task).values_list("kind", flat=True))
    assert kinds == ["assigned", "due_set", "chased"]
    lines = RecordEntry.objects.filter(subject_type="task", subject_id=task.pk).values_list("kind", flat=True)
    assert set(lines) == {"task.due_set", "task.chased"}
