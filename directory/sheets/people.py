"""Who shall hold which post, as the rows of a sheet say it: found, compared with what is held, never effective by it.

A person is found by account, or by name within the unit. What fits becomes an appointment that waits for the second
person; whoever has no account is listed for the security administrator, who alone makes accounts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from directory.choices import UNIT_KINDS, Nature, PostKind
from directory.models import Appointment, PlanVersion, Post, Unit, User
from directory.rules import post_label
from directory.services.appointment_batch import Standing
from directory.sheets.choices import ColumnRole, ItemState
from directory.sheets.mapping import Layout, plain
from directory.sheets.terms import Term, term_read
from yangcheng_ec.clock import database_now

__all__ = ["Holding", "PeopleSnapshot", "holdings_of", "plans_named"]

Item = dict[str, Any]
# What people call the posts, beside the plans' own labels and titles.
_KINDS = {
    "指挥长": PostKind.COMMANDER, "总指挥": PostKind.COMMANDER,
    "副指挥长": PostKind.DEPUTY, "副总指挥": PostKind.DEPUTY,
    "办公室主任": PostKind.OFFICE_DIRECTOR, "工作人员": PostKind.OFFICE_STAFF, "办公室工作人员": PostKind.OFFICE_STAFF,
    "值班员": PostKind.DUTY_OFFICER, "值班人员": PostKind.DUTY_OFFICER, "分管负责人": PostKind.UNIT_LEADER,
    "单位分管负责人": PostKind.UNIT_LEADER, "联络员": PostKind.UNIT_LIAISON, "单位联络员": PostKind.UNIT_LIAISON,
}  # fmt: skip
_UNIT_WORDS = {PostKind.UNIT_LEADER: ("leader", "分管负责人"), PostKind.UNIT_LIAISON: ("liaison", "联络员")}


@dataclass(frozen=True)
class Holding:
    """One row that names a post: its texts by role, where each stands, its unit where it names one."""

    row: int
    unit: Unit | None
    texts: dict[str, str]
    cells: dict[str, str]

    def text(self, role: ColumnRole) -> str:
        """Return what stands in a column; a csv's apostrophe before a risky character is none of it."""
        text = self.texts.get(role, "")
        return text[1:] if text[:1] == "'" and text[1:2] in ("=", "+", "-", "@") else text

    def cell(self, role: ColumnRole) -> str:
        """Return where a column's text stands; of a column there is not, where the post stands."""
        return self.cells.get(role, self.cells[ColumnRole.POST])

    def item(self, state: ItemState, post: str = "", **more: Any) -> Item:
        """Return the preview's line."""
        name = self.text(ColumnRole.PERSON) or self.text(ColumnRole.ACCOUNT)
        unit = self.unit.name if self.unit else ""
        return {
            "row": self.row, "cell": self.cells[ColumnRole.POST], "state": str(state), "unit": unit,
            "kind": post or self.text(ColumnRole.POST), "value": name, **more,
        }  # fmt: skip

    def error(self, role: ColumnRole, words: str, state: ItemState = ItemState.ERROR) -> Item:
        """Return the line of a row that cannot be written; who needs an account is listed with the office held."""
        where, title = self.cell(role), self.text(ColumnRole.TITLE)
        notes = [f"职务：{title}"] if title and state == ItemState.ACCOUNT else []
        return self.item(state, errors=[{"cell": where, "text": words}], notes=notes) | {"cell": where}


class _Fault(Exception):
    """What is wrong with a row, at which column."""

    def __init__(self, role: ColumnRole, words: str, state: ItemState = ItemState.ERROR) -> None:
        super().__init__(words)
        self.role, self.words, self.state = role, words, state


@dataclass(frozen=True)
class _Wanted:
    """The post a row means: its code, and how it is called on the page."""

    code: str
    words: str
    post: Post


def holdings_of(layout: Layout) -> bool:
    """Return whether the sheet names posts."""
    return ColumnRole.POST in layout.columns.values()


def plans_named(versions: Iterable[PlanVersion]) -> dict[str, PlanVersion]:
    """Return the plans in force by all that a cell may call them."""
    names: dict[str, PlanVersion] = {}
    for version in versions:
        plan = version.plan
        for name in (plan.code, plan.short_name, plan.name, plan.name.removeprefix("阳城县"), version.cited_as):
            names[plain(name)] = names[plain(name).removesuffix("预案")] = version
    return names


