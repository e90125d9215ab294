"""领导批示 of a superior, and what follows from it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from directory.models import Unit
from incidents.choices import FollowUpState, SendChannel
from incidents.models.cases import Incident

__all__ = ["FollowUp", "Instruction"]


class Instruction(models.Model):
    """What a superior instructed on a case (批示): who, when it came, how, in what words, with what proof.

    ``recorded_at`` is when it was entered, ``late_entry`` marks 补录. Of a secret case no words are kept.
    """

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="instructions")
    issued_by = models.CharField(_("批示人、机关"), max_length=120)
    text = models.TextField(_("批示内容"))
    received_at = models.DateTimeField(_("收到时间"))
    channel = models.CharField(_("方式"), max_length=10, choices=SendChannel.choices)
    proof = models.CharField(_("凭证"), max_length=200, blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    late_entry = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("批示")
        verbose_name_plural = _("批示")
        ordering = ["incident_id", "received_at", "id"]

    def __str__(self) -> str:
        return self.issued_by


class FollowUp(models.Model):
    """One thing to do that came out of an instruction. ``unit`` None: the plan's office does it.

    ``due_at`` is a local target (「非预案规定」), None where none was set; ``reminded_at``: the sweep said it passed.
    """

    instruction = models.ForeignKey(Instruction, on_delete=models.PROTECT, related_name="follow_ups")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, related_name="+")
    text = models.TextField(_("办理事项"))
    due_at = models.DateTimeField(_("办结目标"), null=True)
    reminded_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=FollowUpState.choices, default=FollowUpState.OPEN)
    version = models.PositiveIntegerField(default=1)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    answer = models.TextField(_("办理结果"), blank=True)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    done_as = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name = _("批示办理事项")
        verbose_name_plural = _("批示办理事项")
        ordering = ["instruction_id", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=FollowUpState.DONE) | Q(done_at__isnull=False, done_by__isnull=False),
                name="incidents_done_follow_up_says_who",
            )
        ]
        indexes = [
            models.Index(fields=["unit", "due_at"], condition=Q(state="open"), name="incidents_follow_up_open"),
            models.Index(
                fields=["due_at"],
                condition=Q(state="open", reminded_at__isnull=True, due_at__isnull=False),
                name="incidents_follow_up_due",
            ),
        ]

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def state_choice(self) -> FollowUpState:
        """Return the state with its label and colour."""
        return FollowUpState(self.state)
