"""``responses/`` and its acts."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response as Answer
from rest_framework.views import APIView

from incidents.selectors import incident_for
from response import services
from response.api.serializers import (
    AddTaskInput,
    ApproveInput,
    ConfirmInput,
    EndInput,
    HandoverInput,
    ProposalReturnInput,
    ProposeEndInput,
    ProposeInput,
    ReasonInput,
    ReinforceInput,
    ResponseOutput,
    ShiftInput,
    TaskOutput,
    unit_of,
)
from response.choices import ResponseState
from response.models import Response
from response.selectors import response_for, response_list
from yangcheng_ec.errors import NotVisible
from yangcheng_ec.idempotency import fingerprint_of, once
from yangcheng_ec.permissions import Page, may_open

__all__ = ["ResponseActView", "ResponseDetail", "ResponseList"]


@extend_schema_view(
    get=extend_schema(
        summary="响应列表",
        parameters=[
            OpenApiParameter("state", description="响应状态"),
            OpenApiParameter("plan", description="预案代码"),
        ],
    )
)
class ResponseList(ListAPIView):
    """List responses (``state``, ``plan``), or propose one."""

    serializer_class = ResponseOutput
    filter_backends = ()

    def get_queryset(self) -> Any:
        """Return the visible ones. Raises NotVisible for a unit: its tasks are under ``tasks/``."""
        if not may_open(self.request.user, Page.RESPONSES):
            raise NotVisible()
        query = self.request.query_params
        rows = response_list(self.request.user, state=query.get("state", ""), plan=query.get("plan", ""))
        return rows.select_related("incident", "level", "plan_version__plan", "condition", "proposed_by", "replaces")

    @extend_schema(summary="提出响应级别建议", request=ProposeInput, responses={201: ResponseOutput})
    def post(self, request: Request) -> Answer:
        """Propose a level; an ``Idempotency-Key`` makes a retry return the first one."""
        data = _valid(ProposeInput, request)
        incident = incident_for(request.user, data.pop("incident"))

        def act() -> str:
            return services.response_propose(incident_id=incident.pk, user=request.user, **data).number

        number, made = once(
            user=request.user,
            scope="response.propose",
            key=request.headers.get("Idempotency-Key", ""),
            fingerprint=fingerprint_of({"incident": incident.number, **data}),
            act=act,
        )
        found = Response.objects.get(number=number)
        return Answer(ResponseOutput(found).data, status=status.HTTP_201_CREATED if made else status.HTTP_200_OK)


class ResponseDetail(APIView):
    """One response."""

    @extend_schema(summary="一次响应", responses=ResponseOutput)
    def get(self, request: Request, number: str) -> Answer:
        """Return it."""
        return Answer(ResponseOutput(response_for(request.user, number)).data)


class ResponseActView(APIView):
    """An act on a response: subclasses name the input and call one service."""

    input_class: Any = ReasonInput

    def post(self, request: Request, number: str) -> Answer:
        """Do it and return the response as it is now."""
        response = response_for(request.user, number)
        given = self.input_class(data=request.data)
        given.is_valid(raise_exception=True)
        data = dict(given.validated_data)
        data.pop("phone", None)
        common = {"response_id": response.pk, "user": request.user, **data}
        return self.answer(self.run(response, given, common))

    def run(self, response: Response, given: Any, common: dict[str, Any]) -> Any:
        """Call the service."""
        raise NotImplementedError

    def answer(self, done: Any) -> Answer:
        """Return the response as it is now."""
        return Answer(ResponseOutput(response_for(self.request.user, done.number)).data)


@extend_schema(summary="指挥部研判确认", request=ConfirmInput, responses=ResponseOutput)
class ConfirmView(ResponseActView):
    """The command confirms."""

    input_class = ConfirmInput

    def run(self, response: Response, given: Any, common: dict[str, Any]) -> Any:
        """Call the service."""
        return services.response_confirm(**common, call=given.call())


@extend_schema(summary="批准并启动", request=ApproveInput, responses=ResponseOutput)
class ApproveView(ResponseActView):
    """Approve and activate, on screen or by phone."""

    input_class = ApproveInput

    def run(self, response: Response, given: Any, common: dict[str, Any]) -> Any:
        """Call the service."""
        return services.response_approve(**common, call=given.call())


@extend_schema(summary="退回建议（启动或终止）", request=ProposalReturnInput, responses=ResponseOutput)
class ReturnView(ResponseActView):
    """Send a proposal back, if wanted with the level to propose instead; or a proposed end."""

    input_class = ProposalReturnInput

    def run(self, response: Response, given: Any, common: dict[str, Any]) -> Any:
        """Call the service that fits the state."""
        ending = response.state in (ResponseState.END_PROPOSED, ResponseState.END_APPROVED)
        if not ending:
            return services.response_return(**common)
        common.pop("instead")
        return services.response_end_return(**common)


@extend_schema(summary="撤回建议", request=ReasonInput, responses=ResponseOutput)
class WithdrawView(ResponseActView):
    """The office takes its proposal back."""

    def run(self, response: Response, given: Any, common: dict[str, Any]) -> Any:
        """Call the service."""
        return services.response_withdraw(**common)


@extend_schema(summary="提出升级", request=ShiftInput, responses=ResponseOutput)
class EscalateView(ResponseActView):
    """Propose a higher level; answers with the new proposal."""

    input_class = ShiftInput

    def run(self, response: Response, given: Any, common: dict[str, Any]) -> Any:
        """Call the service."""
        return services.response_escalate(**common)


@extend_schema(summary="提出降级", request=ShiftInput, responses=ResponseOutput)
class LowerView(ResponseActView):
    """Propose a lower level; answers with the new proposal."""

    input_class = ShiftInput

    def run(self, response: Response, given: Any, common: dict[str, Any]) -> Any:
        """Call the service."""
        return services.response_lower(**common)


@extend_schema(summary="移交指挥权", request=HandoverInput, responses=ResponseOutput)
class HandoverView(ResponseActView):
    """Hand command over to the superior."""

    input_class = HandoverInput

    def run(self, response: Response, given: Any, common: dict[str, Any]) -> Any:
        """Call the service."""
        return services.response_handover(**common)


@extend_schema(summary="请求增援", request=ReinforceInput, responses=ResponseOutput)
class ReinforceView(ResponseActView):
    """Ask for reinforcement."""

    input_class = ReinforceInput

    def run(self, response: Response, given: Any, common: dict[str, Any]) -> Any:
        """Call the service."""
        return services.response_reinforce(**common)


@extend_schema(summary="提出终止", request=ProposeEndInput, responses=ResponseOutput)
class ProposeEndView(ResponseActView):
    """Propose the end with its findings."""

    input_class = ProposeEndInput

    def run(self, response: Response, given: Any, common: dict[str, Any]) -> Any:
        """Call the service."""
        findings = {row["number"]: row["evidence"] for row in common.pop("findings")}
        return services.response_propose_end(**common, findings=findings)


@extend_schema(summary="批准终止，或宣布终止", request=EndInput, responses=ResponseOutput)
class EndView(ResponseActView):
    """Approve the end, or announce an approved one."""

    input_class = EndInput

    def run(self, response: Response, given: Any, common: dict[str, Any]) -> Any:
        """Call the service that fits the state."""
        if response.state == ResponseState.END_APPROVED:
            common.pop("note")
            return services.response_announce_end(**common)
        return services.response_end_approve(**common, call=given.call())


@extend_schema(summary="临时交办任务", request=AddTaskInput, responses=TaskOutput)
class AddTaskView(ResponseActView):
    """Give a task by hand."""

    input_class = AddTaskInput

    def run(self, response: Response, given: Any, common: dict[str, Any]) -> Any:
        """Call the service."""
        return services.task_add(**{**common, "unit": unit_of(common["unit"])})

    def answer(self, done: Any) -> Answer:
        """Return the new task."""
        return Answer(TaskOutput(done).data, status=status.HTTP_201_CREATED)


def _valid(kind: Any, request: Request) -> dict[str, Any]:
    given = kind(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)
