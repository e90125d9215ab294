"""What the endpoints answer, for the schema: one serializer per face."""

from __future__ import annotations

from rest_framework import serializers

from early_warning.choices import Publicity, WarningState
from yangcheng_ec.api.outputs import ClockOut, Moment

__all__ = ["WarningBriefOut", "WarningOut"]


def _code() -> serializers.CharField:
    return serializers.CharField(allow_null=True)


class WarningLevelFace(serializers.Serializer):
    """The level: a colour (cyber) or a situation (comms)."""

    ordinal = serializers.IntegerField()
    label = serializers.CharField()  # type: ignore[assignment]
    colour = _code()


class WarningBriefOut(serializers.Serializer):
    """A warning in a list."""

    number = serializers.CharField()
    version = serializers.IntegerField()
    state = serializers.ChoiceField(choices=WarningState.choices)
    plan = serializers.CharField()
    level = WarningLevelFace()
    title = serializers.CharField()
    drill = serializers.BooleanField()
    incident = _code()
    published_at = Moment()
    valid_until = Moment()
    expired = serializers.BooleanField()


class ProgressOut(serializers.Serializer):
    """One development."""

    text = serializers.CharField()
    done_at = Moment()
    on_behalf = serializers.BooleanField(help_text="代录")


class WarningAddresseeOut(serializers.Serializer):
    """One addressed unit with its five rungs."""

    unit = serializers.CharField()
    name = serializers.CharField()
    sent_at = Moment()
    delivered_at = Moment()
    confirmed_at = Moment()
    leader_informed_at = Moment()
    measures_reported_at = Moment()
    confirmed_by = serializers.CharField(allow_blank=True)
    leader = serializers.CharField(allow_blank=True)
    progress = ProgressOut(many=True)


class WarningOut(WarningBriefOut):
    """One warning whole; a unit sees its own receipt only, and neither basis nor clocks."""

    text = serializers.CharField(allow_blank=True)
    scope = serializers.CharField(allow_blank=True)
    publicity = serializers.ChoiceField(choices=Publicity.choices, allow_blank=True)
    advice = serializers.CharField(allow_blank=True)
    valid_from = Moment()
    lifted_at = Moment()
    addressees = WarningAddresseeOut(many=True)
    basis = serializers.CharField(required=False, allow_blank=True)
    previous = serializers.CharField(required=False, allow_null=True)
    return_reason = serializers.CharField(required=False, allow_blank=True)
    lift_findings = serializers.JSONField(required=False)
    deadlines = ClockOut(many=True, required=False)
