"""Every leaf of the checked transcription stands in the database, word for word, and nothing else beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from directory.choices import ActorKind
from directory.models import Contact, MeasureActor, PlanVersion, ReportingRule
from tests.directory import transcription

DATA = Path(__file__).resolve().parent.parent / "data"


def printed(name: str) -> dict[str, Any]:
    """Return the leaves of a transcription."""
    return transcription.leaves(json.loads((DATA / name).read_text(encoding="utf-8")))


def test_every_leaf_of_the_cyber_plan(cyber: PlanVersion) -> None:
    """All of cyber_2025.json, from rows."""
    assert transcription.leaves(transcription.cyber(cyber)) == printed("cyber_2025.json")


def test_every_leaf_of_the_comms_plan(comms: PlanVersion) -> None:
    """All of comms_2022.json, from rows."""
    assert transcription.leaves(transcription.comms(comms)) == printed("comms_2022.json")


@pytest.mark.parametrize(
    ("plan", "clauses", "members", "groups", "contacts"), [("cyber", 63, 20, 5, 41), ("comms", 49, 28, 7, 45)]
)
def test_counts(
    plan: str, clauses: int, members: int, groups: int, contacts: int, db: None, request: pytest.FixtureRequest
) -> None:
    """O3, O5, O10, O11: sections, members, groups, directory rows."""
    version: PlanVersion = request.getfixturevalue(plan)
    assert version.clauses.count() == clauses
    assert version.memberships.count() == members
    assert version.groups.count() == groups
    assert version.contacts.filter(number_in_appendix__isnull=False).count() == contacts


def test_counts_of_cyber(cyber: PlanVersion) -> None:
    """Categories and sub-items of 8.3, grades of 8.4 with 4.1's «undetermined», colours, levels."""
    assert [row.subitems.count() for row in cyber.categories.all()] == [10, 21, 12, 8, 5, 9, 3, 3, 5, 0]
    assert [row.number for row in cyber.grades.all()] == [0, 1, 2, 3, 4]
    assert [row.criteria.count() for row in cyber.grades.all()] == [0, 3, 3, 3, 3]
    assert [row.colour for row in cyber.warning_levels.all()] == ["red", "orange", "yellow", "blue"]
    assert [row.conditions.count() for row in cyber.response_levels.all()] == [3, 3, 2]
    assert [row.measures.filter(number__gt=0).count() for row in cyber.response_levels.all()] == [4, 4, 3]
    assert [row.members.count() for row in cyber.groups.all()] == [10, 12, 7, 11, 3]
    assert Contact.objects.filter(number_in_appendix__isnull=False).count() == 86


def test_counts_of_comms(comms: PlanVersion) -> None:
    """Situations of 3.3, levels of 4.4, groups of 2.4; no grades and no categories (G9)."""
    assert not comms.grades.exists()
    assert not comms.categories.exists()
    assert [row.name for row in comms.warning_levels.all()] == ["情形1", "情形2", "情形3"]
    assert [row.conditions.count() for row in comms.response_levels.all()] == [3, 3]
    assert [row.measures.count() for row in comms.response_levels.all()] == [6, 7]
    assert [row.members.count() for row in comms.groups.all()] == [6, 6, 7, 4, 11, 3, 2]


def test_lost_words_stay_lost(cyber: PlanVersion) -> None:
    """G2, G3: 县应急管理局 has no duty, three categories no definition; nothing is invented."""
    assert list(cyber.memberships.filter(duty=None).values_list("unit__code", flat=True)) == ["yingji"]
    lost = cyber.categories.filter(definition=None).values_list("code", flat=True)
    assert list(lost) == ["facility", "violation", "hazard", "anomaly"]


def test_every_printed_name_is_one_unit(cyber: PlanVersion, comms: PlanVersion) -> None:
    """The same body under different names in both plans is one unit; two bodies are never merged (cross.json)."""
    pairs = json.loads((DATA / "cross.json").read_text(encoding="utf-8"))["directory_pairs"]
    for pair in pairs:
        ours = cyber.contacts.get(printed_name=pair["cyber_unit"])
        theirs = comms.contacts.get(printed_name=pair["comms_unit"])
        assert (ours.value, theirs.value) == (pair["cyber_phone"], pair["comms_phone"])
        assert (ours.unit_id == theirs.unit_id) is (pair["match"] != "part of a merged 2025 row")
    shuju, xinxi = cyber.contacts.get(printed_name="县数据中心"), comms.contacts.get(printed_name="县政府信息中心")
    assert shuju.unit_id != xinxi.unit_id


def test_only_the_generic_township_has_no_unit(cyber: PlanVersion, comms: PlanVersion) -> None:
    """事发地乡（镇）人民政府 is filled in by the case."""
    assert list(comms.memberships.filter(unit=None).values_list("number", flat=True)) == [28]
    assert not cyber.memberships.filter(unit=None).exists()


def test_who_may_start_a_level(cyber: PlanVersion, comms: PlanVersion) -> None:
    """S1, S2, S3, S9."""
    assert [row.approvers for row in cyber.response_levels.all()] == [
        ["commander"], ["commander", "deputy"], ["office_director"]
    ]  # fmt: skip
    assert [row.approvers for row in comms.response_levels.all()] == [["commander"], ["commander", "deputy"]]
    assert not cyber.response_levels.filter(needs_confirmation=True).exists()
    assert comms.response_levels.filter(needs_confirmation=True).count() == 2
    informed = [row.informs_at_proposal for row in comms.response_levels.all()]
    assert informed == [["xianzhengfu", "all_members"], ["all_members"]]


