"""Writes around posts that no plan lists: a unit's own leader and liaison."""

from __future__ import annotations

from directory.choices import UNIT_KINDS, PostKind
from directory.models import Post, Unit

__all__ = ["unit_post_ensure"]

# The code's ending and the plans' word for each.
_UNIT_POSTS = {PostKind.UNIT_LEADER: ("leader", "分管负责人"), PostKind.UNIT_LIAISON: ("liaison", "联络员")}


def unit_post_ensure(*, unit: Unit, kind: str) -> Post:
    """Return a unit's leader or liaison post (2.1 «分管负责人», 4.2.2.3 «联络员»), made when first asked for.

    ``kind`` must be a unit kind; raises ValueError otherwise. Its code is ``unit:<code>:leader`` or ``:liaison``.
    """
    if kind not in UNIT_KINDS:
        raise ValueError(f"not a unit post: {kind}")
    suffix, label = _UNIT_POSTS[PostKind(kind)]
    post, _ = Post.objects.get_or_create(
        code=f"unit:{unit.code}:{suffix}",
        defaults={"kind": kind, "label": label, "title": f"{unit.name}{label}", "unit": unit},
    )
    return post
