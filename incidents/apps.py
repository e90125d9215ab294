"""App configuration."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


def _index_search(using: str, **_kwargs: Any) -> None:
    from incidents.searching import install
    from incidents.services.search import search_backfill, search_ready

    if install(using) and search_ready(using):
        search_backfill(using=using)


class IncidentsConfig(AppConfig):
    """事件与报告."""

    name = "incidents"
    label = "incidents"
    verbose_name = _("事件与报告")

    def ready(self) -> None:
        """Say which clauses acts and papers rest on and what a shift hands over; keep the search indexed."""
        from directory.registry import register_clause_uses, register_handoff_section
        from incidents.handoff import open_cases_and_clocks
        from incidents.services.instructions import follow_ups_round
        from incidents.services.returns import returns_round
        from incidents.services.rhythm import rhythm_round
        from incidents.uses import clause_uses
        from yangcheng_ec.deadlines.registry import register_round

        register_clause_uses(clause_uses)
        register_handoff_section(open_cases_and_clocks)
        for act in (rhythm_round, follow_ups_round, returns_round):
            register_round(act)
        post_migrate.connect(_index_search, sender=self)
