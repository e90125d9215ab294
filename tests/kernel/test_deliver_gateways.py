"""SMS and robots over real sockets: gateways that refuse, hang, answer late, double, cut off and talk nonsense."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.kernel.gateway import Gateway, gateway
from tests.kernel.support import NOON
from tests.queued import queued
from yangcheng_ec.deadlines import channels
from yangcheng_ec.deadlines.channels import robots
from yangcheng_ec.deadlines.models import ChannelHealth, ChannelRule, Delivery, Notice
from yangcheng_ec.deadlines.registry import Recipient
from yangcheng_ec.deadlines.selectors import call_sheet
from yangcheng_ec.deadlines.services import Message, deliver_batch, leases
from yangcheng_ec.record.models import CaseHead

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def stub(settings: Any) -> Iterator[Gateway]:
    """A gateway that the system is set to use for SMS and for every robot."""
    with gateway() as running:
        settings.SMS_URL = f"{running.url}/sms"
        settings.SMS_HEADERS = {"Authorization": "Bearer geheim"}
        settings.SMS_SUCCESS, settings.SMS_REFUSAL = "code=0", "code=1001"
        settings.SMS_TIMEOUT = 0.5
        settings.ROBOTS = {"群": "wecombot://key1", "钉": "dingtalk://secret1@token1", "飞": "feishu://token2"}
        settings.ROBOT_RELAYS = dict.fromkeys(
            ("qyapi.weixin.qq.com", "oapi.dingtalk.com", "open.feishu.cn"), f"{running.url}/relay"
        )
        yield running


def person(officer: Any, number: int = 0) -> Recipient:
    """Return a recipient with a mobile number and nothing else by machine."""
    return Recipient(
        f"user:{number}", f"第{number}人", officer.pk, phone=f"1390000{number:04}", mobile=f"1390000{number:04}"
    )


@pytest.fixture
def sms(stub: Gateway, head: CaseHead, officer: Any) -> Delivery:
    """An SMS on its way."""
    (notice,) = queued(
        head=head, message=Message("warning.x", "题", "d", clause="网络预案 3.2"), recipients=[person(officer)]
    )
    return notice.deliveries.get(channel="sms")


def again(row: Delivery) -> Delivery:
    """Return the row as it is now."""
    return Delivery.objects.select_related("notice").get(pk=row.pk)


def due_now() -> None:
    """Let everything that waits be due, and every channel be tried."""
    Delivery.objects.filter(state="queued").update(next_try_at=NOON, leased_until=None)
    ChannelHealth.objects.update(failures=0, retry_at=None)


class TestSms:
    """The HTTP gateway."""

    def test_an_sms_carries_number_words_key_and_token(self, stub: Gateway, sms: Delivery) -> None:
        assert deliver_batch("sms") == 1
        (request,) = stub.taken
        assert request.path == "/sms"
        assert request.json == {"phone": "13900000000", "text": "题", "key": str(sms.key)}
        assert request.headers["idempotency-key"] == str(sms.key)
        assert request.headers["authorization"] == "Bearer geheim"
        sent = again(sms)
        assert (sent.state, sent.sent_at, sent.in_doubt, sent.begun_at, sent.leased_until) == (
            "sent",
            NOON,
            False,
            None,
            None,
        )

    def test_fields_templates_and_a_form(self, stub: Gateway, sms: Delivery, settings: Any) -> None:
        settings.SMS_FORMAT = "form"
        settings.SMS_FIELDS = {"to": "{phone}", "tpl": "{template}", "p": "{text}|{key}"}
        settings.SMS_TEMPLATES = {"warning": "T-1", "": "T-0"}
        Notice.objects.update(title="{key}&to=1")
        deliver_batch("sms")
        from urllib.parse import parse_qs

        found = parse_qs(stub.taken[0].body.decode())
        assert found == {"to": ["13900000000"], "tpl": ["T-1"], "p": [f"{{key}}&to=1|{sms.key}"]}

    @pytest.mark.parametrize("how", ["hang", "close", "garbage", "drip"])
    def test_without_a_clear_answer_it_is_in_doubt_and_sent_again_with_the_same_key(
        self, stub: Gateway, sms: Delivery, how: str
    ) -> None:
        stub.plan = [how, "ok"]
        deliver_batch("sms")
        row = again(sms)
        assert (row.state, row.attempts, row.in_doubt, row.leased_until) == ("queued", 1, True, None)
        assert row.error
        due_now()
        deliver_batch("sms")
        row = again(sms)
        assert (row.state, row.attempts, row.in_doubt) == ("sent", 2, True)
        assert {request.headers["idempotency-key"] for request in stub.requests} == {str(sms.key)}

    def test_where_the_gateway_keeps_to_the_key_the_doubt_ends(
        self, stub: Gateway, sms: Delivery, settings: Any
    ) -> None:
        settings.SMS_KEY_KEPT = True
        stub.plan = ["close", "ok"]
        deliver_batch("sms")
        due_now()
        deliver_batch("sms")
        assert (again(sms).state, again(sms).in_doubt) == ("sent", False)
        assert len({request.headers["idempotency-key"] for request in stub.taken}) == 1

    def test_an_answer_after_our_time_out_changes_nothing(self, stub: Gateway, sms: Delivery) -> None:
        stub.plan = ["late", "ok"]
        deliver_batch("sms")
        stub.free.set()
        assert (again(sms).state, again(sms).in_doubt) == ("queued", True)

    @pytest.mark.parametrize("status", [500, 502, 504])
    def test_a_fault_of_the_gateway_is_tried_again_without_doubt(
        self, stub: Gateway, sms: Delivery, status: int
    ) -> None:
        stub.plan = [status]
        deliver_batch("sms")
        row = again(sms)
        assert (row.state, row.attempts, row.in_doubt) == ("queued", 1, False)
        assert f"HTTP {status}" in row.error

    @pytest.mark.parametrize("status", [401, 403, 429, 503, "redirect"])
    def test_a_gateway_that_takes_nothing_costs_no_attempt(self, stub: Gateway, sms: Delivery, status: Any) -> None:
        stub.plan = [status]
        assert deliver_batch("sms") == 0
        row = again(sms)
        assert (row.state, row.attempts, row.begun_at, row.in_doubt) == ("queued", 0, None, False)
        assert ChannelHealth.objects.get(name="sms").failures == 1
        assert len(stub.requests) == 1, "no redirect is followed"

    def test_it_waits_as_long_as_the_gateway_asks(self, stub: Gateway, sms: Delivery, noon: Any) -> None:
        stub.plan = [429, "ok"]
        deliver_batch("sms")
        noon.shift(115)
        assert deliver_batch("sms") == 0
        noon.shift(10)
        assert deliver_batch("sms") == 1

    def test_a_refusal_for_good_is_not_tried_again(self, stub: Gateway, sms: Delivery) -> None:
        stub.plan = [{"code": 1001, "message": "黑名单"}]
        deliver_batch("sms")
        row = again(sms)
        assert (row.state, row.attempts) == ("given_up", 1)
        assert "黑名单" in row.error
        assert call_sheet().filter(notice=row.notice).count() == 1

    def test_another_refusal_is_tried_again(self, stub: Gateway, sms: Delivery) -> None:
        stub.plan = [{"code": 7}]
        deliver_batch("sms")
        assert (again(sms).state, again(sms).in_doubt) == ("queued", False)

    def test_no_gateway_no_attempt(self, stub: Gateway, sms: Delivery, settings: Any) -> None:
        settings.SMS_URL = ""
        assert deliver_batch("sms") == 0
        assert again(sms).leased_until is None

    def test_nobody_listens(self, sms: Delivery, settings: Any) -> None:
        settings.SMS_URL = "http://127.0.0.1:9/sms"
        assert deliver_batch("sms") == 0
        assert again(sms).attempts == 0
        assert "连接不上" in ChannelHealth.objects.get(name="sms").error


class TestRest:
    """A channel that fails rests; then one delivery tries it."""

    @pytest.fixture
    def many(self, noon: Any, stub: Gateway, head: CaseHead, officer: Any) -> None:
        queued(head=head, message=Message("warning.x", "题", "d"), recipients=[person(officer, n) for n in range(10)])

    @pytest.mark.usefixtures("many")
    def test_three_strikes_and_the_others_keep_their_attempts(self, stub: Gateway) -> None:
        stub.plan = [500]
        deliver_batch("sms")
        assert len(stub.requests) == 3
        assert Delivery.objects.filter(attempts=0, leased_until=None, state="queued").count() == 7
        assert deliver_batch("sms") == 0, "it rests"

    @pytest.mark.usefixtures("many")
    def test_one_delivery_tries_it_and_then_all_go(self, stub: Gateway, noon: Any) -> None:
        stub.plan = [500, 500, 500, 500, "ok"]
        deliver_batch("sms")
        noon.shift(8)
        assert deliver_batch("sms") == 1
        assert ChannelHealth.objects.get(name="sms").failures == 2
        noon.shift(30)
        assert deliver_batch("sms") == 1, "the trial"
        noon.shift(60)
        assert deliver_batch("sms") == 9
        health = ChannelHealth.objects.get(name="sms")
        assert (health.failures, health.down_since, health.error) == (0, None, "")
        assert Delivery.objects.filter(state="sent", in_doubt=False).count() == 10

    @pytest.mark.usefixtures("many")
    def test_an_hour_without_a_gateway_loses_and_doubles_nothing(self, stub: Gateway, settings: Any, noon: Any) -> None:
        there, settings.SMS_URL = settings.SMS_URL, "http://127.0.0.1:9/sms"
        for _ in range(120):
            deliver_batch("sms")
            noon.shift(30)
        assert Delivery.objects.filter(state="queued", attempts=0).count() == 10
        settings.SMS_URL = there
        for _ in range(20):
            deliver_batch("sms")
            noon.shift(30)
        assert Delivery.objects.filter(state="sent", in_doubt=False).count() == 10
        keys = [request.headers["idempotency-key"] for request in stub.taken]
        assert len(keys) == len(set(keys)) == 10


class TestRobots:
    """Robots through apprise."""

    @pytest.fixture
    def told(self, noon: Any, stub: Gateway, head: CaseHead, officer: Any) -> list[Notice]:
        ChannelRule.objects.create(channels=["wecom", "dingtalk", "feishu"], robots=["群", "钉", "飞"], updated_at=NOON)
        channels.book_forget()
        people = [Recipient(f"user:{n}", f"第{n}人", officer.pk) for n in range(30)]
        return queued(head=head, message=Message("warning.x", "断网", "d", "正文", urgent=True), recipients=people)

    @pytest.mark.usefixtures("told")
    def test_one_post_names_everybody_whom_the_same_words_concern(self, stub: Gateway) -> None:
        assert deliver_batch("wecom") == 30
        (request,) = stub.taken
        assert request.path == "/relay/cgi-bin/webhook/send?key=key1"
        words = request.json["text"]["content"]
        assert words.startswith("断网")
        assert "第0人、第1人" in words
        assert "等30人" in words
        assert Delivery.objects.filter(channel="wecom", state="sent").count() == 30

    @pytest.mark.usefixtures("told")
    def test_dingtalk_is_signed_once_and_feishu_has_its_own_body(self, stub: Gateway) -> None:
        assert deliver_batch("dingtalk") == 30
        assert "access_token=token1&timestamp=" in stub.taken[0].path
        assert "&sign=" in stub.taken[0].path
        assert "%25" not in stub.taken[0].path
        assert deliver_batch("feishu") == 30
        assert stub.taken[1].path == "/relay/open-apis/bot/v2/hook/token2/"
        assert "断网" in stub.taken[1].json["content"]["text"]

    @pytest.mark.usefixtures("told")
    def test_a_code_in_a_good_answer_is_a_refusal(self, stub: Gateway) -> None:
        stub.plan = [{"errcode": 93000, "errmsg": "invalid webhook url"}]
        deliver_batch("wecom")
        row = Delivery.objects.filter(channel="wecom").first()
        assert row is not None
        assert (row.state, row.attempts, row.in_doubt) == ("queued", 1, False)
        assert "invalid webhook" in row.error
        assert "key1" not in row.error, "no secret on the page"

    @pytest.mark.usefixtures("told")
    @pytest.mark.parametrize("how", ["hang", "close", "garbage"])
    def test_without_an_answer_it_may_appear_twice_and_stays_in_doubt(
        self, stub: Gateway, how: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(robots, "ROBOT_SECONDS", 0.5)
        stub.plan = [how, "ok"]
        deliver_batch("wecom")
        assert Delivery.objects.filter(channel="wecom", state="queued", in_doubt=True).count() == 30
        due_now()
        deliver_batch("wecom")
        assert Delivery.objects.filter(channel="wecom", state="sent", in_doubt=True).count() == 30
        assert len(stub.taken) == 2

    def test_twenty_a_minute_by_rows(self, stub: Gateway, head: CaseHead, officer: Any, noon: Any) -> None:
        ChannelRule.objects.create(channels=["wecom"], robots=["群"], updated_at=NOON)
        channels.book_forget()
        for n in range(25):
            queued(
                head=head, message=Message("x", f"第{n}件", f"d{n}"), recipients=[Recipient("user:1", "甲", officer.pk)]
            )
        assert deliver_batch("wecom") == 20
        assert deliver_batch("wecom") == 0
        noon.shift(59)
        assert deliver_batch("wecom") == 0
        noon.shift(2)
        assert deliver_batch("wecom") == 5
        assert len(stub.taken) == 25
        assert Delivery.objects.filter(attempts=1, state="sent").count() == 25

    @pytest.mark.usefixtures("told")
    def test_a_robot_that_is_no_longer_set_is_given_up(self, settings: Any) -> None:
        settings.ROBOTS = {"另一个": "wecombot://key9"}
        deliver_batch("wecom")
        assert Delivery.objects.filter(channel="wecom", state="given_up").count() == 30

    @pytest.mark.usefixtures("told")
    def test_a_long_text_is_cut_where_the_robot_ends_and_says_so(self, stub: Gateway) -> None:
        Notice.objects.update(body="长" * 5000)
        deliver_batch("wecom")
        words = stub.taken[0].json["text"]["content"]
        assert len(words.encode()) <= 2048
        assert words.endswith("（全文请登录系统查看）")


class TestLeases:
    """Marks are compare-and-set: whoever began last owns the delivery."""

    def test_a_kill_in_mid_send_leaves_a_doubt(self, stub: Gateway, sms: Delivery, noon: Any) -> None:
        (row,) = leases.lease("sms", 1)
        assert leases.begin([row])
        noon.shift(61)
        assert deliver_batch("sms") == 1
        assert (again(sms).state, again(sms).attempts, again(sms).in_doubt) == ("sent", 2, True)

    def test_a_kill_before_the_send_leaves_none(self, stub: Gateway, sms: Delivery, noon: Any) -> None:
        leases.lease("sms", 1)
        noon.shift(61)
        deliver_batch("sms")
        assert (again(sms).state, again(sms).attempts, again(sms).in_doubt) == ("sent", 1, False)

    def test_who_was_held_up_past_the_lease_begins_nothing(self, sms: Delivery, noon: Any) -> None:
        (slow,) = leases.lease("sms", 1)
        noon.shift(61)
        (quick,) = leases.lease("sms", 1)
        assert leases.begin([slow]) == []
        assert leases.begin([quick]) == [quick]

    def test_a_late_success_counts_while_nobody_has_begun_again(self, sms: Delivery, noon: Any) -> None:
        (slow,) = leases.lease("sms", 1)
        leases.begin([slow])
        noon.shift(61)
        (quick,) = leases.lease("sms", 1)
        assert leases.mark_sent([slow], keyed=False) == 1
        assert leases.begin([quick]) == []

    def test_a_late_failure_undoes_no_success(self, sms: Delivery, noon: Any) -> None:
        (slow,) = leases.lease("sms", 1)
        leases.begin([slow])
        noon.shift(61)
        (quick,) = leases.lease("sms", 1)
        leases.begin([quick])
        leases.mark_sent([quick], keyed=False)
        leases.retry([slow], "zu spät")
        leases.give_up(slow, "zu spät")
        assert (again(sms).state, again(sms).error) == ("sent", "")
        assert not call_sheet().exists()

    def test_what_kills_every_time_is_given_up(self, stub: Gateway, sms: Delivery, noon: Any) -> None:
        for _ in range(leases.MAX_ATTEMPTS):
            (row,) = leases.lease("sms", 1)
            leases.begin([row])
            noon.shift(61)
        assert deliver_batch("sms") == 0
        assert (again(sms).state, again(sms).in_doubt) == ("given_up", True)
        assert stub.requests == []

    def test_what_is_settled_in_between_is_left(self, stub: Gateway, sms: Delivery) -> None:
        (row,) = leases.lease("sms", 1)
        Delivery.objects.update(state="settled")
        assert leases.begin([row]) == []


def test_a_hanging_channel_is_cut_off_in_time(stub: Gateway, sms: Delivery) -> None:
    """The watchdog ends what a socket's own time-out would not: a gateway that drips byte after byte."""
    stub.plan = ["drip"]
    began = time.perf_counter()
    deliver_batch("sms")
    assert time.perf_counter() - began < 2
    assert again(sms).in_doubt
