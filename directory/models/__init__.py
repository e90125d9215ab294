"""Who is who and how to reach them: people, plans, units, posts, groups, contacts, signatures."""

from directory.models.authority import ActRule, Appointment, AppointmentPaper, Post, Signature
from directory.models.callout_policy import CalloutEdition, CalloutPolicy
from directory.models.filings import ActionPlan
from directory.models.ladders import LadderEdition
from directory.models.membership import CaseGroupMember, CaseMember
from directory.models.people import User, UserManager
from directory.models.plans import (
    Category,
    Clause,
    Criterion,
    Grade,
    GroupMember,
    LadderRung,
    Measure,
    MeasureActor,
    Membership,
    Plan,
    PlanReview,
    PlanVersion,
    ReportingAddressee,
    ReportingRule,
    ResponseCondition,
    ResponseLevel,
    SubCategory,
    WarningLevel,
    WorkGroup,
)
from directory.models.resources import Resource
from directory.models.roster import DutyLogEntry, DutyMode, DutySlot, Handoff, Holiday, Roster, SlotSwap
from directory.models.roster_drafts import RosterDraft
from directory.models.service_tokens import ServiceToken
from directory.models.sheets import ContactSheet, ContactSheetMapping
from directory.models.trainings import Training
from directory.models.units import UNRANKED, Contact, ContactRuling, Unit, UnitAlias

__all__ = [
    "UNRANKED",
    "ActRule",
    "ActionPlan",
    "Appointment",
    "AppointmentPaper",
    "CalloutEdition",
    "CalloutPolicy",
    "CaseGroupMember",
    "CaseMember",
    "Category",
    "Clause",
    "Contact",
    "ContactRuling",
    "ContactSheet",
    "ContactSheetMapping",
    "Criterion",
    "DutyLogEntry",
    "DutyMode",
    "DutySlot",
    "Grade",
    "GroupMember",
    "Handoff",
    "Holiday",
    "LadderEdition",
    "LadderRung",
    "Measure",
    "MeasureActor",
    "Membership",
    "Plan",
    "PlanReview",
    "PlanVersion",
    "Post",
    "ReportingAddressee",
    "ReportingRule",
    "Resource",
    "ResponseCondition",
    "ResponseLevel",
    "Roster",
    "RosterDraft",
    "ServiceToken",
    "Signature",
    "SlotSwap",
    "SubCategory",
    "Training",
    "Unit",
    "UnitAlias",
    "User",
    "UserManager",
    "WarningLevel",
    "WorkGroup",
]
