"""How rosters, swaps, hand-offs and the duty log look over the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from directory.choices import DutyModeKind, DutyRole, HandoffState, RosterPattern, Shift, SwapState
from directory.models import DutyLogEntry, DutySlot, Handoff, Roster, SlotSwap, User

__all__ = ["DutyLogOut", "HandoffOut", "NowOut", "RosterMonthOut", "RosterOut", "SlotOut", "SlotSavedOut", "SwapOut"]


class PersonOut(serializers.ModelSerializer):
    """A person by account and name."""

    account = serializers.CharField(source="username")
    name = serializers.CharField(source="display_name")

    class Meta:
        model = User
        fields = ["account", "name"]


class DutyModeOut(serializers.Serializer):
    """Why a roster is open around the clock: the case, the level, the plan's sentence. ``non_plan``: our reading."""

    kind = serializers.ChoiceField(choices=DutyModeKind.choices)
    case = serializers.CharField(source="head.key")
    level = serializers.CharField()
    clause = serializers.CharField()
    quote = serializers.CharField()
    non_plan = serializers.BooleanField()
    drill = serializers.BooleanField()
    opened_at = serializers.DateTimeField()
    opened_by = serializers.CharField()


class RosterOut(serializers.ModelSerializer):
    """A roster: of a plan's office (``plan``) or of a unit (``unit``); when its shifts change, what holds it open."""

    plan = serializers.CharField(source="plan.code", default=None, allow_null=True)
    unit = serializers.CharField(source="unit.code", default=None, allow_null=True)
    pattern = serializers.ChoiceField(choices=RosterPattern.choices)
    modes = DutyModeOut(many=True, source="modes_open")

    class Meta:
        model = Roster
        fields = ["code", "name", "plan", "unit", "pattern", "day_at", "night_at", "most_in_row", "modes", "version"]


class SlotOut(serializers.ModelSerializer):
    """One turn that was arranged. ``version`` goes back with every change of it."""

    shift = serializers.ChoiceField(choices=Shift.choices)
    leader = PersonOut(allow_null=True)
    officer = PersonOut(allow_null=True)

    class Meta:
        model = DutySlot
        fields = ["id", "date", "shift", "starts_at", "ends_at", "leader", "officer", "note", "version"]


class SlotSavedOut(serializers.Serializer):
    """The turn as it stands now, and what ought to be looked at."""

    slot = SlotOut()
    problems = serializers.ListField(child=serializers.CharField())


class TurnOut(serializers.Serializer):
    """One turn of a day, arranged (``slot``) or not; ``gaps`` are the missing roles from now on."""

    shift = serializers.ChoiceField(choices=Shift.choices)
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    slot = SlotOut(allow_null=True)
    running = serializers.BooleanField()
    past = serializers.BooleanField()
    gaps = serializers.ListField(child=serializers.CharField())
    problems = serializers.ListField(child=serializers.CharField())


class DayOut(serializers.Serializer):
    """One day; ``rest``: a weekend or a day off, unless it is worked."""

    date = serializers.DateField()
    rest = serializers.BooleanField()
    holiday = serializers.CharField(source="holiday.name", default="")
    turns = TurnOut(many=True)


class RosterMonthOut(serializers.Serializer):
    """A roster and one month of it, with how many turns lack somebody or ought to be looked at."""

    roster = RosterOut()
    month = serializers.CharField()
    may_arrange = serializers.BooleanField()
    gaps = serializers.IntegerField()
    problems = serializers.IntegerField()
    days = DayOut(many=True)


class NowPersonOut(serializers.Serializer):
    """A person on duty now; the mobile as this reader may see it."""

    role = serializers.CharField()
    name = serializers.CharField()
    mobile = serializers.CharField(allow_blank=True)


class NowNextOut(serializers.Serializer):
    """The turn that follows."""

    shift = serializers.ChoiceField(choices=Shift.choices)
    starts_at = serializers.DateTimeField()
    leader = serializers.CharField(source="leader.display_name", default="")
    officer = serializers.CharField(source="officer.display_name", default="")


class NowOut(serializers.Serializer):
    """Who is on duty in one duty room now, and its number. ``open``: this reader may read the whole roster."""

    code = serializers.CharField(source="roster.code")
    name = serializers.CharField(source="roster.name")
    number = serializers.CharField(allow_blank=True)
    open = serializers.BooleanField()
    on_duty = NowPersonOut(many=True, source="persons")
    next = NowNextOut(allow_null=True)


class SwapOut(serializers.ModelSerializer):
    """A request to swap: which turn, as what, with whom, and what became of it."""

    slot = SlotOut()
    with_slot = SlotOut(allow_null=True)
    role = serializers.ChoiceField(choices=DutyRole.choices)
    state = serializers.ChoiceField(choices=SwapState.choices)
    proposed_by = PersonOut()
    other = PersonOut()

    class Meta:
        model = SlotSwap
        fields = [
            "id", "slot", "role", "proposed_by", "other", "with_slot", "reason", "state", "proposed_at", "answered_at",
            "answer_note",
        ]  # fmt: skip


class HandoffSectionOut(serializers.Serializer):
    """How many of one kind were open when the hand-off was written down."""

    label = serializers.CharField()  # type: ignore[assignment]
    count = serializers.IntegerField()


class HandoffOut(serializers.ModelSerializer):
    """What one turn handed to the next, with both signatures."""

    from_slot = SlotOut()
    to_slot = SlotOut()
    state = serializers.ChoiceField(choices=HandoffState.choices)
    sections = serializers.SerializerMethodField()
    begun_by = PersonOut()
    signed_by_from = PersonOut(allow_null=True)
    signed_by_to = PersonOut(allow_null=True)

    class Meta:
        model = Handoff
        fields = [
            "id", "from_slot", "to_slot", "state", "text", "sections", "at", "begun_by", "signed_by_from",
            "signed_from_at", "signed_by_to", "signed_to_at", "taken_note", "version",
        ]  # fmt: skip

    @extend_schema_field(HandoffSectionOut(many=True))
    def get_sections(self, row: Handoff) -> list[dict[str, Any]]:
        """Return the counts; the page lists the things themselves."""
        return [{"label": one["label"], "count": one["count"]} for one in row.sections]


class DutyLogOut(serializers.ModelSerializer):
    """One line of the duty log; ``corrects`` is the id of the line it corrects."""

    by = PersonOut()
    post = serializers.CharField(source="post_label")

    class Meta:
        model = DutyLogEntry
        fields = ["id", "at", "text", "by", "post", "recorded_at", "late_entry", "corrects"]
