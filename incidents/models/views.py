"""保存的视图: a filter of the case list under a name."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from directory.models import Plan

__all__ = ["SavedView"]


class SavedView(models.Model):
    """One person's named filter. ``query`` is the list's address without 「?」; ``office``: shared with that plan's."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(_("名称"), max_length=30)
    query = models.CharField(max_length=4000)
    office = models.ForeignKey(Plan, on_delete=models.PROTECT, null=True, related_name="+")
    default = models.BooleanField(default=False)
    saved_at = models.DateTimeField()

    class Meta:
        verbose_name = _("保存的视图")
        verbose_name_plural = _("保存的视图")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="incidents_view_name_once"),
            models.UniqueConstraint(fields=["user"], condition=Q(default=True), name="incidents_view_one_default"),
        ]

    def __str__(self) -> str:
        return self.name
