"""A warning as a CAP 1.2 document. Nothing here reads the database beyond the rows it is given."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from lxml import etree

from directory.rules import clause_label
from early_warning.cap.choices import CapMessage, CapScope, CapStatus, Ending
from early_warning.cap.tables import AREA, GEOCODE, UNSAID, Weight, category_of, event_of, scope_of, weight_of
from early_warning.cap.times import cap_time, whole_second
from early_warning.models import EarlyWarning
from early_warning.rules import level_label

__all__ = ["NAMESPACE", "Issuance", "cap_xml"]

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
# CAP asks for headlines of at most 160 characters; a title has 120.
HEADLINE_LIMIT = 160
RESTRICTION = "内部掌握：限被通知单位使用，不得向社会发布。"
DRILL = "【演练】"
# Characters XML 1.0 cannot carry at all, not even escaped.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# Why a chain ends, for everybody: that a response runs is for nobody to publish unapproved (S8).
_NOTES = {
    Ending.LIFTED: "预警已解除，相关措施终止。",
    Ending.SUPERSEDED: "本预警已由后续工作安排替代，不再单独执行；风险未宣布解除，后续以县指挥部发布的信息为准。",
    Ending.MOVED: "本预警已停止以此方式发布，此前发布的内容不再有效；风险未宣布解除。",
}
_NOTES_WITHIN = {Ending.SUPERSEDED: "预警升级：转入应急响应，本预警不再单独执行。"}


@dataclass(frozen=True)
class Issuance:
    """What is issued: the warning, what the document does, when, which earlier ones it names, why a chain ends.

    ``addresses`` are the codes of the units a confidential warning went to; ``references`` are in CAP's form.
    """

    warning: EarlyWarning
    message: CapMessage
    sent: datetime
    references: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    ending: Ending | None = None

    @property
    def scope(self) -> CapScope:
        """Return for whom it is."""
        return scope_of(self.warning)

    @property
    def status(self) -> CapStatus:
        """Return Exercise for a drill, Actual otherwise."""
        return CapStatus.EXERCISE if self.warning.drill else CapStatus.ACTUAL

    @property
    def identifier(self) -> str:
        """Return the warning's number; the document that ends it has a number of its own."""
        return f"{self.warning.number}-CANCEL" if self.message == CapMessage.CANCEL else self.warning.number

    @property
    def withheld(self) -> bool:
        """Return whether the words must not appear: a confidential warning's document is an empty envelope."""
        return self.scope == CapScope.PRIVATE

    @property
    def headline(self) -> str:
        """Return the line a reader sees first."""
        warning = self.warning
        words = "预警（内容按保密要求管理）" if self.withheld else f"{level_label(warning.level)}：{warning.title}"
        ending = f"{self.ending.label}：" if self.ending else ""
        drill = DRILL if warning.drill else ""
        return _clean(f"{drill}{ending}{words}")[:HEADLINE_LIMIT]


def cap_xml(issuance: Issuance) -> str:
    """Return the document, ready to be checked and kept."""
    alert = etree.Element(_tag("alert"), nsmap={None: NAMESPACE})
    _fill(alert, _head(issuance))
    info = etree.SubElement(alert, _tag("info"))
    _fill(info, _info(issuance))
    for name, value in _parameters(issuance):
        _pair(info, "parameter", name, value)
    area = etree.SubElement(info, _tag("area"))
    _fill(area, [("areaDesc", AREA)])
    _pair(area, "geocode", *GEOCODE)
    etree.indent(alert, space="  ")
    body: bytes = etree.tostring(alert, encoding="utf-8", xml_declaration=True)
    return body.decode("utf-8") + "\n"


def _head(one: Issuance) -> list[tuple[str, str]]:
    return [
        ("identifier", one.identifier),
        ("sender", settings.CAP_SENDER),
        ("sent", cap_time(one.sent)),
        ("status", one.status),
        ("msgType", one.message),
        ("scope", one.scope),
        ("restriction", RESTRICTION if one.scope == CapScope.RESTRICTED else ""),
        ("addresses", " ".join(one.addresses) if one.withheld else ""),
        ("note", _note(one)),
        ("references", " ".join(one.references)),
    ]


