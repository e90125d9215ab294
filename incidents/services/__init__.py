"""Writing to cases: one verb each. Every service locks the case's head first."""

from incidents.services.closing import (
    clock_explain,
    incident_close,
    incident_link,
    incident_mark_aftermath,
    incident_mark_responding,
)
from incidents.services.facts import incident_correct_times, incident_update
from incidents.services.grading import incident_grade
from incidents.services.inquiries import Asked, inquiry_record, inquiry_reply
from incidents.services.intake import incident_accept, incident_file, view_grant
from incidents.services.intake_words import Intake
from incidents.services.membership import MemberChange, incident_member_change
from incidents.services.phone import PhoneReport, report_confirm_late, report_phone_record
from incidents.services.reports import (
    Draft,
    report_draft,
    report_edit,
    report_receipt,
    report_return,
    report_review,
    report_send,
)
from incidents.services.triage import Analysis, incident_analyse, incident_triage

__all__ = [
    "Analysis",
    "Asked",
    "Draft",
    "Intake",
    "MemberChange",
    "PhoneReport",
    "clock_explain",
    "incident_accept",
    "incident_analyse",
    "incident_close",
    "incident_correct_times",
    "incident_file",
    "incident_grade",
    "incident_link",
    "incident_mark_aftermath",
    "incident_mark_responding",
    "incident_member_change",
    "incident_triage",
    "incident_update",
    "inquiry_record",
    "inquiry_reply",
    "report_confirm_late",
    "report_draft",
    "report_edit",
    "report_phone_record",
    "report_receipt",
    "report_return",
    "report_review",
    "report_send",
    "view_grant",
]
