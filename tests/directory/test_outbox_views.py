"""The outbox's pages: who opens them, what they say, and that bad input loses nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.queued import queued
from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.models import ChannelHealth, ChannelRule, Delivery, Notice, Switch
from yangcheng_ec.deadlines.registry import Recipient
from yangcheng_ec.deadlines.services import Message
from yangcheng_ec.record.models import CaseHead, RecordEntry
from yangcheng_ec.record.services import head_create

pytestmark = pytest.mark.django_db

PAGES = [
    "/notices/",
    "/notices/dead/",
    "/notices/sheet/",
    "/notices/ways/",
    "/notices/ways/new/",
    "/notices/switch/email/",
]


@pytest.fixture
def case(db: None) -> CaseHead:
    """A case."""
    return head_create(kind="warning", key="YJ-20261122-901")


@pytest.fixture
def told(case: CaseHead, people: Any) -> list[Notice]:
    """Three people and a unit that were told of something urgent."""
    recipients = [
        Recipient(f"user:{people[name].pk}", name, people[name].pk, f"{name}@x.invalid", "13900000001")
        for name in ("duty", "office", "director")
    ]
    recipients.append(Recipient("unit:runcheng", "润城镇值班", phone="4810001", unit_code="runcheng", fax="4810002"))
    message = Message(
        "warning.published", "预警：断网", "d", "请检查", "照念这一段", "/warnings/", "网络预案 3.2", urgent=True,
        subject=("warning", 901),
    )  # fmt: skip
    return queued(head=case, message=message, recipients=recipients)


def text_of(answer: Any) -> str:
    """Return a page's text."""
    return answer.content.decode()


def letters() -> list[int]:
    """Return the letters' ids."""
    return list(Delivery.objects.filter(channel="email").order_by("pk").values_list("pk", flat=True))


class TestWhoOpensThem:
    """The duty and the office; the auditor reads; everybody else is turned away."""

    @pytest.mark.parametrize("path", PAGES)
    @pytest.mark.parametrize(
        ("name", "status"),
        [("duty", 200), ("comms_office", 200), ("auditor", 200), ("unit_gongan", 403), ("sysadmin", 403)],
    )
    def test_by_role(self, client_for: Any, path: str, name: str, status: int) -> None:
        assert client_for(name).get(path).status_code == status

    @pytest.mark.parametrize("path", PAGES)
    def test_a_stranger_logs_in_first(self, client: Any, path: str) -> None:
        assert client.get(path).status_code == 302

    def test_the_keeper_of_the_directory_sees_the_ways_only(self, client_for: Any) -> None:
        keeper = client_for("contacts")
        assert keeper.get("/notices/ways/").status_code == 200
        assert keeper.get("/notices/").status_code == 403

    @pytest.mark.parametrize("path", ["/notices/", "/notices/sheet/", "/notices/ways/"])
    def test_reading_only(self, client_for: Any, path: str) -> None:
        assert client_for("duty").post(path).status_code == 405

    def test_who_may_open_it_finds_it_from_the_inbox(self, client_for: Any) -> None:
        assert 'href="/notices/"' in text_of(client_for("auditor").get("/inbox/"))
        assert 'href="/notices/"' not in text_of(client_for("unit_gongan").get("/inbox/"))


