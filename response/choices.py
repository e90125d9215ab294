"""States of responses, tasks and releases."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ResponseState(models.TextChoices):
    """proposed → (comms: confirmed) → active | returned | withdrawn → end_proposed → ended (DESIGN §5)."""

    PROPOSED = "proposed", _("待批准")
    CONFIRMED = "confirmed", _("指挥部已确认，待批准")
    RETURNED = "returned", _("已退回")
    WITHDRAWN = "withdrawn", _("已撤回")
    ACTIVE = "active", _("响应中")
    REPLACED = "replaced", _("已调整级别")
    END_PROPOSED = "end_proposed", _("待批准结束")
    END_APPROVED = "end_approved", _("已批准结束，待宣布")
    ENDED = "ended", _("已结束")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        return {
            "proposed": "running",
            "confirmed": "running",
            "active": "late",
            "end_proposed": "late",
            "end_approved": "late",
        }.get(self.value, "neutral")


UNDECIDED = (ResponseState.PROPOSED, ResponseState.CONFIRMED)
RUNNING = (ResponseState.ACTIVE, ResponseState.END_PROPOSED, ResponseState.END_APPROVED)


class TaskState(models.TextChoices):
    """assigned → acknowledged → in_progress → done | returned."""

    ASSIGNED = "assigned", _("待签收")
    ACKNOWLEDGED = "acknowledged", _("已签收")
    IN_PROGRESS = "in_progress", _("办理中")
    DONE = "done", _("已办结")
    RETURNED = "returned", _("已退回")
    CARRIED_OVER = "carried_over", _("结转后期处置")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        return {"assigned": "late", "acknowledged": "running", "in_progress": "running", "done": "done"}.get(
            self.value, "neutral"
        )


TASK_OPEN = (TaskState.ASSIGNED, TaskState.ACKNOWLEDGED, TaskState.IN_PROGRESS, TaskState.RETURNED)


class TaskEventKind(models.TextChoices):
    """What happened to a task."""

    ASSIGNED = "assigned", _("下达")
    ACKNOWLEDGED = "acknowledged", _("签收")
    FEEDBACK = "feedback", _("反馈")
    DONE = "done", _("办结")
    RETURNED = "returned", _("退回")
    REASSIGNED = "reassigned", _("改派")
    CARRIED_OVER = "carried_over", _("结转")
    CHASED = "chased", _("催办")
    DUE_SET = "due_set", _("定时限")
    OVERDUE = "overdue", _("逾期")


# What leaves a task in the state it was in.
TASK_EVENTS_BESIDE = (TaskEventKind.CHASED, TaskEventKind.DUE_SET, TaskEventKind.OVERDUE)


class ReleaseState(models.TextChoices):
    """draft → approved | returned → published → corrected, when a later text took its place."""

    DRAFT = "draft", _("待批准")
    APPROVED = "approved", _("已批准待发布")
    RETURNED = "returned", _("已退回")
    PUBLISHED = "published", _("已发布")
    CORRECTED = "corrected", _("已更正（见新稿）")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        return {"draft": "running", "approved": "running", "published": "done"}.get(self.value, "neutral")
