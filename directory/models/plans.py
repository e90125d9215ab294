"""The plans as data (DESIGN §1.1): everything a plan says is a row that cites its clause.

Null means the printed text lost it: shown as 「原文未列」, never invented.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from directory.choices import OPEN_STAGES, ActorKind, PostKind, ReviewKind, ReviewResult, RevisionStage
from directory.models.units import Unit
from yangcheng_ec.deadlines.choices import StartBasis, StepKind


class Plan(models.Model):
    """A plan the county runs, for example ``cyber-2025``. ``number_prefix`` starts case numbers (CY, TX)."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    short_name = models.CharField(max_length=20)
    number_prefix = models.CharField(max_length=4, unique=True)
    uses_grades = models.BooleanField(default=True)
    uses_form_8_7 = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("预案")
        verbose_name_plural = _("预案")
        ordering = ["-code"]

    def __str__(self) -> str:
        return self.name


class PlanVersion(models.Model):
    """One issue of a plan. A running case keeps the version it began with.

    ``command_name`` and ``office_name`` are how its bodies are called; ``texts`` holds what no other row needs
    (document head, general provisions, plan management…) as in the transcription.

    A version without ``stage`` has been issued: it is in force, or another has taken its place. One with a stage is
    a revision of ``based_on``: every edit counts ``revision`` and changes ``checksum``. ``edition`` tells its clause
    labels from those of earlier versions (「网络预案2028版 4.1」), so that a stored label keeps its meaning.
    ``review_*`` is what the plan says about itself: every how many years it is evaluated or revised.
    ``ladder_edition`` counts the changes of its ladder while in force (0: as it was loaded or revised).
    """

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="versions")
    number = models.CharField(_("文号"), max_length=60, unique=True)
    title = models.CharField(max_length=120)
    issued_on = models.DateField()
    in_force = models.BooleanField(default=False)
    command_name = models.CharField(max_length=120)
    office_name = models.CharField(max_length=120)
    office_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="offices_hosted")
    texts = models.JSONField(default=dict)
    checksum = models.CharField(max_length=64, blank=True)
    edition = models.CharField(max_length=12, blank=True)
    stage = models.CharField(max_length=10, choices=RevisionStage.choices, blank=True)
    based_on = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="revisions")
    revision = models.PositiveIntegerField(default=0)
    effective_on = models.DateField(null=True)
    in_force_at = models.DateTimeField(null=True)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    review_years = models.PositiveSmallIntegerField(null=True)
    review_kind = models.CharField(max_length=10, choices=ReviewKind.choices, blank=True)
    review_clause = models.CharField(max_length=20, blank=True)
    review_quote = models.TextField(blank=True)
    ladder_edition = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("预案版本")
        verbose_name_plural = _("预案版本")
        constraints = [
            models.UniqueConstraint(fields=["plan"], condition=Q(in_force=True), name="directory_one_version_in_force"),
            models.UniqueConstraint(
                fields=["plan"], condition=Q(stage__in=OPEN_STAGES), name="directory_one_revision_at_a_time"
            ),
            models.UniqueConstraint(fields=["plan", "edition"], name="directory_version_edition"),
            models.CheckConstraint(condition=Q(in_force=False) | Q(stage=""), name="directory_version_stage"),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("submitted_by")),
                name="directory_version_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(stage="scheduled") | Q(effective_on__isnull=False, confirmed_by__isnull=False),
                name="directory_version_scheduled",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.number}"

    @property
    def cited_as(self) -> str:
        """Return the word before the number in a clause label: 网络预案, or 网络预案2028版 for a later version."""
        return f"{self.plan.short_name}{self.edition}"

    @property
    def address(self) -> str:
        """Return what stands for the version in ``/plans/<…>/``: the plan's code, with «@id» unless in force."""
        return self.plan.code if self.in_force else f"{self.plan.code}@{self.pk}"

    @property
    def state_words(self) -> str:
        """Return how the version stands: 现行, 已被替代, or the stage of a revision."""
        if self.stage:
            return str(RevisionStage(self.stage).label)
        return str(_("现行") if self.in_force else _("已被替代"))


