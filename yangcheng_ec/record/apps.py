"""App configuration."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


def _install_triggers(using: str, **_kwargs: Any) -> None:
    from yangcheng_ec.record import triggers

    triggers.install(using)


class RecordConfig(AppConfig):
    """案卷记录."""

    name = "yangcheng_ec.record"
    label = "record"
    verbose_name = _("案卷记录")

    def ready(self) -> None:
        """Put the append-only triggers back after every migrate."""
        post_migrate.connect(_install_triggers, sender=self)
