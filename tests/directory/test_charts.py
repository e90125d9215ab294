"""Org chart (8.1) and work flow (8.2): drawn from rows, readable, names only for whoever may see them."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET
from collections.abc import Callable
from itertools import combinations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from directory.charts.flow_wide import draw_flow_wide
from directory.charts.org import draw_org
from directory.charts.svg import Drawing, Line, text_width, wrap
from directory.choices import Nature
from directory.models import Appointment, PlanVersion, Post, WorkGroup
from directory.selectors.authority import may_see_holders
from directory.selectors.plan_page import Charts, charts_of
from directory.selectors.plans import plan_reading

pytestmark = pytest.mark.django_db
ClientFor = Callable[[str], Client]
SVG = "{http://www.w3.org/2000/svg}"


def charts(version: PlanVersion, user: object) -> Charts:
    return charts_of(plan_reading(version), user)


def parsed(drawing: Drawing) -> ET.Element:
    return ET.fromstring(drawing.svg())  # noqa: S314  our own drawing


def said(drawing: Drawing) -> str:
    """Return every word of a drawing, its lines joined."""
    return "".join(node.text or "" for node in parsed(drawing).iter(f"{SVG}text"))


@pytest.fixture(params=["cyber", "comms"])
def version(request: pytest.FixtureRequest) -> PlanVersion:
    """Each plan in turn."""
    found: PlanVersion = request.getfixturevalue(request.param)
    return found


# --- what they say -------------------------------------------------------------------------------------------------


def test_the_organisation_is_all_there(version: PlanVersion, people: dict[str, object]) -> None:
    """O1, O2, O5, O6, O9-O11: command, posts, office, every member, every group with its lead."""
    words = said(charts(version, people["duty"]).org_drawing)
    assert version.command_name in words
    assert version.office_name in words
    for post in version.posts.filter(kind__in=["commander", "deputy", "office_director"]):
        assert f"{post.label}：{post.title}" in words
    for member in version.memberships.all():
        assert (member.printed_short or member.printed_name) in words
    for group in version.groups.all():
        assert group.name in words
        assert f"牵头：{group.printed_lead}" in words


def test_bodies_that_only_a_clause_names(cyber: PlanVersion, comms: PlanVersion, people: dict[str, object]) -> None:
    """O7, O8: township commands beside the command, the advisers under the office; comms 2.1: the on-scene command."""
    ours = charts(cyber, people["duty"]).org
    assert [(body.name, body.ref) for body in ours.under_command] == [("各乡（镇）指挥部", "2.5")]
    assert [(body.name, body.ref) for body in ours.under_office] == [("网络与信息安全咨询工作组", "6.2")]
    theirs = charts(comms, people["duty"]).org
    assert [(body.name, body.ref) for body in theirs.under_command] == [("现场应急指挥部", "2.1")]
    assert theirs.under_office == []


def test_a_new_group_is_drawn(cyber: PlanVersion, people: dict[str, object]) -> None:
    """The chart is data: one more group is one more box."""
    first = cyber.groups.all()[0]
    WorkGroup.objects.create(
        version=cyber, number=6, name="心理疏导组", lead=first.lead, printed_lead="县教育局", duty="", clause="8.6"
    )
    assert "心理疏导组" in said(charts(cyber, people["duty"]).org_drawing)


def test_the_flow_says_who_starts_what_and_when(version: PlanVersion, people: dict[str, object]) -> None:
    """S1-S3, S9: each level with its starter and all its conditions, the steps with their clauses."""
    drawn = charts(version, people["duty"])
    words, wide = said(drawn.flow_drawing), said(draw_flow_wide(drawn.flow))
    assert sorted(words) == sorted(wide)
    for level in version.response_levels.all():
        assert f"{level}〔{level.clause}〕" in words
        assert "或".join(level.approver_posts) in words
        for condition in level.conditions.all():
            assert condition.text in words
    for step in (*drawn.flow.main, drawn.flow.control, drawn.flow.end, drawn.flow.aftermath, *drawn.flow.warning):
        assert step.title in words
        assert all(version.clauses.filter(ref=ref.partition("（")[0]).exists() for ref in step.refs)


def test_the_flow_of_cyber(cyber: PlanVersion, people: dict[str, object]) -> None:
    """W10, S12: below the threshold a warning; not under control: expansion and reinforcement; E1 at the end."""
    flow = charts(cyber, people["duty"]).flow
    assert flow.warning_on_no
    assert [step.refs[-1] for step in flow.warning] == ["3.2.2", "3.2.3", "3.2.4"]
    assert flow.expand.title == "扩大应急、请求增援"
    assert {"4.2.1.3（3）", "4.2.2.3（4）"} <= set(flow.expand.refs)
    assert flow.end.lines[-1] == "经县指挥部批准，由县指挥部办公室宣布"
    assert flow.aftermath.lines == ("事件总结、善后处置、恢复重建",)


def test_the_flow_of_comms(comms: PlanVersion, people: dict[str, object]) -> None:
    """H2: false alarms and others' events leave the flow; no clause sends them to a warning, so no line does."""
    flow = charts(comms, people["duty"]).flow
    assert not flow.warning_on_no
    assert flow.watched
    assert [(step.title, step.lines) for step in flow.asides] == [
        ("属于误报的", ("记录和处理",)), ("与通信网络安全无关的事件", ("转交给相关主管机构处理",))
    ]  # fmt: skip
    assert "县通信网络指挥部确认后，由总指挥或副总指挥启动" in flow.levels[1].starter
    assert "“谁启动、谁结束”" in flow.end.lines


