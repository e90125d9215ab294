"""How a plan's call-outs run (叫应): how fast, and by which channels first. All of it is 「非预案规定」."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from directory.models.plans import Plan

__all__ = ["CalloutEdition", "CalloutPolicy"]


class CalloutPolicy(models.Model):
    """A plan's policy for one level, 1 the gravest: minutes between two steps, channels of the first wave.

    It belongs to the plan, not to a version: it is no part of the text. A level without a row follows the default.
    """

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="callout_policies", db_index=False)
    level = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(4)])
    minutes = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(120)])
    first = models.JSONField(default=list)

    class Meta:
        verbose_name = _("叫应规则")
        verbose_name_plural = _("叫应规则")
        ordering = ["plan_id", "level"]
        constraints = [models.UniqueConstraint(fields=["plan", "level"], name="directory_callout_policy_once")]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.level}"


class CalloutEdition(models.Model):
    """One change of a plan's call-out policies: what they were, what they became, who, when and why."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="callout_editions", db_index=False)
    number = models.PositiveIntegerField()
    was = models.JSONField()
    rows = models.JSONField()
    reason = models.CharField(_("理由"), max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    by_post = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("叫应规则的调整")
        verbose_name_plural = _("叫应规则的调整")
        ordering = ["-plan_id", "-number"]
        constraints = [models.UniqueConstraint(fields=["plan", "number"], name="directory_callout_edition_number")]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.number}"
