"""Members' own action plans, filed with a plan's office (P4: 「报指挥部办公室备案」)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from directory.choices import FilingState, PaperKind
from directory.models.plans import Plan
from directory.models.units import Unit


class ActionPlan(models.Model):
    """One version of a member's action plan as it was filed; a later one takes its place, none is changed.

    ``review_on`` is the day by which it is to be looked at again (「非预案规定」: as often as the plan itself).
    The file lies under a random name (``stored``) in the private media folder; ``file_name`` is the sender's.
    """

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="action_plans")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="action_plans")
    title = models.CharField(_("文件名称"), max_length=200)
    edition = models.CharField(_("版本或文号"), max_length=60)
    dated_on = models.DateField(_("文件日期"))
    review_on = models.DateField(_("下次复核"))
    note = models.CharField(_("说明"), max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=FilingState.choices, default=FilingState.CURRENT)
    version = models.PositiveIntegerField(default=1)
    stored = models.CharField(max_length=80, blank=True)
    file_name = models.CharField(max_length=120, blank=True)
    file_kind = models.CharField(max_length=8, choices=PaperKind.choices, blank=True)
    file_size = models.PositiveIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    filed_post = models.CharField(max_length=200, blank=True)
    filed_at = models.DateTimeField()
    void_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("行动方案备案")
        verbose_name_plural = _("行动方案备案")
        ordering = ["-filed_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "unit"], condition=Q(state="current"), name="directory_filing_one_current"
            ),
            models.CheckConstraint(condition=Q(review_on__gt=models.F("dated_on")), name="directory_filing_review"),
        ]
        indexes = [models.Index(fields=["plan", "unit", "-filed_at"], name="directory_filing_newest")]

    def __str__(self) -> str:
        return f"{self.title}（{self.edition}）"
