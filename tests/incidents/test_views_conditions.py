"""对照预案 beside the case, the analysis with its search, the grading aid: what is shown, to whom, and what is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from incidents.services import incident_link, incident_update
from tests.incidents.factories import analyse_incident, confirm_incident, file_incident, grade_incident

pytestmark = pytest.mark.django_db

UNCOVERED = {"network_count": 0, "system_count": 1, "business": "all", "spreading": "continuing",
             "networks_all": "no", "systems_all": "no"}  # fmt: skip


def _page(client: Any, incident: Any, *parts: str) -> str:
    text: str = client.get("/".join(["/incidents", incident.number, *parts, ""])).content.decode()
    return text


def test_the_panel_links_what_is_missing_to_its_field_and_says_where_the_plan_is_silent(
    people: Any, client_for: Any
) -> None:
    one = file_incident(people, "comms-2022")
    page = _page(client_for("comms_duty"), one)
    assert f'href="/incidents/{one.number}/update/#id_spreading"' in page
    assert "预案无依据，需指挥部研判" not in page
    assert f"plan=cyber-2025&amp;same={one.number}" in page  # the other plan is read against its own case only
    one = confirm_incident(people, one)
    assert f'href="/incidents/{one.number}/analyse/#id_spreading"' in _page(client_for("comms_duty"), one)
    analyse_incident(people, one, facts=UNCOVERED)
    page = _page(client_for("comms_duty"), one)
    assert page.count("预案无依据，需指挥部研判") == 3  # the plan's line, its responses, its warnings
    assert "由人决定" in page
    assert " checked" not in page
    reader = _page(client_for("commander"), one)
    assert "还缺：现有处置能力" in reader  # in words, without a way to a form
    assert 'id="conditions"' not in _page(client_for("unit_yidong"), one)
    assert "预案无依据" in client_for("comms_office").get(f"/response/new/?incident={one.number}").content.decode()


def test_a_linked_case_gives_the_facts_of_the_other_plan(people: Any, client_for: Any, api_for: Any) -> None:
    cyber, comms = file_incident(people), file_incident(people, "comms-2022", facts={**UNCOVERED, "system_count": 2})
    incident_link(incident_id=cyber.pk, version=None, user=people["duty"], other_number=comms.number)
    grade_incident(people, cyber, "serious")
    page = _page(client_for("duty"), cyber)
    assert f"按 {comms.number} 的情况" in page
    assert "预警颜色：预案没有判定标准" in page
    sides = api_for("duty").get(f"/api/v1/incidents/{cyber.number}/conditions/").data
    assert [(side["plan"], side["incident"]) for side in sides] == [
        ("cyber-2025", cyber.number), ("comms-2022", comms.number)
    ]  # fmt: skip
    verdicts = {group["label"]: [row["verdict"] for row in group["conditions"]] for side in sides
                for group in side["groups"] if side["plan"] == "comms-2022"}  # fmt: skip
    assert verdicts == {"Ⅰ级响应": ["split", "unknown", "judgement"], "Ⅱ级响应": ["not_met", "unknown", "judgement"],
                        "预警情形": ["not_met", "met", "not_met"]}  # fmt: skip
    assert sides[0]["groups"][0]["conditions"][0]["because"] == ["重大事件"]
    assert api_for("unit_shuju").get(f"/api/v1/incidents/{cyber.number}/conditions/").status_code == 403
    assert api_for("unit_dianxin").get(f"/api/v1/incidents/{cyber.number}/conditions/").status_code == 404


def test_a_fact_can_be_taken_back_to_not_known(people: Any, client_for: Any) -> None:
    one = file_incident(people, "comms-2022", facts=UNCOVERED)
    form = client_for("comms_duty").get(f"/incidents/{one.number}/update/").context["form"]
    assert form["spreading"].value() == "continuing"
    units = {name: form[name].value() or "" for name in ("incident_unit", "reporting_unit", "township")}
    typed = {"version": one.version, "title": one.title, "spreading": "unknown", "business": "all"} | units
    assert client_for("comms_duty").post(f"/incidents/{one.number}/update/", typed).status_code == 302
    one.refresh_from_db()
    assert (one.facts["spreading"], one.facts["business"], "capacity" in one.facts) == ("unknown", "all", False)
    incident_update(
        incident_id=one.pk, version=None, user=people["comms_duty"], changes={"facts": {"capacity": "unit"}}
    )
    one.refresh_from_db()
    assert one.facts["capacity"] == "unit"


def test_sub_items_are_found_with_and_without_a_script(people: Any, client_for: Any) -> None:
    one, client = confirm_incident(people, file_incident(people)), client_for("duty")
    path = f"/incidents/{one.number}/analyse/"
    live = client.get(f"/incidents/{one.number}/subitems/", {"find": "勒索"}).content.decode()
    assert "勒索软件事件" in live
    assert "没有这样的子类" in client.get(f"/incidents/{one.number}/subitems/", {"find": "<b>x"}).content.decode()
    looked = client.post(path, {"version": one.version, "find": "勒索", "look": "1", "severity": "两台主机被加密"})
    page = looked.content.decode()
    assert looked.status_code == 200
    assert "勒索软件事件" in page
    assert "两台主机被加密" in page
    one.refresh_from_db()
    assert one.state == "confirmed"  # looking writes nothing
    found = next(item for item in looked.context["form"].matches() if "勒索" in item.name)
    typed = {"version": one.version, "category": "attack", "found": found.code, "capacity": "county"}
    assert client.post(path, typed).status_code == 302
    one.refresh_from_db()
    assert (one.subcategory, one.category, one.facts["capacity"]) == (found, found.category, "county")
    assert client_for("unit_dianxin").get(f"/incidents/{one.number}/subitems/", {"find": "勒索"}).status_code == 404
    assert client.post(f"/incidents/{one.number}/subitems/").status_code == 405


def test_the_twelve_criteria_stand_under_their_grades_and_the_chosen_ones_words_in_the_record(
    people: Any, client_for: Any
) -> None:
    one, client = file_incident(people), client_for("duty")
    page = client.get(f"/incidents/{one.number}/grade/")
    groups = page.context["form"].groups()
    assert [(grade.code, len(rows)) for grade, rows in groups] == [
        ("especially_serious", 3), ("serious", 3), ("relatively_serious", 3), ("ordinary", 3), ("undetermined", 1)
    ]  # fmt: skip
    text = page.content.decode()
    assert all(row.text in text for _grade, rows in groups for row in rows)
    assert " checked" not in text
    refused = client.post(f"/incidents/{one.number}/grade/", {"choice": "serious:2", "version": one.version})
    assert refused.status_code == 400
    assert " checked" in refused.content.decode()  # what was chosen is not lost
    client.post(
        f"/incidents/{one.number}/grade/", {"choice": "serious:2", "reason": "数据被毁", "version": one.version}
    )
    one.refresh_from_db()
    assert one.criterion is not None
    assert one.criterion.text in one.head.entries.get(kind="incident.graded").text


def test_how_long_a_grade_is_undetermined_is_said_everywhere(people: Any, client_for: Any) -> None:
    now = timezone.now()
    one = file_incident(people, known_at=now - timedelta(minutes=65), received_at=now - timedelta(minutes=65))
    client = client_for("duty")
    for path in (f"/incidents/{one.number}/", "/incidents/", "/"):
        assert "已 1小时05分" in client.get(path).content.decode(), path
    grade_incident(people, one, "ordinary")
    assert "已 1小时05分" not in client.get("/incidents/").content.decode()
    again = grade_incident(people, one, "undetermined", criterion=None)
    assert again.graded_at is not None
    assert "已 0分钟" in _page(client, one)


def test_a_secret_case_is_neither_asked_for_its_content_nor_compared(people: Any, client_for: Any) -> None:
    one = file_incident(people, secret=True, secret_channel="机要", title="", reporting_unit="", incident_unit="")
    one = confirm_incident(people, one)
    assert "涉密事件，本系统不存内容" in _page(client_for("duty"), one)
    form = client_for("duty").get(f"/incidents/{one.number}/analyse/").context["form"]
    assert not {"loss_estimate", "severity", "capacity"} & set(form.fields)
