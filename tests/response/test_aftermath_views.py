"""Pages of the aftermath: who sees which part, every act by form, nothing typed is lost, the report read back."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pypdf import PdfReader

from directory.services.plan_revisions import today
from incidents.models import Incident, PaperJob
from incidents.services.papers import paper_render
from response.aftermath import services
from response.aftermath.models import AftercareItem, Lesson, MeritNote, RebuildPlan, ReviewReport, StandDown
from response.aftermath.services import Learnt
from tests.incidents.factories import file_incident
from tests.response.aftering import agreed, care, drafted, graded, over, received, signed, submitted
from tests.response.factories import active
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db
ClientFor = Callable[[str], Client]


def _url(incident: Incident, tail: str = "") -> str:
    return f"/incidents/{incident.number}/aftermath/{tail}"


def _over_gongan(people: Any) -> Incident:
    case = file_incident(people, incident_unit="gongan", reporting_unit="gongan", township="runcheng")
    return over(people, incident=case, grade="ordinary")[0]


@pytest.mark.parametrize("name", ["office", "duty", "director", "commander", "auditor", "comms_office"])
def test_the_whole_is_read_by_who_sees_whole_cases(client_for: ClientFor, people: Any, name: str) -> None:
    incident = _over_gongan(people)
    words = client_for(name).get(_url(incident)).content.decode()
    for heading in ("总结调查报告", "队伍撤离", "善后事项", "恢复重建", "教训与修订建议", "表彰与责任"):
        assert heading in words
    assert ("起草报告" in words) == (name in ("office", "duty", "director"))
    assert "县人民政府或部门" in words


def test_a_unit_sees_its_own_part_and_nothing_else_exists_for_it(client_for: ClientFor, people: Any) -> None:
    incident = _over_gongan(people)
    services.rebuild_ask(incident_id=incident.pk, user=people["office"])
    care(people, incident, title="机密补偿")
    words = client_for("unit_gongan").get(_url(incident)).content.decode()
    assert "恢复重建" in words
    assert "机密补偿" not in words
    assert "表彰与责任" not in words
    assert client_for("unit_zhengfuban").get(_url(incident)).status_code in (200, 404)
    report = drafted(people, incident)
    assert client_for("unit_gongan").get(_url(incident, f"review/{report.serial}/")).status_code == 404
    assert client_for("unit_gongan").get(_url(incident, f"review/{report.serial}/report.pdf")).status_code == 404


@pytest.mark.parametrize("name", ["contacts", "sysadmin", "security", "unit_yidong"])
def test_it_does_not_exist_for_strangers(client_for: ClientFor, people: Any, name: str) -> None:
    incident = _over_gongan(people)
    assert client_for(name).get(_url(incident)).status_code == 404
    assert client_for(name).post(_url(incident, "care-add/")).status_code == 404
    assert Client().get(_url(incident)).status_code == 302


def test_a_unit_of_the_case_without_a_part_finds_nothing(client_for: ClientFor, people: Any) -> None:
    response = active(people, level=3)
    incident = response.incident
    assert not StandDown.objects.exists()
    assert client_for("unit_runcheng").get(_url(incident)).status_code == 404


def test_wrong_methods_and_unknown_acts(client_for: ClientFor, people: Any) -> None:
    incident = _over_gongan(people)
    office = client_for("office")
    assert office.get(_url(incident, "care-add/")).status_code == 405
    assert office.post(_url(incident)).status_code == 405
    assert office.post(_url(incident, "dance/")).status_code == 404
    assert office.post(_url(incident, "care-agree/")).status_code == 404
    assert office.post(_url(incident, "care-add/7/")).status_code == 404
    assert office.post(_url(incident, "care-agree/999/")).status_code == 404
    other = _over_gongan(people)
    item = care(people, other)
    assert office.post(_url(incident, f"care-agree/{item.pk}/")).status_code == 404


def test_aftercare_by_form(client_for: ClientFor, people: Any) -> None:
    incident = _over_gongan(people)
    office = client_for("office")
    typed = {"kind": "requisition", "title": "发电机", "beneficiary": "某公司", "asked": "1200.50", "quantity": "1台"}
    answer = office.post(_url(incident, "care-add/"), typed)
    assert answer.status_code == 400
    words = answer.content.decode()
    assert "征用凭证" in words
    assert "发电机" in words
    assert office.post(_url(incident, "care-add/"), {**typed, "receipt": "征用001"}).status_code == 302
    item = AftercareItem.objects.get()
    bad = {"agreed": "12.345", "payer": "finance", "version": item.version}
    assert office.post(_url(incident, f"care-agree/{item.pk}/"), bad).status_code == 400
    assert office.post(_url(incident, f"care-agree/{item.pk}/"), {**bad, "agreed": "1200"}).status_code == 302
    stale = {"proof": "付款单", "version": item.version}
    assert office.post(_url(incident, f"care-settle/{item.pk}/"), stale).status_code == 409
    item.refresh_from_db()
    assert office.post(_url(incident, f"care-settle/{item.pk}/"), {**stale, "version": item.version}).status_code == 302
    words = office.get(_url(incident)).content.decode()
    assert "核定 1200.00 元，已支付 1200.00 元" in words
    second = care(people, incident)
    drop = {"reason": "", "version": second.version}
    assert office.post(_url(incident, f"care-drop/{second.pk}/"), drop).status_code == 400
    assert office.post(_url(incident, f"care-drop/{second.pk}/"), {**drop, "reason": "重复"}).status_code == 302
    assert client_for("commander").post(_url(incident, "care-add/"), {**typed, "receipt": "9"}).status_code == 403


def test_rebuilding_by_form_from_the_unit_s_own_page(client_for: ClientFor, people: Any) -> None:
    incident = _over_gongan(people)
    office, unit = client_for("office"), client_for("unit_gongan")
    assert office.post(_url(incident, "rebuild-ask/"), {"due_on": "2020-01-01"}).status_code == 400
    assert office.post(_url(incident, "rebuild-ask/"), {"due_on": ""}).status_code == 302
    plan = RebuildPlan.objects.get()
    assert "报送恢复计划" in unit.get("/").content.decode()
    typed = {"resources": "备机一台", "text": "重装", "steps": "明天 装机", "version": plan.version}
    answer = unit.post(_url(incident, f"rebuild-submit/{plan.pk}/"), typed)
    assert answer.status_code == 400
    assert "备机一台" in answer.content.decode()
    day = today() + timedelta(days=2)
    typed["steps"] = f"{day} 装机\n{day:%Y/%m/%d} 验收"
    assert unit.post(_url(incident, f"rebuild-submit/{plan.pk}/"), typed).status_code == 302
    for step in plan.steps.all():
        plan.refresh_from_db()
        done = {"done_on": str(today()), "version": plan.version}
        assert unit.post(_url(incident, f"rebuild-step/{step.pk}/"), done).status_code == 302
    plan.refresh_from_db()
    finish = {"finding": "全部恢复", "version": plan.version}
    assert unit.post(_url(incident, f"rebuild-finish/{plan.pk}/"), finish).status_code == 404
    assert office.post(_url(incident, f"rebuild-finish/{plan.pk}/"), finish).status_code == 302
    assert "已恢复" in unit.get(_url(incident)).content.decode()


def test_a_returned_plan_says_why_on_the_unit_s_page(client_for: ClientFor, people: Any) -> None:
    incident = _over_gongan(people)
    plan = services.rebuild_ask(incident_id=incident.pk, user=people["office"])
    office, unit = client_for("office"), client_for("unit_gongan")
    typed = {"resources": "备机", "text": "重装", "steps": "", "version": plan.version}
    assert unit.post(_url(incident, f"rebuild-submit/{plan.pk}/"), typed).status_code == 302
    plan.refresh_from_db()
    back = {"reason": "没有备份", "version": plan.version}
    assert office.post(_url(incident, f"rebuild-return/{plan.pk}/"), back).status_code == 302
    assert "没有备份" in unit.get(_url(incident)).content.decode()


def test_lessons_and_proposals_by_form_and_on_the_plan_s_page(client_for: ClientFor, people: Any) -> None:
    incident = _over_gongan(people)
    office = client_for("office")
    typed = {"text": "时限不清", "revises_plan": "on", "clause": "网络预案 4.1"}
    answer = office.post(_url(incident, "lesson-add/"), typed)
    assert answer.status_code == 400
    assert "建议的文字" in answer.content.decode()
    assert office.post(_url(incident, "lesson-add/"), {**typed, "wording": "两小时内报告"}).status_code == 302
    row = Lesson.objects.get()
    assert "两小时内报告" in client_for("duty").get("/plans/cyber-2025/").content.decode()
    assert "两小时内报告" not in client_for("unit_gongan").get("/plans/cyber-2025/").content.decode()
    decide = {"answer": "上位规定已有", "revision": "", "version": row.version}
    assert client_for("duty").post(_url(incident, f"lesson-decide/{row.pk}/"), decide).status_code == 403
    assert office.post(_url(incident, f"lesson-decide/{row.pk}/"), decide).status_code == 302
    assert "两小时内报告" not in client_for("duty").get("/plans/cyber-2025/").content.decode()
    plain = services.lesson_add(incident_id=incident.pk, user=people["office"], learnt=Learnt("双路供电"))
    done = {"answer": "已加装", "version": plain.version}
    assert office.post(_url(incident, f"lesson-close/{plain.pk}/"), done).status_code == 302


def test_praise_and_blame_by_form(client_for: ClientFor, people: Any) -> None:
    incident = _over_gongan(people)
    office = client_for("office")
    typed = {"kind": "blame", "whom": "某单位", "facts": ""}
    assert office.post(_url(incident, "merit-add/"), typed).status_code == 400
    assert office.post(_url(incident, "merit-add/"), {**typed, "facts": "迟报两小时"}).status_code == 302
    note = MeritNote.objects.get()
    assert "迟报两小时" in office.get(_url(incident)).content.decode()
    back = {"reason": "查无此事", "version": note.version}
    assert office.post(_url(incident, f"merit-back/{note.pk}/"), back).status_code == 302


def test_standing_down_by_form(client_for: ClientFor, people: Any) -> None:
    incident = _over_gongan(people)
    row = StandDown.objects.filter(unit__isnull=False).first()
    assert row is not None
    office = client_for("office")
    typed = {"people": "-3", "said_by": "组长", "version": row.version}
    assert office.post(_url(incident, f"stand-down/{row.pk}/"), typed).status_code == 400
    assert office.post(_url(incident, f"stand-down/{row.pk}/"), {**typed, "people": "8"}).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.people, row.said_by) == ("done", 8, "组长")


def test_the_report_s_life_by_form(client_for: ClientFor, people: Any) -> None:
    incident = _over_gongan(people)
    office, deputy = client_for("office"), client_for("deputy")
    answer = office.post(_url(incident, "review-draft/"))
    page = _url(incident, "review/1/")
    assert answer.headers["Location"] == page
    report = ReviewReport.objects.get()
    form = office.get(page).context["form"]
    typed = {name: form[name].value() or "" for name in form.fields}
    typed |= {name: "已查明" for name in form.fields if name.startswith("text_")}
    assert office.post(page, {**typed, "also": "县委网信委"}).status_code == 302
    assert office.post(page, {**typed, "submit": "1"}).status_code == 409
    report.refresh_from_db()
    typed["version"] = report.version
    answer = office.post(page, {**typed, "text_cause": "", "submit": "1"})
    assert answer.status_code == 400
    assert "请写明起因" in answer.content.decode()
    assert office.post(page, {**typed, "also": "县委网信委", "submit": "1"}).status_code == 302
    report.refresh_from_db()
    assert "签发报告" in deputy.get("/").content.decode()
    assert office.post(f"{page}sign/", {"version": report.version}).status_code == 403
    assert client_for("duty").post(f"{page}sign/", {"version": report.version}).status_code == 403
    assert deputy.post(f"{page}return/", {"version": report.version, "reason": ""}).status_code == 400
    assert deputy.post(f"{page}sign/", {"version": report.version}).status_code == 302
    report.refresh_from_db()
    assert office.post(f"{page}send/", {"version": report.version, "channel": ""}).status_code == 400
    assert office.post(f"{page}send/", {"version": report.version, "channel": "机要"}).status_code == 302
    assert office.post(page, {**typed, "submit": "1"}).status_code == 409
    row = report.addressees.get(label="市指挥部办公室")
    report.refresh_from_db()
    assert office.post(f"{page}receipt/{row.pk}/", {"version": report.version}).status_code == 400
    given = {"version": report.version, "received_by": "市办值班室"}
    assert office.post(f"{page}receipt/{row.pk}/", given).status_code == 302
    assert office.post(f"{page}receipt/0/", given).status_code == 404
    assert office.post(f"{page}dance/", given).status_code == 404
    assert "市办值班室" in office.get(page).content.decode()


def _read(client: Client, url: str) -> str:
    """Ask for a paper, have the worker make it, and read it back."""
    answer = client.get(url)
    if answer.status_code == 302:
        job = PaperJob.objects.get()
        assert answer.headers["Location"] == f"/papers/{job.key}/"
        assert paper_render(job_id=job.pk, attempt=job.attempt)
        assert "总结调查报告" in client.get(answer.headers["Location"]).content.decode()
        answer = client.get(url)
    assert answer.headers["Content-Type"] == "application/pdf"
    pages = PdfReader(io.BytesIO(answer.content)).pages
    return "".join("".join(page.extract_text().split()) for page in pages)


def test_the_report_is_read_back_from_its_pdf(client_for: ClientFor, people: Any) -> None:
    incident, response = over(people, level=1, grade="serious")
    agreed(people, incident, kind="requisition", receipt="征用001", title="发电机")
    report = submitted(people, incident, superior="市网络安全应急指挥部", participants="县公安局、县数据中心")
    report = services.review_sign(report_id=report.pk, version=report.version, user=people["commander"])
    words = _read(client_for("office"), _url(incident, "review/1/report.pdf"))
    version = incident.plan_version
    for text in (
        report.title, version.title, version.number, "网络预案5.1", "市网络安全应急指挥部", "县公安局、县数据中心",
        "市指挥部办公室",
        "起因：已查明", "改进措施：已查明", "时限执行情况", "各条款措施办理情况", response.number, "800.00", "财政",
        report.sha256[:20], people["commander"].display_name,
    ):  # fmt: skip
        assert "".join(text.split()) in words, text
    assert "草稿，未经签发" not in words
    measure = report.facts["measures"][0]
    assert "".join(measure["quote"].split())[:12] in words
    assert RecordEntry.objects.filter(head_id=incident.head_id, kind="response.activated").get().text[:8] in words


def test_a_draft_says_so_on_its_paper_and_a_unit_gets_none(client_for: ClientFor, people: Any) -> None:
    incident, _ = over(people, "comms-2022", level=2)
    drafted(people, incident)
    words = _read(client_for("comms_office"), _url(incident, "review/1/report.pdf"))
    assert "草稿，未经签发，不得报送" in words
    assert "县委县政府、上级有关部门" in words
    assert "经验教训" in words


def test_the_case_page_leads_to_it(client_for: ClientFor, people: Any) -> None:
    incident, _ = over(people)
    words = client_for("office").get(f"/incidents/{incident.number}/").content.decode()
    assert _url(incident) in words
    assert "没有总结调查报告" in words


def test_closing_by_form_over_an_unsettled_aftermath(client_for: ClientFor, people: Any) -> None:
    incident, _ = over(people)
    office, url = client_for("office"), f"/incidents/{incident.number}/close/"
    assert "没有总结调查报告" in office.get(url).content.decode()
    typed = {"note": "办结", "waive_reason": "不再适用", "version": incident.version}
    answer = office.post(url, typed)
    assert answer.status_code == 400
    assert "请先办完" in answer.content.decode()
    assert office.post(url, {**typed, "unsettled_reason": "继续办理善后"}).status_code == 302


@pytest.mark.parametrize("items", [1, 12])
def test_the_page_takes_the_same_statements_however_much_there_is(
    client_for: ClientFor, people: Any, django_assert_max_num_queries: Any, items: int
) -> None:
    incident = _over_gongan(people)
    for _ in range(items):
        services.care_settle(
            item_id=(item := agreed(people, incident)).pk, version=item.version, user=people["office"], proof="付款单"
        )
        note = services.merit_add(
            incident_id=incident.pk, user=people["office"], kind="praise", whom="甲", facts="得力"
        )
        services.merit_take_back(note_id=note.pk, version=note.version, user=people["office"], reason="误记")
    received(people, incident)
    client = client_for("auditor")
    client.get(_url(incident))
    with django_assert_max_num_queries(24):
        assert client.get(_url(incident)).status_code == 200


def test_a_secret_case_shows_nothing(client_for: ClientFor, people: Any) -> None:
    incident, _ = over(people)
    care(people, incident, title="补偿某人")
    Incident.objects.filter(pk=incident.pk).update(secret=True)
    words = client_for("office").get(_url(incident)).content.decode()
    assert "涉密" in words
    assert "补偿某人" not in words


def test_signed_but_not_sent_waits_on_the_office_s_desk(client_for: ClientFor, people: Any) -> None:
    incident, _ = over(people)
    graded(people, incident)
    signed(people, Incident.objects.select_related("plan_version__plan", "grade").get(pk=incident.pk))
    assert "报送报告" in client_for("office").get("/").content.decode()
    assert "签发报告" not in client_for("deputy").get("/").content.decode()


@pytest.mark.parametrize("level", [1, 3])
def test_a_draft_takes_the_same_statements_whatever_the_level(
    client_for: ClientFor, people: Any, django_assert_max_num_queries: Any, level: int
) -> None:
    incident, _ = over(people, level=level, grade="ordinary")
    drafted(people, incident)
    client = client_for("office")
    client.get(_url(incident, "review/1/"))
    with django_assert_max_num_queries(36):
        assert client.get(_url(incident, "review/1/")).status_code == 200


def test_a_report_of_a_drill_that_is_over_waits_for_nobody(client_for: ClientFor, people: Any) -> None:
    incident, _ = over(people, grade="ordinary")
    submitted(people, incident)
    assert "签发报告" in client_for("deputy").get("/").content.decode()
    Incident.objects.filter(pk=incident.pk).update(drill=True, state="closed")
    assert "签发报告" not in client_for("deputy").get("/").content.decode()
