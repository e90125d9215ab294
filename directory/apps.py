"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DirectoryConfig(AppConfig):
    """预案与通讯录."""

    name = "directory"
    label = "directory"
    verbose_name = _("预案与通讯录")

    def ready(self) -> None:
        """Tell the kernel who is told when a step fires, and who knows the clauses."""
        from directory import audience, clauses
        from directory.registry import register_appointment_touch
        from directory.selectors.roster import roster_touch
        from directory.services.plan_revisions import plans_enforce_due
        from yangcheng_ec.clauses import register_clause_resolver
        from yangcheng_ec.deadlines.registry import register_audience_resolver, register_round

        register_audience_resolver(audience.resolve)
        register_round(plans_enforce_due)
        register_clause_resolver(clauses.resolve)
        register_appointment_touch(roster_touch)
