"""统计: the blocks' counts added up for a period and a plan, as rows of charts and tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlencode

from directory.models import ReportingRule
from directory.rules import clause_label
from incidents.choices import IntakeChannel
from incidents.selectors.choices import filter_choices, unit_groups
from yangcheng_ec.deadlines.choices import DeadlineState

__all__ = ["Bar", "Chart", "Kept", "Period", "Statistics", "statistics_of"]

UNITS_SHOWN = 15
TITLES = {
    "grade": "按级别", "category": "按分类", "unit": "按事发单位", "township": "按事发乡镇", "channel": "按接报方式",
}  # fmt: skip
BLANK = {"grade": "未定级", "category": "未分类", "unit": "名录外或不详", "township": "不详", "channel": "不详"}
# What the case list can be narrowed to.
LINKED = ("grade", "category", "township")


@dataclass(frozen=True)
class Period:
    """Months from and to, both included, as «2026-01»; a plan's code or all; drills: ``""`` without, only, all."""

    since: str = ""
    until: str = ""
    plan: str = ""
    drill: str = ""

    def holds(self, cell: Mapping[str, Any]) -> bool:
        """Return whether a cell lies in it."""
        in_time = (not self.since or cell["month"] >= self.since) and (not self.until or cell["month"] <= self.until)
        wanted = {"": not cell["drill"], "only": cell["drill"]}.get(self.drill, True)
        return in_time and wanted and self.plan in ("", cell["plan"])

    @property
    def query(self) -> dict[str, str]:
        """Return it as filters of the case list."""
        days = {"since": f"{self.since}-01" if self.since else "", "until": _last_day(self.until)}
        drill = {"": "0", "only": "1"}.get(self.drill, "")
        pairs = {**days, "plan": self.plan, "drill": drill, "state": "live"}
        return {name: text for name, text in pairs.items() if text}


@dataclass(frozen=True)
class Bar:
    """One row of a chart: its words, its number, its length of 100 and, where the list can show it, the address."""

    label: str
    count: int
    length: float
    share: int
    url: str = ""


@dataclass(frozen=True)
class Chart:
    """One chart, which is its own table."""

    code: str
    title: str
    bars: list[Bar]


@dataclass(frozen=True)
class Kept:
    """How one rule's clocks were kept. ``median`` in minutes from the start to the act; None when none was met.

    ``timed``: the clause names minutes. Without them («立即», «及时») an act is done, never «in time» (G14).
    """

    title: str
    clause: str
    wording: str
    timed: bool
    in_time: int
    late: int
    overdue: int
    running: int
    median: int | None

    @property
    def rate(self) -> int | None:
        """Return the share met in time, of those met or overdue, in per cent; None without any or without minutes."""
        decided = self.in_time + self.late + self.overdue
        return round(100 * self.in_time / decided) if decided and self.timed else None


@dataclass
class Statistics:
    """Everything of a page."""

    cases: int = 0
    aside: Counter[str] = field(default_factory=Counter)
    months: list[Bar] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)
    clocks: list[Kept] = field(default_factory=list)


def statistics_of(blocks: Iterable[Iterable[Mapping[str, Any]]], period: Period) -> Statistics:
    """Add up what lies in the period; two statements for the names."""
    sums: dict[str, Counter[str]] = {name: Counter() for name in (*TITLES, "month", "aside")}
    rules: dict[str, dict[str, Counter[str]]] = {}
    for cell in (cell for block in blocks for cell in block if period.holds(cell)):
        sums["month"][cell["month"]] += cell["cases"]
        for name in (*TITLES, "aside"):
            sums[name].update(cell[name])
        for code, kept in cell["rules"].items():
            found = rules.setdefault(code, {"states": Counter(), "minutes": Counter()})
            found["states"].update(kept["states"])
            found["minutes"].update(kept["minutes"])
    names = _names()
    return Statistics(
        cases=sums["month"].total(),
        aside=sums["aside"],
        months=_months(sums["month"], period.since),
        charts=[_chart(code, sums[code], names[code], period) for code in TITLES],
        clocks=_kept(rules),
    )


