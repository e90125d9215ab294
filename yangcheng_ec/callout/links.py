"""One-time links in mails and messages: who holds one may confirm that one call-out, without login.

The token is 192 random bits; only its SHA-256 is kept, so that neither the database nor a backup opens anything.
Every sending has a token of its own: a mail sent twice carries two, and the first use ends the call-out for both.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse

from yangcheng_ec.callout.choices import CONFIRMABLE
from yangcheng_ec.callout.models import CalloutLink, CalloutNotice
from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.choices import Channel

__all__ = ["LINKED", "link_found", "link_make", "link_suffix"]

# A robot speaks to a whole group: a link that confirms for one of them is for that one's own mail and mobile.
LINKED = (Channel.EMAIL, Channel.SMS)
TOKEN_BYTES = 24
# No token is longer; anything longer is not looked up at all.
TOKEN_LIMIT = 64


def link_suffix(sending: Any, channel: str) -> str:
    """Return what a mail or a short message says last: the link with which its reader confirms; or nothing.

    ``sending`` is a delivery or its notice. Each call makes a link of its own.
    """
    notice = getattr(sending, "notice", sending)
    if channel not in LINKED or notice.pk is None:
        return ""
    if not CalloutNotice.objects.filter(notice=notice, callout__state__in=CONFIRMABLE).exists():
        return ""
    address = f"{settings.SITE_URL}{reverse('callout-link', args=[link_make(notice.pk, channel)])}"
    hours = settings.CALLOUT_LINK_HOURS
    if channel == Channel.SMS:
        return f"确认收到：{address}"
    return f"确认收到（不用登录，{hours}小时内有效，只能用一次）：\n{address}\n"


def link_make(notice_id: int, channel: str) -> str:
    """Make a link to a notice and return its token: it is nowhere else from now on."""
    token, now = secrets.token_urlsafe(TOKEN_BYTES), database_now()
    CalloutLink.objects.create(
        token_hash=_hash(token),
        notice_id=notice_id,
        channel=channel,
        created_at=now,
        expires_at=now + timedelta(hours=settings.CALLOUT_LINK_HOURS),
    )
    return token


def link_found(token: str) -> CalloutLink | None:
    """Return the link of a token, its notice and call-out with it; None when unknown or expired, without difference."""
    return (
        CalloutLink.objects.select_related("notice__asks__callout__cause")
        .filter(token_hash=_hash(token[:TOKEN_LIMIT]), expires_at__gt=database_now())
        .first()
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
