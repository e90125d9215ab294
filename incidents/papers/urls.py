"""Addresses of the papers."""

from django.urls import URLPattern, path

from incidents.papers import views

urlpatterns: list[URLPattern] = [
    path("incidents/<str:number>/reports/<int:serial>/form-8-7.pdf", views.form_8_7, name="form-8-7"),
    path("incidents/<str:number>/reports/<int:serial>/brief.pdf", views.brief_report, name="brief-report"),
]
