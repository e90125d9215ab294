"""Resources: kept by the keeper and the plan's office, equipment by its own unit; masked, searched, exported."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook
from pypdf import PdfReader

from directory.models import Resource, Unit
from directory.selectors.resources import ResourceFilter, resource_counts, resources_found
from directory.selectors.standing_duties import drill_duty, filing_duty, resource_duties, training_duty
from directory.selectors.units import unit_uses
from directory.services.resources import (
    resource_add,
    resource_check,
    resource_edit,
    resource_restore,
    resource_retire,
    resource_reveal,
)
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, StaleVersion, WrongState
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db
ClientFor = Callable[[str], Client]
MOBILE = "13912345678"


def unit(code: str) -> Unit:
    return Unit.objects.get(code=code)


def add(user: Any, kind: str = "equipment", plan: str = "cyber-2025", **over: Any) -> Resource:
    values = {"name": "便携式卫星电话", "unit": unit("gongan"), "number": MOBILE, **over}
    return resource_add(user=user, plan=plan, kind=kind, values=values)


# What the plans ask for


def test_o8_the_advisers_of_6_2_are_not_the_expert_group(cyber: Any, comms: Any) -> None:
    duties = resource_duties(cyber)
    assert duties["adviser"].label == "网络预案 6.2"
    assert "咨询工作组" in duties["adviser"].quote
    assert duties["expert"].label != duties["adviser"].label
    assert "adviser" not in resource_duties(comms)
    assert resource_duties(comms)["protected"].label == "通信预案 6.3"
    assert (duties["social"].label, duties["vehicle"].non_plan) == ("网络预案 4.3", True)


def test_p3_p4_each_duty_cites_its_words(cyber: Any, comms: Any) -> None:
    for version in (cyber, comms):
        texts = dict(version.clauses.values_list("ref", "text"))
        duties = [drill_duty(version), training_duty(version), filing_duty(version), *resource_duties(version).values()]
        for duty in duties:
            assert duty is not None
            assert duty.non_plan or duty.quote in texts[duty.ref].replace("\n", "")
            assert bool(duty.quote) != duty.non_plan
    assert (drill_duty(cyber).months, drill_duty(cyber).grade) == (12, "serious")
    assert drill_duty(comms).months is None


# Keeping


@pytest.mark.parametrize("name", ["contacts", "office", "director", "duty", "unit_gongan"])
def test_who_may_adds_equipment(people: Any, name: str) -> None:
    row = add(people[name])
    line = RecordEntry.objects.get(subject_type="resource", subject_id=row.pk)
    assert (line.kind, line.clause, line.head.key) == ("resource.added", "网络预案 6.3", "directory")


@pytest.mark.parametrize("name", ["comms_office", "commander", "auditor", "unit_shuju", "security"])
def test_nobody_else_adds_equipment_of_a_unit(people: Any, name: str) -> None:
    with pytest.raises(Forbidden) as refused:
        add(people[name])
    assert refused.value.clause == "网络预案 6.3"
    assert not Resource.objects.exists()


def test_a_unit_keeps_no_list_but_of_its_own_equipment(people: Any) -> None:
    for kind in ("team", "expert", "adviser", "social"):
        with pytest.raises(Forbidden):
            add(people["unit_gongan"], kind)
    own = add(people["unit_gongan"])
    with pytest.raises(Forbidden):
        resource_edit(
            user=people["unit_gongan"], resource_id=own.pk, version=1, values={"unit": unit("shuju")}
        )  # fmt: skip
    team = add(people["office"], "team", name="网安支队")
    with pytest.raises(Forbidden):
        resource_edit(user=people["unit_gongan"], resource_id=team.pk, version=1, values={"name": "x"})
    with pytest.raises(NotVisible):
        resource_edit(user=people["unit_shuju"], resource_id=own.pk, version=1, values={"name": "x"})


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"name": "\u200b"}, "name"),
        ({"name": "长" * 121}, "name"),
        ({"number": "打不通"}, "number"),
        ({"number": "1" * 61}, "number"),
        ({"unit": None}, "unit"),
        ({"body": "某公司"}, "body"),
        ({"quantity": 1_000_001}, "quantity"),
        ({"listed": "county"}, "listed"),
        ({"note": "长" * 301}, "note"),
        ({"kind": "protected"}, "kind"),
        ({"kind": "火星"}, "kind"),
    ],
)
def test_a_line_with_a_fault_is_refused_beside_its_field(people: Any, over: dict[str, Any], field: str) -> None:
    kind = over.pop("kind", "equipment")
    with pytest.raises(BadInput) as refused:
        add(people["office"], kind, **over)
    assert field in refused.value.fields


def test_the_same_line_is_not_kept_twice(people: Any) -> None:
    row = add(people["office"])
    with pytest.raises(BadInput):
        add(people["office"])
    add(people["office"], unit=unit("shuju"))
    add(people["office"], "spare")
    row = resource_retire(user=people["office"], resource_id=row.pk, version=1, reason="报废")
    add(people["office"])
    with pytest.raises(BadInput):
        resource_restore(user=people["office"], resource_id=row.pk, version=row.version)
    with pytest.raises(IntegrityError), transaction.atomic():
        Resource.objects.filter(pk=row.pk).update(state="active")


def test_an_edit_keeps_what_stood_there(people: Any) -> None:
    row = add(people["office"])
    row = resource_edit(
        user=people["office"], resource_id=row.pk, version=1, values={"place": "三楼机房", "quantity": 2}
    )
    assert row.version == 2
    line = RecordEntry.objects.get(kind="resource.edited")
    assert "存放地点 （空） → 三楼机房" in line.text
    with pytest.raises(StaleVersion) as stale:
        resource_edit(user=people["office"], resource_id=row.pk, version=1, values={"place": "x"})
    assert {change.field for change in stale.value.changes} == {"存放地点", "数量"}
    same = resource_edit(user=people["office"], resource_id=row.pk, version=2, values={"place": "三楼机房"})
    assert same.version == 2


def test_what_is_retired_stays_and_comes_back(people: Any) -> None:
    row = add(people["office"])
    with pytest.raises(BadInput):
        resource_retire(user=people["office"], resource_id=row.pk, version=1, reason=" ")
    row = resource_retire(user=people["office"], resource_id=row.pk, version=1, reason="报废")
    for service, more in (
        (resource_edit, {"values": {"name": "x"}}),
        (resource_check, {"on": timezone.localdate(), "result": "好"}),
        (resource_retire, {"reason": "x"}),
    ):
        with pytest.raises(WrongState):
            service(user=people["office"], resource_id=row.pk, version=row.version, **more)
    row = resource_restore(user=people["office"], resource_id=row.pk, version=row.version)
    assert row.state == "active"
    assert "在用的应急资源" in unit_uses(unit("gongan"))


def test_equipment_is_looked_at_and_falls_due_again(people: Any, settings: Any) -> None:
    row, today = add(people["unit_gongan"]), timezone.localdate()
    assert [one.late for one in resource_counts(people["office"])] == [1]
    for over, field in (
        ({"on": today + timedelta(days=1)}, "on"),
        ({"result": " "}, "result"),
        ({"result": "长" * 301}, "result"),
    ):
        given = {"on": today, "result": "完好", **over}
        with pytest.raises(BadInput) as refused:
            resource_check(user=people["unit_gongan"], resource_id=row.pk, version=1, **given)
        assert field in refused.value.fields
    row = resource_check(user=people["unit_gongan"], resource_id=row.pk, version=1, on=today, result="完好")
    assert [one.late for one in resource_counts(people["office"])] == [0]
    with pytest.raises(BadInput):
        resource_check(
            user=people["unit_gongan"], resource_id=row.pk, version=2, on=today - timedelta(days=1), result="x"
        )
    settings.RESOURCE_CHECK_DAYS = -1
    assert [found.pk for found in resources_found(people["office"], ResourceFilter(late=True))] == [row.pk]
    team = add(people["office"], "team", name="支队")
    with pytest.raises(BadInput):
        resource_check(user=people["office"], resource_id=team.pk, version=1, on=today, result="x")


# Finding and seeing


@pytest.mark.parametrize("query", ["卫星", "bxswxdh", "公安局", "xgaj", "张三", "三楼", "139123"])
def test_one_is_found_as_people_call_it(people: Any, query: str) -> None:
    row = add(people["office"], contact="张三", place="三楼机房")
    add(people["office"], "team", name="抢修队", unit=unit("shuju"), number="")
    assert [one.pk for one in resources_found(people["office"], ResourceFilter(q=query))] == [row.pk]


def test_a_masked_number_is_not_guessed_digit_by_digit(people: Any) -> None:
    add(people["office"])
    assert not resources_found(people["commander"], ResourceFilter(q="139123"))
    assert resources_found(people["unit_gongan"], ResourceFilter(q="139123"))


def test_a_unit_sees_its_own_and_mine_come_first(people: Any, client_for: ClientFor) -> None:
    mine = add(people["office"])
    other = add(people["office"], unit=unit("shuju"), name="乙")
    late = add(people["office"], "spare", unit=unit("shuju"), name="甲")
    resource_check(
        user=people["office"], resource_id=other.pk, version=1, on=timezone.localdate(), result="完好"
    )  # fmt: skip
    assert [row.pk for row in resources_found(people["unit_gongan"], ResourceFilter())] == [mine.pk]
    assert client_for("unit_gongan").get(f"/standing/resources/{other.pk}/").status_code == 404
    found = [row.pk for row in resources_found(people["unit_shuju"], ResourceFilter())]
    assert found == [late.pk, other.pk]
    assert not resources_found(people["security"], ResourceFilter())
    assert client_for("security").get("/standing/resources/").status_code == 403


def test_a_mobile_is_masked_and_looking_is_recorded(people: Any, client_for: ClientFor) -> None:
    row = add(people["office"], "social", unit=None, body="某公司")
    url = f"/standing/resources/{row.pk}/"
    page = client_for("commander").get(url).content.decode()
    assert MOBILE not in page
    assert "139****5678" in page
    assert not RecordEntry.objects.filter(kind="resource.revealed").exists()
    page = client_for("commander").post(f"{url}reveal/").content.decode()
    assert MOBILE in page
    client_for("duty").get(url)
    client_for("duty").get(url)
    lines = RecordEntry.objects.filter(kind="resource.revealed")
    assert [line.actor_name for line in lines] == [people["commander"].display_name, people["duty"].display_name]
    assert not [line for line in lines if MOBILE in line.text]
    own = add(people["office"])
    client_for("unit_gongan").get(f"/standing/resources/{own.pk}/")
    assert lines.count() == 2
    assert resource_reveal(user=people["unit_gongan"], resource_id=own.pk).shown == MOBILE  # type: ignore[attr-defined]
    with pytest.raises(NotVisible):
        resource_reveal(user=people["unit_shuju"], resource_id=own.pk)


def test_pages_keep_a_resource(people: Any, client_for: ClientFor) -> None:
    client, url = client_for("office"), "/standing/resources/"
    typed = {
        "plan": "cyber-2025",
        "kind": "expert",
        "name": "孙工",
        "body": "太行学院",
        "number": "x",
        "ability": "取证",
    }
    answer = client.post(f"{url}new/", typed)
    assert answer.status_code == 400
    assert "取证" in answer.content.decode()
    answer = client.post(f"{url}new/", {**typed, "number": "4220001"})
    row = Resource.objects.get()
    assert answer.headers["Location"] == f"{url}{row.pk}/"
    answer = client.post(f"{url}{row.pk}/edit/", {"name": "孙工程师", "body": "太行学院", "version": 1})
    assert answer.status_code == 302
    assert client.post(f"{url}{row.pk}/edit/", {"name": "x", "body": "y", "version": 1}).status_code == 409
    assert client.post(f"{url}{row.pk}/check/", {"on": "", "result": "", "version": 2}).status_code == 400
    assert client.post(f"{url}{row.pk}/retire/", {"reason": "", "version": 2}).status_code == 400
    assert client.post(f"{url}{row.pk}/retire/", {"reason": "调离", "version": 2}).status_code == 302
    assert "孙工程师" in client.get(f"{url}?state=retired").content.decode()
    assert client.post(f"{url}{row.pk}/restore/", {"version": 3}).status_code == 302
    assert client.get(f"{url}{row.pk}/restore/").status_code == 405
    assert client_for("auditor").get(f"{url}new/").status_code == 403


def test_a_unit_s_form_adds_its_own_equipment(client_for: ClientFor) -> None:
    client = client_for("unit_gongan")
    page = client.get("/standing/resources/new/").content.decode()
    assert "技术支撑队伍</option>" not in page
    typed = {"plan": "cyber-2025", "kind": "vehicle", "name": "勘查车", "unit": unit("shuju").pk, "quantity": 1}
    assert client.post("/standing/resources/new/", typed).status_code == 302
    assert Resource.objects.get().unit == unit("gongan")


def test_the_sheet_and_the_print_say_what_the_screen_says(people: Any, client_for: ClientFor) -> None:
    add(people["office"], name="=1+1", note="@cmd")
    add(people["office"], "social", unit=None, body="某公司", name="恒安公司")
    answer = client_for("commander").get("/standing/resources/sheet.xlsx?kind=equipment")
    sheet = load_workbook(io.BytesIO(answer.content)).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert (len(rows), rows[1][2], rows[1][6]) == (2, "=1+1", "139****5678")
    assert sheet["C2"].data_type == "s"
    answer = client_for("office").get("/standing/resources/list.pdf")
    flat = "".join("".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(answer.content)).pages)
    for words in ("阳城县应急资源清单", "恒安公司", "=1+1", MOBILE):
        assert words in flat
    assert RecordEntry.objects.filter(kind="resource.exported").count() == 2


def test_lists_ask_the_database_a_fixed_number_of_times(
    people: Any, cyber: Any, client_for: ClientFor, django_assert_max_num_queries: Any
) -> None:
    for kind in resource_duties(cyber):
        add(people["office"], kind, unit=None, body="某公司")
    for name, most in (("office", 17), ("unit_gongan", 12)):
        client = client_for(name)
        with django_assert_max_num_queries(most):
            assert client.get("/standing/resources/?q=gs").status_code == 200


def test_the_api_reads_what_the_page_shows(people: Any, api_for: Any) -> None:
    row = add(people["office"])
    other = add(people["office"], unit=unit("shuju"))
    found = api_for("commander").get("/api/v1/resources/?kind=equipment&late=true").json()["results"]
    assert [(one["id"], one["number"], one["late"]) for one in found] == [
        (row.pk, "139****5678", True),
        (other.pk, "139****5678", True),
    ]
    one = api_for("office").get(f"/api/v1/resources/{row.pk}/").json()
    assert (one["number"], one["unit"], one["belongs_to"]) == (MOBILE, "gongan", "县公安局")
    assert api_for("unit_gongan").get(f"/api/v1/resources/{other.pk}/").status_code == 404
    assert api_for("security").get("/api/v1/resources/").status_code == 403
    bad = api_for("office").get("/api/v1/resources/?kind=mars")
    assert (bad.status_code, "kind" in bad.json()["fields"]) == (400, True)
