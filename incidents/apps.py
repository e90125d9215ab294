"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IncidentsConfig(AppConfig):
    """事件与报告."""

    name = "incidents"
    label = "incidents"
    verbose_name = _("事件与报告")
