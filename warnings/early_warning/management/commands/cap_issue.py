"""``manage.py cap_issue``: issue the CAP documents that published warnings still owe."""

from typing import Any

from django.core.management.base import BaseCommand

from early_warning.cap.services import documents_complete
from early_warning.models import EarlyWarning


class Command(BaseCommand):
    """Issue what is missing; run again it changes nothing."""

    help = "为已发布而没有 CAP 文档的预警补发文档（升级之前发布的，或当时没有通过核对的）"

    def handle(self, *args: Any, **options: Any) -> None:
        """Go through every case that was published, and say what was issued."""
        heads = EarlyWarning.objects.filter(published_at__isnull=False).order_by("head_id")
        count = 0
        for head_id in heads.values_list("head_id", flat=True).distinct():
            for document in documents_complete(head_id):
                self.stdout.write(f"补发：{document}")
                count += 1
        if count or options["verbosity"]:
            self.stdout.write(f"共补发 {count} 份 CAP 文档。")
