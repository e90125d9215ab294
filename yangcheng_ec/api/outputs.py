"""What answers look like, for the schema: clocks, times. The tests hold every answer against them."""

from __future__ import annotations

from rest_framework import serializers

from yangcheng_ec.deadlines.choices import TOLD_UPWARD, DeadlineState, StartBasis

__all__ = ["ClockOut", "ClockWithRungsOut", "Moment", "RungOut"]


def Moment(**kwargs: object) -> serializers.DateTimeField:  # noqa: N802
    """Return a time that may be null: ISO 8601 in Asia/Shanghai with its offset."""
    return serializers.DateTimeField(**{"allow_null": True, **kwargs})  # type: ignore[arg-type]


class ClockAddresseeOut(serializers.Serializer):
    """One addressee of a clock, and when it was told."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    done_at = Moment()


class ClockOut(serializers.Serializer):
    """One clock. ``due_at`` is null where the clause says 立即 or 及时: it counts up."""

    id = serializers.IntegerField()
    rule = serializers.CharField(help_text="报告规则代码，例如 cyber-2025:4.1-30min")
    clause = serializers.CharField()
    title = serializers.CharField()
    owed_by = serializers.CharField()
    addressees = ClockAddresseeOut(many=True)
    start_basis = serializers.ChoiceField(choices=StartBasis.choices)
    start_note = serializers.CharField(allow_blank=True)
    starts_at = Moment(allow_null=False)
    due_at = Moment()
    wording = serializers.CharField(allow_blank=True, help_text="立即、及时等原文")
    state = serializers.ChoiceField(choices=DeadlineState.choices)
    done_at = Moment()
    recorded_at = Moment()
    overdue_at = Moment()
    late_reason = serializers.CharField(allow_blank=True)


class RungOut(serializers.Serializer):
    """One rung of a clock that was told upward; acknowledged by a press of the button or a call read back."""

    sequence = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=[(kind.value, kind.label) for kind in TOLD_UPWARD])
    told = serializers.CharField(allow_blank=True, help_text="应由谁确认知悉（职务）")
    told_at = Moment()
    acknowledged_at = Moment()
    acknowledged_by = serializers.CharField(allow_blank=True)


class ClockWithRungsOut(ClockOut):
    """One clock with what was told upward (非预案规定)."""

    rungs = RungOut(many=True)
