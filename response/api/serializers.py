"""What the API takes and gives for responses, tasks and releases."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from directory.models import Unit, UnitAlias
from directory.services.signatures import PhoneCall
from response.models import InformationRelease, Response, Task
from response.selectors import signer_named
from yangcheng_ec.api.inputs import (
    CleanCharField,
    LongTextField,
    MomentField,
    PhoneSignatureInput,
    VersionedInput,
)
from yangcheng_ec.errors import BadInput

__all__ = [
    "AddTaskInput",
    "ApproveInput",
    "BehalfInput",
    "ConfirmInput",
    "EndInput",
    "HandoverInput",
    "ProposalReturnInput",
    "ProposeEndInput",
    "ProposeInput",
    "ReasonInput",
    "ReassignInput",
    "ReinforceInput",
    "ReleaseApproveInput",
    "ReleaseInput",
    "ReleaseOutput",
    "ReleasePublishInput",
    "ResponseOutput",
    "ShiftInput",
    "TaskOutput",
    "unit_of",
]


LOCAL_REASON = "能否就地应对的理由：条件与相邻级别重叠时填写（网络预案 4.2.2.1、4.2.3.1）；不给即记为没有写明。"


class ResponseOutput(serializers.ModelSerializer):
    """A response."""

    incident = serializers.CharField(source="incident.number", read_only=True)
    plan = serializers.CharField(source="plan_version.plan.code", read_only=True)
    level = serializers.CharField(source="level.roman", read_only=True)
    condition = serializers.IntegerField(source="condition.number", read_only=True)
    condition_text = serializers.CharField(source="condition.text", read_only=True)
    state_label = serializers.CharField(source="get_state_display", read_only=True)
    proposed_by = serializers.CharField(source="proposed_by.display_name", read_only=True)
    replaces = serializers.CharField(source="replaces.number", default=None, read_only=True)
    return_level = serializers.CharField(source="return_level.roman", default=None, read_only=True)

    class Meta:
        model = Response
        fields = [
            "number", "version", "incident", "plan", "level", "condition", "condition_text", "state", "state_label",
            "drill", "basis", "local_reason", "proposed_by", "proposed_post", "proposed_at", "confirmed_at",
            "confirm_minutes",
            "activated_at", "activated_post", "return_reason", "return_level", "disputed", "replaces", "handed_over_to",
            "handed_over_at", "end_findings", "end_proposed_at", "end_approved_at", "end_public", "ended_at",
        ]  # fmt: skip
        read_only_fields = fields


class TaskOutput(serializers.ModelSerializer):
    """A task."""

    response = serializers.CharField(source="response.number", read_only=True)
    incident = serializers.CharField(source="response.incident.number", read_only=True)
    level = serializers.CharField(source="response.level.roman", read_only=True)
    unit = serializers.CharField(source="unit.code", default=None, read_only=True)
    group = serializers.CharField(source="group.name", default=None, read_only=True)
    state_label = serializers.CharField(source="get_state_display", read_only=True)

    class Meta:
        model = Task
        fields = [
            "id", "version", "response", "incident", "level", "kind", "unit", "group", "assignee_label", "title",
            "quote", "duty", "clause", "non_plan", "state", "state_label", "drill", "due_at", "assigned_at",
            "acknowledged_at", "completed_at",
        ]  # fmt: skip
        read_only_fields = fields


class ReleaseOutput(serializers.ModelSerializer):
    """A release."""

    incident = serializers.CharField(source="incident.number", read_only=True)
    drafted_by = serializers.CharField(source="drafted_by.display_name", read_only=True)
    state_label = serializers.CharField(source="get_state_display", read_only=True)

    class Meta:
        model = InformationRelease
        fields = [
            "id", "version", "incident", "edition", "follows", "title", "text", "channel", "state", "state_label",
            "drafted_by", "drafted_post", "return_reason", "published_at", "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class _WithPhone(VersionedInput):
    """An act that may have been done by phone."""

    phone = PhoneSignatureInput(required=False)

    def call(self) -> PhoneCall | None:
        """Return the phone call, or None for an act on screen. Raises BadInput for an unknown signer."""
        given: dict[str, Any] | None = self.validated_data.get("phone")
        if given is None:
            return None
        signer = signer_named(given["signer"])
        if signer is None:
            raise BadInput("没有这个账号。", fields={"phone.signer": ["没有这个账号。"]})
        return PhoneCall(signer, given["number"], given["called_at"], given["read_back"])


class ProposeInput(serializers.Serializer):
    """A proposal. ``level`` is Ⅰ/Ⅱ/Ⅲ or 1/2/3; ``condition`` its ordinal in the clause."""

    incident = CleanCharField(max_length=30)
    level = CleanCharField(max_length=4)
    condition = serializers.IntegerField(min_value=1, max_value=99)
    basis = LongTextField()
    local_reason = LongTextField(required=False, allow_null=True, default=None, help_text=LOCAL_REASON)
    drill = serializers.BooleanField(required=False, allow_null=True, default=None)
    withdraws = CleanCharField(max_length=30, required=False, default="", allow_blank=True)


class ShiftInput(VersionedInput):
    """Another level for a running response."""

    level = CleanCharField(max_length=4)
    condition = serializers.IntegerField(min_value=1, max_value=99)
    basis = LongTextField()
    local_reason = LongTextField(required=False, allow_null=True, default=None, help_text=LOCAL_REASON)


class ConfirmInput(_WithPhone):
    """The command's confirmation."""

    minutes = LongTextField()


