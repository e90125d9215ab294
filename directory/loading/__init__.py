"""Reading the plans from ``fixtures/`` into rows: idempotent, in one transaction, losing no row in use."""

from directory.loading.loader import Report, load_plans
from directory.loading.source import FixtureError

__all__ = ["FixtureError", "Report", "load_plans"]
