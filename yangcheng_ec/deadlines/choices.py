"""States of clocks, steps, notices and deliveries, each with its label and colour token."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DeadlineState(models.TextChoices):
    """running → met | overdue → met_late; waived and superseded are set aside, never deleted."""

    RUNNING = "running", _("计时中")
    OVERDUE = "overdue", _("已逾期")
    MET = "met", _("按时完成")
    MET_LATE = "met_late", _("逾期完成")
    WAIVED = "waived", _("不再适用")
    SUPERSEDED = "superseded", _("已更正替代")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        return {"running": "running", "overdue": "late", "met": "done", "met_late": "late"}.get(self.value, "neutral")


OPEN = (DeadlineState.RUNNING, DeadlineState.OVERDUE)
CLOSED = (DeadlineState.MET, DeadlineState.MET_LATE, DeadlineState.WAIVED, DeadlineState.SUPERSEDED)


class StartBasis(models.TextChoices):
    """From which moment a clock runs; the clause says which (DESIGN §5)."""

    OCCURRED = "occurred", _("事发")
    KNOWN = "known", _("获知事件发生")
    RECEIVED = "received", _("接报")
    FOUND = "found", _("发现")
    CALL = "call", _("电话报告")
    INQUIRY = "inquiry", _("收到催报、核实")
    PUBLISHED = "published", _("发布")
    LIFTED = "lifted", _("解除")


class StepKind(models.TextChoices):
    """The three kinds of rung of a ladder."""

    REMIND = "remind", _("提醒")
    OVERDUE = "overdue", _("逾期")
    ESCALATE = "escalate", _("升级")


# The kinds of rung that somebody has to acknowledge (已知悉).
TOLD_UPWARD = (StepKind.OVERDUE, StepKind.ESCALATE)


class StepState(models.TextChoices):
    """pending → fired, skipped (a stale reminder), cancelled (the clock is closed) or replaced (by another ladder)."""

    PENDING = "pending", _("待发")
    FIRED = "fired", _("已发")
    SKIPPED = "skipped", _("略过")
    CANCELLED = "cancelled", _("取消")
    REPLACED = "replaced", _("阶梯调整后取代")


class Channel(models.TextChoices):
    """How a notice travels outside. The in-app inbox is the notice row itself; phone and fax are worked by a person."""

    EMAIL = "email", _("电子邮件")
    SMS = "sms", _("短信")
    WECOM = "wecom", _("企业微信群机器人")
    DINGTALK = "dingtalk", _("钉钉群机器人")
    FEISHU = "feishu", _("飞书群机器人")
    PHONE = "phone", _("电话")
    FAX = "fax", _("传真")


ROBOTS = (Channel.WECOM, Channel.DINGTALK, Channel.FEISHU)
BY_MACHINE = (Channel.EMAIL, Channel.SMS, *ROBOTS)
BY_HAND = (Channel.PHONE, Channel.FAX)


# The first words of notices' kinds, for the rules about channels.
NOTICE_KINDS = {
    "warning": _("预警"),
    "response": _("响应与审批"),
    "deadline": _("时限提醒、逾期、升级"),
    "incident": _("事件"),
    "report": _("续报提醒"),
    "return": _("每日零报告"),
    "instruction": _("批示"),
    "release": _("信息发布"),
    "member": _("成员单位增减"),
    "roster": _("值班与交接"),
    "appointment": _("任职复核"),
    "plan": _("预案修订"),
}


class DeliveryState(models.TextChoices):
    """queued → sent | given_up (a dead letter, can be sent again); settled: its cause is over.

    Whether it may have gone out more than once is beside its state: ``Delivery.in_doubt``.
    """

    QUEUED = "queued", _("待发送")
    SENT = "sent", _("已送出")
    GIVEN_UP = "given_up", _("未能送出")
    SETTLED = "settled", _("已办结，不必再打")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        return {"queued": "waiting", "sent": "done", "given_up": "late"}.get(self.value, "neutral")


class CallResult(models.TextChoices):
    """What came of a call or a fax. A fax that went out is not yet confirmed: it stays on the sheet."""

    REACHED = "reached", _("已通知到人")
    NO_ANSWER = "no_answer", _("无人接听")
    BUSY = "busy", _("占线")
    WRONG_NUMBER = "wrong_number", _("空号或错号")
    REFUSED = "refused", _("拒绝接收")
    FAXED = "faxed", _("传真已发出，待对方确认")
