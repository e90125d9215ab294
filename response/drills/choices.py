"""States of drills and injects, results and judgements of an evaluation."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DrillState(models.TextChoices):
    """planned → approved → running → ended → evaluated; or cancelled before it began."""

    PLANNED = "planned", _("待批准")
    APPROVED = "approved", _("待开始")
    RUNNING = "running", _("演练中")
    ENDED = "ended", _("待评估")
    EVALUATED = "evaluated", _("已评估")
    CANCELLED = "cancelled", _("已取消")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        return {"planned": "waiting", "approved": "running", "running": "late", "ended": "running"}.get(
            self.value, "done" if self == DrillState.EVALUATED else "muted"
        )


BEFORE = (DrillState.PLANNED, DrillState.APPROVED)
HELD = (DrillState.ENDED, DrillState.EVALUATED)


class InjectTo(models.TextChoices):
    """Whom an inject is told."""

    OFFICE = "office", _("指挥部办公室")
    COMMAND = "command", _("指挥部领导")
    UNIT = "unit", _("指定单位")
    EVERYONE = "everyone", _("全部参演单位")


class InjectState(models.TextChoices):
    """pending → fired (by the clock or by hand) | skipped."""

    PENDING = "pending", _("待注入")
    FIRED = "fired", _("已注入")
    SKIPPED = "skipped", _("略过")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        return {"pending": "waiting", "fired": "done"}.get(self.value, "muted")


class FindingKind(models.TextChoices):
    """What a line of an evaluation looks at."""

    DRILL = "drill", _("演练本身")
    GRADE = "grade", _("定级")
    CLOCK = "clock", _("时限")
    WARNING = "warning", _("预警")
    APPROVAL = "approval", _("启动")
    TASK = "task", _("任务")
    END = "end", _("结束")


class Result(models.TextChoices):
    """What the record says of it."""

    MET = "met", _("做到")
    LATE = "late", _("逾期做到")
    PARTIAL = "partial", _("部分做到")
    MISSED = "missed", _("没有做到")
    NOT_DUE = "not_due", _("未到期")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        return {"met": "done", "partial": "running", "not_due": "muted"}.get(self.value, "late")


class Judgement(models.TextChoices):
    """What the evaluators say of it."""

    DONE = "done", _("完成")
    PARTLY = "partly", _("部分完成")
    NOT_DONE = "not_done", _("未完成")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        return {"done": "done", "partly": "running"}.get(self.value, "late")


# What the record suggests, where it can; the evaluators decide.
SUGGESTED: dict[str, Judgement] = {
    Result.MET: Judgement.DONE,
    Result.LATE: Judgement.PARTLY,
    Result.PARTIAL: Judgement.PARTLY,
    Result.MISSED: Judgement.NOT_DONE,
}
