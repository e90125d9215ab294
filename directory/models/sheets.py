"""Contact sheets as other offices send them: what was read, what it would change, what was written."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from directory.sheets.choices import SheetState


class ContactSheet(models.Model):
    """An uploaded sheet of contacts, kept so that writing needs no second upload.

    ``book`` is what was read (sheets, rows with their true numbers, faults by cell), ``items`` the preview row by
    row. Both are emptied once it is written or put aside, except what was written: another office's file may hold
    more than numbers. ``plan`` is the code of the plan whose posts the sheet means where no column says so.
    """

    file_name = models.CharField(_("文件"), max_length=200)
    sha256 = models.CharField(max_length=64)
    book = models.JSONField(default=list)
    sheet = models.CharField(_("工作表"), max_length=120, blank=True)
    header_row = models.PositiveIntegerField(_("表头所在行"), default=1)
    header_rows = models.PositiveSmallIntegerField(_("表头占几行"), default=1)
    columns = models.JSONField(default=dict)
    plan = models.CharField(_("预案职务属于"), max_length=40, blank=True, default="")
    items = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=SheetState.choices, default=SheetState.READ)
    version = models.PositiveIntegerField(default=1)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    written_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("导入的联络表")
        verbose_name_plural = _("导入的联络表")
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["-at", "-id"], name="directory_sheet_newest")]

    def __str__(self) -> str:
        return self.file_name

    @property
    def state_colour(self) -> str:
        """Return the colour token of the state."""
        return SheetState(self.state).colour


class ContactSheetMapping(models.Model):
    """Which column means what, remembered per set of headers: the same office sends the same form again."""

    header_key = models.CharField(max_length=64, unique=True)
    headers = models.JSONField(default=list)
    columns = models.JSONField(default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("联络表列的含义")
        verbose_name_plural = _("联络表列的含义")

    def __str__(self) -> str:
        return "、".join(self.headers)