@pytest.mark.usefixtures("told")
class TestOverview:
    """A line per channel."""

    def test_it_says_what_waits_and_what_is_wrong(self, client_for: Any) -> None:
        now = database_now()
        ChannelHealth.objects.create(name="email", failures=2, down_since=now, retry_at=now, error="对方拒绝连接")
        page = text_of(client_for("duty").get("/notices/"))
        assert "对方拒绝连接" in page
        assert "不通" in page
        assert "可能重复" in page

    def test_a_fragment_answers_304_while_nothing_has_changed(self, client_for: Any) -> None:
        duty = client_for("duty")
        first = duty.get("/notices/", headers={"HX-Request": "true"})
        assert "<html" not in text_of(first)
        again = {"HX-Request": "true", "If-None-Match": first["ETag"]}
        assert duty.get("/notices/", headers=again).status_code == 304
        Delivery.objects.filter(channel="email").update(state="given_up")
        assert duty.get("/notices/", headers=again).status_code == 200

    def test_the_statements_are_pinned(self, client_for: Any, django_assert_max_num_queries: Any) -> None:
        duty = client_for("duty")
        duty.get("/notices/")
        for path, most in (("/notices/", 22), ("/notices/dead/", 16), ("/notices/sheet/", 12), ("/notices/ways/", 14)):
            with django_assert_max_num_queries(most):
                duty.get(path)

    def test_the_desk_says_so(self, client_for: Any) -> None:
        assert "outbox-alarm" not in text_of(client_for("duty").get("/desk/fragment/"))
        Delivery.objects.filter(channel="email").update(state="given_up")
        page = text_of(client_for("duty").get("/desk/fragment/"))
        assert "3 件未能送出" in page


class TestSwitch:
    """Switching a channel."""

    def test_the_office_switches_with_a_reason(self, client_for: Any) -> None:
        answer = client_for("office").post(
            "/notices/switch/email/", {"reason": "服务器检修", "version": 0}, follow=True
        )
        assert "服务器检修" in text_of(answer)
        row = Switch.objects.get(name="email")
        assert (row.on, row.version) == (False, 1)
        assert RecordEntry.objects.filter(kind="outbox.switched").count() == 1

    def test_the_page_of_a_channel_that_is_off_offers_on(self, client_for: Any) -> None:
        Switch.objects.create(name="email", on=False, reason="检修", switched_by="某人", switched_at=database_now())
        page = text_of(client_for("office").get("/notices/switch/email/"))
        assert "启用电子邮件" in page
        assert 'name="on" value="True"' in page

    def test_without_a_reason_it_is_asked_again(self, client_for: Any) -> None:
        answer = client_for("office").post("/notices/switch/email/", {"reason": "", "version": 0})
        assert answer.status_code == 400
        assert not Switch.objects.exists()

    @pytest.mark.parametrize(
        "data", [{}, {"reason": "x"}, {"reason": "x", "version": "y"}, {"reason": "x", "version": -1}]
    )
    def test_what_is_broken_is_no_error_of_ours(self, client_for: Any, data: dict[str, Any]) -> None:
        assert client_for("office").post("/notices/switch/email/", data).status_code == 400

    def test_a_stale_page(self, client_for: Any) -> None:
        Switch.objects.create(name="email", on=False, switched_at=database_now(), version=3)
        answer = client_for("office").post("/notices/switch/email/", {"reason": "x", "on": "True", "version": 2})
        assert answer.status_code == 409

    @pytest.mark.parametrize("name", ["auditor", "commander", "unit_gongan", "contacts"])
    def test_nobody_else(self, client_for: Any, name: str) -> None:
        answer = client_for(name).post("/notices/switch/email/", {"reason": "x", "version": 0})
        assert answer.status_code == 403
        assert not Switch.objects.exists()

    @pytest.mark.parametrize("name", ["phone", "nichts"])
    def test_no_such_switch(self, client_for: Any, name: str) -> None:
        assert client_for("office").get(f"/notices/switch/{name}/").status_code == 404


