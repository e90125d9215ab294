"""1,000 rows of a contact sheet, from the uploaded bytes to the last line of the record, by the services the page uses.

Worst cases: every row a new number, then every row a changed one, then every row a person with a number and a post.
Goal: under 5 s each.

    python bench/bench_import.py [ROWS]
"""

# ruff: noqa: E402 (Django is set up before its models are imported)

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yangcheng_ec.settings.testing")

import django

django.setup()

from django.test.utils import setup_databases, setup_test_environment, teardown_databases

from directory.models import Contact, Unit, User
from directory.services.contact_sheets import sheet_upload, sheet_write
from tests.conftest import load_everything
from tests.directory.sheet_files import xlsx

GOAL_SECONDS = 5.0


HEAD = ["单位", "值班电话", "联系人", "原号码", "预案", "预案职务", "账号", "职务"]


def run(words: str, rows: list[list[str]]) -> bool:
    """Import the rows; print how long each step took; return whether the goal is met."""
    keeper = User.objects.get(username="contacts")
    content = xlsx([HEAD, *rows])
    start = time.perf_counter()
    sheet = sheet_upload(user=keeper, file_name="名单.xlsx", content=content)
    previewed = time.perf_counter()
    sheet_write(user=keeper, sheet_id=sheet.pk, version=sheet.version)
    written = time.perf_counter()
    assert Contact.objects.filter(value__in=[row[1] for row in rows]).count() == len(rows)
    total = written - start
    print(
        f"{len(rows)} rows {words}: read and previewed {previewed - start:.2f} s, written {written - previewed:.2f} s, "
        f"together {total:.2f} s (goal {GOAL_SECONDS:.0f} s)"
    )
    return total < GOAL_SECONDS


def measure(count: int) -> bool:
    """Add so many numbers, then change all of them."""
    names = list(Unit.objects.values_list("name", flat=True))
    added = [[names[n % len(names)], f"5{n:06}", f"联系人{n}", ""] for n in range(count)]
    changed = [[name, f"6{old[1:]}", person, old] for name, old, person, _ in added]
    return all([run("added", added), run("changed", changed), run("with a post each", people(names, count))])


def people(names: list[str], count: int) -> list[list[str]]:
    """Make so many accounts, and return a row for each: a number, and a post of a plan or of the unit."""
    units = dict(Unit.objects.values_list("name", "pk"))
    rows = []
    for n in range(count):
        unit, post = names[n % len(names)], ("值班员", "分管负责人", "联络员")[n % 3]
        rows.append([unit, f"7{n:06}", f"人员{n}", "", "网络预案", post, f"bench{n}", "科员"])
    accounts = [User(username=row[6], display_name=row[2], unit_id=units[row[0]]) for row in rows]
    User.objects.bulk_create(accounts)
    return rows


def main() -> int:
    """Run on a database of its own."""
    setup_test_environment()
    databases = setup_databases(verbosity=0, interactive=False)
    try:
        load_everything()
        return 0 if measure(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000) else 1
    finally:
        teardown_databases(databases, verbosity=0)


if __name__ == "__main__":
    raise SystemExit(main())
