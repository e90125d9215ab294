"""States of a round of checks and of a finding. The plans grade neither: a finding's gravity is told in words."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CheckState(models.TextChoices):
    """open → closed, or withdrawn with a reason (「非预案规定」)."""

    OPEN = "open", _("进行中")
    CLOSED = "closed", _("已结束")
    WITHDRAWN = "withdrawn", _("已撤销")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        return {"open": "running", "closed": "done"}.get(self.value, "muted")


class FindingState(models.TextChoices):
    """reported ⇄ asked_back → accepted → mending → mended → verified; or rejected, or handled as an incident."""

    REPORTED = "reported", _("待受理")
    ASKED_BACK = "asked_back", _("退回补充")
    ACCEPTED = "accepted", _("待整改")
    MENDING = "mending", _("整改中")
    MENDED = "mended", _("待复核")
    VERIFIED = "verified", _("已销号")
    REJECTED = "rejected", _("不予受理")
    INCIDENT = "incident", _("已按事件办理")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        waits = {"reported": "waiting", "asked_back": "waiting", "mended": "waiting"}
        return {"accepted": "running", "mending": "running", "verified": "done", **waits}.get(self.value, "muted")


OPEN = (
    FindingState.REPORTED, FindingState.ASKED_BACK, FindingState.ACCEPTED, FindingState.MENDING, FindingState.MENDED,
)  # fmt: skip
# Somebody mends: the due time counts, progress is reported, it may be extended.
IN_MENDING = (FindingState.ACCEPTED, FindingState.MENDING)
# The office has to act / the reporter has to act.
FOR_OFFICE = (FindingState.REPORTED, FindingState.MENDED)
EDITABLE = (FindingState.REPORTED, FindingState.ASKED_BACK)
