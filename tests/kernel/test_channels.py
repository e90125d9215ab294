"""Channels: who is reached by which way, short messages and robots by a real gateway, switches, rests and doubts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.kernel.gateway import Gateway, gateway
from tests.kernel.smtp import mail_server
from tests.kernel.support import NOON, kinds_of
from tests.queued import queued
from yangcheng_ec.actors import Actor
from yangcheng_ec.checks import channels_configured
from yangcheng_ec.deadlines.channels import is_mobile, sms_parts, text_for, ways_for, ways_of
from yangcheng_ec.deadlines.channels import sms as sms_module
from yangcheng_ec.deadlines.choices import Channel
from yangcheng_ec.deadlines.models import ChannelState, Delivery
from yangcheng_ec.deadlines.quiet import quiet_until
from yangcheng_ec.deadlines.registry import Recipient
from yangcheng_ec.deadlines.selectors import call_sheet, channel_lines, channel_troubles, dead_letters
from yangcheng_ec.deadlines.services import (
    Message,
    channel_order_set,
    channel_switch,
    deliver_all,
    deliver_batch,
    deliveries_add,
    deliveries_resend,
    delivery_resend,
)
from yangcheng_ec.deadlines.services.deliver import channels_in_use
from yangcheng_ec.errors import BadInput, NotVisible, StaleVersion, WrongState
from yangcheng_ec.record.models import CaseHead

pytestmark = pytest.mark.usefixtures("noon")
PLAIN = Message("deadline.remind", "还剩15分钟", "step:1", "正文", url="/incidents/1/", clause="网络预案 4.1")
URGENT = Message("deadline.overdue", "已逾期", "step:2", "正文", urgent=True)
PERSON = Recipient("user:7", "赵值班", email="a@x.invalid", phone="139 0000 0001", unit_code="gongan", fax="4220000")


@pytest.fixture
def sms(settings: Any, db: None) -> Iterator[Gateway]:
    """A gateway that short messages go through."""
    with gateway() as running:
        settings.SMS_GATEWAY_URL, settings.SMS_GATEWAY_TOKEN = f"{running.url}/send", "secret"
        settings.SMS_GATEWAY_OK, settings.SMS_TEMPLATES = "code=0", {"": "T0", "deadline": "T1"}
        settings.SMS_GATEWAY_BODY = '{"to": ["{mobile}"], "text": "{text}", "t": "{template}", "ttl": 60, "k": "{key}"}'
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        yield running


@pytest.fixture
def chats(settings: Any, db: None) -> Iterator[Gateway]:
    """Three robots behind a relay of the intranet."""
    with gateway() as running:
        settings.ROBOTS = "gongan=wecombot://abcdefgh-1234,shuju=dingtalk://abcdefg/,*=feishu://abcdefgh1234/"
        settings.ROBOT_RELAY, running.plan.answer = running.url, b'{"errcode": 0, "code": 0}'
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        yield running


def one(head: CaseHead, recipient: Recipient, message: Message = PLAIN, channel: str = "sms") -> Delivery:
    """Queue one notice and return its delivery over a channel."""
    return queued(head=head, message=message, recipients=[recipient])[0].deliveries.get(channel=channel)


def again(row: Delivery) -> Delivery:
    """Return a row as it is now."""
    return Delivery.objects.select_related("notice").get(pk=row.pk)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("139 0000 0001", "13900000001"),
        ("+86 139-0000-0001", "13900000001"),
        ("0356-4220000", ""),
        ("12345", ""),
        ("", ""),
    ],
)
def test_a_short_message_goes_to_a_mobile_only(typed: str, number: str) -> None:
    assert is_mobile(typed) == number


def test_without_a_gateway_there_is_no_short_message(db: None) -> None:
    assert [way.channel for way in ways_for("warning.published", PERSON)] == ["email", "phone"]
    assert channels_in_use() == ["email"]


def test_the_most_particular_order_counts(sms: Gateway, actor: Actor) -> None:
    def order(kind: str) -> list[str]:
        return [way.channel for way in ways_for(kind, PERSON)]

    assert order("warning.published") == ["email", "sms", "phone"]
    channel_order_set(kind="warning", recipient_key="", label="", channels=["phone", "sms"], actor=actor)
    assert (order("warning.published"), order("task.assigned")) == (["phone", "sms"], ["email", "sms", "phone"])
    channel_order_set(kind="", recipient_key="user:7", label="赵值班", channels=["fax", "sms"], actor=actor)
    assert order("warning.published") == ["fax", "sms", "phone"], "the phone always is"
    channel_order_set(kind="", recipient_key="user:7", label="赵值班", channels=[], actor=actor)
    assert order("task.assigned") == ["email", "sms", "phone"]
    for wrong in (["pigeon"], ["sms", "sms"]):
        with pytest.raises(BadInput):
            channel_order_set(kind="", recipient_key="", label="", channels=wrong, actor=actor)


def test_ways_cost_two_statements_for_two_thousand(sms: Gateway, django_assert_num_queries: Any) -> None:
    people = [Recipient(f"user:{n}", "某人", n, f"{n}@x.invalid", "13900000001") for n in range(2000)]
    with django_assert_num_queries(2):
        assert len(ways_of("warning.published", people)) == 2000


@pytest.mark.parametrize(("length", "parts"), [(0, 1), (70, 1), (71, 2), (134, 2), (135, 3)])
def test_a_short_message_is_cut_at_70_alone_and_67_split(length: int, parts: int) -> None:
    assert sms_parts("预" * length).count == parts
    assert sms_parts("𠮷").length == 2


def test_the_words_of_each_channel_begin_with_the_drill_mark() -> None:
    drill = Message("x", "停电", "d", "正文", script="请复述", url="/a/", drill=True)
    words = {channel: text_for(channel, drill) for channel in Channel}
    assert words["sms"].partition("】")[2].startswith("【演练】停电")
    assert words["email"].startswith("【演练】停电")
    assert words["phone"] == words["fax"] == "【演练】请复述"
    assert text_for("sms", PLAIN, "http://x/c/1/").endswith("还剩15分钟 http://x/c/1/")


def test_a_short_message_carries_the_words_the_key_and_the_template(sms: Gateway, head: CaseHead) -> None:
    row = one(head, PERSON)
    assert deliver_batch(channel="sms") == 1
    (taken,) = sms.taken
    assert taken.body == {"to": ["13900000001"], "text": "【阳城应急】还剩15分钟", "t": "T1", "ttl": 60, "k": row.key}
    assert (taken.headers["Idempotency-Key"], taken.headers["Authorization"]) == (row.key, "Bearer secret")
    assert (again(row).state, again(row).reference) == ("sent", "gw-1")


def test_a_gateway_may_want_a_form_and_names_what_it_took(sms: Gateway, head: CaseHead, settings: Any) -> None:
    settings.SMS_GATEWAY_FORMAT, settings.SMS_GATEWAY_REFERENCE = "form", "id"
    settings.SMS_GATEWAY_BODY = '{"phone": "{mobile}", "msg": "{text}{nonsense}"}'
    row = one(head, PERSON, Message("x.y", "{key}&msg=偷", "d"))
    deliver_batch(channel="sms")
    assert sms.taken[0].body.startswith("phone=13900000001&msg=")
    assert sms.taken[0].body.count("msg") == 2, "typed words make no field of their own"
    assert again(row).reference == "gw-1"


@pytest.mark.parametrize(
    ("plan", "state", "doubt", "down"),
    [
        ({"statuses": [500]}, "queued", False, True),
        ({"statuses": [302]}, "queued", False, True),
        ({"statuses": [401]}, "queued", False, True),
        ({"statuses": [400]}, "given_up", False, False),
        ({"answer": b'{"code": 9, "msg": "no such template"}'}, "given_up", False, False),
        ({"answer": b"<html>busy</html>"}, "queued", False, False),
        ({"drop": 1}, "queued", False, True),
        ({"hang": 0.6}, "queued", False, True),
        ({"answer": b"x" * 70_000}, "queued", False, True),
    ],
)
def test_a_failing_gateway_loses_nothing(
    sms: Gateway, head: CaseHead, monkeypatch: pytest.MonkeyPatch, plan: Any, state: str, doubt: bool, down: bool
) -> None:
    monkeypatch.setattr(sms_module, "READ_SECONDS", 0.3)
    for name, value in plan.items():
        setattr(sms.plan, name, value)
    row = one(head, PERSON)
    deliver_batch(channel="sms")
    found = again(row)
    assert (found.state, found.in_doubt, bool(found.error)) == (state, doubt, True), "the gateway knows the key"
    assert ChannelState.objects.filter(channel="sms", failures=1).exists() is down
    assert [taken.path for taken in sms.taken] == ["/send"], "no redirect is followed"


def test_an_answer_after_the_time_out_doubles_nothing_for_who_keeps_the_key(
    sms: Gateway, head: CaseHead, monkeypatch: pytest.MonkeyPatch, noon: Any
) -> None:
    monkeypatch.setattr(sms_module, "READ_SECONDS", 0.3)
    sms.plan.hang = 0.6
    row = one(head, PERSON)
    deliver_batch(channel="sms")
    sms.plan.hang = 0.0
    noon.shift(100)
    deliver_batch(channel="sms")
    assert (again(row).state, len(sms.taken), sms.keys) == ("sent", 2, {row.key})


def test_a_channel_that_is_down_rests_is_probed_by_one_and_costs_the_others_no_try(
    sms: Gateway, head: CaseHead, noon: Any, officer: Any
) -> None:
    people = [Recipient(f"u{n}", f"第{n}人", officer.pk, phone=f"1390000{n:04}") for n in range(20)]
    queued(head=head, message=PLAIN, recipients=people)
    sms.plan.statuses = [503] * 4
    for _ in range(4):
        deliver_all(channel="sms")
        assert deliver_batch(channel="sms") == 0, "it rests"
        noon.shift(70)
    assert len(sms.taken) == 4, "one try each time"
    assert Delivery.objects.filter(channel="sms", attempts=0).count() == 16
    assert "短信送不出" in channel_troubles()[0]
    noon.shift(600)
    assert deliver_all(channel="sms") == 20
    assert not Delivery.objects.filter(channel="sms").exclude(state="sent").exists()
    assert len(sms.keys) == 20
    assert channel_troubles() == []


def test_mail_goes_on_while_the_gateway_is_down(sms: Gateway, head: CaseHead) -> None:
    sms.plan.statuses = [500]
    mail, text = one(head, PERSON, channel="email"), Delivery.objects.get(channel="sms")
    deliver_all()
    assert (again(mail).state, again(text).state) == ("sent", "queued")


def test_what_is_urgent_is_telephoned_after_two_minutes_and_still_leaves_later(
    settings: Any, head: CaseHead, duty: Recipient, noon: Any
) -> None:
    with mail_server() as gone:
        port = gone.port
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    queued(head=head, message=URGENT, recipients=[duty])
    queued(head=head, message=PLAIN, recipients=[duty])
    deliver_all()
    assert call_sheet().count() == 0
    noon.shift(125)
    deliver_all()
    assert [(row.notice.title, row.address) for row in call_sheet()] == [("已逾期", "13900000001")]
    assert "notice.given_up" in kinds_of(head)
    noon.shift(70)
    with mail_server() as back:
        settings.EMAIL_PORT = back.port
        noon.shift(100)
        deliver_all()
        noon.shift(600)
        deliver_all()
        assert len(back.letters) == 2


def test_a_mail_server_down_for_an_hour_loses_and_doubles_nothing(
    settings: Any, head: CaseHead, officer: Any, noon: Any
) -> None:
    people = [Recipient(f"u{n}", f"第{n}人", officer.pk, f"{n}@x.invalid") for n in range(120)]
    with mail_server() as server:
        port = server.port
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    queued(head=head, message=PLAIN, recipients=people)
    for _minute in range(60):
        deliver_all(channel="email")
        noon.shift(60)
    line = channel_lines(NOON + timedelta(hours=1))[0]
    assert (line.queued, line.sent, line.dead, line.is_down) == (120, 0, 0, True)
    with mail_server() as server:
        settings.EMAIL_PORT = server.port
        noon.shift(700)
        deliver_all(channel="email")
        noon.shift(700)
        deliver_all(channel="email")
        letters = [letter["To"] for letter in server.letters]
    assert len(letters) == len(set(letters)) == 120


def test_a_try_that_was_begun_and_never_ended_is_in_doubt_where_nobody_keeps_the_key(
    sms: Gateway, head: CaseHead, noon: Any
) -> None:
    rows = [one(head, PERSON, channel="email"), Delivery.objects.get(channel="sms")]
    Delivery.objects.update(lease="0" * 32, leased_until=NOON + timedelta(seconds=60), begun_at=NOON)
    noon.shift(61)
    deliver_all()
    assert [(again(row).state, again(row).in_doubt) for row in rows] == [("sent", True), ("sent", False)]
    assert channel_lines(NOON)[0].in_doubt == 1


def test_a_robot_speaks_once_in_its_units_group_and_in_everybodys_when_it_is_urgent(
    chats: Gateway, head: CaseHead, officer: Any
) -> None:
    people = [Recipient(f"u{n}", f"第{n}人", officer.pk, unit_code="gongan") for n in range(3)]
    queued(head=head, message=PLAIN, recipients=people)
    assert [row.recipient_label for row in head.notices.filter(recipient=None)] == ["企业微信群（gongan）"]
    queued(head=head, message=URGENT, recipients=people)
    assert deliver_all() == 3
    assert sorted(taken.path.rpartition("/")[0] for taken in chats.taken) == [
        "/cgi-bin/webhook", "/cgi-bin/webhook", "/open-apis/bot/v2/hook/abcdefgh1234",
    ]  # fmt: skip
    assert "还剩15分钟" in str(chats.taken[0].body)
    assert not Delivery.objects.filter(channel="phone").exists(), "nobody telephones a robot"


def test_a_robot_keeps_to_twenty_a_minute(chats: Gateway, head: CaseHead, officer: Any, noon: Any) -> None:
    person = Recipient("u", "某人", officer.pk, unit_code="gongan")
    for number in range(25):
        queued(head=head, message=Message("x", f"第{number}件", f"d{number}"), recipients=[person])
    assert (deliver_all(channel="wecom"), deliver_all(channel="wecom")) == (20, 0)
    noon.shift(61)
    assert deliver_all(channel="wecom") == 5


def test_a_robot_that_does_not_take_it_is_in_doubt_and_tried_again(chats: Gateway, head: CaseHead, noon: Any) -> None:
    chats.plan.statuses = [500]
    one(head, PERSON, channel="email")
    deliver_all()
    row = Delivery.objects.get(channel="wecom")
    assert (row.state, row.in_doubt) == ("queued", True)
    noon.shift(70)
    deliver_all()
    assert again(row).state == "sent"


def test_a_switched_off_channel_waits_and_goes_on_when_it_is_on_again(
    head: CaseHead, duty: Recipient, actor: Actor, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    channel_switch(channel="email", enabled=False, reason="误发", version=0, actor=actor)
    row = one(head, duty, channel="email")
    assert (deliver_all(), again(row).state) == (0, "queued")
    assert ways_for("x", duty)[0].channel == "phone"
    assert channel_troubles() == ["电子邮件已关闭：误发"]
    state = ChannelState.objects.get(channel="email")
    assert state.changed_by == "县指挥部办公室 值班员 赵值班"
    with pytest.raises(StaleVersion):
        channel_switch(channel="email", enabled=True, reason="好了", version=1, actor=actor)
    with pytest.raises(WrongState):
        channel_switch(channel="email", enabled=False, reason="再关", version=2, actor=actor)
    channel_switch(channel="email", enabled=True, reason="好了", version=2, actor=actor)
    assert deliver_all() == 1
    assert kinds_of(CaseHead.objects.get(key="channels")) == ["channel.switched"] * 2


@pytest.mark.parametrize(
    ("channel", "reason", "error"),
    [
        ("email", " ", BadInput),
        ("email", "长" * 301, BadInput),
        ("phone", "x", NotVisible),
        ("pigeon", "x", NotVisible),
    ],
)
def test_a_switch_needs_a_reason_and_a_channel_that_has_one(
    actor: Actor, channel: str, reason: str, error: Any
) -> None:
    with pytest.raises(error):
        channel_switch(channel=channel, enabled=False, reason=reason, version=0, actor=actor)
    assert not ChannelState.objects.exists()


def test_drills_can_be_confined_to_the_inboxes(head: CaseHead, duty: Recipient, actor: Actor) -> None:
    channel_switch(channel="drill", enabled=False, reason="全员演练", version=0, actor=actor)
    drill = queued(head=head, message=Message("x", "题", "d", drill=True, call=True), recipients=[duty])[0]
    real = queued(head=head, message=Message("x", "题", "e", call=True), recipients=[duty])[0]
    assert (drill.title, drill.deliveries.count()) == ("【演练】题", 0)
    assert {row.channel for row in real.deliveries.all()} == {"email", "phone"}


def test_a_dead_letter_is_sent_again_under_its_key(sms: Gateway, head: CaseHead, actor: Actor) -> None:
    sms.plan.statuses = [400, 400, 400]
    rows = [one(head, PERSON), *(one(head, PERSON, Message("x", "题", f"d{n}")) for n in range(2))]
    deliver_all(channel="sms")
    assert dead_letters("sms").count() == 3
    assert "有 3 条通知没有送出" in channel_troubles()[0]
    delivery_resend(delivery_id=rows[0].pk, actor=actor)
    with pytest.raises(WrongState):
        delivery_resend(delivery_id=rows[0].pk, actor=actor)
    assert deliveries_resend(channel="sms", actor=actor) == 2
    assert deliver_all(channel="sms") == 3
    assert len(sms.keys) == 3
    for refused in (
        lambda: deliveries_resend(channel="sms", actor=actor),
        lambda: deliveries_resend(channel="phone", actor=actor),
    ):
        with pytest.raises((WrongState, NotVisible)):
            refused()


def test_a_later_wave_is_added_once(sms: Gateway, head: CaseHead, officer: Any) -> None:
    notice = queued(head=head, message=Message("x", "题", "d", confirm=True), recipients=[PERSON])[0]
    way = next(way for way in ways_for("x", PERSON) if way.channel == "sms")
    assert (deliveries_add([(notice.pk, way), (notice.pk, way)], NOON), deliveries_add([(notice.pk, way)], NOON)) == (
        1,
        0,
    )
    assert deliver_all(channel="sms") == 1


@pytest.mark.parametrize(
    ("hours", "now", "until"),
    [
        ("22:00-06:30", "15:30", "22:30"),  # UTC; 23:30 at home waits until 06:30
        ("22:00-06:30", "21:00", "22:30"),  # 05:00 at home
        ("22:00-06:30", "04:00", None),
        ("12:00-14:00", "05:00", "06:00"),
        ("", "15:30", None),
        ("nonsense", "15:30", None),
    ],
)
def test_quiet_hours_end_when_they_say(settings: Any, hours: str, now: str, until: str | None) -> None:
    settings.QUIET_HOURS = hours
    moment = datetime.fromisoformat(f"2026-11-22T{now}:00").replace(tzinfo=UTC)
    found = quiet_until(moment)
    assert (found and found.astimezone(UTC).strftime("%H:%M")) == until
    assert found is None or found > moment


def test_quiet_hours_hold_nothing_that_is_urgent(settings: Any, head: CaseHead, duty: Recipient) -> None:
    settings.QUIET_HOURS = "00:00-23:59"
    assert one(head, duty, PLAIN, "email").next_try_at > NOON
    assert one(head, duty, URGENT, "email").next_try_at == NOON


def test_a_malformed_configuration_is_said_at_start(settings: Any) -> None:
    assert channels_configured(None) == []
    settings.SMS_GATEWAY_URL, settings.ROBOTS, settings.ROBOT_RELAY = "ftp://x", "gongan=http://x", "relay"
    settings.QUIET_HOURS = "25:00-1"
    assert len(channels_configured(None)) == 4
    settings.SMS_GATEWAY_URL, settings.SMS_GATEWAY_BODY = "http://x", '{"a": 1}'
    assert "{mobile}" in channels_configured(None)[0].msg
