"""``warnings/``: the same services and rights as the pages."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from directory.models import User
from directory.services.signatures import PhoneCall
from early_warning import services
from early_warning.actions import task_board, tasks_visible_to
from early_warning.api import inputs
from early_warning.api.faces import standing_face, task_face, warning_brief, warning_face
from early_warning.api.outputs import StandingOut, WarningBriefOut, WarningOut, WarningTaskOut
from early_warning.choices import WarningState
from early_warning.intake import Begun, draft_content_once, incident_named, plan_in_force
from early_warning.models import EarlyWarning
from early_warning.selectors import level_named, units_named, warning_for, warnings_listed
from early_warning.standing import standing_list
from yangcheng_ec.access import require_page
from yangcheng_ec.api.pagination import ListPagination
from yangcheng_ec.errors import BadInput
from yangcheng_ec.permissions import Page

__all__ = ["ACT_VIEWS", "StandingsView", "WarningListView", "WarningView"]

_OBJECT = {200: WarningOut}
_CONTENT = (
    "title", "text", "publicity", "publicity_note", "scope", "basis", "advice", "valid_from", "valid_until",
    "respond_by",
)  # fmt: skip


def read_input(kind: type[Serializer], request: Request) -> dict[str, Any]:
    """Return the checked body."""
    serializer = kind(data=request.data)
    serializer.is_valid(raise_exception=True)
    data: dict[str, Any] = dict(serializer.validated_data)
    return data


class WarningListView(APIView):
    """The warnings the caller may read, and drafting one."""

    pagination_class = ListPagination

    @extend_schema(
        summary="预警列表",
        operation_id="warnings_list",
        parameters=[
            OpenApiParameter("state", description="active 或一个状态"),
            OpenApiParameter("plan", description="预案代码"),
            OpenApiParameter("level", description="级别（情形）的序号，或 预案代码:序号"),
            OpenApiParameter("validity", description="in_force 在效未过期，expired 在效已过期未解除"),
            OpenApiParameter("order", description="newest、ending、number；不填即在效在前、重的在前"),
            OpenApiParameter("q", description="编号、标题、内容、响应范围"),
        ],
        responses=WarningBriefOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """List: those in force first."""
        require_page(request.user, Page.WARNINGS_ALL, Page.WARNINGS_OWN)
        query = inputs.ListQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        found = dict(query.validated_data)
        rows = warnings_listed(request.user, search=found.pop("q"), **found)
        pages = ListPagination()
        page = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response([warning_brief(row) for row in page])

    @extend_schema(summary="起草预警", request=inputs.ContentInput, responses={201: WarningOut})
    def post(self, request: Request) -> Response:
        """Draft, once per Idempotency-Key: a retry answers with the first draft."""
        require_page(request.user, Page.WARNINGS_ALL, Page.WARNINGS_OWN)
        data = read_input(inputs.ContentInput, request)
        version = plan_in_force(data["plan"])
        incident = incident_named(request.user, data.get("incident", ""))
        content = services.Content(
            level=level_named(version, data["level"]),
            units=tuple(units_named(data.get("units", []))),
            **{name: data[name] for name in _CONTENT if name in data},
        )
        key = request.headers.get("Idempotency-Key", "")
        received = services.Received(**data["received"]) if "received" in data else None
        begun = Begun(incident=incident, drill=data["drill"], received=received)
        warning, _fresh = draft_content_once(version, content, begun, user=request.user, key=key, sent=request.data)
        return Response(warning_face(warning, request.user), status=201)


class WarningView(APIView):
    """One warning."""

    @extend_schema(summary="一条预警", operation_id="warnings_read", responses=_OBJECT)
    def get(self, request: Request, number: str) -> Response:
        """Return it; when an addressed unit reads it first, that is its delivery."""
        warning = warning_for(request.user, number)
        services.warning_opened(warning_id=warning.pk, user=request.user)
        return Response(warning_face(warning, request.user))


class ActView(APIView):
    """One act on one warning: ``kind`` checks the body, ``act`` calls one service."""

    kind: type[Serializer] = inputs.VersionedInput
    status = 200

    def act(self, warning: EarlyWarning, data: dict[str, Any], user: Any) -> object:
        """Do it; return the warning to answer with, or anything else for this one."""
        raise NotImplementedError

    def post(self, request: Request, number: str) -> Response:
        """Do the act and answer with the warning as it is now."""
        warning = warning_for(request.user, number)
        made = self.act(warning, read_input(self.kind, request), request.user)
        shown = made.number if isinstance(made, EarlyWarning) else number
        return Response(warning_face(warning_for(request.user, shown), request.user), status=self.status)


def _call(data: dict[str, Any]) -> PhoneCall | None:
    """Return the recorded call with its signer, found by account name."""
    call = data.get("call")
    if call is None:
        return None
    signer = User.objects.filter(username=call["signer"], is_active=True).first()
    if signer is None:
        raise BadInput("没有这个批准人账号。", fields={"call": ["没有这个批准人账号。"]})
    return PhoneCall(signer=signer, number=call["number"], called_at=call["called_at"], read_back=call["read_back"])


def _unit(data: dict[str, Any]) -> Any:
    word = data.get("unit")
    return units_named([word])[0] if word else None


@extend_schema(summary="提出预警建议", request=inputs.VersionedInput, responses=_OBJECT)
class ProposeView(ActView):
    """Propose."""

    def act(self, warning: EarlyWarning, data: dict[str, Any], user: Any) -> object:
        """Propose the level to the command."""
        return services.warning_propose(warning_id=warning.pk, version=data["version"], user=user)


@extend_schema(summary="批准预警", request=inputs.ApproveInput, responses=_OBJECT)
class ApproveView(ActView):
    """Approve."""

    kind = inputs.ApproveInput

    def act(self, warning: EarlyWarning, data: dict[str, Any], user: Any) -> object:
        """Approve on screen or by a standing authorisation, or record an approval by phone."""
        return services.warning_approve(
            warning_id=warning.pk, version=data["version"], user=user, remark=data["remark"], call=_call(data),
            standing_id=data.get("standing"),
        )  # fmt: skip


@extend_schema(summary="退回预警或解除建议", request=inputs.ReasonInput, responses=_OBJECT)
class ReturnView(ActView):
    """Return."""

    kind = inputs.ReasonInput

    def act(self, warning: EarlyWarning, data: dict[str, Any], user: Any) -> object:
        """Return the proposal that waits."""
        return services.warning_return(
            warning_id=warning.pk, version=data["version"], user=user, reason=data["reason"], call=_call(data)
        )


@extend_schema(summary="撤回未发布的预警", request=inputs.ReasonInput, responses=_OBJECT)
class WithdrawView(ActView):
    """Withdraw."""

    kind = inputs.ReasonInput

    def act(self, warning: EarlyWarning, data: dict[str, Any], user: Any) -> object:
        """Withdraw what was never published."""
        return services.warning_withdraw(
            warning_id=warning.pk, version=data["version"], user=user, reason=data["reason"]
        )


@extend_schema(summary="发布预警", request=inputs.VersionedInput, responses=_OBJECT)
class PublishView(ActView):
    """Publish."""

    def act(self, warning: EarlyWarning, data: dict[str, Any], user: Any) -> object:
        """Publish what was approved."""
        return services.warning_publish(warning_id=warning.pk, version=data["version"], user=user)


@extend_schema(summary="调整预警", request=inputs.AdjustInput, responses={201: WarningOut})
class AdjustView(ActView):
    """Adjust."""

    kind = inputs.AdjustInput
    status = 201

    def act(self, warning: EarlyWarning, data: dict[str, Any], user: Any) -> object:
        """Draft the new version; it is proposed, approved and published under its own number."""
        level = level_named(warning.plan_version, data["level"]) if "level" in data else warning.level
        named = units_named(data["units"]) if "units" in data else None
        units = named if named is not None else [one.unit for one in warning.addressees.select_related("unit")]
        kept = {name: data.get(name, getattr(warning, name)) for name in _CONTENT}
        content = services.Content(level=level, units=tuple(units), **kept)
        return services.warning_adjust(warning_id=warning.pk, version=data["version"], content=content, user=user)


@extend_schema(summary="提出解除，或批准解除", request=inputs.LiftInput, responses=_OBJECT)
class LiftView(ActView):
    """Lift."""

    kind = inputs.LiftInput

    def act(self, warning: EarlyWarning, data: dict[str, Any], user: Any) -> object:
        """Propose with findings while it is in force; decide when the lifting is proposed."""
        if warning.state != WarningState.LIFT_PROPOSED:
            findings = {row["ordinal"]: row["evidence"] for row in data.get("findings", [])}
            return services.warning_propose_lift(
                warning_id=warning.pk, version=data["version"], findings=findings, user=user
            )
        return services.warning_lift(
            warning_id=warning.pk, version=data["version"], user=user, remark=data["remark"], call=_call(data)
        )


@extend_schema(summary="确认收到", request=inputs.ConfirmInput, responses=_OBJECT)
class ConfirmView(ActView):
    """Confirm."""

    kind = inputs.ConfirmInput

    def act(self, warning: EarlyWarning, data: dict[str, Any], user: Any) -> object:
        """Confirm as the unit, or for it."""
        return services.warning_confirm(warning_id=warning.pk, user=user, **(data | {"unit": _unit(data)}))


@extend_schema(summary="报告进展或措施", request=inputs.ProgressInput, responses=_OBJECT)
class ProgressView(ActView):
    """Progress."""

    kind = inputs.ProgressInput

    def act(self, warning: EarlyWarning, data: dict[str, Any], user: Any) -> object:
        """Report as the unit, or for it."""
        return services.warning_progress(warning_id=warning.pk, user=user, **(data | {"unit": _unit(data)}))


@extend_schema(summary="记录向上报告", request=inputs.ReportInput, responses=_OBJECT)
class ReportView(ActView):
    """Report upward."""

    kind = inputs.ReportInput

    def act(self, warning: EarlyWarning, data: dict[str, Any], user: Any) -> object:
        """Record the report and cover its clock's addressees."""
        codes = data.pop("addressees")
        return services.warning_report_up(
            warning_id=warning.pk, deadline_id=data.pop("deadline"), codes=codes, user=user, **data
        )


