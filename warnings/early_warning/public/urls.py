"""Addresses of the public pages and of the printed notice."""

from django.urls import URLPattern, URLResolver, path

from early_warning.public import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("robots.txt", views.robots, name="robots"),
    path("public/warnings/", views.public_list, name="public-warnings"),
    path("public/warnings/<str:number>/", views.public_notice, name="public-warning"),
    path("public/warnings/<str:number>/notice/", views.public_notice_page, name="public-warning-notice"),
    path("warnings/<str:number>/notice/", views.warning_notice, name="warning-notice"),
]
