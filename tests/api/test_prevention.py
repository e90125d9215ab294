"""``/api/v1/findings/`` and ``/api/v1/checks/``: the same services and rights, every answer as documented."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.incidents.factories import file_incident
from tests.prevention.factories import accepted, opened, reported

pytestmark = pytest.mark.django_db


def _finding(**over: Any) -> dict[str, Any]:
    given = {"plan": "cyber-2025", "title": "备用电源不能切换", "place": "政务云机房", "description": "试机时发现。"}
    return given | over


def _round(**over: Any) -> dict[str, Any]:
    today = timezone.localdate()
    given = {
        "plan": "cyber-2025", "title": "汛前排查", "content": "逐台检查。", "starts_on": f"{today}",
        "ends_on": f"{today + timedelta(days=3)}", "due_at": _later(4), "units": ["县公安局", "shuju"],
    }  # fmt: skip
    return given | over


def _later(days: int) -> str:
    return (timezone.localtime() + timedelta(days=days)).isoformat()


def test_the_whole_life(people: Any, api: Any) -> None:
    unit, office, duty = api("unit_shuju"), api("office"), api("duty")
    made = unit.send("findings/", _finding(), key="f1", status=201)
    assert unit.send("findings/", _finding(), key="f1", status=201)["number"] == made["number"]
    assert (made["state"], made["unit"], made["owner"], made["late"]) == ("reported", "shuju", "shuju", False)
    number, version = made["number"], made["version"]

    def go(client: Any, act: str, **body: Any) -> dict[str, Any]:
        nonlocal version
        answer: dict[str, Any] = client.send(f"findings/{number}/{act}/", {"version": version} | body)
        version = answer.get("version", version + 1)
        return answer

    go(office, "ask-back", reason="哪一路？")
    go(unit, "supplement", title="二路电源", place="机房", description="二路")
    assert go(office, "accept", due_at=_later(5))["state"] == "accepted"
    assert go(office, "chase", text="请抓紧") == {"told": 1}
    assert go(unit, "progress", text="已订货")["state"] == "mending"
    assert go(office, "extend", due_at=_later(9), reason="等配件")["extended"] == 1
    assert go(unit, "mended", text="已换")["state"] == "mended"
    assert go(duty, "send-back", reason="未好")["state"] == "mending"
    go(unit, "mended", text="已换整机")
    done = go(duty, "verify", text="属实")
    assert (done["state"], done["verified_at"] is not None) == ("verified", True)
    assert unit.read(f"findings/{number}/")["state"] == "verified"
    stale = office.post(f"/api/v1/findings/{number}/chase/", {"version": 1}, format="json")
    assert stale.status_code == 409


def test_onward_by_api(people: Any, cyber: Any, api: Any) -> None:
    row, office = accepted(people, cyber), api("office")
    body = {"version": row.version, "level": "Ⅳ", "title": "隐患预警", "text": "请检查。", "publicity": "internal"}
    warning = office.send(f"findings/{row.number}/warning/", body, status=201)
    assert warning["state"] == "draft"
    assert row.number in warning["basis"]
    assert office.read(f"findings/{row.number}/")["warning"] == warning["number"]
    assert api("unit_shuju").read(f"findings/{row.number}/")["warning"] is None
    draft = office.send(f"findings/{row.number}/intake/", {"version": row.version + 1}, status=201)
    assert len(draft["draft"]) == 36
    number = file_incident(people).number
    closed = office.send(f"findings/{row.number}/incident/", {"version": row.version + 2, "incident": number})
    assert (closed["state"], closed["incident"]) == ("incident", number)
    other = reported(people, cyber)
    refused = office.send(f"findings/{other.number}/reject/", {"version": 1, "reason": "重复"})
    assert refused["state"] == "rejected"


def test_lists_filters_and_strangers(people: Any, cyber: Any, api: Any, nobody: Any) -> None:
    row = accepted(people, cyber)
    office = api("office")
    assert [one["number"] for one in office.read("findings/")["results"]] == [row.number]
    assert office.read("findings/", state="late")["results"] == []
    assert office.read("findings/", unit="shuju", q="电源", plan="cyber-2025")["count"] == 1
    assert office.read("findings/", status=400, state="x")["fields"].keys() == {"state"}
    assert api("unit_gongan").read("findings/")["results"] == []
    api("unit_gongan").read(f"findings/{row.number}/", status=404)
    api("unit_gongan").send(f"findings/{row.number}/mended/", {"version": 3, "text": "x"}, status=404)
    api("sysadmin").read("findings/", status=403)
    api("sysadmin").read("checks/", status=403)
    nobody.read("findings/", status=401)
    refused = api("commander").send(f"findings/{row.number}/chase/", {"version": row.version}, status=403)
    assert refused["clause"] == "网络预案 3.1"


@pytest.mark.parametrize(
    ("who", "over", "status", "field"),
    [
        ("unit_shuju", {"title": ""}, 400, "title"),
        ("unit_shuju", {"plan": "x"}, 400, "plan"),
        ("unit_shuju", {"found_at": "2026-01-01 08:00"}, 400, "found_at"),
        ("unit_shuju", {"found_at": "2099-01-01T08:00:00+08:00"}, 400, "found_at"),
        ("unit_shuju", {"owner": "火星"}, 400, "owner"),
        ("unit_shuju", {"check": "PC-0"}, 400, "hazard_check"),
        ("unit_shuju", {"unit": "gongan"}, 403, ""),
        ("office", {"unit": "寺头乡人民政府"}, 400, "said_by"),
        ("commander", {}, 403, ""),
    ],
)
def test_bad_findings(who: str, over: dict[str, Any], status: int, field: str, api: Any) -> None:
    answer = api(who).send("findings/", _finding(**over), status=status)
    assert not field or field in answer["fields"]


def test_the_office_reports_for_itself(api: Any) -> None:
    assert api("office").send("findings/", _finding(), status=201)["unit"] == "xuanchuan"
    named = _finding(unit="寺头乡人民政府", said_by="老李", owner="县数据中心")
    assert api("office").send("findings/", named, status=201)["owner"] == "shuju"


def test_a_round_by_api(people: Any, api: Any) -> None:
    office, unit = api("office"), api("unit_shuju")
    body = _round()
    made = office.send("checks/", body, key="c1", status=201)
    assert office.send("checks/", body, key="c1", status=201)["number"] == made["number"]
    number = made["number"]
    assert (made["asked"], made["answered"], made["own"]) == (2, 0, False)
    own = unit.send(f"checks/{number}/return/", {"found": 0, "text": "已核对"})
    assert [(one["unit"], one["found"]) for one in own["returns"]] == [("shuju", 0)]
    assert unit.send(f"checks/{number}/return/", {"found": 1, "version": 1}, status=409)["code"] == "stale_version"
    assert office.send(f"checks/{number}/chase/", {"version": 1}) == {"told": 1}
    office.send(f"checks/{number}/return/", {"unit": "县公安局", "found": 2, "said_by": "韩卫民"})
    shown = office.read("checks/", state="open")["results"][0]
    assert (shown["answered"], shown["found"]) == (2, 2)
    tied = unit.send("findings/", _finding(check=number), status=201)
    assert tied["check"] == number
    closed = office.send(f"checks/{number}/close/", {"version": 2, "text": "总体良好"})
    assert (closed["state"], closed["close_note"]) == ("closed", "总体良好")
    office.send(f"checks/{number}/withdraw/", {"version": 3, "reason": "x"}, status=409)
    own_check = unit.send("checks/", _round(units=[]), status=201)
    assert own_check["own"]
    gone = unit.send(f"checks/{own_check['number']}/withdraw/", {"version": 1, "reason": "开错了"})
    assert gone["state"] == "withdrawn"
    assert unit.read(f"checks/{number}/")["number"] == number


def test_bad_rounds_and_strangers(people: Any, cyber: Any, api: Any) -> None:
    office, check = api("office"), opened(people, cyber, "shuju")
    for over, field in (
        ({"units": []}, "units"), ({"units": ["火星"]}, "units"), ({"due_at": "2020-01-01T08:00:00+08:00"}, "due_at"),
        ({"ends_on": "2020-01-01"}, "ends_on"), ({"starts_on": "x"}, "starts_on"),
    ):  # fmt: skip
        assert field in office.send("checks/", _round(**over), status=400)["fields"]
    api("commander").send("checks/", _round(), status=403)
    api("unit_gongan").read(f"checks/{check.number}/", status=404)
    api("unit_gongan").send(f"checks/{check.number}/return/", {"found": 0}, status=404)
    assert "unit" in office.send(f"checks/{check.number}/chase/", {"version": 1, "unit": "火星"}, status=400)["fields"]
    assert office.read("checks/", status=400, state="x")["fields"].keys() == {"state"}
