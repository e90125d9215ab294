"""``manage.py load_plans``: bring both plans from ``fixtures/`` into the database."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from directory.loading import FixtureError, load_plans


class Command(BaseCommand):
    """Load the units, both plans and the printed directory. Run again, it changes nothing and says so."""

    help = "从 fixtures/ 载入单位与预案（可重复执行；--check 只检查不写入）"
    requires_system_checks: list[str] = []  # it must run while the pages are broken, and quickly

    def add_arguments(self, parser: CommandParser) -> None:
        """Add ``--check`` and ``--fixtures``."""
        parser.add_argument("--check", action="store_true", help="只检查并列出将要发生的变化，不写入")
        parser.add_argument("--fixtures", type=Path, default=settings.FIXTURES_DIR, help="预案文件所在目录")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load or check, and say what changed."""
        try:
            report = load_plans(options["fixtures"], check=options["check"])
        except FixtureError as error:
            raise CommandError(f"预案没有载入：{error}") from error
        if options["verbosity"] == 0:
            return
        if options["verbosity"] > 1 or options["check"]:
            self.stdout.writelines(report.changes)
        verb = "将有变化" if options["check"] else "已更新"
        summary = f"{verb} {len(report.changes)} 处" if report.changes else "没有变化"
        self.stdout.write(f"预案：{'；'.join(report.plans)}。{summary}。")
