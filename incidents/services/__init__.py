"""Writing to cases: one verb each. Every service locks the case's head first."""

from incidents.services.chain import report_chain_reopen
from incidents.services.closing import (
    clock_explain,
    incident_close,
    incident_mark_aftermath,
    incident_mark_responding,
)
from incidents.services.drafts import (
    DraftEntry,
    draft_drop,
    draft_file,
    draft_save,
    draft_supplement,
    draft_take,
)
from incidents.services.facts import incident_correct_times, incident_update
from incidents.services.grading import incident_grade
from incidents.services.inquiries import Asked, inquiry_record, inquiry_reply
from incidents.services.instructions import Instructed, follow_up_add, follow_up_done, instruction_record
from incidents.services.intake import incident_accept, incident_file, view_grant
from incidents.services.intake_both import BOTH_PLANS, incidents_file
from incidents.services.intake_words import Intake
from incidents.services.linking import incident_link, incident_unlink
from incidents.services.membership import MemberChange, incident_member_change
from incidents.services.merging import incident_merge, incident_unmerge
from incidents.services.phone import PhoneReport, report_confirm_late, report_phone_record
from incidents.services.report_after import report_prove, report_receipt
from incidents.services.reports import (
    Draft,
    report_draft,
    report_edit,
    report_return,
    report_review,
    report_send,
)
from incidents.services.returns import Returned, daily_return_correct, daily_return_file
from incidents.services.setting_aside import incident_reopen, incident_withdraw
from incidents.services.triage import Analysis, incident_analyse, incident_triage

__all__ = [
    "BOTH_PLANS",
    "Analysis",
    "Asked",
    "Draft",
    "DraftEntry",
    "Instructed",
    "Intake",
    "MemberChange",
    "PhoneReport",
    "Returned",
    "clock_explain",
    "daily_return_correct",
    "daily_return_file",
    "draft_drop",
    "draft_file",
    "draft_save",
    "draft_supplement",
    "draft_take",
    "follow_up_add",
    "follow_up_done",
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
    "incident_merge",
    "incident_reopen",
    "incident_triage",
    "incident_unlink",
    "incident_unmerge",
    "incident_update",
    "incident_withdraw",
    "incidents_file",
    "inquiry_record",
    "inquiry_reply",
    "instruction_record",
    "report_chain_reopen",
    "report_confirm_late",
    "report_draft",
    "report_edit",
    "report_phone_record",
    "report_prove",
    "report_receipt",
    "report_return",
    "report_review",
    "report_send",
    "view_grant",
]
