"""Which conditions of the plans the known facts meet: pure functions, facts in, a finding per condition out.

A condition is known by its own words: a reader belongs to a sentence of the plan and reads no other. Where a revised
plan says it otherwise nothing is judged until somebody writes the reader anew. Nothing is ever chosen for anyone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from incidents.choices import BusinessScope, Capacity, Spreading, TriState

__all__ = ["NO_BASIS", "Facts", "Finding", "Reading", "Verdict", "facts_from", "judge", "no_basis"]

NO_BASIS = _("预案无依据，需指挥部研判")
UNDETERMINED = "undetermined"
NETWORKS, SYSTEMS = "基础运营网络", "重要信息系统"


class Verdict(models.TextChoices):
    """What the facts say of one condition."""

    MET = "met", _("符合")
    NOT_MET = "not_met", _("不符合")
    UNKNOWN = "unknown", _("尚不能判断")
    SPLIT = "split", _("读法不同，结果不同")
    JUDGEMENT = "judgement", _("由指挥部研判")
    UNREAD = "unread", _("系统不判断")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        return {"met": "running", "unknown": "waiting", "split": "waiting"}.get(self.value, "muted")


@dataclass(frozen=True)
class Facts:
    """What is known, as far as conditions turn on it. None, or an empty text, is 不详."""

    network_count: int | None = None
    system_count: int | None = None
    networks_all: bool | None = None
    systems_all: bool | None = None
    business: str = ""
    spreading: str = ""
    capacity: str = ""
    grade: str = ""
    grade_name: str = ""


@dataclass(frozen=True)
class Truth:
    """Yes, no or not known (None), with the facts that decide it and the names of those that are missing."""

    value: bool | None
    facts: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """One way to read an ambiguous sentence, and what it comes to."""

    label: str
    verdict: Verdict


@dataclass(frozen=True)
class Finding:
    """What the facts say of one condition: the verdict, the facts that decide it, the fields that are missing.

    ``about`` says what it turns on: «reach» (what is hit), «grade», «capacity» or nothing.
    """

    verdict: Verdict
    because: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    readings: tuple[Reading, ...] = ()
    note: str = ""
    about: str = ""


def facts_from(facts: Mapping[str, Any], grade: Any = None) -> Facts:
    """Return what a case's own facts and its grade say."""
    return Facts(
        network_count=facts.get("network_count"),
        system_count=facts.get("system_count"),
        networks_all=_yes_no(facts.get("networks_all")),
        systems_all=_yes_no(facts.get("systems_all")),
        business=_known(facts.get("business")),
        spreading=_known(facts.get("spreading")),
        capacity=_known(facts.get("capacity")),
        grade=grade.code if grade is not None else "",
        grade_name=grade.name if grade is not None else "",
    )


def _yes_no(value: Any) -> bool | None:
    return {TriState.YES: True, TriState.NO: False}.get(value)


def _known(value: Any) -> str:
    return "" if value in (None, "unknown") else str(value)


def judge(text: str, facts: Facts, *, grades: Sequence[str] = (), by_judgement: bool = False) -> Finding:
    """Return what the facts say of a condition (its words, the grades it names, whether the command judges it)."""
    if by_judgement:
        return Finding(Verdict.JUDGEMENT)
    for sentence, reader in READERS.items():
        if sentence in text:
            return reader(facts)
    return _by_grade(facts, grades) if grades else Finding(Verdict.UNREAD, note=str(_("条文不是系统认得的句子")))


def no_basis(findings: Iterable[Finding], facts: Facts) -> bool:
    """Return whether something is hit, all that the sentences on reach ask is known, and none of them covers it (G8).

    What the case's responders cannot cope with is a basis of its own.
    """
    rows = list(findings)
    reach = [row for row in rows if row.about == "reach"]
    if not reach or not _hit(facts) or any(row.verdict == Verdict.MET for row in rows):
        return False
    return all(row.verdict == Verdict.NOT_MET for row in reach)


def _hit(facts: Facts) -> bool:
    return bool(facts.network_count or facts.system_count or facts.networks_all or facts.systems_all)


# --- yes, no, not known --------------------------------------------------------------------------------------------


def _all_of(*parts: Truth) -> Truth:
    """One no makes it no; all yes make it yes; else what is missing decides."""
    return _joined(parts, decisive=False)


def _any_of(*parts: Truth) -> Truth:
    """One yes makes it yes; all no make it no; else what is missing decides."""
    return _joined(parts, decisive=True)