class PeopleSnapshot:
    """Accounts, posts of the plans in force and what is held, read once: five statements."""

    def __init__(self, *, barred: Collection[int], plan: str = "") -> None:
        self.barred, self.now = barred, database_now()
        versions = PlanVersion.objects.filter(in_force=True).select_related("plan").order_by("-plan__code")
        versions = versions.defer("texts")
        self.plans = plans_named(versions)
        self.plan = next((version for version in self.plans.values() if version.plan.code == plan), None)
        self.posts: dict[int, list[Post]] = defaultdict(list)
        for post in Post.objects.filter(version__in=versions).select_related("unit", "version__plan"):
            self.posts[post.version_id or 0].append(post)
        self.users = list(User.objects.select_related("unit").order_by("username"))
        self.by_account = {user.username.lower(): user for user in self.users}
        self.by_name: dict[str, list[User]] = defaultdict(list)
        for user in self.users:
            if user.is_active:
                self.by_name[plain(user.display_name)].append(user)
        self.standing = Standing.read(self.now)
        self.rows: dict[tuple[int, str], int] = {}

    def item(self, holding: Holding) -> Item:
        """Return the row's line."""
        try:
            wanted = self._post(holding)
            person = self._person(holding)
            return self._compared(holding, person, wanted)
        except _Fault as fault:
            return holding.error(fault.role, fault.words, fault.state)

    # --- which post ------------------------------------------------------------------------------------------------

    def _post(self, holding: Holding) -> _Wanted:
        text = holding.text(ColumnRole.POST)
        kind = _KINDS.get(plain(text))
        if kind in UNIT_KINDS:
            return self._of_unit(holding, PostKind(kind))
        version = self._version(holding)
        fits = [post for post in self.posts[version.pk] if plain(text) in _names(post)]
        fits = fits or [post for post in self.posts[version.pk] if post.kind == kind]
        if not fits:
            known = "、".join(dict.fromkeys(post.label for post in self.posts[version.pk]))
            words = f"{version.plan.short_name}没有「{text[:30]}」这个职务；可写：{known}、分管负责人、联络员"
            raise _Fault(ColumnRole.POST, words)
        if len(fits) > 1:
            fits = self._meant(fits, holding) or fits
        if len(fits) > 1:
            titles = "、".join(post.title for post in fits)
            words = f"{version.plan.short_name}有 {len(fits)} 个{fits[0].label}，请写明是：{titles}"
            raise _Fault(ColumnRole.POST, words)
        return _Wanted(fits[0].code, f"{version.plan.short_name} {fits[0]}", fits[0])

    def _of_unit(self, holding: Holding, kind: PostKind) -> _Wanted:
        if holding.unit is None:
            raise _Fault(ColumnRole.UNIT, "分管负责人、联络员要写明是哪个单位的")
        suffix, label = _UNIT_WORDS[kind]
        code = f"unit:{holding.unit.code}:{suffix}"
        post = Post(code=code, kind=kind, label=label, title=f"{holding.unit.name}{label}", unit=holding.unit)
        return _Wanted(code, post.title, post)

    def _version(self, holding: Holding) -> PlanVersion:
        text = holding.text(ColumnRole.PLAN)
        version = self.plans.get(plain(text)) if text else self.plan
        if version is not None:
            return version
        known = "、".join(dict.fromkeys(one.plan.short_name for one in self.plans.values()))
        if text:
            raise _Fault(ColumnRole.PLAN, f"没有「{text[:30]}」这个预案；可写：{known}")
        words = f"没有写是哪个预案的职务；请加「预案」一列（{known}），或在上面选这张表的预案"
        raise _Fault(ColumnRole.POST, words)

    @staticmethod
    def _meant(posts: list[Post], holding: Holding) -> list[Post]:
        """Return which of several posts of one name: the one with the person's title, else the one of the unit."""
        title = plain(holding.text(ColumnRole.TITLE))
        by_title = [post for post in posts if title and plain(post.title).endswith(title)]
        by_unit = [post for post in posts if holding.unit is not None and post.unit_id == holding.unit.pk]
        return by_title if len(by_title) == 1 else by_unit

    # --- who -------------------------------------------------------------------------------------------------------

    def _person(self, holding: Holding) -> User:
        account, name = holding.text(ColumnRole.ACCOUNT), holding.text(ColumnRole.PERSON)
        user = self._by_account(account, name) if account else self._by_name(name, holding)
        if user.pk in self.barred:
            raise _Fault(ColumnRole.PERSON, "不能为自己录入任职，请由另一人导入或录入")
        return user

    def _by_account(self, account: str, name: str) -> User:
        user = self.by_account.get(account.strip().lower())
        if user is None:
            words = f"没有「{account[:30]}」这个账号：需先建账号（账号由安全管理员建）"
            raise _Fault(ColumnRole.ACCOUNT, words, ItemState.ACCOUNT)
        if not user.is_active:
            raise _Fault(ColumnRole.ACCOUNT, f"账号「{account[:30]}」已停用，不能任职")
        if name and plain(name) != plain(user.display_name):
            raise _Fault(ColumnRole.PERSON, f"账号「{account[:30]}」是{user.display_name}，不是{name[:30]}")
        return user

    def _by_name(self, name: str, holding: Holding) -> User:
        if not name:
            raise _Fault(ColumnRole.PERSON, "没有写姓名或账号")
        if holding.unit is None:
            raise _Fault(ColumnRole.UNIT, "没有写单位；只有写了账号的可以不写单位")
        everywhere = self.by_name.get(plain(name), [])
        here = [user for user in everywhere if user.unit_id == holding.unit.pk]
        if len(here) == 1:
            return here[0]
        if here:
            both = "、".join(f"{user.display_name}（{user.username}）" for user in here)
            raise _Fault(ColumnRole.PERSON, f"{holding.unit.name}有 {len(here)} 个{name[:30]}，请写账号：{both}")
        if everywhere:
            where = "、".join(f"{user.username}（{user.unit or '未填单位'}）" for user in everywhere)
            words = f"{holding.unit.name}没有叫{name[:30]}的账号，同名的账号是 {where}；是此人的请写账号"
            raise _Fault(ColumnRole.PERSON, words)
        raise _Fault(ColumnRole.PERSON, f"{name[:30]}没有账号：需先建账号（账号由安全管理员建）", ItemState.ACCOUNT)

    # --- what is there already -------------------------------------------------------------------------------------

    def _compared(self, holding: Holding, person: User, wanted: _Wanted) -> Item:
        starts_at, ends_at = self._term(holding)
        held = self.standing.held[person.pk, wanted.code]
        same = next((one for one in held if _same_term(one, starts_at, ends_at)), None)
        key = (person.pk, wanted.code)
        if same is not None:
            notes = self._notes_of_same(same, key)
            return holding.item(ItemState.SAME, wanted.words, value=person.display_name, notes=notes)
        nature = holding.text(ColumnRole.NATURE)
        if nature and nature != str(Nature.TENURE.label):
            raise _Fault(ColumnRole.NATURE, "代行、授权要附依据文件，请在「任职与授权」里逐项录入")
        row = Appointment(user=person, post=wanted.post, starts_at=starts_at or self.now, ends_at=ends_at)
        field, words = self.standing.problem(row)
        if words and key in self.rows:
            words = f"与第 {self.rows[key]} 行是同一人同一职务，时间重叠；请只留一行"
        if words:
            raise _Fault(ColumnRole.PERSON if field == "person" else ColumnRole.TERM, words)
        self.standing.held[key].append(row)
        self.rows[key] = holding.row
        return holding.item(
            ItemState.ADD, wanted.words, value=person.display_name,
            appointment=_appointment(holding, person, wanted, (starts_at, ends_at)), notes=_notes(holding, person),
        )  # fmt: skip

    def _term(self, holding: Holding) -> Term:
        term = term_read(holding.text(ColumnRole.TERM))
        if isinstance(term, str):
            raise _Fault(ColumnRole.TERM, term)
        return term

    def _notes_of_same(self, same: Appointment, key: tuple[int, str]) -> list[str]:
        if same.pk is None:
            return [f"与第 {self.rows[key]} 行重复"]
        return [] if same.confirmed_at else [f"已录入，待复核：{post_label(same)}"]


