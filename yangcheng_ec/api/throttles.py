"""How often a password, or a one-time link, may be tried."""

from __future__ import annotations

import hashlib
from typing import Any

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

__all__ = ["LinkThrottle", "PasswordThrottle"]


class PasswordThrottle(SimpleRateThrottle):
    """Ten tries a minute for an account from one address: a county shares one address, its accounts do not."""

    scope = "password"
    rate = "10/min"

    def get_cache_key(self, request: Request, view: Any) -> str:
        """Count by account and address."""
        account = request.data.get("username", "") if isinstance(request.data, dict) else ""
        who = f"{account!s:.150}|{self.get_ident(request)}"
        return f"throttle:password:{hashlib.sha256(who.encode()).hexdigest()}"


class LinkThrottle(SimpleRateThrottle):
    """Thirty unknown one-time links a minute from one address: good links are never counted."""

    scope = "link"
    rate = "30/min"

    def get_cache_key(self, request: Request, view: Any) -> str:
        """Count by address."""
        return f"throttle:link:{hashlib.sha256(self.get_ident(request).encode()).hexdigest()}"
