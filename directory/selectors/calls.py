"""The call sheet and the inbox as their pages read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone

from directory.models import Unit
from directory.selectors.conflicts import Conflict, conflict_pairs, pairs_by_code
from directory.selectors.contacts import numbers_of_unit
from directory.selectors.numbers import dialled, numbers_by_unit
from directory.services.signatures import known_numbers
from yangcheng_ec.callout.choices import CalloutState
from yangcheng_ec.callout.models import CalloutNotice
from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.choices import BY_HAND, Channel
from yangcheng_ec.deadlines.models import CallAttempt, Delivery, Notice
from yangcheng_ec.deadlines.selectors import call_sheet, inbox_of
from yangcheng_ec.errors import NotVisible
from yangcheng_ec.permissions import Page, may_open

__all__ = [
    "CallCard",
    "call_card",
    "call_get",
    "call_next",
    "calls_done_since",
    "calls_printed",
    "calls_queued",
    "calls_total",
    "cases_of",
    "inbox_listed",
    "inbox_unconfirmed",
    "midnight",
    "notice_get",
]

# As many as one screen and the choice of the next call need.
QUEUE_READ = 500


@dataclass(frozen=True)
class CallCard:
    """One call to make: whom, on which number, which other numbers, what was tried so far.

    ``pair`` where the plans print unequal numbers for the unit.
    """

    delivery: Delivery
    name: str
    post: str
    number: str
    alternates: list[str]
    tried: list[CallAttempt]
    pair: Conflict | None = None

    @property
    def fax(self) -> bool:
        """Return whether it is faxed instead of spoken."""
        return self.delivery.channel == Channel.FAX

    @property
    def notice(self) -> Notice:
        """Return what is to be told."""
        return self.delivery.notice

    @property
    def numbers(self) -> list[str]:
        """Return every known number, the first to dial first."""
        return [number for number in (self.number, *self.alternates) if number]


def calls_visible_to(user: Any) -> QuerySet[Delivery]:
    """Return the calls and faxes of the cases the user may see: callers sit in a command's office."""
    rows = Delivery.objects.filter(channel__in=BY_HAND).select_related(
        "notice__head", "notice__recipient", "notice__asks__callout__cause"
    )
    return rows if may_open(user, Page.CALL_SHEET) and may_open(user, Page.CASES_ALL) else rows.none()


def calls_queued(user: Any, case: str = "") -> list[Delivery]:
    """Return the calls still to be made: urgent first, those tried a moment ago after those not yet due."""
    if not (may_open(user, Page.CALL_SHEET) and may_open(user, Page.CASES_ALL)):
        return []
    rows = call_sheet()
    if case:
        rows = rows.filter(notice__head__key=case)
    now = database_now()
    return sorted(rows[:QUEUE_READ], key=lambda row: row.next_try_at > now)


def calls_printed(user: Any, case: str = "") -> list[CallCard]:
    """Return every call still to be made with its numbers, for the sheet on paper; a fixed number of statements."""
    rows = calls_queued(user, case)
    codes = {row.notice.unit_code for row in rows}
    units = dict(Unit.objects.filter(code__in=codes).values_list("code", "pk"))
    numbers = numbers_by_unit(list(units.values()))
    return [_printed(row, dialled(numbers.get(units.get(row.notice.unit_code, 0), []))) for row in rows]


def _printed(row: Delivery, of_unit: Sequence[str]) -> CallCard:
    name, _, rest = row.notice.recipient_label.partition("（")
    numbers = list(dict.fromkeys(number for number in (row.address, *of_unit) if number))
    first = numbers[0] if numbers else ""
    return CallCard(row, name, rest.removesuffix("）"), first, numbers[1:], [])


def calls_total(user: Any, read: Sequence[Delivery], case: str = "") -> int:
    """Return how many calls are still to be made, counted only where more wait than were read."""
    if len(read) < QUEUE_READ:
        return len(read)
    rows = call_sheet()
    return rows.filter(notice__head__key=case).count() if case else rows.count()


