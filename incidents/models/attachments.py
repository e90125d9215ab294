"""附件: files of a case or one of its reports; never changed, never deleted, taken from view with a reason."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from directory.models import Unit
from incidents.models.cases import Incident, Report
from yangcheng_ec.uploads import FileKind, ScanState

__all__ = ["Attachment"]


class Attachment(models.Model):
    """A file of a case, or of a report (``report``) while that is written. The bytes lie under their ``sha256``.

    ``unit`` is the unit it was added for, None for the officers. ``marks`` are words people should read before they
    open it (有密码、含宏). 撤下 (``withdrawn_at``) hides the file with a reason; row and file stay.
    """

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="attachments")
    report = models.ForeignKey(Report, on_delete=models.PROTECT, null=True, related_name="attachments")
    name = models.CharField(_("文件名"), max_length=120)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    kind = models.CharField(max_length=8, choices=FileKind.choices)
    content_type = models.CharField(max_length=100)
    marks = models.JSONField(default=list)
    scan = models.CharField(max_length=12, choices=ScanState.choices, default=ScanState.NONE)
    note = models.CharField(_("说明"), max_length=300, blank=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_as = models.CharField(max_length=200, blank=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_as = models.CharField(max_length=200, blank=True)
    withdrawn_reason = models.CharField(_("撤下理由"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("附件")
        verbose_name_plural = _("附件")
        ordering = ["incident_id", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["incident", "sha256"],
                condition=Q(report__isnull=True, withdrawn_at__isnull=True),
                name="incidents_attachment_once",
            ),
            models.UniqueConstraint(
                fields=["report", "sha256"],
                condition=Q(withdrawn_at__isnull=True),
                name="incidents_attachment_report_once",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True)
                | (Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False) & ~Q(withdrawn_reason="")),
                name="incidents_attachment_withdrawn_whole",
            ),
        ]
        indexes = [models.Index(fields=["incident", "-id"], name="incidents_attachment_case")]

    def __str__(self) -> str:
        return self.name

    @property
    def scan_choice(self) -> ScanState:
        """Return the scan's result with its label and colour."""
        return ScanState(self.scan)
