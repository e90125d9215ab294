"""Addresses of the incidents' API."""

from django.urls import URLPattern, path

from incidents.api import cases, clocks, inquiries, members, reports

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
    path(f"{CASE}close/", cases.CloseView.as_view(), name="api-incident-close"),
    path(f"{CASE}members/", members.MembersView.as_view(), name="api-incident-members"),
    path(f"{CASE}members/remove/", members.MemberRemoveView.as_view(), name="api-incident-members-remove"),
    path(f"{CASE}record/", cases.RecordOfCase.as_view(), name="api-incident-record"),
    path(f"{CASE}deadlines/", clocks.DeadlinesOfCase.as_view(), name="api-incident-deadlines"),
    path(f"{CASE}deadlines/<int:pk>/explain/", clocks.ExplainView.as_view(), name="api-incident-deadline-explain"),
    path(f"{CASE}reports/", reports.ReportsView.as_view(), name="api-reports"),
    path(f"{CASE}inquiries/", inquiries.InquiriesView.as_view(), name="api-inquiries"),
    path(REPORT, reports.ReportView.as_view(), name="api-report"),
    path(f"{REPORT}review/", reports.ReviewView.as_view(), name="api-report-review"),
    path(f"{REPORT}send/", reports.SendView.as_view(), name="api-report-send"),
    path(f"{REPORT}receipt/", reports.ReceiptView.as_view(), name="api-report-receipt"),
    path(f"{REPORT}confirm-late/", reports.LateView.as_view(), name="api-report-confirm-late"),
    path(f"{REPORT}form-8-7.pdf", reports.FormView.as_view(), name="api-report-form"),
    path("inquiries/<int:pk>/reply/", inquiries.ReplyView.as_view(), name="api-inquiry-reply"),
    path("deadlines/", clocks.DeadlinesView.as_view(), name="api-deadlines"),
]
