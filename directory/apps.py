"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DirectoryConfig(AppConfig):
    """预案与通讯录."""

    name = "directory"
    label = "directory"
    verbose_name = _("预案与通讯录")

    def ready(self) -> None:
        """Tell the kernel who is told when a step fires, who knows the clauses, what is only ever added to."""
        from directory import audience, callouts, clauses, ladders
        from directory.registry import register_appointment_touch, register_clause_uses
        from directory.selectors.roster import roster_touch
        from directory.selectors.standing_duties import standing_uses
        from directory.services.callout_policy import policy_for
        from directory.services.ladders import ladders_settle
        from directory.services.plan_revisions import plans_enforce_due
        from yangcheng_ec.callout.registry import register_line, register_policy
        from yangcheng_ec.clauses import register_clause_resolver
        from yangcheng_ec.deadlines.registry import (
            register_acknowledger,
            register_audience_resolver,
            register_round,
        )
        from yangcheng_ec.record.triggers import Guarded, guard

        register_audience_resolver(audience.resolve)
        register_acknowledger(ladders.may_acknowledge)
        register_line(callouts.line)
        register_policy(policy_for)
        register_round(plans_enforce_due)
        register_round(ladders_settle)
        register_clause_resolver(clauses.resolve)
        register_appointment_touch(roster_touch)
        register_clause_uses(standing_uses)
        guard(Guarded("directory_dutylogentry", "duty_log", "the duty log"))
