"""Addresses of the aftermath: under its case."""

from django.urls import URLPattern, path

from response.aftermath import views

AFTER = "incidents/<str:number>/aftermath"
REVIEW = f"{AFTER}/review/<int:serial>"

urlpatterns: list[URLPattern] = [
    path(f"{AFTER}/", views.show, name="aftermath"),
    path(f"{REVIEW}/", views.review, name="aftermath-review"),
    path(f"{REVIEW}/report.pdf", views.review_pdf, name="aftermath-review-pdf"),
    path(f"{REVIEW}/<str:act>/", views.review_act, name="aftermath-review-act"),
    path(f"{REVIEW}/<str:act>/<int:pk>/", views.review_act, name="aftermath-receipt"),
    path(f"{AFTER}/<str:act>/", views.act, name="aftermath-act"),
    path(f"{AFTER}/<str:act>/<int:pk>/", views.act, name="aftermath-row-act"),
]
