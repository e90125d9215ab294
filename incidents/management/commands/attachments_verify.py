"""``manage.py attachments_verify``: hold every stored attachment and appointment paper against its fingerprint."""

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from directory.models import AppointmentPaper
from directory.services.papers import FOLDER
from incidents.models import Attachment
from incidents.services.attachments import STORE
from yangcheng_ec.uploads import Fault, Store

WORDS = {"missing": "文件不在", "changed": "内容与指纹不符", "orphan": "没有对应的记录"}
# A file without a row harms nobody: an upload was broken off. It is told, and is no failure.
HARMLESS = "orphan"


class Command(BaseCommand):
    """Read every file; exit 1 when one is gone or is not the one that was kept."""

    help = "核对每个附件和任职依据文件的 SHA-256，列出缺失、被改动和没有记录的文件（只读）"

    def handle(self, *args: Any, **options: Any) -> None:
        """Print each fault, then the sum."""
        faults = list(self._faults())
        for folder, fault in faults:
            self.stdout.write(f"{WORDS[fault.what]}：{folder}/{fault.name}")
        broken = [fault for _, fault in faults if fault.what != HARMLESS]
        count = Attachment.objects.count() + AppointmentPaper.objects.count()
        if broken:
            raise CommandError(f"{len(broken)} 个文件缺失或被改动，请从备份恢复并告知审计员。")
        self.stdout.write(f"{count} 个文件记录核对无误，{len(faults)} 个没有记录的文件。")

    @staticmethod
    def _faults() -> Iterator[tuple[str, Fault]]:
        sums = Attachment.objects.values_list("sha256", flat=True).distinct().order_by("sha256")
        yield from ((STORE.folder, fault) for fault in STORE.faults((sha, sha) for sha in sums.iterator()))
        papers = AppointmentPaper.objects.order_by("pk").values_list("stored", "sha256")
        yield from ((FOLDER, fault) for fault in Store(FOLDER).faults(papers.iterator()))
