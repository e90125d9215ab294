"""Reading accounts, for the security administrator."""

from __future__ import annotations

from django.db.models import Prefetch, Q, QuerySet

from directory.models import Appointment, User
from directory.rules import appointments_in_force
from yangcheng_ec.errors import NotVisible
from yangcheng_ec.permissions import Role
from yangcheng_ec.record.models import RecordEntry

__all__ = ["account_get", "account_history", "accounts_listed", "appointments_of", "role_names"]


def accounts_listed(*, query: str = "") -> QuerySet[User]:
    """Return the accounts of people with roles and posts of now, those in use first; machines have their own page."""
    rows = (
        User.objects.filter(service_token__isnull=True)
        .select_related("unit")
        .prefetch_related("groups", Prefetch("appointments", queryset=appointments_in_force(), to_attr="posts_now"))
    )
    if query:
        rows = rows.filter(
            Q(username__icontains=query) | Q(display_name__icontains=query) | Q(unit__name__icontains=query)
        )
    return rows.order_by("-is_active", "display_name", "username")


def account_get(pk: int) -> User:
    """Return one account. Raises NotVisible."""
    found = accounts_listed().filter(pk=pk).first()
    if found is None:
        raise NotVisible()
    return found


def role_names(person: User) -> list[str]:
    """Return the values of the account's roles."""
    return [group.name for group in person.groups.all() if group.name in Role.values]


def appointments_of(person: User) -> QuerySet[Appointment]:
    """Return a person's appointments, newest first."""
    rows = Appointment.objects.filter(user=person).select_related("post__unit", "post__version__plan")
    return rows.order_by("-starts_at")


def account_history(person: User) -> QuerySet[RecordEntry]:
    """Return the record's lines about an account, newest first."""
    return RecordEntry.objects.filter(subject_type="account", subject_id=person.pk).order_by("-id")
