"""States and words of incidents and reports."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class IncidentState(models.TextChoices):
    """接报 → confirmed | false_alarm | referred → analysed → responding → aftermath → closed (DESIGN §5)."""

    RECEIVED = "received", _("接报")
    CONFIRMED = "confirmed", _("已确认")
    ANALYSED = "analysed", _("已研判")
    RESPONDING = "responding", _("响应中")
    AFTERMATH = "aftermath", _("后期处置")
    CLOSED = "closed", _("已结案")
    FALSE_ALARM = "false_alarm", _("误报")
    REFERRED = "referred", _("已转交")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        return {
            "received": "running",
            "confirmed": "running",
            "analysed": "running",
            "responding": "late",
            "aftermath": "neutral",
        }.get(self.value, "done")


OPEN_STATES = (
    IncidentState.RECEIVED,
    IncidentState.CONFIRMED,
    IncidentState.ANALYSED,
    IncidentState.RESPONDING,
    IncidentState.AFTERMATH,
)
# A response may be proposed from ``received`` on (4.2.1: 「暂时情况不明」).
RESPONSE_MAY_BE_PROPOSED = (IncidentState.RECEIVED, IncidentState.CONFIRMED, IncidentState.ANALYSED)


class IntakeChannel(models.TextChoices):
    """How the news came in."""

    PHONE = "phone", _("电话")
    WRITTEN = "written", _("书面")
    FAX = "fax", _("传真")
    EMAIL = "email", _("电子邮件")
    SYSTEM = "system", _("监测系统")


class Symptom(models.TextChoices):
    """危害表象 of form 8.7, in its order."""

    OUTAGE = "outage", _("网络中断")
    PARALYSIS = "paralysis", _("系统瘫痪")
    DESTRUCTION = "destruction", _("数据毁坏")
    LEAK = "leak", _("数据泄密")
    OTHER = "other", _("其他危害")


class BusinessScope(models.TextChoices):
    """Comms facts: is all or part of the business hit (3.3, 4.4)."""

    ALL = "all", _("全部业务")
    PART = "part", _("部分业务")
    UNKNOWN = "unknown", _("不详")


class Spreading(models.TextChoices):
    """Comms facts: does it spread (3.3, 4.4)."""

    COUNTY = "county", _("有扩散到全县的可能")
    CONTINUING = "continuing", _("有继续扩散的可能")
    NONE = "none", _("无扩散性")
    UNKNOWN = "unknown", _("不详")


class ReportStage(models.TextChoices):
    """首报, 续报, 终报."""

    INITIAL = "initial", _("首报")
    FOLLOW_UP = "follow_up", _("续报")
    FINAL = "final", _("终报")


class ReportKind(models.TextChoices):
    """文字报告 and 电话快报 (comms 4.1)."""

    PHONE = "phone", _("电话报告")
    WRITTEN = "written", _("文字报告")


class ReportState(models.TextChoices):
    """draft → reviewed (签发) → sent. A phone report is sent by recording the call."""

    DRAFT = "draft", _("草稿")
    RETURNED = "returned", _("退回修改")
    REVIEWED = "reviewed", _("已签发")
    SENT = "sent", _("已报出")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        return {"draft": "neutral", "returned": "late", "reviewed": "running", "sent": "done"}[self.value]


class SendChannel(models.TextChoices):
    """How a report went out."""

    SYSTEM = "system", _("本系统")
    PHONE = "phone", _("电话")
    FAX = "fax", _("传真")
    EMAIL = "email", _("电子邮件")
    COURIER = "courier", _("专人送达")
    SECURE = "secure", _("保密渠道")


class InquiryKind(models.TextChoices):
    """催报 or 核实 (comms 4.1)."""

    CHASE = "chase", _("催报")
    VERIFY = "verify", _("核实")
