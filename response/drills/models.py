"""A drill, its timed injects, what its evaluation found, what is to be improved."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from directory.models import Grade, PlanVersion, Unit
from incidents.models import Incident
from response.drills.choices import DrillState, FindingKind, InjectState, InjectTo, Judgement, Result
from yangcheng_ec.record.models import CaseHead

__all__ = ["Drill", "DrillFinding", "DrillImprovement", "DrillInject"]


class Drill(models.Model):
    """One drill of a plan. It runs in an ordinary case marked as a drill (``incident``), made when it starts.

    ``grade`` is the grade the scenario stands for (cyber 6.7: 重大), which the players are to find themselves.
    ``confined``: notices of the drill's case go to the participants, the office and the command only.
    """

    head = models.OneToOneField(CaseHead, on_delete=models.PROTECT, related_name="drill")
    number = models.CharField(_("编号"), max_length=30, unique=True)
    version = models.PositiveIntegerField(default=1)
    plan_version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="drills")
    title = models.CharField(_("演练名称"), max_length=120)
    scenario = models.TextField(_("情景"))
    grade = models.ForeignKey(Grade, on_delete=models.PROTECT, null=True, related_name="+")
    incident_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    planned_at = models.DateTimeField(_("计划时间"))
    place = models.CharField(_("地点"), max_length=120, blank=True)
    participants = models.ManyToManyField(Unit, related_name="drills", verbose_name=_("参演单位"))
    confined = models.BooleanField(_("通知只发参演单位"), default=False)
    state = models.CharField(max_length=10, choices=DrillState.choices, default=DrillState.PLANNED)
    planned_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    planned_post = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    reason = models.CharField(_("退回或取消理由"), max_length=500, blank=True)
    approved_post = models.CharField(max_length=200, blank=True)
    approved_at = models.DateTimeField(null=True)
    incident = models.OneToOneField(Incident, on_delete=models.PROTECT, null=True, related_name="exercise")
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    evaluated_at = models.DateTimeField(null=True)
    evaluated_post = models.CharField(max_length=200, blank=True)
    evaluators = models.CharField(_("评估人员"), max_length=200, blank=True)
    summary = models.TextField(_("总体评价"), blank=True)

    class Meta:
        verbose_name = _("演练")
        verbose_name_plural = _("演练")
        ordering = ["-planned_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["planned", "approved", "cancelled"])
                | Q(incident__isnull=False, started_at__isnull=False),
                name="response_drill_has_its_case",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["ended", "evaluated"]) | Q(ended_at__gte=models.F("started_at")),
                name="response_drill_ended_after_start",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-planned_at", "-id"], name="response_drill_state"),
            models.Index(fields=["plan_version", "-ended_at"], name="response_drill_last"),
            models.Index(fields=["-planned_at", "-id"], name="response_drill_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def state_choice(self) -> DrillState:
        """Return the state with its label and colour."""
        return DrillState(self.state)


class DrillInject(models.Model):
    """A piece of the scenario told at a minute of the drill. ``fire_at`` is set when the drill starts.

    ``by_hand``: told by the directing staff before or after its minute; ``reason`` says why one was skipped.
    """

    drill = models.ForeignKey(Drill, on_delete=models.PROTECT, related_name="injects")
    minute = models.PositiveIntegerField(_("第几分钟"))
    text = models.TextField(_("注入内容"))
    to = models.CharField(_("发给"), max_length=10, choices=InjectTo.choices)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=8, choices=InjectState.choices, default=InjectState.PENDING)
    fire_at = models.DateTimeField(null=True)
    fired_at = models.DateTimeField(null=True)
    by_hand = models.BooleanField(default=False)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["drill_id", "minute", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(to="unit", unit__isnull=False) | ~Q(to="unit") & Q(unit__isnull=True),
                name="response_inject_unit",
            ),
            models.CheckConstraint(
                condition=~Q(state="fired") | Q(fired_at__isnull=False), name="response_inject_fired_when"
            ),
        ]
        indexes = [
            models.Index(fields=["fire_at", "id"], condition=Q(state="pending"), name="response_inject_due"),
        ]

    def __str__(self) -> str:
        return f"{self.drill_id} +{self.minute}"

    @property
    def state_choice(self) -> InjectState:
        """Return the state with its label and colour."""
        return InjectState(self.state)

    @property
    def told(self) -> str:
        """Return whom it is told, in words."""
        return self.unit.name if self.unit is not None else str(InjectTo(self.to).label)


class DrillFinding(models.Model):
    """One thing a drill exercised: the clause, what the record says of it, and what the evaluators say.

    The record's part is written when the drill ends and is not changed afterwards.
    """

    drill = models.ForeignKey(Drill, on_delete=models.PROTECT, related_name="findings")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=FindingKind.choices)
    clause = models.CharField(max_length=120)
    title = models.CharField(max_length=300)
    result = models.CharField(max_length=8, choices=Result.choices)
    evidence = models.TextField()
    judgement = models.CharField(max_length=10, choices=Judgement.choices, blank=True)
    comment = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["drill_id", "number"]
        constraints = [models.UniqueConstraint(fields=["drill", "number"], name="response_drill_finding_once")]

    def __str__(self) -> str:
        return f"{self.clause} {self.title}"

    @property
    def result_choice(self) -> Result:
        """Return what the record says, with its label and colour."""
        return Result(self.result)

    @property
    def judgement_choice(self) -> Judgement | None:
        """Return what the evaluators say, with its label and colour."""
        return Judgement(self.judgement) if self.judgement else None


class DrillImprovement(models.Model):
    """What is to be improved after a drill; ``revises_plan`` asks for a change of the plan itself (6.7: 完善预案)."""

    drill = models.ForeignKey(Drill, on_delete=models.PROTECT, related_name="improvements")
    text = models.CharField(_("改进事项"), max_length=500)
    clause = models.CharField(_("涉及条款"), max_length=120, blank=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    due_on = models.DateField(_("完成日期"), null=True)
    revises_plan = models.BooleanField(_("建议修订预案"), default=False)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["drill_id", "id"]

    def __str__(self) -> str:
        return self.text[:40]