def _names() -> dict[str, dict[str, str]]:
    chosen = filter_choices()
    units = {code: name for _label, pairs in unit_groups(chosen) for code, name in pairs}
    return {
        "grade": dict(chosen["grades"]), "category": dict(chosen["categories"]), "unit": units, "township": units,
        "channel": {str(value): str(label) for value, label in IntakeChannel.choices},
    }  # fmt: skip


def _chart(code: str, counts: Counter[str], names: Mapping[str, str], period: Period) -> Chart:
    """Grades and categories stand in the plan's order, the rest by number; what has no name comes last."""
    order = list(names) if code in ("grade", "category") else [key for key, _ in counts.most_common()]
    keys = [key for key in order if counts[key]] + [key for key in counts if key and key not in order]
    rows = [(key, names.get(key, key), counts[key]) for key in keys if key]
    if len(rows) > UNITS_SHOWN:
        rest = rows[UNITS_SHOWN:]
        rows = [*rows[:UNITS_SHOWN], ("", f"其余 {len(rest)} 个", sum(row[2] for row in rest))]
    if counts[""]:
        rows.append(("", BLANK[code], counts[""]))
    most, whole = max((row[2] for row in rows), default=1), counts.total() or 1
    bars = [
        Bar(label, count, round(100 * count / most, 1), round(100 * count / whole), _url(code, key, period))
        for key, label, count in rows
    ]
    return Chart(code, TITLES[code], bars)


def _url(code: str, key: str, period: Period) -> str:
    return "?" + urlencode({**period.query, code: key}) if key and code in LINKED else ""


def _months(counts: Counter[str], since: str) -> list[Bar]:
    """Return every month to the last with a case, from the first asked for where that is not long before any."""
    if not counts:
        return []
    first, last, most = min(counts), max(counts), max(max(counts.values()), 1)
    if since and int(first[:4]) - int(since[:4]) <= 1:
        first = since
    found, month = [], first
    while month <= last:
        count = counts[month]
        found.append(Bar(month, count, round(100 * count / most, 1), round(100 * count / (counts.total() or 1))))
        month = _next_month(month)
    return found


def _next_month(month: str) -> str:
    year, number = int(month[:4]), int(month[5:])
    return f"{year + number // 12}-{number % 12 + 1:02d}"


def _last_day(month: str) -> str:
    if not month:
        return ""
    following = date.fromisoformat(f"{_next_month(month)}-01")
    return date.fromordinal(following.toordinal() - 1).isoformat()


def _kept(rules: Mapping[str, Mapping[str, Counter[str]]]) -> list[Kept]:
    """Return the rules in the plans' order; each under its newest version's words."""
    rows = ReportingRule.objects.filter(code__in=rules).select_related("version__plan").order_by("version_id")
    newest = {row.code: row for row in rows}
    ordered = sorted(newest.values(), key=lambda row: (row.version.plan.code, row.number))
    return [_kept_row(row, rules[row.code]) for row in ordered]


def _kept_row(rule: ReportingRule, kept: Mapping[str, Counter[str]]) -> Kept:
    states = kept["states"]
    return Kept(
        title=rule.title,
        clause=clause_label(rule.version, rule.clause),
        wording=rule.wording,
        timed=rule.minutes is not None,
        in_time=states[DeadlineState.MET],
        late=states[DeadlineState.MET_LATE],
        overdue=states[DeadlineState.OVERDUE],
        running=states[DeadlineState.RUNNING],
        median=_median(kept["minutes"]),
    )


def _median(minutes: Mapping[str, int]) -> int | None:
    """Return the lower median of a histogram of minutes."""
    middle, seen = (sum(minutes.values()) + 1) // 2, 0
    for value in sorted(minutes, key=int):
        seen += minutes[value]
        if seen >= middle:
            return int(value)
    return None
