"""Addresses of rosters, swaps, hand-offs and the duty log; included by ``directory.urls``."""

from django.urls import URLPattern, URLResolver, path

from directory.views import handoff, roster

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
    path("roster/<str:code>/<str:day>/", roster.day, name="roster-day"),
    path("roster/<str:code>/<str:day>/<str:shift>/", roster.slot, name="roster-slot"),
    path("duty-log/<str:code>/", handoff.duty_log, name="duty-log"),
]
