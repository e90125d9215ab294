"""Accounts: made, switched off and given their administrative role by the security administrator."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction
from rest_framework.authtoken.models import Token

from directory.choices import AppointmentState
from directory.models import Appointment, Unit, User
from directory.phones import is_mobile, number_tidy
from directory.services.appointments import SEPARATED
from directory.services.standing import accounts_head, actor_as_role
from yangcheng_ec.access import require_page
from yangcheng_ec.actors import SYSTEM, Actor
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, WrongState
from yangcheng_ec.permissions import Page, Role
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, record_append

__all__ = [
    "ADMIN_ROLES",
    "AccountInput",
    "account_create",
    "account_disable",
    "account_enable",
    "account_found",
    "account_password_change",
    "account_reset",
    "account_roles_set",
]

# Roles given here; all others come with a confirmed appointment.
ADMIN_ROLES = (Role.DIRECTORY_ADMIN, *SEPARATED)
# No 0 O 1 l I: the password is read out or copied by hand once.
ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
PASSWORD_LENGTH = 14
USERNAME = re.compile(r"^[a-z][a-z0-9_.-]{2,29}$")


@dataclass(frozen=True)
class AccountInput:
    """What makes an account: log-in name, the person's name, unit, mobile, e-mail, administrative roles."""

    username: str
    display_name: str
    unit_id: int | None = None
    mobile: str = ""
    email: str = ""
    roles: Sequence[str] = ()


@transaction.atomic
def account_create(*, user: Any, entry: AccountInput) -> tuple[User, str]:
    """Make an account and return it with its temporary password, which is shown once and kept nowhere.

    Raises Forbidden, BadInput with fields (name taken or malformed, roles that 三员分立 keeps apart).
    """
    require_page(user, Page.ACCOUNTS)
    return _create(entry, actor_as_role(user, Role.SECURITY_ADMIN))


@transaction.atomic
def account_found(*, entry: AccountInput) -> tuple[User, str]:
    """Make one of an installation's first accounts: for ``manage.py setup`` only. Raises BadInput with fields."""
    return _create(entry, SYSTEM)


def _create(entry: AccountInput, actor: Actor) -> tuple[User, str]:
    head = accounts_head()
    _check(entry)
    password = _password()
    person = User(
        username=entry.username,
        display_name=entry.display_name.strip(),
        unit_id=entry.unit_id,
        mobile=number_tidy(entry.mobile, "mobile"),
        email=entry.email.strip(),
    )
    person.set_password(password)
    person.full_clean(exclude=["password"])
    person.save()
    _set_roles(person, entry.roles)
    _append(head, person, "created", f"新建账号{_named(person)}{_role_words(entry.roles)}", actor)
    return person, password


@transaction.atomic
def account_disable(*, user: Any, account_id: int, reason: str) -> User:
    """Switch an account off: its sessions and API token end at once. Not one's own. Raises Forbidden, BadInput."""
    head, person = _locked(user, account_id)
    if not person.is_active:
        raise WrongState("这个账号已经停用。")
    if not reason.strip():
        raise BadInput("停用须写明理由。", fields={"reason": ["停用须写明理由。"]})
    person.is_active = False
    person.save(update_fields=["is_active"])
    Token.objects.filter(user=person).delete()
    text = f"停用账号{_named(person)}。理由：{reason.strip()[:300]}"
    _append(head, person, "disabled", text, actor_as_role(user, Role.SECURITY_ADMIN))
    return person


@transaction.atomic
def account_enable(*, user: Any, account_id: int) -> User:
    """Switch an account on again. Raises Forbidden, WrongState."""
    head, person = _locked(user, account_id)
    if person.is_active:
        raise WrongState("这个账号在用。")
    person.is_active = True
    person.save(update_fields=["is_active"])
    _append(head, person, "enabled", f"启用账号{_named(person)}", actor_as_role(user, Role.SECURITY_ADMIN))
    return person


@transaction.atomic
def account_reset(*, user: Any, account_id: int) -> tuple[User, str]:
    """Give a new temporary password, shown once; sessions and API token end at once. Raises Forbidden."""
    head, person = _locked(user, account_id)
    password = _password()
    person.set_password(password)
    person.save(update_fields=["password"])
    Token.objects.filter(user=person).delete()
    _append(head, person, "reset", f"重置账号{_named(person)}的密码", actor_as_role(user, Role.SECURITY_ADMIN))
    return person, password


