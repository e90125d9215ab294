"""System checks: what the CAP documents need (ADR 0027)."""

from __future__ import annotations

from collections.abc import Sequence

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning as Caution, register
from django.utils.translation import gettext as _

from early_warning.cap.checker import FORBIDDEN
from early_warning.cap.schema import CAP_SCHEMA

__all__ = ["cap_schema_present", "cap_sender_usable"]


@register(Tags.compatibility)
def cap_schema_present(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """Warn when warnings are held against our own rules alone, and not against the schema of OASIS."""
    if CAP_SCHEMA.exists():
        return []
    words = _("缺少 CAP 1.2 的 XML Schema：预警的 CAP 文档只按系统自己的规则核对。")
    return [Caution(words, hint="scripts/schemas.sh", id="early_warning.W001")]


@register(Tags.compatibility)
def cap_sender_usable(app_configs: Sequence[AppConfig] | None, **kwargs: object) -> list[CheckMessage]:
    """Refuse a sender that no reference could name; warn in production about one that is not this county's own."""
    sender = settings.CAP_SENDER
    if not sender or FORBIDDEN.search(sender):
        words = _("CAP_SENDER 不能为空，也不能含有空格、逗号、< 和 &：预警的 CAP 文档无法签发。")
        return [Error(words, hint="CAP_SENDER=yingji@…", id="early_warning.E001")]
    if sender.endswith(".invalid") and settings.SETTINGS_MODULE.endswith(".production"):
        words = _("CAP_SENDER 还是占位的 %(sender)s：接收方靠它认出阳城县。") % {"sender": sender}
        return [Caution(words, hint="CAP_SENDER=yingji@…", id="early_warning.W002")]
    return []
