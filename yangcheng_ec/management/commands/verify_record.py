"""``manage.py verify_record``: walk every chain and say where one is broken."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from yangcheng_ec.record import triggers
from yangcheng_ec.record.models import CaseHead, RecordEntry
from yangcheng_ec.record.selectors import verify_record


class Command(BaseCommand):
    """Verify the record; exit 1 when anything was changed, removed, inserted or reordered."""

    help = "核验全部案卷记录的哈希链；有断裂时退出码为 1。"

    def handle(self, *args: Any, **options: Any) -> None:
        """Print one line per fault and a summary."""
        faults = list(verify_record())
        for fault in faults:
            self.stdout.write(f"断裂：{fault.head} 第 {fault.seq} 行：{fault.reason}")
        if not triggers.installed():
            raise CommandError("防改触发器不在：请运行 manage.py migrate。")
        if faults:
            raise CommandError(f"{len(faults)} 条链断裂。")
        self.stdout.write(f"完好：{CaseHead.objects.count()} 条链，{RecordEntry.objects.count()} 行记录。")
