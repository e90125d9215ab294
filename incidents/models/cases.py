"""The case itself: the incident, its reports and their addressees, the inquiries (DESIGN §5)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from directory.models import Category, Criterion, Grade, PlanVersion, SubCategory, Unit
from incidents.choices import (
    OPEN_STATES,
    PROOF_OF,
    IncidentState,
    InquiryKind,
    IntakeChannel,
    ReportKind,
    ReportStage,
    ReportState,
    SendChannel,
)
from yangcheng_ec.record.models import CaseHead


class Incident(models.Model):
    """One event under one plan version. ``version`` counts changes: every form sends the one it was read at.

    ``facts`` holds the other plan's own fields (comms: traces, disaster_nature, cause, networks[], systems[],
    network_count, system_count, business, spreading, stations_down, planned_measures, social_impact) and analysis
    (loss_expected, severity, spread, capacity). ``occurred_at`` None is 不详; ``occurred_approximate`` 大约.
    ``secret`` (涉密): no content stands here, only that it went by ``secret_channel``, and when (comms 4.1, 6.3).
    ``secret_with`` is the case whose 涉密 this one bears while the two are merged, ``open_title`` what it was called.
    ``accepted_at`` None is 「未接手」: the plan's own office has not taken it over yet.
    ``graded_at`` is when it got the grade it has, None when that came with the filing. ``merged_into`` is the case
    that a duplicate is part of. ``set_aside``: what a false alarm, a referral, a withdrawal or a merge ended (the
    state before, the ids of the clocks it stopped), so that it can be undone exactly.
    """

    head = models.OneToOneField(CaseHead, on_delete=models.PROTECT, related_name="incident")
    number = models.CharField(_("编号"), max_length=30, unique=True)
    version = models.PositiveIntegerField(default=1)
    plan_version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="incidents")
    state = models.CharField(max_length=16, choices=IncidentState.choices, default=IncidentState.RECEIVED)
    title = models.CharField(_("事件名称"), max_length=120)
    drill = models.BooleanField(_("演练"), default=False)
    channel = models.CharField(_("接报方式"), max_length=10, choices=IntakeChannel.choices)
    caller_name = models.CharField(_("报告人"), max_length=60, blank=True)
    caller_number = models.CharField(_("来电号码"), max_length=60, blank=True)
    read_back = models.BooleanField(_("已复诵"), default=False)
    occurred_at = models.DateTimeField(_("事发时间"), null=True)
    occurred_approximate = models.BooleanField(_("大约"), default=False)
    known_at = models.DateTimeField(_("获知时间"))
    received_at = models.DateTimeField(_("接报时间"))
    location = models.CharField(_("地点"), max_length=200, blank=True)
    township = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("事发乡镇")
    )
    incident_unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, related_name="incidents", verbose_name=_("事发单位")
    )
    incident_unit_text = models.CharField(max_length=120, blank=True)
    reporting_unit = models.ForeignKey(
        Unit, on_delete=models.PROTECT, null=True, related_name="incidents_reported", verbose_name=_("报告单位")
    )
    reporting_unit_text = models.CharField(max_length=120, blank=True)
    source = models.CharField(_("信息来源"), max_length=200, blank=True)
    category = models.ForeignKey(Category, on_delete=models.PROTECT, null=True, related_name="incidents")
    subcategory = models.ForeignKey(SubCategory, on_delete=models.PROTECT, null=True, related_name="incidents")
    grade = models.ForeignKey(Grade, on_delete=models.PROTECT, null=True, related_name="incidents")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, null=True, related_name="+")
    graded_at = models.DateTimeField(null=True)
    symptoms = models.JSONField(_("危害表象"), default=list)
    description = models.TextField(_("事件描述"), blank=True)
    measures_taken = models.TextField(_("处置措施"), blank=True)
    consequence_estimate = models.TextField(_("事件后果的初步估计"), blank=True)
    suggestions = models.TextField(_("有关意见和建议"), blank=True)
    loss_estimate = models.TextField(_("经济损失的初步评估"), blank=True)
    impact_scope = models.TextField(_("影响范围"), blank=True)
    trend = models.TextField(_("事件发展态势"), blank=True)
    facts = models.JSONField(default=dict)
    referral_to = models.CharField(max_length=120, blank=True)
    referral_how = models.CharField(max_length=200, blank=True)
    triage_note = models.TextField(blank=True)
    secret = models.BooleanField(_("涉密"), default=False)
    secret_channel = models.CharField(_("保密渠道"), max_length=60, blank=True)
    secret_sent_at = models.DateTimeField(_("经保密渠道报送时间"), null=True)
    secret_with = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    open_title = models.CharField(max_length=120, blank=True)
    links = models.ManyToManyField("self", blank=True)
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="merged")
    set_aside = models.JSONField(default=dict)
    filed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="incidents_filed")
    filed_as = models.CharField(max_length=200, blank=True)
    filed_at = models.DateTimeField()
    late_entry = models.BooleanField(default=False)
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    closing_note = models.TextField(blank=True)

    class Meta:
        verbose_name = _("事件")
        verbose_name_plural = _("事件")
        ordering = ["-received_at", "-id"]
        indexes = [
            models.Index(fields=["-received_at", "-id"], name="incidents_received"),
            models.Index(fields=["state", "-received_at", "-id"], name="incidents_state_received"),
            models.Index(fields=["plan_version", "-received_at", "-id"], name="incidents_plan_received"),
            models.Index(fields=["drill", "-received_at", "-id"], name="incidents_drill_received"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def state_choice(self) -> IncidentState:
        """Return the state with its label and colour."""
        return IncidentState(self.state)

    @property
    def running(self) -> bool:
        """Return whether the case still goes on."""
        return self.state in OPEN_STATES

    @property
    def incident_unit_label(self) -> str:
        """Return the unit where it happened in words."""
        return self.incident_unit.name if self.incident_unit else self.incident_unit_text or "不详"

    @property
    def reporting_unit_label(self) -> str:
        """Return the reporting unit in words."""
        return self.reporting_unit.name if self.reporting_unit else self.reporting_unit_text or "不详"


class IncidentUserObjectPermission(UserObjectPermissionBase):
    """Object permissions on incidents, with a direct foreign key so that lists stay indexed joins."""

    content_object = models.ForeignKey(Incident, on_delete=models.CASCADE)


class IncidentGroupObjectPermission(GroupObjectPermissionBase):
    """What a unit's group may see: the incidents it reported or is tasked on."""

    content_object = models.ForeignKey(Incident, on_delete=models.CASCADE)