def _note(one: Issuance) -> str:
    words = []
    if one.warning.drill:
        words.append(f"演练：{one.warning.number}，不是真实事件。")
    if one.ending:
        within = _NOTES_WITHIN if one.scope == CapScope.RESTRICTED else {}
        words.append(within.get(one.ending, _NOTES[one.ending]))
    return "".join(words)


def _info(one: Issuance) -> list[tuple[str, str]]:
    warning = one.warning
    version = warning.plan_version
    weight = _weight(one)
    effective, expires = _validity(one)
    return [
        ("language", "zh-CN"),
        ("category", "Other" if one.withheld else category_of(version)),
        ("event", "预警" if one.withheld else event_of(version)),
        *(("responseType", word) for word in _response_types(one)),
        ("urgency", weight.urgency),
        ("severity", weight.severity),
        ("certainty", weight.certainty),
        ("effective", effective),
        ("expires", expires),
        ("senderName", version.command_name),
        ("headline", one.headline),
        ("description", "" if one.withheld else warning.text),
        ("instruction", _instruction(one)),
        ("web", _web(one)),
        ("contact", version.office_name),
    ]


def _weight(one: Issuance) -> Weight:
    if one.withheld:
        return UNSAID
    weight = weight_of(one.warning.level)
    return Weight(weight.severity, "Past", "Unlikely") if one.ending == Ending.LIFTED else weight


def _validity(one: Issuance) -> tuple[str, str]:
    """Return effective and expires, either may be empty: never before ``sent``, never out of order.

    A warning without an end, or published when its end had passed, has no ``expires``: it stands until it is lifted.
    """
    if one.message == CapMessage.CANCEL or one.withheld:
        return "", ""
    sent, warning = whole_second(one.sent), one.warning
    effective = max(sent, whole_second(warning.valid_from)) if warning.valid_from else sent
    expires = whole_second(warning.valid_until) if warning.valid_until else None
    return cap_time(effective), cap_time(expires) if expires and expires > effective else ""


def _response_types(one: Issuance) -> list[str]:
    """Return Prepare and Monitor for a warning (3.2.3; 3.5); AllClear only where the danger was found to be over."""
    if one.withheld:
        return []
    if one.message == CapMessage.CANCEL:
        return ["AllClear"] if one.ending == Ending.LIFTED else ["Monitor"]
    return ["Prepare", "Monitor"]


def _instruction(one: Issuance) -> str:
    if one.withheld:
        return ""
    return _note(one) if one.message == CapMessage.CANCEL else one.warning.advice


def _web(one: Issuance) -> str:
    page = "public-warning" if one.scope == CapScope.PUBLIC else "warning"
    return f"{settings.SITE_URL.rstrip('/')}{reverse(page, args=[one.warning.number])}"


def _parameters(one: Issuance) -> list[tuple[str, str]]:
    """Return what CAP has no element for: the plan, the clause of the level, the level in its own words, the reach."""
    if one.withheld:
        return []
    warning = one.warning
    level = warning.level
    named = [
        ("planCode", warning.plan_version.plan.code),
        ("planNumber", warning.plan_version.number),
        ("planClause", clause_label(warning.plan_version, level.clause)),
        ("warningLevel", level_label(level)),
        ("warningColour", level.colour),
        ("warningNumber", warning.number),
        ("responseScope", warning.scope),
    ]
    return [(name, value) for name, value in named if value]


def _fill(parent: etree._Element, pairs: list[tuple[str, str]]) -> None:
    """Add a child per pair; an empty one is left out, since CAP has no empty elements."""
    for name, value in pairs:
        text = _clean(str(value)).strip()
        if text:
            etree.SubElement(parent, _tag(name)).text = text


def _pair(parent: etree._Element, name: str, value_name: str, value: str) -> None:
    _fill(etree.SubElement(parent, _tag(name)), [("valueName", value_name), ("value", value)])


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _clean(text: str) -> str:
    return _NOT_XML.sub("", text)
