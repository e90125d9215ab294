"""What is done: responses, tasks, releases (DESIGN §5)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from directory.choices import ActorKind
from directory.models import MeasureActor, PlanVersion, Resource, ResponseCondition, ResponseLevel, Unit, WorkGroup
from incidents.models import Incident
from response.aftermath.models import ReviewReport as ReviewReport  # the app's models that live in rooms of their own
from response.choices import RUNNING, TASK_OPEN, UNDECIDED, ReleaseState, ResponseState, TaskEventKind, TaskState
from response.drills.models import Drill as Drill
from response.running.models import (
    CommandOrder as CommandOrder,
    Conference as Conference,
    ControlCheck as ControlCheck,
    EvidenceNote as EvidenceNote,
    FirstAction as FirstAction,
    Handover as Handover,
    HumanMade as HumanMade,
    OnSiteCommand as OnSiteCommand,
    OrderReceipt as OrderReceipt,
    Reinforcement as Reinforcement,
    SituationReply as SituationReply,
    SituationRhythm as SituationRhythm,
    SituationRound as SituationRound,
)


class Response(models.Model):
    """One response of an incident at one level; its record is the incident's. Approval and activation are one act.

    ``replaces`` is the response this one escalated or lowered. ``end_findings`` lists the findings of 4.5 / 4.6
    with their evidence. ``disputed`` is set when a decision given by phone was denied. ``local_reason`` is written
    where the conditions of two levels overlap (``rules.local_reason_asked``); ``return_level``: asked for on return.
    """

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="responses")
    number = models.CharField(_("编号"), max_length=30, unique=True)
    version = models.PositiveIntegerField(default=1)
    plan_version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="responses")
    level = models.ForeignKey(ResponseLevel, on_delete=models.PROTECT, related_name="responses")
    condition = models.ForeignKey(ResponseCondition, on_delete=models.PROTECT, related_name="responses")
    replaces = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="replaced_by")
    state = models.CharField(max_length=14, choices=ResponseState.choices, default=ResponseState.PROPOSED)
    drill = models.BooleanField(default=False)
    basis = models.TextField(_("研判依据"))
    local_reason = models.TextField(_("能否就地应对的理由"), blank=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    proposed_post = models.CharField(max_length=200)
    proposed_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    confirm_minutes = models.TextField(_("确认纪要"), blank=True)
    activated_at = models.DateTimeField(null=True)
    activated_post = models.CharField(max_length=20, blank=True)
    return_reason = models.CharField(max_length=500, blank=True)
    return_level = models.ForeignKey(ResponseLevel, on_delete=models.PROTECT, null=True, related_name="+")
    disputed = models.BooleanField(default=False)
    handed_over_to = models.CharField(max_length=120, blank=True)
    handed_over_at = models.DateTimeField(null=True)
    end_findings = models.JSONField(default=list)
    end_proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    end_proposed_at = models.DateTimeField(null=True)
    end_approved_at = models.DateTimeField(null=True)
    end_public = models.BooleanField(_("向社会公布"), default=False)
    ended_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("应急响应")
        verbose_name_plural = _("应急响应")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["incident"],
                condition=Q(state__in=["active", "end_proposed", "end_approved"]),
                name="response_one_running_per_incident",
            ),
            models.UniqueConstraint(
                fields=["incident"],
                condition=Q(state__in=["proposed", "confirmed"]),
                name="response_one_undecided_per_incident",
            ),
        ]
        indexes = [models.Index(fields=["state", "-created_at"], name="response_state_created")]

    def __str__(self) -> str:
        return f"{self.number} {self.level}"

    @property
    def state_choice(self) -> ResponseState:
        """Return the state with its label and colour."""
        return ResponseState(self.state)

    @property
    def running(self) -> bool:
        """Return whether it is still to be decided or still goes on."""
        return self.state in (*UNDECIDED, *RUNNING)


class Task(models.Model):
    """One task of a response, from a measure's actor row or by hand, citing its clause and words.

    Assigned to a unit, or to the command or office itself (``unit`` null). ``group`` when it reached the unit
    through a work group. ``parent`` is the task it is a part of; ``resource`` a company or expert called in (cyber
    4.3), for whom the office enters what is said. ``due_at`` is local (非预案规定), ``overdue_at`` when the sweep saw
    it passed.
    """

    response = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="tasks")
    actor = models.ForeignKey(MeasureActor, on_delete=models.PROTECT, null=True, related_name="tasks")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="parts")
    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, null=True, related_name="tasks")
    kind = models.CharField(max_length=20, choices=ActorKind.choices)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="tasks")
    group = models.ForeignKey(WorkGroup, on_delete=models.PROTECT, null=True, related_name="tasks")
    assignee_label = models.CharField(max_length=120)
    title = models.CharField(max_length=120)
    quote = models.TextField()
    duty = models.TextField(blank=True)
    clause = models.CharField(max_length=120)
    non_plan = models.BooleanField(default=False)
    state = models.CharField(max_length=14, choices=TaskState.choices, default=TaskState.ASSIGNED)
    version = models.PositiveIntegerField(default=1)
    drill = models.BooleanField(default=False)
    due_at = models.DateTimeField(null=True)
    overdue_at = models.DateTimeField(null=True)
    chased_at = models.DateTimeField(null=True)
    assigned_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("任务")
        verbose_name_plural = _("任务")
        ordering = ["-assigned_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["response", "actor", "assignee_label"],
                condition=Q(actor__isnull=False),
                name="response_task_once_per_actor_and_unit",
            )
        ]
        indexes = [
            models.Index(fields=["unit", "state", "-assigned_at"], name="response_task_unit_state"),
            models.Index(fields=["state", "-assigned_at", "id"], name="response_task_state"),
            models.Index(
                fields=["due_at", "id"],
                condition=Q(due_at__isnull=False, overdue_at__isnull=True, completed_at__isnull=True),
                name="response_task_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}（{self.assignee_label}）"

    @property
    def late(self) -> bool:
        """Return whether its local due time has passed while it is open (非预案规定)."""
        return self.overdue_at is not None and self.state in TASK_OPEN

    @property
    def state_choice(self) -> TaskState:
        """Return the state with its label and colour."""
        return TaskState(self.state)


class TaskUserObjectPermission(UserObjectPermissionBase):
    """Object permissions on tasks, with a direct foreign key."""

    content_object = models.ForeignKey(Task, on_delete=models.CASCADE)


class TaskGroupObjectPermission(GroupObjectPermissionBase):
    """What a unit's group may see: its own tasks."""

    content_object = models.ForeignKey(Task, on_delete=models.CASCADE)


