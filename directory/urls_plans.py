"""Addresses of the plans read online; included by ``directory.urls``."""

from django.urls import URLPattern, URLResolver, path

from directory.views import plans

urlpatterns: list[URLPattern | URLResolver] = [
    path("plans/", plans.plans, name="plans"),
    path("plans/<str:code>/", plans.plan, name="plan"),
]
