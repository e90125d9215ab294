"""Addresses of contacts in and out: import, export, print, the file for use without a server."""

from django.urls import URLPattern, path

from directory.views import sheets

urlpatterns: list[URLPattern] = [
    path("directory/import/", sheets.contact_import, name="contact-import"),
    path("directory/import/<int:pk>/", sheets.contact_sheet, name="contact-sheet"),
    path("directory/import/<int:pk>/columns/", sheets.contact_sheet_columns, name="contact-sheet-columns"),
    path("directory/import/<int:pk>/write/", sheets.contact_sheet_write, name="contact-sheet-write"),
    path("directory/import/<int:pk>/drop/", sheets.contact_sheet_drop, name="contact-sheet-drop"),
    path("directory/export.xlsx", sheets.directory_export, name="directory-export"),
    path("directory/people.xlsx", sheets.people_export, {"form": "xlsx"}, name="people-export"),
    path("directory/people.csv", sheets.people_export, {"form": "csv"}, name="people-export-csv"),
    path("directory/print/<slug:code>.pdf", sheets.directory_print, name="directory-print"),
    path("directory/offline.html", sheets.directory_offline, name="directory-offline"),
]
