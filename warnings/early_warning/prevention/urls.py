"""Addresses of the pages of prevention."""

from django.urls import URLPattern, URLResolver, path

from early_warning.prevention import views
from early_warning.prevention.views.acts import CHECK_ACTS, FINDING_ACTS

urlpatterns: list[URLPattern | URLResolver] = [
    path("prevention/", views.finding_list, name="prevention"),
    path("prevention/sheet.<str:kind>", views.findings_sheet, name="findings-sheet"),
    path("prevention/findings/new/", views.finding_new, name="finding-new"),
    path("prevention/findings/<str:number>/", views.finding_detail, name="finding"),
    *[
        path(f"prevention/findings/<str:number>/{act}/", views.finding_act, {"act": act}, name=f"finding-{act}")
        for act in FINDING_ACTS
    ],
    path("prevention/checks/", views.check_list, name="hazard-checks"),
    path("prevention/checks/new/", views.check_new, name="hazard-check-new"),
    path("prevention/checks/<str:number>/", views.check_detail, name="hazard-check"),
    *[
        path(f"prevention/checks/<str:number>/{act}/", views.check_act, {"act": act}, name=f"hazard-check-{act}")
        for act in ("return", *CHECK_ACTS)
    ],
]