@transaction.atomic
def account_password_change(*, user: Any, password: str) -> User:
    """Set one's own password, checked before by the form; the API token ends. The record notes that, not what."""
    head = accounts_head()
    person = User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    person.set_password(password)
    person.save(update_fields=["password"])
    Token.objects.filter(user=person).delete()
    _append(head, person, "password", f"本人修改账号{_named(person)}的密码", Actor(user=person))
    return person


@transaction.atomic
def account_roles_set(*, user: Any, account_id: int, roles: Sequence[str]) -> User:
    """Set an account's administrative roles; posts' roles stay. Not one's own. Raises Forbidden, BadInput."""
    head, person = _locked(user, account_id)
    problem = _role_problem(roles, person)
    if problem:
        raise BadInput("角色没有保存，请更正。", fields={"roles": [problem]})
    _set_roles(person, roles)
    text = f"设定账号{_named(person)}的管理角色{_role_words(roles) or '：无'}"
    _append(head, person, "roles", text, actor_as_role(user, Role.SECURITY_ADMIN))
    return person


def _locked(user: Any, account_id: int) -> tuple[CaseHead, User]:
    require_page(user, Page.ACCOUNTS)
    head = accounts_head()
    person = User.objects.select_for_update(of=("self",)).filter(pk=account_id).first()
    if person is None:
        raise NotVisible()
    if person.pk == user.pk:
        raise Forbidden("不能停用、重置自己的账号或变更自己的角色，请由另一名安全管理员办理。")
    return head, person


def _check(entry: AccountInput) -> None:
    problems: dict[str, list[str]] = {}
    if not USERNAME.match(entry.username):
        problems["username"] = ["登录名为 3 至 30 位小写字母、数字、点、横线，以字母开头。"]
    elif User.objects.filter(username=entry.username).exists():
        problems["username"] = ["这个登录名已被使用。"]
    if not entry.display_name.strip():
        problems["display_name"] = ["请填写姓名。"]
    if entry.mobile and not is_mobile(number_tidy(entry.mobile, "mobile")):
        problems["mobile"] = ["手机号码应为 11 位，以 1 开头。"]
    if entry.unit_id is not None and not Unit.objects.filter(pk=entry.unit_id).exists():
        problems["unit"] = ["请从名单中选择单位。"]
    trouble = _role_problem(entry.roles)
    if trouble:
        problems["roles"] = [trouble]
    if problems:
        raise BadInput("账号没有保存，请更正。", fields=problems)


def _role_problem(roles: Sequence[str], person: User | None = None) -> str:
    """Return what 三员分立 refuses, or an empty text."""
    if any(role not in ADMIN_ROLES for role in roles):
        return "这里只设管理角色；其他角色随任职生效。"
    apart = [role for role in roles if role in SEPARATED]
    if not apart:
        return ""
    if len(roles) > 1:
        return "系统管理员、安全管理员、审计员不得由同一人担任，也不得兼任通讯录管理员（三员分立）。"
    states = (AppointmentState.ENTERED, AppointmentState.CONFIRMED)
    if person is not None and Appointment.objects.filter(user=person, state__in=states).exists():
        return "此人有任职，按三员分立不能再任系统管理员、安全管理员或审计员，请先撤销任职。"
    return ""


def _set_roles(person: User, roles: Sequence[str]) -> None:
    wanted = [Group.objects.get_or_create(name=str(role))[0] for role in roles]
    kept = person.groups.exclude(name__in=[role.value for role in ADMIN_ROLES])
    person.groups.set([*kept, *wanted])


def _password() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(PASSWORD_LENGTH))


def _named(person: User) -> str:
    return f" {person.username}（{person.display_name}）"


def _role_words(roles: Sequence[str]) -> str:
    return "：" + "、".join(str(Role(role).label) for role in roles) if roles else ""


def _append(head: CaseHead, person: User, verb: str, text: str, actor: Actor) -> None:
    record_append(head, Line(f"account.{verb}", f"{text}。", actor=actor, subject=("account", person.pk)))
