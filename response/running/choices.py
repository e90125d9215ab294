"""States and words of what a running response makes beside its tasks."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class OrderState(models.TextChoices):
    """issued → withdrawn. An order is never changed: another one is given."""

    ISSUED = "issued", _("已发布")
    WITHDRAWN = "withdrawn", _("已撤回")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        return {"issued": "running"}.get(self.value, "muted")


class ReceiptState(models.TextChoices):
    """waiting → acknowledged → reported (执行情况)."""

    WAITING = "waiting", _("待签收")
    ACKNOWLEDGED = "acknowledged", _("已签收")
    REPORTED = "reported", _("已报执行情况")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        return {"waiting": "late", "acknowledged": "running", "reported": "done"}[self.value]


class MeetingForm(models.TextChoices):
    """How a conference was held."""

    ROOM = "room", _("现场会议")
    VIDEO = "video", _("会议电视")
    PHONE = "phone", _("电话会商")


class AidState(models.TextChoices):
    """asked → agreed | refused; agreed → arrived."""

    ASKED = "asked", _("待答复")
    AGREED = "agreed", _("已同意")
    REFUSED = "refused", _("未同意")
    ARRIVED = "arrived", _("已到位")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        return {"asked": "late", "agreed": "running", "arrived": "done"}.get(self.value, "muted")


class HandoverState(models.TextChoices):
    """handed → accepted by the superior."""

    HANDED = "handed", _("已移交，待上级确认接管")
    ACCEPTED = "accepted", _("上级已接管")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        return {"handed": "running"}.get(self.value, "done")


class OnSiteState(models.TextChoices):
    """standing → dissolved."""

    STANDING = "standing", _("运行中")
    DISSOLVED = "dissolved", _("已撤销")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        return {"standing": "running"}.get(self.value, "muted")
