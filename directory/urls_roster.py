"""Addresses of rosters, swaps, hand-offs and the duty log; included by ``directory.urls``."""

from django.urls import URLPattern, URLResolver, path

from directory.views import handoff, roster, roster_sheets

urlpatterns: list[URLPattern | URLResolver] = [
    path("roster/", roster.rosters, name="rosters"),
    path("roster/holidays/", roster.holidays, name="roster-holidays"),
    path("roster/holidays/fixed/", roster.holidays_fixed, name="roster-holidays-fixed"),
    path("roster/holidays/<int:pk>/remove/", roster.holiday_remove, name="roster-holiday-remove"),
    path("roster/<str:code>/", roster.month, name="roster"),
    path("roster/<str:code>/open/", roster.roster_open, name="roster-open"),
    path("roster/<str:code>/settings/", roster.settings, name="roster-settings"),
    path("roster/<str:code>/swaps/", handoff.swaps, name="roster-swaps"),
    path("roster/<str:code>/swaps/<int:pk>/answer/", handoff.swap_answer, name="roster-swap-answer"),
    path("roster/<str:code>/swaps/<int:pk>/withdraw/", handoff.swap_withdraw, name="roster-swap-withdraw"),
    path("roster/<str:code>/handoff/", handoff.handoff, name="handoff"),
    path("roster/<str:code>/handoff/<int:pk>/", handoff.handoff_one, name="handoff-one"),
    path("roster/<str:code>/handoff/<int:pk>/sign/", handoff.handoff_sign, name="handoff-sign"),
    path("roster/<str:code>/export.xlsx", roster_sheets.roster_export, name="roster-export"),
    path("roster/<str:code>/print.pdf", roster_sheets.roster_print, name="roster-print"),
    path("roster/<str:code>/import/", roster_sheets.roster_import, name="roster-import"),
    path("roster/<str:code>/fill/", roster_sheets.roster_fill, name="roster-fill"),
    path("roster/<str:code>/drafts/<int:pk>/", roster_sheets.roster_draft, name="roster-draft"),
    path("roster/<str:code>/drafts/<int:pk>/sheet/", roster_sheets.roster_draft_sheet, name="roster-draft-sheet"),
    path("roster/<str:code>/drafts/<int:pk>/write/", roster_sheets.roster_draft_write, name="roster-draft-write"),
    path("roster/<str:code>/drafts/<int:pk>/drop/", roster_sheets.roster_draft_drop, name="roster-draft-drop"),
    path("roster/<str:code>/<str:day>/", roster.day, name="roster-day"),
    path("roster/<str:code>/<str:day>/<str:shift>/", roster.slot, name="roster-slot"),
    path("duty-log/<str:code>/", handoff.duty_log, name="duty-log"),
]
