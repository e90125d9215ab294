"""Our own check of a CAP 1.2 document: the schema, the rules it misses, and what this county promises beside.

Known from others' mistakes: warnings that expired before they were sent, updates that name nothing, cancels of
documents nobody issued, times no two programs read alike. Each rule is one function and yields sentences.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from early_warning.cap.build import NAMESPACE
from early_warning.cap.schema import CAP_SCHEMA, parsed, schema_faults
from early_warning.cap.tables import AREA, GEOCODE

__all__ = ["cap_faults"]

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00")
# What the standard forbids in identifier and sender, since references are split at them.
FORBIDDEN = re.compile(r"[\s,<&]")

WORDS = {
    "status": ("Actual", "Exercise"),
    "msgType": ("Alert", "Update", "Cancel"),
    "scope": ("Public", "Restricted", "Private"),
}
INFO_WORDS = {
    "category": ("Security", "Infra", "Other"),
    "responseType": ("Prepare", "Monitor", "AllClear"),
    "urgency": ("Immediate", "Expected", "Future", "Past", "Unknown"),
    "severity": ("Extreme", "Severe", "Moderate", "Minor", "Unknown"),
    "certainty": ("Observed", "Likely", "Possible", "Unlikely", "Unknown"),
}
# In the standard's order, which the schema demands.
ALERT_ORDER = (
    "identifier", "sender", "sent", "status", "msgType", "source", "scope", "restriction", "addresses", "code", "note",
    "references", "incidents", "info",
)  # fmt: skip
INFO_ORDER = (
    "language", "category", "event", "responseType", "urgency", "severity", "certainty", "audience", "eventCode",
    "effective", "onset", "expires", "senderName", "headline", "description", "instruction", "web", "contact",
    "parameter", "resource", "area",
)  # fmt: skip
NEEDED = ("identifier", "sender", "sent", "status", "msgType", "scope", "info")
INFO_NEEDED = (
    "language", "category", "event", "urgency", "severity", "certainty", "senderName", "headline", "contact", "area",
)  # fmt: skip
# What would give away a confidential warning's words.
TELLING = ("description", "instruction", "parameter", "onset", "expires", "resource", "audience", "eventCode")


@dataclass(frozen=True)
class Document:
    """A parsed document, asked by element name."""

    root: etree._Element
    issued: Collection[str] | None

    def text(self, name: str) -> str:
        """Return the text of a child of the alert, or nothing."""
        return _text(self.root, name)

    @property
    def infos(self) -> list[etree._Element]:
        """Return its info blocks."""
        return _children(self.root, "info")


def cap_faults(xml: bytes | str, *, issued: Collection[str] | None = None) -> list[str]:
    """Return every fault of a document in words; none: it may be served.

    ``issued`` are the references («sender,identifier,sent») of the documents that were issued before it: an Update or
    Cancel that names another is faulty. None leaves that one question out.
    """
    body = xml.encode("utf-8") if isinstance(xml, str) else xml
    try:
        root = parsed(body)
    except etree.XMLSyntaxError as error:
        return [f"不是格式良好的 XML：{error.msg}"]
    if root.getroottree().docinfo.doctype:
        return ["不得含有 DOCTYPE。"]
    if root.tag != f"{{{NAMESPACE}}}alert":
        return [f"根元素须为 CAP 1.2 的 alert，不是 {root.tag}。"]
    document = Document(root, issued)
    found = [fault for rule in RULES for fault in rule(document)]
    return [*schema_faults(root, CAP_SCHEMA), *found]


def _is_complete(one: Document) -> Iterator[str]:
    """What this county's documents always have, in the standard's order."""
    yield from _complete(one.root, "alert", NEEDED, ALERT_ORDER)
    for info in one.infos:
        yield from _complete(info, "info", INFO_NEEDED, INFO_ORDER)


def _complete(parent: etree._Element, called: str, needed: tuple[str, ...], order: tuple[str, ...]) -> Iterator[str]:
    names = [_name(child) for child in parent]
    yield from (f"{called} 缺少 {name}。" for name in needed if name not in names)
    yield from (f"{called} 不认得 {name}。" for name in names if name not in order)
    places = [order.index(name) for name in names if name in order]
    if places != sorted(places):
        yield f"{called} 的元素次序不对。"


def _is_nowhere_empty(one: Document) -> Iterator[str]:
    """An element without content says nothing and breaks readers."""
    for element in one.root.iter(etree.Element):
        if not len(element) and not (element.text or "").strip():
            yield f"{_name(element)} 为空。"


def _speaks_known_words(one: Document) -> Iterator[str]:
    """Only the words this county uses of those the standard has."""
    yield from _words(one.root, WORDS)
    for info in one.infos:
        yield from _words(info, INFO_WORDS)


def _words(parent: etree._Element, table: dict[str, tuple[str, ...]]) -> Iterator[str]:
    for name, known in table.items():
        for child in _children(parent, name):
            if (child.text or "") not in known:
                yield f"{name} 不能为「{child.text or ''}」，只用 {'、'.join(known)}。"


def _can_be_named(one: Document) -> Iterator[str]:
    """Identifier and sender without spaces, commas, < and &: references are made of them."""
    for name in ("identifier", "sender"):
        if FORBIDDEN.search(one.text(name)):
            yield f"{name} 不得含有空格、逗号、< 和 &。"


def _times_are_plain(one: Document) -> Iterator[str]:
    """Whole seconds in the county's zone: no «Z», no other offset, no microseconds, and a day that exists."""
    for parent, name in ((one.root, "sent"), *((i, n) for i in one.infos for n in ("effective", "onset", "expires"))):
        for child in _children(parent, name):
            if _moment(child.text or "") is None:
                yield f"{name} 须写作 2026-11-22T03:05:07+08:00（东八区、整秒、不用 Z），不是「{child.text or ''}」。"