def _joined(parts: Sequence[Truth], *, decisive: bool) -> Truth:
    deciding = [part for part in parts if part.value is decisive]
    if deciding:
        return Truth(decisive, _facts_of(deciding))
    unknown = [part for part in parts if part.value is None]
    if unknown:
        return Truth(None, _facts_of(parts), _each_once(name for part in unknown for name in part.missing))
    return Truth(not decisive, _facts_of(parts))


def _facts_of(parts: Iterable[Truth]) -> tuple[str, ...]:
    return _each_once(text for part in parts for text in part.facts)


def _each_once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


# --- the facts -----------------------------------------------------------------------------------------------------


def _number(facts: Facts, what: str, low: int, high: int | None = None) -> Truth:
    """How many networks or systems: 「2家以上」 counts the two, 「1至2家」 both ends."""
    systems = what == SYSTEMS
    count = facts.system_count if systems else facts.network_count
    everything = facts.systems_all if systems else facts.networks_all
    if count is None:
        if everything and low <= 1 and high is None:
            return Truth(True, (f"影响本县所有{what}",))
        return Truth(None, (), ("system_count" if systems else "network_count",))
    return Truth(low <= count and (high is None or count <= high), (f"影响{what} {count} 家",))


def _every(facts: Facts, what: str) -> Truth:
    systems = what == SYSTEMS
    value = facts.systems_all if systems else facts.networks_all
    count = facts.system_count if systems else facts.network_count
    if count == 0:
        return Truth(False, (f"影响{what} 0 家",))
    if value is None:
        return Truth(None, (), ("systems_all" if systems else "networks_all",))
    return Truth(value, (f"{'' if value else '不是'}影响本县所有{what}",))


def _whole_county(facts: Facts) -> Truth:
    """「本县所有网络和重要信息系统」: 所有 goes with both."""
    return _all_of(_every(facts, NETWORKS), _every(facts, SYSTEMS))


def _business(facts: Facts, wanted: str) -> Truth:
    if not facts.business:
        return Truth(None, (), ("business",))
    return Truth(facts.business == wanted, (str(BusinessScope(facts.business).label),))


def _spreads(facts: Facts, *wanted: str) -> Truth:
    if not facts.spreading:
        return Truth(None, (), ("spreading",))
    return Truth(facts.spreading in wanted, (str(Spreading(facts.spreading).label),))


def _goes_on(facts: Facts) -> Truth:
    """「继续扩散」: what may spread over the whole county goes on spreading."""
    return _spreads(facts, Spreading.CONTINUING, Spreading.COUNTY)


def _network_or_two_systems(facts: Facts) -> Truth:
    """「基础运营网络或2家以上重要信息系统的全部业务」."""
    hit = _any_of(_number(facts, NETWORKS, 1), _number(facts, SYSTEMS, 2))
    return _all_of(hit, _business(facts, BusinessScope.ALL))


def _capacity(facts: Facts, *wanted: str) -> Truth:
    if not facts.capacity:
        return Truth(None, (), ("capacity",))
    return Truth(facts.capacity in wanted, (str(Capacity(facts.capacity).label),))


def _grade(facts: Facts, grades: Sequence[str]) -> Truth:
    if facts.grade in ("", UNDETERMINED):
        return Truth(None, (facts.grade_name,) if facts.grade_name else (), ("grade",))
    return Truth(facts.grade in grades, (facts.grade_name,))


# --- the sentences -------------------------------------------------------------------------------------------------


def _finding(truth: Truth, about: str, note: str = "") -> Finding:
    verdict = {True: Verdict.MET, False: Verdict.NOT_MET, None: Verdict.UNKNOWN}[truth.value]
    return Finding(verdict, truth.facts, truth.missing, note=note, about=about)


def _situation_1(facts: Facts) -> Finding:
    """3.3 情形1."""
    return _finding(_all_of(_whole_county(facts), _spreads(facts, Spreading.COUNTY)), "reach")


def _situation_2(facts: Facts) -> Finding:
    """3.3 情形2."""
    return _finding(_all_of(_network_or_two_systems(facts), _goes_on(facts)), "reach")


def _situation_3(facts: Facts) -> Finding:
    """3.3 情形3."""
    hit = _any_of(_number(facts, NETWORKS, 1, 1), _number(facts, SYSTEMS, 1, 2))
    part = _business(facts, BusinessScope.PART)
    return _finding(_all_of(hit, part, _spreads(facts, Spreading.NONE)), "reach")


