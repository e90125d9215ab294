"""``incidents/``: links taken back, cases merged, withdrawn and taken up again (「非预案规定」)."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.api import outputs
from incidents.api.cases import CaseAct
from incidents.choices import WithdrawGround
from incidents.selectors import incident_for
from incidents.services import (
    incident_merge,
    incident_reopen,
    incident_unlink,
    incident_unmerge,
    incident_withdraw,
)
from yangcheng_ec.api.inputs import CleanCharField, LongTextField, OptionalText, VersionedInput

__all__ = ["MergeView", "ReopenView", "UnlinkView", "UnmergeView", "WithdrawView"]

TAGS = ["事件"]


class CaseReasonInput(VersionedInput):
    """Why: for taking back a link's, a merge's or a case's end."""

    reason = LongTextField()


class UnlinkInput(CaseReasonInput):
    """The other case's number, and why it is another event."""

    other = CleanCharField(max_length=30)


class MergeInput(CaseReasonInput):
    """The main case's number, and why both are one event."""

    into = CleanCharField(max_length=30)


class WithdrawInput(CaseReasonInput):
    """Why it should never have been filed; ``instead`` is the case filed under the right plan."""

    ground = serializers.ChoiceField(choices=WithdrawGround.choices)
    instead = OptionalText(max_length=30)


class UnlinkView(CaseAct):
    """取消关联."""

    @extend_schema(
        tags=TAGS,
        summary="取消关联",
        operation_id="incidents_unlink",
        request=UnlinkInput,
        responses=outputs.IncidentOut,
    )
    def post(self, request: Request, number: str) -> Response:
        """Take a link back that turned out wrong; both records say so."""
        incident, data = incident_for(request.user, number), self.read(UnlinkInput)
        data["other_number"] = data.pop("other")
        return self.answer(incident_unlink(incident_id=incident.pk, user=request.user, **data))


class MergeView(CaseAct):
    """并案."""

    @extend_schema(
        tags=TAGS,
        summary="并入另一起事件（重复登记）",
        operation_id="incidents_merge",
        request=MergeInput,
        responses=outputs.IncidentOut,
    )
    def post(self, request: Request, number: str) -> Response:
        """Make a duplicate part of another case of the same plan; a nearer deadline goes over to that case."""
        return self.act(MergeInput, incident_merge, number)


class UnmergeView(CaseAct):
    """撤销并案."""

    @extend_schema(
        tags=TAGS,
        summary="撤销并案",
        operation_id="incidents_unmerge",
        request=CaseReasonInput,
        responses=outputs.IncidentOut,
    )
    def post(self, request: Request, number: str) -> Response:
        """Take a merged case out again; its clocks run again from their own start."""
        return self.act(CaseReasonInput, incident_unmerge, number)


class WithdrawView(CaseAct):
    """撤回."""

    @extend_schema(
        tags=TAGS,
        summary="撤回登记",
        operation_id="incidents_withdraw",
        request=WithdrawInput,
        responses=outputs.IncidentOut,
    )
    def post(self, request: Request, number: str) -> Response:
        """Withdraw a case that should never have been filed, while nothing of it has left the house."""
        return self.act(WithdrawInput, incident_withdraw, number)


class ReopenView(CaseAct):
    """恢复办理."""

    @extend_schema(
        tags=TAGS,
        summary="恢复办理误报、转交、撤回的事件",
        operation_id="incidents_reopen",
        request=CaseReasonInput,
        responses=outputs.IncidentOut,
    )
    def post(self, request: Request, number: str) -> Response:
        """Take up a case again that was set aside; its clocks run again, none is doubled."""
        return self.act(CaseReasonInput, incident_reopen, number)
