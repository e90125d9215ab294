"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeadlinesConfig(AppConfig):
    """时限."""

    name = "yangcheng_ec.deadlines"
    label = "deadlines"
    verbose_name = _("时限")

    def ready(self) -> None:
        """Register the system checks, and let each sweep put on the call sheet what no machine gets out."""
        from yangcheng_ec.deadlines import checks  # noqa: F401
        from yangcheng_ec.deadlines.registry import register_round
        from yangcheng_ec.deadlines.services.fallback import calls_instead

        register_round(calls_instead)
