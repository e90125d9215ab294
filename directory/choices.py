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
    APPROVE_RELEASE = "approve_release", _("批准信息发布")
    REVIEW_REPORT = "review_report", _("签发报告")


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
