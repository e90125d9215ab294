"""Addresses of the warnings' pages."""

from django.urls import URLPattern, URLResolver, include, path

from early_warning import views
from early_warning.public.urls import urlpatterns as public_urls
from early_warning.views.acts import ACTS

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("early_warning.prevention.urls")),
    path("warnings/", views.warning_list, name="warnings"),
    path("warnings/new/", views.warning_new, name="warning-new"),
    path("warnings/<str:number>/", views.warning_detail, name="warning"),
    path("warnings/<str:number>/edit/", views.warning_edit_page, name="warning-edit"),
    path("warnings/<str:number>/adjust/", views.warning_adjust_page, name="warning-adjust"),
    path("warnings/<str:number>/callouts/", views.warning_callouts, name="warning-callouts"),
    *public_urls,
    *[path(f"warnings/<str:number>/{act}/", views.warning_act, {"act": act}, name=f"warning-{act}") for act in ACTS],
]
