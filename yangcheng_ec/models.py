"""Kernel rows that belong to no app: number sequences and idempotency keys."""

from django.conf import settings
from django.db import models


class NumberSequence(models.Model):
    """The last number given out for a prefix and day, for example ``CY-20261122`` → 3."""

    prefix = models.CharField(max_length=40, unique=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.prefix}: {self.last}"


class IdempotencyKey(models.Model):
    """The first answer given to a key, so that a retry or double click returns it again.

    ``scope`` is the act (for example ``incident.file``); ``result`` is the id of what was made.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    scope = models.CharField(max_length=60)
    key = models.CharField(max_length=100)
    fingerprint = models.CharField(max_length=64)
    result = models.CharField(max_length=100)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "scope", "key"], name="kernel_idempotency_unique"),
        ]
        indexes = [models.Index(fields=["created_at"], name="kernel_idempotency_created")]

    def __str__(self) -> str:
        return f"{self.scope}:{self.key}"
