"""Addresses of the directory floor's API."""

from django.urls import URLPattern, URLResolver, include, path

from directory.api import contacts, record, token

urlpatterns: list[URLPattern | URLResolver] = [
    path("auth/token/", token.TokenView.as_view(), name="api-token"),
    path("contacts/", contacts.ContactsView.as_view(), name="api-contacts"),
    path("contacts/conflicts/", contacts.ContactConflictsView.as_view(), name="api-contact-conflicts"),
    path("contacts/<int:pk>/", contacts.ContactView.as_view(), name="api-contact"),
    path("record/", record.RecordView.as_view(), name="api-record"),
    path("record/verify/", record.RecordVerifyView.as_view(), name="api-record-verify"),
    path("", include("directory.api.plans")),
]
