"""每日零报告: each unit's daily return to a plan's office, and the office's own (「非预案规定」)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from directory.models import Plan, Unit

__all__ = ["DailyReturn", "ReturnReminder"]


class DailyReturn(models.Model):
    """How many events there were on one day; 0 is 零报告. ``unit`` None is the plan's office itself.

    A correction keeps the row and counts ``version`` up; the record keeps what stood there before.
    """

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="daily_returns")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    date = models.DateField(_("日期"))
    count = models.PositiveSmallIntegerField(_("事件数"))
    note = models.CharField(_("说明"), max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    filed_as = models.CharField(max_length=200, blank=True)
    filed_at = models.DateTimeField()
    late_entry = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("每日零报告")
        verbose_name_plural = _("每日零报告")
        ordering = ["-date", "plan_id", "unit_id"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "date", "unit"], name="incidents_return_once"),
            models.UniqueConstraint(
                fields=["plan", "date"], condition=Q(unit__isnull=True), name="incidents_return_office_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.unit_id} {self.count}"


class ReturnReminder(models.Model):
    """That the units which had not returned were reminded on a day: once per plan and day, whoever sweeps."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+")
    date = models.DateField()
    at = models.DateTimeField()
    told = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "date"], name="incidents_return_reminded_once")]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.date}"
