"""Addresses of the API of prevention under ``/api/v1/``."""

from django.urls import URLPattern, URLResolver, path

from early_warning.prevention.api.views import (
    CHECK_VIEWS,
    FINDING_VIEWS,
    ChecksView,
    CheckView,
    FindingsView,
    FindingView,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("findings/", FindingsView.as_view(), name="api-findings"),
    path("findings/<str:number>/", FindingView.as_view(), name="api-finding"),
    *[
        path(f"findings/<str:number>/{act}/", view.as_view(), name=f"api-finding-{act}")
        for act, view in FINDING_VIEWS.items()
    ],
    path("checks/", ChecksView.as_view(), name="api-checks"),
    path("checks/<str:number>/", CheckView.as_view(), name="api-check"),
    *[
        path(f"checks/<str:number>/{act}/", view.as_view(), name=f"api-check-{act}")
        for act, view in CHECK_VIEWS.items()
    ],
]
