"""Reading the plans: which are in force, one whole plan for the page, the sentence behind a clause number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet

from directory.models import (
    ActRule,
    Category,
    Clause,
    Grade,
    LadderRung,
    MeasureActor,
    Membership,
    Plan,
    PlanVersion,
    Post,
    ReportingRule,
    ResponseLevel,
    WarningLevel,
    WorkGroup,
)
from yangcheng_ec.errors import BadInput, NotVisible

__all__ = [
    "PlanReading",
    "clause_texts",
    "editions_in_force",
    "plan_at",
    "plan_called",
    "plan_in_force",
    "plan_reading",
    "plans_in_force",
    "readings_of",
    "response_levels",
    "version_filter",
]


@dataclass(frozen=True)
class ClauseView:
    """A clause for the page: its depth, its paragraphs, and which data section stands for an appendix table."""

    ref: str
    title: str
    depth: int
    paragraphs: list[str]
    data: str


@dataclass(frozen=True)
class PlanReading:
    """One plan version with everything it says, read with a fixed number of statements."""

    version: PlanVersion
    rows: list[Clause]
    clauses: list[ClauseView]
    posts: list[Post]
    members: list[Membership]
    groups: list[WorkGroup]
    categories: list[Category]
    grades: list[Grade]
    warning_levels: list[WarningLevel]
    levels: list[ResponseLevel]
    rules: list[ReportingRule]
    acts: list[ActRule]
    ladder: list[LadderRung]
    contacts: int

    @property
    def command_posts(self) -> list[Post]:
        """Return the posts of the command itself."""
        return [post for post in self.posts if post.kind in ("commander", "deputy")]

    @property
    def office_posts(self) -> list[Post]:
        """Return the posts of its office."""
        return [post for post in self.posts if post.kind not in ("commander", "deputy")]

    @property
    def flow(self) -> list[str]:
        """Return the boxes of the flow chart; its arrows are lost in the printed text."""
        chart: dict[str, Any] = self.version.texts.get("flowchart_8_2", {})
        return list(chart.get("boxes_in_extraction_order", []))

    @property
    def appendix_contacts(self) -> tuple[str, list[dict[str, Any]]]:
        """Return the printed directory with its appendix: as printed, whatever people corrected since."""
        key = next((name for name in self.version.texts if name.startswith("contacts_8")), "")
        return key.removeprefix("contacts_").replace("_", "."), list(self.version.texts.get(key, []))

    @property
    def contacts_ref(self) -> str:
        """Return the appendix of the printed directory: 8.8 or 8.3."""
        return self.appendix_contacts[0]

    @property
    def contacts_printed(self) -> list[dict[str, Any]]:
        """Return the rows of the printed directory."""
        return self.appendix_contacts[1]

    @property
    def fallback(self) -> tuple[str, str] | None:
        """Return (clause, sentence) for bodies without a duty of their own (O4): only where a plan has one."""
        words = str(self.version.texts.get("command", {}).get("unlisted_units", ""))
        ref = next((row.ref for row in self.rows if words and words in row.text), "")
        return (ref, words) if ref else None

    @property
    def form(self) -> list[dict[str, Any]]:
        """Return the fields of the plan's report form, where it has one."""
        return list(self.version.texts.get("form_8_7", {}).get("fields", []))


def plans_in_force() -> QuerySet[PlanVersion]:
    """Return the versions in force, cyber first."""
    return PlanVersion.objects.filter(in_force=True).select_related("plan", "office_unit").order_by("-plan__code")


def editions_in_force() -> QuerySet[PlanVersion]:
    """Return the versions in force with what tells one print from another, and no more."""
    return PlanVersion.objects.filter(in_force=True).only("plan_id", "number", "edition")


def plan_in_force(code: str) -> PlanVersion:
    """Return the version in force of a plan code. Raises NotVisible for a code that no plan has."""
    version = plans_in_force().filter(plan__code=code).first()
    if version is None:
        raise NotVisible(f"没有代码为「{code[:40]}」的现行预案。")
    return version


