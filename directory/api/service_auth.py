"""``Authorization: Token svc_…``: monitoring systems, each within its scopes and its rate."""

from __future__ import annotations

from typing import Any

from rest_framework import exceptions
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from directory.models import ServiceToken
from directory.services.service_tokens import KEY_PREFIX, service_token_of
from yangcheng_ec.api.authentication import TokenAuthentication
from yangcheng_ec.errors import Forbidden

__all__ = ["ServiceThrottle", "ServiceTokenAuthentication", "WithinScope"]


class ServiceTokenAuthentication(TokenAuthentication):
    """Keys that begin with ``svc_`` are services'; every other key is a person's, as before."""

    def authenticate_credentials(self, key: str) -> Any:
        """Return (the machine's account, its token), or leave people's keys to the table of people."""
        if not key.startswith(KEY_PREFIX):
            return super().authenticate_credentials(key)
        token = service_token_of(key)
        if token is None:
            raise exceptions.AuthenticationFailed("令牌无效、已到期或已吊销。")
        token.account.service = token
        return token.account, token


class WithinScope(BasePermission):
    """A service reaches only the addresses and verbs that name one of its scopes (``service_scopes``)."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Let people through; refuse a service outside its scopes, in words."""
        if not isinstance(request.auth, ServiceToken):
            return True
        wanted = getattr(view, "service_scopes", {}).get(request.method)
        if wanted is None or wanted not in request.auth.scopes:
            raise Forbidden(f"服务令牌「{request.auth.name}」不能办这件事；它只有签发时选定的范围。")
        return True


class ServiceThrottle(SimpleRateThrottle):
    """Sixty requests a minute for one service: an alarm storm must not bury the duty desk (「非预案规定」)."""

    scope = "service"
    rate = "60/min"

    def get_cache_key(self, request: Request, view: Any) -> str | None:
        """Count by token; people are not counted here."""
        return f"throttle:service:{request.auth.pk}" if isinstance(request.auth, ServiceToken) else None
