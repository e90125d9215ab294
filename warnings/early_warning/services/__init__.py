"""Writing warnings: draft → proposed → approved → published → (adjusted) → lifted | superseded (DESIGN §5)."""

from early_warning.services.common import Content
from early_warning.services.decisions import warning_approve, warning_propose, warning_return
from early_warning.services.drafts import warning_adjust, warning_draft, warning_edit, warning_withdraw
from early_warning.services.expiry import expiry_round
from early_warning.services.lifting import warning_lift, warning_propose_lift
from early_warning.services.publishing import warning_publish, warnings_supersede
from early_warning.services.receipts import (
    warning_confirm,
    warning_inform_leader,
    warning_opened,
    warning_progress,
    warning_report_up,
)
from early_warning.services.sources import Received, Source
from early_warning.services.standing import (
    StandingInput,
    standing_confirm,
    standing_enter,
    standing_refuse,
    standing_revoke,
)
from early_warning.services.tasks import (
    warning_chase,
    warning_task_acknowledge,
    warning_task_complete,
    warning_task_return,
)

__all__ = [
    "Content",
    "Received",
    "Source",
    "StandingInput",
    "expiry_round",
    "standing_confirm",
    "standing_enter",
    "standing_refuse",
    "standing_revoke",
    "warning_adjust",
    "warning_approve",
    "warning_chase",
    "warning_confirm",
    "warning_draft",
    "warning_edit",
    "warning_inform_leader",
    "warning_lift",
    "warning_opened",
    "warning_progress",
    "warning_propose",
    "warning_propose_lift",
    "warning_publish",
    "warning_report_up",
    "warning_return",
    "warning_task_acknowledge",
    "warning_task_complete",
    "warning_task_return",
    "warning_withdraw",
    "warnings_supersede",
]
