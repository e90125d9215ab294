"""The outbox as its pages read it: who may look, the sheet of paper, whom a rule can be for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from directory.models import Unit, User
from directory.selectors.numbers import dialled, numbers_by_unit
from yangcheng_ec.deadlines.choices import Channel, DeliveryState
from yangcheng_ec.deadlines.models import ChannelRule, Delivery, Notice, Switch
from yangcheng_ec.deadlines.selectors import CauseProgress, cause_progress, pending_everything
from yangcheng_ec.errors import NotVisible
from yangcheng_ec.permissions import Page, may_open

__all__ = ["SheetRow", "addressees", "fax_get", "progress_of", "rules_listed", "sheet_rows", "switch_of"]


@dataclass
class SheetRow:
    """One line of the sheet of paper: whom to tell what, by which numbers, and where it stands by machine."""

    notice: Notice
    numbers: list[str] = field(default_factory=list)
    states: list[str] = field(default_factory=list)


def sheet_rows() -> list[SheetRow]:
    """Return everything pending, a line per notice: with three statements however much it is."""
    rows: dict[int, SheetRow] = {}
    for delivery in pending_everything():
        row = rows.setdefault(delivery.notice_id, SheetRow(delivery.notice))
        row.states.append(_state(delivery))
        if delivery.channel in (Channel.PHONE, Channel.SMS) and delivery.address:
            row.numbers.append(delivery.address)
    _add_numbers(list(rows.values()))
    return list(rows.values())


def _state(delivery: Delivery) -> str:
    channel = str(Channel(delivery.channel).label)
    if delivery.state == DeliveryState.GIVEN_UP:
        return f"{channel}未能送出"
    return f"{channel}{'可能已到' if delivery.in_doubt else '待办'}"


def _add_numbers(rows: list[SheetRow]) -> None:
    codes = {row.notice.unit_code for row in rows if row.notice.recipient is None and row.notice.unit_code}
    units = dict(Unit.objects.filter(code__in=codes).values_list("code", "pk")) if codes else {}
    known = numbers_by_unit(list(units.values()))
    for row in rows:
        person, unit = row.notice.recipient, units.get(row.notice.unit_code, 0)
        more = [person.mobile] if person is not None else dialled(known.get(unit, []))
        row.numbers = [number for number in dict.fromkeys((*row.numbers, *more)) if number]


def fax_get(user: Any, pk: int) -> Delivery:
    """Return one fax delivery for its printed page. Raises NotVisible."""
    rows = Delivery.objects.filter(channel=Channel.FAX).select_related("notice__head")
    found = rows.filter(pk=pk).first() if may_open(user, Page.CALL_SHEET) else None
    if found is None:
        raise NotVisible()
    return found


def progress_of(user: Any, subject: str, pk: int, kind: str = "") -> CauseProgress:
    """Return a cause's progress for those who see all cases. Raises NotVisible, also where nobody was told."""
    found = cause_progress((subject, pk), [kind] if kind else []) if may_open(user, Page.CASES_ALL) else None
    if found is None or not found.notices:
        raise NotVisible()
    return found


def switch_of(name: str) -> Switch | None:
    """Return a switch as somebody has set it, or None."""
    return Switch.objects.filter(name=name).first()


def rules_listed() -> list[ChannelRule]:
    """Return the rules: for everybody first, then by addressee."""
    return list(ChannelRule.objects.order_by("addressee", "kind"))


def addressees() -> list[tuple[str, str]]:
    """Return whom a rule can be for: (key, label), units first, then people with an account."""
    units = [(f"unit:{code}", name) for code, name in Unit.objects.order_by("name").values_list("code", "name")]
    people = User.objects.filter(is_active=True).select_related("unit").order_by("display_name", "pk")
    return units + [(f"user:{one.pk}", f"{one}（{one.unit}）" if one.unit else str(one)) for one in people]
