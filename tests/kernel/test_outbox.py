"""What the office does with the outbox, and what it sees: the kernel's services and selectors."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest

from tests.kernel.smtp import mail_server
from tests.kernel.support import NOON, kinds_of, whole
from tests.queued import queued
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines import channels
from yangcheng_ec.deadlines.models import ChannelHealth, ChannelRule, Delivery, Notice, Switch
from yangcheng_ec.deadlines.registry import Recipient
from yangcheng_ec.deadlines.selectors import (
    call_sheet,
    cause_progress,
    dead_letters,
    outbox_alarm,
    outbox_overview,
    pending_everything,
)
from yangcheng_ec.deadlines.services import (
    Message,
    RuleEntry,
    call_record,
    calls_instead,
    deliver_batch,
    letters_drop,
    letters_resend,
    notices_settle,
    rule_remove,
    rule_set,
    switch_set,
)
from yangcheng_ec.errors import BadInput, NotVisible, StaleVersion, WrongState
from yangcheng_ec.record.models import CaseHead, RecordEntry

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


@pytest.fixture
def letter(noon: Any, head: CaseHead, officer: Any) -> Delivery:
    """An urgent letter on its way."""
    return letters(head, officer, 1)[0]


def letters(head: CaseHead, officer: Any, count: int, **facts: Any) -> list[Delivery]:
    """Queue a message to people with a mail address."""
    people = [Recipient(f"user:{n}", f"第{n}人", officer.pk, f"{n}@x.invalid") for n in range(count)]
    message = Message(
        **({"kind": "x", "title": "题", "dedupe": "d", "urgent": True, "subject": ("warning", 1)} | facts)
    )
    queued(head=head, message=message, recipients=people)
    return list(Delivery.objects.filter(channel="email").order_by("pk"))


def lines() -> list[str]:
    """Return what stands in the outbox's chain."""
    return list(RecordEntry.objects.filter(head__key="outbox").order_by("seq").values_list("text", flat=True))


class TestSwitch:
    """A switch per channel, with who, when and why."""

    def test_off_what_is_queued_waits_and_on_it_goes(self, letter: Delivery, actor: Actor) -> None:
        row = switch_set(name="email", on=False, reason="服务器被攻击", version=0, actor=actor)
        assert (row.on, row.reason, row.switched_at, row.version) == (False, "服务器被攻击", NOON, 1)
        assert row.switched_by == "赵值班（县指挥部办公室 值班员）"
        assert deliver_batch("email") == 0
        switch_set(name="email", on=True, reason="恢复", version=1, actor=actor)
        assert deliver_batch("email") == 1
        assert lines() == ["电子邮件：停用。原因：服务器被攻击", "电子邮件：启用。原因：恢复"]
        assert whole(CaseHead.objects.get(key="outbox"))

    def test_drills_are_switched_too(self, actor: Actor, settings: Any) -> None:
        switch_set(name="drills", on=False, reason="全县在用", version=0, actor=actor)
        channels.book_forget()
        assert channels.book().drills_leave is False
        assert lines() == ["演练通知：只进收件箱。原因：全县在用"]
        settings.DRILL_INBOX_ONLY = True
        with pytest.raises(WrongState, match="只进收件箱"):
            switch_set(name="drills", on=False, reason="再来", version=1, actor=actor)

    @pytest.mark.parametrize("name", ["phone", "fax", "sonnenblume", ""])
    def test_by_hand_nothing_is_switched(self, actor: Actor, name: str) -> None:
        with pytest.raises(NotVisible):
            switch_set(name=name, on=False, reason="试", version=0, actor=actor)

    @pytest.mark.parametrize(("reason", "words"), [("", "写明原因"), ("  ", "写明原因"), ("长" * 301, "最多 300")])
    def test_a_reason_is_needed(self, actor: Actor, reason: str, words: str) -> None:
        with pytest.raises(BadInput) as caught:
            switch_set(name="email", on=False, reason=reason, version=0, actor=actor)
        assert words in caught.value.fields["reason"][0]

    def test_two_at_once_and_twice_the_same(self, actor: Actor) -> None:
        switch_set(name="email", on=False, reason="一", version=0, actor=actor)
        with pytest.raises(StaleVersion):
            switch_set(name="email", on=False, reason="二", version=0, actor=actor)
        with pytest.raises(WrongState, match="已经停用"):
            switch_set(name="email", on=False, reason="三", version=1, actor=actor)


