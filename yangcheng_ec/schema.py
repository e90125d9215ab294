"""The tables of an empty embedded database, made from the models instead of by every migration that led to them.

Replaying the migrations costs half a minute on a small machine, and the outcome is the same: ``tests/test_setup.py``
compares both, table by table, index by index, trigger by trigger (ADR 35).
"""

from __future__ import annotations

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

__all__ = ["schema_bring_up"]


def schema_bring_up() -> bool:
    """Bring the database up to the code's schema; return whether anything had to be done.

    An empty SQLite file gets its tables from the models and every migration marked as applied. Any other database is
    migrated.
    """
    if connection.vendor == "sqlite" and not connection.introspection.table_names():
        _from_models()
        return True
    executor = MigrationExecutor(connection)
    if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return False
    call_command("migrate", interactive=False, verbosity=0)
    return True


def _from_models() -> None:
    before = settings.MIGRATION_MODULES
    settings.MIGRATION_MODULES = {config.label: None for config in apps.get_app_configs()}
    try:
        call_command("migrate", run_syncdb=True, interactive=False, verbosity=0)
    finally:
        settings.MIGRATION_MODULES = before
    call_command("migrate", fake=True, interactive=False, verbosity=0)
