"""What happened: incidents, their reports and inquiries (DESIGN §5)."""

from incidents.models.attachments import Attachment
from incidents.models.cases import (
    Incident,
    IncidentGroupObjectPermission,
    IncidentUserObjectPermission,
    Inquiry,
    Report,
    ReportAddressee,
)
from incidents.models.chain import ChainReopening, ReportRhythm
from incidents.models.drafts import IntakeDraft, IntakeDraftHandover
from incidents.models.instructions import FollowUp, Instruction
from incidents.models.papers import PaperJob
from incidents.models.returns import DailyReturn, ReturnReminder
from incidents.models.search import IncidentSearch
from incidents.models.statistics import StatBlock
from incidents.models.views import SavedView

__all__ = [
    "Attachment",
    "ChainReopening",
    "DailyReturn",
    "FollowUp",
    "Incident",
    "IncidentGroupObjectPermission",
    "IncidentSearch",
    "IncidentUserObjectPermission",
    "Inquiry",
    "Instruction",
    "IntakeDraft",
    "IntakeDraftHandover",
    "PaperJob",
    "Report",
    "ReportAddressee",
    "ReportRhythm",
    "ReturnReminder",
    "SavedView",
    "StatBlock",
]
