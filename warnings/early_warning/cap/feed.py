"""The Atom feed (RFC 4287) of issued documents: one entry per document, as readers of CAP feeds expect."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

from django.conf import settings
from django.urls import reverse
from lxml import etree

from early_warning.cap.choices import CapMessage, CapScope, CapStatus
from early_warning.cap.models import CapDocument
from early_warning.cap.times import cap_time

__all__ = ["ATOM", "ATOM_TYPE", "CAP_TYPE", "atom_xml"]

ATOM = "http://www.w3.org/2005/Atom"
ATOM_TYPE = "application/atom+xml"
CAP_TYPE = "application/cap+xml"
AUTHOR = "阳城县应急指挥系统"
# A feed must say when it changed last, also while there is nothing in it.
NOTHING_SINCE = datetime(2026, 1, 1, tzinfo=UTC)


def atom_xml(documents: Sequence[CapDocument], *, public: bool) -> bytes:
    """Return the feed. ``public`` says whether it is the one everybody reads; the others' has an id of its own."""
    feed = etree.Element(_tag("feed"), nsmap={None: ATOM})
    _add(feed, "id", _identity("public" if public else "inside"))
    _add(feed, "title", "阳城县预警信息" if public else "阳城县预警信息（含内部掌握）")
    _add(feed, "updated", cap_time(documents[0].sent if documents else NOTHING_SINCE))
    _add(etree.SubElement(feed, _tag("author")), "name", AUTHOR)
    _link(feed, "self", ATOM_TYPE, reverse("api-warnings-feed"))
    _link(feed, "alternate", "text/html", reverse("public-warnings" if public else "warnings"))
    for document in documents:
        _entry(feed, document)
    body: bytes = etree.tostring(feed, encoding="utf-8", xml_declaration=True)
    return body


def _entry(feed: etree._Element, document: CapDocument) -> None:
    entry = etree.SubElement(feed, _tag("entry"))
    _add(entry, "id", _identity(document.reference))
    _add(entry, "title", document.headline)
    _add(entry, "updated", cap_time(document.sent))
    _add(entry, "published", cap_time(document.sent))
    _add(etree.SubElement(entry, _tag("author")), "name", AUTHOR)
    number = document.warning.number
    _link(entry, "enclosure", CAP_TYPE, reverse("api-warning-cap-document", args=[number, document.identifier]))
    everybody = document.scope == CapScope.PUBLIC and document.status == CapStatus.ACTUAL
    _link(entry, "alternate", "text/html", reverse("public-warning" if everybody else "warning", args=[number]))
    message, status = CapMessage(document.message), CapStatus(document.status)
    etree.SubElement(entry, _tag("category"), term=message.value, label=str(message.label))
    etree.SubElement(entry, _tag("category"), term=status.value, label=str(status.label))
    _add(entry, "summary", document.headline)


def _identity(name: str) -> str:
    """Return an id that stays the same for ever, wherever the system is served from."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"cap:{settings.CAP_SENDER}:{name}").urn


def _add(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, _tag(name)).text = text


def _link(parent: etree._Element, rel: str, kind: str, path: str) -> None:
    etree.SubElement(parent, _tag("link"), rel=rel, type=kind, href=f"{settings.SITE_URL.rstrip('/')}{path}")


def _tag(name: str) -> str:
    return f"{{{ATOM}}}{name}"
