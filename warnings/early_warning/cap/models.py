"""The documents that were issued, word for word."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from early_warning.cap.choices import CapMessage, CapScope, CapStatus
from early_warning.cap.times import cap_time


class CapDocument(models.Model):
    """One issued CAP document. Nothing of it ever changes: the database refuses (``record.triggers``), and the
    record's line of the act that issued it carries its fingerprint.

    ``sent`` is the time in the document, whole seconds; ``headline`` is what the document itself says.
    """

    warning = models.ForeignKey("warnings.EarlyWarning", on_delete=models.PROTECT, related_name="cap_documents")
    identifier = models.CharField(max_length=60, unique=True)
    sender = models.CharField(max_length=120)
    sent = models.DateTimeField()
    status = models.CharField(max_length=10, choices=CapStatus.choices)
    message = models.CharField(max_length=10, choices=CapMessage.choices)
    scope = models.CharField(max_length=12, choices=CapScope.choices)
    headline = models.CharField(max_length=240)
    xml = models.TextField()
    sha256 = models.CharField(max_length=64)
    issued_at = models.DateTimeField()

    class Meta:
        app_label = "warnings"
        verbose_name = _("CAP 文档")
        verbose_name_plural = _("CAP 文档")
        ordering = ["-sent", "-id"]
        indexes = [
            models.Index(fields=["scope", "status", "-sent", "-id"], name="warnings_cap_public"),
            models.Index(fields=["-sent", "-id"], name="warnings_cap_sent"),
        ]

    def __str__(self) -> str:
        return f"{self.identifier} {self.message}"

    @property
    def reference(self) -> str:
        """Return how a later document names this one: sender,identifier,sent."""
        return f"{self.sender},{self.identifier},{cap_time(self.sent)}"
