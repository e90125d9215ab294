"""Words of the directory and the plans, each with its label."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from yangcheng_ec.permissions import Role


class UnitKind(models.TextChoices):
    """What sort of body a unit is."""

    PARTY = "party", _("县委部门")
    GOVERNMENT = "government", _("县直部门")
    TOWNSHIP = "township", _("乡镇人民政府")
    ENTERPRISE = "enterprise", _("企业")
    SUPERIOR = "superior", _("上级机关")
    AUTHORITY = "authority", _("县级领导机关")
    OTHER = "other", _("其他单位")


class PostKind(models.TextChoices):
    """The posts of DESIGN §4. Plans name posts, never persons."""

    COMMANDER = "commander", _("指挥长")
    DEPUTY = "deputy", _("副指挥长")
    OFFICE_DIRECTOR = "office_director", _("办公室主任")
    OFFICE_STAFF = "office_staff", _("办公室工作人员")
    DUTY_OFFICER = "duty_officer", _("值班员")
    UNIT_LEADER = "unit_leader", _("单位分管负责人")
    UNIT_LIAISON = "unit_liaison", _("单位联络员")


OFFICE_KINDS = (PostKind.OFFICE_DIRECTOR, PostKind.OFFICE_STAFF, PostKind.DUTY_OFFICER)
UNIT_KINDS = (PostKind.UNIT_LEADER, PostKind.UNIT_LIAISON)
# The role that a post's holder has while the appointment is in force: it opens pages, it authorises nothing.
ROLE_OF_POST: dict[str, Role] = {
    PostKind.COMMANDER: Role.COMMANDER,
    PostKind.DEPUTY: Role.DEPUTY,
    PostKind.OFFICE_DIRECTOR: Role.OFFICE_DIRECTOR,
    PostKind.OFFICE_STAFF: Role.OFFICE,
    PostKind.DUTY_OFFICER: Role.DUTY_OFFICER,
    PostKind.UNIT_LEADER: Role.UNIT,
    PostKind.UNIT_LIAISON: Role.UNIT,
}


class Nature(models.TextChoices):
    """How a person holds a post."""

    TENURE = "tenure", _("任职")
    ACTING = "acting", _("代行")
    AUTHORISED = "authorised", _("授权")


class AppointmentState(models.TextChoices):
    """Entered by one person, confirmed by another; only confirmed ones authorise."""

    ENTERED = "entered", _("待复核")
    CONFIRMED = "confirmed", _("已生效")
    REJECTED = "rejected", _("未通过")
    REVOKED = "revoked", _("已撤销")


class PaperKind(models.TextChoices):
    """What an uploaded paper is, by its content."""

    PDF = "pdf", "PDF"
    JPG = "jpg", "JPG"
    PNG = "png", "PNG"

    @property
    def mime(self) -> str:
        """Return the media type it is served as."""
        return {"pdf": "application/pdf", "jpg": "image/jpeg", "png": "image/png"}[self.value]


class MemberState(models.TextChoices):
    """Whether a unit is in a case's command or group, whatever the plan lists."""

    ACTIVE = "active", _("本案增加")
    REMOVED = "removed", _("本案调出")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        return {"active": "done"}.get(self.value, "muted")


class Act(models.TextChoices):
    """The acts that need authority (DESIGN §4). Who may do each is an ``ActRule`` row per plan."""

    FILE = "file", _("登记接报")
    OFFICE = "office", _("办理事件")
    PROPOSE_RESPONSE = "propose_response", _("提出响应建议")
    CONFIRM_RESPONSE = "confirm_response", _("指挥部确认")
    APPROVE_RESPONSE = "approve_response", _("批准启动响应")
    APPROVE_END = "approve_end", _("批准结束响应")
    ANNOUNCE_END = "announce_end", _("宣布结束响应")
    PROPOSE_WARNING = "propose_warning", _("提出预警建议")
    APPROVE_WARNING = "approve_warning", _("批准发布预警")
    PUBLISH_WARNING = "publish_warning", _("发布预警")
    APPROVE_LIFT = "approve_lift", _("批准解除预警")
    ADD_MEMBER = "add_member", _("增加成员单位")
    ADJUST_GROUP = "adjust_group", _("调整工作组成员")
    APPROVE_RELEASE = "approve_release", _("批准信息发布")
    REVIEW_REPORT = "review_report", _("签发报告")
    REVISE_PLAN = "revise_plan", _("修订预案")
    ENFORCE_PLAN = "enforce_plan", _("确认新版预案施行")
    ORGANISE_DRILL = "organise_drill", _("组织应急演练")
    APPROVE_DRILL = "approve_drill", _("批准演练方案")


