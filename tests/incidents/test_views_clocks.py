"""``/clocks/``: every running clock, mine and most urgent first; each sees their own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.incidents.factories import file_incident

pytestmark = pytest.mark.django_db


def _titles(client: Any, query: str = "") -> list[str]:
    rows = client.get(f"/clocks/{query}").context["page_obj"]
    return [f"{row.case_title} {row.rule_code.partition(':')[2]}" for row in rows]


def test_the_list_its_order_its_filters_and_who_sees_what(people: Any, client_for: Any) -> None:
    now = timezone.now()
    late = file_incident(people, title="甲", occurred_at=now - timedelta(minutes=40), known_at=now, received_at=now)
    soon = file_incident(people, "comms-2022", title="乙", known_at=now, received_at=now)
    drill = file_incident(people, title="丙", drill=True, township="runcheng", known_at=now, received_at=now)
    duty = client_for("duty")
    mine = _titles(duty)
    assert mine[:3] == [f"{late.number} 甲 4.1-30min", f"{drill.number} 丙 4.1-30min", f"{soon.number} 乙 4.1-phone"]
    urgent = [row for row in _titles(duty, "?order=urgent") if "min" in row or "phone" in row]
    assert urgent[0] == mine[0]
    assert urgent[1:] == sorted(urgent[1:], key=lambda row: "丙" in row), "by what is left, whosever it is"
    assert _titles(client_for("comms_duty"))[0] == f"{soon.number} 乙 4.1-phone", "its own plan first"
    for query, words in (("?state=overdue", {"甲"}), ("?drill=1", {"丙"}), ("?plan=comms-2022", {"乙"}),
                         ("?unit=yidong", {"乙"}), ("?state=overdue&drill=1", set())):  # fmt: skip
        assert {row.split()[1] for row in _titles(duty, query)} == words, query
    assert {row.split()[1] for row in _titles(client_for("unit_yidong"))} == {"乙"}
    own = _titles(client_for("unit_shuju"))
    assert {row.split()[1] for row in own} == {"甲", "丙"}
    assert not any("office" in row for row in own), "not what the office owes"
    assert _titles(client_for("unit_dianxin")) == []
    for name in ("contacts", "sysadmin", "security"):
        assert client_for(name).get("/clocks/").status_code == 403
    assert duty.post("/clocks/").status_code == 405
    assert client_for("auditor").get("/clocks/").status_code == 200
    part = duty.get("/clocks/?plan=comms-2022", HTTP_HX_REQUEST="true").content.decode()
    assert "<html" not in part
    assert "光缆" not in part
    assert "乙" in part


def test_the_statements_of_the_list_do_not_grow_with_it(
    people: Any, client_for: Any, django_assert_max_num_queries: Any
) -> None:
    client = client_for("duty")
    for _ in range(2):
        for _ in range(3):
            file_incident(people)
        with django_assert_max_num_queries(16):
            assert client.get("/clocks/").status_code == 200
