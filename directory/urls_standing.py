"""Addresses of resources, filed action plans and the training log; included by ``directory.urls``."""

from django.urls import URLPattern, path

from directory.views import filings, resources, trainings

urlpatterns: list[URLPattern] = [
    path("standing/resources/", resources.resources, name="resources"),
    path("standing/resources/new/", resources.resource_new, name="resource-new"),
    path("standing/resources/sheet.xlsx", resources.resources_sheet, name="resources-sheet"),
    path("standing/resources/list.pdf", resources.resources_print, name="resources-print"),
    path("standing/resources/<int:pk>/", resources.resource, name="resource"),
    path("standing/resources/<int:pk>/edit/", resources.resource_edit, name="resource-edit"),
    path("standing/resources/<int:pk>/check/", resources.resource_check, name="resource-check"),
    path("standing/resources/<int:pk>/retire/", resources.resource_retire, name="resource-retire"),
    path("standing/resources/<int:pk>/restore/", resources.resource_restore, name="resource-restore"),
    path("standing/resources/<int:pk>/reveal/", resources.resource_reveal, name="resource-reveal"),
    path("standing/filings/", filings.filings, name="filings"),
    path("standing/filings/new/", filings.filing_new, name="filing-new"),
    path("standing/filings/<int:pk>/", filings.filing, name="filing"),
    path("standing/filings/<int:pk>/file/", filings.filing_file, name="filing-file"),
    path("standing/filings/<int:pk>/void/", filings.filing_void, name="filing-void"),
    path("standing/filings/<str:code>/remind/", filings.filings_remind, name="filings-remind"),
    path("standing/trainings/", trainings.trainings, name="trainings"),
    path("standing/trainings/new/", trainings.training_new, name="training-new"),
    path("standing/trainings/<int:pk>/", trainings.training, name="training"),
    path("standing/trainings/<int:pk>/edit/", trainings.training_edit, name="training-edit"),
    path("standing/trainings/<int:pk>/void/", trainings.training_void, name="training-void"),
]
