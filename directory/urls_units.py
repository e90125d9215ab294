"""Addresses of the registry of units; included by ``directory.urls``."""

from django.urls import URLPattern, path

from directory.views import units

urlpatterns: list[URLPattern] = [
    path("units/", units.units, name="units"),
    path("units/new/", units.unit_new, name="unit-new"),
    path("units/<slug:code>/", units.unit, name="unit"),
    path("units/<slug:code>/edit/", units.unit_edit, name="unit-edit"),
    path("units/<slug:code>/aliases/", units.unit_alias_add, name="unit-alias-add"),
    path("units/<slug:code>/aliases/<int:pk>/remove/", units.unit_alias_remove, name="unit-alias-remove"),
    path("units/<slug:code>/retire/", units.unit_retire, name="unit-retire"),
    path("units/<slug:code>/restore/", units.unit_restore, name="unit-restore"),
]
