"""From 「网络预案 4.2.1.2」 to its sentence, for every chip on every page.

Clauses of a loaded version do not change, so they are read once per process and version.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.core.cache import cache

from directory.models import Clause, PlanVersion
from yangcheng_ec.clauses import ClauseText

__all__ = ["forget", "resolve"]

CACHE_KEY = "directory.clauses"
CACHE_SECONDS = 300


def resolve(label: str) -> ClauseText | None:
    """Return the clause behind a label «short name and edition + space + ref», or the section it stands in, or None.

    A label names its version for good: 「网络预案 4.1」 stays the first one's when 「网络预案2028版」 is in force. The
    plan's code may stand for it: then the version in force is meant.
    """
    name, _, ref = label.partition(" ")
    if not name or not ref:
        return None
    known = _known(name)
    if known is None:
        return None
    return ClauseText(known.address, ref, _nearest(known.texts, ref), f"{known.cited_as} {ref}")


def forget() -> None:
    """Forget what was read: after loading a plan, or when a version takes force."""
    cache.delete(CACHE_KEY)


@dataclass(frozen=True)
class _Version:
    cited_as: str
    address: str
    texts: dict[str, str]


def _known(name: str) -> _Version | None:
    """Return the version a word stands for. A new edition of a known plan is read at once, by every process."""
    known = _all()
    if name not in known and any(version.cited_as and name.startswith(version.cited_as) for version in known.values()):
        forget()
        known = _all()
    return known.get(name)


def _nearest(texts: dict[str, str], ref: str) -> str:
    """Return the text of ``4.2.1.3（2）`` or of the nearest section above that has words."""
    while ref:
        if texts.get(ref):
            return texts[ref]
        ref = ref.rpartition("（")[0] if "（" in ref else ref.rpartition(".")[0]
    return ""


_kept: tuple[str, dict[str, _Version]] = ("", {})


def _all() -> dict[str, _Version]:
    """Return every issued version by how it is cited, and the one in force by its plan's code too.

    The words stay in this process; the cache holds only the stamp under which they were read, so that a chip costs
    no unpacking of two plans.
    """
    global _kept
    stamp = cache.get(CACHE_KEY)
    if stamp is None or stamp != _kept[0]:
        known = _read()
        stamp = stamp or uuid.uuid4().hex
        _kept = (stamp, known)
        if known:
            cache.set(CACHE_KEY, stamp, CACHE_SECONDS)
    return _kept[1]


def _read() -> dict[str, _Version]:
    texts: dict[int, dict[str, str]] = {}
    rows = Clause.objects.filter(version__stage="").values_list("version_id", "ref", "text")
    for version_id, ref, text in rows.order_by("version_id", "order"):
        texts.setdefault(version_id, {})[ref] = text
    known: dict[str, _Version] = {}
    for version in PlanVersion.objects.filter(stage="").select_related("plan").defer("texts"):
        face = _Version(version.cited_as, version.address, texts.get(version.pk, {}))
        known[version.cited_as] = face
        if version.in_force:
            known[version.plan.code] = face
    return known
