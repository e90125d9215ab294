"""Addresses of the directory floor's API."""

from django.urls import URLPattern, URLResolver, include, path

from directory.api import contact_care, contacts, duty, record, rosters, sheets, token

urlpatterns: list[URLPattern | URLResolver] = [
    path("auth/token/", token.TokenView.as_view(), name="api-token"),
    path("contacts/", contacts.ContactsView.as_view(), name="api-contacts"),
    path("contacts/conflicts/", contact_care.ContactConflictsView.as_view(), name="api-contact-conflicts"),
    path("contacts/export/", sheets.ContactExportView.as_view(), name="api-contact-export"),
    path("contacts/export/people/", sheets.PeopleExportView.as_view(), name="api-people-export"),
    path("contacts/import/", sheets.ContactImportView.as_view(), name="api-contact-import"),
    path("contacts/import/<int:pk>/", sheets.ContactSheetView.as_view(), name="api-contact-sheet"),
    path("contacts/import/<int:pk>/write/", sheets.ContactSheetWriteView.as_view(), name="api-contact-sheet-write"),
    path("contacts/<int:pk>/", contacts.ContactView.as_view(), name="api-contact"),
    path("contacts/<int:pk>/verify/", contact_care.ContactVerifyView.as_view(), name="api-contact-verify"),
    path("contacts/<int:pk>/undo/", contact_care.ContactUndoView.as_view(), name="api-contact-undo"),
    path("contacts/<int:pk>/reveal/", contact_care.ContactRevealView.as_view(), name="api-contact-reveal"),
    path("contacts/<int:pk>/prefer/", contact_care.ContactPreferView.as_view(), name="api-contact-prefer"),
    path("roster/now/", rosters.NowView.as_view(), name="api-roster-now"),
    path("rosters/", rosters.RostersView.as_view(), name="api-rosters"),
    path("rosters/<str:code>/", rosters.RosterView.as_view(), name="api-roster"),
    path("rosters/<str:code>/slots/", rosters.SlotsView.as_view(), name="api-roster-slots"),
    path("rosters/<str:code>/swaps/", rosters.SwapsView.as_view(), name="api-roster-swaps"),
    path("rosters/<str:code>/swaps/<int:pk>/answer/", rosters.SwapAnswerView.as_view(), name="api-swap-answer"),
    path("rosters/<str:code>/swaps/<int:pk>/withdraw/", rosters.SwapWithdrawView.as_view(), name="api-swap-withdraw"),
    path("rosters/<str:code>/handoffs/", duty.HandoffsView.as_view(), name="api-handoffs"),
    path("rosters/<str:code>/handoffs/<int:pk>/", duty.HandoffView.as_view(), name="api-handoff"),
    path("rosters/<str:code>/handoffs/<int:pk>/sign/", duty.HandoffSignView.as_view(), name="api-handoff-sign"),
    path("rosters/<str:code>/log/", duty.LogView.as_view(), name="api-duty-log"),
    path("record/", record.RecordView.as_view(), name="api-record"),
    path("record/verify/", record.RecordVerifyView.as_view(), name="api-record-verify"),
    path("", include("directory.api.callouts")),
    path("", include("directory.api.ladders")),
    path("", include("directory.api.notices")),
    path("", include("directory.api.plan_revisions")),
    path("", include("directory.api.plans")),
    path("", include("directory.api.resources")),
    path("", include("directory.api.units")),
]
