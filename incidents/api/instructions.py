"""批示 and what follows over the API (「非预案规定」)."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.api.cases import KEY_HEADER
from incidents.api.chain_faces import FollowUpOut, InstructionOut, follow_up_face, instruction_face
from incidents.choices import SendChannel
from incidents.selectors import incident_for
from incidents.selectors.instructions import follow_up_for, follow_ups_open, instruction_for, instructions_of
from incidents.services import Instructed, follow_up_add, follow_up_done, instruction_record
from yangcheng_ec.access import require_page
from yangcheng_ec.api.inputs import (
    CleanCharField,
    LongTextField,
    MomentField,
    OptionalLongText,
    OptionalText,
    VersionedInput,
)
from yangcheng_ec.api.views import Endpoint
from yangcheng_ec.permissions import Page

__all__ = ["DoneView", "FollowUpsOfInstruction", "FollowUpsView", "InstructionsView"]

TAGS = ["批示"]


class InstructionInput(serializers.Serializer):
    """A superior's instruction; ``to_do``, ``unit`` (empty: the office) and ``due_at`` hand on the first item."""

    issued_by = CleanCharField(max_length=120)
    text = OptionalLongText(help_text="批示内容；涉密事件必须留空")
    channel = serializers.ChoiceField(choices=SendChannel.choices, required=False, default=SendChannel.PHONE)
    received_at = MomentField(required=False, allow_null=True, default=None)
    proof = OptionalText(max_length=200)
    to_do = OptionalLongText()
    unit = OptionalText(max_length=120)
    due_at = MomentField(required=False, allow_null=True, default=None)


class FollowUpInput(serializers.Serializer):
    """One thing to do: by which unit (empty: the office), by when (a local target)."""

    to_do = LongTextField()
    unit = OptionalText(max_length=120)
    due_at = MomentField(required=False, allow_null=True, default=None)


class DoneInput(VersionedInput):
    """What was done."""

    answer = OptionalLongText()


class InstructionsView(Endpoint):
    """A case's instructions."""

    @extend_schema(
        tags=TAGS,
        summary="一起事件的批示与办理事项",
        operation_id="incidents_instructions_list",
        responses=InstructionOut(many=True),
    )
    def get(self, request: Request, number: str) -> Response:
        """List the instructions, the newest first; a unit sees those it has something to do for."""
        incident = incident_for(request.user, number)
        return self.page(instructions_of(request.user, incident), lambda row: instruction_face(row, number))

    @extend_schema(
        tags=TAGS,
        summary="记录批示",
        operation_id="incidents_instructions_record",
        parameters=[KEY_HEADER],
        request=InstructionInput,
        responses={201: InstructionOut},
    )
    def post(self, request: Request, number: str) -> Response:
        """Record what a superior instructed, and hand on the first item if one is given."""
        incident, data = incident_for(request.user, number), self.read(InstructionInput)
        row = instruction_record(
            incident_id=incident.pk, user=request.user, said=Instructed(**data), key=self.key(request)
        )
        found = instructions_of(request.user, incident).get(pk=row.pk)
        return Response(instruction_face(found, number), status=status.HTTP_201_CREATED)


class FollowUpsOfInstruction(Endpoint):
    """What is handed on out of an instruction."""

    @extend_schema(
        tags=TAGS,
        summary="交办一项",
        operation_id="instructions_follow_ups_add",
        request=FollowUpInput,
        responses={201: FollowUpOut},
    )
    def post(self, request: Request, pk: int) -> Response:
        """Hand something to do to a unit, or to the office."""
        row, data = instruction_for(request.user, pk), self.read(FollowUpInput)
        item = follow_up_add(instruction_id=row.pk, user=request.user, **data)
        return Response(follow_up_face(follow_up_for(request.user, item.pk)), status=status.HTTP_201_CREATED)


class FollowUpsView(Endpoint):
    """What waits for this person."""

    @extend_schema(
        tags=TAGS,
        summary="等我（本单位、本办公室）办的批示事项",
        operation_id="follow_ups_list",
        responses=FollowUpOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """List the open items of one's own office or unit, those with a target first."""
        require_page(request.user, Page.CASES_ALL, Page.CASES_OWN)
        return self.page(follow_ups_open(request.user), follow_up_face)


class DoneView(Endpoint):
    """办结."""

    @extend_schema(
        tags=TAGS,
        summary="办结一项",
        operation_id="follow_ups_done",
        request=DoneInput,
        responses=FollowUpOut,
    )
    def post(self, request: Request, pk: int) -> Response:
        """Answer an item: its unit, or an officer for it."""
        item, data = follow_up_for(request.user, pk), self.read(DoneInput)
        follow_up_done(follow_up_id=item.pk, user=request.user, **data)
        return Response(follow_up_face(follow_up_for(request.user, item.pk)))
