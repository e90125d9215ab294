"""Units and how to reach them."""

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from directory.choices import ContactKind, ContactState, UnitKind
from directory.pinyin import initials_of

# A number without a place in its unit's order stands after all that have one.
UNRANKED = 99


class Unit(models.Model):
    """A body the plans name. ``code`` is what the API and the groups use; names in the plans are aliases.

    ``kept_here``: added or renamed in the system, so no file of the plans takes it back. ``retired`` units stay
    readable and are no longer offered where a unit is chosen.
    """

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(_("名称"), max_length=120, unique=True)
    short_name = models.CharField(_("简称"), max_length=60)
    initials = models.CharField(max_length=200, blank=True, db_index=True, editable=False)
    kind = models.CharField(_("类别"), max_length=20, choices=UnitKind.choices)
    county_level = models.BooleanField(_("县直"), default=False)
    note = models.CharField(max_length=300, blank=True)
    order = models.PositiveSmallIntegerField(default=0)
    kept_here = models.BooleanField(default=False)
    retired = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("单位")
        verbose_name_plural = _("单位")
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return self.short_name or self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the initials in line with the names."""
        self.initials = initials_of(self.name, self.short_name)
        super().save(*args, **kwargs)


class UnitAlias(models.Model):
    """Another name under which the plans or people know a unit; ``kept_here``: entered in the system, by no file."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="aliases")
    name = models.CharField(max_length=120, unique=True)
    initials = models.CharField(max_length=120, blank=True, db_index=True, editable=False)
    where = models.CharField(max_length=120, blank=True)
    kept_here = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("单位别名")
        verbose_name_plural = _("单位别名")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the initials in line with the name."""
        self.initials = initials_of(self.name)
        super().save(*args, **kwargs)


class Contact(models.Model):
    """One number of one unit, with its source. Retired, never deleted; its history is in the record.

    ``plan_version`` and ``appendix`` say which plan printed it (null: added here); ``number_in_appendix`` is its row.
    ``title`` is the contact person's own office, no post of a plan.
    ``preference`` is its place in the unit's order of dialling, 1 first; ``UNRANKED`` where nobody gave it one.
    """

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="contacts")
    printed_name = models.CharField(_("表上名称"), max_length=120)
    kind = models.CharField(_("类型"), max_length=12, choices=ContactKind.choices, default=ContactKind.DUTY)
    value = models.CharField(_("号码"), max_length=120)
    person = models.CharField(_("联系人"), max_length=60, blank=True)
    title = models.CharField(_("职务"), max_length=60, blank=True, default="")
    plan_version = models.ForeignKey(
        "directory.PlanVersion", on_delete=models.PROTECT, null=True, blank=True, related_name="contacts"
    )
    appendix = models.CharField(max_length=20, blank=True)
    number_in_appendix = models.PositiveSmallIntegerField(null=True)
    column = models.PositiveSmallIntegerField(null=True)
    order = models.PositiveSmallIntegerField(default=0)
    preference = models.PositiveSmallIntegerField(_("拨打顺序"), default=UNRANKED)
    state = models.CharField(max_length=10, choices=ContactState.choices, default=ContactState.ACTIVE)
    note = models.CharField(_("备注"), max_length=300, blank=True)
    verified_at = models.DateTimeField(null=True)
    verified_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("联络方式")
        verbose_name_plural = _("联络方式")
        ordering = ["plan_version_id", "order", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan_version", "number_in_appendix"],
                condition=Q(plan_version__isnull=False),
                name="directory_contact_appendix_row",
            )
        ]
        indexes = [
            models.Index(fields=["state", "unit"], name="directory_contact_state"),
            models.Index(fields=["state", "verified_at"], name="directory_contact_verified"),
        ]

    def __str__(self) -> str:
        return f"{self.printed_name} {self.value}"

    @property
    def ranked(self) -> bool:
        """Return whether somebody gave it a place in the order."""
        return self.preference != UNRANKED

    @property
    def verify_due_on(self) -> date | None:
        """Return the day on which it should be called again (「非预案规定」); None: it was never called."""
        if self.verified_at is None:
            return None
        return timezone.localdate(self.verified_at) + timedelta(days=settings.CONTACT_VERIFY_DAYS)


class ContactRuling(models.Model):
    """Which of two unequal printed numbers is dialled first for a unit (「非预案规定」), who ruled so and why.

    A new ruling replaces the row; it goes when either number changes. The history is in the record.
    ``chosen`` may be a row printed under another unit that names this one: 县委宣传部（县委网信办…）.
    """

    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="rulings")
    first = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+")
    chosen = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="won")
    reason = models.CharField(_("理由"), max_length=300)
    ruled_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ruled_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("号码裁定")
        verbose_name_plural = _("号码裁定")
        ordering = ["unit_id", "id"]
        constraints = [
            models.UniqueConstraint(fields=["unit", "first", "second"], name="directory_ruling_pair"),
            models.CheckConstraint(
                condition=Q(chosen=models.F("first")) | Q(chosen=models.F("second")), name="directory_ruling_chosen"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit}：{self.chosen.value}"
