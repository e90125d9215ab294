"""Members adjusted during a case: beside the plan's lists, never into them."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from directory.choices import MemberState
from directory.models.plans import PlanVersion, WorkGroup
from directory.models.units import Unit
from yangcheng_ec.record.models import CaseHead

__all__ = ["CaseGroupMember", "CaseMember"]


class _Adjustment(models.Model):
    """Who adjusted it, when, as which post, by which clause and why; the whole history is in the case's record."""

    state = models.CharField(max_length=10, choices=MemberState.choices, default=MemberState.ACTIVE)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    changed_post = models.CharField(max_length=200)
    changed_at = models.DateTimeField()
    clause = models.CharField(max_length=120, blank=True)
    reason = models.CharField(max_length=300)

    class Meta:
        abstract = True


class CaseMember(_Adjustment):
    """A unit that is (active) or is not (removed) a member of the command in one case, whatever the plan lists."""

    head = models.ForeignKey(CaseHead, on_delete=models.PROTECT, related_name="members")
    plan_version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("本案成员单位")
        verbose_name_plural = _("本案成员单位")
        ordering = ["head_id", "changed_at", "id"]
        constraints = [models.UniqueConstraint(fields=["head", "unit"], name="directory_case_member_once")]

    def __str__(self) -> str:
        return f"{self.unit} {self.get_state_display()}"


class CaseGroupMember(_Adjustment):
    """A unit that is (active) or is not (removed) in a work group in one case, whatever the plan lists."""

    head = models.ForeignKey(CaseHead, on_delete=models.PROTECT, related_name="group_members")
    group = models.ForeignKey(WorkGroup, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("本案工作组成员")
        verbose_name_plural = _("本案工作组成员")
        ordering = ["head_id", "changed_at", "id"]
        constraints = [models.UniqueConstraint(fields=["head", "group", "unit"], name="directory_case_group_member")]

    def __str__(self) -> str:
        return f"{self.group} {self.unit} {self.get_state_display()}"