def plan_at(address: str) -> PlanVersion:
    """Return the version of an address: a plan's code is the one in force, «code@id» an issued one by itself.

    Raises NotVisible for any other; a revision that is not in force has pages of its own.
    """
    code, _, pk = address.partition("@")
    if not pk:
        return plan_in_force(code)
    rows = PlanVersion.objects.filter(plan__code=code, stage="").select_related("plan", "office_unit")
    version = rows.filter(pk=int(pk)).first() if pk.isascii() and pk.isdigit() and len(pk) < 18 else None
    if version is None:
        raise NotVisible(f"没有代码为「{address[:40]}」的预案版本。")
    return version


def plan_called(text: str) -> Plan | None:
    """Return a plan by code or name, for the API; None when there is none."""
    return Plan.objects.filter(code=text).first() or Plan.objects.filter(name=text).first()


def version_filter(code: str) -> dict[str, Any]:
    """Return the filter for rows of a plan (``?plan=``), or of every plan in force. Raises BadInput for others."""
    if not code:
        return {"version__in_force": True}
    plan = plan_called(code)
    if plan is None:
        raise BadInput("没有这个预案。", fields={"plan": [f"没有代码为「{code[:40]}」的预案。"]})
    return {"version__in_force": True, "version__plan": plan}


def plan_reading(version: PlanVersion) -> PlanReading:
    """Return everything a plan version says, for the page and for print."""
    rows = list(version.clauses.all())
    return PlanReading(
        version=version,
        rows=rows,
        clauses=[_clause_view(row) for row in rows],
        posts=sorted(version.posts.select_related("unit"), key=_post_order),
        members=list(version.memberships.select_related("unit")),
        groups=list(version.groups.select_related("lead").prefetch_related("members__unit")),
        categories=list(version.categories.prefetch_related("subitems")),
        grades=list(version.grades.prefetch_related("criteria")),
        warning_levels=list(version.warning_levels.all()),
        levels=list(response_levels(version.response_levels.all())),
        rules=_rules(version),
        acts=list(version.act_rules.order_by("id")),
        ladder=list(version.ladder_rungs.all()),
        contacts=version.contacts.filter(state="active").count(),
    )


def response_levels(rows: QuerySet[ResponseLevel]) -> QuerySet[ResponseLevel]:
    """Return levels with conditions, measures and actors."""
    actors = MeasureActor.objects.select_related("unit", "group")
    return rows.prefetch_related("conditions", "measures", Prefetch("measures__actors", queryset=actors))


def _rules(version: PlanVersion) -> list[ReportingRule]:
    rules = list(version.reporting_rules.prefetch_related("addressees"))
    for rule in rules:
        rule.version = version
    return rules


def readings_of(rule: ReportingRule) -> list[str]:
    """Return which fields of a rule are our reading (「非预案规定」): of ``owed_by``, ``wording``, ``starts``."""
    found: dict[str, list[str]] = rule.version.texts.get("readings", {})
    return found.get(rule.code, [])


_POST_ORDER = ("commander", "deputy", "office_director", "office_staff", "duty_officer")


def _post_order(post: Post) -> tuple[int, int]:
    return _POST_ORDER.index(post.kind) if post.kind in _POST_ORDER else len(_POST_ORDER), post.ordinal


# Which data section stands for an appendix table, by what the appendix is called.
_APPENDICES = {
    "组织机构": "org", "流程图": "flow", "事件分类": "categories", "事件分级": "grades",
    "单位职责": "members", "工作组": "groups", "上报表": "form", "联络表": "contacts",
}  # fmt: skip


def _clause_view(row: Clause) -> ClauseView:
    """Return the clause for the page; an appendix without words points to the rows that stand for its table."""
    is_table = row.ref.startswith("8.") and not row.text
    data = next((section for word, section in _APPENDICES.items() if word in row.title), "") if is_table else ""
    return ClauseView(row.ref, row.title, row.ref.count(".") + 1, row.text.splitlines(), data)


_texts: dict[int, tuple[str, dict[str, str]]] = {}


def clause_texts(version: PlanVersion) -> dict[str, str]:
    """Return ref → words of a version's clauses; read once per process and loaded content."""
    checksum, texts = _texts.get(version.pk, ("", {}))
    if not texts or checksum != version.checksum:
        texts = dict(version.clauses.values_list("ref", "text"))
        _texts[version.pk] = (version.checksum, texts)
    return texts