def test_notes_say_what_is_lost_and_what_differs(
    cyber: PlanVersion, comms: PlanVersion, people: dict[str, object]
) -> None:
    """G1, G13, G15."""
    ours, theirs = charts(cyber, people["duty"]).notes, charts(comms, people["duty"]).notes
    assert all("原件的图不在文本中" in notes[0] for notes in (ours, theirs))
    assert any("先写「后期处置」，后写「应急结束」；正文4.5应急结束在先" in note for note in ours)
    assert any("县指挥部视情予以指导协调" in note for note in ours)
    assert len(theirs) == 1


# --- who sees names ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("account", "sees"),
    [
        ("duty", True), ("office", True), ("commander", True), ("comms_duty", True), ("auditor", True),
        ("contacts", True), ("security", True), ("unit_gongan", False), ("unit_runcheng", False), ("sysadmin", False),
    ],
)  # fmt: skip
def test_who_sees_names(client_for: ClientFor, people: dict[str, object], account: str, sees: bool) -> None:
    """The command's staff, keepers of appointments and the auditor; no unit, no system administrator."""
    name = people["commander"].display_name  # type: ignore[attr-defined]
    assert may_see_holders(people[account]) is sees
    html = client_for(account).get(reverse("plan", args=["cyber-2025"])).content.decode()
    assert (name in html.split('id="org"')[1]) is sees or account == "commander"
    assert ("姓名只对指挥部" in html) is not sees


def test_a_vacant_post_and_one_who_acts(cyber: PlanVersion, people: dict[str, object]) -> None:
    """Nobody holds it: 未任命. Somebody acts: 代行 is said."""
    commander = Post.objects.get(version=cyber, kind="commander")
    Appointment.objects.filter(post=commander).update(state="revoked")
    assert "现任：未任命" in said(charts(cyber, people["duty"]).org_drawing)
    Appointment.objects.create(
        user=people["deputy"], post=commander, nature=Nature.ACTING, state="confirmed", document="阳政函1号",
        starts_at=timezone.now(), entered_at=timezone.now(), confirmed_by=people["security"],
    )  # fmt: skip
    name = people["deputy"].display_name  # type: ignore[attr-defined]
    assert f"现任：{name}（代行）" in said(charts(cyber, people["duty"]).org_drawing)


# --- how they are drawn --------------------------------------------------------------------------------------------


def rects(drawing: Drawing) -> list[tuple[float, float, float, float]]:
    found = []
    for node in parsed(drawing).iter(f"{SVG}rect"):
        x, y, width, height = (float(node.get(key, "0")) for key in ("x", "y", "width", "height"))
        found.append((x, y, x + width, y + height))
    return found