class ActLimit(models.TextChoices):
    """How far an act goes, where its clause says so: 「增加县直有关单位」."""

    COUNTY_LEVEL = "county_level", _("只限县直单位")
    ADD_ONLY = "add_only", _("只能增加")


class LadderRunning(models.TextChoices):
    """What a changed ladder means for the clocks that already run."""

    KEEP = "keep", _("正在计时的沿用原阶梯，新起算的用新阶梯")
    TAKE = "take", _("正在计时的也改用新阶梯")


class RevisionStage(models.TextChoices):
    """Where a version stands that has not been issued: a revision on its way to being in force, or given up."""

    DRAFT = "draft", _("修订草案")
    SUBMITTED = "submitted", _("待确认施行")
    SCHEDULED = "scheduled", _("待施行")
    DISCARDED = "discarded", _("已放弃")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        return {"draft": "waiting", "submitted": "running", "scheduled": "done"}.get(self.value, "muted")


OPEN_STAGES = (RevisionStage.DRAFT, RevisionStage.SUBMITTED, RevisionStage.SCHEDULED)


class ReviewKind(models.TextChoices):
    """What a plan says must be done with it every few years."""

    EVALUATE = "evaluate", _("评估")
    REVISE = "revise", _("修订")


class ReviewResult(models.TextChoices):
    """What came out of a review of a plan."""

    KEEP = "keep", _("继续适用")
    REVISE = "revise", _("需要修订")


class ActorKind(models.TextChoices):
    """Whom a measure's words name (DESIGN §5); the office, 「非预案规定」, where they name nobody."""

    COMMAND = "command", _("县指挥部")
    OFFICE = "office", _("县指挥部办公室")
    ALL_MEMBERS = "all_members", _("各成员单位")
    INCIDENT_UNIT = "incident_unit", _("事发单位")
    INCIDENT_TOWNSHIP = "incident_township", _("事发地乡（镇）人民政府")
    TOWNSHIP_COMMANDS = "township_commands", _("各乡（镇）指挥部")
    SYSTEM_OWNERS = "system_owners", _("网络与信息系统主管部门")
    SUPPORT_TEAMS = "support_teams", _("技术支撑队伍")
    EXPERTS = "experts", _("专家组")
    OPERATORS = "operators", _("相关基础电信运营企业")
    UNIT = "unit", _("指定单位")
    GROUP = "group", _("应急工作组")


class AftercareKind(models.TextChoices):
    """What aftercare gives or puts right (cyber 5.2; comms 5.1)."""

    SUBSIDY = "subsidy", _("补助")
    COMPENSATION = "compensation", _("补偿")
    REQUISITION = "requisition", _("征用物资")
    SETTLEMENT = "settlement", _("安置")
    EXPENSE = "expense", _("救援费用")
    CLEANUP = "cleanup", _("清理")
    OTHER = "other", _("其他")


class PayerKind(models.TextChoices):
    """Who bears a cost (cyber 6.6; comms 6.6)."""

    FINANCE = "finance", _("财政")
    OPERATOR = "operator", _("基础电信运营企业")
    OTHER = "other", _("其他")


class ContactState(models.TextChoices):
    """Contacts are retired, never deleted."""

    ACTIVE = "active", _("在用")
    RETIRED = "retired", _("停用")


class ContactKind(models.TextChoices):
    """What a number is for."""

    DUTY = "duty", _("值班电话")
    MOBILE = "mobile", _("手机")
    FAX = "fax", _("传真")
    EMAIL = "email", _("邮箱")
    SECURE = "secure", _("保密电话")


class SignatureMode(models.TextChoices):
    """How a decision was given."""

    SCREEN = "screen", _("系统内签批")
    PHONE = "phone", _("电话批准")


