"""The training log (cyber 6.7; comms 6.9): entered by an office or a member, corrected or taken back with a reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client

from directory.models import Training
from directory.services.trainings import Trained, training_add, training_edit, training_void
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, StaleVersion, WrongState
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db
ClientFor = Callable[[str], Client]
URL = "/standing/trainings/"


def trained(**over: Any) -> Trained:
    values: dict[str, Any] = {
        "held_on": date(2025, 9, 1), "subject": "新版预案", "attendees": "联络员", "headcount": 20, "proof": "签到表",
    }  # fmt: skip
    return Trained(**{**values, **over})


def add(people: Any, by: str = "office", plan: str = "cyber-2025", **over: Any) -> Training:
    return training_add(user=people[by], plan=plan, trained=trained(**over))


@pytest.mark.parametrize(
    ("by", "plan", "clause", "held_by"),
    [
        ("office", "cyber-2025", "网络预案 6.7", "指挥部办公室"),
        ("unit_gongan", "cyber-2025", "网络预案 6.7", "县公安局"),
        ("comms_office", "comms-2022", "通信预案 6.9", "指挥部办公室"),
        ("unit_yidong", "comms-2022", "通信预案 6.9", "中国移动通信集团山西有限公司阳城县分公司"),
    ],
)
def test_an_office_or_a_member_enters_a_training(people: Any, by: str, plan: str, clause: str, held_by: str) -> None:
    row = add(people, by, plan)
    assert row.held_by == held_by
    assert RecordEntry.objects.get(subject_type="training").clause == clause


@pytest.mark.parametrize("name", ["auditor", "commander", "contacts", "unit_runcheng", "comms_office"])
def test_nobody_else_enters_one(people: Any, name: str) -> None:
    with pytest.raises(Forbidden):
        add(people, name)


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"held_on": date(2099, 1, 1)}, "held_on"),
        ({"subject": "\u200b"}, "subject"),
        ({"attendees": "长" * 301}, "attendees"),
        ({"headcount": 0}, "headcount"),
        ({"headcount": 100_001}, "headcount"),
        ({"proof": ""}, "proof"),
    ],
)
def test_an_entry_with_a_fault_is_refused_beside_its_field(people: Any, over: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        add(people, **over)
    assert field in refused.value.fields


def test_the_same_training_is_not_entered_twice(people: Any) -> None:
    row = add(people)
    with pytest.raises(BadInput):
        add(people)
    add(people, "unit_gongan")
    training_void(user=people["office"], training_id=row.pk, version=1, reason="重复")
    add(people)


def test_an_entry_is_corrected_and_the_record_keeps_what_stood_there(people: Any) -> None:
    row = add(people)
    row = training_edit(user=people["office"], training_id=row.pk, version=1, values={"headcount": 25})
    assert "人数 20 → 25" in RecordEntry.objects.get(kind="training.corrected").text
    with pytest.raises(StaleVersion):
        training_edit(user=people["office"], training_id=row.pk, version=1, values={"headcount": 1})
    with pytest.raises(BadInput):
        training_edit(user=people["office"], training_id=row.pk, version=2, values={"headcount": 0})
    assert training_edit(user=people["office"], training_id=row.pk, version=2, values={"headcount": 25}).version == 2
    with pytest.raises(NotVisible):
        training_edit(user=people["unit_gongan"], training_id=row.pk, version=2, values={"headcount": 1})
    with pytest.raises(Forbidden):
        training_edit(user=people["commander"], training_id=row.pk, version=2, values={"headcount": 1})
    with pytest.raises(BadInput):
        training_void(user=people["office"], training_id=row.pk, version=2, reason=" ")
    row = training_void(user=people["office"], training_id=row.pk, version=2, reason="记错")
    with pytest.raises(WrongState):
        training_edit(user=people["office"], training_id=row.pk, version=row.version, values={"headcount": 1})


def test_pages_enter_filter_correct_and_take_back(people: Any, client_for: ClientFor) -> None:
    client = client_for("office")
    typed = {"plan": "cyber-2025", "held_on": "2025-09-01", "subject": "勒索病毒处置", "attendees": "运维", "proof": ""}
    answer = client.post(f"{URL}new/", {**typed, "headcount": "12"})
    assert answer.status_code == 400
    assert "勒索病毒处置" in answer.content.decode()
    assert client.post(f"{URL}new/", {**typed, "headcount": "12", "proof": "签到表"}).status_code == 302
    row = Training.objects.get()
    add(people, "unit_gongan", subject="取证")
    page = client.get(f"{URL}?q=勒索&plan=cyber-2025&unit=office&since=2025-01-01").content.decode()
    assert ("勒索病毒处置" in page, "取证" in page) == (True, False)
    assert "2 次，32 人次" in client.get(URL).content.decode()
    assert client.get(f"{URL}?since=昨天").status_code == 400
    typed = {**typed, "headcount": "13", "proof": "签到表", "version": 1}
    assert client.post(f"{URL}{row.pk}/edit/", typed).status_code == 302
    assert client.post(f"{URL}{row.pk}/edit/", {**typed, "headcount": "14"}).status_code == 409
    assert client.post(f"{URL}{row.pk}/void/", {"reason": "", "version": 2}).status_code == 400
    assert client.post(f"{URL}{row.pk}/void/", {"reason": "错", "version": 2}).status_code == 302
    assert "勒索病毒处置" not in client.get(URL).content.decode()
    assert client_for("unit_gongan").get(f"{URL}{row.pk}/").status_code == 404
    assert client_for("security").get(URL).status_code == 403


def test_the_list_asks_the_database_a_fixed_number_of_times(
    people: Any, client_for: ClientFor, django_assert_max_num_queries: Any
) -> None:
    for number in range(3):
        add(people, subject=f"第{number}次")
    for name, most in (("office", 15), ("unit_gongan", 15)):
        client = client_for(name)
        client.get(URL)  # what a process reads once a minute is read
        with django_assert_max_num_queries(most):
            assert client.get(URL).status_code == 200
