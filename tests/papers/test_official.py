"""The official letter measured on the PDF (GB/T 9704), the evidence table, and the empty form."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from incidents.models import Incident
from incidents.services import report_phone_record
from incidents.services.phone import PhoneReport
from tests.papers.conftest import Paper
from yangcheng_ec.deadlines.models import Deadline, HeartbeatGap

pytestmark = pytest.mark.django_db
MM = 72 / 25.4


def read(client: Any, address: str) -> Paper:
    answer = client.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf"), answer.content[:300]
    assert answer["Cache-Control"] == "private, no-store"
    return Paper(answer.content)


def test_the_letter_has_the_measures_of_gb_t_9704(paper: Any, cyber_case: Any, sent: Any) -> None:
    letter = paper(sent(cyber_case(description="县" * 1_300), "县政府", "县委"), name="letter")
    assert [round(float(side) / MM) for side in letter.pdf.pages[1].mediabox[2:]] == [210, 297]
    body = [line for line in letter.lines(2) if line.bottom < (297 - 35) * MM + 1]
    assert len(body) == 22
    assert {len(line.text) for line in body} == {28}
    assert min(line.left for line in body) == pytest.approx(28 * MM, abs=1)
    assert max(line.right for line in body) == pytest.approx((210 - 26) * MM, abs=1)
    assert body[0].top >= 37 * MM - 1
    pitch = (body[-1].top - body[0].top) / 21
    assert pitch == pytest.approx(225 * MM / 22, abs=0.1)
    assert letter.lines(2)[-1].text == "—2—"
    assert all(letter.fonts().values())


def test_the_letter_says_it_in_the_plans_words_and_invents_no_number(
    paper: Any, cyber_case: Any, comms_case: Any, sent: Any, drafted: Any, cyber: Any, comms: Any
) -> None:
    cyber_letter = paper(sent(cyber_case(drill=True), "县政府", "县委"), name="letter")
    parts = ("（文号）", "关于县政务网站首页被篡改的报告（首报）", "县人民政府、", "县数据中心二楼机房",
             f"一、{cyber.texts['report_contents'][3]}", "省厅监测告警", "二、事件类别", "网络攻击", "暂时无法判明",
             "三、", "约三万元", "四、", "五、事件发展态势及处置情况", "已得到控制", "已断开外网", "七、有关意见和建议",
             "县数据中心", "（填报人：王晓东）")  # fmt: skip
    text = cyber_letter.text
    places = [text.find(part, 0 if index < 3 else text.find("县人民政府、")) for index, part in enumerate(parts)]
    assert -1 not in places, dict(zip(parts, places, strict=True))
    assert "本件尚未报出" not in text
    assert "签发人：李雪梅" in text
    assert "〔" not in text
    assert all("演" in page.extract_text() for page in cyber_letter.pdf.pages)
    comms_text = paper(drafted(comms_case()), name="letter").text
    assert [label for label in comms.texts["report_contents"] if label not in comms_text] == []
    assert "本件尚未报出，状态：草稿" in comms_text


def test_the_evidence_table_names_every_clock_and_when_nobody_watched(
    client_for: Any, people: Any, cyber_case: Any
) -> None:
    now = timezone.now()
    case: Incident = cyber_case(occurred_at=now - timedelta(hours=2), known_at=now - timedelta(minutes=50))
    call = PhoneReport(
        addressees=("xianzhengfu",), caller="张三", number="0356-4220000", heard_by="王五", read_back=True,
        done_at=now - timedelta(minutes=20), late_reason="电话占线",
    )  # fmt: skip
    report_phone_record(incident_id=case.pk, user=people["duty"], call=call)
    HeartbeatGap.objects.create(name="sweep", from_at=now - timedelta(minutes=40), to_at=now - timedelta(minutes=38))
    table = read(client_for("duty"), f"/incidents/{case.number}/clocks.pdf")
    clocks = list(Deadline.objects.filter(head=case.head))
    text = table.flowing
    assert [clock.title for clock in clocks if "".join(clock.title.split()) not in text] == []
    timed = next(clock for clock in clocks if clock.state == "met_late")
    for words in ("预案4.1", timed.owed_by, "逾期完成，逾期", "电话占线", "首报，电话", "【补录】录入",
                  "系统没有在计时", "非预案规定"):  # fmt: skip
        assert "".join(words.split()) in text, words
    assert client_for("duty").get(f"/incidents/{case.number}/clocks/").content.decode().count("clocks.pdf") == 1
    for stranger in ("unit_gongan", "sysadmin"):
        assert client_for(stranger).get(f"/incidents/{case.number}/clocks.pdf").status_code == 404


def test_the_empty_form_is_one_page_with_nothing_ticked(client_for: Any, client: Any, cyber: Any) -> None:
    address = "/plans/cyber-2025/form-8-7-blank.pdf"
    form = read(client_for("unit_gongan"), address)
    fields = cyber.texts["form_8_7"]["fields"]
    assert form.pages == 1
    assert [field["label"] for field in fields if field["label"].replace(" ", "") not in form.text] == []
    assert (len(form.boxes), form.ticked) == (19, set())
    assert "【信息来源】" in form.text
    assert "不详" not in form.text
    assert address in client_for("duty").get("/plans/cyber-2025/").content.decode()
    assert address in client_for("duty").get("/incidents/new/").content.decode()
    assert client_for("duty").get("/plans/comms-2022/form-8-7-blank.pdf").status_code == 404
    assert client.get(address).status_code == 302
