"""Editions of a plan's ladder: what reminders and escalation were changed to while the plan is in force."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from directory.choices import LadderRunning
from directory.models.plans import PlanVersion

__all__ = ["LadderEdition"]


class LadderEdition(models.Model):
    """One change of a version's ladder (「非预案规定」): what it was, what it became, who, when and why.

    The version's ``ladder_rungs`` are those of the latest edition; ``PlanVersion.ladder_edition`` is its number.
    ``running`` says whether clocks that ran then keep the ladder they began with; ``settled_at`` is when all of those
    that take this one had done so. Rungs are ``{timed, kind, minutes, audience}``, minutes from the due time or the
    start.
    """

    version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="ladder_editions")
    number = models.PositiveIntegerField()
    was = models.JSONField()
    rungs = models.JSONField()
    running = models.CharField(max_length=8, choices=LadderRunning.choices)
    reason = models.CharField(_("理由"), max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    by_post = models.CharField(max_length=200)
    at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("提醒与升级阶梯的调整")
        verbose_name_plural = _("提醒与升级阶梯的调整")
        ordering = ["-version_id", "-number"]
        constraints = [models.UniqueConstraint(fields=["version", "number"], name="directory_ladder_edition_number")]
        indexes = [models.Index(fields=["running", "at"], name="directory_ladder_edition_due")]

    def __str__(self) -> str:
        return f"{self.version} {self.number}"
