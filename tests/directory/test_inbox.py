"""The inbox: one's own notices, unread and urgent first; the first opening enters the record."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.directory.making import case, told
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db


def test_unread_and_urgent_first(client_for: Any, people: Any, django_assert_max_num_queries: Any) -> None:
    duty = people["duty"]
    head = case()
    for title, urgent in (("普通一", False), ("紧急一", True), ("普通二", False)):
        told(duty, title, head=head, urgent=urgent, clause="网络预案 4.1")
    client = client_for("duty")
    read = told(duty, "紧急已读", head=head, urgent=True)
    client.get(f"/inbox/{read.pk}/")
    with django_assert_max_num_queries(14):
        text = client.get("/inbox/").content.decode()
    shown = sorted(("普通一", "紧急一", "普通二", "紧急已读"), key=text.index)
    assert shown == ["紧急一", "普通二", "普通一", "紧急已读"]
    assert text.count("data-urgent-id") == 1
    assert "紧急已读" not in client.get("/inbox/", {"show": "unread"}).content.decode()


def test_first_opening_enters_the_record_once(client_for: Any, people: Any) -> None:
    notice = told(people["duty"], "请处理", head=case(), url="/incidents/CY-20261122-901/", clause="网络预案 4.1")
    client = client_for("duty")
    for _ in range(2):
        text = client.get(f"/inbox/{notice.pk}/").content.decode()
    assert 'href="/incidents/CY-20261122-901/"' in text
    assert "网络预案 4.1" in text or "预案 4.1" in text
    line = RecordEntry.objects.get(kind="notice.opened")
    assert line.actor == people["duty"]
    assert line.actor_post == "网络预案 值班员"


def test_anothers_notice_is_not_found_and_stays_unread(client_for: Any, people: Any) -> None:
    notice = told(people["duty"])
    assert client_for("office").get(f"/inbox/{notice.pk}/").status_code == 404
    notice.refresh_from_db()
    assert notice.opened_at is None


def test_empty_inbox_and_strangers(client_for: Any) -> None:
    assert "没有通知" in client_for("auditor").get("/inbox/").content.decode()
    assert Client().get("/inbox/").status_code == 302
    assert client_for("duty").post("/inbox/").status_code == 405


def test_fragment_for_htmx(client_for: Any, people: Any) -> None:
    told(people["duty"], "请处理")
    text = client_for("duty").get("/inbox/", headers={"HX-Request": "true"}).content.decode()
    assert "请处理" in text
    assert "<html" not in text


def test_what_people_typed_is_shown_as_text(client_for: Any, people: Any) -> None:
    notice = told(people["duty"], "<b>粗</b>", body="<script>alert(1)</script>")
    text = client_for("duty").get(f"/inbox/{notice.pk}/").content.decode()
    assert "<script>alert(1)" not in text
    assert "&lt;b&gt;粗&lt;/b&gt;" in text
