"""``findings/`` and ``checks/``: the same services and rights as the pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from directory.models import Unit
from early_warning.api.faces import warning_face
from early_warning.api.outputs import WarningOut
from early_warning.intake import plan_in_force
from early_warning.prevention import services
from early_warning.prevention.api import inputs
from early_warning.prevention.api.faces import check_brief, check_face, finding_face
from early_warning.prevention.api.outputs import (
    HazardChasedOut,
    HazardCheckBriefOut,
    HazardCheckOut,
    HazardIntakeOut,
    RiskFindingOut,
)
from early_warning.prevention.intake import check_named, unit_for
from early_warning.prevention.models import Finding, HazardCheck
from early_warning.prevention.selectors import (
    PREVENTION,
    FindingFilter,
    check_for,
    checks_listed,
    finding_for,
    findings_listed,
)
from early_warning.prevention.services import Found, Round
from early_warning.selectors import level_named, units_named
from early_warning.services import Content
from incidents.api.cases import KEY_HEADER
from incidents.services.common import unit_named
from yangcheng_ec.access import require_page
from yangcheng_ec.api.views import Endpoint

__all__ = ["CHECK_VIEWS", "FINDING_VIEWS", "CheckView", "ChecksView", "FindingView", "FindingsView"]

_FOUND = ("title", "place", "description", "severity", "measure", "found_at")
_ROUND = ("title", "content", "starts_on", "ends_on", "due_at")


def _found(data: dict[str, Any]) -> Found:
    return Found(**{name: data.pop(name) for name in _FOUND})


class FindingsView(Endpoint):
    """The findings the caller may read, and reporting one."""

    @extend_schema(
        summary="风险隐患列表",
        operation_id="findings_list",
        parameters=[
            OpenApiParameter("state", description="open、late、mine、warned 或一个状态"),
            OpenApiParameter("plan", description="预案代码"),
            OpenApiParameter("unit", description="报告或整改单位的代码"),
            OpenApiParameter("q", description="编号、隐患、系统或地点"),
        ],
        responses=RiskFindingOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """List: what is late and mine first."""
        require_page(request.user, *PREVENTION)
        wanted = FindingFilter(**self.read(inputs.FindingsQuery, request.query_params))
        return self.page(findings_listed(request.user, wanted), lambda row: finding_face(row, request.user))

    @extend_schema(
        summary="报告风险隐患",
        operation_id="findings_report",
        parameters=[KEY_HEADER],
        request=inputs.RiskFindingInput,
        responses={201: RiskFindingOut},
    )
    def post(self, request: Request) -> Response:
        """Report, once per Idempotency-Key."""
        require_page(request.user, *PREVENTION)
        data = self.read(inputs.RiskFindingInput)
        version = plan_in_force(data["plan"])
        made = services.finding_report(
            version=version,
            found=_found(data),
            unit=unit_for(request.user, version, _unit(data["unit"], "unit")),
            owner=_unit(data["owner"], "owner"),
            hazard_check=check_named(request.user, data["check"]),
            said_by=data["said_by"],
            user=request.user,
            key=self.key(request),
        )
        return Response(finding_face(finding_for(request.user, made.number), request.user), status=201)


def _unit(word: str, field: str) -> Unit | None:
    return unit_named(word, field)


class FindingView(Endpoint):
    """One finding."""

    @extend_schema(summary="一处风险隐患", operation_id="findings_read", responses=RiskFindingOut)
    def get(self, request: Request, number: str) -> Response:
        """Return it."""
        return Response(finding_face(finding_for(request.user, number), request.user))


Arguments = Callable[[Finding, dict[str, Any]], dict[str, Any]]


def _plain(row: Finding, data: dict[str, Any]) -> dict[str, Any]:
    return data


def _accepting(row: Finding, data: dict[str, Any]) -> dict[str, Any]:
    return data | {"owner": _unit(data["owner"], "owner")}


def _supplementing(row: Finding, data: dict[str, Any]) -> dict[str, Any]:
    return {"found": _found(data), **data}


def _warning(row: Finding, data: dict[str, Any]) -> dict[str, Any]:
    version = data.pop("version")
    level = level_named(row.plan_version, data.pop("level"))
    return {"version": version, "content": Content(level=level, **data)}


def _handled(row: Finding, data: dict[str, Any]) -> dict[str, Any]:
    return {"version": data["version"], "number": data["incident"]}


class FindingAct(Endpoint):
    """One act on one finding: ``kind`` checks the body, ``service`` does it with ``arguments``."""

    kind: type[Serializer] = inputs.VersionedInput
    service: Callable[..., Any]
    arguments: Arguments = staticmethod(_plain)

    def act(self, request: Request, number: str) -> Any:
        """Do it and return what the service answers."""
        row = finding_for(request.user, number)
        given = type(self).arguments(row, self.read(self.kind))
        return type(self).service(finding_id=row.pk, user=request.user, **given)

    def post(self, request: Request, number: str) -> Response:
        """Do the act and answer with the finding as it is now."""
        self.act(request, number)
        return Response(finding_face(finding_for(request.user, number), request.user))


def _act(
    name: str, summary: str, service: Callable[..., Any], kind: type[Serializer], arguments: Arguments = _plain
) -> type[FindingAct]:
    """Return the view of one act, documented."""
    made = type(f"Finding{name.title().replace('-', '')}View", (FindingAct,), {
        "__doc__": summary, "kind": kind, "service": staticmethod(service), "arguments": staticmethod(arguments),
    })  # fmt: skip
    schema = extend_schema(summary=summary, request=kind, responses={200: RiskFindingOut})
    documented: type[FindingAct] = schema(made)
    return documented


@extend_schema(summary="催办隐患", request=inputs.HazardNoteInput, responses={200: HazardChasedOut})
class FindingChase(FindingAct):
    """Chase whoever has to act."""

    kind = inputs.HazardNoteInput
    service = staticmethod(services.finding_chase)

    def post(self, request: Request, number: str) -> Response:
        """Answer with how many people were told."""
        return Response({"told": self.act(request, number)})


@extend_schema(summary="由隐患起草预警", request=inputs.HazardWarnInput, responses={201: WarningOut})
class FindingWarning(FindingAct):
    """Begin a warning."""

    kind = inputs.HazardWarnInput
    service = staticmethod(services.finding_warn)
    arguments = staticmethod(_warning)

    def post(self, request: Request, number: str) -> Response:
        """Answer with the warning's draft."""
        return Response(warning_face(self.act(request, number), request.user), status=201)