class TaskEvent(models.Model):
    """What happened to a task, in order. ``on_behalf``: entered for the unit from a call (代录)."""

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=14, choices=TaskEventKind.choices)
    text = models.TextField(blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    post_label = models.CharField(max_length=200, blank=True)
    on_behalf = models.BooleanField(_("代录"), default=False)
    said_by = models.CharField(max_length=120, blank=True)
    done_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["task_id", "id"]

    def __str__(self) -> str:
        return f"{self.task_id} {self.kind}"


class InformationRelease(models.Model):
    """信息发布: drafted by the office or the news body, published only with the command's approval (4.4; 4.5).

    ``follows`` is the returned draft this one rewrites, or the published text it corrects; ``edition`` counts them.
    """

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="releases")
    response = models.ForeignKey(Response, on_delete=models.PROTECT, null=True, related_name="releases")
    follows = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="followed_by")
    edition = models.PositiveSmallIntegerField(default=1)
    title = models.CharField(max_length=120)
    text = models.TextField()
    channel = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=10, choices=ReleaseState.choices, default=ReleaseState.DRAFT)
    version = models.PositiveIntegerField(default=1)
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    drafted_post = models.CharField(max_length=200, blank=True)
    return_reason = models.CharField(max_length=500, blank=True)
    published_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("信息发布")
        verbose_name_plural = _("信息发布")
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["state", "-published_at", "-id"], name="response_release_public")]

    def __str__(self) -> str:
        return self.title

    @property
    def followed(self) -> bool:
        """Return whether a later text takes it up."""
        return hasattr(self, "followed_by")