def test_conditions_mean_grades(cyber: PlanVersion) -> None:
    """Grade never maps to a level by number: grades 1-3 all meet level Ⅰ's condition."""
    first = [row.conditions.get(number=1).grades for row in cyber.response_levels.all()]
    assert first == [["especially_serious", "serious", "relatively_serious"], ["ordinary"], []]
    judged = [
        [row.number for row in level.conditions.filter(by_judgement=True)] for level in cyber.response_levels.all()
    ]
    assert judged == [[3], [3], [2]]


LEADERS = ["xianwei", "xianzhengfu", "shangji_bumen"]
RULES = [
    ("cyber-2025:4.1-all", [], "occurred", None, ["shangji_danwei", "shifadi_zhengfu", "office"]),
    ("cyber-2025:4.1-30min", ["relatively_serious", "undetermined"], "occurred", 30, ["xianzhengfu"]),
    ("cyber-2025:4.1-serious", ["especially_serious", "serious"], "known", None, LEADERS),
    ("cyber-2025:3.2.2-published", [], "published", None, ["xianwei", "xianzhengfu"]),
    ("cyber-2025:3.2.4-lifted", [], "lifted", None, LEADERS),
    ("comms-2022:4.1-accident", [], "occurred", None, ["office", "shangji_zhuguan"]),
    ("comms-2022:4.1-office", [], "received", None, LEADERS),
    ("comms-2022:4.1-phone", [], "call", 30, ["original"]),
    ("comms-2022:4.1-inquiry", [], "inquiry", 30, ["asker"]),
    ("comms-2022:3.1-operator", [], "found", None, ["office"]),
    ("comms-2022:2.3-township", [], "occurred", None, ["xianwei", "xianzhengfu", "command"]),
]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(("code", "grades", "starts", "minutes", "addressees"), RULES)
def test_reporting_rules(code: str, grades: list[str], starts: str, minutes: int | None, addressees: list[str]) -> None:
    """R1-R3, R6, R7, R9, R12, R13: DESIGN §5's table, row by row."""
    rule = ReportingRule.objects.get(code=code)
    assert (rule.grades, rule.starts, rule.minutes) == (grades, starts, minutes)
    assert [row.code for row in rule.addressees.all()] == addressees


@pytest.mark.django_db
def test_there_is_no_other_rule() -> None:
    """No clock that the table does not name."""
    assert sorted(ReportingRule.objects.values_list("code", flat=True)) == sorted(row[0] for row in RULES)


@pytest.mark.django_db
def test_every_actor_quotes_its_measure() -> None:
    """Tasks are the measures' own words; where nobody is named it is the office, and says so."""
    for actor in MeasureActor.objects.select_related("measure"):
        assert actor.quote in actor.measure.text
        assert len(actor.title) <= 30
    readings = MeasureActor.objects.filter(non_plan=True).values_list("kind", flat=True)
    assert set(readings) <= {ActorKind.OFFICE, ActorKind.INCIDENT_UNIT, ActorKind.SYSTEM_OWNERS}


def test_later_events_are_no_tasks_at_activation(cyber: PlanVersion, comms: PlanVersion) -> None:
    """S5, S12: handover and reinforcement wait for their event."""
    for version, expected in ((cyber, {"handover", "reinforcement", ""}), (comms, {"handover", "reinforcement", ""})):
        rows = MeasureActor.objects.filter(measure__level__version=version)
        assert set(rows.values_list("on_event", flat=True)) == expected


def test_police_investigates(cyber: PlanVersion) -> None:
    """S7: 公安 investigates in levels Ⅰ and Ⅱ."""
    rows = MeasureActor.objects.filter(measure__level__version=cyber, unit__code="gongan")
    assert [row.measure.level.ordinal for row in rows.order_by("measure__level__ordinal")] == [1, 2]


def test_readings_are_marked(cyber: PlanVersion, comms: PlanVersion) -> None:
    """What a rule says and its clause does not is named, to be shown as 「非预案规定」."""
    assert cyber.texts["readings"] == {
        "cyber-2025:4.1-30min": ["owed_by"],
        "cyber-2025:3.2.2-published": ["wording"],
        "cyber-2025:3.2.4-lifted": ["wording"],
    }
    assert set(comms.texts["readings"]) == {f"comms-2022:{code}" for code in (
        "4.1-office", "4.1-phone", "4.1-inquiry", "2.3-township"
    )}  # fmt: skip


def test_no_act_without_clause_and_words(cyber: PlanVersion, comms: PlanVersion) -> None:
    """DESIGN §4's table: every act cites its clause; cyber has no confirmation, comms has."""
    for version in (cyber, comms):
        for act in version.act_rules.all():
            assert act.quote in version.clauses.get(ref=act.clause).text.replace("\n", "")
    assert not cyber.act_rules.filter(act="confirm_response").exists()
    assert comms.act_rules.get(act="confirm_response").post_kinds == ["commander", "deputy"]
    assert cyber.act_rules.get(act="add_member").post_kinds == ["commander"]
