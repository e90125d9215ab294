"""Writes around posts that no plan lists: a unit's own leader and liaison."""

from __future__ import annotations

from collections.abc import Mapping

from directory.choices import UNIT_KINDS, PostKind
from directory.models import Post, Unit

__all__ = ["unit_post_ensure", "unit_posts_ensure"]

# The code's ending and the plans' word for each.
_UNIT_POSTS = {PostKind.UNIT_LEADER: ("leader", "分管负责人"), PostKind.UNIT_LIAISON: ("liaison", "联络员")}


def unit_post_ensure(*, unit: Unit, kind: str) -> Post:
    """Return a unit's leader or liaison post (2.1 «分管负责人», 4.2.2.3 «联络员»), made when first asked for.

    ``kind`` must be a unit kind; raises ValueError otherwise. Its code is ``unit:<code>:leader`` or ``:liaison``.
    """
    if kind not in UNIT_KINDS:
        raise ValueError(f"not a unit post: {kind}")
    made = _unit_post(unit, kind)
    values = {name: getattr(made, name) for name in ("kind", "label", "title", "unit")}
    return Post.objects.get_or_create(code=made.code, defaults=values)[0]


def unit_posts_ensure(*, wanted: Mapping[str, tuple[Unit, str]]) -> None:
    """Make those of the unit posts (code → unit and kind) that are not there, with one statement."""
    Post.objects.bulk_create([_unit_post(unit, kind) for unit, kind in wanted.values()], ignore_conflicts=True)


def _unit_post(unit: Unit, kind: str) -> Post:
    suffix, label = _UNIT_POSTS[PostKind(kind)]
    return Post(code=f"unit:{unit.code}:{suffix}", kind=kind, label=label, title=f"{unit.name}{label}", unit=unit)
