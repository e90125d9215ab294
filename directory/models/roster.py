"""Who is on duty when (值班表), what one shift hands to the next (交接班), and the duty log (值班日志).

The plans ask for duty (24 小时值班) and say nothing of shifts, hours or forms: all of it is 「非预案规定」.
"""

from datetime import date as date_type, datetime, time, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from directory.choices import DutyModeKind, DutyRole, HandoffState, RosterPattern, Shift, SwapState
from directory.models.plans import Plan
from directory.models.units import Unit
from yangcheng_ec.clock import SHANGHAI
from yangcheng_ec.record.models import CaseHead


class Holiday(models.Model):
    """A day off by law, or a weekend worked instead (``is_workday``). Entered by people, never guessed."""

    date = models.DateField(_("日期"), unique=True)
    name = models.CharField(_("名称"), max_length=20)
    is_workday = models.BooleanField(_("调休上班"), default=False)

    class Meta:
        verbose_name = _("节假日")
        verbose_name_plural = _("节假日")
        ordering = ["date"]

    def __str__(self) -> str:
        return f"{self.date} {self.name}"


class Roster(models.Model):
    """The roster of a plan's command office (whichever version is in force) or of a unit.

    ``code`` is the plan's or the unit's code. ``day_at`` and ``night_at`` are when the shifts change;
    more than ``most_in_row`` shifts in a row is shown as too many.
    """

    code = models.SlugField(max_length=40, unique=True)
    plan = models.OneToOneField(Plan, on_delete=models.PROTECT, null=True, related_name="roster")
    unit = models.OneToOneField(Unit, on_delete=models.PROTECT, null=True, related_name="roster")
    name = models.CharField(max_length=120)
    pattern = models.CharField(max_length=10, choices=RosterPattern.choices, default=RosterPattern.DAY_NIGHT)
    day_at = models.TimeField(default=time(8))
    night_at = models.TimeField(default=time(20))
    most_in_row = models.PositiveSmallIntegerField(default=2)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("值班表")
        verbose_name_plural = _("值班表")
        ordering = ["-plan__code", "unit__order", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(plan__isnull=True, unit__isnull=False) | Q(plan__isnull=False, unit__isnull=True),
                name="directory_roster_one_body",
            ),
            models.CheckConstraint(condition=Q(day_at__lt=F("night_at")), name="directory_roster_day_before_night"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def shifts(self) -> tuple[Shift, ...]:
        """Return the turns of one day, in order."""
        return RosterPattern(self.pattern).shifts

    def hours(self, day: date_type, shift: str) -> tuple[datetime, datetime]:
        """Return when a turn of a day begins and ends."""
        morning = datetime.combine(day, self.day_at, tzinfo=SHANGHAI)
        evening = datetime.combine(day, self.night_at, tzinfo=SHANGHAI)
        following = datetime.combine(day + timedelta(days=1), self.day_at, tzinfo=SHANGHAI)
        return {Shift.DAY: (morning, evening), Shift.NIGHT: (evening, following)}.get(
            Shift(shift), (morning, following)
        )


class DutySlot(models.Model):
    """One turn of one day: who leads (带班领导) and who is the officer (值班员). Its hours are kept with it."""

    roster = models.ForeignKey(Roster, on_delete=models.PROTECT, related_name="slots")
    date = models.DateField()
    shift = models.CharField(max_length=10, choices=Shift.choices)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    leader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="slots_led")
    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="slots_on_duty"
    )
    note = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("班次")
        verbose_name_plural = _("班次")
        ordering = ["starts_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["roster", "date", "shift"], name="directory_slot_once"),
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="directory_slot_order"),
        ]
        indexes = [
            models.Index(fields=["roster", "starts_at"], name="directory_slot_roster"),
            models.Index(fields=["ends_at", "starts_at"], name="directory_slot_now"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """Return 「11月22日 白班」."""
        return f"{self.date.month}月{self.date.day}日 {Shift(self.shift).label}"

    @property
    def people(self) -> tuple[int, ...]:
        """Return the ids of the persons on it."""
        return tuple(pk for pk in (self.leader_id, self.officer_id) if pk is not None)


class SlotSwap(models.Model):
    """One person asks another to take over a turn, or to exchange it for one of theirs; the other must agree."""

    slot = models.ForeignKey(DutySlot, on_delete=models.PROTECT, related_name="swaps")
    role = models.CharField(max_length=10, choices=DutyRole.choices)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="swaps_proposed")
    other = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="swaps_asked")
    with_slot = models.ForeignKey(DutySlot, on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=SwapState.choices, default=SwapState.PROPOSED)
    proposed_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answer_note = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("换班")
        verbose_name_plural = _("换班")
        ordering = ["-proposed_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["slot", "role"], condition=Q(state="proposed"), name="directory_swap_one_open"
            ),
            models.CheckConstraint(condition=~Q(proposed_by=F("other")), name="directory_swap_two_people"),
        ]

    def __str__(self) -> str:
        return f"{self.slot} {self.proposed_by}→{self.other}"


