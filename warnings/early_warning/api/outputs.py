"""What the endpoints answer, for the schema: one serializer per face."""

from __future__ import annotations

from rest_framework import serializers

from early_warning.choices import Publicity, SourceKind, StandingState, WarningState, WarningTaskState
from yangcheng_ec.api.outputs import ClockOut, Moment

__all__ = ["StandingOut", "WarningBriefOut", "WarningOut", "WarningTaskOut"]


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


class WarningTaskOut(serializers.Serializer):
    """One action of the plan at one unit."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    unit = serializers.CharField()
    ordinal = serializers.IntegerField()
    quote = serializers.CharField(help_text="预案原文")
    clause = serializers.CharField()
    non_plan = serializers.BooleanField(help_text="条款没有写明由谁办理")
    state = serializers.ChoiceField(choices=WarningTaskState.choices)
    due_at = Moment()
    late = serializers.BooleanField()
    acknowledged_at = Moment()
    acknowledged_by = serializers.CharField(allow_blank=True)
    finished_at = Moment()
    report = serializers.CharField(allow_blank=True)
    chased = serializers.IntegerField()


class WarningLinkOut(serializers.Serializer):
    """One version of the warning."""

    number = serializers.CharField()
    state = serializers.ChoiceField(choices=WarningState.choices)
    level = serializers.IntegerField()
    change = serializers.ChoiceField(choices=["first", "up", "down", "same"])
    words = serializers.CharField(allow_blank=True)


class WarningSourceOut(serializers.Serializer):
    """Where it comes from."""

    kind = serializers.ChoiceField(choices=SourceKind.choices)
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    reference = serializers.CharField(allow_blank=True)
    verdict = serializers.CharField(allow_blank=True)
    received_at = Moment()
    text = serializers.CharField(allow_blank=True)


class StandingOut(serializers.Serializer):
    """A standing authorisation to approve warnings (comms 3.4)."""

    id = serializers.IntegerField()
    plan = serializers.CharField()
    document = serializers.CharField()
    scope = serializers.CharField()
    levels = serializers.ListField(child=serializers.IntegerField())
    post = serializers.CharField()
    starts_at = Moment()
    ends_at = Moment()
    state = serializers.ChoiceField(choices=StandingState.choices)


class WarningOut(WarningBriefOut):
    """One warning whole; a unit sees its own receipt only, and neither basis nor clocks."""

    text = serializers.CharField(allow_blank=True)
    scope = serializers.CharField(allow_blank=True)
    publicity = serializers.ChoiceField(choices=Publicity.choices, allow_blank=True)
    advice = serializers.CharField(allow_blank=True)
    valid_from = Moment()
    lifted_at = Moment()
    publicity_note = serializers.CharField(allow_blank=True)
    respond_by = Moment()
    addressees = WarningAddresseeOut(many=True)
    tasks = WarningTaskOut(many=True)
    chain = WarningLinkOut(many=True)
    source = WarningSourceOut(required=False)  # type: ignore[assignment]  # a field of this name, not DRF's own
    standing = serializers.IntegerField(required=False, allow_null=True)
    basis = serializers.CharField(required=False, allow_blank=True)
    previous = serializers.CharField(required=False, allow_null=True)
    return_reason = serializers.CharField(required=False, allow_blank=True)
    lift_findings = serializers.JSONField(required=False)
    deadlines = ClockOut(many=True, required=False)
