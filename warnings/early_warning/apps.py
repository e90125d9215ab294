"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EarlyWarningConfig(AppConfig):
    """预警."""

    name = "early_warning"
    label = "warnings"
    verbose_name = _("预警")

    def ready(self) -> None:
        """Show the warnings of a case on its page."""
        from early_warning.panels import incident_panel
        from incidents.registry import register_case_panel

        register_case_panel(incident_panel)
