"""Addresses of the API under ``/api/v1/``."""

from django.urls import URLPattern, URLResolver, include, path

from early_warning.api.standards import CapDocumentView, CapView, FeedView
from early_warning.api.views import ACT_VIEWS, StandingsView, WarningListView, WarningView

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("early_warning.prevention.api.urls")),
    path("warnings/", WarningListView.as_view(), name="api-warnings"),
    path("warnings/feed.atom", FeedView.as_view(), name="api-warnings-feed"),
    path("warnings/<str:number>/cap.xml", CapView.as_view(), name="api-warning-cap"),
    path(
        "warnings/<str:number>/cap/<str:identifier>.xml",
        CapDocumentView.as_view(),
        name="api-warning-cap-document",
    ),
    path("warnings/standing/", StandingsView.as_view(), name="api-warning-standings"),
    path("warnings/<str:number>/", WarningView.as_view(), name="api-warning"),
    *[
        path(f"warnings/<str:number>/{act}/", view.as_view(), name=f"api-warning-{act}")
        for act, view in ACT_VIEWS.items()
    ],
]
