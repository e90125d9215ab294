"""The append-only, hash-chained record: one chain per case (DESIGN §1.5, §6)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

GENESIS = "0" * 64


class CaseHead(models.Model):
    """The head of one chain, and the lock of one case.

    Every transition of a case locks this row first (lock order: case, deadline, step, record head),
    so two acts on one case never run at once and a chain never forks.
    ``kind`` is incident, warning, directory or system; ``key`` is the case's number.
    """

    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=60, unique=True)
    seq = models.PositiveIntegerField(default=0)
    hash = models.CharField(max_length=64, default=GENESIS)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("案卷")
        verbose_name_plural = _("案卷")

    def __str__(self) -> str:
        return self.key


class RecordEntry(models.Model):
    """One line of a case's record. Never changed, never removed: database triggers refuse it.

    ``done_at`` is when the act happened (late entries, 补录), ``recorded_at`` is the database's clock.
    ``subject_type``/``subject_id`` point at the row the line is about; ``data`` is for machines.
    """

    head = models.ForeignKey(CaseHead, on_delete=models.PROTECT, related_name="entries", db_index=False)
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=60)
    done_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    late_entry = models.BooleanField(default=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    actor_name = models.CharField(max_length=60)
    actor_post = models.CharField(max_length=200, blank=True)
    clause = models.CharField(max_length=120, blank=True)
    subject_type = models.CharField(max_length=40, blank=True)
    subject_id = models.BigIntegerField(null=True)
    text = models.TextField()
    data = models.JSONField(default=dict)
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("记录")
        verbose_name_plural = _("记录")
        ordering = ["head_id", "seq"]
        constraints = [models.UniqueConstraint(fields=["head", "seq"], name="record_entry_head_seq")]
        indexes = [
            models.Index(fields=["subject_type", "subject_id"], name="record_entry_subject"),
            models.Index(fields=["-recorded_at", "-id"], name="record_entry_recorded"),
        ]

    def __str__(self) -> str:
        return f"{self.head_id}#{self.seq} {self.kind}"