class TestDeadLetters:
    """Dead letters are seen, sent again or set aside."""

    @pytest.fixture
    def dead(self, letter: Delivery, head: CaseHead, officer: Any) -> list[Delivery]:
        rows = letters(head, officer, 3, dedupe="e")
        Delivery.objects.update(state="given_up", attempts=6, error="不收")
        return rows

    def test_one_goes_again_with_its_key_and_counts_on(self, dead: list[Delivery], actor: Actor, settings: Any) -> None:
        key = dead[0].key
        assert letters_resend(actor=actor, ids=[dead[0].pk]) == 1
        with mail_server() as server:
            settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
            settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
            assert deliver_batch("email") == 1
            assert server.letters[0]["Message-ID"] == f"<{key}@yangcheng-ec>"
        row = Delivery.objects.get(pk=dead[0].pk)
        assert (row.state, row.attempts) == ("sent", 7)
        assert lines() == ["重新投递：电子邮件共1件，第0人"]

    def test_it_has_six_more_attempts(self, dead: list[Delivery], actor: Actor, settings: Any, noon: Any) -> None:
        letters_resend(actor=actor, ids=[dead[0].pk])
        with mail_server() as server:
            server.refuse = 99
            settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
            settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
            for _ in range(8):
                deliver_batch("email")
                noon.shift(1000)
        row = Delivery.objects.get(pk=dead[0].pk)
        assert (row.state, row.attempts) == ("given_up", 12)

    def test_all_of_a_channel(self, dead: list[Delivery], actor: Actor) -> None:
        assert letters_resend(actor=actor, channel="email") == 4
        assert not dead_letters().exists()

    def test_set_aside_with_a_reason(self, dead: list[Delivery], actor: Actor) -> None:
        with pytest.raises(BadInput):
            letters_drop(actor=actor, ids=[dead[0].pk])
        assert letters_drop(actor=actor, ids=[dead[0].pk], reason="已当面告知") == 1
        assert Delivery.objects.get(pk=dead[0].pk).state == "settled"
        assert "不再投递（已当面告知）" in lines()[0]

    def test_nothing_chosen_and_somebody_was_quicker(self, dead: list[Delivery], actor: Actor) -> None:
        for facts in ({}, {"channel": "phone"}, {"channel": "x"}):
            with pytest.raises(BadInput):
                letters_resend(actor=actor, **facts)
        letters_resend(actor=actor, channel="email")
        with pytest.raises(WrongState, match="已经有人处理"):
            letters_resend(actor=actor, channel="email")


