"""The kernel as a Django app: system checks, template tags, number sequences, idempotency keys."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class KernelConfig(AppConfig):
    """The kernel every app stands on."""

    name = "yangcheng_ec"
    label = "kernel"
    verbose_name = _("系统")

    def ready(self) -> None:
        """Register the system checks."""
        from yangcheng_ec import checks  # noqa: F401
