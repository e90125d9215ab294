"""Every section of a draft by the one table: rows are added, changed and removed, and refused, in the browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from directory import clauses
from directory.forms_revisions import SectionForm
from directory.models import PlanVersion, Post
from directory.selectors.plan_compare import compare
from directory.services.appointment_twins import appointments_carry
from directory.services.plan_checks import revision_faults
from directory.services.plan_edits import SECTIONS, plan_row_add, plan_row_edit, plan_row_remove
from directory.services.plan_revisions import plan_revision_start, plan_revision_submit
from yangcheng_ec.clock import database_now
from yangcheng_ec.errors import BadInput, NotVisible, WrongState
from yangcheng_ec.record.models import CaseHead, RecordEntry
from yangcheng_ec.record.selectors import verify_chain

pytestmark = pytest.mark.django_db

HOSTILE = "<script>alert(1)</script>甲"
NUMBER = "阳政办发〔2026〕40号"


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    """It is noon of 22 November 2026."""
    clauses.forget()
    with time_machine.travel("2026-11-22T12:00:00+08:00", tick=False):
        yield
    clauses.forget()


@pytest.fixture
def draft(cyber: PlanVersion, people: Any) -> PlanVersion:
    """A draft of the cyber plan."""
    return plan_revision_start(version_id=cyber.pk, number=NUMBER, title=cyber.title, user=people["director"])


def fresh(draft: PlanVersion) -> PlanVersion:
    """Read a draft again."""
    return PlanVersion.objects.select_related("plan", "based_on").get(pk=draft.pk)


def sent_of(draft: PlanVersion, section: str, row: Any) -> dict[str, Any]:
    """Return what a browser sends back from a form that nobody touched."""
    form = SectionForm(section=SECTIONS[section], draft=draft, row=row)
    shown = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    return {name: value for name, value in shown.items() if value not in (None, False)}


def added(draft: PlanVersion, section: str) -> dict[str, Any]:
    """Return what is typed to add a row of a section; hostile words where words may stand."""
    measure = SECTIONS["measure"].rows(draft).order_by("pk")[0]
    unit = draft.groups.order_by("number")[0].lead_id
    other = draft.memberships.model.unit.field.related_model.objects.exclude(memberships__version=draft)
    return {
        "post": {"kind": "deputy", "label": "副指挥长", "title": HOSTILE, "clause": "2.1"},
        "member": {"unit": other.order_by("pk")[0].pk, "printed_name": HOSTILE, "duty": HOSTILE},
        "group": {"name": HOSTILE, "lead": unit, "duty": HOSTILE, "units": [unit]},
        "category": {"name": HOSTILE, "form_name": "甲类", "definition": HOSTILE, "clause": "8.3"},
        "subitem": {"name": HOSTILE},
        "grade": {"name": HOSTILE, "level": "五级", "clause": "8.4"},
        "criterion": {"text": HOSTILE},
        "warning": {"name": HOSTILE, "colour": "blue", "clause": "3.2.1"},
        "condition": {"text": HOSTILE, "grades": ["ordinary"]},
        "measure": {"heading": "甲", "text": HOSTILE},
        "actor": {"kind": "office", "title": HOSTILE, "quote": measure.text[:12], "non_plan": "on"},
        "rule": {
            "title": HOSTILE, "clause": "4.1", "quote": "事发后30分钟内", "minutes": 30, "wording": "30分钟内",
            "trigger": "incident", "starts": "occurred", "owed_by": "甲", "owed_by_kinds": ["office"],
            "satisfied_by": "report", "satisfied_kinds": ["phone"],
        },
        "addressee": {"label": HOSTILE},
        "act": {"act": "confirm_response", "post_kinds": ["commander"], "clause": "4.2.1.2", "quote": HOSTILE},
        "rung": {"timed": "on", "kind": "escalate", "offset_minutes": 45, "audience": ["commander"]},
        "clause": {"ref": "4.1.1", "title": "甲", "text": HOSTILE},
    }[section]  # fmt: skip


def parent_of(draft: PlanVersion, section: str) -> str:
    """Return the address's ``?parent=``."""
    above = SECTIONS[section].parent
    return f"?parent={SECTIONS[above].rows(draft).order_by('pk')[0].pk}" if above else ""


