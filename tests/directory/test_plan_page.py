"""``/plans/<code>/`` whole: every word of the transcription, search, what rests on a clause, one cost, one weight."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from directory.choices import Act
from directory.models import Clause, Contact, Membership, PlanVersion, ReportingRule
from directory.registry import registered_uses
from directory.selectors.plan_search import marked, search, terms_of
from directory.selectors.plan_uses import clause_uses
from directory.selectors.plans import plan_reading
from tests.directory.transcription import NOTES

pytestmark = pytest.mark.django_db
ClientFor = Callable[[str], Client]

DATA = Path(__file__).resolve().parent.parent / "data"
PAPERS = {"cyber-2025": "cyber_2025.json", "comms-2022": "comms_2022.json"}
# Leaves of the transcription that are its author's code, not the plan's words (`_meta.convention`).
CODE = {"issued_iso", "type", "order"}
ENGLISH = "all events"
# What repeats the plan's words or draws them: the page must say everything without it.
ASIDE = {"clause__card", "plan-uses", "chart", "chart-words", "plan__toc"}
VOID = {"br", "img", "input", "link", "meta", "hr", "wbr"}


class Words(HTMLParser):
    """What a person reads in the page's main part, without chips, charts and lists of uses."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in VOID:
            return
        classes = set((dict(attrs).get("class") or "").split())
        hidden = tag in ("script", "style", "head", "header", "svg") or bool(classes & ASIDE)
        self.open.append((tag, hidden or (bool(self.open) and self.open[-1][1])))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not (self.open and self.open[-1][1]):
            self.texts.append(data)


def words(html: str) -> str:
    """Return what the page says, white space folded."""
    reader = Words()
    reader.feed(html)
    return fold("".join(reader.texts))


