"""Pages of prevention: findings and rounds of checks."""

from early_warning.prevention.views.checks import check_act, check_detail, check_list, check_new
from early_warning.prevention.views.findings import (
    finding_act,
    finding_detail,
    finding_list,
    finding_new,
    findings_sheet,
)

__all__ = [
    "check_act",
    "check_detail",
    "check_list",
    "check_new",
    "finding_act",
    "finding_detail",
    "finding_list",
    "finding_new",
    "findings_sheet",
]
