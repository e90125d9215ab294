"""To whom a draft goes may still be changed on its page: whom the clause names, others only as 越级 (R6, G14)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from incidents.models import Report
from tests.incidents.factories import draft_report, file_incident, phone_report, signed_report

pytestmark = pytest.mark.django_db


def _page(report: Report) -> str:
    return f"/incidents/{report.incident.number}/reports/{report.serial}/edit/"


def _typed(client: Any, report: Report, **over: Any) -> dict[str, Any]:
    """What a person who changes nothing but ``over`` sends."""
    form = client.get(_page(report)).context["form"]
    start = {name: form.get_initial_for_field(item, name) for name, item in form.fields.items()}
    return {**{name: value for name, value in start.items() if value is not None}, **over}


def _to(report: Report) -> list[tuple[str, str]]:
    return sorted((row.code, row.label) for row in report.addressees.all())


def _said(report: Report) -> str:
    return str(report.incident.head.entries.filter(kind="report.edited").latest("seq").text)


def test_the_page_ticks_whom_the_draft_goes_to_and_changes_nothing_else(people: Any, client_for: Any) -> None:
    incident = file_incident(people)
    report, duty = draft_report(people, incident, "xianzhengfu@zhengfuban"), client_for("duty")
    form = duty.get(_page(report)).context["form"]
    assert form.fields["addressees"].initial == ["xianzhengfu"]
    assert form.fields["body_of_xianzhengfu"].initial == "zhengfuban"
    before = _to(report)
    assert duty.post(_page(report), _typed(duty, report, body="已恢复")).status_code == 302
    assert _to(report) == before
    assert "报告对象" not in _said(report)


def test_addressees_are_added_and_taken_away_and_the_record_says_both(people: Any, client_for: Any) -> None:
    incident = file_incident(people)
    report, duty = draft_report(people, incident, "xianzhengfu"), client_for("duty")
    to = ["xianwei", "shangji_bumen"]
    assert duty.post(_page(report), _typed(duty, report, addressees=to)).status_code == 302
    assert [code for code, _label in _to(report)] == sorted(to)
    assert re.search("报告对象：县.*政府 → .*县委", _said(report))


@pytest.mark.parametrize("plan", ["cyber-2025", "comms-2022"])
def test_r6_somebody_no_clause_names_is_refused_with_the_clause_and_nothing_typed_is_lost(
    people: Any, client_for: Any, plan: str
) -> None:
    officer = {"cyber-2025": "duty", "comms-2022": "comms_duty"}[plan]
    incident, client = file_incident(people, plan), client_for(officer)
    report = draft_report(people, incident, "xianzhengfu")
    before = _to(report)
    for over in ({"beyond": "shengzf"}, {"addressees": ["xianzhengfu", "gongan"]}):
        answer = client.post(_page(report), _typed(client, report, body="三号楼已断电", **over))
        words = answer.content.decode()
        assert answer.status_code == 400
        short = {"cyber-2025": "网络预案", "comms-2022": "通信预案"}[plan]
        assert f"{short} 4.1 没有规定向" in words
        assert "三号楼已断电" in words
        assert _to(report) == before
    kept = {"beyond": "shengzf", "beyond_reason": "市县通信中断，无法逐级报告"}
    assert client.post(_page(report), _typed(client, report, **kept)).status_code == 302
    report.refresh_from_db()
    assert ("shengzf", "省政府办公室") in _to(report)
    assert report.beyond_reason == kept["beyond_reason"]
    assert "越级报告，理由：市县通信中断" in _said(report)


def test_one_beyond_the_line_stays_ticked_and_its_reason_goes_with_it(people: Any, client_for: Any) -> None:
    incident = file_incident(people, "comms-2022")
    report = draft_report(people, incident, "xianzhengfu", "shengzf", beyond_reason="通信中断")
    client = client_for("comms_duty")
    form = client.get(_page(report)).context["form"]
    assert set(form.fields["addressees"].initial) == {"xianzhengfu", "shengzf"}
    assert form.fields["beyond_reason"].initial == "通信中断"
    assert client.post(_page(report), _typed(client, report, addressees=["xianzhengfu"])).status_code == 302
    report.refresh_from_db()
    assert [code for code, _label in _to(report)] == ["xianzhengfu"]
    assert report.beyond_reason == ""


def test_a_reason_without_anybody_beyond_the_line_is_not_kept(people: Any) -> None:
    incident = file_incident(people)
    assert draft_report(people, incident, beyond_reason="写错了地方").beyond_reason == ""
    assert phone_report(people, incident, beyond_reason="写错了地方").beyond_reason == ""


def test_nobody_at_all_is_refused_and_a_signed_report_keeps_its_addressees(people: Any, client_for: Any) -> None:
    incident, duty = file_incident(people), client_for("duty")
    report = draft_report(people, incident)
    answer = duty.post(_page(report), _typed(duty, report, addressees=[]))
    assert answer.status_code == 400
    assert "请选择报告对象" in answer.content.decode()
    signed = signed_report(people, incident)
    typed = {"addressees": ["xianwei"], "version": str(signed.version)}
    assert duty.post(_page(signed), typed).status_code == 409
    assert [code for code, _label in _to(signed)] == ["xianzhengfu"]


def test_an_old_page_does_not_put_back_old_addressees(people: Any, client_for: Any) -> None:
    incident, duty = file_incident(people), client_for("duty")
    report = draft_report(people, incident)
    old = _typed(duty, report)
    assert duty.post(_page(report), _typed(duty, report, addressees=["xianwei"])).status_code == 302
    assert duty.post(_page(report), old).status_code == 409
    assert [code for code, _label in _to(report)] == ["xianwei"]


def test_another_unit_does_not_see_the_page_and_an_auditor_changes_nothing(people: Any, client_for: Any) -> None:
    report = draft_report(people, file_incident(people))
    assert client_for("unit_gongan").post(_page(report), {"addressees": ["xianwei"]}).status_code == 404
    assert client_for("auditor").post(_page(report), {"addressees": ["xianwei"]}).status_code == 403
    assert [code for code, _label in _to(report)] == ["xianzhengfu"]


def test_r7_the_text_of_a_call_goes_to_whoever_was_called_whatever_else_is_ticked(people: Any) -> None:
    incident = file_incident(people)
    call = phone_report(people, incident, "xianzhengfu@zhengfuban")
    written = draft_report(people, incident, "shangji_danwei", follows_call=call.serial)
    assert {code for code, _label in _to(written)} == {"shangji_danwei", "xianzhengfu"}
    assert ("xianzhengfu", "县人民政府（县政府办公室）") in _to(written)


def test_whoever_signs_or_sends_has_the_words_and_the_numbers_before_them(people: Any, client_for: Any) -> None:
    incident = file_incident(people, description="三号楼机房断电")
    report = draft_report(people, incident, "xianzhengfu")
    page = f"/incidents/{incident.number}/reports/{report.serial}"
    assert "三号楼机房断电" in client_for("duty2").get(f"{page}/review/").content.decode()
    signed = signed_report(people, incident, "xianzhengfu")
    sending = client_for("duty").get(f"/incidents/{incident.number}/reports/{signed.serial}/send/").content.decode()
    assert 'href="tel:4222726"' in sending
    assert "目录中没有号码" not in sending


def test_each_item_cites_the_clause_that_asks_for_it(people: Any, client_for: Any) -> None:
    """Form 8.7 has no box for the place or the loss: 4.1 asks for them (G12)."""
    report = draft_report(people, file_incident(people))
    form = client_for("duty").get(_page(report)).context["form"]
    cited = {line.bound.name: line.clause.get("ref") for section in form.sections() for line in section.lines}
    assert cited["description"] == cited["measures_taken"] == "8.7"
    assert cited["location"] == cited["source"] == cited["loss_estimate"] == cited["addressees"] == "4.1"
    assert cited["body"] is None
