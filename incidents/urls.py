"""Addresses of the pages of cases."""

from django.urls import URLPattern, URLResolver, include, path

from incidents.views import (
    as_of,
    attachments,
    case,
    clocks,
    export,
    instructions,
    intake,
    lists,
    members,
    reports,
    returns,
    statistics,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("daily-returns/", returns.daily_returns, name="daily-returns"),
    path("daily-returns/<int:pk>/", returns.daily_return, name="daily-return"),
    path("clocks/", clocks.clocks, name="clocks"),
    path("incidents/", lists.incidents, name="incidents"),
    path("incidents/sheet.<str:kind>", lists.incidents_sheet, name="incidents-sheet"),
    path("incidents/views/", lists.incidents_view_save, name="incidents-view-save"),
    path("incidents/views/<int:pk>/<str:act>/", lists.incidents_view, name="incidents-view"),
    path("incidents/statistics/", statistics.statistics, name="statistics"),
    path("incidents/new/", intake.incident_new, name="incident-new"),
    path("incidents/new/alike/", intake.intake_alike, name="intake-alike"),
    path("incidents/new/<uuid:uuid>/", intake.incident_new, name="intake-draft"),
    path("incidents/new/<uuid:uuid>/save/", intake.draft_save, name="intake-save"),
    path("incidents/new/<uuid:uuid>/take/", intake.draft_take, name="intake-take"),
    path("incidents/new/<uuid:uuid>/drop/", intake.draft_drop, name="intake-drop"),
    path("incidents/new/<uuid:uuid>/into/<str:number>/", intake.intake_into, name="intake-into"),
    path("", include("incidents.papers.urls")),
    path("incidents/<str:number>/", case.incident, name="incident"),
    path("incidents/<str:number>/as-of/", as_of.incident_as_of, name="incident-as-of"),
    path("incidents/<str:number>/export.zip", export.incident_export, name="incident-export"),
    path("incidents/<str:number>/members/", members.incident_members, name="incident-members"),
    path("incidents/<str:number>/clocks/", case.incident_clocks, name="incident-clocks"),
    path("incidents/<str:number>/clocks/<int:deadline_id>/explain/", case.incident_explain, name="incident-explain"),
    path("incidents/<str:number>/inquiries/<int:inquiry_id>/", case.inquiry_answer, name="inquiry"),
    path("incidents/<str:number>/reports/<int:serial>/", reports.report, name="report"),
    path("incidents/<str:number>/attachments/", attachments.incident_attachments, name="incident-attachments"),
    path(
        "incidents/<str:number>/attachments/<int:pk>/", attachments.incident_attachment, name="incident-attachment"
    ),
    path(
        "incidents/<str:number>/attachments/<int:pk>/withdraw/",
        attachments.incident_attachment_withdraw,
        name="incident-attachment-withdraw",
    ),
    path(
        "incidents/<str:number>/reports/<int:serial>/attachments/",
        attachments.incident_attachments,
        name="report-attachments",
    ),
    path("incidents/<str:number>/reports/<int:serial>/<str:act>/", reports.report_act, name="report-act"),
    path(
        "incidents/<str:number>/instructions/<int:pk>/follow-up/", instructions.follow_up_new, name="follow-up-new"
    ),
    path("incidents/<str:number>/follow-ups/<int:pk>/", instructions.follow_up, name="follow-up"),
    path("incidents/<str:number>/subitems/", case.incident_subitems, name="incident-subitems"),
    path("incidents/<str:number>/<str:act>/", case.incident_act, name="incident-act"),
]
