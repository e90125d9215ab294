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
        from directory.registry import (
            register_appointment_touch,
            register_clause_uses,
            register_handoff_section,
            register_plan_panel,
        )
        from incidents.registry import (
            register_case_end,
            register_case_panel,
            register_case_paper,
            register_case_parts,
            register_case_rows,
            register_case_then,
            register_case_tie,
            register_case_unsettled,
            register_case_work,
        )
        from response.aftermath.panels import aftermath_panel, aftermath_then, aftermath_work, proposals_panel
        from response.aftermath.papers import REVIEW_PAPER, aftermath_parts, aftermath_rows
        from response.aftermath.selectors import unsettled
        from response.drills.panels import drill_confinements, drill_panel, drill_standing
        from response.drills.services import injects_round
        from response.handoff import responses_warnings_tasks
        from response.panels import response_panel, response_work
        from response.papers import response_parts, response_rows
        from response.running.panels import first_action_panel
        from response.running.papers import running_parts, running_rows
        from response.running.services import order_heard, situations_round, tasks_overdue_round
        from response.selectors.tasks import unit_has_task
        from response.services.propose import proposals_lapse
        from response.then import responses_then, tasks_then
        from response.touches import open_decisions
        from response.uses import clause_uses
        from yangcheng_ec.callout.registry import register_confirmed
        from yangcheng_ec.deadlines.registry import register_confinement, register_round

        register_case_panel(response_panel)
        register_case_end(proposals_lapse)
        register_case_parts(response_parts)
        register_case_rows(response_rows)
        register_case_then(responses_then)
        register_case_then(tasks_then)
        register_case_tie(unit_has_task)
        register_case_work(response_work)
        register_appointment_touch(open_decisions)
        register_clause_uses(clause_uses)
        register_handoff_section(responses_warnings_tasks)
        register_case_panel(drill_panel)
        register_plan_panel(drill_standing)
        register_confinement(drill_confinements)
        register_round(injects_round)
        register_case_panel(aftermath_panel)
        register_case_paper(REVIEW_PAPER)
        register_case_parts(aftermath_parts)
        register_case_rows(aftermath_rows)
        register_case_then(aftermath_then)
        register_case_unsettled(unsettled)
        register_case_work(aftermath_work)
        register_plan_panel(proposals_panel)
        register_case_panel(first_action_panel)
        register_case_parts(running_parts)
        register_case_rows(running_rows)
        register_confirmed("commandorder", order_heard)
        register_round(tasks_overdue_round)
        register_round(situations_round)