class TasksView(ActView):
    """Warning actions."""

    kind = inputs.TaskInput

    @extend_schema(summary="预警行动", responses=WarningTaskOut(many=True), filters=False)
    def get(self, request: Request, number: str) -> Response:
        """List: all for the office, a unit's own."""
        return Response([task_face(row) for row in task_board(request.user, warning_for(request.user, number)).rows])

    @extend_schema(summary="签收、报告或退回预警行动", request=inputs.TaskInput, responses=_OBJECT)
    def post(self, request: Request, number: str) -> Response:
        """Do one act on one action."""
        return super().post(request, number)

    def act(self, warning: EarlyWarning, data: dict[str, Any], user: Any) -> object:
        """Sign for, report or return it."""
        if not tasks_visible_to(user).filter(warning=warning, pk=data["task"]).exists():
            raise BadInput("没有这项预警行动。", fields={"task": ["没有这项预警行动。"]})
        given = {"task_id": data["task"], "version": data["version"], "user": user, "person": data["person"]}
        if data["act"] == inputs.WarningTaskAct.ACKNOWLEDGE:
            return services.warning_task_acknowledge(**given)
        done = data["act"] == inputs.WarningTaskAct.COMPLETE
        act = services.warning_task_complete if done else services.warning_task_return
        return act(**given, text=data["text"])


@extend_schema(summary="催办预警行动", request=inputs.ChaseInput, responses=_OBJECT)
class ChaseView(ActView):
    """Chase."""

    kind = inputs.ChaseInput

    def act(self, warning: EarlyWarning, data: dict[str, Any], user: Any) -> object:
        """Tell the units with open actions."""
        return services.warning_chase(warning_id=warning.pk, user=user, units=units_named(data["units"]))


class StandingsView(APIView):
    """Standing authorisations."""

    @extend_schema(summary="预警发布授权", operation_id="warning_standings_list", responses=StandingOut(many=True))
    def get(self, request: Request) -> Response:
        """List all, the newest first; a paper is entered and confirmed on the page."""
        require_page(request.user, Page.WARNINGS_ALL)
        return Response([standing_face(row) for row in standing_list(request.user)])


ACT_VIEWS: dict[str, type[ActView]] = {
    "propose": ProposeView,
    "approve": ApproveView,
    "return": ReturnView,
    "withdraw": WithdrawView,
    "publish": PublishView,
    "adjust": AdjustView,
    "lift": LiftView,
    "confirm": ConfirmView,
    "progress": ProgressView,
    "report": ReportView,
    "tasks": TasksView,
    "chase": ChaseView,
}
