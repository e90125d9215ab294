"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeadlinesConfig(AppConfig):
    """时限."""

    name = "yangcheng_ec.deadlines"
    label = "deadlines"
    verbose_name = _("时限")