def test_boxes_lie_apart_and_inside(version: PlanVersion, people: dict[str, object]) -> None:
    """No box covers another, none sticks out."""
    drawn = charts(version, people["duty"])
    for drawing in (drawn.org_drawing, draw_org(drawn.org, 1450), drawn.flow_drawing, draw_flow_wide(drawn.flow)):
        boxes = rects(drawing)
        assert len(boxes) > 8
        for one, other in combinations(boxes, 2):
            apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
            assert apart, (one, other)
        assert all(x >= 0 and right <= drawing.width and low <= drawing.height for x, _, right, low in boxes)


def test_a_picture_for_screen_readers_and_the_policy(version: PlanVersion, people: dict[str, object]) -> None:
    """Title, description, role; no inline style, which the content security policy forbids."""
    drawn = charts(version, people["duty"])
    for drawing in (drawn.org_drawing, drawn.flow_drawing):
        root = parsed(drawing)
        assert root.get("role") == "img"
        ids = (root.get("aria-labelledby") or "").split()
        assert [child.get("id") for child in list(root)[:2]] == ids
        assert all(child.text for child in list(root)[:2])
        assert not [node for node in root.iter() if node.get("style")]


def test_words_are_escaped() -> None:
    drawing = Drawing(200, name="x", title="<b>", description="&")
    drawing.box(0, 0, 200, [Line('<script>&"')])
    root = parsed(drawing)
    assert '<script>&"' in "".join(node.text or "" for node in root.iter(f"{SVG}text"))


def test_wrapping_keeps_every_letter_and_no_mark_at_a_line_start() -> None:
    text = "县人民政府分管网络与信息工作的副县长，按4.2.1.2决定启动。" * 5
    lines = wrap(text, 200)
    assert "".join(lines) == text
    assert all(line[0] not in "，。" for line in lines)
    assert all(text_width(line.rstrip("，。")) <= 200 for line in lines)
    assert any("4.2.1.2" in line for line in lines)
    assert all(line[-1] != "（" for line in wrap("红色预警（Ⅰ级）" * 9, 100))


@pytest.mark.parametrize("code", ["cyber-2025", "comms-2022"])
def test_a_plan_cut_otherwise_is_still_shown(client_for: ClientFor, code: str) -> None:
    """A revised plan may name its sections otherwise or lack a table: page and PDF come, nothing is made up."""
    version = PlanVersion.objects.get(plan__code=code, in_force=True)
    version.clauses.exclude(ref__in=["1", "1.1"]).delete()
    for rows in (version.response_levels, version.warning_levels, version.memberships, version.groups):
        rows.all().delete()
    PlanVersion.objects.filter(pk=version.pk).update(texts={})
    assert client_for("duty").get(reverse("plan", args=[code])).status_code == 200
    assert client_for("duty").get(reverse("plan-charts", args=[code])).status_code == 200


# --- the PDF -------------------------------------------------------------------------------------------------------


def test_both_charts_on_two_landscape_pages(client_for: ClientFor, version: PlanVersion) -> None:
    answer = client_for("duty").get(reverse("plan-charts", args=[version.plan.code]))
    assert answer["Content-Type"] == "application/pdf"
    pdf = PdfReader(io.BytesIO(answer.content))
    assert [round(float(page.mediabox.width) / 72 * 25.4) for page in pdf.pages] == [297, 297]
    texts = ["".join(page.extract_text().split()) for page in pdf.pages]
    assert version.command_name in texts[0]
    assert "Ⅰ级响应" in texts[1]
    assert "本图按正文条款绘制" in texts[1]


def test_a_units_pdf_has_no_names(client_for: ClientFor, people: dict[str, object]) -> None:
    name = people["commander"].display_name  # type: ignore[attr-defined]
    address = reverse("plan-charts", args=["cyber-2025"])
    for account, sees in (("duty", True), ("unit_gongan", False)):
        pdf = PdfReader(io.BytesIO(client_for(account).get(address).content))
        assert (name in "".join(pdf.pages[0].extract_text().split())) is sees


def test_the_pdf_answers_only_what_it_should(client: Client, client_for: ClientFor) -> None:
    """A stranger logs in first; an unknown plan is 404; nothing but GET."""
    address = reverse("plan-charts", args=["cyber-2025"])
    assert client.get(address).status_code == 302
    assert client_for("duty").post(address).status_code == 405
    assert client_for("duty").get(reverse("plan-charts", args=["cyber-2099"])).status_code == 404
