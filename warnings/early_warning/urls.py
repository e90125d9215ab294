"""Addresses of the warnings' pages."""

from django.urls import URLPattern, URLResolver, include, path

from early_warning import views
from early_warning.public.urls import urlpatterns as public_urls
from early_warning.views.acts import ACTS

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("early_warning.prevention.urls")),
    path("warnings/", views.warning_list, name="warnings"),
    path("warnings/sheet.<str:kind>", views.warning_sheet, name="warnings-sheet"),
    path("warnings/new/", views.warning_new, name="warning-new"),
    path("warnings/standing/", views.standing_index, name="standings"),
    path("warnings/standing/new/<str:plan>/", views.standing_new, name="standing-new"),
    path("warnings/standing/<int:pk>/", views.standing_detail, name="standing"),
    path("warnings/standing/<int:pk>/paper/", views.standing_download, name="standing-paper"),
    path("warnings/standing/<int:pk>/<str:act>/", views.standing_act, name="standing-act"),
    path("warnings/<str:number>/", views.warning_detail, name="warning"),
    path("warnings/<str:number>/edit/", views.warning_edit_page, name="warning-edit"),
    path("warnings/<str:number>/adjust/", views.warning_adjust_page, name="warning-adjust"),
    path("warnings/<str:number>/callouts/", views.warning_callouts, name="warning-callouts"),
    *public_urls,
    path("warnings/<str:number>/superior/", views.notice_download, name="warning-superior"),
    path("warnings/<str:number>/chase/", views.warning_chase, name="warning-chase"),
    path("warnings/<str:number>/tasks/<int:pk>/", views.warning_task_act, name="warning-task"),
    *[path(f"warnings/<str:number>/{act}/", views.warning_act, {"act": act}, name=f"warning-{act}") for act in ACTS],
]
