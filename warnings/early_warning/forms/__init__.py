"""Forms of warnings: they check shape and length; the services check the rules."""

from early_warning.forms.acts import (
    ChaseForm,
    ConfirmForm,
    LeaderForm,
    LiftForm,
    PhoneForm,
    ProgressForm,
    ReasonForm,
    RemarkForm,
    ReportForm,
    StandingUseForm,
    TaskForm,
    VersionForm,
)
from early_warning.forms.content import ContentForm, NewForm, initial_of, upload_of
from early_warning.forms.lists import FilterForm
from early_warning.forms.standing import StandingForm

__all__ = [
    "ChaseForm",
    "ConfirmForm",
    "ContentForm",
    "FilterForm",
    "LeaderForm",
    "LiftForm",
    "NewForm",
    "PhoneForm",
    "ProgressForm",
    "ReasonForm",
    "RemarkForm",
    "ReportForm",
    "StandingForm",
    "StandingUseForm",
    "TaskForm",
    "VersionForm",
    "initial_of",
    "upload_of",
]
