"""Addresses of the outbox."""

from django.urls import URLPattern, path

from directory.views import outbox, ways

urlpatterns: list[URLPattern] = [
    path("notices/", outbox.notices, name="notices"),
    path("notices/switch/<slug:name>/", outbox.switch, name="notices-switch"),
    path("notices/dead/", outbox.dead, name="notices-dead"),
    path("notices/sheet/", outbox.sheet, name="notices-sheet"),
    path("notices/fax/<int:pk>/", outbox.fax, name="notices-fax"),
    path("notices/progress/<slug:subject>/<int:pk>/", outbox.progress, name="notices-progress"),
    path("notices/ways/", ways.ways, name="notices-ways"),
    path("notices/ways/new/", ways.way_new, name="notices-way-new"),
    path("notices/ways/<int:pk>/", ways.way, name="notices-way"),
    path("notices/ways/<int:pk>/remove/", ways.way_remove, name="notices-way-remove"),
]
