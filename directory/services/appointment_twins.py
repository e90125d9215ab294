"""A person holds a post of the plan, not of one print of it: appointments under every version of a plan.

A case that runs under an earlier version is decided by whoever holds the post now; a new version is decided from
its first second by whoever held the post before. So each appointment to a plan's post has a twin under every
other issued version, and ends with them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet

from directory.choices import AppointmentState
from directory.models import Appointment, PlanVersion, Post

__all__ = ["appointment_spread", "appointment_twins", "appointments_carry"]


def appointments_carry(*, old: PlanVersion, new: PlanVersion, at: datetime) -> list[Appointment]:
    """Give everybody who holds a post of ``old`` at this time, or later, the same post of ``new``; return the rows.

    The new row keeps nature, document, scope and end, and who entered and confirmed it. The old one stays: running
    cases need it. A post that ``new`` does not have carries nobody.
    """
    posts = {(post.kind, post.ordinal): post for post in new.posts.all()}
    rows = Appointment.objects.filter(post__version=old, state=AppointmentState.CONFIRMED)
    standing = rows.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at)).select_related("post", "user").order_by("pk")
    pairs = [(row, posts.get((row.post.kind, row.post.ordinal))) for row in standing]
    made = [_twin(row, post, at) for row, post in pairs if post is not None]
    return Appointment.objects.bulk_create(made)


def appointment_spread(row: Appointment, *, at: datetime) -> list[Appointment]:
    """Give the holder the same post under the plan's other issued versions; return the rows."""
    held = set(appointment_twins(row, at=at).values_list("post_id", flat=True))
    made = [_twin(row, post, at) for post in _twin_posts(row.post) if post.pk not in held]
    return Appointment.objects.bulk_create(made)


def appointment_twins(row: Appointment, *, at: datetime) -> QuerySet[Appointment]:
    """Return the standing appointments of the same person, in the same way, to the same post of other versions."""
    rows = Appointment.objects.filter(user=row.user_id, nature=row.nature, post__in=_twin_posts(row.post))
    standing = rows.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at))
    return standing.filter(state=AppointmentState.CONFIRMED).select_related("post")


def _twin_posts(post: Post) -> Iterable[Post]:
    if post.version is None:
        return Post.objects.none()
    same = Post.objects.filter(version__plan=post.version.plan_id, kind=post.kind, ordinal=post.ordinal)
    return same.filter(version__stage="").exclude(pk=post.pk)


def _twin(row: Appointment, post: Post, at: datetime) -> Appointment:
    return Appointment(
        user=row.user,
        post=post,
        nature=row.nature,
        document=row.document,
        scope=row.scope,
        starts_at=max(row.starts_at, at),
        ends_at=row.ends_at,
        state=row.state,
        entered_by_id=row.entered_by_id,
        entered_at=row.entered_at,
        confirmed_by_id=row.confirmed_by_id,
        confirmed_at=row.confirmed_at,
        note=f"同一预案各版本任职一致（原任职第{row.pk}号）",
    )