class Handoff(models.Model):
    """What one shift hands to the next: notes, and the counts of that moment (``sections``); both sign.

    ``sections`` is what ``directory.registry.handoff_sections`` gave when it was written down.
    """

    roster = models.ForeignKey(Roster, on_delete=models.PROTECT, related_name="handoffs")
    from_slot = models.ForeignKey(DutySlot, on_delete=models.PROTECT, related_name="handoffs_given")
    to_slot = models.ForeignKey(DutySlot, on_delete=models.PROTECT, related_name="handoffs_taken")
    state = models.CharField(max_length=10, choices=HandoffState.choices, default=HandoffState.BEGUN)
    text = models.TextField(_("交接事项"), blank=True)
    sections = models.JSONField(default=list)
    at = models.DateTimeField()
    begun_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    signed_by_from = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    signed_from_at = models.DateTimeField(null=True)
    signed_by_to = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    signed_to_at = models.DateTimeField(null=True)
    taken_note = models.CharField(max_length=300, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("交接班")
        verbose_name_plural = _("交接班")
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["from_slot", "to_slot"], name="directory_handoff_once"),
            models.CheckConstraint(
                condition=Q(signed_by_to__isnull=True) | ~Q(signed_by_to=F("signed_by_from")),
                name="directory_handoff_two_people",
            ),
        ]
        indexes = [models.Index(fields=["roster", "-at"], name="directory_handoff_roster")]

    def __str__(self) -> str:
        return f"{self.from_slot} → {self.to_slot}"


class DutyMode(models.Model):
    """What a response asks of one body around the clock (24小时值班、联络畅通), from its activation to its end.

    ``quote`` is the plan's sentence and ``clause`` its label; ``non_plan`` where the sentence does not name this body.
    ``roster_made``: the body had no roster, an empty one was opened with it. Several cases may hold a roster open.
    """

    roster = models.ForeignKey(Roster, on_delete=models.PROTECT, related_name="modes")
    head = models.ForeignKey(CaseHead, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=DutyModeKind.choices)
    level = models.CharField(max_length=20)
    clause = models.CharField(max_length=120)
    quote = models.TextField()
    non_plan = models.BooleanField(default=False)
    drill = models.BooleanField(default=False)
    roster_made = models.BooleanField(default=False)
    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=300)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("24小时值班")
        verbose_name_plural = _("24小时值班")
        ordering = ["-opened_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["roster", "head"], condition=Q(closed_at__isnull=True), name="directory_mode_one_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.roster} {self.get_kind_display()}"


class DutyLogEntry(models.Model):
    """One line of the duty log, to the minute. Never changed: a correction is a further line that ``corrects`` it."""

    roster = models.ForeignKey(Roster, on_delete=models.PROTECT, related_name="log")
    at = models.DateTimeField()
    text = models.TextField(_("内容"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    post_label = models.CharField(max_length=200, blank=True)
    recorded_at = models.DateTimeField()
    late_entry = models.BooleanField(default=False)
    corrects = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="corrections")

    class Meta:
        verbose_name = _("值班日志")
        verbose_name_plural = _("值班日志")
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["roster", "-at", "-id"], name="directory_dutylog_roster")]

    def __str__(self) -> str:
        return f"{self.at:%m-%d %H:%M} {self.text[:40]}"