def _times_are_in_order(one: Document) -> Iterator[str]:
    """Sent, then effective, then onset, then expires; the same moment will do for the first three."""
    sent = _moment(one.text("sent"))
    for info in one.infos:
        latest, latest_name = sent, "sent"
        for name in ("effective", "onset", "expires"):
            moment = _moment(_text(info, name))
            if moment is None or latest is None:
                continue
            if moment < latest or (name == "expires" and moment == latest):
                yield f"{name} 须晚于 {latest_name}。" if name == "expires" else f"{name} 不得早于 {latest_name}。"
            latest, latest_name = moment, name


def _names_what_it_changes(one: Document) -> Iterator[str]:
    """An Update or Cancel names earlier documents, each of them issued, never itself; an Alert names none."""
    references, message = one.text("references").split(), one.text("msgType")
    if message in ("Update", "Cancel") and not references:
        yield f"{message} 须用 references 指明所调整（终止）的文档。"
    if message == "Alert" and references:
        yield "Alert 是首次发布，不得有 references。"
    if len(set(references)) != len(references):
        yield "references 有重复。"
    for reference in references:
        yield from _reference_faults(one, reference)


def _reference_faults(one: Document, reference: str) -> Iterator[str]:
    parts = reference.split(",")
    if len(parts) != 3 or not parts[0] or not parts[1] or _moment(parts[2]) is None:
        yield f"references 须为「sender,identifier,sent」：{reference}"
        return
    if parts[1] == one.text("identifier"):
        yield "references 不得指向文档自己。"
    sent, earlier = _moment(one.text("sent")), _moment(parts[2])
    if sent and earlier and earlier > sent:
        yield f"references 指向的文档晚于本文档：{reference}"
    if one.issued is not None and reference not in one.issued:
        yield f"references 指向没有发布过的文档：{reference}"


def _says_for_whom(one: Document) -> Iterator[str]:
    """Restricted says under which restriction, Private to whom; neither stands without the other."""
    for scope, companion in (("Restricted", "restriction"), ("Private", "addresses")):
        given = bool(one.text(companion).strip())
        if one.text("scope") == scope and not given:
            yield f"scope 为 {scope} 时须有 {companion}。"
        if one.text("scope") != scope and given:
            yield f"scope 不是 {scope} 时不得有 {companion}。"


def _keeps_confidence(one: Document) -> Iterator[str]:
    """A confidential warning's document tells that there is one, and not a word of it."""
    if one.text("scope") != "Private":
        return
    for info in one.infos:
        yield from (f"按保密要求管理的预警不得有 {name}。" for name in TELLING if _children(info, name))


def _is_no_drill_in_earnest(one: Document) -> Iterator[str]:
    """A drill says so in ``note`` and headline and is never public."""
    if one.text("status") != "Exercise":
        return
    if one.text("scope") == "Public":
        yield "演练不得向社会公开。"
    if not one.text("note"):
        yield "演练须在 note 中写明。"
    if not all(_text(info, "headline").startswith("【演练】") for info in one.infos):
        yield "演练的 headline 须以【演练】开头。"


def _says_what_ends(one: Document) -> Iterator[str]:
    """A Cancel says why, and only a Cancel says all clear; anything else says what threatens."""
    cancel = one.text("msgType") == "Cancel"
    if cancel and not one.text("note"):
        yield "Cancel 须在 note 中写明原因。"
    for info in one.infos:
        clear = any(child.text == "AllClear" for child in _children(info, "responseType"))
        if clear and not cancel:
            yield "只有 Cancel 可以宣布解除（AllClear）。"
        if not cancel and one.text("scope") != "Private" and not _text(info, "description"):
            yield "须有 description。"


def _speaks_chinese_of_this_county(one: Document) -> Iterator[str]:
    """The language, the area and its code, and where to read more."""
    for info in one.infos:
        if _text(info, "language") != "zh-CN":
            yield "language 须为 zh-CN。"
        if not re.match(r"https?://", _text(info, "web")):
            yield "web 须为完整网址。"
        for area in _children(info, "area"):
            codes = [(_text(code, "valueName"), _text(code, "value")) for code in _children(area, "geocode")]
            if _text(area, "areaDesc") != AREA or codes != [GEOCODE]:
                yield f"area 须为{AREA}（{GEOCODE[1]}）。"


RULES: tuple[Callable[[Document], Iterator[str]], ...] = (
    _is_complete,
    _is_nowhere_empty,
    _speaks_known_words,
    _can_be_named,
    _times_are_plain,
    _times_are_in_order,
    _names_what_it_changes,
    _says_for_whom,
    _keeps_confidence,
    _is_no_drill_in_earnest,
    _says_what_ends,
    _speaks_chinese_of_this_county,
)


def _moment(text: str) -> datetime | None:
    if not TIME.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname


def _children(parent: etree._Element, name: str) -> list[etree._Element]:
    return parent.findall(f"{{{NAMESPACE}}}{name}")


def _text(parent: etree._Element, name: str) -> str:
    return parent.findtext(f"{{{NAMESPACE}}}{name}") or ""
