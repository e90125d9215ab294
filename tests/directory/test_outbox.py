"""发件箱: what waits is said, switches take a reason, dead letters go again; only those who keep the call sheet."""

from __future__ import annotations

from typing import Any

import pytest

from tests.queued import queued
from yangcheng_ec.deadlines.models import ChannelState, Delivery
from yangcheng_ec.deadlines.registry import Recipient
from yangcheng_ec.deadlines.services import Message

pytestmark = pytest.mark.django_db
URL = "/outbox/"


@pytest.fixture
def dead(people: Any) -> Delivery:
    """A letter that was given up, of somebody whose name is markup."""
    officer = people["duty"]
    person = Recipient("user:1", "<b>赵</b>", officer.pk, "a@x.invalid")
    row = queued(head=None, message=Message("x", "{{ 7|add:7 }}", "d", urgent=True), recipients=[person])[0]
    row.deliveries.update(state="given_up", attempts=6, error="550 no such user", in_doubt=True)
    found: Delivery = row.deliveries.get()
    return found


def test_the_page_says_what_waits_and_what_did_not_leave(
    client_for: Any, dead: Delivery, django_assert_max_num_queries: Any
) -> None:
    duty = client_for("duty")
    duty.get(URL)
    with django_assert_max_num_queries(16):
        page = duty.get(URL).content.decode()
    for words in ("电子邮件", "短信", "550 no such user", "&lt;b&gt;赵", "{{ 7|add:7 }}", "可能已送到", "未配置"):
        assert words in page, words
    part = duty.get(URL, headers={"HX-Request": "true"}).content.decode()
    assert "hx-trigger" in part
    assert "<html" not in part
    assert "没有送出，需要重发" in duty.get("/").content.decode()


def test_one_dead_letter_and_all_of_a_channel_are_sent_again(client_for: Any, dead: Delivery) -> None:
    duty = client_for("duty")
    assert duty.post(f"{URL}{dead.pk}/resend/").status_code == 302
    dead.refresh_from_db()
    assert (dead.state, dead.attempts, dead.in_doubt) == ("queued", 0, True)
    assert duty.post(f"{URL}{dead.pk}/resend/").status_code == 409
    assert duty.post(f"{URL}email/resend/").status_code == 409
    Delivery.objects.update(state="given_up")
    assert duty.post(f"{URL}email/resend/").status_code == 302
    assert (duty.get(f"{URL}{dead.pk}/resend/").status_code, duty.post(f"{URL}99/resend/").status_code) == (405, 404)


def test_a_switch_takes_a_reason_and_keeps_what_was_typed(client_for: Any, people: Any) -> None:
    duty = client_for("office")
    refused = duty.post(f"{URL}email/switch/", {"version": "0", "reason": " "})
    assert refused.status_code == 400
    too_long = duty.post(f"{URL}email/switch/", {"version": "0", "reason": "长" * 301})
    assert (too_long.status_code, "长" * 301 in too_long.content.decode()) == (400, True)
    assert duty.post(f"{URL}email/switch/", {"version": "0", "reason": "误发<i>"}).status_code == 302
    page = duty.get(URL).content.decode()
    assert "误发&lt;i&gt;" in page
    assert "已关闭" in page
    assert duty.post(f"{URL}email/switch/", {"version": "0", "reason": "旧页", "enabled": "on"}).status_code == 409
    assert duty.post(f"{URL}email/switch/", {"version": "2", "reason": "好了", "enabled": "on"}).status_code == 302
    assert ChannelState.objects.get(channel="email").enabled
    assert duty.post(f"{URL}drill/switch/", {"version": "0", "reason": "全员演练"}).status_code == 302
    for wrong in ("phone", "pigeon"):
        assert duty.post(f"{URL}{wrong}/switch/", {"version": "0", "reason": "x"}).status_code == 404


@pytest.mark.parametrize("who", ["unit_gongan", "commander", "sysadmin", "security", "auditor", "contacts"])
def test_others_are_refused(client_for: Any, dead: Delivery, who: str) -> None:
    client = client_for(who)
    assert client.get(URL).status_code == 403
    assert client.post(f"{URL}{dead.pk}/resend/").status_code == 403
    assert client.post(f"{URL}email/switch/", {"version": "0", "reason": "x"}).status_code == 403
    assert not ChannelState.objects.exists()
