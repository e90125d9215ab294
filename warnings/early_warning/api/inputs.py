"""What the endpoints take."""

from __future__ import annotations

from typing import Any

from django.db import models
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from early_warning.choices import Publicity, WarningState
from early_warning.selectors import ORDERS, VALIDITY
from incidents.choices import SendChannel
from yangcheng_ec.api.inputs import (
    CleanCharField,
    LongTextField,
    MomentField,
    PhoneSignatureInput,
    VersionedInput,
)

__all__ = [
    "AdjustInput",
    "ApproveInput",
    "ChaseInput",
    "ConfirmInput",
    "ContentInput",
    "DecisionInput",
    "LiftInput",
    "ListQuery",
    "ProgressInput",
    "ReasonInput",
    "ReportInput",
    "TaskInput",
    "VersionedInput",
    "WarningTaskAct",
]


class LevelField(serializers.CharField):
    """A level by ordinal, roman number, colour or name."""

    def to_internal_value(self, data: Any) -> str:
        """Take 2 as well as "2"."""
        return super().to_internal_value(str(data) if isinstance(data, int) and not isinstance(data, bool) else data)


class ReceivedInput(serializers.Serializer):
    """A superior's notice the warning rests on. Its scan is uploaded on the page."""

    sender = CleanCharField(max_length=120)
    reference = CleanCharField(max_length=120, required=False, allow_blank=True, default="")
    received_at = MomentField()
    text = LongTextField()


class ContentInput(serializers.Serializer):
    """A warning's content, and where it comes from: an incident, a superior's notice, or neither."""

    plan = serializers.CharField(max_length=40)
    incident = serializers.CharField(max_length=30, required=False, allow_blank=True)
    received = ReceivedInput(required=False)
    level = LevelField(max_length=20)
    title = CleanCharField(max_length=120)
    text = LongTextField()
    scope = LongTextField(required=False, allow_blank=True)
    publicity = serializers.ChoiceField(choices=Publicity.choices)
    publicity_note = CleanCharField(max_length=300, required=False, allow_blank=True)
    basis = LongTextField(required=False, allow_blank=True)
    advice = LongTextField(required=False, allow_blank=True)
    valid_from = MomentField(required=False, allow_null=True)
    valid_until = MomentField(required=False, allow_null=True)
    respond_by = MomentField(required=False, allow_null=True)
    units = serializers.ListField(child=CleanCharField(max_length=120), required=False, max_length=200)
    drill = serializers.BooleanField(required=False, default=False)


class AdjustInput(VersionedInput):
    """The adjusted content; what is left out stays as it was."""

    level = LevelField(max_length=20, required=False)
    title = CleanCharField(max_length=120, required=False)
    text = LongTextField(required=False)
    scope = LongTextField(required=False, allow_blank=True)
    publicity = serializers.ChoiceField(choices=Publicity.choices, required=False)
    publicity_note = CleanCharField(max_length=300, required=False, allow_blank=True)
    basis = LongTextField(required=False, allow_blank=True)
    advice = LongTextField(required=False, allow_blank=True)
    valid_from = MomentField(required=False, allow_null=True)
    valid_until = MomentField(required=False, allow_null=True)
    respond_by = MomentField(required=False, allow_null=True)
    units = serializers.ListField(child=CleanCharField(max_length=120), required=False, max_length=200)


class DecisionInput(VersionedInput):
    """An approval, on screen or by phone."""

    remark = LongTextField(required=False, allow_blank=True, default="", max_length=2000)
    call = PhoneSignatureInput(required=False)


@extend_schema_serializer(component_name="WarningApproveInput")
class ApproveInput(DecisionInput):
    """An approval; ``standing`` is the id of the authorisation it is given by (comms 3.4)."""

    standing = serializers.IntegerField(min_value=1, max_value=2_000_000_000, required=False)


@extend_schema_serializer(component_name="WarningReasonInput")
class ReasonInput(VersionedInput):
    """A return or a withdrawal."""

    reason = CleanCharField(max_length=500)
    call = PhoneSignatureInput(required=False)


@extend_schema_serializer(component_name="WarningFindingInput")
class FindingInput(serializers.Serializer):
    """One finding of the lifting clause, by its place, with the evidence."""

    ordinal = serializers.IntegerField(min_value=1, max_value=20)
    evidence = LongTextField(max_length=2000)


class LiftInput(DecisionInput):
    """On a warning in force: the findings, to propose lifting it. On a proposed lifting: the decision."""

    findings = FindingInput(many=True, required=False)


class UnitInput(serializers.Serializer):
    """What an addressed unit reports; ``unit`` and ``person`` when the office enters it from a call (代录)."""

    unit = CleanCharField(max_length=120, required=False)
    person = CleanCharField(max_length=60, required=False, allow_blank=True, default="")
    done_at = MomentField(required=False, allow_null=True, default=None)
    version = serializers.IntegerField(min_value=1, required=False)


@extend_schema_serializer(component_name="WarningConfirmInput")
class ConfirmInput(UnitInput):
    """Receipt, and the leader informed."""

    leader = CleanCharField(max_length=60, required=False, allow_blank=True, default="")


class ProgressInput(UnitInput):
    """Developments, or measures."""

    text = LongTextField()
    measures = serializers.BooleanField(required=False, default=False)


@extend_schema_serializer(component_name="WarningReportInput")
class ReportInput(serializers.Serializer):
    """A report upward of one clock."""

    deadline = serializers.IntegerField(min_value=1)
    addressees = serializers.ListField(child=CleanCharField(max_length=60), max_length=20)
    channel = serializers.ChoiceField(choices=SendChannel.choices)
    heard_by = CleanCharField(max_length=60)
    done_at = MomentField(required=False, allow_null=True, default=None)
    proof = CleanCharField(max_length=200, required=False, allow_blank=True, default="")
    late_reason = CleanCharField(max_length=500, required=False, allow_blank=True, default="")


class WarningTaskAct(models.TextChoices):
    """What a unit says of one action."""

    ACKNOWLEDGE = "acknowledge", "签收"
    COMPLETE = "complete", "报告完成"
    RETURN = "return", "退回"


@extend_schema_serializer(component_name="WarningTaskInput")
class TaskInput(VersionedInput):
    """One act on one action; ``version`` is the action's own; ``person`` when the office enters it (代录)."""

    task = serializers.IntegerField(min_value=1, max_value=2_000_000_000)
    act = serializers.ChoiceField(choices=WarningTaskAct.choices)
    text = LongTextField(required=False, allow_blank=True, default="")
    person = CleanCharField(max_length=60, required=False, allow_blank=True, default="")


@extend_schema_serializer(component_name="WarningChaseInput")
class ChaseInput(serializers.Serializer):
    """Which units are chased; none named is all with something open."""

    units = serializers.ListField(child=CleanCharField(max_length=120), required=False, max_length=200, default=list)


class ListQuery(serializers.Serializer):
    """The list's filters and order."""

    state = serializers.ChoiceField(choices=["active", *WarningState.values], required=False, default="")
    plan = serializers.CharField(max_length=40, required=False, default="")
    level = serializers.CharField(max_length=60, required=False, default="")
    validity = serializers.ChoiceField(choices=VALIDITY, required=False, default="")
    order = serializers.ChoiceField(choices=[name for name in ORDERS if name], required=False, default="")
    q = CleanCharField(max_length=60, required=False, default="")
