"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CalloutConfig(AppConfig):
    """叫应."""

    name = "yangcheng_ec.callout"
    label = "callout"
    verbose_name = _("叫应")

    def ready(self) -> None:
        """Fire steps with every sweep, end call-outs whose cause is settled, put the link into mails and messages."""
        from yangcheng_ec.callout.links import link_suffix
        from yangcheng_ec.callout.services import callouts_fire, callouts_reach, callouts_settle
        from yangcheng_ec.deadlines.channels import register_text_suffix
        from yangcheng_ec.deadlines.registry import register_round, register_settled

        register_round(callouts_fire)
        register_round(callouts_reach)
        register_settled(callouts_settle)
        register_text_suffix(link_suffix)