@pytest.mark.usefixtures("told")
class TestDeadLetters:
    """Dead letters."""

    @pytest.fixture(autouse=True)
    def _all_dead(self, told: Any) -> None:
        Delivery.objects.filter(channel="email").update(state="given_up", error="550 没有这个人", attempts=6)

    def test_those_ticked_go_again(self, client_for: Any) -> None:
        one, *others = letters()
        answer = client_for("office").post("/notices/dead/", {"act": "resend", "letters": [one]}, follow=True)
        assert "已重新排队 1 件" in text_of(answer)
        assert Delivery.objects.get(pk=one).state == "queued"
        assert Delivery.objects.filter(pk__in=others, state="given_up").count() == 2

    def test_a_whole_channel_goes_again(self, client_for: Any) -> None:
        client_for("office").post("/notices/dead/?channel=email", {"act": "resend_all", "channel": "email"})
        assert not Delivery.objects.filter(state="given_up").exists()

    def test_set_aside_needs_a_reason_and_keeps_the_ticks(self, client_for: Any) -> None:
        one, *_ = letters()
        answer = client_for("office").post("/notices/dead/", {"act": "drop", "letters": [one]})
        assert answer.status_code == 400
        assert f'value="{one}" aria-label' in text_of(answer)
        assert " checked" in text_of(answer)
        client_for("office").post("/notices/dead/", {"act": "drop", "letters": [one], "reason": "已当面告知"})
        assert Delivery.objects.get(pk=one).state == "settled"

    @pytest.mark.parametrize(
        ("data", "status"),
        [
            ({"act": "resend"}, 400),
            ({"act": "resend_all"}, 400),
            ({"act": "resend_all", "channel": "phone"}, 400),
            ({"act": "tanzen"}, 400),
            ({"act": "resend", "letters": ["abc", "²", "9" * 30]}, 400),
            ({"act": "resend", "letters": ["999999999"]}, 409),
        ],
    )
    def test_bad_input(self, client_for: Any, data: dict[str, Any], status: int) -> None:
        assert client_for("office").post("/notices/dead/", data).status_code == status
        assert Delivery.objects.filter(state="given_up").count() == 3

    def test_the_auditor_reads_and_does_nothing(self, client_for: Any) -> None:
        auditor = client_for("auditor")
        assert "重新投递" not in text_of(auditor.get("/notices/dead/"))
        answer = auditor.post("/notices/dead/", {"act": "resend", "letters": letters()})
        assert answer.status_code == 403


@pytest.mark.usefixtures("told")
class TestProgress:
    """How far one cause's notices have come."""

    def test_it_asks_for_itself_until_all_is_sent(self, client_for: Any) -> None:
        duty = client_for("duty")
        page = text_of(duty.get("/notices/progress/warning/901/?kind=warning.published"))
        assert 'hx-get="/notices/progress/warning/901/?kind=warning.published"' in page
        assert "4 个收件人" in page
        Delivery.objects.filter(channel="email").update(state="sent", sent_at=database_now())
        assert "hx-get" not in text_of(duty.get("/notices/progress/warning/901/"))

    def test_the_same_is_not_sent_twice(self, client_for: Any) -> None:
        duty = client_for("duty")
        etag = duty.get("/notices/progress/warning/901/")["ETag"]
        assert duty.get("/notices/progress/warning/901/", headers={"If-None-Match": etag}).status_code == 304

    @pytest.mark.parametrize("name", ["unit_gongan", "sysadmin", "contacts"])
    def test_who_sees_no_cases_sees_nothing(self, client_for: Any, name: str) -> None:
        assert client_for(name).get("/notices/progress/warning/901/").status_code == 404

    def test_nobody_was_told(self, client_for: Any) -> None:
        assert client_for("duty").get("/notices/progress/warning/7/").status_code == 404


@pytest.mark.usefixtures("told")
class TestPaper:
    """What is printed."""

    def test_the_sheet_has_everything_that_reached_nobody(self, client_for: Any) -> None:
        page = text_of(client_for("duty").get("/notices/sheet/"))
        assert "4 条" in page
        assert "照念这一段" in page
        assert "4810001" in page
        assert "13900000001" not in page, "a person's own number is the account's"
        Delivery.objects.update(state="sent")
        assert "没有待办的通知" in text_of(client_for("duty").get("/notices/sheet/"))

    def test_a_fax_is_a_page_and_works_on_the_call_sheet(self, client_for: Any) -> None:
        notice = Notice.objects.get(unit_code="runcheng")
        fax = Delivery.objects.create(notice=notice, channel="fax", address="4810002", next_try_at=database_now())
        duty = client_for("duty")
        page = text_of(duty.get(f"/notices/fax/{fax.pk}/"))
        assert "4810002" in page
        assert "请检查" in page
        assert f"/notices/fax/{fax.pk}/" in text_of(duty.get(f"/calls/{fax.pk}/"))
        duty.post(f"/calls/{fax.pk}/", {"result": "faxed", "number": "4810002"})
        assert fax.calls.get().result == "faxed"
        phone = notice.deliveries.get(channel="phone")
        assert duty.get(f"/notices/fax/{phone.pk}/").status_code == 404
        assert client_for("unit_gongan").get(f"/notices/fax/{fax.pk}/").status_code == 403


