"""The first people of a real installation: nobody is there yet to enter and to confirm them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from directory.models import Post, User
from directory.services.accounts import AccountInput, account_found
from directory.services.appointments import AppointmentInput, appointment_found
from yangcheng_ec.clock import database_now
from yangcheng_ec.errors import BadInput, WrongState
from yangcheng_ec.permissions import Role

__all__ = ["FOUNDING_ROLES", "Founder", "check_unfounded", "founders_create", "founding_posts"]

# Four people, of whom the first three are never the same (三员分立).
FOUNDING_ROLES = (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR, Role.DIRECTORY_ADMIN)


@dataclass(frozen=True)
class Founder:
    """One of the first people: an administrative role, or posts by their codes."""

    username: str
    display_name: str
    mobile: str = ""
    role: str = ""
    posts: tuple[str, ...] = ()


def founding_posts() -> list[Post]:
    """Return the posts of the plans in force that the first holders may take."""
    rows = Post.objects.filter(version__in_force=True).select_related("version__plan", "unit")
    return list(rows.order_by("-version__plan__code", "pk"))


def check_unfounded() -> None:
    """Raise WrongState when this is no fresh installation: demo accounts, or a system administrator already."""
    if not settings.DEMO_ACCOUNTS_ALLOWED and User.objects.filter(demo=True).exists():
        raise WrongState("库中有演示账号，不能用于正式运行。请换一个空的数据库再执行。")
    if User.objects.filter(groups__name=Role.SYSTEM_ADMIN, demo=False).exists():
        raise WrongState("已经设置过。以后的账号由安全管理员在「账号」页办理，任职在「任职」页办理。")


@transaction.atomic
def founders_create(*, founders: Sequence[Founder], by: str) -> list[tuple[User, str]]:
    """Make the first accounts and appointments, all or none; return each user with the temporary password.

    All four administrative roles must be filled, each by another person. Raises WrongState (set up already) or
    BadInput with the person's log-in name in the message.
    """
    check_unfounded()
    missing = [str(role.label) for role in FOUNDING_ROLES if role not in {one.role for one in founders}]
    if missing:
        raise BadInput(f"还缺：{'、'.join(missing)}。")
    return [_found(founder, by) for founder in founders]


def _found(founder: Founder, by: str) -> tuple[User, str]:
    roles = [founder.role] if founder.role else []
    entry = AccountInput(founder.username, founder.display_name, mobile=founder.mobile, roles=roles)
    try:
        person, password = account_found(entry=entry)
        for code in founder.posts:
            appointed = AppointmentInput(person.pk, code, "tenure", database_now())
            appointment_found(entry=appointed, by=by)
    except BadInput as error:
        words = "；".join(text for texts in error.fields.values() for text in texts) or error.message
        raise BadInput(f"{founder.username}：{words}") from error
    return person, password
