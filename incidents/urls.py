"""Addresses of the pages of cases."""

from django.urls import URLPattern, URLResolver, include, path

from incidents.views import case, lists, members, reports

urlpatterns: list[URLPattern | URLResolver] = [
    path("incidents/", lists.incidents, name="incidents"),
    path("incidents/new/", lists.incident_new, name="incident-new"),
    path("", include("incidents.papers.urls")),
    path("incidents/<str:number>/", case.incident, name="incident"),
    path("incidents/<str:number>/members/", members.incident_members, name="incident-members"),
    path("incidents/<str:number>/clocks/", case.incident_clocks, name="incident-clocks"),
    path("incidents/<str:number>/clocks/<int:deadline_id>/explain/", case.incident_explain, name="incident-explain"),
    path("incidents/<str:number>/inquiries/<int:inquiry_id>/", case.inquiry_answer, name="inquiry"),
    path("incidents/<str:number>/reports/<int:serial>/", reports.report, name="report"),
    path("incidents/<str:number>/reports/<int:serial>/<str:act>/", reports.report_act, name="report-act"),
    path("incidents/<str:number>/<str:act>/", case.incident_act, name="incident-act"),
]
