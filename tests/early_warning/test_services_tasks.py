"""Warning actions at the units: who gets which, signing, reporting, returning, chasing, and what ends them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from directory.models import Unit
from early_warning import services
from early_warning.actions import open_actions, task_board
from early_warning.models import EarlyWarning, WarningTask
from tests.early_warning.factories import adjusted, lift_proposed, lifted, published
from yangcheng_ec.deadlines.models import Notice
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, StaleVersion, WrongState
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def warning(cyber: Any, people: Any) -> EarlyWarning:
    return published(people, cyber)


def _task(warning: EarlyWarning, code: str = "gongan", ordinal: int = 1) -> WarningTask:
    return warning.tasks.get(unit__code=code, ordinal=ordinal)


def _key(task: WarningTask, user: Any) -> dict[str, Any]:
    return {"task_id": task.pk, "version": task.version, "user": user}


def test_a_unit_signs_for_an_action_and_reports_it_done(warning: EarlyWarning, people: Any) -> None:
    user = people["unit_gongan"]
    task = services.warning_task_acknowledge(**_key(_task(warning), user))
    assert (task.state, task.acknowledged_by) == ("acknowledged", user.display_name)
    task = services.warning_task_complete(**_key(task, user), text="全部设备已排查")
    assert (task.state, task.report) == ("done", "全部设备已排查")
    kinds = list(RecordEntry.objects.filter(head=warning.head).values_list("kind", flat=True))
    assert kinds[-2:] == ["warning.task_acknowledged", "warning.task_done"]


def test_reporting_at_once_signs_for_it_too(warning: EarlyWarning, people: Any) -> None:
    task = services.warning_task_complete(**_key(_task(warning), people["unit_gongan"]), text="已落实")
    assert task.acknowledged_at == task.finished_at


def test_a_returned_action_stays_open_and_the_office_is_told(warning: EarlyWarning, people: Any) -> None:
    user = people["unit_gongan"]
    task = services.warning_task_return(**_key(_task(warning), user), text="没有此类设备")
    assert task.state == "returned"
    assert [row.task.pk for row in open_actions(user)] == [task.pk]
    task = services.warning_task_acknowledge(**_key(task, user))
    assert task.state == "acknowledged"


def test_the_office_enters_for_a_unit_with_a_name(warning: EarlyWarning, people: Any) -> None:
    with pytest.raises(BadInput) as refused:
        services.warning_task_complete(**_key(_task(warning), people["duty"]), text="已落实")
    assert "person" in refused.value.fields
    task = services.warning_task_complete(**_key(_task(warning), people["duty"]), text="已落实", person="李警官")
    assert "李警官" in task.finished_by
    assert people["duty"].display_name in task.finished_by


@pytest.mark.parametrize(
    ("account", "error"),
    [
        ("unit_shuju", NotVisible),
        ("unit_runcheng", NotVisible),
        ("auditor", Forbidden),
        ("comms_duty", Forbidden),
        ("commander", Forbidden),
    ],
)
def test_strangers_and_readers(account: str, error: type[Exception], warning: EarlyWarning, people: Any) -> None:
    with pytest.raises(error):
        services.warning_task_complete(**_key(_task(warning), people[account]), text="已落实", person="甲")
    assert _task(warning).state == "assigned"


def test_words_are_needed_to_report_and_to_return(warning: EarlyWarning, people: Any) -> None:
    for act in (services.warning_task_complete, services.warning_task_return):
        with pytest.raises(BadInput) as refused:
            act(**_key(_task(warning), people["unit_gongan"]), text="  ")
        assert "text" in refused.value.fields


def test_a_stale_version_is_refused(warning: EarlyWarning, people: Any) -> None:
    task = _task(warning)
    services.warning_task_acknowledge(**_key(task, people["unit_gongan"]))
    with pytest.raises(StaleVersion):
        services.warning_task_complete(**_key(task, people["unit_gongan"]), text="已落实")


def test_wrong_states_of_an_action(warning: EarlyWarning, people: Any) -> None:
    user = people["unit_gongan"]
    task = services.warning_task_complete(**_key(_task(warning), user), text="已落实")
    for act, more in (
        (services.warning_task_acknowledge, {}),
        (services.warning_task_complete, {"text": "再报"}),
        (services.warning_task_return, {"text": "退"}),
    ):
        with pytest.raises(WrongState):
            act(**_key(task, user), **more)


@pytest.mark.parametrize("make", [lifted, adjusted])
def test_what_is_open_ends_with_the_warning(make: Any, cyber: Any, people: Any) -> None:
    warning = make(people, cyber)
    assert set(warning.tasks.values_list("state", flat=True)) == {"ended"}
    with pytest.raises(WrongState):
        services.warning_task_acknowledge(**_key(_task(warning), people["unit_gongan"]))


def test_an_update_gives_its_own_actions(cyber: Any, people: Any) -> None:
    old = adjusted(people, cyber)
    assert set(old.next.tasks.values_list("state", flat=True)) == {"assigned"}


def test_the_local_target_is_the_offices_and_shows_who_is_late(cyber: Any, people: Any) -> None:
    warning = published(people, cyber, respond_by=timezone.now() + timedelta(hours=1))
    assert task_board(people["duty"], warning).late == 0
    WarningTask.objects.update(due_at=timezone.now() - timedelta(minutes=1))
    services.warning_task_complete(**_key(_task(warning), people["unit_gongan"]), text="已落实")
    board = task_board(people["duty"], warning)
    assert (board.late, board.done) == (2, 1)
    assert {unit.code for unit in board.open_units} == {"shuju", "yidong"}


def test_a_target_that_has_passed_is_no_proposal(cyber: Any, people: Any) -> None:
    with pytest.raises(BadInput) as refused:
        published(people, cyber, respond_by=timezone.now() - timedelta(minutes=1))
    assert "respond_by" in refused.value.fields


def test_chasing_tells_only_those_who_have_not(warning: EarlyWarning, people: Any) -> None:
    services.warning_task_complete(**_key(_task(warning), people["unit_gongan"]), text="已落实")
    chased = services.warning_chase(warning_id=warning.pk, user=people["duty"])
    assert {unit.code for unit in chased} == {"shuju", "yidong"}
    told = Notice.objects.filter(kind="warning.chased", subject_id=warning.pk)
    assert {notice.unit_code for notice in told} == {"shuju", "yidong"}
    assert _task(warning, "shuju").chased == 1
    assert "非预案规定" in RecordEntry.objects.filter(head=warning.head).last().text


def test_chasing_one_unit(warning: EarlyWarning, people: Any) -> None:
    shuju, runcheng = Unit.objects.get(code="shuju"), Unit.objects.get(code="runcheng")
    assert services.warning_chase(warning_id=warning.pk, user=people["duty"], units=[shuju]) == [shuju]
    with pytest.raises(BadInput) as refused:
        services.warning_chase(warning_id=warning.pk, user=people["duty"], units=[runcheng])
    assert "units" in refused.value.fields


@pytest.mark.parametrize(
    ("account", "error"), [("unit_gongan", Forbidden), ("auditor", Forbidden), ("unit_runcheng", NotVisible)]
)
def test_only_the_office_chases(account: str, error: type[Exception], warning: EarlyWarning, people: Any) -> None:
    with pytest.raises(error):
        services.warning_chase(warning_id=warning.pk, user=people[account])


def test_nothing_is_chased_when_all_is_done_or_over(cyber: Any, warning: EarlyWarning, people: Any) -> None:
    WarningTask.objects.filter(warning=warning).update(state="done")
    with pytest.raises(WrongState, match="都已完成"):
        services.warning_chase(warning_id=warning.pk, user=people["duty"])
    with pytest.raises(WrongState):
        services.warning_chase(warning_id=lifted(people, cyber).pk, user=people["duty"])
    assert services.warning_chase(warning_id=lift_proposed(people, cyber).pk, user=people["duty"])


def test_a_unit_sees_its_own_actions_only(warning: EarlyWarning, people: Any) -> None:
    assert {row.task.unit.code for row in task_board(people["unit_gongan"], warning).rows} == {"gongan"}
    assert task_board(people["unit_runcheng"], warning).rows == []
    assert open_actions(people["duty"]) == []
