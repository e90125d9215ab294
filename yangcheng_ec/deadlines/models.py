"""Clocks as rows (DESIGN §6). No deadline ever lives in a message."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext, gettext_lazy as _

from yangcheng_ec.deadlines.choices import (
    TOLD_UPWARD,
    CallResult,
    Channel,
    DeadlineState,
    DeliveryState,
    StartBasis,
    StepKind,
    StepState,
)
from yangcheng_ec.record.models import CaseHead


class Deadline(models.Model):
    """One clock: one rule of a plan on one subject.

    ``rule_code`` is the reporting rule's natural key (``cyber-2025:R2``); ``quote`` and ``clause`` are its words.
    ``minutes`` None means 立即/及时: the clock counts up from ``starts_at``; ``target_at`` is then a local target
    (「非预案规定」). ``start_note`` says why it starts elsewhere than the clause says (「非预案规定」).
    ``done_at`` is when the act happened, ``recorded_at`` when it was entered; lateness uses ``done_at``.
    ``overdue_at`` is when the sweep marked it overdue, and stays even when the act turns out to have been in time.
    ``ladder`` is a snapshot of the rungs it runs by, of the plan's ``ladder_edition`` (0: as the plan was loaded).
    """

    head = models.ForeignKey(CaseHead, on_delete=models.PROTECT, related_name="deadlines")
    rule_code = models.CharField(max_length=60)
    plan_code = models.CharField(max_length=40)
    plan_version_id = models.BigIntegerField()
    clause = models.CharField(max_length=120)
    quote = models.TextField()
    title = models.CharField(max_length=200)
    case_title = models.CharField(max_length=300, blank=True)
    url = models.CharField(max_length=200, blank=True)
    owed_by = models.CharField(max_length=200)
    owed_by_unit = models.CharField(max_length=60, blank=True)
    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    start_basis = models.CharField(max_length=20, choices=StartBasis.choices)
    start_note = models.CharField(max_length=200, blank=True)
    starts_at = models.DateTimeField()
    minutes = models.PositiveIntegerField(null=True)
    wording = models.CharField(max_length=40)
    due_at = models.DateTimeField(null=True)
    target_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=12, choices=DeadlineState.choices, default=DeadlineState.RUNNING)
    done_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField(null=True)
    done_by = models.CharField(max_length=260, blank=True)
    done_channel = models.CharField(max_length=40, blank=True)
    late_entry = models.BooleanField(default=False)
    late_reason = models.CharField(max_length=500, blank=True)
    overdue_at = models.DateTimeField(null=True)
    closed_reason = models.CharField(max_length=500, blank=True)
    closed_by = models.CharField(max_length=260, blank=True)
    ladder = models.JSONField(default=list)
    ladder_edition = models.PositiveIntegerField(default=0)
    drill = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("时限")
        verbose_name_plural = _("时限")
        constraints = [
            models.UniqueConstraint(
                fields=["rule_code", "subject_type", "subject_id"],
                condition=~Q(state="superseded"),
                name="deadlines_one_per_rule_and_subject",
            ),
            models.CheckConstraint(
                condition=Q(due_at__isnull=True) | Q(due_at__gte=F("starts_at")), name="deadlines_due_after_start"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"], condition=Q(state__in=["running", "overdue"]), name="deadlines_open_due"
            ),
            models.Index(fields=["subject_type", "subject_id"], name="deadlines_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.case_title or self.subject_type} {self.title}"

    @property
    def is_open(self) -> bool:
        """Return whether the clock still runs or is overdue."""
        return self.state in (DeadlineState.RUNNING, DeadlineState.OVERDUE)

    @property
    def state_choice(self) -> DeadlineState:
        """Return the state with its label and colour."""
        return DeadlineState(self.state)

    @property
    def verdict(self) -> str:
        """Return the state in words; what has no minutes (「立即」「及时」, G14) is done, not done in time."""
        untimed = self.state == DeadlineState.MET and self.due_at is None
        return gettext("已完成") if untimed else str(self.state_choice.label)

    @property
    def label(self) -> str:
        """Return the title, under the name the clock component reads."""
        return self.title

    @property
    def clause_ref(self) -> str:
        """Return the bare reference, for example ``4.1``."""
        return self.clause.rpartition(" ")[2]

    @property
    def clause_text(self) -> str:
        """Return the sentence of the plan this clock rests on."""
        return self.quote

    @property
    def needs_reason(self) -> bool:
        """Return whether it was met late and nobody has said why yet."""
        return self.state == DeadlineState.MET_LATE and not self.late_reason


class DeadlineAddressee(models.Model):
    """One addressee of the clause, done or not: the clock is met when all are covered."""

    deadline = models.ForeignKey(Deadline, on_delete=models.CASCADE, related_name="addressees", db_index=False)
    code = models.CharField(max_length=60)
    label = models.CharField(max_length=120)
    done_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField(null=True)
    by_type = models.CharField(max_length=40, blank=True)
    by_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["deadline", "code"], name="deadlines_addressee_once")]
        ordering = ["id"]

    def __str__(self) -> str:
        return self.label


class Step(models.Model):
    """One rung of a clock's ladder, written in the transaction that starts the clock.

    ``note`` says who is to acknowledge it (知悉). ``acknowledged_at`` is when one of them did, on screen or by phone;
    a notice that was merely opened is not acknowledged.
    """

    deadline = models.ForeignKey(Deadline, on_delete=models.CASCADE, related_name="steps", db_index=False)
    sequence = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=StepKind.choices)
    audience = models.JSONField(default=list)
    note = models.CharField(max_length=200, blank=True)
    fire_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=StepState.choices, default=StepState.PENDING)
    fired_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=260, blank=True)

    class Meta:
        ordering = ["deadline_id", "sequence"]
        constraints = [models.UniqueConstraint(fields=["deadline", "sequence"], name="deadlines_step_once")]
        indexes = [
            models.Index(fields=["fire_at", "deadline"], condition=Q(state="pending"), name="deadlines_step_due")
        ]

    def __str__(self) -> str:
        return f"{self.deadline_id}/{self.sequence} {self.kind}"

    @property
    def wants_acknowledging(self) -> bool:
        """Return whether it has been told upward and nobody has said that they know."""
        told = self.state == StepState.FIRED and self.kind in TOLD_UPWARD and bool(self.audience)
        return told and self.acknowledged_at is None


class Notice(models.Model):
    """One message to one recipient, and its in-app copy: a row of the transaction that caused it, hence exactly once.

    The recipient is a user, or a unit reached by phone only. ``dedupe_key`` makes it unique per cause and recipient.
    ``script`` is the text to read on the phone (念稿). ``settled_at``: what it asked for is done or no longer
    needed, so nobody is called or alarmed for it any more; it stays in the inbox. ``confirm``: somebody has to say
    that they know (叫应); ``level`` is how grave it is, 1 the gravest, 0 without one: both are the call-out's.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    dedupe_key = models.CharField(max_length=160, unique=True)
    kind = models.CharField(max_length=40)
    head = models.ForeignKey(CaseHead, on_delete=models.PROTECT, null=True, related_name="notices")
    step = models.ForeignKey(Step, on_delete=models.PROTECT, null=True, related_name="notices")
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="notices", db_index=False
    )
    recipient_label = models.CharField(max_length=200)
    unit_code = models.CharField(max_length=60, blank=True)
    subject_type = models.CharField(max_length=40, blank=True)
    subject_id = models.BigIntegerField(null=True)
    title = models.CharField(max_length=300)
    body = models.TextField(blank=True)
    script = models.TextField(blank=True)
    url = models.CharField(max_length=200, blank=True)
    clause = models.CharField(max_length=120, blank=True)
    urgent = models.BooleanField(default=False)
    drill = models.BooleanField(default=False)
    confirm = models.BooleanField(default=False)
    level = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("通知")
        verbose_name_plural = _("通知")
        indexes = [
            models.Index(fields=["recipient", "-created_at"], name="deadlines_notice_inbox"),
            models.Index(fields=["recipient"], condition=Q(opened_at__isnull=True), name="deadlines_notice_unread"),
            models.Index(
                fields=["subject_type", "subject_id"],
                condition=Q(settled_at__isnull=True),
                name="deadlines_notice_unsettled",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Delivery(models.Model):
    """A notice on its way through one channel outside: at least once, with a key for the receiver.

    What a machine sends is leased, begun, sent, then marked. ``leased_until`` and ``attempts`` together are the
    lease: only who holds it may mark. ``begun_at`` stands while a send is under way; a lease that ran out with it
    standing, or an answer that never came, leaves ``in_doubt``: it may have arrived, and is sent again all the same.
    ``address`` is a mail address, a number, or a robot's name: never a secret.
    Phone and fax deliveries are the call sheet: a duty officer works through them.
    """

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="deliveries", db_index=False)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    address = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=DeliveryState.choices, default=DeliveryState.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    begun_at = models.DateTimeField(null=True)
    in_doubt = models.BooleanField(default=False)
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name = _("投递")
        verbose_name_plural = _("投递")
        constraints = [models.UniqueConstraint(fields=["notice", "channel"], name="deadlines_delivery_once")]
        indexes = [
            models.Index(
                fields=["channel", "next_try_at"], condition=Q(state="queued"), name="deadlines_delivery_queue"
            ),
            models.Index(fields=["channel", "id"], condition=Q(state="given_up"), name="deadlines_delivery_dead"),
            models.Index(fields=["channel", "id"], condition=Q(in_doubt=True), name="deadlines_delivery_doubt"),
            models.Index(fields=["channel", "sent_at"], condition=Q(state="sent"), name="deadlines_delivery_sent"),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.channel}"

    @property
    def key(self) -> uuid.UUID:
        """Return the key the receiver is given: the same however often this delivery is sent."""
        return uuid.uuid5(self.notice.key, self.channel)

    @property
    def state_choice(self) -> DeliveryState:
        """Return the state with its label and colour."""
        return DeliveryState(self.state)


class ChannelRule(models.Model):
    """How an addressee is reached: the order of channels, the robots, the quiet hours (all 「非预案规定」).

    ``addressee`` is a recipient's key (``user:5``), a unit (``unit:gongan``) or empty for everybody; ``kind`` is a
    notice's kind, its first word (``warning``) or empty for every kind. The narrowest row that says something counts.
    ``robots`` are names of robots from the settings. Quiet hours hold back what is not urgent.
    """

    addressee = models.CharField(max_length=80, blank=True)
    label = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=40, blank=True)
    channels = models.JSONField(default=list, blank=True)
    robots = models.JSONField(default=list, blank=True)
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_to = models.TimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField()
    updated_by = models.CharField(max_length=260, blank=True)

    class Meta:
        verbose_name = _("通知渠道")
        verbose_name_plural = _("通知渠道")
        ordering = ["addressee", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["addressee", "kind"], name="deadlines_rule_once"),
            models.CheckConstraint(
                condition=Q(quiet_from__isnull=True, quiet_to__isnull=True)
                | Q(quiet_from__isnull=False, quiet_to__isnull=False),
                name="deadlines_quiet_both_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.addressee or '*'} {self.kind or '*'}"


class Switch(models.Model):
    """What the office has switched: a channel, or whether drills may leave the inboxes (``drills``).

    Without a row a channel is on, and drills go as the installation's setting says.
    """

    name = models.CharField(max_length=20, unique=True)
    on = models.BooleanField(default=True)
    reason = models.CharField(max_length=300, blank=True)
    switched_by = models.CharField(max_length=260, blank=True)
    switched_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return f"{self.name} {self.on}"


class ChannelHealth(models.Model):
    """What the machine has seen of a channel. With failures in a row nothing is tried before ``retry_at``.

    ``down_since`` is when it last stopped working, empty while it works. ``recent`` are the moments of a robot's
    last posts, so that all processes together keep its limit.
    """

    name = models.CharField(max_length=80, unique=True)
    failures = models.PositiveIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    down_since = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=500, blank=True)
    recent = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.name} {self.failures}"


class CallAttempt(models.Model):
    """One phone call of the call sheet, with its result. Calls are added, never edited."""

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="calls")
    caller = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=60)
    result = models.CharField(max_length=20, choices=CallResult.choices)
    person = models.CharField(max_length=60, blank=True)
    read_back = models.BooleanField(default=False)
    note = models.CharField(max_length=300, blank=True)
    called_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-called_at"]

    def __str__(self) -> str:
        return f"{self.number} {self.result}"


class Heartbeat(models.Model):
    """When a sweep last ran, whoever ran it. ``name`` is ``sweep`` or ``deliver``."""

    name = models.CharField(max_length=20, unique=True)
    beat_at = models.DateTimeField()
    by = models.CharField(max_length=100, blank=True)

    def __str__(self) -> str:
        return f"{self.name} {self.beat_at}"


class HeartbeatGap(models.Model):
    """A stretch in which nobody swept: it stands in the record and in the 时限证据表."""

    name = models.CharField(max_length=20)
    from_at = models.DateTimeField()
    to_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["name", "to_at"], name="deadlines_gap_to")]

    def __str__(self) -> str:
        return f"{self.name} {self.from_at}–{self.to_at}"
