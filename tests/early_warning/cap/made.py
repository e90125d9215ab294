"""Documents of warnings that are in no database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from directory.models import Plan, PlanVersion, WarningLevel
from early_warning.cap.build import Issuance, cap_xml
from early_warning.cap.choices import CapMessage
from early_warning.models import EarlyWarning

SENT = datetime(2026, 11, 21, 19, 5, 7, 654321, tzinfo=UTC)
EARLIER = "yingji@yangcheng.invalid,YJ-20261121-001,2026-11-21T08:00:00+08:00"


def a_warning(**over: Any) -> EarlyWarning:
    """Return an unsaved public warning of the cyber plan, in force for a day."""
    plan = Plan(code=over.pop("plan", "cyber-2025"), name="阳城县网络与信息安全事件应急预案", short_name="网络预案")
    version = PlanVersion(
        plan=plan, number="阳政办发〔2025〕23号", command_name="阳城县网络与信息安全事件应急指挥部",
        office_name="阳城县网络与信息安全事件应急指挥部办公室",
    )  # fmt: skip
    level = WarningLevel(
        version=version, ordinal=2, name="Ⅱ级预警（橙色）", severity="严重", colour="orange", colour_name="橙色",
        clause="3.2.1",
    )  # fmt: skip
    given: dict[str, Any] = {
        "number": "YJ-20261122-001", "plan_version": version, "level": over.pop("level", level), "publicity": "public",
        "title": "某型路由器高危漏洞正被利用", "text": "上级通报某型路由器存在高危漏洞。", "scope": "县直各单位",
        "basis": "绝不外传的研判依据", "advice": "立即升级固件。", "published_at": SENT, "valid_from": SENT,
        "valid_until": SENT + timedelta(days=1),
    }  # fmt: skip
    return EarlyWarning(**(given | over))


def an_issuance(message: CapMessage = CapMessage.ALERT, **over: Any) -> Issuance:
    """Return what would be issued; fields of the warning and of the issuance by name."""
    own = {name: over.pop(name) for name in ("sent", "references", "addresses", "ending") if name in over}
    return Issuance(a_warning(**over), message, own.pop("sent", SENT), **own)


def a_document(message: CapMessage = CapMessage.ALERT, **over: Any) -> str:
    """Return the document of it."""
    return cap_xml(an_issuance(message, **over))
