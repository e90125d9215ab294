"""Writing to the directory floor. Signing is in ``signatures``, units' posts in ``plans``, demo people in ``demo``."""

from directory.services.accounts import (
    AccountInput,
    account_create,
    account_disable,
    account_enable,
    account_password_change,
    account_reset,
    account_roles_set,
)
from directory.services.appointments import (
    AppointmentInput,
    appointment_confirm,
    appointment_enter,
    appointment_reject,
    appointment_revoke,
)
from directory.services.contact_care import (
    contact_opened,
    contact_prefer,
    contact_reveal,
    contact_rule_conflict,
    contact_undo,
)
from directory.services.contacts import contact_add, contact_edit, contact_restore, contact_retire, contact_verify

__all__ = [
    "AccountInput",
    "AppointmentInput",
    "account_create",
    "account_disable",
    "account_enable",
    "account_password_change",
    "account_reset",
    "account_roles_set",
    "appointment_confirm",
    "appointment_enter",
    "appointment_reject",
    "appointment_revoke",
    "contact_add",
    "contact_edit",
    "contact_opened",
    "contact_prefer",
    "contact_restore",
    "contact_retire",
    "contact_reveal",
    "contact_rule_conflict",
    "contact_undo",
    "contact_verify",
]
