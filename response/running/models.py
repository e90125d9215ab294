"""What a running response makes beside its tasks. Nothing here is erased; what is over has its own time for it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from directory.models import Unit
from incidents.models import Incident, Report
from response.running.choices import AidState, HandoverState, MeetingForm, OnSiteState, OrderState, ReceiptState

__all__ = [
    "CommandOrder", "Conference", "ControlCheck", "EvidenceNote", "FirstAction", "Handover", "HumanMade",
    "OnSiteCommand", "OrderReceipt", "Reinforcement", "SituationReply", "SituationRhythm", "SituationRound",
]  # fmt: skip

PERSON = settings.AUTH_USER_MODEL


class CommandOrder(models.Model):
    """应急指令: from the command to units, each of which signs for it (comms 2.1; cyber 2.3).

    ``on_word``: given by word and entered by the office (``recorded_by``) for whoever gave it (``ordered_by``).
    """

    response = models.ForeignKey("response.Response", on_delete=models.PROTECT, related_name="orders")
    serial = models.PositiveSmallIntegerField()
    version = models.PositiveIntegerField(default=1)
    title = models.CharField(_("指令事项"), max_length=120)
    text = models.TextField(_("指令内容"))
    clause = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=OrderState.choices, default=OrderState.ISSUED)
    on_word = models.BooleanField(_("口头指令"), default=False)
    ordered_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    ordered_post = models.CharField(max_length=200)
    recorded_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    ordered_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    reason = models.CharField(_("撤回理由"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("应急指令")
        verbose_name_plural = _("应急指令")
        ordering = ["-ordered_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["response", "serial"], name="response_order_serial")]

    def __str__(self) -> str:
        return f"指令{self.serial} {self.title}"

    @property
    def state_choice(self) -> OrderState:
        """Return the state with its label and colour."""
        return OrderState(self.state)


class OrderReceipt(models.Model):
    """One unit of an order: when it signed for it, and what it reports of carrying it out.

    ``said_by``: entered by the office for the unit from a call (代录).
    """

    order = models.ForeignKey(CommandOrder, on_delete=models.PROTECT, related_name="receipts")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="orders")
    version = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=14, choices=ReceiptState.choices, default=ReceiptState.WAITING)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=120, blank=True)
    said_by = models.CharField(max_length=120, blank=True)
    report = models.TextField(_("执行情况"), blank=True)
    reported_at = models.DateTimeField(null=True)
    reported_by = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["order_id", "unit__order", "id"]
        constraints = [models.UniqueConstraint(fields=["order", "unit"], name="response_order_unit_once")]
        indexes = [models.Index(fields=["unit", "state", "-id"], name="response_receipt_unit")]

    def __str__(self) -> str:
        return f"{self.order_id} {self.unit_id}"

    @property
    def state_choice(self) -> ReceiptState:
        """Return the state with its label and colour."""
        return ReceiptState(self.state)


class Conference(models.Model):
    """会商: when, how, who, what was discussed and concluded (comms 4.4.1(2); cyber: 非预案规定)."""

    response = models.ForeignKey("response.Response", on_delete=models.PROTECT, related_name="conferences")
    serial = models.PositiveSmallIntegerField()
    version = models.PositiveIntegerField(default=1)
    held_at = models.DateTimeField(_("会商时间"))
    form = models.CharField(_("方式"), max_length=6, choices=MeetingForm.choices)
    place = models.CharField(_("地点"), max_length=120, blank=True)
    chair = models.CharField(_("主持人"), max_length=120)
    units = models.ManyToManyField(Unit, related_name="conferences", verbose_name=_("参加单位"))
    others = models.CharField(_("其他参加人"), max_length=300, blank=True)
    agenda = models.TextField(_("议题"))
    conclusions = models.TextField(_("会商意见"))
    clause = models.CharField(max_length=120, blank=True)
    recorded_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    recorded_post = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = _("会商记录")
        verbose_name_plural = _("会商记录")
        ordering = ["-held_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["response", "serial"], name="response_conference_serial")]

    def __str__(self) -> str:
        return f"会商{self.serial}"


class ControlCheck(models.Model):
    """事态是否得到控制 (cyber 8.2): judged by the office or the command; 「否」 leads to 扩大应急、请求增援."""

    response = models.ForeignKey("response.Response", on_delete=models.PROTECT, related_name="control_checks")
    version = models.PositiveIntegerField(default=1)
    controlled = models.BooleanField(_("事态已得到控制"))
    words = models.TextField(_("判断依据"))
    clause = models.CharField(max_length=120, blank=True)
    user = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    post_label = models.CharField(max_length=200)
    checked_at = models.DateTimeField()

    class Meta:
        ordering = ["-checked_at", "-id"]

    def __str__(self) -> str:
        return "得到控制" if self.controlled else "未得到控制"


class Reinforcement(models.Model):
    """请求增援: to whom, what, the answer, its arrival (cyber 4.2.1.3, 4.2.2.3, 8.2; comms 4.4.1(1), 4.4.2(6))."""

    response = models.ForeignKey("response.Response", on_delete=models.PROTECT, related_name="reinforcements")
    serial = models.PositiveSmallIntegerField()
    version = models.PositiveIntegerField(default=1)
    to = models.CharField(_("向谁请求"), max_length=120)
    request = models.TextField(_("需要的力量、装备和原因"))
    clause = models.CharField(max_length=120)
    state = models.CharField(max_length=8, choices=AidState.choices, default=AidState.ASKED)
    asked_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    asked_post = models.CharField(max_length=200)
    asked_at = models.DateTimeField()
    answer = models.TextField(_("答复内容"), blank=True)
    answered_by = models.CharField(_("答复人"), max_length=120, blank=True)
    answered_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)
    arrival = models.CharField(_("到位情况"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("增援请求")
        verbose_name_plural = _("增援请求")
        ordering = ["-asked_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["response", "serial"], name="response_aid_serial")]

    def __str__(self) -> str:
        return f"增援请求{self.serial}（{self.to}）"

    @property
    def state_choice(self) -> AidState:
        """Return the state with its label and colour."""
        return AidState(self.state)


class Handover(models.Model):
    """移交指挥权: what was handed over (``package``, frozen at that moment), who accepted it (S5)."""

    response = models.OneToOneField("response.Response", on_delete=models.PROTECT, related_name="handover")
    version = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=10, choices=HandoverState.choices, default=HandoverState.HANDED)
    to = models.CharField(max_length=120)
    note = models.TextField()
    clause = models.CharField(max_length=120)
    package = models.JSONField(default=dict)
    handed_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    handed_post = models.CharField(max_length=200)
    handed_at = models.DateTimeField()
    accepted_by = models.CharField(_("接管人"), max_length=120, blank=True)
    accepted_post = models.CharField(_("接管人职务"), max_length=120, blank=True)
    accepted_at = models.DateTimeField(null=True)
    acceptance = models.TextField(_("接管方式和凭证"), blank=True)
    recorded_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("指挥权移交")
        verbose_name_plural = _("指挥权移交")

    def __str__(self) -> str:
        return f"移交{self.to}"

    @property
    def state_choice(self) -> HandoverState:
        """Return the state with its label and colour."""
        return HandoverState(self.state)


class SituationRhythm(models.Model):
    """Every how many hours units are asked for the situation (非预案规定); ``next_at`` null while nothing is asked."""

    response = models.OneToOneField("response.Response", on_delete=models.PROTECT, related_name="rhythm")
    version = models.PositiveIntegerField(default=1)
    every_hours = models.PositiveSmallIntegerField(_("每几小时"))
    next_at = models.DateTimeField(null=True)
    set_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    set_post = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(every_hours__gte=1, every_hours__lte=24), name="response_rhythm_within_a_day"
            )
        ]
        indexes = [
            models.Index(fields=["next_at", "id"], condition=Q(next_at__isnull=False), name="response_rhythm_due")
        ]

    def __str__(self) -> str:
        return f"{self.response_id} {self.every_hours}h"


class SituationRound(models.Model):
    """One collection of the situation from the units with open work; composed into one report draft."""

    response = models.ForeignKey("response.Response", on_delete=models.PROTECT, related_name="situation_rounds")
    serial = models.PositiveSmallIntegerField()
    version = models.PositiveIntegerField(default=1)
    asked_at = models.DateTimeField()
    report = models.OneToOneField(Report, on_delete=models.PROTECT, null=True, related_name="situation_round")
    composed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-asked_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["response", "serial"], name="response_round_serial")]

    def __str__(self) -> str:
        return f"第{self.serial}次信息汇总"


class SituationReply(models.Model):
    """What one unit says in a round; empty until it does."""

    round = models.ForeignKey(SituationRound, on_delete=models.PROTECT, related_name="replies")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="situation_replies")
    version = models.PositiveIntegerField(default=1)
    progress = models.TextField(_("进展情况"), blank=True)
    problems = models.TextField(_("存在问题"), blank=True)
    needs = models.TextField(_("需要的支持"), blank=True)
    replied_at = models.DateTimeField(null=True)
    replied_by = models.CharField(max_length=120, blank=True)
    said_by = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["round_id", "unit__order", "id"]
        constraints = [models.UniqueConstraint(fields=["round", "unit"], name="response_reply_unit_once")]
        indexes = [models.Index(fields=["unit", "replied_at", "-id"], name="response_reply_unit")]

    def __str__(self) -> str:
        return f"{self.round_id} {self.unit_id}"


class OnSiteCommand(models.Model):
    """现场应急指挥部 (comms 2.1(2): 「组建现场应急指挥部」): where, who leads it, which units are in it."""

    response = models.ForeignKey("response.Response", on_delete=models.PROTECT, related_name="on_site")
    version = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=10, choices=OnSiteState.choices, default=OnSiteState.STANDING)
    place = models.CharField(_("地点"), max_length=120)
    leader = models.CharField(_("现场指挥"), max_length=120)
    number = models.CharField(_("联系电话"), max_length=60, blank=True)
    units = models.ManyToManyField(Unit, related_name="on_site", verbose_name=_("组成单位"))
    clause = models.CharField(max_length=120)
    set_up_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    set_up_post = models.CharField(max_length=200)
    set_up_at = models.DateTimeField()
    dissolved_at = models.DateTimeField(null=True)
    reason = models.CharField(_("撤销理由"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("现场应急指挥部")
        verbose_name_plural = _("现场应急指挥部")
        ordering = ["-set_up_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["response"], condition=Q(state="standing"), name="response_on_site_one_standing"
            )
        ]

    def __str__(self) -> str:
        return self.place

    @property
    def state_choice(self) -> OnSiteState:
        """Return the state with its label and colour."""
        return OnSiteState(self.state)


class FirstAction(models.Model):
    """One line of 先期处置 (comms 4.3): the unit's own log on the case. No response of the county begins by it."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="first_actions")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="first_actions")
    text = models.TextField(_("处置情况"))
    clause = models.CharField(max_length=120)
    said_by = models.CharField(max_length=120, blank=True)
    user = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    post_label = models.CharField(max_length=200)
    done_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    late_entry = models.BooleanField(_("补录"), default=False)

    class Meta:
        verbose_name = _("先期处置记录")
        verbose_name_plural = _("先期处置记录")
        ordering = ["done_at", "id"]
        indexes = [models.Index(fields=["incident", "done_at", "id"], name="response_first_action_case")]

    def __str__(self) -> str:
        return self.text[:40]


