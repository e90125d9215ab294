"""接报草稿: what a duty officer types while the caller still speaks. A draft is no record until it is filed."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from directory.models import Plan
from incidents.choices import BandColour, DraftState
from incidents.models.cases import Incident

__all__ = ["IntakeDraft", "IntakeDraftHandover"]


class IntakeDraft(models.Model):
    """One call being taken down. ``uuid`` is its address and the key under which it is filed once.

    ``user`` writes it now, ``made_by`` began it; the colleagues of ``office`` (a plan's office) may take it over.
    ``data`` is what stands in the form, as typed; ``saved_page`` the window that saved last. ``other_incident`` is the
    second case when it was filed under both plans. Dropped drafts stay, with who and when.
    """

    uuid = models.UUIDField(unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="intake_drafts")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    office = models.ForeignKey(Plan, on_delete=models.PROTECT, null=True, related_name="+")
    plan = models.CharField(_("预案"), max_length=40, blank=True)
    colour = models.CharField(_("色带"), max_length=10, choices=BandColour.choices)
    name = models.CharField(_("名称"), max_length=120, blank=True)
    data = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=0)
    saved_page = models.CharField(max_length=40, blank=True)
    made_at = models.DateTimeField()
    saved_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=DraftState.choices, default=DraftState.OPEN)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, null=True, related_name="intake_drafts")
    other_incident = models.ForeignKey(Incident, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("接报草稿")
        verbose_name_plural = _("接报草稿")
        ordering = ["-saved_at", "-id"]
        indexes = [
            models.Index(fields=["state", "office", "-saved_at"], name="incidents_draft_office"),
            models.Index(fields=["state", "user", "-saved_at"], name="incidents_draft_user"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=DraftState.FILED) | Q(incident__isnull=False), name="incidents_filed_draft_has_case"
            ),
            models.CheckConstraint(
                condition=Q(state=DraftState.OPEN) | Q(settled_at__isnull=False, settled_by__isnull=False),
                name="incidents_settled_draft_says_who",
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(_("未写名称"))

    @property
    def band(self) -> BandColour:
        """Return the colour band with its name and token."""
        return BandColour(self.colour)


class IntakeDraftHandover(models.Model):
    """A draft passed from one officer to another, for example at the change of shift."""

    draft = models.ForeignKey(IntakeDraft, on_delete=models.PROTECT, related_name="handovers")
    from_user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    to_user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.from_user} → {self.to_user}"
