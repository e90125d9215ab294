"""对照预案 of a case's page: both plans' response conditions and warning situations, read against the known facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from directory.models import Plan, PlanVersion, ResponseCondition, ResponseLevel, WarningLevel
from incidents.choices import OPEN_STATES, IncidentState
from incidents.conditions import NO_BASIS, Facts, Finding, Verdict, facts_from, judge, no_basis
from incidents.models import Incident
from incidents.selectors.actions import Standing, may_work_on
from incidents.services.intake_words import ANALYSIS_LABELS, FACT_LABELS
from yangcheng_ec.permissions import Page, may_open

__all__ = ["Group", "PlanSide", "Row", "condition_finding", "missing_words", "plan_sides"]

LABELS = {**FACT_LABELS, **ANALYSIS_LABELS, "grade": "事件级别"}


@dataclass(frozen=True)
class Row:
    """One condition with its finding; ``missing`` are (label, address of the form's field, empty for readers)."""

    number: int | None
    text: str
    finding: Finding
    missing: list[tuple[str, str]]


@dataclass(frozen=True)
class Group:
    """The conditions of one response level, or the situations of the warnings."""

    label: str
    clause: str
    rows: list[Row]
    uncovered: bool = False


@dataclass(frozen=True)
class PlanSide:
    """One plan. ``source`` is the case whose facts are read: this one, or the one linked under the other plan."""

    version: PlanVersion
    source: Incident | None
    own: bool
    groups: list[Group] = field(default_factory=list)
    no_response_basis: bool = False
    silent: str = ""
    silent_clause: str = ""
    file_url: str = ""
    no_basis: Any = NO_BASIS

    @property
    def plan(self) -> Plan:
        """Return the plan."""
        return self.version.plan

    @property
    def open(self) -> bool:
        """Return whether the part stands open: the case's own plan does."""
        return self.own

    @property
    def met(self) -> str:
        """Return in a word which levels and situations the facts meet, empty for none."""
        hit = [group.label for group in self.groups if any(row.finding.verdict == Verdict.MET for row in group.rows)]
        return _("符合：%(levels)s") % {"levels": "、".join(hit)} if hit else ""

    @property
    def uncovered(self) -> bool:
        """Return whether the facts fall between the plan's sentences."""
        return self.no_response_basis or any(group.uncovered for group in self.groups)


def plan_sides(
    user: Any, incident: Incident, links: Sequence[Incident], standing: Standing | None = None
) -> list[PlanSide]:
    """Return both plans, the case's own first, for those who see every case, while the case is open.

    The other plan is read against the case linked under it; nothing of one plan's facts is guessed for the other.
    """
    if incident.state not in OPEN_STATES or not may_open(user, Page.CASES_ALL):
        return []
    other = next((row for row in links if row.plan_version.plan_id != incident.plan_version.plan_id), None)
    version = other.plan_version if other is not None else _other_version(incident)
    versions = [incident.plan_version, *([version] if version is not None else [])]
    book = _Levels(versions)
    own = standing or may_work_on(user, incident)
    sides = [book.side(incident, incident.plan_version, own=True, standing=own)]
    if version is not None:
        theirs = may_work_on(user, other) if other is not None else own
        sides.append(book.side(other, version, own=False, standing=theirs, incident=incident))
    return sides


def _other_version(incident: Incident) -> PlanVersion | None:
    rows = PlanVersion.objects.filter(in_force=True).exclude(plan_id=incident.plan_version.plan_id)
    return rows.select_related("plan").first()


def condition_finding(condition: ResponseCondition, facts: Facts) -> Finding:
    """Return what the facts say of a response condition: the same answer wherever it is shown."""
    return judge(condition.text, facts, grades=condition.grades, by_judgement=condition.by_judgement)


def missing_words(finding: Finding) -> list[tuple[str, str]]:
    """Return what is missing in words, without addresses: for a page that is not about the facts."""
    return [(LABELS[name], "") for name in finding.missing]


class _Levels:
    """Levels with their conditions, and warning levels, of some plan versions: three statements."""

    def __init__(self, versions: Sequence[PlanVersion]) -> None:
        wanted = {"version__in": versions}
        self.responses = list(ResponseLevel.objects.filter(**wanted).prefetch_related("conditions").order_by("ordinal"))
        self.warnings = list(WarningLevel.objects.filter(**wanted).order_by("ordinal"))

    def side(
        self,
        source: Incident | None,
        version: PlanVersion,
        *,
        own: bool,
        standing: Standing,
        incident: Incident | None = None,
    ) -> PlanSide:
        """Return one plan read against a case; ``incident`` is the page's own where the plan is the other one."""
        if source is None:
            address = _filing(incident, version) if incident is not None and any(standing) else ""
            return PlanSide(version, None, own, file_url=address)
        if source.secret:
            return PlanSide(version, None, own, silent=_("涉密事件，本系统不存内容，无法对照。"))
        facts = facts_from(source.facts, source.grade)
        where = _Where(source, standing)
        levels = [_level(row, facts, where) for row in self.responses if row.version_id == version.pk]
        warned = [row for row in self.warnings if row.version_id == version.pk]
        situations = [row for row in warned if row.text]
        groups = [*levels, *([_situations(situations, facts, where)] if situations else [])]
        silent = [row for row in warned if not row.text]
        return PlanSide(
            version, source, own, groups,
            no_response_basis=no_basis((row.finding for group in levels for row in group.rows), facts),
            silent=_("预警颜色：预案没有判定标准，不作提示。") if silent else "",
            silent_clause=silent[0].clause if silent else "",
        )  # fmt: skip


def _filing(incident: Incident, version: PlanVersion) -> str:
    return f"{reverse('incident-new')}?plan={version.plan.code}&same={incident.number}"


def _level(level: ResponseLevel, facts: Facts, where: _Where) -> Group:
    rows = [where.row(row.number, row.text, condition_finding(row, facts)) for row in level.conditions.all()]
    return Group(str(level), level.conditions_clause, rows)


def _situations(levels: Sequence[WarningLevel], facts: Facts, where: _Where) -> Group:
    rows = [where.row(None, f"{row.name}：{row.text}", judge(row.text, facts)) for row in levels]
    return Group(_("预警情形"), levels[0].clause, rows, no_basis((row.finding for row in rows), facts))


class _Where:
    """Where a missing fact is filled in: for those who may, the field of the form that is open to them now."""

    def __init__(self, incident: Incident, standing: Standing) -> None:
        self.incident, (self.office, self.other) = incident, standing

    def row(self, number: int | None, text: str, finding: Finding) -> Row:
        """Return a condition with the addresses of what is missing."""
        return Row(number, text, finding, [(LABELS[name], self._address(name)) for name in finding.missing])

    def _address(self, name: str) -> str:
        act = "grade" if name == "grade" else "analyse"
        if self.incident.state == IncidentState.RECEIVED and act == "analyse":
            act = "update"
        if not (self.office or (self.other and act == "update")):
            return ""
        anchor = "choice" if act == "grade" else name
        return f"{reverse('incident-act', args=[self.incident.number, act])}#id_{anchor}"
