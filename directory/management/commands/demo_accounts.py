"""``manage.py demo_accounts``: the demo people of DESIGN §8."""

import os
import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from directory.models import Plan
from directory.services.demo import DEMO_PEOPLE, demo_people_ensure
from yangcheng_ec.errors import DomainError


class Command(BaseCommand):
    """Make the demo accounts, all with one password; run again, it changes nothing."""

    help = "建立演示账号（生产配置拒绝执行）"
    requires_system_checks: list[str] = []  # it must run while the pages are broken, and quickly

    def add_arguments(self, parser: CommandParser) -> None:
        """Add ``--password``; without it ``DEMO_PASSWORD`` or the kept random one is used."""
        parser.add_argument("--password", default="", help="所有演示账号的密码")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the accounts and say how to log in."""
        if not settings.DEMO_ACCOUNTS_ALLOWED:
            raise CommandError("当前配置不允许演示账号。")
        if not Plan.objects.exists():
            raise CommandError("请先执行 load_plans 载入预案。")
        password, is_new = _password(options["password"])
        try:
            demo_people_ensure(password=password)
        except DomainError as error:
            raise CommandError(error.message) from error
        if options["verbosity"]:
            self.stdout.write(f"演示账号 {len(DEMO_PEOPLE)} 个就绪：{'、'.join(p.username for p in DEMO_PEOPLE)}。")
            if is_new:
                self.stdout.write(f"统一密码（只显示这一次，保存在 {_file()}）：{password}")


def _file() -> Path:
    return Path(settings.VAR_DIR) / "demo_password"


def _password(given: str) -> tuple[str, bool]:
    """Return the password and whether it was made just now."""
    chosen = given or os.environ.get("DEMO_PASSWORD", "")
    if chosen:
        return chosen, False
    if _file().exists():
        return _file().read_text(encoding="utf-8").strip(), False
    made = secrets.token_urlsafe(9)
    _file().parent.mkdir(parents=True, exist_ok=True)
    _file().touch(mode=0o600)
    _file().write_text(made + "\n", encoding="utf-8")
    return made, True
