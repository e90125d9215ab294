"""Tokens of monitoring systems: a machine that reports for a unit, never a person with a post."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from directory.models.units import Unit

__all__ = ["ServiceToken"]


class ServiceToken(models.Model):
    """One monitoring system's key: only its digest is kept; the key itself is shown once.

    ``prefix`` is the part of the key that may be seen, ``account`` the machine's own account in whose name its cases
    stand: it has no password, no role and no post. ``scopes`` are values of ``ServiceScope``.
    """

    name = models.CharField(_("服务名称"), max_length=60, unique=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="service_tokens", verbose_name=_("所属单位"))
    account = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="service_token")
    scopes = models.JSONField(_("范围"), default=list)
    prefix = models.CharField(max_length=16, unique=True)
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField(_("到期时间"))
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    revoked_why = models.CharField(max_length=300, blank=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("服务令牌")
        verbose_name_plural = _("服务令牌")
        ordering = ["revoked_at", "name"]

    def __str__(self) -> str:
        return self.name