@extend_schema(
    summary="隐患已成为事件：起草接报登记", request=inputs.VersionedInput,
    responses={201: HazardIntakeOut},
)  # fmt: skip
class FindingIntake(FindingAct):
    """Take down the incident it has become."""

    service = staticmethod(services.finding_intake)

    def post(self, request: Request, number: str) -> Response:
        """Answer with the draft's uuid."""
        return Response({"draft": self.act(request, number)}, status=201)


FINDING_VIEWS: dict[str, type[FindingAct]] = {
    "supplement": _act(
        "supplement", "补充隐患", services.finding_supplement, inputs.HazardSupplementInput, _supplementing
    ),
    "accept": _act("accept", "受理隐患", services.finding_accept, inputs.HazardAcceptInput, _accepting),
    "ask-back": _act("ask-back", "退回补充", services.finding_ask_back, inputs.HazardReasonInput),
    "reject": _act("reject", "不予受理", services.finding_reject, inputs.HazardReasonInput),
    "progress": _act("progress", "报送整改进展", services.finding_progress, inputs.HazardProgressInput),
    "mended": _act("mended", "报整改完成", services.finding_mended, inputs.HazardMendedInput),
    "extend": _act("extend", "延长整改期限", services.finding_extend, inputs.HazardExtendInput),
    "verify": _act("verify", "复核通过，销号", services.finding_verify, inputs.HazardNoteInput),
    "send-back": _act("send-back", "复核不通过", services.finding_send_back, inputs.HazardReasonInput),
    "incident": _act("incident", "按事件办理", services.finding_as_incident, inputs.HazardIncidentInput, _handled),
    "chase": FindingChase,
    "warning": FindingWarning,
    "intake": FindingIntake,
}  # fmt: skip


