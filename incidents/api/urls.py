"""Addresses of the incidents' API."""

from django.urls import URLPattern, path

from incidents.api import (
    aside,
    attachments,
    cases,
    chain,
    clocks,
    conditions,
    inquiries,
    instructions,
    members,
    reports,
    returns,
)

CASE = "incidents/<str:number>/"
REPORT = "reports/<int:pk>/"

urlpatterns: list[URLPattern] = [
    path("incidents/", cases.IncidentsView.as_view(), name="api-incidents"),
    path(CASE, cases.IncidentView.as_view(), name="api-incident"),
    path(f"{CASE}accept/", cases.AcceptView.as_view(), name="api-incident-accept"),
    path(f"{CASE}triage/", cases.TriageView.as_view(), name="api-incident-triage"),
    path(f"{CASE}analyse/", cases.AnalyseView.as_view(), name="api-incident-analyse"),
    path(f"{CASE}grade/", cases.GradeView.as_view(), name="api-incident-grade"),
    path(f"{CASE}times/", cases.TimesView.as_view(), name="api-incident-times"),
    path(f"{CASE}link/", cases.LinkView.as_view(), name="api-incident-link"),
    path(f"{CASE}conditions/", conditions.ConditionsView.as_view(), name="api-incident-conditions"),
    path(f"{CASE}unlink/", aside.UnlinkView.as_view(), name="api-incident-unlink"),
    path(f"{CASE}merge/", aside.MergeView.as_view(), name="api-incident-merge"),
    path(f"{CASE}unmerge/", aside.UnmergeView.as_view(), name="api-incident-unmerge"),
    path(f"{CASE}withdraw/", aside.WithdrawView.as_view(), name="api-incident-withdraw"),
    path(f"{CASE}reopen/", aside.ReopenView.as_view(), name="api-incident-reopen"),
    path(f"{CASE}close/", cases.CloseView.as_view(), name="api-incident-close"),
    path(f"{CASE}members/", members.MembersView.as_view(), name="api-incident-members"),
    path(f"{CASE}members/remove/", members.MemberRemoveView.as_view(), name="api-incident-members-remove"),
    path(f"{CASE}record/", cases.RecordOfCase.as_view(), name="api-incident-record"),
    path(f"{CASE}deadlines/", clocks.DeadlinesOfCase.as_view(), name="api-incident-deadlines"),
    path(f"{CASE}deadlines/<int:pk>/explain/", clocks.ExplainView.as_view(), name="api-incident-deadline-explain"),
    path(f"{CASE}attachments/", attachments.AttachmentsView.as_view(), name="api-attachments"),
    path(f"{CASE}attachments/<int:pk>/", attachments.AttachmentFileView.as_view(), name="api-attachment"),
    path(
        f"{CASE}attachments/<int:pk>/withdraw/",
        attachments.AttachmentWithdrawView.as_view(),
        name="api-attachment-withdraw",
    ),
    path(f"{CASE}reports/", reports.ReportsView.as_view(), name="api-reports"),
    path(f"{CASE}reports/reopen/", chain.ReopenChainView.as_view(), name="api-reports-reopen"),
    path(f"{CASE}instructions/", instructions.InstructionsView.as_view(), name="api-instructions"),
    path(f"{CASE}inquiries/", inquiries.InquiriesView.as_view(), name="api-inquiries"),
    path(REPORT, reports.ReportView.as_view(), name="api-report"),
    path(f"{REPORT}review/", reports.ReviewView.as_view(), name="api-report-review"),
    path(f"{REPORT}send/", reports.SendView.as_view(), name="api-report-send"),
    path(f"{REPORT}changes/", chain.ChangesView.as_view(), name="api-report-changes"),
    path(f"{REPORT}proof/", chain.ProofView.as_view(), name="api-report-proof"),
    path(f"{REPORT}receipt/", reports.ReceiptView.as_view(), name="api-report-receipt"),
    path(f"{REPORT}confirm-late/", reports.LateView.as_view(), name="api-report-confirm-late"),
    path(f"{REPORT}form-8-7.pdf", reports.FormView.as_view(), name="api-report-form"),
    path(
        "instructions/<int:pk>/follow-ups/",
        instructions.FollowUpsOfInstruction.as_view(),
        name="api-instruction-follow-ups",
    ),
    path("follow-ups/", instructions.FollowUpsView.as_view(), name="api-follow-ups"),
    path("follow-ups/<int:pk>/done/", instructions.DoneView.as_view(), name="api-follow-up-done"),
    path("daily-returns/", returns.ReturnsView.as_view(), name="api-daily-returns"),
    path("daily-returns/<int:pk>/", returns.ReturnView.as_view(), name="api-daily-return"),
    path("inquiries/<int:pk>/reply/", inquiries.ReplyView.as_view(), name="api-inquiry-reply"),
    path(
        "deadlines/<int:pk>/rungs/<int:sequence>/acknowledge/",
        clocks.AcknowledgeView.as_view(),
        name="api-deadline-acknowledge",
    ),
    path("deadlines/", clocks.DeadlinesView.as_view(), name="api-deadlines"),
]
