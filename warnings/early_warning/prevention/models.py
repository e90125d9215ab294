"""Rounds of hazard checks and risk findings (cyber 3.1, 3.2.2; comms 3.1, 3.2)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from directory.models import PlanVersion, Unit
from early_warning.prevention.choices import IN_MENDING, CheckState, FindingState
from incidents.models import Incident
from yangcheng_ec.record.models import CaseHead

__all__ = ["CheckReturn", "Finding", "HazardCheck"]


class HazardCheck(models.Model):
    """A round of hazard checks (隐患排查): what is checked, when, by whom, until when the result is due.

    Opened by a plan's office for units, or by one unit for itself (``own``). ``due_at`` is a local target; the plans
    ask for checks and set no times (「非预案规定」). ``told_*`` keep that the round of the sweep has spoken.
    """

    head = models.OneToOneField(CaseHead, on_delete=models.PROTECT, related_name="hazard_check")
    number = models.CharField(_("编号"), max_length=30, unique=True)
    version = models.PositiveIntegerField(default=1)
    plan_version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="hazard_checks")
    own = models.BooleanField(_("自查"), default=False)
    title = models.CharField(_("名称"), max_length=120)
    content = models.TextField(_("排查内容"))
    starts_on = models.DateField(_("排查自"))
    ends_on = models.DateField(_("排查至"))
    due_at = models.DateTimeField(_("报送期限"))
    state = models.CharField(_("状态"), max_length=12, choices=CheckState.choices, default=CheckState.OPEN)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    opened_post = models.CharField(max_length=200, blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    close_note = models.CharField(_("小结或理由"), max_length=500, blank=True)
    chases = models.PositiveSmallIntegerField(default=0)
    told_soon_at = models.DateTimeField(null=True, blank=True)
    told_late_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("隐患排查")
        verbose_name_plural = _("隐患排查")
        ordering = ["-opened_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="warnings_check_days_in_order")
        ]
        indexes = [
            models.Index(fields=["-opened_at", "-id"], name="warnings_check_opened"),
            models.Index(fields=["state", "due_at"], name="warnings_check_due"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def state_choice(self) -> CheckState:
        """Return the state with its label and colour."""
        return CheckState(self.state)


class CheckReturn(models.Model):
    """One unit's part in a round: not returned yet (``found`` None), nothing found (0), or how many.

    A correction while the round is open counts ``version`` up; the record keeps what stood there.
    """

    hazard_check = models.ForeignKey(HazardCheck, on_delete=models.PROTECT, related_name="returns", db_index=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", db_index=False)
    version = models.PositiveIntegerField(default=1)
    found = models.PositiveSmallIntegerField(_("发现的隐患数"), null=True, blank=True)
    note = models.CharField(_("排查情况"), max_length=500, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)
    returned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    returned_as = models.CharField(max_length=200, blank=True)
    said_by = models.CharField(_("对方报送人"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("排查结果")
        verbose_name_plural = _("排查结果")
        ordering = ["hazard_check_id", "unit__order", "unit_id"]
        constraints = [
            models.UniqueConstraint(fields=["hazard_check", "unit"], name="warnings_check_return_once"),
            models.CheckConstraint(
                condition=Q(found__isnull=True, returned_at__isnull=True)
                | Q(found__isnull=False, returned_at__isnull=False),
                name="warnings_check_return_whole",
            ),
        ]
        indexes = [models.Index(fields=["unit", "returned_at"], name="warnings_check_return_unit")]

    def __str__(self) -> str:
        return f"{self.hazard_check_id} {self.unit}"

    @property
    def late(self) -> bool:
        """Return whether it came after the local target."""
        return self.returned_at is not None and self.returned_at > self.hazard_check.due_at


class Finding(models.Model):
    """One risk finding (风险隐患): reported by ``unit``, mended by ``owner``, tracked until somebody else verified it.

    ``due_at`` is the office's local target (「非预案规定」), ``extended`` how often it was moved. ``mended_by`` is who
    said that it is mended. A ``warning`` begun from it leaves it open: it is mended all the same. ``intake`` is the
    draft of an incident taken down from it, ``incident`` the case it is handled as.
    """

    head = models.OneToOneField(CaseHead, on_delete=models.PROTECT, related_name="finding")
    number = models.CharField(_("编号"), max_length=30, unique=True)
    version = models.PositiveIntegerField(default=1)
    plan_version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="findings", db_index=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="findings_reported", db_index=False)
    owner = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="findings_owned", db_index=False)
    hazard_check = models.ForeignKey(
        HazardCheck, on_delete=models.PROTECT, null=True, blank=True, related_name="findings"
    )
    state = models.CharField(_("状态"), max_length=12, choices=FindingState.choices, default=FindingState.REPORTED)
    title = models.CharField(_("隐患"), max_length=120)
    place = models.CharField(_("系统或地点"), max_length=200)
    description = models.TextField(_("情况"))
    severity = models.CharField(_("可能的危害"), max_length=500, blank=True)
    measure = models.TextField(_("已采取和拟采取的措施"), blank=True)
    found_at = models.DateTimeField(_("发现时间"))
    reported_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reported_post = models.CharField(max_length=200, blank=True)
    reported_at = models.DateTimeField()
    said_by = models.CharField(_("对方报送人"), max_length=60, blank=True)
    due_at = models.DateTimeField(_("整改期限"), null=True, blank=True)
    extended = models.PositiveSmallIntegerField(default=0)
    reason = models.CharField(_("理由"), max_length=500, blank=True)
    progress = models.TextField(_("整改进展"), blank=True)
    mended_at = models.DateTimeField(_("整改完成时间"), null=True, blank=True)
    mended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    verified_at = models.DateTimeField(null=True, blank=True)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    chases = models.PositiveSmallIntegerField(default=0)
    told_soon_at = models.DateTimeField(null=True, blank=True)
    told_late_at = models.DateTimeField(null=True, blank=True)
    warning = models.ForeignKey(
        "warnings.EarlyWarning", on_delete=models.PROTECT, null=True, blank=True, related_name="findings"
    )
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, null=True, blank=True, related_name="findings")
    intake = models.UUIDField(null=True, blank=True)

    class Meta:
        verbose_name = _("风险隐患")
        verbose_name_plural = _("风险隐患")
        ordering = ["-reported_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(verified_by__isnull=True) | ~Q(verified_by=F("mended_by")),
                name="warnings_finding_verified_by_another",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["accepted", "mending", "mended", "verified"]) | Q(due_at__isnull=False),
                name="warnings_finding_accepted_has_due",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["mended", "verified"]) | Q(mended_at__isnull=False, mended_by__isnull=False),
                name="warnings_finding_mended_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state="incident") | Q(incident__isnull=False), name="warnings_finding_incident_named"
            ),
        ]
        indexes = [
            models.Index(fields=["-reported_at", "-id"], name="warnings_finding_reported"),
            models.Index(fields=["state", "due_at"], name="warnings_finding_due"),
            models.Index(fields=["plan_version", "state"], name="warnings_finding_plan"),
            models.Index(fields=["unit", "state"], name="warnings_finding_unit"),
            models.Index(fields=["owner", "state"], name="warnings_finding_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def state_choice(self) -> FindingState:
        """Return the state with its label and colour."""
        return FindingState(self.state)

    @property
    def in_mending(self) -> bool:
        """Return whether somebody has to mend it now."""
        return self.state in IN_MENDING
