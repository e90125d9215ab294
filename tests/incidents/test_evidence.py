"""时限证据表: one builder for page and paper: who was told when, the proof, what was replaced, what was missed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.utils import timezone

from incidents.papers.evidence import clock_table_of
from incidents.services import incident_correct_times, report_confirm_late
from tests.incidents.factories import file_incident, phone_report
from yangcheng_ec.deadlines.models import HeartbeatGap
from yangcheng_ec.deadlines.services import sweep_all

pytestmark = pytest.mark.django_db


def test_the_table_says_the_same_on_the_page_and_on_paper(people: Any, client_for: Any) -> None:
    now = timezone.now()
    one = file_incident(people, known_at=now - timedelta(minutes=50), received_at=now - timedelta(minutes=49))
    sweep_all()
    report = phone_report(people, one, "xianzhengfu", done_at=now - timedelta(minutes=15), late_reason="电话占线")
    incident_correct_times(
        incident_id=one.pk, version=None, user=people["duty"], occurred_at=now - timedelta(minutes=55),
        occurred_approximate=False, known_at=one.known_at, received_at=one.received_at, reason="调取监控",
    )  # fmt: skip
    HeartbeatGap.objects.create(name="sweep", from_at=now - timedelta(minutes=9), to_at=now - timedelta(minutes=7))
    one.refresh_from_db()
    table = clock_table_of(one)
    rows = {row.clock.rule_code.partition(":")[2]: row for row in table["clocks"]}
    assert set(rows) == {"4.1-all", "4.1-30min"}, "what was replaced stands under what took its place"
    row = rows["4.1-30min"]
    (told,) = row.addressees
    assert (told.done_at, told.report, told.late_entry) == (now - timedelta(minutes=15), report, True)
    assert told.recorded_at is not None
    assert told.recorded_at > told.done_at
    assert told.confirmed == "尚待另一人确认"
    (before,) = row.replaced
    assert (before.clock.state, before.clock.start_basis) == ("superseded", "known")
    assert [rung.kind for rung in before.rungs] == ["overdue", "escalate", "escalate"], "what was told then"
    page = client_for("auditor").get(f"/incidents/{one.number}/clocks/").content.decode()
    paper = render_to_string("papers/clocks.html", {"paper": table})
    for words in ("电话占线", "补录", "尚待另一人确认", "更正前", "调取监控", "系统没有在计时", "首报", "录入",
                  "副指挥长", "确认知悉"):  # fmt: skip
        assert words in page, words
        assert words in paper, words
    assert f'href="/incidents/{one.number}/reports/{report.serial}/"' in page, "the proof is a click away"
    report_confirm_late(report_id=report.pk, user=people["duty2"])
    (told,) = next(
        row for row in clock_table_of(one)["clocks"] if row.clock.pk == rows["4.1-30min"].clock.pk
    ).addressees
    assert told.confirmed == f"{people['duty2'].display_name}已确认"


def test_the_call_a_case_began_with_is_the_proof_of_what_it_told_the_office(people: Any) -> None:
    one = file_incident(people, "comms-2022", channel="fax")
    rows = {row.clock.rule_code: row for row in clock_table_of(one)["clocks"]}
    (told,) = rows["comms-2022:3.1-operator"].addressees
    assert (told.label, told.through) == ("县指挥部办公室", "接报登记（传真）")


def test_the_statements_of_the_table_do_not_grow_with_it(
    people: Any, client_for: Any, django_assert_max_num_queries: Any
) -> None:
    one, client = file_incident(people), client_for("duty")
    for _ in range(2):
        phone_report(people, one, "xianzhengfu", "xianwei")
        with django_assert_max_num_queries(18):
            assert client.get(f"/incidents/{one.number}/clocks/").status_code == 200


def test_g14_at_once_has_no_minutes_so_nothing_says_in_time(people: Any, client_for: Any) -> None:
    one = file_incident(people)
    phone_report(people, one, "上级单位", "事发地人民政府", "县指挥部办公室")
    row = next(row for row in clock_table_of(one)["clocks"] if row.clock.rule_code.endswith("4.1-all"))
    assert (row.clock.state, row.clock.verdict) == ("met", "已完成")
    assert "用时" in one.head.entries.get(kind="deadline.met", text__contains=row.clock.title).text
    for page in ("clocks/", "as-of/"):
        words = client_for("duty").get(f"/incidents/{one.number}/{page}").content.decode()
        assert "已完成" in words
        assert "按时完成" not in words
