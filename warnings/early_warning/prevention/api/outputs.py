"""What the endpoints answer, for the schema."""

from __future__ import annotations

from rest_framework import serializers

from early_warning.prevention.choices import CheckState, FindingState
from yangcheng_ec.api.outputs import Moment

__all__ = ["HazardChasedOut", "HazardCheckBriefOut", "HazardCheckOut", "HazardIntakeOut", "RiskFindingOut"]


def _number(help_text: str) -> serializers.CharField:
    return serializers.CharField(allow_null=True, help_text=help_text)


class RiskFindingOut(serializers.Serializer):
    """One finding."""

    number = serializers.CharField()
    version = serializers.IntegerField()
    state = serializers.ChoiceField(choices=FindingState.choices)
    plan = serializers.CharField()
    unit = serializers.CharField(help_text="报告单位")
    owner = serializers.CharField(help_text="整改单位")
    check = _number("来自哪一轮排查")
    title = serializers.CharField()
    place = serializers.CharField()
    description = serializers.CharField()
    severity = serializers.CharField(allow_blank=True, help_text="可能的危害，用文字；预案没有给隐患分级")
    measure = serializers.CharField(allow_blank=True)
    found_at = Moment(allow_null=False)
    reported_at = Moment(allow_null=False)
    said_by = serializers.CharField(allow_blank=True, help_text="代录时对方是谁")
    due_at = Moment(help_text="整改期限（非预案规定）")
    extended = serializers.IntegerField(help_text="延期次数")
    late = serializers.BooleanField()
    reason = serializers.CharField(allow_blank=True)
    progress = serializers.CharField(allow_blank=True)
    mended_at = Moment()
    verified_at = Moment()
    warning = _number("由它起草的预警；单位看不到")
    incident = _number("按哪一起事件办理")


class HazardReturnOut(serializers.Serializer):
    """One unit's result in a round; ``found`` null: not returned yet."""

    unit = serializers.CharField()
    version = serializers.IntegerField()
    found = serializers.IntegerField(allow_null=True)
    filed = serializers.IntegerField(help_text="本轮已报告的隐患数")
    note = serializers.CharField(allow_blank=True)
    said_by = serializers.CharField(allow_blank=True)
    returned_at = Moment()
    late = serializers.BooleanField()


class HazardCheckBriefOut(serializers.Serializer):
    """A round in a list; a unit counts itself alone."""

    number = serializers.CharField()
    version = serializers.IntegerField()
    state = serializers.ChoiceField(choices=CheckState.choices)
    plan = serializers.CharField()
    own = serializers.BooleanField(help_text="本单位自查")
    title = serializers.CharField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    due_at = Moment(allow_null=False, help_text="报送期限（非预案规定）")
    opened_at = Moment(allow_null=False)
    closed_at = Moment()
    asked = serializers.IntegerField()
    answered = serializers.IntegerField()
    found = serializers.IntegerField()


class HazardCheckOut(HazardCheckBriefOut):
    """One round whole; a unit sees its own result alone."""

    content = serializers.CharField()
    close_note = serializers.CharField(allow_blank=True)
    returns = HazardReturnOut(many=True)


class HazardChasedOut(serializers.Serializer):
    """How many people were told: 0 when the unit has no account and must be phoned."""

    told = serializers.IntegerField()


class HazardIntakeOut(serializers.Serializer):
    """The intake draft filled from a finding; it is filed at its page."""

    draft = serializers.UUIDField()
