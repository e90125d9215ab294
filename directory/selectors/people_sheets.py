"""People and posts as they go out to a sheet: who holds what now or later, and what waits for the second person."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from directory.choices import AppointmentState
from directory.models import Appointment
from directory.selectors.contacts import mobile_shown
from directory.sheets.terms import term_text
from yangcheng_ec.clock import database_now
from yangcheng_ec.permissions import Page, may_open

__all__ = ["PEOPLE_COLUMNS", "people_rows"]

# The headers that import reads back, each with its width; mobiles and states it leaves out.
PEOPLE_COLUMNS = {
    "单位": 34, "姓名": 14, "职务": 24, "预案": 14, "预案职务": 44, "任职方式": 12, "任职起止": 40, "账号": 18,
    "本人手机（不导入）": 20, "状态": 12,
}  # fmt: skip

STANDS = (AppointmentState.ENTERED, AppointmentState.CONFIRMED)


def people_rows(user: Any) -> list[tuple[str, ...]]:
    """Return the standing appointments of the plans in force and of the units, one row each, with one statement.

    Mobiles are masked as everywhere; accounts are for those who enter appointments or keep accounts.
    """
    of_now = Q(post__version__isnull=True) | Q(post__version__in_force=True)
    not_over = Q(ends_at__isnull=True) | Q(ends_at__gt=database_now())
    rows = Appointment.objects.filter(of_now, not_over, state__in=STANDS, user__is_active=True)
    rows = rows.select_related("user__unit", "post__unit", "post__version__plan").defer("post__version__texts")
    accounts = may_open(user, Page.APPOINTMENT_ENTER) or may_open(user, Page.ACCOUNTS)
    order = ("-post__version__plan__code", "post__unit__order", "post__kind", "post__ordinal", "starts_at", "pk")
    return [_row(user, row, accounts) for row in rows.order_by(*order)]


def _row(user: Any, row: Appointment, accounts: bool) -> tuple[str, ...]:
    version = row.post.version
    unit = row.user.unit if version is not None else row.post.unit
    return (
        unit.name if unit else "", row.user.display_name, row.title,
        version.plan.short_name if version else "", str(row.post) if version else row.post.label,
        str(row.get_nature_display()), term_text(row.starts_at, row.ends_at),
        row.user.username if accounts else "", mobile_shown(user, row.user), str(row.get_state_display()),
    )  # fmt: skip
