"""Reading cases, already scoped to the user."""

from incidents.selectors.actions import CaseAction, actions_on, may_work_on
from incidents.selectors.cases import (
    ListFilter,
    incident_for,
    incident_list,
    incident_timeline,
    incidents_visible_to,
    list_order,
)
from incidents.selectors.clocks import clocks_mine_first, clocks_of_case, most_urgent
from incidents.selectors.reports import (
    addressee_choices,
    inquiries_of,
    inquiry_for,
    report_by_id,
    report_for,
    reports_of,
    reports_visible_to,
)

__all__ = [
    "CaseAction",
    "ListFilter",
    "actions_on",
    "addressee_choices",
    "clocks_mine_first",
    "clocks_of_case",
    "incident_for",
    "incident_list",
    "incident_timeline",
    "incidents_visible_to",
    "inquiries_of",
    "inquiry_for",
    "list_order",
    "may_work_on",
    "most_urgent",
    "report_by_id",
    "report_for",
    "reports_of",
    "reports_visible_to",
]
