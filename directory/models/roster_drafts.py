"""A month of duty as somebody means to arrange it: from a sheet or by rotation, looked at before it is written."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from directory.models.roster import Roster
from directory.sheets.choices import SheetState


class RosterDraft(models.Model):
    """What a sheet or a rotation would change in one month of a roster; kept so that writing needs no second upload.

    ``items`` are the turns one by one, each with the version it was compared with; ``book`` is what was read from
    the file (empty for a rotation), ``sheet`` the worksheet used. Both are emptied once written or put aside.
    """

    roster = models.ForeignKey(Roster, on_delete=models.PROTECT, related_name="drafts")
    month = models.DateField(_("月份"))
    title = models.CharField(_("来源"), max_length=200)
    sha256 = models.CharField(max_length=64, blank=True)
    book = models.JSONField(default=list)
    sheet = models.CharField(_("工作表"), max_length=120, blank=True)
    items = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=SheetState.choices, default=SheetState.PREVIEWED)
    version = models.PositiveIntegerField(default=1)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    written_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("排班草稿")
        verbose_name_plural = _("排班草稿")
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["roster", "-at", "-id"], name="directory_draft_newest")]

    def __str__(self) -> str:
        return self.title

    @property
    def state_colour(self) -> str:
        """Return the colour token of the state."""
        return SheetState(self.state).colour
