"""From 「网络预案 4.2.1.2」 to its sentence, for every chip on every page.

Clauses of a loaded version do not change, so they are read once per process and version.
"""

from __future__ import annotations

from django.core.cache import cache

from directory.models import Clause, Plan
from yangcheng_ec.clauses import ClauseText

__all__ = ["forget", "resolve"]

CACHE_KEY = "directory.clauses"
CACHE_SECONDS = 300


def resolve(label: str) -> ClauseText | None:
    """Return the clause behind a label «short name + space + ref», or the section it stands in; None if unknown.

    The plan's code may stand for its short name.
    """
    name, _, ref = label.partition(" ")
    known = _all()
    name = next((short for short, (code, _texts) in known.items() if name in (short, code)), "")
    if not name or not ref:
        return None
    plan_code, texts = known[name]
    return ClauseText(plan_code, ref, _nearest(texts, ref), f"{name} {ref}")


def forget() -> None:
    """Forget what was read: after loading a plan."""
    cache.delete(CACHE_KEY)


def _nearest(texts: dict[str, str], ref: str) -> str:
    """Return the text of ``4.2.1.3（2）`` or of the nearest section above that has words."""
    while ref:
        if texts.get(ref):
            return texts[ref]
        ref = ref.rpartition("（")[0] if "（" in ref else ref.rpartition(".")[0]
    return ""


def _all() -> dict[str, tuple[str, dict[str, str]]]:
    known: dict[str, tuple[str, dict[str, str]]] | None = cache.get(CACHE_KEY)
    if known is None:
        known = {plan.short_name: (plan.code, {}) for plan in Plan.objects.all()}
        rows = Clause.objects.filter(version__in_force=True).values_list("version__plan__short_name", "ref", "text")
        for name, ref, text in rows:
            known[name][1][ref] = text
        if known:
            cache.set(CACHE_KEY, known, CACHE_SECONDS)
    return known