class HumanMade(models.Model):
    """人为破坏: that the office holds an incident for human-made, and why (S7). One for each case."""

    incident = models.OneToOneField(Incident, on_delete=models.PROTECT, related_name="human_made")
    version = models.PositiveIntegerField(default=1)
    basis = models.TextField(_("认定依据"))
    clause = models.CharField(max_length=120)
    user = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    post_label = models.CharField(max_length=200)
    found_at = models.DateTimeField()

    class Meta:
        verbose_name = _("人为破坏认定")
        verbose_name_plural = _("人为破坏认定")

    def __str__(self) -> str:
        return self.basis[:40]


class EvidenceNote(models.Model):
    """保留证据: what is kept, where, by whom (S7: 「事发单位在应急恢复过程中应尽量保留相关证据」)."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="evidence_notes")
    version = models.PositiveIntegerField(default=1)
    what = models.TextField(_("证据"))
    keeper = models.CharField(_("保管人"), max_length=120)
    place = models.CharField(_("存放位置"), max_length=120)
    clause = models.CharField(max_length=120)
    user = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    post_label = models.CharField(max_length=200)
    kept_at = models.DateTimeField(_("固定时间"))
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name = _("证据记录")
        verbose_name_plural = _("证据记录")
        ordering = ["kept_at", "id"]
        indexes = [models.Index(fields=["incident", "kept_at", "id"], name="response_evidence_case")]

    def __str__(self) -> str:
        return self.what[:40]
