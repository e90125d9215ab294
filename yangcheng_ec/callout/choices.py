"""States of call-outs, what a step did, how somebody confirmed: each with its label and colour token."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CalloutState(models.TextChoices):
    """open → confirmed | given_up (with a reason; a late confirmation still counts) | settled (its cause is over)."""

    OPEN = "open", _("叫应中")
    CONFIRMED = "confirmed", _("已确认")
    GIVEN_UP = "given_up", _("已放弃叫应")
    SETTLED = "settled", _("事由已办结")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        return {"open": "running", "confirmed": "done", "given_up": "late"}.get(self.value, "muted")


# A confirmation that comes late is as good as one in time.
CONFIRMABLE = (CalloutState.OPEN, CalloutState.GIVEN_UP)


class CalloutStepState(models.TextChoices):
    """pending → fired | cancelled (the call-out ended first)."""

    PENDING = "pending", _("待发")
    FIRED = "fired", _("已发")
    CANCELLED = "cancelled", _("取消")


class CalloutStepKind(models.TextChoices):
    """What a step did, decided when it fired."""

    CHANNEL = "channel", _("换渠道")
    PERSON = "person", _("换人")
    SHEET = "sheet", _("转叫应单")


class ConfirmedHow(models.TextChoices):
    """How a human confirmed."""

    SCREEN = "screen", _("系统内确认")
    LINK = "link", _("一次性链接确认")
    PHONE = "phone", _("电话确认（代录）")
    FAX = "fax", _("传真回执（代录）")
    TASK = "task", _("签收任务")


class CalloutRung(models.TextChoices):
    """The five rungs of a receipt (DESIGN §5)."""

    SENT = "sent", _("发出")
    DELIVERED = "delivered", _("送达")
    CONFIRMED = "confirmed", _("值班确认")
    LEADER = "leader", _("报告领导")
    MEASURES = "measures", _("反馈措施")
