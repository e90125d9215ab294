"""统计: counts of a block of cases, so that a page over all years adds up a hundred rows instead of all cases."""

from django.db import models

__all__ = ["StatBlock"]


class StatBlock(models.Model):
    """The counts of the cases whose ids lie in one block. Nothing but a copy: it is counted again when one changed.

    ``number`` is the block (id // size). ``counted_at`` is when it was counted.
    """

    number = models.PositiveIntegerField(primary_key=True)
    counts = models.JSONField(default=list)
    counted_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.number}"
