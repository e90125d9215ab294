"""Django's admin site, for the system administrator's role alone: there is no superuser."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from yangcheng_ec.errors import NotVisible
from yangcheng_ec.permissions import Page, may_open

__all__ = ["SystemAdminConfig", "SystemAdminSite"]


class SystemAdminSite(AdminSite):
    """System data only; cases, reports, tasks and warnings are not here."""

    site_header = _("阳城县应急指挥系统 · 系统后台")
    site_title = _("系统后台")
    index_title = _("系统数据（只读；不含任何案件）")

    def has_permission(self, request: HttpRequest) -> bool:
        """Let in whoever's role opens the system pages."""
        return request.user.is_active and may_open(request.user, Page.SYSTEM)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send strangers to the one log-in page; for everybody else this site does not exist."""
        from django.contrib.auth.views import redirect_to_login  # needs the models, which load after this module

        if request.user.is_authenticated:
            raise NotVisible()
        return redirect_to_login(request.get_full_path())


class SystemAdminConfig(AdminConfig):
    """Puts our site in the place of Django's."""

    default_site = "yangcheng_ec.administration.SystemAdminSite"
