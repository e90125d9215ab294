"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ResponseConfig(AppConfig):
    """应急响应."""

    name = "response"
    label = "response"
    verbose_name = _("应急响应")

    def ready(self) -> None:
        """Show responses and releases on a case's page; withdraw what nobody has decided when the case ends."""
        from incidents.registry import register_case_end, register_case_panel
        from response.panels import response_panel
        from response.services.propose import proposals_lapse

        register_case_panel(response_panel)
        register_case_end(proposals_lapse)
