"""Who may approve what right now, under one plan: the posts its rows name, who holds them, whether they are reached."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from directory.choices import Act, DutyRole, Nature, PostKind
from directory.models import ActRule, Appointment, DutySlot, PlanVersion, ResponseLevel, User
from directory.rules import appointments_in_force, in_scope, starter_ends
from directory.selectors.numbers import dialled, numbers_by_unit
from directory.selectors.roster import on_duty_now
from yangcheng_ec.clock import local_text
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
    """One person in a post now. ``stands_in``: by 代行 or 授权, with its document; ``until`` None is open.

    ``duty`` says as what somebody who is on duty now (值班中) is it; such a person is called first.
    """

    appointment_id: int
    person: str
    post: str
    nature: str
    stands_in: bool
    document: str
    scope: list[str]
    until: datetime | None
    numbers: list[str]
    duty: str = ""

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

    Two statements for all. Whoever is on duty now comes first, and may be called in the duty room too. The own
    mobile comes first, then the duty room's numbers, then the unit's in the directory's order.
    """
    people = {user.pk: user for user in users}
    return _numbers(people, on_duty_now(people), plan_version_id)


def _numbers(
    people: Mapping[int, User], duty: Mapping[int, DutySlot], plan_version_id: int | None
) -> dict[int, list[str]]:
    rooms = {pk: slot.room_unit for pk, slot in duty.items()}  # type: ignore[attr-defined]
    units = {unit for unit in (*(user.unit_id for user in people.values()), *rooms.values()) if unit}
    by_unit = numbers_by_unit(units, plan_version_id)
    found = {}
    for pk, user in sorted(people.items(), key=lambda one: one[0] not in duty):
        of_units = [number for unit in (rooms.get(pk), user.unit_id) for number in dialled(by_unit.get(unit or 0, []))]
        found[pk] = list(dict.fromkeys([*([user.mobile] if user.mobile else []), *of_units]))
    return found


def authority_page(version: PlanVersion) -> AuthorityPage:
    """Return who may decide and prepare what now, with six statements however many people there are."""
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
        people = {row.user_id: row.user for row in self.held}
        self.duty = on_duty_now(people)
        self.numbers = _numbers(people, self.duty, version.pk)

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
        held.sort(key=lambda row: self._rank(row, list(kinds)))
        posts = "、".join(self.names.get(kind, str(PostKind(kind).label)) for kind in kinds)
        return AuthorityLine(act, what, ref, words, posts, non_plan, [self._holding(row) for row in held])

    def _rank(self, row: Appointment, kinds: Sequence[str]) -> tuple[bool, int, bool, int]:
        """Return the order in which to call: who is on duty now, then by the posts of the rule."""
        off = row.user_id not in self.duty
        return off, kinds.index(row.post.kind), row.nature != Nature.TENURE, row.post.ordinal

    def _duty(self, user_id: int) -> str:
        """Return as what, where and until when somebody is on duty now; nothing when they are not."""
        slot = self.duty.get(user_id)
        if slot is None:
            return ""
        role = DutyRole.LEADER if slot.leader_id == user_id else DutyRole.OFFICER
        return _("%(roster)s%(role)s，到 %(end)s") % {
            "roster": slot.roster.name, "role": role.label, "end": local_text(slot.ends_at)
        }  # fmt: skip

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
            duty=self._duty(row.user_id),
        )
