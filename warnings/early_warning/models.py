"""What may happen: warnings, their addressees and what these report (DESIGN §5)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from directory.choices import PaperKind
from directory.models import PlanVersion, Post, Unit, WarningLevel
from early_warning.cap.models import CapDocument as CapDocument  # a model of this app, kept in its own room
from early_warning.choices import ACTIVE, Publicity, SourceKind, StandingState, WarningState, WarningTaskState
from early_warning.prevention.models import CheckReturn, Finding, HazardCheck  # noqa: F401  (Django finds models here)
from incidents.models import Incident
from yangcheng_ec.record.models import CaseHead


class Paper(models.Model):
    """The columns of an uploaded paper: what the person called it, and the random name it lies under."""

    paper_name = models.CharField(max_length=120, blank=True)
    paper_stored = models.CharField(max_length=80, blank=True)
    paper_kind = models.CharField(max_length=8, choices=PaperKind.choices, blank=True)
    paper_size = models.PositiveIntegerField(default=0)
    paper_sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        abstract = True


class SuperiorNotice(Paper):
    """A notice of a superior a warning rests on (3.2.2「上级有关部门通报的」), in its own words."""

    sender = models.CharField(_("通报机关"), max_length=120)
    reference = models.CharField(_("文号"), max_length=120, blank=True)
    received_at = models.DateTimeField(_("收到时间"))
    text = models.TextField(_("通报原文"))
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = _("上级通报")
        verbose_name_plural = _("上级通报")

    def __str__(self) -> str:
        return f"{self.sender} {self.reference}".strip()


class StandingAuthorisation(Paper):
    """授权发布预警 (comms 3.4「根据规定权限或授权发布预警信息」): a signed paper with scope, post, start and end.

    Entered by the office, confirmed by the commander. Whoever holds ``post`` may approve warnings of ``levels``
    from ``starts_at`` until ``ends_at`` in the command's name, never a proposal of their own.
    """

    plan_version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="standing_authorisations")
    document = models.CharField(_("授权文件"), max_length=200)
    scope = models.TextField(_("授权范围"))
    levels = models.ManyToManyField(WarningLevel, related_name="+", verbose_name=_("预警级别（情形）"))
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="+", verbose_name=_("被授权的职务"))
    starts_at = models.DateTimeField(_("开始时间"))
    ends_at = models.DateTimeField(_("截止时间"))
    state = models.CharField(max_length=12, choices=StandingState.choices, default=StandingState.ENTERED)
    version = models.PositiveIntegerField(default=1)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    entered_post = models.CharField(max_length=200)
    entered_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_post = models.CharField(max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("预警发布授权")
        verbose_name_plural = _("预警发布授权")
        ordering = ["-entered_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="warnings_standing_order"),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("entered_by")),
                name="warnings_standing_not_own",
            ),
        ]
        indexes = [models.Index(fields=["plan_version", "state", "ends_at"], name="warnings_standing_in_force")]

    def __str__(self) -> str:
        return self.document


class EarlyWarning(models.Model):
    """One warning (version). ``previous`` is the version it adjusts; the chain keeps one case head.

    ``situation`` is not needed: a comms situation is a ``WarningLevel`` row like a colour.
    """

    head = models.ForeignKey(CaseHead, on_delete=models.PROTECT, related_name="warnings")
    number = models.CharField(_("编号"), max_length=30, unique=True)
    version = models.PositiveIntegerField(default=1)
    plan_version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="warnings")
    level = models.ForeignKey(WarningLevel, on_delete=models.PROTECT, related_name="warnings")
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, null=True, related_name="warnings")
    previous = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="next")
    source_kind = models.CharField(max_length=10, choices=SourceKind.choices, default=SourceKind.SCRATCH)
    source_label = models.CharField(_("来源"), max_length=300, blank=True)
    source_reference = models.CharField(_("来源编号"), max_length=120, blank=True)
    source_verdict = models.TextField(_("起草时对照预案的结果"), blank=True)
    superior = models.ForeignKey(SuperiorNotice, on_delete=models.PROTECT, null=True, related_name="warnings")
    state = models.CharField(max_length=16, choices=WarningState.choices, default=WarningState.DRAFT)
    drill = models.BooleanField(default=False)
    title = models.CharField(_("标题"), max_length=120)
    text = models.TextField(_("内容"))
    scope = models.TextField(_("响应范围"), blank=True)
    publicity = models.CharField(
        _("公开程度或保密要求"), max_length=14, choices=Publicity.choices, default=Publicity.INTERNAL
    )
    publicity_note = models.CharField(_("公开程度或保密要求的说明"), max_length=300, blank=True)
    basis = models.TextField(_("研判依据"), blank=True)
    advice = models.TextField(_("防范建议"), blank=True)
    valid_from = models.DateTimeField(_("生效时间"), null=True)
    valid_until = models.DateTimeField(_("预计失效时间"), null=True)
    respond_by = models.DateTimeField(_("预警行动反馈目标"), null=True)
    standing = models.ForeignKey(StandingAuthorisation, on_delete=models.PROTECT, null=True, related_name="warnings")
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    proposed_post = models.CharField(max_length=200, blank=True)
    proposed_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    return_reason = models.CharField(max_length=500, blank=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(null=True)
    lift_findings = models.JSONField(default=list)
    lift_proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    lift_proposed_at = models.DateTimeField(null=True)
    lifted_at = models.DateTimeField(null=True)
    nag_at = models.DateTimeField(null=True)
    nagged = models.PositiveSmallIntegerField(default=0)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("预警")
        verbose_name_plural = _("预警")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_from__isnull=True) | Q(valid_until__gt=F("valid_from")),
                name="warnings_valid_order",
            )
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="warnings_created"),
            models.Index(fields=["state", "-created_at"], name="warnings_state"),
            models.Index(fields=["-published_at", "-id"], name="warnings_public", condition=Q(publicity="public")),
            models.Index(fields=["state", "valid_until"], name="warnings_state_until"),
            models.Index(fields=["plan_version", "state", "-created_at"], name="warnings_plan_state"),
            models.Index(
                fields=["nag_at"], condition=Q(state__in=[state.value for state in ACTIVE]), name="warnings_nag"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        """Return the warning's page."""
        return reverse("warning", args=[self.number])

    @property
    def state_choice(self) -> WarningState:
        """Return the state with its label and colour."""
        return WarningState(self.state)


