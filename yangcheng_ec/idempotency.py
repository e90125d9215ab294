"""Once only: a double click or a retry with the same key finds the first result."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.db import transaction

from yangcheng_ec.clock import database_now
from yangcheng_ec.errors import BadInput
from yangcheng_ec.models import IdempotencyKey

__all__ = ["fingerprint_of", "once"]


def fingerprint_of(payload: Any) -> str:
    """Return a hash of what was sent, so that one key cannot stand for two different requests."""
    text = json.dumps(payload, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def once(*, user: Any, scope: str, key: str, fingerprint: str, act: Callable[[], str]) -> tuple[str, bool]:
    """Run ``act`` once per user, scope and key; return (its result id, whether it ran now).

    The key row is inserted first, in the same transaction: a second request waits for the first and
    then finds its row. Without a key the act simply runs. Raises BadInput when the key was used for a
    different content, is longer than 100 characters or cannot be printed.
    """
    if not key:
        return act(), True
    if len(key) > 100:
        raise BadInput("Idempotency-Key 过长（最多 100 个字符）。")
    if not key.isprintable():
        raise BadInput("Idempotency-Key 含有不可见字符。")
    with transaction.atomic():
        asked = IdempotencyKey.objects.filter(user=user, scope=scope, key=key)
        mine = IdempotencyKey(
            user=user, scope=scope, key=key, fingerprint=fingerprint, result="", created_at=database_now()
        )
        # Waits for a request with the same key that is still running; its row then has a result.
        IdempotencyKey.objects.bulk_create([mine], ignore_conflicts=True)
        row = asked.get()
        if row.result:
            if row.fingerprint != fingerprint:
                raise BadInput("这个提交编号（Idempotency-Key）已用于另一份内容。", code="idempotency_mismatch")
            return row.result, False
        result = act()
        asked.update(result=result)
        return result, True
