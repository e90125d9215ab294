"""Ways, words and waves: what the outbox promises to those who build on it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time
from typing import Any

import pytest

from tests.kernel.support import NOON
from tests.queued import queued
from yangcheng_ec.deadlines import channels
from yangcheng_ec.deadlines.channels import Way, register_text_suffix, sms_parts, text_for, texts, ways_for, ways_of
from yangcheng_ec.deadlines.choices import BY_HAND, BY_MACHINE, Channel
from yangcheng_ec.deadlines.models import ChannelRule, Delivery, Notice, Switch
from yangcheng_ec.deadlines.registry import Recipient
from yangcheng_ec.deadlines.services import Message, deliveries_add, notices_settle
from yangcheng_ec.record.models import CaseHead

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

PERSON = Recipient("user:1", "李四", email="l@x.invalid", phone="13800000001", mobile="13800000001", unit_code="gongan")
UNIT = Recipient("unit:runcheng", "润城镇值班", phone="0356-4810001", unit_code="runcheng", fax="0356-4810002")


@pytest.fixture(autouse=True)
def _everything_set_up(settings: Any) -> None:
    settings.SMS_URL = "http://127.0.0.1:9/sms"
    settings.ROBOTS = {"公安群": "wecombot://key1", "指挥部群": "dingtalk://token1"}


def rule(addressee: str = "", kind: str = "", **facts: Any) -> None:
    """Set a rule, as the page does."""
    ChannelRule.objects.create(addressee=addressee, kind=kind, updated_at=NOON, **facts)
    channels.book_forget()


def switch(name: str, *, on: bool) -> None:
    """Switch something, as the page does."""
    Switch.objects.update_or_create(name=name, defaults={"on": on, "switched_at": NOON})
    channels.book_forget()


def names(ways: list[Way]) -> list[str]:
    """Return the channels of ways."""
    return [way.channel.value for way in ways]


class TestWays:
    """Who is reached how, in which order."""

    def test_every_channel_is_by_machine_or_by_hand(self) -> None:
        assert sorted([*BY_MACHINE, *BY_HAND]) == sorted(Channel)

    def test_what_is_grave_wakes_by_sms_first_and_the_rest_goes_by_mail(self) -> None:
        assert names(ways_for("warning.published", PERSON)) == ["sms", "email", "phone"]
        assert names(ways_for("deadline.escalate", PERSON)) == ["sms", "email", "phone"]
        assert names(ways_for("deadline.remind", PERSON)) == ["email", "sms", "phone"]

    def test_a_way_needs_an_address_and_the_phone_is_always_there(self) -> None:
        assert ways_for("x", Recipient("user:2", "王五")) == [Way(Channel.PHONE, "")]
        assert names(ways_for("x", UNIT)) == ["phone", "fax"]

    def test_a_channel_that_is_not_set_up_is_left_out(self, settings: Any) -> None:
        settings.SMS_URL = ""
        assert names(ways_for("x", PERSON)) == ["email", "phone"]

    def test_the_narrowest_rule_counts(self) -> None:
        rule(channels=["phone", "email"])
        assert names(ways_for("warning.published", PERSON)) == ["phone", "email"]
        rule(kind="warning", channels=["email"])
        assert names(ways_for("warning.published", PERSON)) == ["email", "phone"]
        rule("unit:gongan", channels=["sms"])
        assert names(ways_for("warning.published", PERSON)) == ["sms", "phone"]
        rule("user:1", "warning.published", channels=["phone", "sms"])
        assert names(ways_for("warning.published", PERSON)) == ["phone", "sms"]
        assert names(ways_for("x", UNIT)) == ["phone"]

    def test_a_robot_is_reached_by_name_where_a_rule_says_so(self) -> None:
        rule("unit:gongan", robots=["公安群", "指挥部群", "没有的群"])
        found = ways_for("x", PERSON)
        assert [way for way in found if way.channel in ("wecom", "dingtalk", "feishu")] == [
            Way(Channel.WECOM, "公安群"),
            Way(Channel.DINGTALK, "指挥部群"),
        ]
        assert "wecom" not in names(ways_for("x", UNIT))

    def test_a_channel_switched_off_is_left_out_but_never_the_phone(self) -> None:
        for name in ("sms", "phone"):
            switch(name, on=False)
        assert names(ways_for("x", PERSON)) == ["email", "phone"]

    def test_two_thousand_recipients_cost_two_statements(self, django_assert_num_queries: Any) -> None:
        people = [Recipient(f"user:{n}", f"第{n}人", email=f"{n}@x.invalid") for n in range(2000)]
        channels.book_forget()
        with django_assert_num_queries(2):
            found = ways_of("warning.published", people)
        assert len(found) == 2000


class TestQuiet:
    """Quiet hours hold back what is not urgent, never what is."""

    @pytest.mark.parametrize(
        ("hours", "until"),
        [
            pytest.param((time(22), time(7)), None, id="noon is not night"),
            pytest.param((time(11), time(14)), datetime(2026, 11, 22, 6, 0, tzinfo=UTC), id="over noon"),
            pytest.param((time(11), time(7)), datetime(2026, 11, 22, 23, 0, tzinfo=UTC), id="until tomorrow"),
            pytest.param((time(13), time(12, 30)), datetime(2026, 11, 22, 4, 30, tzinfo=UTC), id="since yesterday"),
        ],
    )
    def test_what_is_calm_waits_until_they_end(self, head: CaseHead, officer: Any, hours: Any, until: Any) -> None:
        rule(quiet_from=hours[0], quiet_to=hours[1])
        (notice,) = queued(head=head, message=Message("x", "题", "d"), recipients=[mail_of(officer)])
        assert notice.deliveries.get().next_try_at == (until or NOON)

    def test_an_emergency_knows_none(self, head: CaseHead, officer: Any) -> None:
        rule(quiet_from=time(0), quiet_to=time(23, 59))
        message = Message("x", "题", "d", urgent=True, call=True)
        (notice,) = queued(head=head, message=message, recipients=[mail_of(officer)])
        assert {row.next_try_at for row in notice.deliveries.all()} == {NOON}


def mail_of(officer: Any) -> Recipient:
    """Return the officer as somebody who has everything."""
    return Recipient(f"user:{officer.pk}", "赵值班", officer.pk, "z@x.invalid", "13900000001", mobile="13900000001")


class TestFirstWave:
    """What goes out at once."""

    @pytest.mark.parametrize(
        ("facts", "expected"),
        [
            pytest.param({}, ["email"], id="calm: one machine"),
            pytest.param({"urgent": True}, ["email", "sms"], id="urgent: every machine"),
            pytest.param({"call": True}, ["email", "phone"], id="with a call"),
            pytest.param({"confirm": True, "urgent": True}, ["email"], id="to be confirmed: the first"),
            pytest.param({"confirm": True, "kind": "warning.x"}, ["sms"], id="to be confirmed and grave"),
        ],
    )
    def test_by_kind(self, head: CaseHead, officer: Any, facts: Any, expected: list[str]) -> None:
        message = Message(**({"kind": "x", "title": "题", "dedupe": "d"} | facts))
        (notice,) = queued(head=head, message=message, recipients=[mail_of(officer)])
        assert sorted(row.channel for row in notice.deliveries.all()) == expected

    def test_confirm_and_level_stand_on_the_notice(self, head: CaseHead, officer: Any) -> None:
        message = Message("x", "题", "d", confirm=True, level=2)
        (notice,) = queued(head=head, message=message, recipients=[mail_of(officer)])
        assert (notice.confirm, notice.level) == (True, 2)

    def test_nobody_to_write_to_is_called(self, head: CaseHead, officer: Any) -> None:
        bare = Recipient(f"user:{officer.pk}", "无渠道", officer.pk)
        (notice,) = queued(head=head, message=Message("x", "题", "d", confirm=True), recipients=[bare])
        assert [(row.channel, row.address) for row in notice.deliveries.all()] == [("phone", "")]


class TestLaterWaves:
    """``deliveries_add``: a call-out goes on to the next channel."""

    @pytest.fixture
    def notice(self, head: CaseHead, officer: Any) -> Notice:
        message = Message("x", "题", "d", confirm=True, subject=("warning", 1))
        return queued(head=head, message=message, recipients=[mail_of(officer)])[0]

    def test_adding_twice_changes_nothing(self, notice: Notice) -> None:
        rows = [(notice.pk, Way(Channel.SMS, "13900000001")), (notice.pk, Way(Channel.PHONE, "13900000001"))]
        assert [deliveries_add(rows, NOON), deliveries_add(rows, NOON)] == [2, 0]
        assert sorted(row.channel for row in notice.deliveries.all()) == ["email", "phone", "sms"]

    def test_the_first_address_stays(self, notice: Notice) -> None:
        assert deliveries_add([(notice.pk, Way(Channel.EMAIL, "other@x.invalid"))], NOON) == 0
        assert notice.deliveries.get().address == "z@x.invalid"

    def test_what_is_settled_gets_none(self, notice: Notice) -> None:
        notices_settle(subject=("warning", 1))
        assert deliveries_add([(notice.pk, Way(Channel.SMS, "13900000001"))], NOON) == 0

    def test_nothing_costs_nothing(self, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(0):
            assert deliveries_add([], NOON) == 0


class TestDrills:
    """Drills say so in every channel and can be kept in the inboxes."""

    MESSAGE = Message("x", "断网", "d", body="正文", drill=True, urgent=True, call=True)

    def test_every_channel_begins_with_the_mark(self, settings: Any) -> None:
        settings.SMS_SIGNATURE = "【阳城应急】"
        assert {text_for(channel, self.MESSAGE)[:4] for channel in Channel} == {"【演练】"}
        assert text_for("sms", self.MESSAGE) == "【演练】断网【阳城应急】"
        assert text_for("sms", self.MESSAGE, drill=False) == "断网【阳城应急】"

    def test_the_setting_keeps_them_inside(self, settings: Any, head: CaseHead, officer: Any) -> None:
        settings.DRILL_INBOX_ONLY = True
        channels.book_forget()
        (notice,) = queued(head=head, message=self.MESSAGE, recipients=[mail_of(officer)])
        assert not notice.deliveries.exists()
        assert deliveries_add([(notice.pk, Way(Channel.SMS, "13900000001"))], NOON) == 0

    def test_the_switch_goes_before_the_setting(self, settings: Any, head: CaseHead, officer: Any) -> None:
        settings.DRILL_INBOX_ONLY = True
        switch("drills", on=True)
        (notice,) = queued(head=head, message=self.MESSAGE, recipients=[mail_of(officer)])
        assert notice.deliveries.count() == 3


class TestWords:
    """The exact words of each channel."""

    MESSAGE = Message("x", "还剩15分钟：\n报告", "d", "正文", script="念稿", url="/a/", clause="网络预案 4.1")

    def test_of_each_channel(self, settings: Any) -> None:
        settings.SITE_URL = "http://10.0.0.1"
        assert text_for("sms", self.MESSAGE) == "还剩15分钟： 报告"
        assert text_for("phone", self.MESSAGE) == "念稿"
        letter = "还剩15分钟：\n报告\n\n正文\n\nhttp://10.0.0.1/a/\n\n依据：网络预案 4.1\n"
        assert text_for("email", self.MESSAGE) == letter
        assert text_for("wecom", self.MESSAGE) == letter
        assert "10.0.0.1" not in text_for("fax", self.MESSAGE)

    @pytest.fixture
    def suffix(self) -> Iterator[None]:
        kept = list(texts._suffixes)
        register_text_suffix(
            lambda delivery, channel: f" http://c/{delivery.notice_id}" if channel == "sms" else "",
            preview=lambda message, channel: " http://c/样例" if channel == "sms" and message.confirm else "",
        )
        yield
        texts._suffixes[:] = kept

    @pytest.mark.usefixtures("suffix")
    def test_an_app_adds_its_link(self, head: CaseHead, officer: Any) -> None:
        message = Message("warning.x", "题", "d", confirm=True)
        (notice,) = queued(head=head, message=message, recipients=[mail_of(officer)])
        sent = Delivery.objects.get(notice=notice, channel="sms")
        assert channels.delivery_text(sent) == f"题 http://c/{notice.pk}"
        assert text_for("sms", message) == "题 http://c/样例"
        assert "http://c" not in text_for("email", message)

    @pytest.mark.parametrize(
        ("text", "count", "length"),
        [("", 0, 0), ("汉" * 70, 1, 70), ("汉" * 71, 2, 71), ("汉" * 134, 2, 134), ("汉" * 135, 3, 135), ("😀", 1, 2)],
    )
    def test_parts_of_an_sms(self, text: str, count: int, length: int) -> None:
        parts = sms_parts(text)
        assert (parts.count, parts.length) == (count, length)
        assert parts.per_part == (70 if count < 2 else 67)
