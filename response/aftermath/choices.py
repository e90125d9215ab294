"""States of what follows a response, and what the report says of each duty."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ReviewState(models.TextChoices):
    """draft → submitted → signed → sent (frozen); returned makes it a draft again."""

    DRAFT = "draft", _("拟稿")
    SUBMITTED = "submitted", _("待签发")
    SIGNED = "signed", _("已签发，待报送")
    SENT = "sent", _("已报送")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        return {"draft": "waiting", "submitted": "running", "signed": "running"}.get(self.value, "done")


BEFORE_SENT = (ReviewState.DRAFT, ReviewState.SUBMITTED, ReviewState.SIGNED)


class CareState(models.TextChoices):
    """open → agreed → settled; or dropped with a reason."""

    OPEN = "open", _("待核定")
    AGREED = "agreed", _("已核定，待办结")
    SETTLED = "settled", _("已办结")
    DROPPED = "dropped", _("不再办理")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        return {"open": "waiting", "agreed": "running", "settled": "done"}.get(self.value, "muted")


CARE_OPEN = (CareState.OPEN, CareState.AGREED)


class RebuildState(models.TextChoices):
    """asked → submitted (the unit's plan, with milestones) | returned → submitted → finished."""

    ASKED = "asked", _("待制订")
    RETURNED = "returned", _("退回修改")
    SUBMITTED = "submitted", _("实施中")
    FINISHED = "finished", _("已恢复")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        return {"asked": "waiting", "returned": "late", "submitted": "running"}.get(self.value, "done")


class LessonState(models.TextChoices):
    """open → done (an improvement) | adopted (into a revision of the plan) | declined."""

    OPEN = "open", _("待落实")
    DONE = "done", _("已落实")
    ADOPTED = "adopted", _("修订采纳")
    DECLINED = "declined", _("不采纳")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        return {"open": "waiting", "declined": "muted"}.get(self.value, "done")


class MeritKind(models.TextChoices):
    """Praise or blame."""

    PRAISE = "praise", _("表彰")
    BLAME = "blame", _("责任追究")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        return "done" if self == MeritKind.PRAISE else "late"


class MeritState(models.TextChoices):
    """A note stands, or was taken back with a reason."""

    NOTED = "noted", _("已记")
    TAKEN_BACK = "taken_back", _("已撤销")


class StandDownKind(models.TextChoices):
    """What stands down."""

    GROUP = "group", _("工作组")
    TEAM = "team", _("应急救援队伍")


class StandDownState(models.TextChoices):
    """Told to stand down, and has done so."""

    TOLD = "told", _("待撤离")
    DONE = "done", _("已撤离")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        return "done" if self == StandDownState.DONE else "waiting"


class Outcome(models.TextChoices):
    """What the record says of a measure or a reporting rule."""

    DONE = "done", _("已办")
    LATE = "late", _("逾期办")
    PARTIAL = "partial", _("部分办")
    SKIPPED = "skipped", _("未办")
    OPEN = "open", _("在办")
    NOT_ASKED = "not_asked", _("不适用")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        return {"done": "done", "partial": "running", "open": "running", "not_asked": "muted"}.get(self.value, "late")
