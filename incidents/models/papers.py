"""Papers that take longer than a page does: asked for, rendered by a worker, kept as a file (ADR 0014)."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from incidents.choices import PAPER_LIVE, PaperKind, PaperState
from incidents.models.cases import Incident


class PaperJob(models.Model):
    """One paper somebody asked for. The row is the truth: a worker that died loses nothing, the row is taken up again.

    ``serial`` is the report's number in the case, 0 for a paper of the whole case. ``attempt`` counts the tries; only
    the try that holds the number may end it. ``touched_at`` is the last sign of life. ``record_seq`` and
    ``record_hash`` are the end of the case's record that the paper prints.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=12, choices=PaperKind.choices)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="paper_jobs", db_index=False)
    serial = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=10, choices=PaperState.choices, default=PaperState.QUEUED)
    attempt = models.PositiveSmallIntegerField(default=1)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    touched_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    progress = models.CharField(max_length=60, blank=True)
    error = models.CharField(max_length=300, blank=True)
    record_seq = models.PositiveIntegerField(default=0)
    record_hash = models.CharField(max_length=64, blank=True)
    stored = models.CharField(max_length=40, blank=True)
    pages = models.PositiveIntegerField(default=0)
    size = models.PositiveIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("文书")
        verbose_name_plural = _("文书")
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "kind", "serial", "asked_by"],
                condition=models.Q(state__in=PAPER_LIVE),
                name="incidents_paper_one_live",
            )
        ]
        indexes = [models.Index(fields=["incident", "kind", "-asked_at"], name="incidents_paper_asked")]

    def __str__(self) -> str:
        return f"{self.label} {self.incident_id}/{self.serial}"

    @property
    def label(self) -> str:
        """Return what the paper is called, also one that an upper app prints."""
        from incidents.registry import case_paper

        upper = case_paper(self.kind)
        return upper.label if upper is not None else str(self.get_kind_display())

    @property
    def state_choice(self) -> PaperState:
        """Return the state with its label and colour."""
        return PaperState(self.state)

    @property
    def is_live(self) -> bool:
        """Return whether it waits for a worker or is being rendered."""
        return self.state in PAPER_LIVE
