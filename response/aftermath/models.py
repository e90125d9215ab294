"""The report on an event, what aftercare costs, how the unit rebuilds, what is learnt, who stood down."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from directory.choices import AftercareKind, PayerKind
from directory.models import PlanVersion, Unit, WorkGroup
from incidents.models import Incident
from response.aftermath.choices import (
    BEFORE_SENT,
    CareState,
    LessonState,
    MeritKind,
    MeritState,
    RebuildState,
    ReviewState,
    StandDownKind,
    StandDownState,
)

__all__ = [
    "AftercareItem",
    "Lesson",
    "MeritNote",
    "RebuildPlan",
    "RebuildStep",
    "ReviewAddressee",
    "ReviewReport",
    "StandDown",
]


class ReviewReport(models.Model):
    """总结调查报告 (cyber 5.1; comms 5.2): the route of the case's grade, what was written, what the record says.

    ``route`` is the route's data when it was put before the signer (organiser, clause, signers); ``texts`` the
    sections by key; ``facts`` what the record said at that moment: both stay as they were signed. A correction of one
    that was sent is the next report of the case (``serial``).
    """

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="reviews")
    serial = models.PositiveSmallIntegerField()
    version = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=10, choices=ReviewState.choices, default=ReviewState.DRAFT)
    title = models.CharField(_("标题"), max_length=200)
    route = models.JSONField(default=dict)
    grade_label = models.CharField(max_length=40, blank=True)
    organised_by = models.CharField(_("组织调查的单位"), max_length=120, blank=True)
    participants = models.CharField(_("参加调查的单位、专家"), max_length=500, blank=True)
    superior = models.CharField(_("配合的上级机构"), max_length=200, blank=True)
    texts = models.JSONField(default=dict)
    facts = models.JSONField(default=dict)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    author_post = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    return_reason = models.CharField(max_length=500, blank=True)
    signer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    signer_post = models.CharField(max_length=200, blank=True)
    signed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    sent_recorded_at = models.DateTimeField(null=True)
    channel = models.CharField(_("报送方式"), max_length=60, blank=True)
    proof = models.CharField(_("凭证"), max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("总结调查报告")
        verbose_name_plural = _("总结调查报告")
        ordering = ["incident_id", "serial"]
        constraints = [
            models.UniqueConstraint(fields=["incident", "serial"], name="response_review_serial"),
            models.UniqueConstraint(
                fields=["incident"], condition=Q(state__in=BEFORE_SENT), name="response_review_one_open"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["signed", "sent"]) | Q(signer__isnull=False, signed_at__isnull=False),
                name="response_review_signed",
            ),
            models.CheckConstraint(
                condition=Q(signer__isnull=True) | ~Q(signer=F("author")) & ~Q(signer=F("submitted_by")),
                name="response_review_second_person",
            ),
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(sent_at__gte=F("signed_at")), name="response_review_sent_signed"
            ),
        ]
        indexes = [models.Index(fields=["state", "submitted_at"], name="response_review_waiting")]

    def __str__(self) -> str:
        return self.title

    @property
    def state_choice(self) -> ReviewState:
        """Return the state with its label and colour."""
        return ReviewState(self.state)


class ReviewAddressee(models.Model):
    """One to whom the report goes, and its receipt: sent is not received."""

    report = models.ForeignKey(ReviewReport, on_delete=models.PROTECT, related_name="addressees")
    number = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=120)
    clause = models.CharField(max_length=120, blank=True)
    non_plan = models.BooleanField(default=False)
    received_by = models.CharField(_("签收人"), max_length=120, blank=True)
    received_at = models.DateTimeField(_("签收时间"), null=True)
    recorded_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["report_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["report", "label"], name="response_review_addressee_once"),
            models.CheckConstraint(
                condition=Q(received_at__isnull=True) | ~Q(received_by=""), name="response_review_receipt_by"
            ),
        ]

    def __str__(self) -> str:
        return self.label


class AftercareItem(models.Model):
    """善后事项 (cyber 5.2; comms 5.1): to whom, what, how much in yuan, who pays, how far it is.

    ``receipt`` is the paper given for requisitioned goods; ``proof`` the paper of the payment or of what was done.
    """

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="aftercare")
    version = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=10, choices=CareState.choices, default=CareState.OPEN)
    kind = models.CharField(_("类别"), max_length=12, choices=AftercareKind.choices)
    title = models.CharField(_("事项"), max_length=120)
    beneficiary = models.CharField(_("对象"), max_length=120)
    detail = models.TextField(_("情况"), blank=True)
    quantity = models.CharField(_("数量"), max_length=60, blank=True)
    receipt = models.CharField(_("征用凭证"), max_length=120, blank=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("经办单位"))
    clause = models.CharField(max_length=120, blank=True)
    non_plan = models.BooleanField(default=False)
    asked = models.DecimalField(_("申报金额"), max_digits=14, decimal_places=2, null=True)
    agreed = models.DecimalField(_("核定金额"), max_digits=14, decimal_places=2, null=True)
    payer = models.CharField(_("由谁承担"), max_length=10, choices=PayerKind.choices, blank=True)
    payer_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    payer_text = models.CharField(_("承担单位"), max_length=120, blank=True)
    payer_clause = models.CharField(max_length=120, blank=True)
    proof = models.CharField(_("办结凭证"), max_length=200, blank=True)
    settled_at = models.DateTimeField(null=True)
    reason = models.CharField(_("不再办理的理由"), max_length=500, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_post = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("善后事项")
        verbose_name_plural = _("善后事项")
        ordering = ["incident_id", "id"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(asked__isnull=True) | Q(asked__gte=0)) & (Q(agreed__isnull=True) | Q(agreed__gte=0)),
                name="response_care_amounts",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["agreed", "settled"]) | Q(agreed__isnull=False) & ~Q(payer=""),
                name="response_care_agreed",
            ),
            models.CheckConstraint(
                condition=~Q(kind="requisition") | ~Q(receipt=""), name="response_care_requisition_receipt"
            ),
        ]
        indexes = [models.Index(fields=["incident", "state"], name="response_care_state")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.title}"

    @property
    def state_choice(self) -> CareState:
        """Return the state with its label and colour."""
        return CareState(self.state)

    @property
    def payer_label(self) -> str:
        """Return who pays, in words."""
        who = self.payer_unit.name if self.payer_unit is not None else self.payer_text
        label = str(PayerKind(self.payer).label) if self.payer else ""
        return f"{label}（{who}）" if who and label else label


class RebuildPlan(models.Model):
    """重建和恢复计划 (cyber 5.3): by the unit where it happened, after it has looked at what can still be used."""

    incident = models.OneToOneField(Incident, on_delete=models.PROTECT, related_name="rebuild")
    version = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=10, choices=RebuildState.choices, default=RebuildState.ASKED)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="rebuilds")
    unit_label = models.CharField(max_length=120)
    clause = models.CharField(max_length=120)
    non_plan = models.BooleanField(default=False)
    due_on = models.DateField(_("报送日期"), null=True)
    resources = models.TextField(_("可利用资源的评估"), blank=True)
    text = models.TextField(_("恢复措施"), blank=True)
    said_by = models.CharField(_("代录：该单位何人所说"), max_length=120, blank=True)
    return_reason = models.CharField(max_length=500, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    finding = models.TextField(_("恢复情况"), blank=True)

    class Meta:
        verbose_name = _("恢复重建计划")
        verbose_name_plural = _("恢复重建计划")
        ordering = ["-asked_at"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=["submitted", "finished"]) | ~Q(text="") & Q(submitted_at__isnull=False),
                name="response_rebuild_written",
            ),
        ]
        indexes = [models.Index(fields=["unit", "state"], name="response_rebuild_unit")]

    def __str__(self) -> str:
        return f"{self.unit_label} {self.get_state_display()}"

    @property
    def state_choice(self) -> RebuildState:
        """Return the state with its label and colour."""
        return RebuildState(self.state)


class RebuildStep(models.Model):
    """A milestone of the unit's plan: what, by when, when it was reached. A later plan strikes those it leaves out."""

    plan = models.ForeignKey(RebuildPlan, on_delete=models.PROTECT, related_name="steps")
    number = models.PositiveSmallIntegerField()
    title = models.CharField(_("节点"), max_length=200)
    due_on = models.DateField(_("计划日期"))
    done_on = models.DateField(_("完成日期"), null=True)
    note = models.CharField(_("完成情况"), max_length=500, blank=True)
    struck = models.BooleanField(default=False)

    class Meta:
        ordering = ["plan_id", "number"]
        constraints = [models.UniqueConstraint(fields=["plan", "number"], name="response_rebuild_step_once")]

    def __str__(self) -> str:
        return self.title


