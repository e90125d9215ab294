"""Addresses of the papers."""

from django.urls import URLPattern, path

from incidents.papers import views

REPORT = "incidents/<str:number>/reports/<int:serial>"

urlpatterns: list[URLPattern] = [
    path(f"{REPORT}/form-8-7.pdf", views.form_8_7, name="form-8-7"),
    path(f"{REPORT}/brief.pdf", views.brief_report, name="brief-report"),
    path(f"{REPORT}/letter.pdf", views.letter, name="letter"),
    path("incidents/<str:number>/clocks.pdf", views.clock_table, name="clock-table"),
    path("incidents/<str:number>/case-file/", views.case_file, name="case-file"),
    path("incidents/<str:number>/papers/<str:kind>/<int:serial>/", views.paper_ask_for, name="paper-ask"),
    path("plans/<str:code>/form-8-7-blank.pdf", views.form_8_7_blank, name="form-8-7-blank"),
    path("papers/<uuid:key>/", views.paper, name="paper"),
    path("papers/<uuid:key>/file.pdf", views.paper_file, name="paper-file"),
    path("papers/<uuid:key>/here/", views.paper_here, name="paper-here"),
]
