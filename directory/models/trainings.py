"""Training of a plan: when, about what, who, how many, with what proof (cyber 6.7; comms 6.1, 6.9)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from directory.models.plans import Plan
from directory.models.units import Unit


class Training(models.Model):
    """One training held by a plan's office (``unit`` null) or by a member unit for its own people.

    Corrected in place, with what stood there kept in the record; ``void_reason`` says why one entered by mistake no
    longer counts.
    """

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="trainings")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="trainings")
    held_on = models.DateField(_("日期"))
    subject = models.CharField(_("培训内容"), max_length=200)
    attendees = models.CharField(_("参加人员"), max_length=300)
    headcount = models.PositiveIntegerField(_("人数"))
    proof = models.CharField(_("依据"), max_length=500)
    version = models.PositiveIntegerField(default=1)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    entered_post = models.CharField(max_length=200, blank=True)
    entered_at = models.DateTimeField()
    void_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("培训记录")
        verbose_name_plural = _("培训记录")
        ordering = ["-held_on", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "unit", "held_on", "subject"],
                condition=Q(void_reason="", unit__isnull=False),
                name="directory_training_of_unit_once",
            ),
            models.UniqueConstraint(
                fields=["plan", "held_on", "subject"],
                condition=Q(void_reason="", unit__isnull=True),
                name="directory_training_of_office_once",
            ),
            models.CheckConstraint(condition=Q(headcount__gte=1), name="directory_training_somebody"),
        ]
        indexes = [models.Index(fields=["plan", "-held_on", "-id"], name="directory_training_newest")]

    def __str__(self) -> str:
        return f"{self.held_on} {self.subject}"

    @property
    def held_by(self) -> str:
        """Return who held it."""
        return self.unit.name if self.unit is not None else str(_("指挥部办公室"))
