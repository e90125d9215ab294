"""Entering a list of appointments at once, with the checks, rows and lines of ``appointment_enter``.

Each is a plain 任职 that waits for the second person; 代行 and 授权 need their document and are entered one by one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from directory.choices import Nature, PostKind
from directory.models import Appointment, Post, Unit, User
from directory.services.appointment_writing import (
    SEPARATED,
    STANDING,
    AppointmentInput,
    appointment_built,
    appointment_line,
    appointment_words,
    confirmers_tell,
    overlap_words,
    problems_of_time,
    separated_words,
)
from directory.services.plans import unit_posts_ensure
from directory.services.standing import actor_as_role, directory_head
from yangcheng_ec.access import require_page
from yangcheng_ec.bulk import bulk_insert
from yangcheng_ec.clock import database_now
from yangcheng_ec.errors import BadInput, Forbidden
from yangcheng_ec.permissions import Page, Role
from yangcheng_ec.record.services import record_append_many

__all__ = ["Standing", "appointments_enter"]

UNIT_POSTS = {"leader": PostKind.UNIT_LEADER, "liaison": PostKind.UNIT_LIAISON}


@dataclass
class Standing:
    """What stands in the way of appointments, read once: who is of the 三员, what is held or waits. Two statements."""

    now: datetime
    separated: dict[int, set[str]]
    held: dict[tuple[int, str], list[Appointment]]

    @classmethod
    def read(cls, now: datetime) -> Standing:
        """Read it."""
        separated: dict[int, set[str]] = defaultdict(set)
        for pk, name in User.objects.filter(groups__name__in=SEPARATED).values_list("pk", "groups__name"):
            separated[pk] |= {name} & set(SEPARATED)
        rows = Appointment.objects.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now), state__in=STANDING)
        held: dict[tuple[int, str], list[Appointment]] = defaultdict(list)
        related = ("user", "post__unit", "post__version__plan")
        for row in rows.select_related(*related).defer("post__version__texts").order_by("starts_at", "pk"):
            held[row.user_id, row.post.code].append(row)
        return cls(now, separated, held)

    def problem(self, row: Appointment) -> tuple[str, str]:
        """Return (field, words) of what stands against a row that is entered now; empty when nothing does."""
        if row.user_id in self.separated:
            return "person", separated_words(row.user, self.separated[row.user_id])
        for field, words in problems_of_time(row, self.now).items():
            return field, words[0]
        other = next((one for one in self.held[row.user_id, row.post.code] if _overlap(one, row)), None)
        return ("starts_at", overlap_words(other)) if other is not None else ("", "")


def _overlap(one: Appointment, other: Appointment) -> bool:
    begins_before = one.ends_at is None or other.starts_at < one.ends_at
    return begins_before and (other.ends_at is None or one.starts_at < other.ends_at)


@transaction.atomic
def appointments_enter(*, user: Any, entries: Sequence[AppointmentInput], source: str) -> list[Appointment]:
    """Enter a list of appointments, all or none; they authorise nothing until somebody else confirms each.

    As ``appointment_enter``: never for oneself, nobody of the 三员, none twice; the security administrators get one
    notice for the list, named by ``source``. Raises Forbidden, BadInput.
    """
    require_page(user, Page.APPOINTMENT_ENTER)
    head = directory_head()
    if any(entry.person_id == user.pk for entry in entries):
        raise Forbidden("不能为自己录入任职，请由另一人录入。")
    now = database_now()
    rows = _rows(entries)
    _check(rows, Standing.read(now))
    for row in rows:
        row.entered_by, row.entered_at = user, now
    bulk_insert(rows)
    actor = actor_as_role(user, Role.DIRECTORY_ADMIN)
    texts = [f"录入{appointment_words(row)}，待复核（{source}）" for row in rows]
    lines = [appointment_line(row, "entered", text, actor) for row, text in zip(rows, texts, strict=True)]
    record_append_many([(head, line) for line in lines])
    if rows:
        confirmers_tell(
            head, f"待复核：{source}，{len(rows)} 项任职", dedupe=f"appointments:{rows[0].pk}-{rows[-1].pk}"
        )
    return rows


def _rows(entries: Sequence[AppointmentInput]) -> list[Appointment]:
    posts = _posts({entry.post_code for entry in entries})
    people = User.objects.filter(is_active=True).in_bulk({entry.person_id for entry in entries})
    for entry in entries:
        if entry.nature != Nature.TENURE:
            raise BadInput("代行、授权须附依据文件，请逐项录入。", fields={"nature": ["只能是任职。"]})
        if entry.person_id not in people or entry.post_code not in posts:
            raise BadInput("任职没有保存，请更正。", fields={"person": ["名单里有停用的账号或没有的职务。"]})
    return [appointment_built(people[entry.person_id], posts[entry.post_code], entry) for entry in entries]


def _posts(codes: Iterable[str]) -> dict[str, Post]:
    """Return the posts by code; those of units are made when first needed."""
    codes = set(codes)
    rows = Post.objects.select_related("unit", "version__plan").defer("version__texts")
    found = rows.in_bulk(codes, field_name="code")
    parts = {code: code.split(":") for code in codes - set(found)}
    units = Unit.objects.in_bulk({part[1] for part in parts.values() if part[0] == "unit"}, field_name="code")
    wanted = {
        code: (units[part[1]], UNIT_POSTS[part[2]])
        for code, part in parts.items()
        if len(part) == 3 and part[1] in units and part[2] in UNIT_POSTS
    }
    if wanted:
        unit_posts_ensure(wanted=wanted)
        found |= rows.in_bulk(wanted, field_name="code")
    return found


def _check(rows: Sequence[Appointment], standing: Standing) -> None:
    """Raise BadInput for the first that cannot stand, be it against another of the list."""
    for row in rows:
        field, words = standing.problem(row)
        if words:
            raise BadInput(f"任职没有保存：{row.user}，{words}", fields={field: [words]})
        standing.held[row.user_id, row.post.code].append(row)
