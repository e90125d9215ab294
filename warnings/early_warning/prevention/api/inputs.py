"""What the endpoints take; the services judge it."""

from __future__ import annotations

from rest_framework import serializers

from early_warning.choices import Publicity
from early_warning.prevention.choices import CheckState, FindingState
from yangcheng_ec.api.inputs import (
    CleanCharField,
    LongTextField,
    MomentField,
    OptionalLongText,
    OptionalText,
    VersionedInput,
)

__all__ = [
    "ChecksQuery",
    "FindingsQuery",
    "HazardAcceptInput",
    "HazardChaseInput",
    "HazardCheckInput",
    "HazardExtendInput",
    "HazardIncidentInput",
    "HazardMendedInput",
    "HazardNoteInput",
    "HazardProgressInput",
    "HazardReasonInput",
    "HazardReturnInput",
    "HazardSupplementInput",
    "HazardWarnInput",
    "RiskFindingInput",
]

STATES = ["open", "late", "mine", "warned", *FindingState.values]


class HazardFoundInput(serializers.Serializer):
    """What was found."""

    title = CleanCharField(max_length=120)
    place = CleanCharField(max_length=200)
    description = LongTextField()
    severity = OptionalText(max_length=500, help_text="可能的危害，用文字；预案没有给隐患分级")
    measure = OptionalLongText()
    found_at = MomentField(required=False, allow_null=True, default=None, help_text="不给即现在")


class RiskFindingInput(HazardFoundInput):
    """A finding; ``unit`` empty: one's own, or the office's."""

    plan = CleanCharField(max_length=40)
    unit = OptionalText(max_length=120, help_text="报告单位的代码、名称或别名；办公室代录时须给 said_by")
    owner = OptionalText(max_length=120, help_text="整改单位；不给即报告单位")
    check = OptionalText(max_length=30, help_text="来自哪一轮排查")
    said_by = OptionalText(max_length=60)


class HazardSupplementInput(VersionedInput, HazardFoundInput):
    """A finding's words, corrected or completed."""

    said_by = OptionalText(max_length=60)


class HazardReasonInput(VersionedInput):
    """An act with its reason."""

    reason = CleanCharField(max_length=500)


class HazardNoteInput(VersionedInput):
    """An act with a remark."""

    text = OptionalText(max_length=500)


class HazardAcceptInput(VersionedInput):
    """Who mends it, and until when."""

    owner = OptionalText(max_length=120, help_text="整改单位；不给即照报告")
    due_at = MomentField()


class HazardExtendInput(HazardReasonInput):
    """A later due time and why."""

    due_at = MomentField()


class HazardProgressInput(VersionedInput):
    """How far it is."""

    text = LongTextField()
    said_by = OptionalText(max_length=60)


class HazardMendedInput(HazardProgressInput):
    """That it is mended."""

    mended_at = MomentField(required=False, allow_null=True, default=None, help_text="不给即现在")


class HazardWarnInput(VersionedInput):
    """The start of a warning's draft."""

    level = CleanCharField(max_length=20, help_text="级别（情形）：序号、罗马数字、颜色或名称")
    title = CleanCharField(max_length=120)
    text = LongTextField()
    publicity = serializers.ChoiceField(choices=Publicity.choices)


class HazardIncidentInput(VersionedInput):
    """The case it is handled as."""

    incident = CleanCharField(max_length=30)


class HazardCheckInput(serializers.Serializer):
    """A round; ``units`` empty: one's own check."""

    plan = CleanCharField(max_length=40)
    title = CleanCharField(max_length=120)
    content = LongTextField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    due_at = MomentField(help_text="报送期限（非预案规定）")
    units = serializers.ListField(child=CleanCharField(max_length=120), required=False, default=list, max_length=2000)


class HazardReturnInput(serializers.Serializer):
    """One unit's result; ``version`` is the result's own, for a correction."""

    version = serializers.IntegerField(
        min_value=1, max_value=1_000_000_000, required=False, allow_null=True, default=None
    )
    unit = OptionalText(max_length=120, help_text="不给即本单位")
    found = serializers.IntegerField(min_value=0, max_value=9999)
    text = OptionalText(max_length=500)
    said_by = OptionalText(max_length=60)


class HazardChaseInput(VersionedInput):
    """All units that have not answered, or one."""

    unit = OptionalText(max_length=120)


class FindingsQuery(serializers.Serializer):
    """The filters of the findings."""

    state = serializers.ChoiceField(choices=STATES, required=False, allow_blank=True, default="")
    plan = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    unit = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    q = CleanCharField(max_length=60, required=False, allow_blank=True, default="")


class ChecksQuery(serializers.Serializer):
    """The filters of the rounds."""

    state = serializers.ChoiceField(choices=CheckState.choices, required=False, allow_blank=True, default="")
    plan = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
