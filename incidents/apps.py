"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IncidentsConfig(AppConfig):
    """事件与报告."""

    name = "incidents"
    label = "incidents"
    verbose_name = _("事件与报告")

    def ready(self) -> None:
        """Say which clauses the acts and papers of a case rest on, and what a shift hands over of the cases."""
        from directory.registry import register_clause_uses, register_handoff_section
        from incidents.handoff import open_cases_and_clocks
        from incidents.uses import clause_uses

        register_clause_uses(clause_uses)
        register_handoff_section(open_cases_and_clocks)
