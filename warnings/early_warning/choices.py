"""States of a warning and of its addressees."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class WarningState(models.TextChoices):
    """draft → proposed → approved | returned → published → (adjusted, a new version) → lifted | superseded."""

    DRAFT = "draft", _("草稿")
    PROPOSED = "proposed", _("待批准")
    RETURNED = "returned", _("已退回")
    APPROVED = "approved", _("已批准待发布")
    PUBLISHED = "published", _("生效中")
    LIFT_PROPOSED = "lift_proposed", _("待批准解除")
    ADJUSTED = "adjusted", _("已调整（见新版）")
    LIFTED = "lifted", _("已解除")
    SUPERSEDED = "superseded", _("已转入响应")
    WITHDRAWN = "withdrawn", _("已撤回")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        return {"proposed": "running", "approved": "running", "published": "late", "lift_proposed": "running"}.get(
            self.value, "neutral"
        )


ACTIVE = (WarningState.PUBLISHED, WarningState.LIFT_PROPOSED)


class Publicity(models.TextChoices):
    """公开程度或保密要求 (3.2.2)."""

    PUBLIC = "public", _("向社会公开")
    INTERNAL = "internal", _("内部掌握")
    CONFIDENTIAL = "confidential", _("按保密要求管理")


class Rung(models.TextChoices):
    """The five rungs of a receipt (DESIGN §5)."""

    SENT = "sent", _("已发出")
    DELIVERED = "delivered", _("已送达")
    CONFIRMED = "confirmed", _("值班已确认")
    LEADER_INFORMED = "leader_informed", _("已报告领导")
    MEASURES_REPORTED = "measures_reported", _("已报送措施")


class SourceKind(models.TextChoices):
    """Where a warning comes from."""

    SCRATCH = "scratch", _("自行研判")
    INCIDENT = "incident", _("事件研判（未达到响应条件）")
    SUPERIOR = "superior", _("上级通报")
    FINDING = "finding", _("隐患排查发现")


class StandingState(models.TextChoices):
    """A standing authorisation: entered by the office, confirmed by the commander."""

    ENTERED = "entered", _("待签发")
    CONFIRMED = "confirmed", _("已签发")
    REFUSED = "refused", _("未签发")
    REVOKED = "revoked", _("已收回")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        return {"entered": "running", "confirmed": "done"}.get(self.value, "muted")


class WarningTaskState(models.TextChoices):
    """A warning action at one unit."""

    ASSIGNED = "assigned", _("待签收")
    ACKNOWLEDGED = "acknowledged", _("已签收")
    DONE = "done", _("已完成")
    RETURNED = "returned", _("已退回")
    ENDED = "ended", _("已终止")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        tokens = {"assigned": "waiting", "acknowledged": "running", "done": "done", "returned": "late"}
        return tokens.get(self.value, "muted")


TASK_OPEN = (WarningTaskState.ASSIGNED, WarningTaskState.ACKNOWLEDGED, WarningTaskState.RETURNED)