class PlanReview(models.Model):
    """A review of a version, as the plan demands every few years: who recorded it, when it was, what came out."""

    version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="reviews")
    reviewed_on = models.DateField()
    result = models.CharField(max_length=10, choices=ReviewResult.choices)
    document = models.CharField(max_length=200)
    note = models.TextField(blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    post_label = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-reviewed_on", "-id"]
        constraints = [models.UniqueConstraint(fields=["version", "reviewed_on"], name="directory_review_day")]

    def __str__(self) -> str:
        return f"{self.version} {self.reviewed_on}"


class Clause(models.Model):
    """A numbered section, for example ``4.2.1.2``; ``text`` is its own words without those of its children."""

    version = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="clauses")
    ref = models.CharField(max_length=20)
    title = models.CharField(max_length=120)
    text = models.TextField(blank=True)
    order = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["version_id", "order"]
        constraints = [models.UniqueConstraint(fields=["version", "ref"], name="directory_clause_ref")]

    def __str__(self) -> str:
        return f"{self.ref} {self.title}"


class Membership(models.Model):
    """A member unit of a command, with its duty. ``unit`` null is the generic 事发地乡（镇）人民政府."""

    version = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="memberships")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="memberships")
    number = models.PositiveSmallIntegerField()
    printed_name = models.CharField(max_length=120)
    printed_short = models.CharField(max_length=60, blank=True)
    duty_name = models.CharField(max_length=200, blank=True)
    duty = models.TextField(null=True)  # noqa: DJ001  null = lost in the printed text
    duty_items = models.JSONField(default=list)
    clause = models.CharField(max_length=20)
    duty_clause = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering = ["version_id", "number"]
        constraints = [models.UniqueConstraint(fields=["version", "number"], name="directory_membership_number")]

    def __str__(self) -> str:
        return self.printed_name


class WorkGroup(models.Model):
    """An emergency work group (应急工作组) with its lead and duty."""

    version = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="groups")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=40)
    lead = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="groups_led")
    printed_lead = models.CharField(max_length=120)
    duty = models.TextField()
    open_ended = models.BooleanField(default=False)
    composition_text = models.TextField(blank=True)
    extra = models.JSONField(default=dict)
    clause = models.CharField(max_length=20)

    class Meta:
        ordering = ["version_id", "number"]
        constraints = [models.UniqueConstraint(fields=["version", "number"], name="directory_group_number")]

    def __str__(self) -> str:
        return self.name


class GroupMember(models.Model):
    """A unit in a group; ``unit`` null is the generic 事发地乡（镇）人民政府."""

    group = models.ForeignKey(WorkGroup, on_delete=models.CASCADE, related_name="members")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="group_memberships")
    number = models.PositiveSmallIntegerField()
    printed_name = models.CharField(max_length=120)

    class Meta:
        ordering = ["group_id", "number"]
        constraints = [models.UniqueConstraint(fields=["group", "number"], name="directory_group_member_number")]

    def __str__(self) -> str:
        return self.printed_name


class Category(models.Model):
    """One of the ten categories of 8.3. ``code`` is the glossary's (``malware``); ``form_name`` is form 8.7's."""

    version = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="categories")
    code = models.SlugField(max_length=30)
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=40)
    form_name = models.CharField(max_length=40)
    definition = models.TextField(null=True)  # noqa: DJ001  null = lost in the printed text
    definition_fragment = models.TextField(blank=True)
    subitems_text = models.TextField(null=True)  # noqa: DJ001
    clause = models.CharField(max_length=20)

    class Meta:
        ordering = ["version_id", "number"]
        constraints = [models.UniqueConstraint(fields=["version", "code"], name="directory_category_code")]

    def __str__(self) -> str:
        return self.name


class SubCategory(models.Model):
    """A sub-item of a category, for example 勒索软件事件. ``code`` is ``<category>-<number>``."""

    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="subitems")
    code = models.SlugField(max_length=40)
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=60)

    class Meta:
        ordering = ["category_id", "number"]
        constraints = [models.UniqueConstraint(fields=["category", "number"], name="directory_subcategory_number")]

    def __str__(self) -> str:
        return self.name