class EarlyWarningUserObjectPermission(UserObjectPermissionBase):
    """Object permissions on warnings, with a direct foreign key."""

    content_object = models.ForeignKey(EarlyWarning, on_delete=models.CASCADE)


class EarlyWarningGroupObjectPermission(GroupObjectPermissionBase):
    """What a unit's group may see: the warnings addressed to it."""

    content_object = models.ForeignKey(EarlyWarning, on_delete=models.CASCADE)


class WarningAddressee(models.Model):
    """One addressed unit with its ladder: sent → delivered → confirmed → leader informed → measures reported."""

    warning = models.ForeignKey(EarlyWarning, on_delete=models.PROTECT, related_name="addressees")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="warnings_addressed")
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.CharField(max_length=120, blank=True)
    confirmed_how = models.CharField(max_length=40, blank=True)
    leader_informed_at = models.DateTimeField(null=True)
    leader_name = models.CharField(max_length=60, blank=True)
    measures_reported_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["warning_id", "unit__order"]
        constraints = [models.UniqueConstraint(fields=["warning", "unit"], name="warnings_addressee_once")]

    def __str__(self) -> str:
        return f"{self.warning.number} {self.unit}"


class WarningProgress(models.Model):
    """What an addressed unit reports of developments and measures (3.2.3; 3.5)."""

    addressee = models.ForeignKey(WarningAddressee, on_delete=models.PROTECT, related_name="progress")
    text = models.TextField()
    done_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    on_behalf = models.BooleanField(_("代录"), default=False)

    class Meta:
        ordering = ["done_at", "id"]

    def __str__(self) -> str:
        return self.text[:40]


class WarningTask(models.Model):
    """One action of the plan at one addressed unit (cyber 3.2.3; comms 3.5): signed for, reported, chased.

    ``quote`` are the plan's words. ``due_at`` is a local target, never the plan's. ``non_plan`` marks a clause that
    does not say who acts.
    """

    warning = models.ForeignKey(EarlyWarning, on_delete=models.PROTECT, related_name="tasks")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="warning_tasks")
    ordinal = models.PositiveSmallIntegerField()
    quote = models.TextField()
    clause = models.CharField(max_length=60)
    non_plan = models.BooleanField(default=False)
    state = models.CharField(max_length=14, choices=WarningTaskState.choices, default=WarningTaskState.ASSIGNED)
    version = models.PositiveIntegerField(default=1)
    assigned_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=200, blank=True)
    finished_at = models.DateTimeField(null=True)
    finished_by = models.CharField(max_length=200, blank=True)
    report = models.TextField(_("落实情况或退回理由"), blank=True)
    chased_at = models.DateTimeField(null=True)
    chased = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("预警行动")
        verbose_name_plural = _("预警行动")
        ordering = ["warning_id", "ordinal", "unit__order"]
        constraints = [models.UniqueConstraint(fields=["warning", "unit", "ordinal"], name="warnings_task_once")]
        indexes = [models.Index(fields=["unit", "state", "-assigned_at"], name="warnings_task_unit")]

    def __str__(self) -> str:
        return f"{self.warning.number} {self.unit} {self.quote[:40]}"

    @property
    def state_choice(self) -> WarningTaskState:
        """Return the state with its label and colour."""
        return WarningTaskState(self.state)
