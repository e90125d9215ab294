"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EarlyWarningConfig(AppConfig):
    """预警."""

    name = "early_warning"
    label = "warnings"
    verbose_name = _("预警")

    def ready(self) -> None:
        """Show the warnings of a case on its page, in its file, and as they stood at a moment; remind of findings."""
        from directory.registry import register_appointment_touch, register_clause_uses, register_handoff_section
        from early_warning.cap import checks as checks  # registers its system checks
        from early_warning.panels import incident_panel, warning_work
        from early_warning.papers import warning_parts, warning_rows
        from early_warning.prevention.handoff import open_findings
        from early_warning.prevention.services import checks_round, findings_round
        from early_warning.prevention.uses import clause_uses as prevention_uses
        from early_warning.selectors import warnings_visible_to
        from early_warning.services import expiry_round
        from early_warning.services.receipts import callout_heard, callouts_reached
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
        from yangcheng_ec.callout.registry import register_confirmed, register_reached
        from yangcheng_ec.deadlines.registry import register_round
        from yangcheng_ec.record.triggers import Guarded, guard

        register_round(expiry_round)
        register_confirmed("warning", callout_heard)
        register_reached("warning", callouts_reached)
        register_case_panel(incident_panel)
        register_case_parts(warning_parts)
        register_case_rows(warning_rows)
        register_case_then(warnings_then)
        register_case_work(warning_work)
        register_clock_heads(lambda user: warnings_visible_to(user).values("head_id"))
        register_appointment_touch(open_decisions)
        register_clause_uses(clause_uses)
        register_clause_uses(prevention_uses)
        register_handoff_section(open_findings)
        for act in (findings_round, checks_round):
            register_round(act)
        guard(Guarded("warnings_capdocument", "cap_document", "the issued CAP document"))
