"""Addresses of the directory floor: contacts, appointments, accounts, inbox, call sheet, record."""

from django.urls import URLPattern, URLResolver, include, path

from directory.views import accounts, appointments, calls, contacts, inbox, record

urlpatterns: list[URLPattern | URLResolver] = [
    path("directory/", contacts.directory, name="directory"),
    path("directory/new/", contacts.contact_new, name="contact-new"),
    path("directory/conflicts/", contacts.contact_conflicts, name="contact-conflicts"),
    path("directory/<int:pk>/", contacts.contact, name="contact"),
    path("directory/<int:pk>/edit/", contacts.contact_edit, name="contact-edit"),
    path("directory/<int:pk>/retire/", contacts.contact_retire, name="contact-retire"),
    path("directory/<int:pk>/restore/", contacts.contact_restore, name="contact-restore"),
    path("directory/<int:pk>/verify/", contacts.contact_verify, name="contact-verify"),
    path("appointments/", appointments.appointments, name="appointments"),
    path("appointments/new/", appointments.appointment_new, name="appointment-new"),
    path("appointments/<int:pk>/", appointments.appointment, name="appointment"),
    path("appointments/<int:pk>/confirm/", appointments.appointment_confirm, name="appointment-confirm"),
    path("appointments/<int:pk>/reject/", appointments.appointment_reject, name="appointment-reject"),
    path("appointments/<int:pk>/revoke/", appointments.appointment_revoke, name="appointment-revoke"),
    path("accounts/", accounts.accounts, name="accounts"),
    path("accounts/new/", accounts.account_new, name="account-new"),
    path("accounts/<int:pk>/", accounts.account, name="account"),
    path("accounts/<int:pk>/roles/", accounts.account_roles, name="account-roles"),
    path("accounts/<int:pk>/disable/", accounts.account_disable, name="account-disable"),
    path("accounts/<int:pk>/enable/", accounts.account_enable, name="account-enable"),
    path("accounts/<int:pk>/reset/", accounts.account_reset, name="account-reset"),
    path("password/", accounts.password_change, name="password-change"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/<int:pk>/", inbox.notice, name="notice"),
    path("calls/", calls.calls, name="calls"),
    path("calls/<int:pk>/", calls.call, name="call"),
    path("record/", record.record, name="record"),
    path("record/verify/", record.record_verify, name="record-verify"),
    path("record/<str:key>/", record.record_case, name="record-case"),
    path("", include("directory.urls_plans")),
]
