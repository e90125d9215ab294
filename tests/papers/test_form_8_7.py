"""表 8.7, read back from the PDF: the plan's labels, exactly the chosen boxes, every word that was typed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from directory.services.signatures import PhoneCall, known_numbers
from incidents.services import incident_grade, report_review
from tests.papers.conftest import RARE

pytestmark = pytest.mark.django_db

LABELS = (
    "附录8.7", "阳城县网络与信息安全事件上报表", "报告单位", "报告时间", "事发单位", "事件起始时间", "填报人", "审核人",
    "事件分类", "事件级别", "危害表象", "事件描述", "处置措施", "有关意见和建议",
)  # fmt: skip
OPTIONS = (
    "恶意程序类事件", "网络攻击类事件", "数据安全类事件", "信息内容安全类事件", "设备设施故障类事件", "违规操作类事件",
    "安全隐患类事件", "异常行为类事件", "不可抗力类事件", "其他事件", "特别重大事件", "重大事件", "较大事件",
    "一般事件", "网络中断", "系统瘫痪", "数据毁坏", "数据泄密", "其他危害",
)  # fmt: skip


def test_labels_and_values(paper: Any, cyber_case: Any, sent: Any) -> None:
    form = paper(sent(cyber_case()))
    assert [label for label in LABELS if label not in form.text] == []
    for value in (
        "县数据中心",
        "王晓东",
        "李雪梅",
        "首页被替换为不明页面",
        RARE,
        "保全日志",
        "停止服务约两小时",
        "到场取证",
    ):
        assert value in form.text
    assert "本件尚未报出" not in form.text
    assert form.pages == 1


def test_exactly_the_chosen_boxes_are_ticked(paper: Any, cyber_case: Any, sent: Any) -> None:
    form = paper(sent(cyber_case()))
    assert form.ticked == {"网络攻击类事件", "网络中断", "数据泄密"}
    assert len(form.boxes) == len(OPTIONS)
    assert [option for option in OPTIONS if not any(label.startswith(option) for label in form.boxes)] == []


def test_no_grade_is_said_in_words(paper: Any, cyber_case: Any, drafted: Any) -> None:
    assert "暂时无法判明等级（网络预案4.1）" in paper(drafted(cyber_case())).text


@pytest.mark.parametrize(
    ("grade", "box"),
    [
        ("especially_serious", "特别重大事件"),
        ("serious", "重大事件"),
        ("relatively_serious", "较大事件"),
        ("ordinary", "一般事件"),
    ],
)
def test_each_grade_has_its_box(paper: Any, people: Any, cyber_case: Any, drafted: Any, grade: str, box: str) -> None:
    case = cyber_case(category="force_majeure", symptoms=())
    graded = incident_grade(
        incident_id=case.pk, version=None, user=people["duty"], grade=grade, criterion=1, reason="核定"
    )
    form = paper(drafted(graded))
    assert {label[: len(box)] for label in form.ticked if label.startswith(box)} == {box}
    assert len(form.ticked) == 2
    assert "暂时无法判明" not in form.text


def test_what_the_form_lacks_is_printed_inside_the_description(paper: Any, cyber_case: Any, drafted: Any) -> None:
    text = paper(drafted(cyber_case(), body="另附日志一份")).text
    parts = ("【地点】县数据中心二楼机房", "【信息来源】省厅监测告警", "【经济损失的初步评估】约三万元",
             "【影响范围】政务网站一个", "【事件发展态势】已得到控制", "【补充说明】另附日志一份")  # fmt: skip
    places = [text.find(part) for part in parts]
    assert places == sorted(places)
    assert text.find("首页被替换为不明页面") < places[0]
    assert places[-1] < text.find("已断开外网")


def test_what_is_not_known_is_said(paper: Any, people: Any, cyber_case: Any, drafted: Any) -> None:
    case = cyber_case(occurred_at=None, location="", loss_estimate="", measures_taken="", incident_unit="")
    text = paper(drafted(case)).text
    assert "【地点】不详" in text
    assert "【经济损失的初步评估】不详" in text


def test_the_report_keeps_what_was_said_then(paper: Any, people: Any, cyber_case: Any, sent: Any) -> None:
    from incidents.services import incident_update

    case = cyber_case()
    report = sent(case)
    incident_update(incident_id=case.pk, version=None, user=people["duty"], changes={"trend": "又恶化了"})
    assert "又恶化了" not in paper(report).text


def test_a_draft_says_so(paper: Any, cyber_case: Any, drafted: Any) -> None:
    assert "（本件尚未报出，状态：草稿）" in paper(drafted(cyber_case())).text


def test_a_sign_off_by_phone_is_marked_until_countersigned(
    paper: Any, people: Any, cyber_case: Any, drafted: Any
) -> None:
    report, signer = drafted(cyber_case()), people["duty2"]
    number = sorted(known_numbers(signer))[0]
    call = PhoneCall(signer=signer, number=number, called_at=timezone.now() - timedelta(minutes=1), read_back=True)
    report_review(report_id=report.pk, version=None, user=people["duty"], call=call)
    assert "李雪梅（待补签）" in paper(report).text


def test_html_is_text(paper: Any, cyber_case: Any, drafted: Any) -> None:
    typed = "<script>alert(1)</script><b>粗</b>&lt;{{ 7|add:1 }}"
    assert "".join(typed.split()) in paper(drafted(cyber_case(description=typed))).text


def test_lines_are_kept(paper: Any, cyber_case: Any, drafted: Any) -> None:
    form = paper(drafted(cyber_case(description="第一行\n第二行")))
    lines = form.pdf.pages[0].extract_text().splitlines()
    assert not any("第一行" in line and "第二行" in line for line in lines)


def test_a_long_text_goes_on_over_pages(paper: Any, cyber_case: Any, drafted: Any) -> None:
    form = paper(drafted(cyber_case(description="情况说明甲。" * 3_000 + "到此为止")))
    assert 5 < form.pages < 30
    assert form.text.count("情况说明甲") + form.text.count("情况说明") >= 3_000
    assert "到此为止" in form.text
    assert f"—{form.pages}/{form.pages}—" in form.text
    heads = ["上报表（续）" in form.page_text(page) for page in range(1, form.pages + 1)]
    assert heads == [False] + [True] * (form.pages - 1)
    assert "接上页：事件描述" in form.page_text(2)
    assert "接上页：事件描述" not in form.page_text(1)
    last = "".join(page.extract_text() for page in form.pdf.pages[-2:])
    assert "请公安网安大队到场取证" in "".join(last.split())


def test_one_unbroken_word_stays_on_the_paper(paper: Any, cyber_case: Any, drafted: Any) -> None:
    form = paper(drafted(cyber_case(description="A" * 2_000)))
    assert form.text.count("A") == 2_000


@pytest.mark.parametrize("drill", [True, False])
def test_a_drill_is_marked_on_every_page(paper: Any, cyber_case: Any, drafted: Any, drill: bool) -> None:
    form = paper(drafted(cyber_case(drill=drill, description="情况说明甲。" * 800)))
    marked = ["演" in page.extract_text() and "练" in page.extract_text() for page in form.pdf.pages]
    assert form.pages > 1
    assert marked == [drill] * form.pages