def test_every_section_is_edited_by_the_table(
    client_for: Callable[[str], Client], draft: PlanVersion, cyber: PlanVersion, people: Any
) -> None:
    """Unchanged nothing happens; rows are added, shown as text, removed; not by strangers or late comers."""
    office, base = client_for("office"), f"/plans/cyber-2025/revisions/{draft.pk}/"
    duty = client_for("duty")
    for key, section in SECTIONS.items():
        row = section.rows(draft).order_by("-pk").first()
        same = office.post(f"{base}{key}/{row.pk}/", {"revision": fresh(draft).revision, **sent_of(draft, key, row)})
        assert (same.status_code, fresh(draft).revision) == (302, draft.revision), (key, same.content.decode()[-2000:])
        assert duty.post(f"{base}{key}/{row.pk}/", {"revision": draft.revision}).status_code == 403
        if not section.comes_and_goes:
            continue
        count, new = section.rows(draft).count(), f"{base}{key}/new/{parent_of(draft, key)}"
        given = added(draft, key)
        assert office.get(new).status_code == 200, key
        assert duty.post(new, {"revision": draft.revision, **given}).status_code == 403
        assert office.post(new, {"revision": draft.revision + 7, **given}).status_code == 409
        assert office.post(new, {"revision": draft.revision}).status_code == 400, key
        done = office.post(new, {"revision": draft.revision, **given})
        assert done.status_code == 302, (key, done.content.decode()[:3000])
        made = section.rows(draft).order_by("-pk").first()
        assert section.rows(draft).count() == count + 1
        page = office.get(base).content.decode() + office.get(f"{base}{key}/{made.pk}/").content.decode()
        assert "<script>alert(1)" not in page
        if HOSTILE in given.values():
            assert "&lt;script&gt;alert(1)" in page, key
        compared = {row.kind for part in compare(cyber, fresh(draft)) for row in part.rows if part.title != "预案版本"}
        assert compared, key
        gone = f"{base}{key}/{made.pk}/remove/"
        assert duty.post(gone, {"revision": draft.revision + 1}).status_code == 403
        assert office.post(gone, {"revision": draft.revision}).status_code == 409
        assert office.get(gone).status_code == 405
        assert office.post(gone, {"revision": draft.revision + 1}).status_code == 302, key
        draft = fresh(draft)
        assert not section.rows(draft).filter(pk=made.pk).exists()
        assert not [part for part in compare(cyber, draft) if part.title != "预案版本"], key
    lines = RecordEntry.objects.filter(kind="plan.revision_edited")
    assert lines.count() == 2 * sum(section.comes_and_goes for section in SECTIONS.values())
    assert all(line.data["changes"] for line in lines)
    assert verify_chain(CaseHead.objects.get(key="plan:cyber-2025")) is None
    assert revision_faults(draft) == []


def test_what_may_not_stand(draft: PlanVersion, cyber: PlanVersion, people: Any) -> None:
    """Each refusal names its field; what others rest on stays; rows of other versions are not there."""
    act: Any = {"version_id": draft.pk, "revision": draft.revision, "user": people["office"]}
    measure = SECTIONS["measure"].rows(draft).order_by("pk")[0]
    refused: list[tuple[str, int | None, dict[str, Any], str]] = [
        ("post", None, {"kind": "unit_leader"}, "kind"),
        ("post", None, {"clause": "9.9"}, "clause"),
        ("member", None, {"unit": draft.memberships.order_by("pk")[0].unit_id}, "unit"),
        ("actor", measure.pk, {"quote": "措施里没有的话"}, "quote"),
        ("actor", measure.pk, {"kind": "unit"}, "unit"),
        ("actor", measure.pk, {"kind": "group", "group": str(cyber.groups.order_by("pk")[0].pk)}, "group"),
        ("rule", None, {"minutes": 3}, "quote"),
        ("rule", None, {"trigger": "full_moon"}, "trigger"),
        ("act", None, {"act": "approve_response"}, "act"),
        ("act", None, {"act": "file"}, "__all__"),
        ("rung", None, {"kind": "remind"}, "offset_minutes"),
        ("clause", None, {"ref": "4.1"}, "ref"),
        ("clause", None, {"ref": "4.9.1"}, "ref"),
        ("clause", None, {"ref": "四"}, "ref"),
        ("category", None, {"name": "长" * 41}, "name"),
    ]
    for section, parent, over, field in refused:
        with pytest.raises(BadInput) as error:
            plan_row_add(section=section, parent_id=parent, values={**added(draft, section), **over}, **act)
        assert field in error.value.fields, (section, over, error.value.fields)
    cited, led = draft.clauses.get(ref="4.1"), draft.groups.get(number=1)
    for section, row, words in (("clause", cited, "报告规则"), ("clause", draft.clauses.get(ref="4"), "条款 4.1")):
        with pytest.raises(WrongState, match=words):
            plan_row_remove(section=section, row_id=row.pk, **act)
    actor = SECTIONS["actor"].rows(draft).filter(group__isnull=False).first()
    held = actor.group if actor else led
    if actor is not None:
        with pytest.raises(WrongState, match="引用"):
            plan_row_remove(section="group", row_id=held.pk, **act)
    with pytest.raises(WrongState):
        plan_row_remove(section="level", row_id=draft.response_levels.all()[0].pk, **act)
    for section, pk in (("post", Post.objects.filter(version=cyber)[0].pk), ("nothing", 1)):
        with pytest.raises(NotVisible):
            plan_row_edit(section=section, row_id=pk, values={"title": "x"}, **act)
    with pytest.raises(NotVisible):
        plan_row_add(section="subitem", parent_id=cyber.categories.all()[0].pk, values={"name": "x"}, **act)
    assert fresh(draft).revision == draft.revision


