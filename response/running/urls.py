"""Addresses of a running response. They stand before ``response/<number>/<act>/``."""

from django.urls import URLPattern, path

from response.running import views
from response.running.sections import SECTIONS

ONE = "response/<str:number>"


def _section(name: str) -> list[URLPattern]:
    given = {"name": name}
    return [
        path(f"{ONE}/{name}/", views.section, given, name="response-section"),
        path(f"{ONE}/{name}/<str:act>/", views.section_act, given, name="response-section-act"),
        path(f"{ONE}/{name}/<int:pk>/<str:act>/", views.section_act, given, name="response-section-act"),
    ]


urlpatterns: list[URLPattern] = [
    path("response/instructions/", views.orders, name="orders"),
    path("response/instructions/<int:pk>/", views.order, name="order"),
    path("response/situations/", views.situations, name="situations"),
    path("response/situations/<int:pk>/", views.situation, name="situation"),
    path("incidents/<str:number>/first-action/", views.first_action, name="first-action"),
    path("incidents/<str:number>/evidence/new/", views.evidence_new, name="evidence-new"),
    path(f"{ONE}/board/", views.board, name="response-board"),
    path(f"{ONE}/board/chase/", views.board_chase, name="response-chase"),
    path(f"{ONE}/handed-over/package.pdf", views.handover_pdf, name="handover-pdf"),
    *(route for name in SECTIONS for route in _section(name)),
]
