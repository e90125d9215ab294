"""The schemas set-up fetches (``scripts/schemas.sh``), and a parser that opens nothing but what it is given."""

from __future__ import annotations

import threading
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from lxml import etree

__all__ = ["ATOM_SCHEMA", "CAP_SCHEMA", "parsed", "schema_faults"]

FOLDER = Path(settings.VENDOR_STATIC_DIR) / "cap"
CAP_SCHEMA = FOLDER / "CAP-v1.2.xsd"
ATOM_SCHEMA = FOLDER / "atom.xsd"


def parsed(xml: bytes) -> etree._Element:
    """Return the root; raises XMLSyntaxError. No entity is expanded, no file or address opened."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    return etree.fromstring(xml, parser)


def schema_faults(root: etree._Element, path: Path) -> list[str]:
    """Return what a schema has against a document; nothing where the schema is not installed (check W001)."""
    if not path.exists():
        return []
    with _one_at_a_time:
        schema = _schema(path)
        errors = [] if schema.validate(root) else list(schema.error_log)
    return [f"XML Schema 第{error.line}行：{error.message}" for error in errors]


# A schema keeps the errors of its last document: two threads must not share that.
_one_at_a_time = threading.Lock()


@lru_cache(maxsize=2)
def _schema(path: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(path)))