class CountersignState(models.TextChoices):
    """A decision given by phone is marked until its holder countersigns or denies it."""

    NOT_NEEDED = "not_needed", _("无需补签")
    AWAITING = "awaiting", _("待补签")
    COUNTERSIGNED = "countersigned", _("已补签")
    DENIED = "denied", _("已否认")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        return {"awaiting": "running", "countersigned": "done", "denied": "late"}.get(self.value, "neutral")


class Shift(models.TextChoices):
    """One turn of duty. Day and night, or one turn from morning to morning; the hours are each roster's own."""

    DAY = "day", _("白班")
    NIGHT = "night", _("夜班")
    WHOLE = "whole", _("全天")


class RosterPattern(models.TextChoices):
    """How a roster's days are divided."""

    DAY_NIGHT = "day_night", _("白班、夜班")
    WHOLE = "whole", _("全天一班")

    @property
    def shifts(self) -> tuple[Shift, ...]:
        """Return the turns of one day, in order."""
        return (Shift.WHOLE,) if self == RosterPattern.WHOLE else (Shift.DAY, Shift.NIGHT)


class RotateEvery(models.TextChoices):
    """When the next in a rotation takes over."""

    TURN = "turn", _("每班轮换")
    DAY = "day", _("每天轮换")
    WEEK = "week", _("每周轮换")


class DutyRole(models.TextChoices):
    """As what a person is on duty."""

    LEADER = "leader", _("带班领导")
    OFFICER = "officer", _("值班员")


class DutyModeKind(models.TextChoices):
    """What a response level asks of a body around the clock, in the plan's words."""

    ON_DUTY = "on_duty", _("24小时值班")
    REACHABLE = "reachable", _("24小时联络畅通")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        return "late" if self == DutyModeKind.ON_DUTY else "running"


class SwapState(models.TextChoices):
    """proposed → agreed | declined by the other, or withdrawn by whoever proposed it."""

    PROPOSED = "proposed", _("待对方同意")
    AGREED = "agreed", _("已换班")
    DECLINED = "declined", _("对方不同意")
    WITHDRAWN = "withdrawn", _("已撤回")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        return {"proposed": "running", "agreed": "done"}.get(self.value, "neutral")


class HandoffState(models.TextChoices):
    """begun → given (the giver signed) → done (the taker signed)."""

    BEGUN = "begun", _("待交班人签字")
    GIVEN = "given", _("待接班人签字")
    DONE = "done", _("已交接")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        return {"begun": "running", "given": "late", "done": "done"}[self.value]


class ServiceScope(models.TextChoices):
    """What a monitoring system's token may do; nothing else is open to it."""

    FILE_INCIDENTS = "incidents:file", _("登记接报")


class ResourceKind(models.TextChoices):
    """What a plan has kept ready. 咨询工作组 (cyber 6.2) and 技术专家组 (8.6) are two different bodies (O8)."""

    TEAM = "team", _("技术支撑队伍")
    ADVISER = "adviser", _("咨询工作组成员")
    EXPERT = "expert", _("技术专家组专家")
    EQUIPMENT = "equipment", _("应急装备")
    SPARE = "spare", _("备件与备用设备")
    VEHICLE = "vehicle", _("应急车辆")
    PROTECTED = "protected", _("重点保障单位")
    SOCIAL = "social", _("社会力量")

    @property
    def countable(self) -> bool:
        """Return whether it is kept in numbers, looked after, and looked at again from time to time."""
        return self in (ResourceKind.EQUIPMENT, ResourceKind.SPARE, ResourceKind.VEHICLE)


class ListedAs(models.TextChoices):
    """Which list of protected bodies names one (comms 6.3: 「省、县通信系统安全保障重点单位名录」)."""

    PROVINCE = "province", _("省级名录")
    COUNTY = "county", _("县级名录")


class FilingState(models.TextChoices):
    """Whether a filed action plan is the one that counts."""

    CURRENT = "current", _("现行")
    REPLACED = "replaced", _("已有新版")
    VOID = "void", _("作废")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        return {"current": "done"}.get(self.value, "muted")
