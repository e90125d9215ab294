"""Posts, who holds them, what they may do, and what was signed."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from directory.choices import (
    Act,
    AppointmentState,
    CountersignState,
    Nature,
    PaperKind,
    PostKind,
    SignatureMode,
)
from directory.models.plans import PlanVersion
from directory.models.units import Unit
from yangcheng_ec.record.models import CaseHead


class Post(models.Model):
    """A post of a plan's command, or a unit's leader or liaison. ``title`` is the plan's wording.

    ``plan`` posts belong to a plan version; ``unit`` is the unit for unit posts, or where the post comes from.
    """

    version = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, null=True, related_name="posts")
    code = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=20, choices=PostKind.choices)
    ordinal = models.PositiveSmallIntegerField(default=1)
    label = models.CharField(max_length=40)
    title = models.CharField(max_length=120)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="posts")
    clause = models.CharField(max_length=20, blank=True)
    non_plan = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("职务")
        verbose_name_plural = _("职务")
        ordering = ["version_id", "kind", "ordinal"]

    def __str__(self) -> str:
        return f"{self.label}（{self.title}）" if self.title != self.label else self.label


class Appointment(models.Model):
    """A person holds a post for a time: 任职, 代行 or 授权 with its document.

    Entered by one person, confirmed by another, never for oneself. ``scope`` of a 授权 lists Act values it covers
    (empty: everything the post may do); ``ends_at`` None is open. ``title`` is the person's
    own office as it was entered.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="appointments")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="appointments")
    nature = models.CharField(max_length=12, choices=Nature.choices, default=Nature.TENURE)
    title = models.CharField(_("本人职务"), max_length=60, blank=True, default="")
    document = models.CharField(_("依据文件"), max_length=200, blank=True)
    scope = models.JSONField(default=list, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=12, choices=AppointmentState.choices, default=AppointmentState.ENTERED)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    entered_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("任职")
        verbose_name_plural = _("任职")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")), name="directory_appointment_order"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("user")),
                name="directory_appointment_not_own_confirm",
            ),
        ]
        indexes = [models.Index(fields=["user", "state"], name="directory_appointment_user")]

    def __str__(self) -> str:
        return f"{self.user} {self.get_nature_display()} {self.post}"


class AppointmentPaper(models.Model):
    """The paper a 代行 or 授权 rests on, as it was uploaded: never changed, only served through a view.

    The file lies under a random name (``stored``) in the private media folder; ``name`` is what the person called it.
    """

    appointment = models.OneToOneField(Appointment, on_delete=models.PROTECT, related_name="paper")
    name = models.CharField(max_length=120)
    stored = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=8, choices=PaperKind.choices)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()

    class Meta:
        verbose_name = _("任职依据文件")
        verbose_name_plural = _("任职依据文件")

    def __str__(self) -> str:
        return self.name


class ActRule(models.Model):
    """Which posts may do an act under a plan version, with the clause (DESIGN §4's table as rows).

    Approving a response level is not here: it stands with each ``ResponseLevel``. ``non_plan`` marks a reading
    of ours where the clause names only «the command». ``limits`` are ActLimit values: how far the act goes.
    """

    version = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="act_rules")
    act = models.CharField(max_length=30, choices=Act.choices)
    post_kinds = models.JSONField(default=list)
    clause = models.CharField(max_length=20, blank=True)
    quote = models.TextField(blank=True)
    limits = models.JSONField(default=list, blank=True)
    non_plan = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "act"], name="directory_act_rule_once")]

    def __str__(self) -> str:
        return f"{self.version.plan.code} {self.act}"


class Signature(models.Model):
    """A decision somebody signed, on screen or by phone: report review, warning and response approvals, ends.

    By phone: the duty officer ``recorded_by`` called back ``number`` (the directory's), the decision was read back;
    the holder countersigns or denies later. ``act`` is an Act value; ``subject_type``/``subject_id`` what was signed.
    """

    head = models.ForeignKey(CaseHead, on_delete=models.PROTECT, related_name="signatures")
    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    act = models.CharField(max_length=30, choices=Act.choices)
    decision = models.CharField(max_length=20, default="approved")
    signer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="signatures")
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, null=True, related_name="signatures")
    post_label = models.CharField(max_length=200)
    mode = models.CharField(max_length=10, choices=SignatureMode.choices, default=SignatureMode.SCREEN)
    signed_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    number = models.CharField(max_length=60, blank=True)
    read_back = models.BooleanField(default=False)
    note = models.TextField(blank=True)
    clause = models.CharField(max_length=120, blank=True)
    countersign = models.CharField(max_length=14, choices=CountersignState.choices, default=CountersignState.NOT_NEEDED)
    countersigned_at = models.DateTimeField(null=True)
    countersign_note = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = _("签批")
        verbose_name_plural = _("签批")
        indexes = [
            models.Index(fields=["subject_type", "subject_id"], name="directory_signature_subject"),
            models.Index(fields=["signer"], condition=Q(countersign="awaiting"), name="directory_signature_awaiting"),
        ]

    def __str__(self) -> str:
        return f"{self.signer} {self.act}"
