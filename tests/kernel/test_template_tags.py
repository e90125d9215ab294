"""What the design system's tags show, also of rows that miss half of their fields."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory

from yangcheng_ec.deadlines.choices import DeadlineState
from yangcheng_ec.deadlines.models import Deadline
from yangcheng_ec.templatetags import faces, yec

pytestmark = pytest.mark.django_db  # a chip given by its label asks the directory for the sentence

NOW = datetime(2025, 11, 22, 3, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def draw(source, **context):
    """Render a few lines that load the tags."""
    return Template("{% load yec %}" + source).render(Context(context))


class ExampleForm(forms.Form):
    title = forms.CharField(label="事件简述", help_text="一句话")
    note = forms.CharField(label="备注", required=False, widget=forms.Textarea)
    kind = forms.ChoiceField(label="方式", widget=forms.RadioSelect, choices=[("phone", "电话")])
    grade = forms.ChoiceField(label="等级", choices=[("ordinary", "一般")])
    secret = forms.BooleanField(label="涉密", required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class TestTimes:
    def test_local_is_shanghai_in_24_hours(self):
        assert yec.local(datetime(2001, 1, 1, 18, 5, tzinfo=UTC)) == "2001年1月2日 02:05"

    def test_local_leaves_out_this_year(self):
        here = datetime.now(UTC).replace(month=6, day=15, hour=4, minute=9)
        assert yec.local(here) == "6月15日 12:09"

    def test_local_takes_dates_and_nothing(self):
        assert yec.local(date(2025, 4, 14)) == "2025年4月14日"
        assert yec.local(None) == yec.local("x") == ""

    def test_full_and_iso(self):
        assert yec.local_full(NOW) == "2025年11月22日 11:00:00"
        assert yec.iso(NOW) == "2025-11-22T11:00:00+08:00"
        assert yec.iso(None) == yec.local_full(None) == ""

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (timedelta(hours=1, minutes=5), "1小时05分"),
            (750, "12分30秒"),
            (9, "9秒"),
            (timedelta(days=2, hours=3), "2天3小时"),
            (None, ""),
            ("x", ""),
        ],
    )
    def test_durations(self, value, text):
        assert yec.duration_cn(value) == text

    def test_minutes_round_up(self):
        assert yec.minutes(timedelta(minutes=30)) == "30分钟"
        assert yec.minutes(61) == "2分钟"
        assert yec.minutes("") == ""


class TestClock:
    def face(self, **fields):
        return faces.clock_face({"starts_at": NOW - 18 * MINUTE, "due_at": NOW + 12 * MINUTE, **fields}, NOW)

    def test_running_counts_down(self):
        face = self.face(state="running")
        assert (face["phase"], face["word"], face["digits"]) == ("running", "剩余", "00:12:00")

    def test_without_minutes_it_counts_up(self):
        face = self.face(state="running", due_at=None)
        assert (face["word"], face["digits"]) == ("已用时", "00:18:00")

    def test_past_due_is_late_before_the_sweep_says_so(self):
        face = self.face(state="running", due_at=NOW - 7 * MINUTE)
        assert (face["phase"], face["word"], face["digits"]) == ("late", "已逾期", "00:07:00")

    def test_g14_what_has_no_minutes_is_done_not_done_in_time(self):
        face = self.face(state="met", due_at=None, done_at=NOW - 3 * MINUTE)
        assert (face["word"], face["digits"]) == ("已完成，用时", "00:15:00")

    def test_done_shows_the_time_taken(self):
        face = self.face(state="met", done_at=NOW - 3 * MINUTE)
        assert (face["word"], face["digits"]) == ("按时完成", "00:15:00")

    def test_done_late_shows_the_lateness(self):
        face = self.face(state="met_late", due_at=NOW - 9 * MINUTE, done_at=NOW - 3 * MINUTE)
        assert (face["phase"], face["digits"]) == ("done-late", "00:06:00")

    def test_set_aside(self):
        assert self.face(state="waived")["word"] == "不再适用"
        assert self.face(state="superseded")["word"] == "已更正替代"

    def test_days(self):
        assert self.face(state="running", due_at=NOW + timedelta(days=2, hours=3, minutes=5))["digits"] == "2天 03:05"

    def test_a_row_is_drawn_with_its_clause_and_what_the_plan_does_not_say(self):
        row = Deadline(
            title="报告县人民政府", state="running", starts_at=NOW, due_at=NOW + 30 * MINUTE, clause="网络预案 4.1",
            plan_code="cyber-2025", quote="事发后30分钟内报告县人民政府", start_basis="known",
            start_note="事发时间不详",
        )  # fmt: skip
        html = draw("{% clock row size='huge' %}", row=row)
        assert "clock--huge" in html
        assert 'data-due="2025-11-22T11:30:00+08:00"' in html
        assert "网络预案 4.1" in html
        assert "事发后30分钟内报告县人民政府" in html
        assert "非预案规定" in html
        assert "获知事件发生" in html

    def test_nothing_known_does_not_fail(self):
        assert "clock" in draw("{% clock row %}", row=None)


class TestChips:
    def test_clause_by_three(self):
        html = draw("{% clause 'cyber-2025' '4.2.1.2' '由县指挥部指挥长决定' %}")
        assert "预案 4.2.1.2" in html
        assert "由县指挥部指挥长决定" in html
        assert 'href="/plans/cyber-2025/#4.2.1.2"' in html

    def test_clause_by_object(self):
        html = draw("{% clause c %}", c={"plan_code": "cyber-2025", "ref": "4.1", "text": "报告"})
        assert "预案 4.1" in html

    def test_clause_inside_an_object(self):
        html = draw(
            "{% clause measure %}", measure={"clause": {"plan_code": "cyber-2025", "ref": "4.2", "text": "响应"}}
        )
        assert 'href="/plans/cyber-2025/#4.2"' in html

    def test_clause_by_label_nobody_knows(self):
        html = draw("{% clause '某预案 9.9' %}")
        assert "某预案 9.9" in html
        assert "href" not in html

    def test_clause_of_nothing_is_nothing(self):
        assert draw("{% clause missing %}").strip() == ""

    def test_clause_text_is_escaped(self):
        assert "<script>" not in draw("{% clause 'p' '1' text %}", text="<script>alert(1)</script>")

    def test_nonplan(self):
        assert "非预案规定：条款未列审批人" in draw("{% nonplan '条款未列审批人' %}").replace(
            '<span class="nonplan__why">', ""
        )

    def test_badge_of_a_choice(self):
        html = draw("{% badge choice %}", choice=DeadlineState.OVERDUE)
        assert "已逾期" in html
        assert "badge-state--late" in html

    def test_badge_of_a_model_field_finds_its_choices(self):
        html = draw("{% badge row 'state' %}", row=Deadline(state="met"))
        assert "按时完成" in html
        assert "badge-state--done" in html

    def test_badge_of_words_and_unknown_colour(self):
        assert "badge-state--neutral" in draw("{% badge '文字' colour='purple' %}")
        assert draw("{% badge missing %}").strip() == ""

    def test_badge_of_a_field_that_is_not_there(self):
        assert draw("{% badge row 'nothing' %}", row=Deadline(state="met")).strip() == ""


class TestTimeline:
    def test_late_entry_shows_both_times(self):
        entry = {"done_at": NOW, "recorded_at": NOW + 8 * MINUTE, "late_entry": True, "actor_name": "王建国",
                 "actor_post": "网络预案 值班员", "text": "电话报告", "clause": "网络预案 4.1"}  # fmt: skip
        html = draw("{% timeline entries %}", entries=[entry])
        assert "补录" in html
        assert "11:00" in html
        assert "11:08" in html
        assert "网络预案 值班员" in html

    def test_empty(self):
        assert "还没有记录" in draw("{% timeline entries %}", entries=[])


class TestField:
    def test_control_names_its_help_example_and_error(self):
        html = draw("{% field form.title example='断电' %}", form=ExampleForm({}))
        assert 'aria-describedby="id_title_helptext id_title_example id_title_error"' in html
        assert 'aria-invalid="true"' in html
        assert "is-invalid" in html
        assert "必填" in html
        for part in ("helptext", "example", "error"):
            assert f'id="id_title_{part}"' in html

    def test_each_kind(self):
        form = ExampleForm()
        assert "form-select" in draw("{% field form.grade %}", form=form)
        assert "<fieldset" in draw("{% field form.kind %}", form=form)
        assert "form-check-input" in draw("{% field form.secret %}", form=form)
        assert 'rows="4"' in draw("{% field form.note %}", form=form)
        assert "label" not in draw("{% field form.version %}", form=form)

    def test_a_field_that_is_not_there(self):
        assert draw("{% field form.nothing %}", form=ExampleForm()).strip() == ""

    def test_clause_and_label_beside_the_label(self):
        html = draw("{% field form.title clause='网络预案 4.1' nonplan='本地字段' %}", form=ExampleForm())
        assert "网络预案 4.1" in html
        assert "非预案规定" in html

    def test_summary_links_to_the_fields(self):
        form = ExampleForm({})
        form.add_error(None, "整体有误")
        html = draw("{% form_errors form %}", form=form)
        assert 'href="#id_title"' in html
        assert "整体有误" in html
        assert draw("{% form_errors form %}", form=ExampleForm()).strip() == ""


class TestLists:
    def test_query_replace_keeps_the_rest(self):
        request = RequestFactory().get("/?q=%E5%87%A4&page=2")
        assert draw("{% query_replace page=3 %}", request=request) == "?q=%E5%87%A4&amp;page=3"
        assert draw("{% query_replace page=None q='' %}", request=request) == "?"
        assert draw("{% query_replace page=3 %}") == ""

    def test_pagination(self):
        html = draw(
            "{% pagination page %}", page=Paginator(range(240), 20).page(3), request=RequestFactory().get("/?q=x")
        )
        assert "?q=x&amp;page=4" in html
        assert "共 240 条" in html
        assert draw("{% pagination page %}", page=Paginator([1], 20).page(1)).strip() == ""

    def test_facts(self):
        html = draw("{% include 'components/facts.html' %}", facts=[("损失", None), {"label": "分类", "value": "故障"}])
        assert "不详" in html
        assert "故障" in html

    def test_telno(self):
        assert yec.telno("0356-422 0000") == "03564220000"

    def test_typed_values_show_words_and_figures_only(self):
        pairs = [
            ("title", "断电"),
            ("version", "12345"),
            ("grade", "undetermined"),
            ("phone", "0356-4220000"),
            ("x", ""),
        ]
        assert yec.typed_values(pairs) == ["断电", "0356-4220000"]
        assert yec.typed_values(None) == []
