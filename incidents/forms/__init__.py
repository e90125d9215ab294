"""Forms of the pages of cases: what a person types, never what may be done with it."""

from incidents.forms.acts import (
    AnalyseForm,
    CloseForm,
    ExplainForm,
    GradeForm,
    LinkForm,
    TimesForm,
    TriageForm,
    VersionForm,
)
from incidents.forms.intake import IntakeForm, UpdateForm
from incidents.forms.reports import (
    DraftForm,
    InquiryForm,
    PhoneForm,
    PhoneReviewForm,
    ReceiptForm,
    ReplyForm,
    ReportEditForm,
    ReturnForm,
    ReviewForm,
    SendForm,
)

__all__ = [
    "AnalyseForm",
    "CloseForm",
    "DraftForm",
    "ExplainForm",
    "GradeForm",
    "InquiryForm",
    "IntakeForm",
    "LinkForm",
    "PhoneForm",
    "PhoneReviewForm",
    "ReceiptForm",
    "ReplyForm",
    "ReportEditForm",
    "ReturnForm",
    "ReviewForm",
    "SendForm",
    "TimesForm",
    "TriageForm",
    "UpdateForm",
    "VersionForm",
]
