"""What a plan has kept ready: teams, experts, equipment, vehicles, protected bodies, social forces."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from directory.choices import ContactState, ListedAs, ResourceKind
from directory.models.plans import Plan
from directory.models.units import Unit
from directory.pinyin import initials_of


class Resource(models.Model):
    """One line of a plan's list. Retired, never deleted; its history is in the record.

    It belongs to a unit of the registry, or to a body named in words (``body``): a company, a university.
    ``contact`` is whom to call, the keeper (保管人) of equipment. ``checked_on`` is the day it was last looked at.
    """

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="resources")
    kind = models.CharField(_("类别"), max_length=12, choices=ResourceKind.choices)
    name = models.CharField(_("名称"), max_length=120)
    initials = models.CharField(max_length=300, blank=True, editable=False)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, null=True, blank=True, related_name="resources")
    body = models.CharField(_("所属单位（名册以外）"), max_length=120, blank=True)
    ability = models.CharField(_("专长、用途"), max_length=500, blank=True)
    contact = models.CharField(_("联系人"), max_length=60, blank=True)
    number = models.CharField(_("联系电话"), max_length=60, blank=True)
    quantity = models.PositiveIntegerField(_("数量"), null=True, blank=True)
    measure = models.CharField(_("计量单位"), max_length=10, blank=True)
    place = models.CharField(_("存放地点"), max_length=120, blank=True)
    listed = models.CharField(_("所在名录"), max_length=10, choices=ListedAs.choices, blank=True)
    checked_on = models.DateField(_("最近检查"), null=True, blank=True)
    note = models.CharField(_("备注"), max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=ContactState.choices, default=ContactState.ACTIVE)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("应急资源")
        verbose_name_plural = _("应急资源")
        ordering = ["kind", "name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(unit__isnull=False, body="") | Q(unit__isnull=True) & ~Q(body=""),
                name="directory_resource_belongs",
            ),
            models.UniqueConstraint(
                fields=["plan", "kind", "unit", "name"],
                condition=Q(state="active", unit__isnull=False),
                name="directory_resource_of_unit_once",
            ),
            models.UniqueConstraint(
                fields=["plan", "kind", "body", "name"],
                condition=Q(state="active", unit__isnull=True),
                name="directory_resource_of_body_once",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "kind", "name", "id"], name="directory_resource_listed"),
            models.Index(fields=["unit", "state"], name="directory_resource_unit"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the initials in line with the names."""
        self.initials = initials_of(self.name, self.body, self.contact)[:300]
        super().save(*args, **kwargs)

    @property
    def kind_choice(self) -> ResourceKind:
        """Return the kind with its label."""
        return ResourceKind(self.kind)

    @property
    def belongs_to(self) -> str:
        """Return whose it is."""
        return self.unit.name if self.unit is not None else self.body

    @property
    def amount(self) -> str:
        """Return how many: 「3 台」; empty where nobody counted."""
        return f"{self.quantity} {self.measure}".strip() if self.quantity is not None else ""
