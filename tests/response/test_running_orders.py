"""应急指令 (O4, O12): who gives it, each unit signs for it and reports, by word, taken back; one call each."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from directory.rules import appointments_in_force
from incidents.selectors import incidents_visible_to
from response.models import OrderReceipt
from response.running import services
from response.running.selectors import receipts_visible_to, receipts_waiting
from response.running.services import Word
from tests.response.factories import account, active, ended
from tests.response.running import fresh, issued, receipt_of, units
from yangcheng_ec.callout.models import Callout
from yangcheng_ec.deadlines.models import Notice
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, StaleVersion, WrongState
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db
PLANS = [("cyber-2025", "网络预案 2.3"), ("comms-2022", "通信预案 2.1")]


def on(receipt: OrderReceipt, user: Any, **more: Any) -> dict[str, Any]:
    return {"receipt_id": receipt.pk, "version": fresh(receipt).version, "user": user, **more}


@pytest.mark.parametrize(("plan", "clause"), PLANS)
@pytest.mark.parametrize("by", ["commander", "deputy"])
def test_the_command_gives_an_order_citing_its_clause(people: Any, plan: str, clause: str, by: str) -> None:
    response = active(people, plan)
    order = issued(people, response, "gongan", "zhengfuban", by=by)
    assert (order.serial, order.clause, order.on_word) == (1, clause, False)
    assert order.ordered_by == account(people, plan, by)
    assert {row.unit.code for row in order.receipts.all()} == {"gongan", "zhengfuban"}
    assert issued(people, response).serial == 2
    line = RecordEntry.objects.filter(kind="order.issued", subject_id=order.pk).get()
    assert line.clause == clause
    assert "关停受攻击的系统" in line.text


@pytest.mark.parametrize(("plan", "clause"), PLANS)
@pytest.mark.parametrize("by", ["director", "office", "duty"])
def test_nobody_below_the_command_gives_an_order_of_their_own(people: Any, plan: str, clause: str, by: str) -> None:
    response = active(people, plan)
    held = {row.post.kind for row in appointments_in_force().filter(user=account(people, plan, by))}
    if held & {"commander", "deputy"}:  # 宣传部副部长 is deputy and office director (O2); so is 工信局局长 (O9)
        assert issued(people, response, by=by).ordered_by == account(people, plan, by)
        return
    with pytest.raises(Forbidden, match="非预案规定") as refused:
        issued(people, response, by=by)
    assert refused.value.clause == clause


def test_strangers_see_no_response_and_the_other_plan_gives_no_orders(people: Any) -> None:
    response = active(people)
    values = {"response_id": response.pk, "version": response.version, "title": "x", "text": "x"}
    with pytest.raises(NotVisible):
        services.order_issue(**values, units=units("gongan"), user=people["unit_gongan"])
    for who in ("comms_commander", "auditor"):
        with pytest.raises(Forbidden):
            services.order_issue(**values, units=units("gongan"), user=people[who])


def test_an_order_by_word_is_entered_by_the_office_and_its_giver_is_told(people: Any) -> None:
    response = active(people)
    word = Word(people["commander"], timezone.now())
    order = issued(people, response, by="duty", word=word)
    assert (order.on_word, order.ordered_by, order.recorded_by) == (True, people["commander"], people["duty"])
    assert Notice.objects.filter(kind="response.order_by_word", recipient=people["commander"]).exists()
    with pytest.raises(BadInput) as refused:
        issued(people, response, by="duty", word=Word(people["unit_gongan"]))
    assert "ordered_by" in refused.value.fields
    with pytest.raises(BadInput) as ahead:
        issued(people, response, by="duty", word=Word(people["commander"], timezone.now() + timedelta(hours=1)))
    assert "ordered_at" in ahead.value.fields
    with pytest.raises(Forbidden):
        issued(people, response, by="comms_duty", word=word)


@pytest.mark.parametrize("over", [{"title": " "}, {"text": ""}, {"units": []}, {"title": "长" * 121}])
def test_bad_input_is_named_beside_its_field(people: Any, over: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as refused:
        issued(people, active(people), **over)
    assert next(iter(over)) in refused.value.fields


def test_each_unit_is_called_out_once_and_signing_ends_the_call(people: Any) -> None:
    order = issued(people, active(people), "gongan", "shuju")
    calls = Callout.objects.filter(cause__subject_type="commandorder", cause__subject_id=order.pk)
    assert sorted(calls.values_list("unit_code", flat=True)) == ["gongan", "shuju"]
    receipt = receipt_of(order, "gongan")
    done = services.order_acknowledge(**on(receipt, people["unit_gongan"]))
    assert done.state == "acknowledged"
    assert calls.get(unit_code="gongan").confirmed_at is not None
    assert calls.get(unit_code="shuju").confirmed_at is None
    with pytest.raises(WrongState):
        services.order_acknowledge(**on(receipt, people["unit_gongan"]))


def test_a_call_out_confirmed_elsewhere_signs_for_the_order(people: Any) -> None:
    from directory.rules import actor_of_unit
    from yangcheng_ec.callout.choices import ConfirmedHow
    from yangcheng_ec.callout.services import Said, callout_confirm

    order = issued(people, active(people), "gongan")
    user = people["unit_gongan"]
    row = Callout.objects.get(cause__subject_type="commandorder", cause__subject_id=order.pk)
    said = Said(ConfirmedHow.PHONE, person="值班员老王")
    callout_confirm(callout_id=row.pk, said=said, actor=actor_of_unit(user, user.unit_id))
    receipt = receipt_of(order, "gongan")
    assert (receipt.state, receipt.acknowledged_by) == ("acknowledged", "值班员老王")


def test_a_unit_reports_and_the_office_is_told(people: Any) -> None:
    receipt = receipt_of(issued(people, active(people), "gongan"), "gongan")
    unit = people["unit_gongan"]
    with pytest.raises(WrongState, match="签收"):
        services.order_report(**on(receipt, unit, text="已关停"))
    services.order_acknowledge(**on(receipt, unit))
    with pytest.raises(BadInput):
        services.order_report(**on(receipt, unit, text=" "))
    done = services.order_report(**on(receipt, unit, text="03:20 已关停"))
    assert (done.state, done.report) == ("reported", "03:20 已关停")
    assert Notice.objects.filter(kind="response.order_reported", recipient=people["office"]).exists()
    assert not receipts_waiting(unit).exists()


def test_the_office_enters_what_a_unit_said_by_telephone(people: Any) -> None:
    receipt = receipt_of(issued(people, active(people), "gongan"), "gongan")
    with pytest.raises(BadInput) as refused:
        services.order_acknowledge(**on(receipt, people["duty"]))
    assert "said_by" in refused.value.fields
    done = services.order_acknowledge(**on(receipt, people["duty"], said_by="值班员老王"))
    assert (done.acknowledged_by, done.said_by) == ("值班员老王", "值班员老王")
    with pytest.raises(Forbidden):
        services.order_report(**on(receipt, people["comms_duty"], text="x", said_by="x"))
    with pytest.raises(StaleVersion):
        services.order_report(receipt_id=receipt.pk, version=0, text="x", user=people["unit_gongan"])


def test_another_units_receipt_does_not_exist_for_a_unit(people: Any) -> None:
    order = issued(people, active(people), "gongan", "shuju")
    assert [row.unit.code for row in receipts_visible_to(people["unit_gongan"])] == ["gongan"]
    with pytest.raises(NotVisible):
        services.order_acknowledge(**on(receipt_of(order, "shuju"), people["unit_gongan"]))
    assert not receipts_visible_to(people["sysadmin"]).exists()


def test_a_unit_the_plan_does_not_list_gets_to_see_the_case_by_its_order(people: Any) -> None:
    response = active(people, level=3)
    unit = people["unit_zhengfuban"]
    assert not incidents_visible_to(unit).filter(pk=response.incident_id).exists()
    issued(people, response, "zhengfuban")
    assert incidents_visible_to(unit).filter(pk=response.incident_id).exists()


def test_an_order_is_taken_back_with_a_reason_by_the_command(people: Any) -> None:
    order = issued(people, active(people), "gongan")
    taken = {"order_id": order.pk, "version": order.version}
    with pytest.raises(BadInput):
        services.order_withdraw(**taken, reason=" ", user=people["commander"])
    with pytest.raises(Forbidden):
        services.order_withdraw(**taken, reason="误", user=people["duty"])
    assert services.order_withdraw(**taken, reason="改用其他措施", user=people["commander"]).state == "withdrawn"
    with pytest.raises(WrongState, match="撤回"):
        services.order_acknowledge(**on(receipt_of(order, "gongan"), people["unit_gongan"]))
    with pytest.raises(NotVisible):
        services.order_withdraw(order_id=order.pk, version=order.version, reason="x", user=people["unit_gongan"])
    assert Notice.objects.filter(kind="response.order_withdrawn", unit_code="gongan").exists()
    assert Callout.objects.get(cause__subject_type="commandorder").ended_at is not None


def test_no_order_is_given_after_the_end_and_open_calls_stop(people: Any) -> None:
    response = active(people)
    order = issued(people, response, "gongan")
    ended(people, fresh(response))
    assert Callout.objects.get(cause__subject_type="commandorder", cause__subject_id=order.pk).ended_at is not None
    with pytest.raises(WrongState):
        issued(people, response, "shuju")


@pytest.mark.parametrize(("code", "titles"), [("cyber-2025", ["县公安局", "县数据中心"]), ("comms-2022", [])])
def test_a_shift_hands_over_the_orders_that_wait(people: Any, code: str, titles: list[str]) -> None:
    from directory.models import Plan, Roster
    from response.handoff import responses_warnings_tasks

    issued(people, active(people), "gongan", "shuju")
    roster = Roster(plan=Plan.objects.get(code=code))
    found = {section.label: section for section in responses_warnings_tasks(roster)}
    section = found.get("未办结的应急指令")
    assert sorted(item.number for item in section.items) == titles if section else not titles