class Grade(models.Model):
    """A grade of 8.4. ``undetermined`` (暂时无法判明, 4.1) is a row too, without criteria and number 0."""

    version = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="grades")
    code = models.SlugField(max_length=30)
    number = models.PositiveSmallIntegerField()
    level = models.CharField(max_length=10, blank=True)
    name = models.CharField(max_length=40)
    clause = models.CharField(max_length=20)

    class Meta:
        ordering = ["version_id", "number"]
        constraints = [models.UniqueConstraint(fields=["version", "code"], name="directory_grade_code")]

    def __str__(self) -> str:
        return self.name


class Criterion(models.Model):
    """One of the three criteria of a grade."""

    grade = models.ForeignKey(Grade, on_delete=models.CASCADE, related_name="criteria")
    number = models.PositiveSmallIntegerField()
    text = models.TextField()

    class Meta:
        ordering = ["grade_id", "number"]
        constraints = [models.UniqueConstraint(fields=["grade", "number"], name="directory_criterion_number")]

    def __str__(self) -> str:
        return f"{self.grade}（{self.number}）"


class WarningLevel(models.Model):
    """A warning colour (cyber 3.2.1) or situation (comms 3.3). Cyber's colours have no criteria: ``text`` is empty."""

    version = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="warning_levels")
    ordinal = models.PositiveSmallIntegerField()
    roman = models.CharField(max_length=4, blank=True)
    name = models.CharField(max_length=40)
    severity = models.CharField(max_length=20, blank=True)
    colour_name = models.CharField(max_length=10, blank=True)
    colour = models.CharField(max_length=10, blank=True)
    text = models.TextField(blank=True)
    reach = models.TextField(blank=True)
    spread = models.CharField(max_length=60, blank=True)
    clause = models.CharField(max_length=20)

    class Meta:
        ordering = ["version_id", "ordinal"]
        constraints = [models.UniqueConstraint(fields=["version", "ordinal"], name="directory_warning_level_ordinal")]

    def __str__(self) -> str:
        return self.name


class ResponseLevel(models.Model):
    """A response level with its procedure. Who may start it is ``approvers``: post kinds, from the clause.

    ``informs_at_proposal`` are unit codes or the words ``all_members``; ``supervision`` texts are printed words.
    """

    version = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="response_levels")
    ordinal = models.PositiveSmallIntegerField()
    roman = models.CharField(max_length=4)
    roman_as_printed = models.CharField(max_length=4)
    clause = models.CharField(max_length=20)
    conditions_clause = models.CharField(max_length=20)
    procedure_clause = models.CharField(max_length=20)
    measures_clause = models.CharField(max_length=20)
    procedure = models.TextField()
    proposer = models.CharField(max_length=60)
    approver_posts = models.JSONField(default=list)
    approvers = models.JSONField(default=list)
    approver_verb = models.CharField(max_length=20, blank=True)
    confirmed_by = models.CharField(max_length=60, blank=True)
    needs_confirmation = models.BooleanField(default=False)
    also_informed = models.JSONField(default=list)
    informs_at_proposal = models.JSONField(default=list)
    duty_regime = models.CharField(max_length=200, blank=True)
    measures_intro = models.TextField(null=True)  # noqa: DJ001

    class Meta:
        ordering = ["version_id", "ordinal"]
        constraints = [models.UniqueConstraint(fields=["version", "ordinal"], name="directory_response_level_ordinal")]

    def __str__(self) -> str:
        return f"{self.roman}级响应"


class ResponseCondition(models.Model):
    """One condition under which a level is started. ``by_judgement``: the command's own judgement decides."""

    level = models.ForeignKey(ResponseLevel, on_delete=models.CASCADE, related_name="conditions")
    number = models.PositiveSmallIntegerField()
    text = models.TextField()
    grades = models.JSONField(default=list)
    by_judgement = models.BooleanField(default=False)

    class Meta:
        ordering = ["level_id", "number"]
        constraints = [models.UniqueConstraint(fields=["level", "number"], name="directory_condition_number")]

    def __str__(self) -> str:
        return f"{self.level}条件（{self.number}）"


class Measure(models.Model):
    """A measure of a level, as printed."""

    level = models.ForeignKey(ResponseLevel, on_delete=models.CASCADE, related_name="measures")
    number = models.PositiveSmallIntegerField()
    heading = models.CharField(max_length=40, blank=True)
    text = models.TextField()
    paragraphs = models.JSONField(null=True)

    class Meta:
        ordering = ["level_id", "number"]
        constraints = [models.UniqueConstraint(fields=["level", "number"], name="directory_measure_number")]

    def __str__(self) -> str:
        return f"{self.level}措施（{self.number}）{self.heading}"