def _names(post: Post) -> set[str]:
    return {plain(name) for name in (post.code, post.label, post.title, str(post))}


def _same_term(one: Appointment, starts_at: datetime | None, ends_at: datetime | None) -> bool:
    """Return whether the cell says the times that are there, to the minute; an empty one says nothing else."""
    if starts_at is None and ends_at is None:
        return True
    ends = one.ends_at and one.ends_at.replace(second=0, microsecond=0)
    begins = starts_at is None or one.starts_at.replace(second=0, microsecond=0) == starts_at
    return begins and ends == ends_at


def _appointment(holding: Holding, person: User, wanted: _Wanted, term: Term) -> dict[str, Any]:
    starts_at, ends_at = term
    return {
        "person_id": person.pk, "name": person.display_name, "account": person.username, "post_code": wanted.code,
        "post": wanted.words, "title": holding.text(ColumnRole.TITLE),
        "starts_at": starts_at.isoformat() if starts_at else "", "ends_at": ends_at.isoformat() if ends_at else "",
        "term": holding.text(ColumnRole.TERM),
    }  # fmt: skip


def _notes(holding: Holding, person: User) -> list[str]:
    if holding.unit is not None and person.unit_id != holding.unit.pk:
        return [f"此人账号的单位是{person.unit or '（未填）'}"]
    return []