def _level_1_reach(facts: Facts) -> Finding:
    """4.4.1(1): no word stands between its first two parts, so it is read both ways (G8)."""
    whole, parts, spread = _whole_county(facts), _network_or_two_systems(facts), _goes_on(facts)
    both, either = _all_of(whole, parts, spread), _all_of(_any_of(whole, parts), spread)
    readings = (
        Reading(str(_("前两项都须成立（且）")), _finding(both, "").verdict),
        Reading(str(_("前两项成立一项即可（或）")), _finding(either, "").verdict),
    )
    if both.value is False and either.value:
        verdict = Verdict.SPLIT
    else:
        verdict = readings[0].verdict if both.value is either.value else Verdict.UNKNOWN
    missing = _each_once([*either.missing, *both.missing])
    because = _each_once([*either.facts, *(both.facts if verdict == Verdict.SPLIT else ())])
    return Finding(verdict, because, missing, readings, _two_systems(facts), "reach")


def _level_2_reach(facts: Facts) -> Finding:
    """4.4.2(1)."""
    hit = _any_of(_number(facts, NETWORKS, 1, 2), _number(facts, SYSTEMS, 1, 2))
    whole = _all_of(hit, _business(facts, BusinessScope.ALL), _spreads(facts, Spreading.NONE))
    return _finding(whole, "reach", _two_systems(facts))


def _two_systems(facts: Facts) -> str:
    """Exactly two systems fall under both levels' words."""
    if facts.system_count != 2 or facts.business == BusinessScope.PART:
        return ""
    return str(_("正好 2 家重要信息系统：「2家以上」和「1至2家」都包括它，Ⅰ级、Ⅱ级只以扩散性区分。"))


def _serious_beyond_county(facts: Facts) -> Finding:
    """4.4.1(2): 「重大以上」 has no measure in this plan (G9), so that only the second half can be refuted."""
    beyond = _capacity(facts, Capacity.SUPERIOR)
    note = str(_("预案没有事故等级判断标准，是否「重大以上」由指挥部研判。"))
    if beyond.value:
        return Finding(Verdict.JUDGEMENT, beyond.facts, (), note=note, about="capacity")
    return _finding(beyond, "capacity", note)


def _below_ordinary(facts: Facts) -> Finding:
    """4.2.3(1) of the cyber plan: 8.4 knows no grade below 一般, and 以下 counts the grade itself (G10)."""
    note = str(_("分级标准没有「一般」以下的级别；一般事件在Ⅱ级、Ⅲ级都有条件，以事发单位或乡镇能否应对区分。"))
    truth = _all_of(_grade(facts, ("ordinary",)), _capacity(facts, Capacity.UNIT))
    return _finding(truth, "grade", note)


def _by_grade(facts: Facts, grades: Sequence[str]) -> Finding:
    """「发生或暂时情况不明有可能发生…事件」: the grade decides; while it is not known, the command may judge."""
    truth = _grade(facts, grades)
    note = str(_("情况不明但有可能达到的，也可以据此启动，由指挥部研判。")) if truth.value is None else ""
    return _finding(truth, "grade", note)


def _beyond(*wanted: str) -> Callable[[Facts], Finding]:
    return lambda facts: _finding(_capacity(facts, *wanted), "capacity")


# Sentence → its reader; the longer one first where one sentence holds another.
READERS: dict[str, Callable[[Facts], Finding]] = {
    "可能影响本县所有网络和重要信息系统，可能影响本县基础运营网络或2家以上重要信息系统的全部业务，"
    "并有继续扩散的可能性": _level_1_reach,
    "可能影响本县1至2家基础运营网络或1至2家重要信息系统的全部业务，无扩散性": _level_2_reach,
    "可能影响本县所有网络和重要信息系统，并有扩散到全县的可能性": _situation_1,
    "可能影响本县基础运营网络或2家以上重要信息系统的全部业务，并有继续扩散的可能性": _situation_2,
    "可能影响本县1家基础运营网络或1至2家重要信息系统的部分业务，无扩散性": _situation_3,
    "发生其他重大以上网络安全事故，超出县级处置能力": _serious_beyond_county,
    "超出基础运营网络管理部门应急处置能力": _beyond(Capacity.COUNTY, Capacity.SUPERIOR),
    "超出县指挥部应对能力，需上级指挥部予以协调应对": _beyond(Capacity.SUPERIOR),
    "超出县直单位或各乡（镇）指挥部应急处置能力，需县指挥部协调处置": _beyond(Capacity.COUNTY, Capacity.SUPERIOR),
    "一般以下网络与信息安全事件，且依靠事发单位或事发地乡（镇）指挥部可以应对": _below_ordinary,
}