def test_rows_move_up_and_posts_do_not(draft: PlanVersion, cyber: PlanVersion, people: Any) -> None:
    """Numbers close the gap; a post that replaces another takes over nobody's appointment; rungs stand in time."""
    user = people["office"]

    def act(service: Callable[..., Any], **what: Any) -> None:
        service(version_id=draft.pk, revision=fresh(draft).revision, user=user, **what)

    category = draft.categories.get(code="malware")
    names = list(category.subitems.values_list("name", flat=True))
    act(plan_row_remove, section="subitem", row_id=category.subitems.all()[1].pk)
    act(plan_row_add, section="subitem", parent_id=category.pk, values={"name": "新子类"})
    assert list(category.subitems.values_list("number", "name")) == list(enumerate([names[0], *names[2:], "新子类"], 1))
    assert len(set(category.subitems.values_list("code", flat=True))) == len(names)
    post = draft.posts.filter(kind="deputy").order_by("-ordinal")[0]
    act(plan_row_remove, section="post", row_id=post.pk)
    act(plan_row_add, section="post", values={**added(draft, "post"), "title": "县数据局局长"})
    fresh_post = draft.posts.get(title="县数据局局长")
    assert appointments_carry(old=cyber, new=draft, at=database_now())
    assert not fresh_post.appointments.exists()
    rung = {"timed": True, "kind": "remind", "offset_minutes": -15, "audience": ["deputy"]}
    act(plan_row_add, section="rung", values=rung)
    offsets = list(draft.ladder_rungs.filter(timed=True).order_by("number").values_list("offset_minutes", flat=True))
    assert offsets == sorted(offsets)
    assert -15 in offsets


def test_checks_name_the_row(
    client_for: Callable[[str], Client], draft: PlanVersion, comms: PlanVersion, people: Any
) -> None:
    """A copy has no fault; each thing that would make a version unusable is found, named, linked and keeps it back."""
    other = plan_revision_start(version_id=comms.pk, number="另一号", title=comms.title, user=people["comms_office"])
    assert revision_faults(draft) == revision_faults(other) == []
    level, rule = draft.response_levels.get(ordinal=1), draft.reporting_rules.get(number=2)
    measure, category = level.measures.get(number=1), draft.categories.get(code="data")
    level.conditions.all().delete()
    draft.response_levels.filter(ordinal=2).update(approvers=[])
    rule.addressees.all().delete()
    measure.actors.all().delete()
    draft.act_rules.filter(act="file").update(post_kinds=[])
    draft.act_rules.filter(act="office").delete()
    first, second = category.subitems.all()[:2]
    category.subitems.filter(pk=second.pk).update(name=first.name)
    draft.memberships.filter(number=3).delete()
    draft.posts.filter(kind="commander").update(clause="")
    draft.grades.filter(code="undetermined").delete()
    draft.ladder_rungs.filter(timed=False).delete()
    found = {(fault.section, fault.row_id): fault.words for fault in revision_faults(draft)}
    second_level = draft.response_levels.get(ordinal=2)
    for key, words in {
        ("level", level.pk): "没有启动条件", ("level", second_level.pk): "由谁批准",
        ("measure", measure.pk): "没有责任主体", ("act", draft.act_rules.get(act="file").pk): "没有可以办理的职务",
        ("act", 0): "没有写明谁可以办理", ("subitem", second.pk): "重复", ("rung", 0): "没有提醒与升级",
        ("member", draft.memberships.get(number=4).pk): "缺第 3",
        ("post", draft.posts.get(kind="commander").pk): "没有写明条款",
    }.items():  # fmt: skip
        assert words in found.get(key, ""), (key, words, found)
    words_of_rule = [fault.words for fault in revision_faults(draft) if fault.row_id == rule.pk]
    assert [text for text in words_of_rule if "没有报告对象" in text]
    assert [text for text in words_of_rule if "事件分级已不在" in text]
    page = client_for("office").get(f"/plans/cyber-2025/revisions/{draft.pk}/").content.decode()
    assert f"/revisions/{draft.pk}/measure/{measure.pk}/" in page
    assert "没有责任主体" in page
    assert (
        f"#row-measure-{measure.pk}"
        in client_for("auditor").get(f"/plans/cyber-2025/revisions/{draft.pk}/").content.decode()
    )
    days: Any = dict.fromkeys(("effective_on", "issued_on"), database_now().date())
    with pytest.raises(BadInput, match="没有责任主体"):
        plan_revision_submit(version_id=draft.pk, revision=fresh(draft).revision, user=people["office"], **days)


def test_the_draft_page_costs_the_same(
    client_for: Callable[[str], Client], draft: PlanVersion, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    """SQL pinned: for the draft as copied and with half again as many rows."""
    client, address = client_for("office"), f"/plans/cyber-2025/revisions/{draft.pk}/"
    client.get(address)
    with django_assert_max_num_queries(80) as few:
        client.get(address)
    for category in draft.categories.all():
        category.subitems.create(code=f"{category.code}-x", number=99, name="甲")
    for number in range(60, 90):
        draft.memberships.create(number=number, printed_name=f"单位{number}", clause="2.1")
    with django_assert_max_num_queries(80) as many:
        client.get(address)
    assert len(few.captured_queries) == len(many.captured_queries)
