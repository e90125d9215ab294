"""Writing prevention: rounds of checks answered by units; findings from report to verification."""

from early_warning.prevention.services.checks import (
    Round,
    check_chase,
    check_close,
    check_open,
    check_return,
    check_withdraw,
)
from early_warning.prevention.services.deciding import (
    finding_accept,
    finding_ask_back,
    finding_chase,
    finding_extend,
    finding_reject,
    finding_send_back,
    finding_verify,
)
from early_warning.prevention.services.mending import finding_mended, finding_progress
from early_warning.prevention.services.onward import finding_as_incident, finding_intake, finding_warn
from early_warning.prevention.services.reporting import Found, finding_report, finding_supplement
from early_warning.prevention.services.rounds import checks_round, findings_round

__all__ = [
    "Found",
    "Round",
    "check_chase",
    "check_close",
    "check_open",
    "check_return",
    "check_withdraw",
    "checks_round",
    "finding_accept",
    "finding_as_incident",
    "finding_ask_back",
    "finding_chase",
    "finding_extend",
    "finding_intake",
    "finding_mended",
    "finding_progress",
    "finding_reject",
    "finding_report",
    "finding_send_back",
    "finding_supplement",
    "finding_verify",
    "finding_warn",
    "findings_round",
]