def fold(text: str) -> str:
    return "".join(text.split())


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield path and value of every leaf that is the plan's own."""
    if isinstance(value, dict):
        for key, item in value.items():
            if not key.startswith("_") and key not in NOTES | CODE:
                yield from leaves(item, f"{path}.{key}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from leaves(item, f"{path}[{number}]")
    else:
        yield path, value


def page(client: Client, code: str, **query: str) -> str:
    return client.get(reverse("plan", args=[code]), query).content.decode()


# --- the words -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", PAPERS)
def test_every_text_leaf_of_the_transcription_is_read_on_the_page(client_for: ClientFor, code: str) -> None:
    said = words(page(client_for("duty"), code))
    paper = json.loads((DATA / PAPERS[code]).read_text(encoding="utf-8"))
    texts = [(path, value) for path, value in leaves(paper) if isinstance(value, str) and value != ENGLISH]
    assert len(texts) > 300
    missing = [(path, value) for path, value in texts if fold(value) not in said]
    assert not missing


def test_the_reading_can_miss_a_word(client_for: ClientFor, cyber: PlanVersion) -> None:
    """The test above sees a row that vanished from the page."""
    row = cyber.memberships.get(unit__code="gongan")
    duty = row.duty or ""
    assert fold(duty) in words(page(client_for("duty"), "cyber-2025"))
    Membership.objects.filter(pk=row.pk).update(duty=None, duty_items=[])
    assert fold(duty) not in words(page(client_for("duty"), "cyber-2025"))


def test_what_the_text_lost_is_said_row_by_row(client_for: ClientFor) -> None:
    """G2, G3: every null of the transcription is a 「原文未列」 in its own row."""
    html = page(client_for("duty"), "cyber-2025")
    for anchor in ("category-facility", "category-violation", "category-hazard", "category-anomaly", "member-13"):
        row = html.split(f'id="{anchor}"')[1].split("</tr>")[0]
        assert "原文未列" in row, anchor
    whole = html.split('id="category-malware"')[1].split("</tr>")[0]
    assert "原文未列" not in whole


def test_the_lost_duty_offers_the_fallback(client_for: ClientFor, cyber: PlanVersion) -> None:
    """O4: 县应急管理局 has no printed duty; 2.3's sentence stands there, as our reading."""
    row = page(client_for("duty"), "cyber-2025").split('id="member-13"')[1].split("</tr>")[0]
    assert "县应急管理局" in row
    assert cyber.texts["command"]["unlisted_units"] in row
    assert "网络预案 2.3" in row
    assert "非预案规定" in row


def test_the_printed_directory_stays_as_printed(client_for: ClientFor) -> None:
    """Somebody corrects a number: the appendix still shows what was printed, with the way to the directory."""
    Contact.objects.filter(plan_version__plan__code="cyber-2025", number_in_appendix=1).update(value="0351-9999999")
    html = page(client_for("duty"), "cyber-2025")
    assert "0351-4045001" in html
    assert "0351-9999999" not in html


# --- used by -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("plan", ["cyber", "comms"])
def test_every_act_clock_and_level_stands_under_its_clause(plan: str, request: pytest.FixtureRequest) -> None:
    version: PlanVersion = request.getfixturevalue(plan)
    uses = clause_uses(plan_reading(version))
    for act in version.act_rules.all():
        assert Act(act.act).label in [use.label for use in uses[act.clause]]
    for rule in version.reporting_rules.all():
        assert any(use.kind == "时限" and rule.title in use.label for use in uses[rule.clause])
    for level in version.response_levels.all():
        assert any(str(level) in use.label for use in uses[level.procedure_clause])
        assert any(use.kind == "任务" for use in uses[level.measures_clause]) or not level.measures.exists()


@pytest.mark.parametrize("plan", ["cyber", "comms"])
def test_nothing_cites_a_clause_that_is_not_there(plan: str, request: pytest.FixtureRequest) -> None:
    version: PlanVersion = request.getfixturevalue(plan)
    assert set(clause_uses(plan_reading(version))) <= set(version.clauses.values_list("ref", flat=True))


@pytest.mark.parametrize(
    ("code", "ref", "label"),
    [
        ("cyber-2025", "4.1", "催报、核实与回复"),
        ("cyber-2025", "8.7", "阳城县网络与信息安全事件上报表（PDF）"),
        ("cyber-2025", "8.2", "由事件发起预警（未达到响应启动条件）"),
        ("cyber-2025", "2.3", "指令任务：派给预案未列出的部门和单位"),
        ("cyber-2025", "4.4", "批准信息发布"),
        ("comms-2022", "4.1", "书面简要报告（PDF）"),
        ("comms-2022", "4.2", "核实：确认、误报、转交"),
        ("comms-2022", "3.5", "预警：单位反馈采取的措施和事态进展"),
        ("cyber-2025", "5.1", "调查的组织：县人民政府或部门"),
        ("cyber-2025", "5.3", "恢复重建计划"),
        ("comms-2022", "6.6", "费用承担：基础电信运营企业"),
    ],
)
def test_each_floor_says_what_it_does_by_a_clause(client_for: ClientFor, code: str, ref: str, label: str) -> None:
    html = page(client_for("duty"), code)
    section = html.split(f'id="{ref}"')[1].split("</section>")[0]
    assert "本条用于" in section
    assert label in section


def test_registered_uses_read_no_database(cyber: PlanVersion, django_assert_num_queries: Callable[..., Any]) -> None:
    clauses: list[Clause] = list(cyber.clauses.all())
    with django_assert_num_queries(0):
        assert len(registered_uses(cyber, clauses)) > 10


def test_our_readings_among_the_uses_are_labelled(client_for: ClientFor) -> None:
    """Cyber 4.5 names only «the command»: commander or a deputy is our reading."""
    section = page(client_for("duty"), "cyber-2025").split('id="4.5"')[1].split("</section>")[0]
    approve, announce = section.split(str(Act.APPROVE_END.label))[1], section.split(str(Act.ANNOUNCE_END.label))[1]
    assert "非预案规定" in approve.split("</li>")[0]
    assert "非预案规定" not in announce.split("</li>")[0]


# --- search --------------------------------------------------------------------------------------------------------


def hits_of(version: PlanVersion, query: str) -> list[str]:
    return [hit.anchor for hit in search(plan_reading(version), terms_of(query))]


@pytest.mark.parametrize(
    ("query", "anchor"),
    [
        ("移交指挥权", "4.2.1.3"), ("30分钟 县人民政府", "4.1"), ("Ⅱ级响应状态", "4.2.2.2"),
        ("ii级响应状态", "4.2.2.2"), ("勒索软件", "category-malware"), ("泄露国家秘密 密码", "member-1"),
        ("技术专家组", "2.4"),
        ("３０分钟", "4.1"), ("dns污染", "category-attack"), ("应急结束", "4.5"), ("4.2.1.2", "4.2.1.2"),
        ("0351-4045001", "contact-1"),
    ],
)  # fmt: skip
def test_search_finds(cyber: PlanVersion, query: str, anchor: str) -> None:
    assert anchor in hits_of(cyber, query)


def test_all_words_must_be_there(cyber: PlanVersion) -> None:
    assert "4.1" in hits_of(cyber, "30分钟")
    assert hits_of(cyber, "30分钟 勒索软件") == []
    assert hits_of(cyber, "   ") == []


def test_hits_are_marked_and_linked(client_for: ClientFor) -> None:
    """The hit links to its clause and its words are marked, in the list and in the clause."""
    html = page(client_for("duty"), "cyber-2025", q="移交指挥权")
    hits = html.split('id="hits"')[1].split("</section>")[0]
    assert 'href="#4.2.1.3"' in hits
    assert "<mark>移交指挥权</mark>" in hits
    assert "<mark>移交指挥权</mark>" in html.split('id="4.2.1.3"')[1].split("</section>")[0]
    assert 'value="移交指挥权"' in html


def test_a_hit_keeps_every_letter() -> None:
    parts = marked("启动Ⅱ级响应，ⅱ级", terms_of("II级 级响应"))
    assert "".join(part.text for part in parts) == "启动Ⅱ级响应，ⅱ级"
    assert [part.text for part in parts if part.hit] == ["Ⅱ级响应", "ⅱ级"]


def test_nothing_found_says_what_to_do(client_for: ClientFor) -> None:
    html = page(client_for("unit_runcheng"), "comms-2022", q="没有这样的词")
    assert "本预案中没有同时含有这些词的条款" in html


def test_a_query_is_text_and_never_markup(client_for: ClientFor) -> None:
    html = page(client_for("duty"), "cyber-2025", q="<script>alert(1)</script>")
    assert "<script>alert" not in html
    assert page(client_for("duty"), "cyber-2025", q="报\x00告\u202e")


def test_a_query_too_long_is_refused_beside_the_field(client_for: ClientFor) -> None:
    """A limit is an error, never a cut; nothing typed is lost and the plan is still there."""
    answer = client_for("duty").get(reverse("plan", args=["cyber-2025"]), {"q": "长" * 61})
    html = answer.content.decode()
    assert answer.status_code == 400
    assert "查找的词最多 60 个字，现在有 61 个字。" in html
    assert "长" * 61 in html
    assert 'id="4.2.1.2"' in html


# --- cost ----------------------------------------------------------------------------------------------------------


def statements(client: Client, **query: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as counted:
        assert client.get(reverse("plan", args=["cyber-2025"]), query).status_code == 200
    return len(counted)


def test_statements_do_not_grow_with_rows(client_for: ClientFor, cyber: PlanVersion) -> None:
    """Sixty more members, rules and clauses cost nothing more; neither does a search."""
    client = client_for("duty")
    statements(client)
    before = statements(client)
    assert before <= 34
    rule = ReportingRule.objects.filter(version=cyber).first()
    assert rule is not None
    for number in range(60):
        Membership.objects.create(
            version=cyber,
            number=100 + number,
            printed_name=f"单位{number}",
            clause="2.1",
            duty_clause="8.5",
            duty="协助",
        )
        Clause.objects.create(version=cyber, ref=f"9.{number}", title="增补", text="增补的话", order=100 + number)
        ReportingRule.objects.create(
            version=cyber, code=f"x-{number}", number=100 + number, clause="4.1", title="增补", quote="增补",
            trigger="incident", owed_by="事发单位", starts=rule.starts, wording="立即",
        )  # fmt: skip
    assert statements(client) == before
    assert statements(client, q="增补") == before


@pytest.mark.parametrize("code", PAPERS)
def test_the_page_is_light(client_for: ClientFor, code: str) -> None:
    """Compressed for whoever can read it: far under 300 KB."""
    answer = client_for("duty").get(reverse("plan", args=[code]), headers={"Accept-Encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    assert len(answer.content) < 100_000
    assert "应急响应" in gzip.decompress(answer.content).decode()
