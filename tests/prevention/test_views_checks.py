"""The rounds: their list, one round, opening one, answering: the right person, a stranger, a reader, bad input."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from early_warning.prevention import services
from early_warning.prevention.models import HazardCheck
from tests.prevention.factories import later, opened, reported, unit

pytestmark = pytest.mark.django_db

LIST = "/prevention/checks/"


def _form(**over: Any) -> dict[str, Any]:
    today = timezone.localdate()
    given = {
        "title": "汛前排查", "content": "逐台检查备用电源。", "starts_on": f"{today}", "ends_on": f"{today}",
        "due_at": (timezone.localtime() + timedelta(days=2)).strftime("%Y-%m-%d %H:%M"), "units": ["shuju", "gongan"],
        "idempotency_key": uuid.uuid4().hex,
    }  # fmt: skip
    return given | over


def _act(client: Client, check: HazardCheck, act: str, **data: Any) -> Any:
    return client.post(f"{LIST}{check.number}/{act}/", data)


def _late(check: HazardCheck) -> None:
    HazardCheck.objects.filter(pk=check.pk).update(due_at=timezone.now() - timedelta(hours=1))


def test_what_is_late_stands_first_and_a_unit_counts_itself(people: Any, cyber: Any, client_for: Any) -> None:
    soon, late = opened(people, cyber, due_at=later(1)), opened(people, cyber)
    closed = opened(people, cyber)
    services.check_close(check_id=closed.pk, version=None, user=people["office"])
    _late(late)
    services.check_return(check_id=late.pk, unit=unit("gongan"), found=2, user=people["unit_gongan"])
    page = client_for("office").get(LIST)
    assert [row.number for row in page.context["page_obj"]] == [late.number, soon.number, closed.number]
    first = page.context["page_obj"][0]
    assert (first.asked, first.answered, first.found, first.late, first.mine) == (2, 1, 2, True, False)
    own = client_for("unit_shuju").get(LIST).context["page_obj"][0]
    assert (own.asked, own.answered, own.found, own.late, own.mine) == (1, 0, 0, True, True)
    assert client_for("office").get(f"{LIST}?state=closed").context["page_obj"].paginator.count == 1
    assert client_for("office").get(f"{LIST}?state=x&plan=y&page=9").status_code == 200


def test_who_reads_and_who_finds_nothing(people: Any, cyber: Any, client_for: Any) -> None:
    check = opened(people, cyber, "shuju")
    for who, status in (
        ("office", 200), ("commander", 200), ("auditor", 200), ("unit_shuju", 200), ("unit_gongan", 404),
        ("sysadmin", 403), ("contacts", 403),
    ):  # fmt: skip
        assert client_for(who).get(f"{LIST}{check.number}/").status_code == status, who
    assert _act(client_for("unit_gongan"), check, "return", unit="shuju", found=0).status_code == 404
    assert Client().get(LIST).status_code == 302
    client = client_for("office")
    assert client.post(LIST).status_code == 405
    assert client.get(f"{LIST}{check.number}/close/").status_code == 405


@pytest.mark.parametrize(("who", "limit"), [("office", 12), ("unit_shuju", 12), ("auditor", 12)])
def test_the_lists_statements_do_not_grow(
    who: str, limit: int, people: Any, cyber: Any, client_for: Any, django_assert_max_num_queries: Any
) -> None:
    client = client_for(who)
    opened(people, cyber)
    client.get(LIST)
    with CaptureQueriesContext(connection) as few:
        client.get(LIST)
    for _ in range(4):
        opened(people, cyber)
    with django_assert_max_num_queries(min(limit, len(few))):
        assert client.get(LIST).status_code == 200


def test_a_rounds_page_costs_the_same_with_few_and_many(
    people: Any, cyber: Any, client_for: Any, django_assert_max_num_queries: Any
) -> None:
    client = client_for("office")
    few_units, many = (
        opened(people, cyber, "shuju", "kaifaqu"),
        ("shuju", "gongan", "kaifaqu", "sitou", "xihe", "jiaoyu"),
    )
    client.get(f"{LIST}{few_units.number}/")
    with CaptureQueriesContext(connection) as few:
        client.get(f"{LIST}{few_units.number}/")
    check = opened(people, cyber, *many)
    reported(people, cyber, hazard_check=check)
    with django_assert_max_num_queries(len(few)):
        client.get(f"{LIST}{check.number}/")


def test_the_page_says_whom_to_phone(people: Any, cyber: Any, client_for: Any) -> None:
    check = opened(people, cyber, "shuju", "weiban", "kaifaqu")
    page = client_for("office").get(f"{LIST}{check.number}/").content.decode()
    assert "2 个未报单位没有账号" in page
    assert 'href="tel:4223770"' in page
    assert "没有账号，也没有电话" in page


def test_a_unit_answers_with_one_tap(people: Any, cyber: Any, client_for: Any) -> None:
    check, client = opened(people, cyber), client_for("unit_shuju")
    page = client.get(f"{LIST}{check.number}/").content.decode()
    assert "已排查，未发现隐患" in page
    assert "县公安局" not in page
    assert "请报送排查结果" in client.get("/prevention/").content.decode()
    assert _act(client, check, "return", unit="shuju", version=1, found=0).status_code == 302
    assert "已报：未发现隐患" in client.get(f"{LIST}{check.number}/").content.decode()
    assert "请报送排查结果" not in client.get("/prevention/").content.decode()
    stale = _act(client, check, "return", unit="shuju", version=1, found=1)
    assert stale.status_code == 409
    assert "未发现隐患" in stale.content.decode()


def test_what_was_counted_and_not_reported_is_said(people: Any, cyber: Any, client_for: Any) -> None:
    check, client = opened(people, cyber), client_for("unit_shuju")
    reported(people, cyber, hazard_check=check)
    assert _act(client, check, "return", unit="shuju", found=3).status_code == 302
    assert "还有 2 处没有逐处报告" in client.get(f"{LIST}{check.number}/").content.decode()
    assert "2 处未逐处报告" in client_for("office").get(f"{LIST}{check.number}/").content.decode()


@pytest.mark.parametrize(
    ("who", "act", "data", "kept"),
    [
        ("unit_shuju", "return", {"unit": "shuju", "found": "很多", "note": "已核对"}, "已核对"),
        ("unit_shuju", "return", {"unit": "shuju", "found": "1", "note": "长" * 501}, "长" * 501),
        ("office", "return", {"unit": "shuju", "found": "0", "said_by": "", "note": "电话"}, "电话"),
        ("office", "return", {"unit": "火星", "found": "0", "said_by": "赵敏"}, "赵敏"),
        ("office", "withdraw", {"version": "1", "reason": ""}, "请"),
        ("office", "withdraw", {"version": "1", "reason": "长" * 501}, "长" * 501),
        ("office", "chase", {"version": "1", "unit": "火星"}, "没有这个单位"),
    ],
)
def test_a_refused_form_comes_back_as_it_was_typed(
    who: str, act: str, data: dict[str, Any], kept: str, people: Any, cyber: Any, client_for: Any
) -> None:
    check = opened(people, cyber)
    answer = _act(client_for(who), check, act, **data)
    assert answer.status_code == 400
    assert kept in answer.content.decode()
    assert HazardCheck.objects.get().version == 1


def test_the_office_chases_closes_and_withdraws_on_the_page(people: Any, cyber: Any, client_for: Any) -> None:
    check, client = opened(people, cyber), client_for("office")
    assert "催报未报单位" in client.get(f"{LIST}{check.number}/").content.decode()
    said = client.post(f"{LIST}{check.number}/chase/", {"version": 1}, follow=True).content.decode()
    assert "已催办，通知了 2 人" in said
    assert client.post(f"{LIST}{check.number}/chase/", {"version": 1}).status_code == 409
    assert _act(client, check, "return", unit="gongan", found=0, said_by="韩卫民", note="").status_code == 302
    assert "韩卫民电话报来" in client.get(f"{LIST}{check.number}/").content.decode()
    assert client_for("commander").post(f"{LIST}{check.number}/close/", {"version": 2}).status_code == 403
    assert client.post(f"{LIST}{check.number}/close/", {"version": 2, "text": "总体良好"}).status_code == 302
    assert "总体良好" in client.get(f"{LIST}{check.number}/").content.decode()
    assert client.post(f"{LIST}{check.number}/withdraw/", {"version": 3, "reason": "错"}).status_code == 409
    other = opened(people, cyber)
    assert client.post(f"{LIST}{other.number}/withdraw/", {"version": 1, "reason": "重复"}).status_code == 302


def test_opening_a_round_on_the_page(people: Any, client_for: Any) -> None:
    client = client_for("office")
    page = client.get(f"{LIST}new/?plan=cyber-2025").content.decode()
    assert "条款列名的监测单位" in page
    key = uuid.uuid4().hex
    for _ in range(2):
        assert client.post(f"{LIST}new/?plan=cyber-2025", _form(idempotency_key=key)).status_code == 302
    assert HazardCheck.objects.get().returns.count() == 2
    whole = client.post(f"{LIST}new/?plan=cyber-2025", _form(units=[], groups=["1"]))
    assert whole.status_code == 302
    assert HazardCheck.objects.order_by("-pk")[0].returns.count() == 15


@pytest.mark.parametrize(
    "over",
    [
        {"title": ""}, {"units": []}, {"units": ["火星"]}, {"groups": ["99"]}, {"due_at": "2020-01-01 08:00"},
        {"due_at": "昨天"}, {"ends_on": "2020-01-01"}, {"starts_on": "x"}, {"title": "长" * 121},
    ],
)  # fmt: skip
def test_bad_rounds_come_back_with_everything_typed(over: dict[str, Any], client_for: Any) -> None:
    answer = client_for("office").post(f"{LIST}new/?plan=cyber-2025", _form(**over))
    assert answer.status_code == 400
    assert "逐台检查备用电源。" in answer.content.decode()
    assert not HazardCheck.objects.exists()


def test_a_unit_starts_its_own_check_and_a_reader_none(people: Any, client_for: Any) -> None:
    client = client_for("unit_shuju")
    page = client.get(f"{LIST}new/?plan=cyber-2025").content.decode()
    assert "自查单位" in page
    assert "县公安局" not in page
    assert client.post(f"{LIST}new/?plan=cyber-2025", _form(units=[])).status_code == 302
    check = HazardCheck.objects.get()
    assert check.own
    assert "自查" in client.get(f"{LIST}{check.number}/").content.decode()
    for who in ("commander", "auditor"):
        assert client_for(who).get(f"{LIST}new/").status_code == 403
        assert "部署排查</a>" not in client_for(who).get(LIST).content.decode()