class MeasureActor(models.Model):
    """Who must do what of a measure, in the measure's own words: a task per actor comes from here.

    ``quote`` is a verbatim part of the measure's text. ``non_plan`` True where the text names no actor.
    ``on_event`` rows become tasks only when that event happens (for example 上级接管), not at activation.
    """

    measure = models.ForeignKey(Measure, on_delete=models.CASCADE, related_name="actors")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=20, choices=ActorKind.choices)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    group = models.ForeignKey(WorkGroup, on_delete=models.PROTECT, null=True, related_name="+")
    title = models.CharField(max_length=60)
    quote = models.TextField()
    non_plan = models.BooleanField(default=False)
    on_event = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["measure_id", "number"]
        constraints = [models.UniqueConstraint(fields=["measure", "number"], name="directory_measure_actor_number")]

    def __str__(self) -> str:
        return self.title


class ReportingRule(models.Model):
    """A reporting rule that starts a clock (DESIGN §5's table).

    ``trigger`` is what starts it: ``incident``, ``operator_incident``, ``township_incident``, ``phone_report``,
    ``inquiry``, ``warning_published``, ``warning_lifted``. ``grades`` empty = every grade.
    ``owed_by_kinds`` are ActorKind values or ``monitoring_unit``, ``caller``, ``asked``, ``reporting_unit``;
    ``owed_by`` is the printed wording. ``minutes`` None for 立即/及时.
    ``satisfied_by``: report | reply | written_report.
    """

    version = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="reporting_rules")
    code = models.CharField(max_length=60)
    number = models.PositiveSmallIntegerField()
    clause = models.CharField(max_length=20)
    title = models.CharField(max_length=120)
    quote = models.TextField()
    trigger = models.CharField(max_length=30)
    grades = models.JSONField(default=list)
    owed_by = models.CharField(max_length=120)
    owed_by_kinds = models.JSONField(default=list)
    owed_by_units = models.ManyToManyField(Unit, blank=True, related_name="+")
    starts = models.CharField(max_length=20, choices=StartBasis.choices)
    minutes = models.PositiveIntegerField(null=True)
    wording = models.CharField(max_length=40)
    satisfied_by = models.CharField(max_length=20, default="report")
    satisfied_kinds = models.JSONField(default=list)

    class Meta:
        ordering = ["version_id", "number"]
        constraints = [models.UniqueConstraint(fields=["version", "code"], name="directory_reporting_rule_code")]

    def __str__(self) -> str:
        return self.title


class ReportingAddressee(models.Model):
    """One addressee of a rule. ``unit`` null for generic ones (上级单位, 事发地人民政府, 原报告对象…)."""

    rule = models.ForeignKey(ReportingRule, on_delete=models.CASCADE, related_name="addressees")
    number = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=60)
    label = models.CharField(max_length=120)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["rule_id", "number"]
        constraints = [models.UniqueConstraint(fields=["rule", "code"], name="directory_reporting_addressee_code")]

    def __str__(self) -> str:
        return self.label


class LadderRung(models.Model):
    """One rung of a plan's reminder and escalation ladder. The whole ladder is ours: 「非预案规定」.

    ``timed`` rungs go with clocks that have minutes (anchor ``due``), the others with 立即/及时 (anchor ``start``).
    ``audience`` lists PostKind values or ``owed_by``.
    """

    version = models.ForeignKey(PlanVersion, on_delete=models.CASCADE, related_name="ladder_rungs")
    timed = models.BooleanField()
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=StepKind.choices)
    anchor = models.CharField(max_length=10, default="due")
    offset_minutes = models.SmallIntegerField()
    audience = models.JSONField(default=list)

    class Meta:
        ordering = ["version_id", "-timed", "number"]
        constraints = [models.UniqueConstraint(fields=["version", "timed", "number"], name="directory_rung_number")]

    def __str__(self) -> str:
        return f"{self.kind} {self.offset_minutes}"


POST_KINDS = PostKind
