"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EarlyWarningConfig(AppConfig):
    """预警."""

    name = "early_warning"
    label = "warnings"
    verbose_name = _("预警")

    def ready(self) -> None:
        """Show the warnings of a case on its page, in its file, and as they stood at a moment."""
        from directory.registry import register_appointment_touch, register_clause_uses
        from early_warning.panels import incident_panel, warning_work
        from early_warning.papers import warning_parts, warning_rows
        from early_warning.selectors import warnings_visible_to
        from early_warning.then import warnings_then
        from early_warning.touches import open_decisions
        from early_warning.uses import clause_uses
        from incidents.registry import (
            register_case_panel,
            register_case_parts,
            register_case_rows,
            register_case_then,
            register_case_work,
            register_clock_heads,
        )

        register_case_panel(incident_panel)
        register_case_parts(warning_parts)
        register_case_rows(warning_rows)
        register_case_then(warnings_then)
        register_case_work(warning_work)
        register_clock_heads(lambda user: warnings_visible_to(user).values("head_id"))
        register_appointment_touch(open_decisions)
        register_clause_uses(clause_uses)