class TestWays:
    """How somebody is reached."""

    def test_the_office_sets_it_for_everybody(self, client_for: Any) -> None:
        data = {
            "addressee": "",
            "kind": "",
            "channel_1": "email",
            "version": 0,
            "quiet_from": "22:00",
            "quiet_to": "07:00",
        }
        answer = client_for("office").post("/notices/ways/new/", data, follow=True)
        assert "22:00—07:00" in text_of(answer)
        rule = ChannelRule.objects.get()
        assert (rule.channels, rule.addressee, rule.label) == (["email"], "", "")

    def test_the_keeper_sets_it_for_an_addressee_not_for_everybody(self, client_for: Any) -> None:
        keeper = client_for("contacts")
        data = {"addressee": "unit:gongan", "kind": "warning", "channel_1": "phone", "channel_2": "email", "version": 0}
        keeper.post("/notices/ways/new/", data)
        rule = ChannelRule.objects.get()
        assert (rule.addressee, rule.label, rule.channels) == ("unit:gongan", "县公安局", ["phone", "email"])
        assert keeper.post("/notices/ways/new/", data | {"addressee": ""}).status_code in (400, 403)
        assert ChannelRule.objects.count() == 1

    def test_change_and_remove(self, client_for: Any) -> None:
        rule = ChannelRule.objects.create(
            addressee="unit:gongan", label="x", channels=["email"], updated_at=database_now()
        )
        office = client_for("office")
        assert 'value="email" selected' in text_of(office.get(f"/notices/ways/{rule.pk}/"))
        office.post(f"/notices/ways/{rule.pk}/", {"addressee": "unit:gongan", "channel_1": "phone", "version": 1})
        rule.refresh_from_db()
        assert (rule.channels, rule.version) == (["phone"], 2)
        assert office.post(f"/notices/ways/{rule.pk}/remove/", {"version": 1}).status_code == 409
        assert office.post(f"/notices/ways/{rule.pk}/remove/", {"version": "2"}).status_code == 302
        assert not ChannelRule.objects.exists()

    @pytest.mark.parametrize(
        "data",
        [
            pytest.param({"channel_1": "email", "channel_2": "email"}, id="twice"),
            pytest.param({"channel_1": "brieftaube"}, id="unknown channel"),
            pytest.param({"addressee": "user:0", "channel_1": "email"}, id="nobody"),
            pytest.param({"quiet_from": "25:99"}, id="no time of day"),
            pytest.param({"quiet_from": "22:00"}, id="half a night"),
            pytest.param({}, id="nothing"),
            pytest.param({"kind": "unsinn", "channel_1": "email"}, id="no such kind"),
        ],
    )
    def test_bad_input(self, client_for: Any, data: dict[str, Any]) -> None:
        assert client_for("office").post("/notices/ways/new/", {"version": 0} | data).status_code == 400
        assert not ChannelRule.objects.exists()

    @pytest.mark.parametrize("name", ["auditor", "commander", "unit_gongan"])
    def test_nobody_else(self, client_for: Any, name: str) -> None:
        answer = client_for(name).post(
            "/notices/ways/new/", {"addressee": "unit:gongan", "channel_1": "email", "version": 0}
        )
        assert answer.status_code in (400, 403)
        assert not ChannelRule.objects.exists()

    def test_no_such_rule(self, client_for: Any) -> None:
        office = client_for("office")
        assert office.get("/notices/ways/0/").status_code == 404
        assert office.post("/notices/ways/0/remove/", {"version": "x"}).status_code == 404
        assert office.get("/notices/ways/1/remove/").status_code == 405