class ApproveInput(_WithPhone):
    """An approval."""

    note = CleanCharField(max_length=300, required=False, default="", allow_blank=True)


class ReasonInput(VersionedInput):
    """A reason."""

    reason = CleanCharField(max_length=500)


class ProposalReturnInput(ReasonInput):
    """A reason, and for a proposal the level that should be proposed instead."""

    instead = CleanCharField(max_length=4, required=False, default="", allow_blank=True)


class HandoverInput(VersionedInput):
    """Handing over command."""

    to = CleanCharField(max_length=120)
    note = LongTextField()


class ReinforceInput(VersionedInput):
    """Asking for reinforcement."""

    to = CleanCharField(max_length=120)
    request = LongTextField()


class FindingInput(serializers.Serializer):
    """A finding of the clause, by its ordinal, with its evidence."""

    number = serializers.IntegerField(min_value=1, max_value=99)
    evidence = LongTextField()


class ProposeEndInput(VersionedInput):
    """The end with its findings."""

    findings = FindingInput(many=True)
    carry_over = LongTextField(required=False, default="", allow_blank=True)


class EndInput(ApproveInput):
    """The approval of the end, or its announcement."""

    public = serializers.BooleanField(required=False, default=False)


class BehalfInput(VersionedInput):
    """What a unit did; ``said_by`` and ``done_at`` when the office enters it for the unit (代录)."""

    text = LongTextField(required=False, default="", allow_blank=True)
    said_by = CleanCharField(max_length=120, required=False, default="", allow_blank=True)
    done_at = MomentField(required=False, allow_null=True, default=None)


class ReassignInput(ReasonInput):
    """Giving a task to another unit, or to the office (null)."""

    unit = CleanCharField(max_length=120, allow_null=True)


class AddTaskInput(VersionedInput):
    """A task by hand."""

    unit = CleanCharField(max_length=120, allow_null=True)
    title = CleanCharField(max_length=120)
    text = LongTextField()
    due_at = MomentField(required=False, allow_null=True, default=None)


class ReleaseInput(serializers.Serializer):
    """A draft."""

    incident = CleanCharField(max_length=30)
    title = CleanCharField(max_length=120)
    text = LongTextField()
    channel = CleanCharField(max_length=120, required=False, default="", allow_blank=True)
    follows = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=1, max_value=2**31)


class ReleaseApproveInput(_WithPhone):
    """The command's approval of a release; ``note`` names the superior once command was handed over."""

    note = CleanCharField(max_length=300, required=False, default="", allow_blank=True)


class ReleasePublishInput(VersionedInput):
    """The publication."""

    channel = CleanCharField(max_length=120, required=False, default="", allow_blank=True)


def unit_of(text: str | None) -> Unit | None:
    """Return the unit by code, name or alias; None for the office. Raises BadInput beside the field."""
    if text is None:
        return None
    unit = Unit.objects.filter(code=text).first() or Unit.objects.filter(name=text).first()
    if unit is None:
        alias = UnitAlias.objects.select_related("unit").filter(name=text).first()
        unit = alias.unit if alias else None
    if unit is None:
        raise BadInput("没有这个单位。", fields={"unit": ["没有这个单位。"]})
    return unit
