"""The directory on paper (8.8, 8.3) and as one file without a server."""

from __future__ import annotations

import re
from typing import Any

import pytest
import time_machine
from django.test import Client

from directory.models import Contact, Unit
from directory.papers import OfflineDuty, offline_html
from directory.services.contacts import contact_add, contact_verify
from tests.papers.conftest import Paper
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def mobile(people: Any) -> Contact:
    """A private mobile number of 县公安局."""
    unit = Unit.objects.get(code="gongan")
    return contact_add(user=people["contacts"], unit_id=unit.pk, kind="mobile", value="13812345678", person="张三")


def printed(client: Client, code: str) -> Paper:
    answer = client.get(f"/directory/print/{code}.pdf")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer["Cache-Control"] == "private, no-store"
    return Paper(answer.content)


@pytest.mark.parametrize(
    ("code", "title", "label", "count"),
    [
        ("cyber-2025", "阳城县网络与信息安全事件应急联络表", "值班电话", 41),
        ("comms-2022", "阳城县通信网络事故应急联络表", "电话", 45),
    ],
)
def test_each_plan_is_printed_whole_as_its_appendix(
    client_for: Any, code: str, title: str, label: str, count: int
) -> None:
    with time_machine.travel("2026-11-22T07:40:00+00:00", tick=True):
        paper = printed(client_for("duty"), code)
    assert title in paper.text
    assert "截至2026年11月22日15:40" in paper.text
    assert paper.text.count(f"序号单位{label}") >= 2
    rows = list(Contact.objects.filter(plan_version__plan__code=code))
    assert len(rows) == count
    for row in rows:
        assert row.value in paper.text, row
    assert all(paper.fonts().values())
    assert any("Fang" in name or "Serif" in name for name in paper.fonts())


def test_marks_say_what_is_unverified_and_where_the_plans_disagree(client_for: Any, people: Any, cyber: Any) -> None:
    row = Contact.objects.get(plan_version=cyber, unit__code="gongan")
    contact_verify(user=people["contacts"], contact_id=row.pk, version=1)
    text = printed(client_for("duty"), "cyber-2025").text
    assert "4233414※" not in text
    assert "4222726※" in text
    differing = Contact.objects.get(plan_version=cyber, unit__code="yingji")
    assert f"{differing.value}※▲" in text
    assert "▲两个预案印的号码不同，待核实" in text
    assert "◎" not in text


def test_added_numbers_are_printed_apart_and_masked_as_on_the_screen(client_for: Any, mobile: Contact) -> None:
    office, other = (printed(client_for(name), "cyber-2025").text for name in ("duty", "unit_shuju"))
    assert "本县补充的号码（非预案规定）" in office
    assert "13812345678" in office
    assert "138****5678" in other
    assert "13812345678" not in other


def test_who_may_print_and_that_it_is_recorded(client_for: Any, client: Client, people: Any) -> None:
    assert client.get("/directory/print/cyber-2025.pdf").status_code == 302
    assert client_for("sysadmin").get("/directory/print/cyber-2025.pdf").status_code == 403
    assert client_for("duty").get("/directory/print/fire-2030.pdf").status_code == 404
    assert client_for("duty").post("/directory/print/cyber-2025.pdf").status_code == 405
    assert not RecordEntry.objects.filter(kind="contact.exported").exists()
    printed(client_for("auditor"), "comms-2022")
    entry = RecordEntry.objects.get(kind="contact.exported")
    assert (entry.actor_id, entry.actor_post) == (people["auditor"].pk, "审计员")
    assert "打印 阳城县通信网络事故应急预案" in entry.text


# --- offline -------------------------------------------------------------------------------------------------------


def offline(client: Client) -> str:
    answer = client.get("/directory/offline.html")
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment")
    return answer.content.decode()


def test_the_file_holds_every_number_and_fetches_nothing(client_for: Any) -> None:
    with time_machine.travel("2026-11-22T07:40:00+00:00", tick=True):
        page = offline(client_for("duty"))
    for row in Contact.objects.all():
        assert f">{row.value}<" in page
    assert "截至 2026年11月22日 15:40" in page
    assert 'href="tel:03514045001"' in page
    assert not re.search(r"(src|href|action)=\"(?!tel:|mailto:)", page)
    assert not re.search(r"@import|url\(|https?:", page)
    assert "default-src 'none'" in page
    assert RecordEntry.objects.get(kind="contact.exported").data == {"form": "离线文件", "count": 86}


def test_aliases_and_initials_can_be_searched(client_for: Any) -> None:
    words = re.findall(r'data-words="([^"]*)"', offline(client_for("duty")))
    science = next(text for text in words if "县科学技术局" in text)
    assert "县科技局" in science
    assert "4222171" in science
    assert re.search(r"\bxkxjsj\b", science)


def test_masked_is_masked_and_not_searchable(client_for: Any, mobile: Contact) -> None:
    page = offline(client_for("unit_shuju"))
    assert "138****5678" in page
    assert "13812345678" not in page
    assert "tel:138" not in page
    assert 'href="tel:13812345678"' in offline(client_for("duty"))


def test_what_people_typed_cannot_become_markup(client_for: Any, people: Any) -> None:
    unit = Unit.objects.get(code="gongan")
    typed = '"><script>alert(1)</script>'
    contact_add(user=people["contacts"], unit_id=unit.pk, kind="fax", value="4233000", note=typed, person=typed[:60])
    page = offline(client_for("duty"))
    assert "<script>alert" not in page
    assert page.count("<script>") == 1


def test_rosters_join_by_the_documented_rows(people: Any) -> None:
    duty = OfflineDuty("11月22日 白班", "县委网信办", "值班员", "王五", "4223589")
    page, count = offline_html(people["duty"], duties=[duty])
    assert "县委网信办" in page
    assert "值班员 王五" in page
    assert count == 86
    assert "<h2>" not in offline_html(people["duty"])[0]


def test_who_may_take_it(client_for: Any, client: Client) -> None:
    assert client.get("/directory/offline.html").status_code == 302
    assert client_for("sysadmin").get("/directory/offline.html").status_code == 403
    assert client_for("duty").post("/directory/offline.html").status_code == 405


def test_it_costs_the_same_however_many_numbers(
    client_for: Any, people: Any, django_assert_max_num_queries: Any
) -> None:
    units = list(Unit.objects.all()[:60])
    for count in (10, 60):
        for number, unit in enumerate(units[:count]):
            if not Contact.objects.filter(unit=unit, value=f"42277{number:02}").exists():
                contact_add(user=people["contacts"], unit_id=unit.pk, kind="fax", value=f"42277{number:02}")
        with django_assert_max_num_queries(16):
            offline_html(people["duty"])
