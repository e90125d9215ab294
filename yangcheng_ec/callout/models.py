"""Call-outs as rows (叫应, DESIGN §5): who must confirm what, how far it has come, what comes next and when."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from yangcheng_ec.callout.choices import CalloutState, CalloutStepKind, CalloutStepState, ConfirmedHow
from yangcheng_ec.deadlines.models import Notice
from yangcheng_ec.record.models import CaseHead


class CalloutCause(models.Model):
    """What is called out, once however many are called: the words each wave says, and by whose policy.

    ``dedupe`` names the cause, as ``Message.dedupe`` does; ``level`` and ``plan_version_id`` choose the policy that
    is in force when a step fires. ``wants_measures`` False: a confirmation is all that is asked (a lifting).
    """

    head = models.ForeignKey(CaseHead, on_delete=models.PROTECT, related_name="callout_causes")
    dedupe = models.CharField(max_length=160, unique=True)
    kind = models.CharField(max_length=40)
    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    title = models.CharField(max_length=300)
    body = models.TextField(blank=True)
    script = models.TextField(blank=True)
    url = models.CharField(max_length=200, blank=True)
    clause = models.CharField(max_length=120, blank=True)
    urgent = models.BooleanField(default=True)
    call = models.BooleanField(default=False)
    drill = models.BooleanField(default=False)
    level = models.PositiveSmallIntegerField(default=0)
    plan_version_id = models.BigIntegerField()
    wants_measures = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("叫应事由")
        verbose_name_plural = _("叫应事由")
        indexes = [models.Index(fields=["subject_type", "subject_id"], name="callout_cause_subject")]

    def __str__(self) -> str:
        return self.title


class Callout(models.Model):
    """One target called out for one cause: a unit, or a person. It ends only as ``CalloutState`` says.

    The five rungs are its times: sent (left on any channel; the inbox is one) → delivered → confirmed by the duty
    post → leader informed → measures reported. A warning's rows (``WarningAddressee``) are written in the same
    transactions by its app. ``ended_at`` is when it stopped being called.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    cause = models.ForeignKey(CalloutCause, on_delete=models.PROTECT, related_name="callouts", db_index=False)
    target_key = models.CharField(max_length=80)
    label = models.CharField(max_length=200)
    unit_code = models.CharField(max_length=60, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=CalloutState.choices, default=CalloutState.OPEN)
    sent_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.CharField(max_length=120, blank=True)
    confirmed_how = models.CharField(max_length=10, choices=ConfirmedHow.choices, blank=True)
    leader_at = models.DateTimeField(null=True)
    leader_name = models.CharField(max_length=60, blank=True)
    measures_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=260, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("叫应")
        verbose_name_plural = _("叫应")
        constraints = [
            models.UniqueConstraint(fields=["cause", "target_key"], name="callout_once"),
            models.CheckConstraint(
                condition=Q(state="confirmed", confirmed_at__isnull=False)
                | (~Q(state="confirmed") & Q(confirmed_at__isnull=True)),
                name="callout_confirmed_has_time",
            ),
            models.CheckConstraint(condition=~Q(state="given_up") | ~Q(reason=""), name="callout_given_up_has_reason"),
            models.CheckConstraint(
                condition=Q(state="open") | Q(ended_at__isnull=False), name="callout_ended_has_time"
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], condition=Q(state="open"), name="callout_open"),
            models.Index(fields=["-created_at", "-id"], name="callout_created"),
            models.Index(fields=["unit_code", "-created_at"], name="callout_unit"),
            models.Index(
                fields=["id"], condition=Q(state="open", delivered_at__isnull=True), name="callout_undelivered"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.cause_id}"

    @property
    def state_choice(self) -> CalloutState:
        """Return the state with its label and colour."""
        return CalloutState(self.state)

    @property
    def how(self) -> str:
        """Return in words how it was confirmed."""
        return str(ConfirmedHow(self.confirmed_how).label) if self.confirmed_how else ""


class CalloutStep(models.Model):
    """One step of a call-out's ladder. Each is written in the transaction of the one before; ``kind`` when it fires.

    ``told`` names whom it reached out to, for the page; the record has it too.
    """

    callout = models.ForeignKey(Callout, on_delete=models.PROTECT, related_name="steps", db_index=False)
    sequence = models.PositiveSmallIntegerField()
    fire_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=CalloutStepState.choices, default=CalloutStepState.PENDING)
    kind = models.CharField(max_length=10, choices=CalloutStepKind.choices, blank=True)
    told = models.JSONField(default=list)
    fired_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["callout_id", "sequence"]
        constraints = [
            models.UniqueConstraint(fields=["callout", "sequence"], name="callout_step_once"),
            models.UniqueConstraint(fields=["callout"], condition=Q(state="pending"), name="callout_one_pending_step"),
        ]
        indexes = [models.Index(fields=["fire_at"], condition=Q(state="pending"), name="callout_step_due")]

    def __str__(self) -> str:
        return f"{self.callout_id}/{self.sequence} {self.kind}"


class CalloutNotice(models.Model):
    """Which notices a call-out has sent, to whom. ``person`` is the recipient's key, so that nobody is told twice."""

    callout = models.ForeignKey(Callout, on_delete=models.PROTECT, related_name="told")
    notice = models.OneToOneField(Notice, on_delete=models.PROTECT, related_name="asks")
    person = models.CharField(max_length=80)

    def __str__(self) -> str:
        return f"{self.callout_id} {self.person}"


class CalloutLink(models.Model):
    """One one-time link that was sent. Only the hash of its token is kept; each sending has a token of its own."""

    token_hash = models.CharField(max_length=64, unique=True)
    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="confirm_links")
    channel = models.CharField(max_length=10)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.notice_id} {self.channel}"
