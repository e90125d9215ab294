"""States and words of incidents and reports."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class IncidentState(models.TextChoices):
    """接报 → confirmed | false_alarm | referred → analysed → responding → aftermath → closed (DESIGN §5).

    Beside them, ours: ``withdrawn`` (撤回: filed by mistake) and ``merged`` (已并入: a duplicate of another case).
    """

    RECEIVED = "received", _("接报")
    CONFIRMED = "confirmed", _("已确认")
    ANALYSED = "analysed", _("已研判")
    RESPONDING = "responding", _("响应中")
    AFTERMATH = "aftermath", _("后期处置")
    CLOSED = "closed", _("已结案")
    FALSE_ALARM = "false_alarm", _("误报")
    REFERRED = "referred", _("已转交")
    WITHDRAWN = "withdrawn", _("已撤回")
    MERGED = "merged", _("已并入")

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
# Set aside without an end of its own: may be taken up again with the clocks it had.
SET_ASIDE = (IncidentState.FALSE_ALARM, IncidentState.REFERRED, IncidentState.WITHDRAWN, IncidentState.MERGED)
# Neither filed by mistake nor counted in another case: what statistics count.
LIVE_STATES = tuple(state for state in IncidentState if state not in (IncidentState.WITHDRAWN, IncidentState.MERGED))
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


class TriState(models.TextChoices):
    """A fact that a condition of the plan turns on: yes, no, or not known."""

    YES = "yes", _("是")
    NO = "no", _("否")
    UNKNOWN = "unknown", _("不详")


class Capacity(models.TextChoices):
    """Who can cope with it, as the conditions of both plans ask (cyber 4.2; comms 4.4)."""

    UNIT = "unit", _("事发单位（乡镇、运营网络管理部门）能够应对")
    COUNTY = "county", _("超出其能力，需县指挥部协调")
    SUPERIOR = "superior", _("超出县级能力，需上级支援")
    UNKNOWN = "unknown", _("不详")


class WithdrawGround(models.TextChoices):
    """Why a case should never have been filed."""

    WRONG_PLAN = "wrong_plan", _("登错预案：应按另一预案登记")
    MISTAKE = "mistake", _("误操作或测试登记：没有这起事件")


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


# What proves that a report went out, by channel; of those without a trace of their own it is asked for at once.
PROOF_OF = {
    SendChannel.FAX: _("传真报告单编号"),
    SendChannel.EMAIL: _("邮件编号或收件地址"),
    SendChannel.COURIER: _("签收人"),
    SendChannel.SECURE: _("机要件编号（不写内容）"),
}
PROOF_MUST = (SendChannel.COURIER, SendChannel.SECURE)


class InquiryKind(models.TextChoices):
    """催报 or 核实 (comms 4.1)."""

    CHASE = "chase", _("催报")
    VERIFY = "verify", _("核实")


class PaperKind(models.TextChoices):
    """The papers a case prints."""

    FORM_8_7 = "form-8-7", _("上报表（8.7）")
    BRIEF = "brief", _("书面简要报告")
    LETTER = "letter", _("公文页")
    CLOCKS = "clocks", _("时限证据表")
    CASE_FILE = "case-file", _("卷宗")


class PaperState(models.TextChoices):
    """queued → running → done | failed."""

    QUEUED = "queued", _("排队中")
    RUNNING = "running", _("正在生成")
    DONE = "done", _("已生成")
    FAILED = "failed", _("没有生成")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        return {"queued": "waiting", "running": "running", "done": "done", "failed": "late"}[self.value]


PAPER_LIVE = (PaperState.QUEUED, PaperState.RUNNING)


class DraftState(models.TextChoices):
    """A draft of the intake page: open → filed | dropped."""

    OPEN = "open", _("未登记")
    FILED = "filed", _("已登记")
    DROPPED = "dropped", _("已放弃")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        return {"open": "waiting", "filed": "done"}.get(self.value, "muted")


class BandColour(models.TextChoices):
    """The colour band that tells two calls of one night apart. None of them is a warning colour (red … blue)."""

    TEAL = "teal", _("青")
    VIOLET = "violet", _("紫")
    BROWN = "brown", _("棕")
    PINE = "pine", _("墨绿")
    PINK = "pink", _("粉")
    SLATE = "slate", _("灰")
    OLIVE = "olive", _("橄榄")
    PLUM = "plum", _("酱紫")


class FollowUpState(models.TextChoices):
    """What came out of an instruction: open → done."""

    OPEN = "open", _("办理中")
    DONE = "done", _("已办结")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        return {"open": "waiting", "done": "done"}[self.value]