class Report(models.Model):
    """One report of an incident: numbered, phone or written, to addressees. A version, never an edit, once sent.

    ``content`` is the frozen face: form 8.7's fields (cyber) or the brief report's (comms). ``done_at`` is when it
    was made or sent, ``recorded_at`` when that was entered; ``late_entry`` marks 补录 and needs ``confirmed_by``.
    """

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="reports")
    serial = models.PositiveSmallIntegerField()
    stage = models.CharField(max_length=10, choices=ReportStage.choices, default=ReportStage.INITIAL)
    follow_up_number = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=10, choices=ReportKind.choices)
    state = models.CharField(max_length=10, choices=ReportState.choices, default=ReportState.DRAFT)
    version = models.PositiveIntegerField(default=1)
    content = models.JSONField(default=dict)
    body = models.TextField(blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reports_written")
    author_post = models.CharField(max_length=200, blank=True)
    reporting_unit_label = models.CharField(max_length=120, blank=True)
    reporting_unit_code = models.CharField(max_length=60, blank=True)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="reports_reviewed"
    )
    reviewed_at = models.DateTimeField(null=True)
    review_note = models.CharField(max_length=300, blank=True)
    channel = models.CharField(max_length=10, choices=SendChannel.choices, blank=True)
    proof = models.CharField(_("凭证"), max_length=200, blank=True)
    call_caller = models.CharField(max_length=60, blank=True)
    call_number = models.CharField(max_length=60, blank=True)
    call_heard_by = models.CharField(max_length=60, blank=True)
    call_read_back = models.BooleanField(default=False)
    follows_call = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="written_versions")
    done_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField(null=True)
    late_entry = models.BooleanField(default=False)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    late_reason = models.CharField(max_length=500, blank=True)
    beyond_reason = models.CharField(_("越级理由"), max_length=300, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("报告")
        verbose_name_plural = _("报告")
        ordering = ["incident_id", "serial"]
        constraints = [
            models.UniqueConstraint(fields=["incident", "serial"], name="incidents_report_serial"),
            models.CheckConstraint(
                condition=Q(reviewer__isnull=True) | ~Q(reviewer=models.F("author")),
                name="incidents_reviewer_is_not_author",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.incident.number} {self.label}"

    @property
    def label(self) -> str:
        """Return 首报, 续报三, 终报."""
        if self.stage == ReportStage.FOLLOW_UP:
            return f"续报{_numeral(self.follow_up_number)}"
        return str(ReportStage(self.stage).label)

    @property
    def lacks_proof(self) -> bool:
        """Return whether it went out by a channel that leaves a proof, and none was written down."""
        return self.state == ReportState.SENT and self.channel in PROOF_OF and not self.proof

    @property
    def state_choice(self) -> ReportState:
        """Return the state with its label and colour."""
        return ReportState(self.state)


def _numeral(number: int) -> str:
    """Return 一, 二 … 十 for the numbers people say; larger ones as digits."""
    words = "一二三四五六七八九十"
    return words[number - 1] if 1 <= number <= len(words) else str(number)


class ReportAddressee(models.Model):
    """One addressee of a report, and whether it has signed for it: sent is not received."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="addressees")
    code = models.CharField(max_length=60)
    label = models.CharField(max_length=120)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    heard_by = models.CharField(max_length=60, blank=True)
    received_at = models.DateTimeField(null=True)
    received_by = models.CharField(max_length=60, blank=True)
    receipt_recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    receipt_recorded_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["report", "code"], name="incidents_report_addressee_once")]

    def __str__(self) -> str:
        return self.label


class Inquiry(models.Model):
    """催报 or 核实 by a superior, with its own 30-minute clock (comms 4.1) and its reply."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="inquiries")
    kind = models.CharField(max_length=10, choices=InquiryKind.choices)
    asked_by = models.CharField(_("来询机关"), max_length=120)
    asked_of = models.CharField(_("被询单位"), max_length=120, blank=True)
    question = models.TextField(_("内容"))
    channel = models.CharField(max_length=10, choices=SendChannel.choices, default=SendChannel.PHONE)
    received_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    reply = models.TextField(blank=True)
    reply_channel = models.CharField(max_length=10, choices=SendChannel.choices, blank=True)
    reply_heard_by = models.CharField(max_length=60, blank=True)
    replied_at = models.DateTimeField(null=True)
    replied_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    reply_recorded_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["incident_id", "received_at"]

    def __str__(self) -> str:
        return f"{self.asked_by} {self.get_kind_display()}"
