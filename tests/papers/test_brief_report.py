"""书面简要报告 of the comms plan: the five contents of 4.1, in its order and words."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.django_db


def test_the_five_contents_in_order(paper: Any, comms_case: Any, sent: Any) -> None:
    text = paper(sent(comms_case(), "县政府", "县委")).text
    parts = (
        "关于润城镇光缆被挖断的书面简要报告（首报）", "县政府、县委：", "润城镇上庄村", "48芯光缆中断", "一、",
        "施工破坏", "二、", "道路施工挖断", "三、", "润城镇三个村", "四、", "抢修队已出发", "五、", "三千用户不能通话",
        "填报人", "审核人",
    )  # fmt: skip
    places = [text.find(part) for part in parts]
    assert -1 not in places
    assert places == sorted(places)
    assert "事件级别" not in text


def test_the_plans_own_words_head_the_contents(paper: Any, comms: Any, comms_case: Any, drafted: Any) -> None:
    text = paper(drafted(comms_case())).text
    for label in comms.texts["report_contents"]:
        assert "".join(label.split()) in text


def test_a_report_says_what_it_was_given(paper: Any, comms_case: Any, drafted: Any) -> None:
    report = drafted(comms_case(facts={}), content={"cause": "雷击"}, body="<i>另报</i>")
    text = paper(report).text
    assert "雷击" in text
    assert "补充说明：<i>另报</i>" in text
    assert text.count("不详") >= 3


def test_a_drill_is_marked(paper: Any, comms_case: Any, drafted: Any) -> None:
    assert "演" in paper(drafted(comms_case(drill=True))).pdf.pages[0].extract_text()
