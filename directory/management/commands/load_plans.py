"""``manage.py load_plans``: bring both plans from ``fixtures/`` into the database."""

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from directory.loading import FixtureError, Report, load_plans

SHOWN = 200


class Command(BaseCommand):
    """Load the units, both plans and the printed directory. Run again, it changes nothing and says so."""

    help = "从 fixtures/ 载入单位与预案（可重复执行；--check 只检查不写入，--yes 不询问）"
    typed = False  # at a terminal, not by another command or a script
    requires_system_checks: list[str] = []  # it must run while the pages are broken, and quickly

    def add_arguments(self, parser: CommandParser) -> None:
        """Add ``--check``, ``--yes`` and ``--fixtures``."""
        parser.add_argument("--yes", action="store_true", help="在终端运行时不询问，直接写入")
        parser.add_argument("--check", action="store_true", help="只检查并列出将要发生的变化，不写入")
        parser.add_argument("--fixtures", type=Path, default=settings.FIXTURES_DIR, help="预案文件所在目录")

    def run_from_argv(self, argv: list[str]) -> None:
        """Remember that a person at a terminal typed the command: only such a run asks before it writes."""
        self.typed = sys.stdin.isatty() and sys.stdout.isatty()
        super().run_from_argv(argv)

    def handle(self, *args: Any, **options: Any) -> None:
        """Load or check, and say what changed; a run typed at a terminal shows the changes and asks first."""
        if self.typed and not (options["check"] or options["yes"]) and not self._agreed(options["fixtures"]):
            self.stdout.write("没有写入。")
            return
        report = self._load(options["fixtures"], check=options["check"])
        if options["verbosity"] == 0:
            return
        if options["verbosity"] > 1 or options["check"]:
            self.stdout.writelines(report.changes)
        verb = "将有变化" if options["check"] else "已更新"
        summary = f"{verb} {len(report.changes)} 处" if report.changes else "没有变化"
        self.stdout.write(f"预案：{'；'.join(report.plans)}。{summary}。")

    def _agreed(self, folder: Path) -> bool:
        """Show what would change and ask; nothing to change needs no answer."""
        changes = self._load(folder, check=True).changes
        if not changes:
            return True
        self.stdout.writelines(changes[:SHOWN])
        if len(changes) > SHOWN:
            self.stdout.write(f"……另有 {len(changes) - SHOWN} 处，用 --check 可全部列出。")
        return input(f"共 {len(changes)} 处变化。写入？输入 yes 确认：").strip().lower() in ("y", "yes", "是")

    def _load(self, folder: Path, *, check: bool) -> Report:
        try:
            return load_plans(folder, check=check)
        except FixtureError as error:
            raise CommandError(f"预案没有载入：{error}") from error