def call_get(user: Any, pk: int) -> Delivery:
    """Return one call of the sheet, made or not. Raises NotVisible."""
    found = calls_visible_to(user).filter(pk=pk).first()
    if found is None:
        raise NotVisible()
    return found


def call_next(queued: list[Delivery], after: int | None = None) -> Delivery | None:
    """Return the next call to make, passing over the one just tried unless it is the only one."""
    others = [row for row in queued if row.pk != after]
    return next(iter(others or queued), None)


def call_card(delivery: Delivery) -> CallCard:
    """Return the card of a call: the directory's other numbers for the same person or unit stand below.

    The number chosen when the call was queued comes first, unless another was ruled on since.
    """
    notice = delivery.notice
    fax = delivery.channel == Channel.FAX
    known = [] if fax else _numbers_of(notice)
    pair = None if fax or notice.recipient else pairs_by_code(conflict_pairs()).get(notice.unit_code)
    ruled = pair.chosen.value if pair and pair.chosen else ""
    first = ruled or delivery.address or (known[0] if known else "")
    others = [delivery.address, *known] if ruled else known
    name, _, rest = notice.recipient_label.partition("（")
    return CallCard(
        delivery=delivery,
        name=name,
        post=rest.removesuffix("）"),
        number=first,
        alternates=[number for number in dict.fromkeys(others) if number and number != first],
        tried=list(delivery.calls.select_related("caller")),
        pair=pair,
    )


def _numbers_of(notice: Notice) -> list[str]:
    if notice.recipient is not None:
        return known_numbers(notice.recipient)
    return numbers_of_unit(notice.unit_code) if notice.unit_code else []


def calls_done_since(user: Any, since: datetime, case: str = "") -> QuerySet[CallAttempt]:
    """Return the calls made since a time, newest first."""
    rows = CallAttempt.objects.filter(delivery__in=calls_visible_to(user), called_at__gte=since)
    if case:
        rows = rows.filter(delivery__notice__head__key=case)
    return rows.select_related("delivery__notice__head", "caller").order_by("-called_at", "-id")


def midnight() -> datetime:
    """Return the start of today in Asia/Shanghai."""
    return timezone.localtime(database_now()).replace(hour=0, minute=0, second=0, microsecond=0)


def _asked() -> Exists:
    """Return whether a notice still asks for a confirmation."""
    return Exists(CalloutNotice.objects.filter(notice=OuterRef("pk"), callout__state=CalloutState.OPEN))


def inbox_unconfirmed(user: Any) -> int:
    """Return how many of a user's notices still ask for a confirmation."""
    return CalloutNotice.objects.filter(notice__recipient=user, callout__state=CalloutState.OPEN).count()


def inbox_listed(user: Any, *, unread_only: bool = False) -> QuerySet[Notice]:
    """Return a user's notices: unconfirmed first, then unread and urgent, then unread, the rest, each newest first.

    ``unread_only`` leaves out what was read, unless it still asks for a confirmation.
    """
    rows = inbox_of(user).select_related("head", "asks__callout").annotate(asked=_asked())
    if unread_only:
        rows = rows.filter(Q(opened_at__isnull=True) | Q(asked=True))
    unread = Case(When(opened_at__isnull=True, then=Value(0)), default=Value(1), output_field=IntegerField())
    pressing = Case(
        When(opened_at__isnull=True, settled_at__isnull=True, urgent=True, then=Value(0)),
        default=Value(1),
        output_field=IntegerField(),
    )
    return rows.order_by("-asked", pressing, unread, "-created_at", "-id")


def notice_get(user: Any, pk: int) -> Notice:
    """Return one of the user's own notices. Raises NotVisible."""
    found = inbox_of(user).select_related("head").filter(pk=pk).first()
    if found is None:
        raise NotVisible()
    return found


def cases_of(queued: list[Delivery]) -> list[tuple[str, str]]:
    """Return the cases that still have calls, as (number, title of one notice)."""
    found: dict[str, str] = {}
    for row in queued:
        if row.notice.head is not None:
            found.setdefault(row.notice.head.key, row.notice.title)
    return list(found.items())