class ChecksView(Endpoint):
    """The rounds the caller may read, and opening one."""

    @extend_schema(
        summary="隐患排查列表",
        operation_id="checks_list",
        parameters=[
            OpenApiParameter("state", description="一个状态"),
            OpenApiParameter("plan", description="预案代码"),
        ],
        responses=HazardCheckBriefOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """List: late and unanswered first."""
        require_page(request.user, *PREVENTION)
        return self.page(
            checks_listed(request.user, **self.read(inputs.ChecksQuery, request.query_params)), check_brief
        )

    @extend_schema(
        summary="部署隐患排查，或开始本单位自查", operation_id="checks_open", parameters=[KEY_HEADER],
        request=inputs.HazardCheckInput, responses={201: HazardCheckOut},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Open a round, once per Idempotency-Key."""
        require_page(request.user, *PREVENTION)
        data = self.read(inputs.HazardCheckInput)
        wanted = Round(**{name: data[name] for name in _ROUND})
        made = services.check_open(
            version=plan_in_force(data["plan"]), wanted=wanted, units=units_named(data["units"]), user=request.user,
            key=self.key(request),
        )  # fmt: skip
        return Response(check_face(check_for(request.user, made.number), request.user), status=201)


class CheckView(Endpoint):
    """One round."""

    @extend_schema(summary="一轮隐患排查", operation_id="checks_read", responses=HazardCheckOut)
    def get(self, request: Request, number: str) -> Response:
        """Return it."""
        return Response(check_face(check_for(request.user, number), request.user))


class CheckAct(Endpoint):
    """One act on one round."""

    kind: type[Serializer] = inputs.VersionedInput

    def act(self, check: HazardCheck, data: dict[str, Any], user: Any) -> object:
        """Do it."""
        raise NotImplementedError

    def post(self, request: Request, number: str) -> Response:
        """Do the act and answer with the round as it is now."""
        self.act(check_for(request.user, number), self.read(self.kind), request.user)
        return Response(check_face(check_for(request.user, number), request.user))


@extend_schema(summary="报送排查结果", request=inputs.HazardReturnInput, responses={200: HazardCheckOut})
class CheckReturnView(CheckAct):
    """Return a unit's result."""

    kind = inputs.HazardReturnInput

    def act(self, check: HazardCheck, data: dict[str, Any], user: Any) -> object:
        """Return the own unit's, or for another."""
        unit = _unit(data.pop("unit"), "unit") or user.unit
        return services.check_return(check_id=check.pk, unit=unit, user=user, **data)


@extend_schema(summary="结束排查", request=inputs.HazardNoteInput, responses={200: HazardCheckOut})
class CheckCloseView(CheckAct):
    """End the round."""

    kind = inputs.HazardNoteInput

    def act(self, check: HazardCheck, data: dict[str, Any], user: Any) -> object:
        """End it."""
        return services.check_close(check_id=check.pk, user=user, **data)


@extend_schema(summary="撤销排查", request=inputs.HazardReasonInput, responses={200: HazardCheckOut})
class CheckWithdrawView(CheckAct):
    """Withdraw the round."""

    kind = inputs.HazardReasonInput

    def act(self, check: HazardCheck, data: dict[str, Any], user: Any) -> object:
        """Withdraw it."""
        return services.check_withdraw(check_id=check.pk, user=user, **data)


@extend_schema(summary="催报排查结果", request=inputs.HazardChaseInput, responses={200: HazardChasedOut})
class CheckChaseView(CheckAct):
    """Chase who has not answered."""

    kind = inputs.HazardChaseInput

    def post(self, request: Request, number: str) -> Response:
        """Answer with how many people were told."""
        check, data = check_for(request.user, number), self.read(self.kind)
        unit = _unit(data.pop("unit"), "unit")
        return Response({"told": services.check_chase(check_id=check.pk, user=request.user, unit=unit, **data)})


CHECK_VIEWS: dict[str, type[CheckAct]] = {
    "return": CheckReturnView,
    "chase": CheckChaseView,
    "close": CheckCloseView,
    "withdraw": CheckWithdrawView,
}
