"""What the endpoints of the report chain, instructions and daily returns answer: each face and its description."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from incidents.choices import FollowUpState, SendChannel
from incidents.models import DailyReturn, FollowUp, Instruction
from incidents.selectors.report_changes import ReportChanges
from incidents.selectors.returns import ReturnLine
from yangcheng_ec.api.faces import iso
from yangcheng_ec.api.outputs import Moment

__all__ = [
    "ChangesOut",
    "FollowUpOut",
    "InstructionOut",
    "ReturnLineOut",
    "ReturnOut",
    "changes_face",
    "follow_up_face",
    "instruction_face",
    "return_face",
    "return_line_face",
]


def _text(**kwargs: Any) -> serializers.CharField:
    return serializers.CharField(allow_blank=True, **kwargs)


class ReportItemOut(serializers.Serializer):
    """One item that differs."""

    name = serializers.CharField()
    field = serializers.CharField()
    was = _text()
    now = _text()


class ChangesOut(serializers.Serializer):
    """What a report says otherwise than the one before it."""

    previous = serializers.IntegerField(allow_null=True, help_text="对照的报告的序号；null：没有上一份报告")
    previous_label = _text()
    known = serializers.BooleanField(help_text="false：上一份是电话报告，当时的情况没有留存")
    changes = ReportItemOut(many=True)
    doubts = serializers.ListField(child=serializers.CharField(), help_text="终报报出前提醒的事项（不阻止报出）")


class FollowUpOut(serializers.Serializer):
    """One thing to do out of an instruction."""

    id = serializers.IntegerField()
    incident = serializers.CharField()
    instruction = serializers.IntegerField()
    unit = serializers.CharField(allow_null=True, help_text="null：指挥部办公室")
    to_do = serializers.CharField()
    due_at = Moment(help_text="办结目标，非预案规定")
    state = serializers.ChoiceField(choices=FollowUpState.choices)
    version = serializers.IntegerField()
    answer = _text()
    done_at = Moment()
    done_by = serializers.CharField(allow_null=True)


class InstructionOut(serializers.Serializer):
    """A superior's instruction."""

    id = serializers.IntegerField()
    incident = serializers.CharField()
    issued_by = serializers.CharField()
    text = serializers.CharField()
    channel = serializers.ChoiceField(choices=SendChannel.choices)
    proof = _text()
    received_at = Moment(allow_null=False)
    recorded_at = Moment(allow_null=False)
    recorded_by = serializers.CharField()
    late_entry = serializers.BooleanField(help_text="补录")
    follow_ups = FollowUpOut(many=True)


class ReturnOut(serializers.Serializer):
    """One daily return; 0 is 零报告."""

    id = serializers.IntegerField()
    plan = serializers.CharField()
    unit = serializers.CharField(allow_null=True, help_text="null：指挥部办公室")
    date = serializers.DateField()
    count = serializers.IntegerField()
    note = _text()
    version = serializers.IntegerField()
    filed_by = serializers.CharField()
    filed_at = Moment(allow_null=False)
    late_entry = serializers.BooleanField(help_text="补报")


class ReturnLineOut(serializers.Serializer):
    """One line of the day: who, how many events the system knows of, and the return if there is one."""

    name = serializers.CharField()
    unit = serializers.CharField(allow_null=True)
    known = serializers.IntegerField()
    returned = ReturnOut(allow_null=True)


def changes_face(found: ReportChanges | None, doubts: list[str]) -> dict[str, Any]:
    """Return what changed since the report before."""
    return {
        "previous": found.previous.serial if found else None,
        "previous_label": found.previous.label if found else "",
        "known": found.known if found else True,
        "changes": [
            {"name": row.name, "field": row.label, "was": row.was, "now": row.now}
            for row in (found.rows if found else [])
        ],
        "doubts": doubts,
    }


def follow_up_face(item: FollowUp, number: str = "") -> dict[str, Any]:
    """Return one thing to do."""
    return {
        "id": item.pk,
        "incident": number or item.instruction.incident.number,
        "instruction": item.instruction_id,
        "unit": item.unit.code if item.unit else None,
        "to_do": item.text,
        "due_at": iso(item.due_at),
        "state": item.state,
        "version": item.version,
        "answer": item.answer,
        "done_at": iso(item.done_at),
        "done_by": item.done_by.display_name if item.done_by else None,
    }


def instruction_face(row: Instruction, number: str) -> dict[str, Any]:
    """Return one instruction with what was handed on."""
    names = ("issued_by", "text", "channel", "proof", "late_entry")
    return {
        "id": row.pk,
        "incident": number,
        **{name: getattr(row, name) for name in names},
        "received_at": iso(row.received_at),
        "recorded_at": iso(row.recorded_at),
        "recorded_by": row.recorded_by.display_name,
        "follow_ups": [follow_up_face(item, number) for item in row.follow_ups.all()],
    }


def return_face(row: DailyReturn, plan: str) -> dict[str, Any]:
    """Return one daily return."""
    return {
        "id": row.pk,
        "plan": plan,
        "unit": row.unit.code if row.unit else None,
        "date": row.date.isoformat(),
        "count": row.count,
        "note": row.note,
        "version": row.version,
        "filed_by": row.filed_by.display_name,
        "filed_at": iso(row.filed_at),
        "late_entry": row.late_entry,
    }


def return_line_face(line: ReturnLine, plan: str) -> dict[str, Any]:
    """Return one line of a day."""
    return {
        "name": line.name,
        "unit": line.unit.code if line.unit else None,
        "known": line.known,
        "returned": return_face(line.filed, plan) if line.filed else None,
    }
