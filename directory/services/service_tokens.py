"""Tokens of monitoring systems: made and revoked by the security administrator, shown once, never kept."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.crypto import constant_time_compare

from directory.choices import ServiceScope
from directory.models import ServiceToken, Unit, User
from directory.services.standing import accounts_head, actor_as_role
from yangcheng_ec.access import require_page
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.errors import BadInput, NotVisible, WrongState
from yangcheng_ec.permissions import Page, Role
from yangcheng_ec.record.services import Line, record_append
from yangcheng_ec.text import clean_text

__all__ = ["KEY_PREFIX", "TokenInput", "service_token_make", "service_token_of", "service_token_revoke"]

KEY_PREFIX = "svc_"
# A key is good for a year at most; then the system that holds it is looked at again (「非预案规定」).
LONGEST = timedelta(days=366)
# «Last used» is for people: it need not be written with every alarm.
USED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class TokenInput:
    """What makes a token: the system's name, the unit it reports for, what it may do, until when."""

    name: str
    unit_id: int | None
    expires_at: datetime | None
    scopes: Sequence[str] = (ServiceScope.FILE_INCIDENTS,)


@transaction.atomic
def service_token_make(*, user: Any, entry: TokenInput) -> tuple[ServiceToken, str]:
    """Make a token and its machine account; return it with the key, which is shown once and kept nowhere.

    The account has no password, no role and no post: it opens no page, and the API only within the scopes.
    Raises Forbidden, BadInput with fields.
    """
    require_page(user, Page.ACCOUNTS)
    head, now = accounts_head(), database_now()
    unit, expires_at = _checked(entry, now)
    prefix = KEY_PREFIX + secrets.token_hex(4)
    key = f"{prefix}_{secrets.token_urlsafe(32)}"
    name = clean_text(entry.name).strip()
    account = User(username=f"service.{prefix.removeprefix(KEY_PREFIX)}", display_name=name, unit=unit)
    account.set_unusable_password()
    account.save()
    token = ServiceToken.objects.create(
        name=name, unit=unit, account=account, scopes=[str(value) for value in entry.scopes], prefix=prefix,
        digest=_digest(key), made_at=now, made_by=user, expires_at=expires_at,
    )  # fmt: skip
    may = "、".join(str(ServiceScope(value).label) for value in token.scopes)
    _say(head, token, "made", f"签发服务令牌「{name}」（{unit}，{may}），到期{local_text(token.expires_at)}", user)
    return token, key


@transaction.atomic
def service_token_revoke(*, user: Any, token_id: int, reason: str) -> ServiceToken:
    """Revoke a token at once; its account is switched off, its cases stay.

    Raises Forbidden, NotVisible, BadInput (no reason), WrongState (revoked before).
    """
    require_page(user, Page.ACCOUNTS)
    head = accounts_head()
    token = ServiceToken.objects.select_for_update(of=("self",)).select_related("account").filter(pk=token_id).first()
    if token is None:
        raise NotVisible()
    if token.revoked_at is not None:
        raise WrongState("这个令牌已经吊销。")
    why = clean_text(reason).strip()[:300]
    if not why:
        raise BadInput("吊销须写明理由。", fields={"reason": ["吊销须写明理由。"]})
    token.revoked_at, token.revoked_by, token.revoked_why = database_now(), user, why
    token.save()
    token.account.is_active = False
    token.account.save(update_fields=["is_active"])
    _say(head, token, "revoked", f"吊销服务令牌「{token.name}」。理由：{why}", user)
    return token


def service_token_of(key: str) -> ServiceToken | None:
    """Return the token of a key if it is good now, noting that it was used; None for every other key."""
    token = ServiceToken.objects.select_related("account__unit", "unit").filter(prefix=_prefix_of(key)).first()
    if token is None or not constant_time_compare(token.digest, _digest(key)):
        return None
    now = database_now()
    if token.revoked_at is not None or token.expires_at <= now or not token.account.is_active:
        return None
    if token.last_used_at is None or now - token.last_used_at > USED_EVERY:
        ServiceToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


def _prefix_of(key: str) -> str:
    """Return the part of a key that may be seen: the secret behind it may hold underscores itself."""
    return "_".join(key.split("_", 2)[:2])


def _digest(key: str) -> str:
    """Return what is kept of a key: 256 random bits need no slow hash."""
    return hashlib.sha256(key.encode()).hexdigest()


def _checked(entry: TokenInput, now: datetime) -> tuple[Unit, datetime]:
    problems: dict[str, list[str]] = {}
    name = clean_text(entry.name).strip()
    if not name or len(name) > 60:
        problems["name"] = ["请写明是哪个监测系统（60 字以内）。"]
    elif ServiceToken.objects.filter(name=name).exists():
        problems["name"] = ["这个名称已有令牌；换发时请在名称后加年月。"]
    unit = Unit.objects.filter(pk=entry.unit_id).first() if entry.unit_id else None
    if unit is None:
        problems["unit"] = ["请选择它代表哪个单位报告。"]
    if not entry.scopes or any(value not in ServiceScope.values for value in entry.scopes):
        problems["scopes"] = ["请选择可以办什么。"]
    if entry.expires_at is None or not now < entry.expires_at <= now + LONGEST:
        problems["expires_at"] = ["到期时间须在将来，最长一年。"]
    if problems or unit is None or entry.expires_at is None:
        raise BadInput("令牌没有签发，请更正。", fields=problems)
    return unit, entry.expires_at


def _say(head: Any, token: ServiceToken, verb: str, text: str, user: Any) -> None:
    actor = actor_as_role(user, Role.SECURITY_ADMIN)
    record_append(head, Line(f"service.{verb}", f"{text}。", actor=actor, subject=("account", token.account_id)))
