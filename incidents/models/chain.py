"""The chain of reports: reopened after a final report, and the rhythm its follow-ups are asked for in."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from incidents.models.cases import Incident, Report

__all__ = ["ChainReopening", "ReportRhythm"]


class ChainReopening(models.Model):
    """Why reports go on after a 终报 that was sent (「非预案规定」). One final report is reopened once."""

    final = models.OneToOneField(Report, on_delete=models.PROTECT, related_name="reopening")
    reason = models.CharField(_("理由"), max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    by_post = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("续报恢复")
        verbose_name_plural = _("续报恢复")

    def __str__(self) -> str:
        return f"{self.final_id} {self.reason}"


class ReportRhythm(models.Model):
    """When the office is reminded of the next 续报 of a case that is being responded to (「非预案规定」).

    ``next_at`` None: nothing is due (no response runs, or the chain is closed). The sweep reads it; no message does.
    """

    incident = models.OneToOneField(Incident, on_delete=models.PROTECT, related_name="rhythm")
    since = models.DateTimeField()
    next_at = models.DateTimeField(null=True)
    reminded = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("续报提醒")
        verbose_name_plural = _("续报提醒")
        indexes = [
            models.Index(fields=["next_at"], condition=Q(next_at__isnull=False), name="incidents_rhythm_due"),
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} {self.next_at}"
