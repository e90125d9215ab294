"""Addresses of the directory floor's API."""

from django.urls import URLPattern, URLResolver, include, path

from directory.api import contact_care, contacts, record, sheets, token

urlpatterns: list[URLPattern | URLResolver] = [
    path("auth/token/", token.TokenView.as_view(), name="api-token"),
    path("contacts/", contacts.ContactsView.as_view(), name="api-contacts"),
    path("contacts/conflicts/", contact_care.ContactConflictsView.as_view(), name="api-contact-conflicts"),
    path("contacts/export/", sheets.ContactExportView.as_view(), name="api-contact-export"),
    path("contacts/import/", sheets.ContactImportView.as_view(), name="api-contact-import"),
    path("contacts/import/<int:pk>/", sheets.ContactSheetView.as_view(), name="api-contact-sheet"),
    path("contacts/import/<int:pk>/write/", sheets.ContactSheetWriteView.as_view(), name="api-contact-sheet-write"),
    path("contacts/<int:pk>/", contacts.ContactView.as_view(), name="api-contact"),
    path("contacts/<int:pk>/verify/", contact_care.ContactVerifyView.as_view(), name="api-contact-verify"),
    path("contacts/<int:pk>/undo/", contact_care.ContactUndoView.as_view(), name="api-contact-undo"),
    path("contacts/<int:pk>/reveal/", contact_care.ContactRevealView.as_view(), name="api-contact-reveal"),
    path("record/", record.RecordView.as_view(), name="api-record"),
    path("record/verify/", record.RecordVerifyView.as_view(), name="api-record-verify"),
    path("", include("directory.api.plans")),
]
