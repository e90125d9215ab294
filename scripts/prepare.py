"""Bring the database up to date before the processes start: schema, plans, demo accounts, demo day.

One process for all of it, since starting Django four times would cost more than the work.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yangcheng_ec.settings.embedded")

import django
from django.core.management import call_command

from yangcheng_ec.schema import schema_bring_up


def main() -> None:
    """Run what is needed; every step may be run again without harm."""
    django.setup()
    if schema_bring_up():
        call_command("cap_issue", verbosity=0)
    call_command("load_plans")
    call_command("demo_accounts")
    if os.environ.get("DEMO_DATA") == "1":
        call_command("demo_data")


if __name__ == "__main__":
    main()
