"""``manage.py demo_data``: the demo day of DESIGN §8."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from directory.models import User
from directory.services.demo import DEMO_PEOPLE
from response.demo import demo_day
from yangcheng_ec.errors import DomainError


class Command(BaseCommand):
    """Make the demo day; a database that has a case already is left as it is."""

    help = "生成演示数据：两个预案各种状态的事件、预警、响应（正式配置拒绝执行）"

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the day and say what was done."""
        if not settings.DEMO_ACCOUNTS_ALLOWED:
            raise CommandError("当前配置不允许演示数据。")
        if User.objects.filter(demo=True).count() < len(DEMO_PEOPLE):
            raise CommandError("请先执行 load_plans 和 demo_accounts。")
        try:
            made = demo_day()
        except DomainError as error:
            raise CommandError(f"{error.message} {getattr(error, 'fields', '') or ''}") from error
        if options["verbosity"]:
            self.stdout.write("演示数据已生成。" if made else "已有事件或预警，演示数据不重复生成。")
