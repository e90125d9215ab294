"""The call sheet: the next number, the words to read, the result; two callers never call the same one twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.utils import timezone

from directory.models import Contact
from tests.directory.making import case, told, unit_call
from yangcheng_ec.deadlines.models import CallAttempt, Delivery
from yangcheng_ec.record.models import CaseHead, RecordEntry
from yangcheng_ec.record.selectors import verify_chain

pytestmark = pytest.mark.django_db
ON_POSTGRES = "postgresql" in settings.DATABASES["default"]["ENGINE"]


@pytest.fixture
def sheet(cyber: Any) -> list[Delivery]:
    head = case()
    return [unit_call("caizheng", head, phone="4222727"), unit_call("gongan", head, urgent=True)]


def text_of(response: Any) -> str:
    return str(response.content.decode())


def test_urgent_first_with_words_number_and_alternates(
    client_for: Any, sheet: list[Delivery], django_assert_max_num_queries: Any
) -> None:
    gongan = Contact.objects.filter(unit__code="gongan").values_list("unit_id", flat=True)[0]
    Contact.objects.create(unit_id=gongan, printed_name="县公安局", kind="mobile", value="13812345678")
    client = client_for("duty")
    with django_assert_max_num_queries(24):
        text = text_of(client.get("/calls/"))
    assert "还有 2 个电话要打" in text
    assert text.index("县公安局值班") < text.index("县财政局值班")
    assert 'href="tel:4233414"' in text
    assert 'href="tel:13812345678"' in text
    assert "请立即到岗。" in text
    assert f'action="/calls/{sheet[1].pk}/"' in text


def test_empty_sheet(client_for: Any) -> None:
    assert "没有要打的电话" in text_of(client_for("duty").get("/calls/"))


@pytest.mark.parametrize("name", ["unit_gongan", "commander", "auditor", "contacts", "sysadmin", "security"])
def test_only_the_office_calls(client_for: Any, sheet: list[Delivery], name: str) -> None:
    assert client_for(name).get("/calls/").status_code == 403
    assert client_for(name).post(f"/calls/{sheet[0].pk}/", {"result": "busy"}).status_code == 403


def test_reached_closes_it_and_goes_on_to_the_next(client_for: Any, people: Any, sheet: list[Delivery]) -> None:
    client = client_for("duty")
    typed = {"number": "4233414", "result": "reached", "person": "李警官", "read_back": "on"}
    text = text_of(client.post(f"/calls/{sheet[1].pk}/", typed, follow=True))
    assert "已记下：县公安局值班，已通知到人" in text
    assert "还有 1 个电话要打" in text
    assert "李警官，已复诵" in text
    line = RecordEntry.objects.get(kind="call.made")
    assert (line.actor, line.actor_post) == (people["duty"], "网络预案 值班员")
    assert verify_chain(CaseHead.objects.get(key="CY-20261122-901")) is None


def test_no_answer_keeps_it_and_the_next_one_comes_first(client_for: Any, sheet: list[Delivery]) -> None:
    client = client_for("duty")
    response = client.post(f"/calls/{sheet[1].pk}/", {"number": "4233414", "result": "no_answer"}, follow=True)
    text = text_of(response)
    assert "还有 2 个电话要打" in text
    assert f'action="/calls/{sheet[0].pk}/"' in text
    assert "无人接听" in text
    with time_machine.travel(timezone.now() + timedelta(minutes=4)):
        assert f'action="/calls/{sheet[1].pk}/"' in text_of(client.get("/calls/"))


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"result": "reached", "number": "4233414"}, "请填写接听人姓名"),
        ({"result": "", "number": "4233414", "person": "李"}, "请选择通话结果"),
        ({"result": "sang", "number": "4233414"}, "选择"),
        ({"result": "reached", "person": "李", "number": ""}, "请填写拨打的号码"),
        ({"result": "busy", "number": "13900000000"}, "选择"),
        ({"result": "busy", "number": "4233414", "note": "长" * 301}, "300"),
    ],
)
def test_bad_input_comes_back_with_the_card(
    client_for: Any, sheet: list[Delivery], typed: dict[str, str], words: str
) -> None:
    response = client_for("duty").post(f"/calls/{sheet[1].pk}/", typed)
    assert response.status_code == 400
    assert words in text_of(response)
    assert "县公安局值班" in text_of(response)
    assert not CallAttempt.objects.exists()


def test_name_typed_before_nobody_answered_is_left_out(client_for: Any, sheet: list[Delivery]) -> None:
    typed = {"result": "no_answer", "number": "4233414", "person": "李", "read_back": "on", "note": "响了一分钟"}
    client_for("duty").post(f"/calls/{sheet[1].pk}/", typed)
    attempt = CallAttempt.objects.get()
    assert (attempt.person, attempt.read_back, attempt.note) == ("", False, "响了一分钟")


def test_another_number_may_be_typed(client_for: Any, sheet: list[Delivery]) -> None:
    typed = {"result": "reached", "number": "4233414", "other": "4233000", "person": "李"}
    assert client_for("duty").post(f"/calls/{sheet[1].pk}/", typed).status_code == 302
    assert CallAttempt.objects.get().number == "4233000"


def test_second_caller_hears_that_it_is_done(client_for: Any, sheet: list[Delivery]) -> None:
    address, typed = f"/calls/{sheet[1].pk}/", {"number": "4233414", "result": "reached", "person": "李"}
    first, second = client_for("duty"), client_for("duty2")
    assert "已通知到人" in text_of(second.get(address))
    assert first.post(address, typed).status_code == 302
    response = second.post(address, typed)
    assert response.status_code == 409
    assert "已经通知到人，不需要再打" in text_of(response)
    assert CallAttempt.objects.count() == 1
    assert "打下一个" in text_of(second.get(address))


def test_filter_by_case(client_for: Any, sheet: list[Delivery]) -> None:
    other = unit_call("shuju", case("TX-20261122-001"), phone="4220369")
    client = client_for("duty")
    text = text_of(client.get("/calls/", {"case": "TX-20261122-001"}))
    assert f'action="/calls/{other.pk}/?case=TX-20261122-001"' in text
    assert "县财政局" not in text
    typed = {"number": "4220369", "result": "busy"}
    response = client.post(f"/calls/{other.pk}/?case=TX-20261122-001", typed)
    assert response["Location"].endswith("&case=TX-20261122-001")


def test_person_with_an_account_and_no_number(client_for: Any, people: Any) -> None:
    deputy = people["deputy"]
    deputy.mobile = ""
    deputy.save()
    told(deputy, "请批准", head=case(), call=True)
    text = text_of(client_for("duty").get("/calls/"))
    assert "刘建华" in text
    assert 'href="tel:4222726"' in text  # the unit's own number from the directory


def test_unknown_call(client_for: Any) -> None:
    assert client_for("duty").get("/calls/987654/").status_code == 404
    assert client_for("duty").get("/calls/?after=abc").status_code == 200


@pytest.mark.postgres
@pytest.mark.skipif(not ON_POSTGRES, reason="two writers at once need PostgreSQL")
@pytest.mark.django_db(transaction=True)
def test_two_callers_at_once_record_one_call(loaded: None, client_for: Any) -> None:
    """Both press «已通知到人» together: one is taken, the other reads that it is done."""
    delivery = unit_call("gongan", case("CY-20261122-902"))
    browsers = [client_for(name) for name in ("duty", "duty2")]
    typed = {"number": "4233414", "result": "reached", "person": "李"}
    gate = Barrier(2)

    def press(browser: Any) -> int:
        gate.wait()
        try:
            return int(browser.post(f"/calls/{delivery.pk}/", typed).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(press, browsers)) == [302, 409]
    assert CallAttempt.objects.filter(delivery=delivery).count() == 1
