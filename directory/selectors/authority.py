"""Who may approve what right now, under one plan: the posts its rows name, who holds them, whether they are reached."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from directory.choices import Act, Nature, PostKind
from directory.models import ActRule, Appointment, PlanVersion, ResponseLevel, User
from directory.rules import appointments_in_force, in_scope, starter_ends
from directory.selectors.numbers import dialled, numbers_by_unit
from yangcheng_ec.permissions import Page, may_open

__all__ = [
    "AuthorityLine",
    "AuthorityPage",
    "AuthoritySection",
    "Holding",
    "authority_page",
    "may_see_holders",
    "reachable",
]

# What is decided, in the order of an emergency; what is proposed and announced around it stands below.
DECIDED = (Act.APPROVE_WARNING, Act.APPROVE_LIFT, Act.APPROVE_RELEASE, Act.ADD_MEMBER, Act.ADJUST_GROUP)
PREPARED = (
    Act.PROPOSE_RESPONSE, Act.ANNOUNCE_END, Act.PROPOSE_WARNING, Act.PUBLISH_WARNING, Act.REVIEW_REPORT, Act.OFFICE
)  # fmt: skip


@dataclass(frozen=True)
class Holding:
    """One person in a post now. ``stands_in``: by 代行 or 授权, with its document; ``until`` None is open."""

    appointment_id: int
    person: str
    post: str
    nature: str
    stands_in: bool
    document: str
    scope: list[str]
    until: datetime | None
    numbers: list[str]

    @property
    def reachable(self) -> bool:
        """Return whether there is a number to call the person on."""
        return bool(self.numbers)


@dataclass(frozen=True)
class AuthorityLine:
    """One act: the clause and its words, the posts that may, who holds them now. ``non_plan``: our reading."""

    act: str
    what: str
    ref: str
    words: str
    posts: str
    non_plan: bool
    holders: list[Holding] = field(default_factory=list)

    @property
    def unreached(self) -> bool:
        """Return whether somebody may, and nobody of them has a number on file."""
        return bool(self.holders) and not any(row.reachable for row in self.holders)


@dataclass(frozen=True)
class AuthoritySection:
    """Lines of one sort; ``nobody`` is what is said where nobody can."""

    title: str
    nobody: str
    lines: list[AuthorityLine]


@dataclass(frozen=True)
class AuthorityPage:
    """The whole page of one plan version."""

    version: PlanVersion
    sections: list[AuthoritySection]

    @property
    def vacant(self) -> list[AuthorityLine]:
        """Return the decisions that nobody can take now."""
        return [line for line in self.sections[0].lines if not line.holders]


def may_see_holders(user: Any) -> bool:
    """Return whether the user may see names and numbers here: command side, auditor, keepers of the appointments."""
    return any(may_open(user, page) for page in (Page.CASES_ALL, Page.APPOINTMENT_ENTER, Page.APPOINTMENT_CONFIRM))


def reachable(users: Iterable[User], plan_version_id: int | None = None) -> dict[int, list[str]]:
    """Return, per user id, the numbers on which a person can be called now; an empty list: not reachable.

    One statement for all. The own mobile comes first, then the unit's numbers in the directory's order.
    """
    people = {user.pk: user for user in users}
    units = {user.unit_id for user in people.values() if user.unit_id}
    by_unit = numbers_by_unit(units, plan_version_id)
    return {
        pk: list(dict.fromkeys([*([user.mobile] if user.mobile else []), *dialled(by_unit.get(user.unit_id or 0, []))]))
        for pk, user in people.items()
    }


def authority_page(version: PlanVersion) -> AuthorityPage:
    """Return who may decide and prepare what now, with five statements however many people there are."""
    table = _Table(version)
    return AuthorityPage(
        version,
        [
            AuthoritySection(_("决定与批准"), _("现在无人可批"), table.decisions()),
            AuthoritySection(_("提出、宣布与办理"), _("现在无人可办"), table.lines_of(PREPARED)),
        ],
    )


class _Table:
    """What one page reads once: levels, rules, post names, appointments in force, numbers."""

    def __init__(self, version: PlanVersion) -> None:
        self.version = version
        self.levels: list[ResponseLevel] = list(version.response_levels.all())
        self.rules: dict[str, ActRule] = {rule.act: rule for rule in version.act_rules.all()}
        self.names: dict[str, str] = {}
        for post in version.posts.order_by("ordinal"):
            self.names.setdefault(post.kind, post.label)
        self.held = list(appointments_in_force().filter(post__version=version))
        self.numbers = reachable((row.user for row in self.held), version.pk)

    def decisions(self) -> list[AuthorityLine]:
        """Return confirmation where the plan has one, each level, the end, then the other decisions."""
        lines = self.lines_of([Act.CONFIRM_RESPONSE])
        for level in self.levels:
            what, ref = _("启动%(level)s") % {"level": level}, level.procedure_clause
            lines.append(self._line(Act.APPROVE_RESPONSE, what, ref, level.procedure, level.approvers))
        return [*lines, *self._ends(), *self.lines_of(DECIDED)]

    def lines_of(self, acts: Sequence[Act]) -> list[AuthorityLine]:
        """Return the lines of these acts, as far as the plan has a rule for them."""
        rules = [self.rules[act] for act in acts if act in self.rules]
        return [self._of_rule(rule, str(rule.get_act_display()), rule.post_kinds) for rule in rules]

    def _ends(self) -> list[AuthorityLine]:
        """Where whoever starts a response ends it, the end is each level's own."""
        rule = self.rules.get(Act.APPROVE_END)
        if rule is None:
            return []
        if not starter_ends(self.version):
            return [self._of_rule(rule, str(rule.get_act_display()), rule.post_kinds)]
        return [self._of_rule(rule, _("结束%(level)s") % {"level": level}, level.approvers) for level in self.levels]

    def _of_rule(self, rule: ActRule, what: str, kinds: Sequence[str]) -> AuthorityLine:
        return self._line(rule.act, what, rule.clause, rule.quote, kinds, non_plan=rule.non_plan)

    def _line(
        self, act: str, what: str, ref: str, words: str, kinds: Sequence[str], *, non_plan: bool = False
    ) -> AuthorityLine:
        held = [row for row in self.held if row.post.kind in kinds and in_scope(row, act)]
        held.sort(key=lambda row: (list(kinds).index(row.post.kind), row.nature != Nature.TENURE, row.post.ordinal))
        posts = "、".join(self.names.get(kind, str(PostKind(kind).label)) for kind in kinds)
        return AuthorityLine(act, what, ref, words, posts, non_plan, [self._holding(row) for row in held])

    def _holding(self, row: Appointment) -> Holding:
        return Holding(
            appointment_id=row.pk,
            person=row.user.display_name,
            post=row.post.label,
            nature=str(Nature(row.nature).label),
            stands_in=row.nature != Nature.TENURE,
            document=row.document if row.nature != Nature.TENURE else "",
            scope=[str(Act(act).label) for act in row.scope if act in Act.values],
            until=row.ends_at,
            numbers=self.numbers.get(row.user_id, []),
        )
