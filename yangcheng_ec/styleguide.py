"""The design system on one page (``/styleguide/``, DEBUG only). Its facts are examples, no case of the county."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

__all__ = ["example_context", "styleguide"]

CLAUSE = {
    "plan_code": "cyber-2025",
    "ref": "4.1",
    "text": "对较大和暂时无法判明等级的突发事件，事发后30分钟内报告县人民政府。",
}


class ExampleForm(forms.Form):
    """One field of each kind."""

    title = forms.CharField(label="事件简述", help_text="一句话：何时、何地、何单位、什么情况。")
    occurred_at = forms.DateTimeField(
        label="事发时间", widget=forms.DateTimeInput(attrs={"type": "datetime-local"}), help_text="不详可不填。"
    )
    grade = forms.ChoiceField(
        label="初判等级",
        required=False,
        choices=[("undetermined", "暂时无法判明"), ("ordinary", "一般"), ("relatively_serious", "较大")],
    )
    source = forms.ChoiceField(
        label="信息来源", widget=forms.RadioSelect, choices=[("phone", "电话"), ("fax", "传真"), ("system", "监测发现")]
    )
    losses = forms.CharField(label="损失初步评估", required=False, widget=forms.Textarea)
    secret = forms.BooleanField(label="涉及国家秘密", required=False, help_text="勾选后不得在本系统填写涉密内容。")


def _clock(now: datetime, state: str, **changes: Any) -> dict[str, Any]:
    """Return an example clock that began 18 minutes ago."""
    start = now - timedelta(minutes=18)
    return {
        "title": "报告县人民政府",
        "case_title": "县政务外网核心交换机中断",
        "url": "#clock",
        "state": state,
        "plan_code": CLAUSE["plan_code"],
        "clause": "网络预案 4.1",
        "quote": CLAUSE["text"],
        "owed_by": "指挥部办公室",
        "starts_at": start,
        "start_basis_label": "事发",
        "due_at": start + timedelta(minutes=30),
    } | changes


def example_clocks(now: datetime) -> dict[str, Any]:
    """Return one clock per state."""
    minute = timedelta(minutes=1)
    return {
        "urgent": _clock(now, "running", starts_at=now - 25 * minute, due_at=now + 4 * minute + timedelta(seconds=31)),
        "late_huge": _clock(now, "overdue", due_at=now - 7 * minute),
        "clocks": [
            _clock(now, "running"),
            _clock(now, "running", title="报告上级单位、事发地人民政府", due_at=None, wording="立即"),
            _clock(now, "running", start_note="事发时间不详，自获知起算"),
            _clock(now, "overdue", due_at=now - 7 * minute),
            _clock(now, "met", done_at=now - 3 * minute),
            _clock(
                now,
                "met_late",
                due_at=now - 9 * minute,
                done_at=now - 3 * minute,
                late_entry=True,
                recorded_at=now,
                late_reason="传真机故障，改用电话",
            ),
            _clock(now, "waived", closed_reason="重新定级为一般，本条不再适用"),
        ],
    }


def example_entries(now: datetime) -> list[dict[str, Any]]:
    """Return three lines of a record, one of them entered later."""
    post = "网络预案 值班员"
    ago = [now - timedelta(minutes=minutes) for minutes in (18, 12, 4)]
    return [
        {
            "done_at": ago[0],
            "recorded_at": ago[0],
            "actor_name": "王建国",
            "post": post,
            "text": "接报：县数据中心电话报告。",
        },
        {
            "done_at": ago[1],
            "recorded_at": ago[2],
            "late_entry": True,
            "actor_name": "王建国",
            "post": post,
            "text": "电话报告县人民政府值班室，对方李主任接听并复述。",
            "plan_code": CLAUSE["plan_code"],
            "clause": "网络预案 4.1",
            "quote": CLAUSE["text"],
        },
        {
            "done_at": ago[2],
            "recorded_at": ago[2],
            "actor_name": "赵敏",
            "post": "网络预案 办公室主任",
            "text": "提出Ⅱ级响应建议。",
            "plan_code": "cyber-2025",
            "clause": "网络预案 4.2.2.2",
        },
    ]


def example_context() -> dict[str, Any]:
    """Return everything the style guide shows."""
    now = timezone.now()
    typed = {"bad-occurred_at": "2031-01-01T03:00", "bad-grade": "undetermined", "bad-secret": "on"}
    bad = ExampleForm(typed, prefix="bad")
    bad.add_error("occurred_at", "事发时间不能晚于现在。")
    return {
        **example_clocks(now),
        "clause": CLAUSE,
        "entries": example_entries(now),
        "tokens": ["red", "orange", "yellow", "blue", "running", "late", "done", "waiting", "neutral", "muted"],
        "warnings": [("红色预警", "red"), ("橙色预警", "orange"), ("黄色预警", "yellow"), ("蓝色预警", "blue")],
        "states": [
            ("计时中", "running"),
            ("已逾期", "late"),
            ("已办结", "done"),
            ("待批准", "waiting"),
            ("已接报", "neutral"),
            ("已归档", "muted"),
        ],
        "form": ExampleForm(initial={"grade": "undetermined"}),
        "bad_form": bad,
        "facts": [
            ("发生地点", "凤城镇新建路 12 号"),
            ("经济损失", ""),
            {"label": "事件分类", "value": "设备设施故障", "clause": CLAUSE},
        ],
        "steps": [
            {"label": "接报", "state": "done", "at": now},
            {"label": "研判", "state": "done", "at": now},
            {"label": "响应", "state": "now", "note": "Ⅱ级"},
            {"label": "后期处置"},
            {"label": "结案"},
        ],
        "changes": [
            {"field": "等级", "was": "暂时无法判明", "now": "较大"},
            {"field": "影响范围", "was": "", "now": "县直 12 家单位"},
        ],
        "consequences": ["通知 20 家成员单位", "下达 14 项任务", "开启县指挥部办公室 24 小时值班"],
        "script": "这里是阳城县网络与信息安全事件应急指挥部办公室。十一月二十二日三时二十三分，县政务外网核心交换机中断"
        "，等级暂时无法判明。请县人民政府值班室记录并复述。",
        "alternates": ["0356-4220001", "0356-4220002"],
        "typed": [("title", "机房断电"), ("version", "3"), ("grade", "undetermined")],
        "page_obj": Paginator(range(240), 20).page(3),
        "hours": timedelta(hours=1, minutes=5),
    }


def styleguide(request: HttpRequest) -> HttpResponse:
    """Show every component once."""
    return render(request, "styleguide.html", example_context())
