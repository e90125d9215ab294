"""People. A user is a named person; authority comes from appointments, never from the account."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager as DjangoUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from directory.choices import ROLE_OF_POST


class UserManager(DjangoUserManager["User"]):
    """The ordinary user manager under our own name, so migrations stay ours."""


class User(AbstractUser):
    """A named person with an account. ``unit`` is where the person works."""

    display_name = models.CharField(_("姓名"), max_length=60)
    mobile = models.CharField(_("手机"), max_length=20, blank=True)
    unit = models.ForeignKey(
        "directory.Unit", on_delete=models.PROTECT, null=True, blank=True, related_name="users", verbose_name=_("单位")
    )
    demo = models.BooleanField(_("演示账号"), default=False)

    objects: ClassVar[UserManager] = UserManager()
    # The monitoring system whose token this request carried (``directory.api.service_auth``); people have none.
    service: Any = None
    _group_rows: list[tuple[int, str]] | None = None

    class Meta:
        verbose_name = _("用户")
        verbose_name_plural = _("用户")

    def __str__(self) -> str:
        return self.display_name or self.username

    @property
    def post_labels(self) -> list[str]:
        """Return the posts the person holds now, each once, read once per request."""
        from directory.rules import post_label

        return list(dict.fromkeys(post_label(row) for row in self._held()))

    @property
    def role_names(self) -> frozenset[str]:
        """Return the roles the account has now: a post's role ends with the appointment, not with the group."""
        rows = self._group_rows = list(self.groups.values_list("pk", "name"))
        groups = frozenset(name for _, name in rows)
        of_posts = groups & frozenset(ROLE_OF_POST.values())
        if not of_posts:
            return groups
        return (groups - of_posts) | (of_posts & {ROLE_OF_POST[row.post.kind] for row in self._held()})

    @property
    def group_ids(self) -> list[int]:
        """Return the ids of the account's groups, read once per request: who sees which object is granted to them."""
        if self._group_rows is None:
            self._group_rows = list(self.groups.values_list("pk", "name"))
        return [pk for pk, _ in self._group_rows]

    @property
    def held_known(self) -> list[Any] | None:
        """Return the appointments in force if this request has read them, else None."""
        return getattr(self, "_held_rows", None)

    def _held(self) -> list[Any]:
        """Return the appointments in force, read once per request."""
        from directory.rules import appointments_in_force

        rows: list[Any] | None = getattr(self, "_held_rows", None)
        if rows is None:
            rows = self._held_rows = list(appointments_in_force().filter(user=self))
        return rows

    def get_full_name(self) -> str:
        """Return the person's name."""
        return str(self)
