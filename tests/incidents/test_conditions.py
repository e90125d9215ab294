"""The conditions of both plans against the facts: every combination, the gaps of G8, what is missing (G8–G10)."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from directory.models import PlanVersion
from incidents.conditions import Facts, Finding, Verdict, facts_from, judge, no_basis

NETWORKS = {"0": (0, False), "1": (1, False), "2": (2, False), "all": (4, True)}
SYSTEMS = {"0": (0, False), "1": (1, False), "2": (2, False), "3+": (3, False), "all": (9, True)}
SPREAD = {"yes": "continuing", "county": "county", "no": "none", "unknown": ""}
ALL, PART = "all", "part"

SITUATIONS = (
    "指发现新的通信网络安全威胁，可能影响本县所有网络和重要信息系统，并有扩散到全县的可能性。",
    "指发现新的通信网络安全威胁，可能影响本县基础运营网络或2家以上重要信息系统的全部业务，并有继续扩散的可能性。",
    "指无重大风险的通信网络安全威胁，可能影响本县1家基础运营网络或1至2家重要信息系统的部分业务，无扩散性。",
)
LEVEL_1 = (
    "发现通信网络安全威胁，可能影响本县所有网络和重要信息系统，可能影响本县基础运营网络或2家以上重要信息系统的全部业务，"
    "并有继续扩散的可能性。"
)
LEVEL_2 = "发现通信网络安全威胁，可能影响本县1至2家基础运营网络或1至2家重要信息系统的全部业务，无扩散性。"


def _facts(networks: str, systems: str, business: str, spread: str) -> Facts:
    (count, every), (systems_count, systems_every) = NETWORKS[networks], SYSTEMS[systems]
    return Facts(count, systems_count, every, systems_every, business, SPREAD[spread])


def _of(value: bool | None) -> Verdict:
    return {True: Verdict.MET, False: Verdict.NOT_MET, None: Verdict.UNKNOWN}[value]


def _and(first: bool, second: bool | None) -> bool | None:
    return second if first else False


def _expected(networks: str, systems: str, business: str, spread: str) -> dict[str, Verdict]:
    """The sentences as plain arithmetic, written apart from the code."""
    n, s = NETWORKS[networks][0], SYSTEMS[systems][0]
    whole = networks == "all" and systems == "all"
    large = (n >= 1 or s >= 2) and business == ALL
    goes_on = {"yes": True, "county": True, "no": False, "unknown": None}[spread]
    county = {"yes": False, "county": True, "no": False, "unknown": None}[spread]
    stays = None if goes_on is None else not goes_on
    both, either = _and(whole and large, goes_on), _and(whole or large, goes_on)
    level_1 = Verdict.SPLIT if (either, both) == (True, False) else _of(either if either == both else None)
    return {
        "1": _of(_and(whole, county)),
        "2": _of(_and(large, goes_on)),
        "3": _of(_and((n == 1 or s in (1, 2)) and business == PART, stays)),
        "Ⅰ": level_1,
        "Ⅱ": _of(_and((n in (1, 2) or s in (1, 2)) and business == ALL, stays)),
    }


def _found(facts: Facts) -> dict[str, Finding]:
    texts = dict(zip("123ⅠⅡ", (*SITUATIONS, LEVEL_1, LEVEL_2), strict=True))
    return {name: judge(text, facts) for name, text in texts.items()}


def test_g8_every_combination_of_reach_business_and_spreading() -> None:
    seen: set[tuple[str, Verdict]] = set()
    for combination in product(NETWORKS, SYSTEMS, (ALL, PART), SPREAD):
        found = {name: item.verdict for name, item in _found(_facts(*combination)).items()}
        assert found == _expected(*combination), combination
        seen |= set(found.items())
    assert {verdict for name, verdict in seen if name == "Ⅰ"} == {
        Verdict.MET, Verdict.NOT_MET, Verdict.UNKNOWN, Verdict.SPLIT
    }  # fmt: skip


@pytest.mark.parametrize(
    ("combination", "uncovered"),
    [
        (("0", "1", ALL, "yes"), True),  # one system, all business, spreading
        (("0", "3+", ALL, "no"), True),  # three systems, all business, not spreading
        (("1", "0", PART, "no"), True),  # part of the business has no response level
        (("0", "2", ALL, "yes"), False),
        (("0", "2", ALL, "no"), False),
        (("0", "2", ALL, "unknown"), False),
        (("0", "0", ALL, "yes"), False),  # nothing is hit: nothing to judge
    ],
)
def test_g8_what_no_level_covers_is_said(combination: tuple[str, str, str, str], uncovered: bool) -> None:
    facts = _facts(*combination)
    found = _found(facts)
    assert no_basis([found["Ⅰ"], found["Ⅱ"]], facts) is uncovered
    beyond = judge("超出基础运营网络管理部门应急处置能力的。", facts_from({"capacity": "county"}))
    assert beyond.verdict == Verdict.MET
    assert no_basis([found["Ⅰ"], found["Ⅱ"], beyond], facts) is False


def test_g8_the_first_level_is_read_both_ways() -> None:
    found = _found(_facts("1", "0", ALL, "yes"))["Ⅰ"]
    assert [(row.label, row.verdict) for row in found.readings] == [
        ("前两项都须成立（且）", Verdict.NOT_MET), ("前两项成立一项即可（或）", Verdict.MET)
    ]  # fmt: skip
    assert set(found.because) >= {"影响基础运营网络 1 家", "全部业务", "不是影响本县所有基础运营网络"}


def test_g8_exactly_two_systems_fall_in_both_levels() -> None:
    open_end = _found(_facts("0", "2", ALL, "unknown"))
    for name in "ⅠⅡ":
        assert (open_end[name].verdict, open_end[name].missing) == (Verdict.UNKNOWN, ("spreading",))
        assert "正好 2 家" in open_end[name].note
    assert not _found(_facts("0", "3+", ALL, "yes"))["Ⅰ"].note


def test_what_is_not_known_is_named_and_what_decides_is_quoted() -> None:
    nothing = _found(Facts())
    assert {item.verdict for item in nothing.values()} == {Verdict.UNKNOWN}
    assert nothing["Ⅰ"].missing == (
        "networks_all", "systems_all", "network_count", "system_count", "business", "spreading"
    )  # fmt: skip
    known = judge(LEVEL_2, facts_from({"spreading": "continuing"}))
    assert (known.verdict, known.because, known.missing) == (Verdict.NOT_MET, ("有继续扩散的可能",), ())
    # 所有网络 says nothing of whether they are one, two or more
    every = {"networks_all": "yes", "system_count": 0, "business": "all", "spreading": "none"}
    found = judge(LEVEL_2, facts_from(every))
    assert (found.verdict, found.missing) == (Verdict.UNKNOWN, ("network_count",))
    assert judge(SITUATIONS[1], facts_from({**every, "spreading": "county"})).verdict == Verdict.MET
    assert facts_from({"business": "unknown", "networks_all": "unknown"}) == Facts()


@pytest.mark.django_db
def test_every_condition_of_the_loaded_plans_is_read_or_left_to_the_command() -> None:
    for version in PlanVersion.objects.filter(in_force=True):
        for level in version.response_levels.all():
            for row in level.conditions.all():
                found = judge(row.text, Facts(), grades=row.grades, by_judgement=row.by_judgement)
                assert found.verdict == (Verdict.JUDGEMENT if row.by_judgement else Verdict.UNKNOWN), row.text
        for colour in version.warning_levels.all():
            # cyber's colours have no criteria: nothing is said of them
            assert judge(colour.text, Facts()).verdict == (Verdict.UNKNOWN if colour.text else Verdict.UNREAD)


@pytest.mark.parametrize(
    ("grade", "capacity", "expected"),
    [
        ("relatively_serious", "", ("met", "not_met", "unknown", "unknown", "not_met")),
        ("ordinary", "unit", ("not_met", "met", "not_met", "not_met", "met")),
        ("ordinary", "county", ("not_met", "met", "not_met", "met", "not_met")),
        ("undetermined", "superior", ("unknown", "unknown", "met", "met", "not_met")),
    ],
)
def test_g10_cyber_by_grade_and_by_who_can_cope(grade: str, capacity: str, expected: tuple[str, ...]) -> None:
    facts = Facts(grade=grade, grade_name="某级", capacity=capacity)
    above = ["especially_serious", "serious", "relatively_serious"]
    found = [
        judge("发生或暂时情况不明有可能发生较大以上网络与信息安全事件时。", facts, grades=above),
        judge("发生或暂时情况不明有可能发生一般网络与信息安全事件时。", facts, grades=["ordinary"]),
        judge("超出县指挥部应对能力，需上级指挥部予以协调应对的。", facts),
        judge("超出县直单位或各乡（镇）指挥部应急处置能力，需县指挥部协调处置的。", facts),
        judge("有可能发生一般以下网络与信息安全事件，且依靠事发单位或事发地乡（镇）指挥部可以应对的。", facts),
    ]
    assert tuple(item.verdict.value for item in found) == expected
    assert "由指挥部研判" in found[0].note if grade == "undetermined" else not found[0].note


def test_g9_serious_or_worse_is_left_to_the_command() -> None:
    text = "发生其他重大以上网络安全事故，超出县级处置能力的。"
    assert judge(text, Facts(capacity="unit")).verdict == Verdict.NOT_MET
    beyond = judge(text, Facts(capacity="superior"))
    assert (beyond.verdict, "没有事故等级" in beyond.note) == (Verdict.JUDGEMENT, True)


def test_a_revised_sentence_is_not_judged_by_the_old_reading() -> None:
    changed: Any = judge(LEVEL_2.replace("1至2家重要", "1至5家重要"), _facts("0", "1", ALL, "no"))
    assert changed.verdict == Verdict.UNREAD
