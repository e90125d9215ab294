"""Filters, saved views, and the list as a sheet."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from incidents.models import Incident, SavedView
from incidents.services import incident_withdraw
from incidents.services.views import view_save
from tests.incidents.factories import file_incident
from yangcheng_ec.errors import BadInput, Forbidden

pytestmark = pytest.mark.django_db
SAVE = "/incidents/views/"


def _rows(client: Any, query: str) -> set[str]:
    return {row["incident"].title for row in client.get("/incidents/?" + query).context["rows"]}


def test_every_filter_narrows_and_rubbish_narrows_nothing(people: Any, client_for: Any) -> None:
    now, client = timezone.now(), client_for("duty")
    file_incident(people, title="甲", category="attack", township="runcheng", occurred_at=now - timedelta(hours=2),
                  grade="relatively_serious")  # fmt: skip
    file_incident(people, title="乙", incident_unit="gongan", reporting_unit="gongan", grade="ordinary")
    file_incident(people, "comms-2022", title="丙", drill=True)
    gone = file_incident(people, title="丁", grade="ordinary")
    incident_withdraw(
        incident_id=gone.pk, version=None, user=people["duty"], ground="mistake", reason="误登", instead=""
    )  # fmt: skip
    Incident.objects.filter(title="乙").update(received_at=now - timedelta(days=3))
    day, before = timezone.localdate(now), timezone.localdate(now - timedelta(days=3))
    everything = {"甲", "乙", "丙", "丁"}
    wanted = {
        "category=attack": {"甲"}, "township=runcheng": {"甲"}, "overdue=1": {"甲"}, "unit=gongan": {"乙"},
        "unit=shuju": {"甲", "丁"}, f"since={before}&until={before}": {"乙"}, f"since={day}&drill=0": {"甲", "丁"},
        "drill=1": {"丙"}, "state=live": {"甲", "乙", "丙"}, "state=withdrawn": {"丁"}, "plan=comms-2022": {"丙"},
        "state=live&drill=0&search=数据": {"甲"}, "since=2026-02-30&drill=x&overdue=yes": everything,
        "since=0001-01-01&until=9999-12-31": everything, "category=%00%27": set(),
    }  # fmt: skip
    assert {query: _rows(client, query) for query in wanted} == wanted


def test_a_view_is_saved_shared_made_default_and_deleted(people: Any, client_for: Any) -> None:
    file_incident(people, title="甲")
    client, colleague, stranger = client_for("duty"), client_for("duty2"), client_for("comms_duty")
    answer = client.post(
        SAVE, {"name": "未了结网络", "query": "plan=cyber-2025&state=open&evil=1&page=3", "default": "1"}
    )
    assert answer.url == "/incidents/?state=open&plan=cyber-2025"
    view = SavedView.objects.get()
    assert (view.query, view.default, view.office) == ("state=open&plan=cyber-2025", True, None)
    assert client.get("/incidents/").url == "/incidents/?" + view.query
    assert client.get("/incidents/?all=1").status_code == 200
    assert "未了结网络" not in colleague.get("/incidents/").content.decode()
    client.post(SAVE, {"name": "未了结网络", "query": view.query, "share": "1", "default": "1"})
    assert SavedView.objects.count() == 1
    assert "未了结网络" in colleague.get("/incidents/").content.decode()
    assert "未了结网络" not in stranger.get("/incidents/").content.decode()
    for other in (colleague, stranger):
        assert other.post(f"{SAVE}{view.pk}/delete/").status_code == 404
        assert other.post(f"{SAVE}{view.pk}/default/").status_code == 404
    assert client.get(f"{SAVE}{view.pk}/delete/").status_code == 405
    assert client.post(f"{SAVE}{view.pk}/burn/").status_code == 404
    client.post(f"{SAVE}{view.pk}/default/")
    assert client.get("/incidents/").status_code == 200
    client.post(f"{SAVE}{view.pk}/delete/")
    assert not SavedView.objects.exists()


def test_what_is_refused_when_saving(people: Any, client_for: Any, monkeypatch: Any) -> None:
    duty, unit = people["duty"], people["unit_shuju"]
    for name, query in (("", "state=open"), ("长" * 31, "state=open"), ("空", "")):
        with pytest.raises(BadInput) as caught:
            view_save(user=duty, name=name, query=query)
        assert "name" in caught.value.fields
    with pytest.raises(Forbidden):
        view_save(user=unit, name="共享", query="state=open", share=True)
    monkeypatch.setattr("incidents.services.views.VIEWS_LIMIT", 1)
    view_save(user=unit, name="一", query="state=open")
    view_save(user=unit, name="一", query="state=live", default=True)
    page = client_for("unit_shuju").post(SAVE, {"name": "二", "query": "state=open"}, follow=True)
    assert "最多保存 1 个视图" in page.content.decode()
    assert client_for("sysadmin").post(SAVE, {"name": "二", "query": "state=open"}).status_code == 403
    assert SavedView.objects.get().query == "state=live"


def test_the_list_as_a_sheet(
    people: Any, client_for: Any, monkeypatch: Any, django_assert_max_num_queries: Any
) -> None:
    file_incident(people, title='=cmd|"/c calc"!A1', location="+86 县城")
    for number in range(3):
        file_incident(people, "comms-2022", title=f"光缆{number}", drill=True)
    client = client_for("duty")
    client.get("/incidents/sheet.csv")
    with django_assert_max_num_queries(9):
        answer = client.get("/incidents/sheet.csv?plan=cyber-2025")
        content = b"".join(answer.streaming_content)
    assert content.startswith(b"\xef\xbb\xbf")
    head, row = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert dict(zip(head, row, strict=True))["事件名称"] == '\'=cmd|"/c calc"!A1'
    assert dict(zip(head, row, strict=True))["地点"] == "'+86 县城"
    with django_assert_max_num_queries(9):
        book = load_workbook(io.BytesIO(client.get("/incidents/sheet.xlsx").content))
    cells = [[cell.value for cell in line] for line in book.active.iter_rows()]
    assert {line[1] for line in cells[1:]} == {"光缆2", "光缆1", "光缆0", '=cmd|"/c calc"!A1'}
    assert not [cell for line in book.active.iter_rows() for cell in line if cell.data_type == "f"]
    monkeypatch.setattr("incidents.selectors.sheets.ROW_LIMIT", 2)
    assert len(load_workbook(io.BytesIO(client.get("/incidents/sheet.xlsx").content)).active["A"]) == 3
    assert len(b"".join(client_for("unit_dianxin").get("/incidents/sheet.csv").streaming_content).splitlines()) == 1
    assert client_for("sysadmin").get("/incidents/sheet.csv").status_code == 403
    assert client.get("/incidents/sheet.exe").status_code == 404


def test_the_interface_filters_alike(people: Any, api_for: Any) -> None:
    file_incident(people, title="甲", category="attack", township="runcheng")
    file_incident(people, title="乙", grade="ordinary")
    api, today = api_for("duty"), timezone.localdate()
    wanted = {
        "category=attack": ["甲"], "township=runcheng&state=live": ["甲"], "unit=shuju&overdue=1": [],
        f"since={today}&until=9999-12-31": ["乙", "甲"], "since=0001-01-01&until=0001-01-01": [],
    }  # fmt: skip
    titles = {
        query: [row["title"] for row in api.get(f"/api/v1/incidents/?{query}&ordering=-number").data["results"]]
        for query in wanted
    }
    assert titles == wanted
    assert api.get("/api/v1/incidents/?since=nope").status_code == 400
