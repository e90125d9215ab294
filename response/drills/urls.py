"""Addresses of drills, and of the page that leads to all standing duties."""

from django.urls import URLPattern, path

from response.drills import hub, views

DRILL = "standing/drills/<str:number>"

urlpatterns: list[URLPattern] = [
    path("standing/", hub.standing, name="standing"),
    path("standing/drills/", views.index, name="drills"),
    path("standing/drills/new/", views.new, name="drill-new"),
    path(f"{DRILL}/", views.show, name="drill"),
    path(f"{DRILL}/edit/", views.edit, name="drill-edit"),
    path(f"{DRILL}/evaluate/", views.evaluate, name="drill-evaluate"),
    path(f"{DRILL}/report.pdf", views.report, name="drill-report"),
    path(f"{DRILL}/injects/", views.injects, name="drill-injects"),
    path(f"{DRILL}/injects/<int:pk>/<str:act>/", views.inject_act, name="drill-inject-act"),
    path(f"{DRILL}/improvements/", views.improvements, name="drill-improvements"),
    path(f"{DRILL}/improvements/<int:pk>/remove/", views.improvement_remove, name="drill-improvement-remove"),
    path(f"{DRILL}/<str:act>/", views.act, name="drill-act"),
]