class Lesson(models.Model):
    """A lesson and what is to be improved; ``revises_plan``: by changing the plan's clause to ``wording``."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="lessons")
    version = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=10, choices=LessonState.choices, default=LessonState.OPEN)
    text = models.CharField(_("教训、改进措施"), max_length=500)
    basis = models.CharField(max_length=120)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    due_on = models.DateField(_("完成日期"), null=True)
    revises_plan = models.BooleanField(_("建议修订预案"), default=False)
    plan_version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="proposals")
    clause = models.CharField(_("涉及条款"), max_length=120, blank=True)
    wording = models.TextField(_("建议的文字"), blank=True)
    answer = models.CharField(_("办理结果"), max_length=500, blank=True)
    revision = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, null=True, related_name="adopted_proposals")
    decided_at = models.DateTimeField(null=True)
    decided_post = models.CharField(max_length=200, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_post = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("教训与改进")
        verbose_name_plural = _("教训与改进")
        ordering = ["incident_id", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(revises_plan=False) | ~Q(clause="") & ~Q(wording=""), name="response_lesson_wording"
            ),
        ]
        indexes = [
            models.Index(
                fields=["plan_version", "state", "-created_at"],
                condition=Q(revises_plan=True),
                name="response_lesson_proposal",
            )
        ]

    def __str__(self) -> str:
        return self.text[:40]

    @property
    def state_choice(self) -> LessonState:
        """Return the state with its label and colour."""
        return LessonState(self.state)


class MeritNote(models.Model):
    """A note that somebody is to be praised, or held liable (cyber 7.2; comms 7.3), with the facts it rests on."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="merits")
    version = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=10, choices=MeritState.choices, default=MeritState.NOTED)
    kind = models.CharField(_("类别"), max_length=8, choices=MeritKind.choices)
    whom = models.CharField(_("单位或个人"), max_length=120)
    facts = models.TextField(_("事实"))
    suggestion = models.CharField(_("建议"), max_length=500, blank=True)
    clause = models.CharField(max_length=120)
    reason = models.CharField(_("撤销理由"), max_length=500, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_post = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("表彰与责任")
        verbose_name_plural = _("表彰与责任")
        ordering = ["incident_id", "id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.whom}"

    @property
    def kind_choice(self) -> MeritKind:
        """Return the kind with its label and colour."""
        return MeritKind(self.kind)


class StandDown(models.Model):
    """One group or team told to stand down when the response ended, and when it had left (comms 4.6)."""

    response = models.ForeignKey("response.Response", on_delete=models.PROTECT, related_name="stand_downs")
    version = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=8, choices=StandDownState.choices, default=StandDownState.TOLD)
    kind = models.CharField(max_length=8, choices=StandDownKind.choices)
    label = models.CharField(_("队伍"), max_length=120)
    group = models.ForeignKey(WorkGroup, on_delete=models.PROTECT, null=True, related_name="+")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="stand_downs")
    clause = models.CharField(max_length=120)
    non_plan = models.BooleanField(default=False)
    told_at = models.DateTimeField()
    left_at = models.DateTimeField(_("撤离时间"), null=True)
    people = models.PositiveIntegerField(_("撤离人数"), null=True)
    note = models.CharField(_("情况"), max_length=500, blank=True)
    said_by = models.CharField(_("代录：该单位何人所说"), max_length=120, blank=True)
    recorded_at = models.DateTimeField(null=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    recorded_post = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("队伍撤离")
        verbose_name_plural = _("队伍撤离")
        ordering = ["response_id", "id"]
        constraints = [
            models.UniqueConstraint(fields=["response", "label"], name="response_stand_down_once"),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(left_at__isnull=False, recorded_at__isnull=False),
                name="response_stand_down_left",
            ),
        ]
        indexes = [models.Index(fields=["unit", "state"], name="response_stand_down_unit")]

    def __str__(self) -> str:
        return self.label

    @property
    def state_choice(self) -> StandDownState:
        """Return the state with its label and colour."""
        return StandDownState(self.state)
