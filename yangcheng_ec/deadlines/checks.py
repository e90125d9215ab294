"""System checks of the outbox: settings of gateways and robots that could never work, said at start in words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning as Caution, register
from django.utils.translation import gettext as _

from yangcheng_ec.deadlines.channels.http import address_problem
from yangcheng_ec.deadlines.channels.robots import robot_made
from yangcheng_ec.deadlines.channels.sms import PLACEHOLDERS, condition_read
from yangcheng_ec.deadlines.channels.ways import robot_channel

__all__: list[str] = []

Apps = Sequence[AppConfig] | None
# A send has to end well before its lease (60 s) does.
LONGEST_WAIT = 20.0
ROBOT_NAME_LIMIT = 60
_TOKEN = re.compile(r"^[A-Za-z0-9-]+$")


@register(Tags.compatibility)
def sms_gateway_makes_sense(app_configs: Apps, **kwargs: object) -> list[CheckMessage]:
    """Refuse a gateway that nothing could be sent to, or whose answers could not be read."""
    if not settings.SMS_URL:
        return []
    problems: list[CheckMessage] = [
        Error(f"{name}：{words}", id="yangcheng_ec.E010") for name, words in _sms_problems()
    ]
    if not problems and not settings.SMS_SUCCESS:
        words = _("SMS_SUCCESS 没有设置：网关的每个 2xx 应答都算送出。")
        problems.append(Caution(words, hint="SMS_SUCCESS=code=0", id="yangcheng_ec.W010"))
    return problems


def _sms_problems() -> Iterator[tuple[str, str]]:
    if problem := address_problem(settings.SMS_URL):
        yield "SMS_URL", problem
    if settings.SMS_FORMAT not in ("json", "form"):
        yield "SMS_FORMAT", _("只能是 json 或 form")
    if not 0 < settings.SMS_TIMEOUT <= LONGEST_WAIT:
        yield "SMS_TIMEOUT", _("应在 0 与 %(most)s 秒之间") % {"most": LONGEST_WAIT}
    yield from _field_problems(settings.SMS_FIELDS)
    yield from _header_problems(settings.SMS_HEADERS)
    if not _texts(settings.SMS_TEMPLATES):
        yield "SMS_TEMPLATES", _("应是「通知类别: 模板编号」的 JSON 对象")
    for name in ("SMS_SUCCESS", "SMS_REFUSAL"):
        try:
            words = getattr(settings, name)
            condition_read(words) if words else None
        except ValueError:
            yield name, _("应写成 路径=值,值，例如 code=0")


def _field_problems(fields: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(fields, dict):
        yield "SMS_FIELDS", _("应是 JSON 对象")
        return
    used = set(re.findall(r"\{([A-Za-z_]\w*)\}", json.dumps(fields, ensure_ascii=False)))
    if "phone" not in used or not used & {"text", "title"}:
        yield "SMS_FIELDS", _("应含 {phone}，以及 {text} 或 {title}")
    if unknown := used - set(PLACEHOLDERS):
        yield "SMS_FIELDS", _("没有这样的占位符：%(names)s") % {"names": ", ".join(sorted(unknown))}
    if settings.SMS_FORMAT == "form" and not _texts(fields):
        yield "SMS_FIELDS", _("form 格式只能有一层文字")


def _header_problems(headers: Any) -> Iterator[tuple[str, str]]:
    if not _texts(headers):
        yield "SMS_HEADERS", _("应是「名称: 值」的 JSON 对象")
        return
    given = [("SMS_HEADERS", name, value) for name, value in headers.items()]
    for setting, name, value in [*given, ("SMS_KEY_HEADER", settings.SMS_KEY_HEADER, "")]:
        if not _TOKEN.match(name) or not value.isprintable() or not value.isascii():
            yield setting, _("名称或值不能用：%(name)s") % {"name": name[:40]}


def _texts(pairs: Any) -> bool:
    return isinstance(pairs, dict) and all(isinstance(value, str) for value in pairs.values())


@register(Tags.compatibility)
def robots_make_sense(app_configs: Apps, **kwargs: object) -> list[CheckMessage]:
    """Refuse robots whose address nothing could be posted to; the words name the robot, never its address."""
    if not _texts(settings.ROBOTS) or not _texts(settings.ROBOT_RELAYS):
        return [Error(_("ROBOTS、ROBOT_RELAYS 应是「名称: 地址」的 JSON 对象。"), id="yangcheng_ec.E011")]
    return [*_robot_problems(), *_relay_problems()]


def _robot_problems() -> Iterator[CheckMessage]:
    hint = "wecombot://… dingtalk://… feishu://…"
    for name, address in settings.ROBOTS.items():
        if not 0 < len(name) <= ROBOT_NAME_LIMIT:
            yield Error(_("机器人名称应为 1 至 60 个字：%(name)s。") % {"name": name[:80]}, id="yangcheng_ec.E012")
        elif robot_channel(name) is None or robot_made(address) is None:
            yield Error(_("机器人「%(name)s」的地址不对。") % {"name": name}, hint=hint, id="yangcheng_ec.E013")


def _relay_problems() -> Iterator[CheckMessage]:
    for host, address in settings.ROBOT_RELAYS.items():
        if problem := address_problem(address):
            words = _("ROBOT_RELAYS 中 %(host)s 的转发地址不对：%(problem)s。") % {"host": host, "problem": problem}
            yield Error(words, id="yangcheng_ec.E014")