class TestRules:
    """How an addressee is reached."""

    def test_set_change_and_remove_are_recorded(self, actor: Actor) -> None:
        entry = RuleEntry("unit:gongan", "县公安局", "warning", ("phone", "email"), (), time(22), time(7))
        row = rule_set(entry=entry, version=0, actor=actor)
        assert (row.channels, row.version, row.updated_at) == (["phone", "email"], 1, NOON)
        rule_set(entry=RuleEntry("unit:gongan", "县公安局", "warning", ("email",)), version=1, actor=actor)
        rule_remove(rule_id=row.pk, version=2, actor=actor)
        assert not ChannelRule.objects.exists()
        assert lines() == [
            "通知渠道：县公安局的「预警」通知，（默认） → 电话、电子邮件；免打扰22:00至07:00",
            "通知渠道：县公安局的「预警」通知，电话、电子邮件；免打扰22:00至07:00 → 电子邮件",
            "通知渠道：县公安局的「预警」通知，电子邮件 → （默认）",
        ]

    @pytest.mark.parametrize(
        ("facts", "field"),
        [
            pytest.param({"channels": ("email", "email")}, "channels", id="twice"),
            pytest.param({"channels": ("brieftaube",)}, "channels", id="unknown"),
            pytest.param({"robots": ("没有",)}, "robots", id="no such robot"),
            pytest.param({"quiet_from": time(22)}, "quiet_to", id="half a night"),
            pytest.param({"quiet_from": time(22), "quiet_to": time(22)}, "quiet_to", id="no time"),
            pytest.param({}, "channels", id="nothing"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, actor: Actor, facts: Any, field: str) -> None:
        with pytest.raises(BadInput) as caught:
            rule_set(entry=RuleEntry(**facts), version=0, actor=actor)
        assert field in caught.value.fields

    def test_a_stale_page_changes_nothing(self, actor: Actor) -> None:
        row = rule_set(entry=RuleEntry(channels=("email",)), version=0, actor=actor)
        with pytest.raises(StaleVersion):
            rule_set(entry=RuleEntry(channels=("sms",)), version=0, actor=actor)
        with pytest.raises(StaleVersion):
            rule_remove(rule_id=row.pk, version=7, actor=actor)
        with pytest.raises(NotVisible):
            rule_remove(rule_id=0, version=1, actor=actor)


class TestOverview:
    """What the office sees."""

    def test_each_channel_in_numbers(self, head: CaseHead, officer: Any, noon: Any) -> None:
        rows = letters(head, officer, 6)
        Delivery.objects.filter(pk=rows[0].pk).update(state="sent", sent_at=NOON, in_doubt=True)
        Delivery.objects.filter(pk=rows[1].pk).update(state="given_up")
        Delivery.objects.filter(pk=rows[2].pk).update(state="sent", sent_at=NOON - timedelta(days=2), in_doubt=True)
        (mail,) = [line for line in outbox_overview() if line.channel == "email"]
        assert (mail.queued, mail.oldest, mail.sent, mail.rate, mail.doubtful, mail.dead) == (3, NOON, 1, 0.1, 1, 1)
        assert mail.state == ("可用", "done")

    def test_the_states_of_a_channel(self, settings: Any) -> None:
        def state_of(name: str) -> str:
            return next(line.state[0] for line in outbox_overview() if line.channel == name)

        assert (state_of("sms"), state_of("phone")) == ("未设置", "人工办理")
        settings.SMS_URL = "http://127.0.0.1:9/"
        ChannelHealth.objects.create(name="sms", failures=1, down_since=NOON, retry_at=NOON)
        assert state_of("sms") == "不通"
        Switch.objects.create(name="sms", on=False, switched_at=NOON)
        assert state_of("sms") == "已停用"

    def test_the_statements_do_not_grow(self, head: CaseHead, officer: Any, django_assert_num_queries: Any) -> None:
        letters(head, officer, 20)
        with django_assert_num_queries(7):
            outbox_overview()
        with django_assert_num_queries(3):
            outbox_alarm()
        with django_assert_num_queries(2):
            cause_progress(("warning", 1))
        with django_assert_num_queries(1):
            pending_everything()

    def test_the_desk_is_told_what_is_wrong(self, head: CaseHead, officer: Any) -> None:
        assert not outbox_alarm()
        rows = letters(head, officer, 2)
        Delivery.objects.filter(pk=rows[0].pk).update(state="given_up")
        ChannelHealth.objects.create(name="email", failures=2)
        ChannelHealth.objects.create(name="wecom", failures=2)
        Switch.objects.create(name="wecom", on=False, switched_at=NOON)
        alarm = outbox_alarm()
        assert (alarm.down, alarm.off, alarm.dead) == (["email"], ["wecom"], 1)
        notices_settle(subject=("warning", 1))
        assert outbox_alarm().dead == 0

    def test_the_progress_of_one_cause(self, head: CaseHead, officer: Any) -> None:
        rows = letters(head, officer, 4, call=True)
        Delivery.objects.filter(pk=rows[0].pk).update(state="sent", sent_at=NOON)
        Notice.objects.filter(pk=rows[0].notice_id).update(opened_at=NOON)
        found = cause_progress(("warning", 1))
        assert (found.notices, found.opened, found.deliveries, found.out, found.under_way) == (4, 1, 8, 1, True)
        assert [(line["channel"], line["sent"], line["queued"]) for line in found.lines] == [
            ("email", 1, 3), ("phone", 0, 4),
        ]  # fmt: skip
        assert cause_progress(("warning", 1), ["y"]).notices == 0
        Delivery.objects.filter(channel="email").update(state="sent")
        assert cause_progress(("warning", 1)).under_way is False


class TestCallsInstead:
    """An urgent notice that no machine gets out is called after five minutes."""

    def test_after_five_minutes_and_it_stays_queued(self, letter: Delivery, noon: Any, head: CaseHead) -> None:
        noon.shift(299)
        assert calls_instead() == 0
        noon.shift(2)
        assert calls_instead() == 1
        assert calls_instead() == 0
        assert call_sheet().get().address == "13900000001"
        assert Delivery.objects.get(pk=letter.pk).state == "queued"
        assert kinds_of(head) == ["notice.called_instead"]
        assert whole(head)

    @pytest.mark.parametrize(
        "facts",
        [
            pytest.param({"urgent": False}, id="calm"),
            pytest.param({"call": True}, id="on the sheet already"),
            pytest.param({"confirm": True}, id="the call-out looks after it"),
        ],
    )
    def test_not(self, head: CaseHead, officer: Any, noon: Any, facts: Any) -> None:
        letters(head, officer, 1, **facts)
        noon.shift(1000)
        assert calls_instead() == 0

    def test_not_what_is_settled_nor_what_another_machine_got_out(self, letter: Delivery, noon: Any) -> None:
        other = Delivery.objects.create(notice=letter.notice, channel="sms", next_try_at=NOON, state="sent")
        noon.shift(1000)
        assert calls_instead() == 0
        other.delete()
        notices_settle(subject=("warning", 1))
        assert calls_instead() == 0

    def test_a_mail_server_down_for_an_hour(self, head: CaseHead, officer: Any, noon: Any, settings: Any) -> None:
        """Nothing lost, nothing doubled; meanwhile the page says what waits and people are called."""
        letters(head, officer, 5)
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
        for _ in range(120):
            deliver_batch("email")
            calls_instead()
            noon.shift(30)
        (mail,) = [line for line in outbox_overview() if line.channel == "email"]
        assert (mail.queued, mail.dead, mail.doubtful, mail.oldest) == (5, 0, 0, NOON)
        assert mail.state[0] == "不通"
        assert call_sheet().count() == 5
        with mail_server() as server:
            settings.EMAIL_PORT = server.port
            for _ in range(20):
                deliver_batch("email")
                noon.shift(30)
            assert len(server.letters) == len({letter["Message-ID"] for letter in server.letters}) == 5
        assert Delivery.objects.filter(channel="email", state="sent", in_doubt=False).count() == 5
        assert not outbox_alarm()


class TestFax:
    """A fax is worked by hand: it went out, somebody confirmed."""

    @pytest.fixture
    def fax(self, letter: Delivery) -> Delivery:
        return Delivery.objects.create(notice=letter.notice, channel="fax", address="4220999", next_try_at=NOON)

    def test_what_went_out_waits_for_its_confirmation(self, fax: Delivery, actor: Actor, head: CaseHead) -> None:
        facts = {"delivery_id": fax.pk, "actor": actor, "number": "4220999"}
        call_record(**facts, result="faxed")
        assert call_sheet().get().next_try_at > database_now()
        call_record(**facts, result="reached", person="李四")
        assert not call_sheet().exists()
        texts = list(RecordEntry.objects.filter(head=head).order_by("seq").values_list("text", flat=True))
        assert "传真第0人（4220999）：传真已发出，待对方确认" in texts[0]
        assert "接听人李四" in texts[1]

    def test_a_call_cannot_be_faxed(self, letter: Delivery, actor: Actor) -> None:
        call = Delivery.objects.create(notice=letter.notice, channel="phone", address="1", next_try_at=NOON)
        with pytest.raises(BadInput):
            call_record(delivery_id=call.pk, actor=actor, number="1", result="faxed")

    def test_it_leaves_the_sheet_when_its_cause_is_over(self, fax: Delivery) -> None:
        notices_settle(subject=("warning", 1))
        assert not call_sheet().exists()
