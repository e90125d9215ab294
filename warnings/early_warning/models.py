"""What may happen: warnings, their addressees and what these report (DESIGN §5)."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from directory.models import PlanVersion, Unit, WarningLevel
from early_warning.cap.models import CapDocument as CapDocument  # a model of this app, kept in its own room
from early_warning.choices import Publicity, WarningState
from early_warning.prevention.models import CheckReturn, Finding, HazardCheck  # noqa: F401  (Django finds models here)
from incidents.models import Incident
from yangcheng_ec.record.models import CaseHead


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
    state = models.CharField(max_length=16, choices=WarningState.choices, default=WarningState.DRAFT)
    drill = models.BooleanField(default=False)
    title = models.CharField(_("标题"), max_length=120)
    text = models.TextField(_("内容"))
    scope = models.TextField(_("响应范围"), blank=True)
    publicity = models.CharField(
        _("公开程度或保密要求"), max_length=14, choices=Publicity.choices, default=Publicity.INTERNAL
    )
    basis = models.TextField(_("研判依据"), blank=True)
    advice = models.TextField(_("防范建议"), blank=True)
    valid_from = models.DateTimeField(_("生效时间"), null=True)
    valid_until = models.DateTimeField(_("预计失效时间"), null=True)
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
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

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
