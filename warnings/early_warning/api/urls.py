"""Addresses of the API under ``/api/v1/``."""

from django.urls import URLPattern, URLResolver, path

from early_warning.api.views import ACT_VIEWS, StandingsView, WarningListView, WarningView

urlpatterns: list[URLPattern | URLResolver] = [
    path("warnings/", WarningListView.as_view(), name="api-warnings"),
    path("warnings/standing/", StandingsView.as_view(), name="api-warning-standings"),
    path("warnings/<str:number>/", WarningView.as_view(), name="api-warning"),
    *[
        path(f"warnings/<str:number>/{act}/", view.as_view(), name=f"api-warning-{act}")
        for act, view in ACT_VIEWS.items()
    ],
]
