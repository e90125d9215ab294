"""``drills/`` and their acts; ``resources/`` has its own in the directory."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.api.cases import KEY_HEADER
from incidents.services.common import unit_named
from response.drills import services
from response.drills.choices import DrillState, FindingKind, InjectState, InjectTo, Judgement, Result
from response.drills.models import Drill, DrillInject
from response.drills.selectors import DrillFilter, drill_for, drills_found, injects_shown, sees_script
from response.drills.services import InjectWords, Judged, Planned
from response.selectors.posts import authority_of
from yangcheng_ec.access import require_page
from yangcheng_ec.api.faces import iso
from yangcheng_ec.api.inputs import CleanCharField, LongTextField, MomentField, OptionalText, VersionedInput
from yangcheng_ec.api.outputs import Moment
from yangcheng_ec.api.views import Endpoint
from yangcheng_ec.errors import BadInput
from yangcheng_ec.permissions import Page

__all__ = [
    "ApproveDrillView",
    "CancelDrillView",
    "DrillView",
    "DrillsView",
    "EndDrillView",
    "EvaluateDrillView",
    "FireInjectView",
    "InjectsView",
    "ReturnDrillView",
    "SkipInjectView",
    "StartDrillView",
]

TAGS = ["演练"]
PLAN = OpenApiParameter("plan", str, description="预案代码")
FINDING = ("id", "kind", "clause", "title", "result", "evidence", "judgement", "comment")
STATE = OpenApiParameter("state", str, enum=DrillState.values, description="状态")


class InjectOut(serializers.Serializer):
    """One inject."""

    id = serializers.IntegerField()
    minute = serializers.IntegerField()
    to = serializers.ChoiceField(choices=InjectTo.choices)
    unit = serializers.CharField(allow_null=True, help_text="单位代码")
    text = serializers.CharField()
    state = serializers.ChoiceField(choices=InjectState.choices)
    fire_at = Moment()
    fired_at = Moment()
    by_hand = serializers.BooleanField()
    reason = serializers.CharField(allow_blank=True)


class DrillFindingOut(serializers.Serializer):
    """What the drill exercised under one clause: by the record, and as it was judged."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=FindingKind.choices)
    clause = serializers.CharField()
    title = serializers.CharField()
    result = serializers.ChoiceField(choices=Result.choices)
    evidence = serializers.CharField()
    judgement = serializers.ChoiceField(choices=Judgement.choices, allow_blank=True)
    comment = serializers.CharField(allow_blank=True)


class DrillBriefOut(serializers.Serializer):
    """A drill in the list."""

    number = serializers.CharField()
    version = serializers.IntegerField()
    plan = serializers.CharField()
    title = serializers.CharField()
    grade = serializers.CharField(allow_null=True, help_text="情景级别代码；开始前只有导调、批准人员看得到")
    state = serializers.ChoiceField(choices=DrillState.choices)
    planned_at = Moment(allow_null=False)
    started_at = Moment()
    ended_at = Moment()
    incident = serializers.CharField(allow_null=True, help_text="演练事件编号")


class DrillOut(DrillBriefOut):
    """One drill. ``scenario`` and ``injects`` not yet told are empty for the players."""

    scenario = serializers.CharField(allow_blank=True)
    place = serializers.CharField(allow_blank=True)
    participants = serializers.ListField(child=serializers.CharField(), help_text="单位代码")
    confined = serializers.BooleanField()
    reason = serializers.CharField(allow_blank=True)
    approved_at = Moment()
    evaluated_at = Moment()
    evaluators = serializers.CharField(allow_blank=True)
    summary = serializers.CharField(allow_blank=True)
    injects = InjectOut(many=True)
    findings = DrillFindingOut(many=True)


class InjectIn(serializers.Serializer):
    """An inject: the minute, what is told, to whom; ``unit`` (code, name or alias) where ``to`` is unit."""

    minute = serializers.IntegerField(min_value=0, max_value=10_080)
    text = CleanCharField(max_length=2000)
    to = serializers.ChoiceField(choices=InjectTo.choices, default=InjectTo.OFFICE)
    unit = OptionalText(max_length=120)


class DrillIn(serializers.Serializer):
    """A drill to plan. Units by code, name or alias; ``grade`` by code or name, empty: none."""

    plan = CleanCharField(max_length=40)
    title = CleanCharField(max_length=120)
    scenario = LongTextField()
    planned_at = MomentField()
    grade = OptionalText(max_length=40)
    place = OptionalText(max_length=120)
    incident_unit = OptionalText(max_length=120)
    participants = serializers.ListField(child=CleanCharField(max_length=120), min_length=1, max_length=100)
    confined = serializers.BooleanField(required=False, default=False)
    injects = InjectIn(many=True, required=False, default=list)


class DrillReasonIn(VersionedInput):
    """A reason, and the version the drill was read at."""

    reason = CleanCharField(max_length=500)


class InjectAddIn(VersionedInput, InjectIn):
    """An inject to add, and the version the drill was read at."""


class SkipIn(serializers.Serializer):
    """Why an inject is left out."""

    reason = CleanCharField(max_length=300)


class JudgedIn(serializers.Serializer):
    """A judgement on one finding."""

    finding = serializers.IntegerField(min_value=1)
    judgement = serializers.ChoiceField(choices=Judgement.choices)
    comment = OptionalText(max_length=500)


class EvaluateIn(VersionedInput):
    """The whole evaluation: every finding judged, by whom, what they say of the whole."""

    findings = JudgedIn(many=True)
    evaluators = CleanCharField(max_length=200)
    summary = LongTextField()


class DrillsView(Endpoint):
    """The drills this account may see, or a new one."""

    @extend_schema(
        tags=TAGS, summary="演练列表", operation_id="drills_list", parameters=[PLAN, STATE],
        responses=DrillBriefOut(many=True),
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """List drills: a unit gets those it takes part in, once they are approved."""
        require_page(request.user, Page.DRILLS_ALL, Page.DRILLS_OWN)
        wanted = DrillFilter(*(request.query_params.get(name, "") for name in ("plan", "state")))
        authority = authority_of(request.user)
        return self.page(
            drills_found(request.user, wanted),
            lambda drill: brief_face(drill, sees_script(request.user, drill, authority)),
        )

    @extend_schema(
        tags=TAGS, summary="拟定演练方案", operation_id="drills_plan", parameters=[KEY_HEADER], request=DrillIn,
        responses={201: DrillOut},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """Plan a drill with its injects; it waits for its approval."""
        data = self.read(DrillIn)
        injects = [_inject(row) for row in data.pop("injects")]
        unit = unit_named(data.pop("incident_unit"), "incident_unit")
        planned = Planned(**{**data, "incident_unit": unit, "participants": _units(data["participants"])})
        drill = services.drill_plan(user=request.user, planned=planned, injects=injects, key=self.key(request))
        return Response(_face(request, drill.number), status=status.HTTP_201_CREATED)


def _units(names: list[str]) -> tuple[Any, ...]:
    """Return units by code, name or alias, each once. Raises BadInput for an unknown one."""
    found = [unit_named(name, "participants") for name in names]
    if None in found:
        raise BadInput("没有保存。", fields={"participants": ["单位不能为空。"]})
    return tuple({unit.pk: unit for unit in found if unit is not None}.values())


def _inject(row: dict[str, Any]) -> InjectWords:
    unit = unit_named(row["unit"], "unit")
    return InjectWords(minute=row["minute"], text=row["text"], to=row["to"], unit=unit)


class DrillView(Endpoint):
    """One drill."""

    @extend_schema(tags=TAGS, summary="一次演练", operation_id="drills_get", responses=DrillOut)
    def get(self, request: Request, number: str) -> Response:
        """Return it, as far as this account may read it."""
        return Response(_face(request, number))


class DrillAct(Endpoint):
    """An act on a drill: subclasses name the input and call one service."""

    input_class: type[serializers.Serializer] = VersionedInput

    def post(self, request: Request, number: str) -> Response:
        """Do it and return the drill as it is now."""
        drill = drill_for(request.user, number)
        self.run({"drill_id": drill.pk, "user": request.user}, self.read(self.input_class))
        return Response(_face(request, number))

    def run(self, common: dict[str, Any], data: dict[str, Any]) -> Any:
        """Call the service."""
        raise NotImplementedError


@extend_schema(tags=TAGS, summary="批准演练方案", request=VersionedInput, responses=DrillOut)
class ApproveDrillView(DrillAct):
    """Approve the plan."""

    def run(self, common: dict[str, Any], data: dict[str, Any]) -> Any:
        """Call the service."""
        return services.drill_approve(**common, **data)


@extend_schema(tags=TAGS, summary="退回演练方案", request=DrillReasonIn, responses=DrillOut)
class ReturnDrillView(DrillAct):
    """Send the plan back."""

    input_class = DrillReasonIn

    def run(self, common: dict[str, Any], data: dict[str, Any]) -> Any:
        """Call the service."""
        return services.drill_return(**common, **data)


@extend_schema(tags=TAGS, summary="取消演练", request=DrillReasonIn, responses=DrillOut)
class CancelDrillView(DrillAct):
    """Cancel it before it starts."""

    input_class = DrillReasonIn

    def run(self, common: dict[str, Any], data: dict[str, Any]) -> Any:
        """Call the service."""
        return services.drill_cancel(**common, **data)


@extend_schema(tags=TAGS, summary="开始演练", request=VersionedInput, responses=DrillOut)
class StartDrillView(DrillAct):
    """Start it: its case is filed, injects get their times."""

    def run(self, common: dict[str, Any], data: dict[str, Any]) -> Any:
        """Call the service."""
        return services.drill_start(**common, **data)


@extend_schema(tags=TAGS, summary="结束演练", request=VersionedInput, responses=DrillOut)
class EndDrillView(DrillAct):
    """End it: findings are kept, everything in it stands down."""

    def run(self, common: dict[str, Any], data: dict[str, Any]) -> Any:
        """Call the service."""
        return services.drill_end(**common, **data)


@extend_schema(tags=TAGS, summary="完成演练评估", request=EvaluateIn, responses=DrillOut)
class EvaluateDrillView(DrillAct):
    """Finish the evaluation."""

    input_class = EvaluateIn

    def run(self, common: dict[str, Any], data: dict[str, Any]) -> Any:
        """Call the service."""
        judged = {row["finding"]: Judged(row["judgement"], row["comment"]) for row in data.pop("findings")}
        return services.drill_evaluate(**common, **data, judged=judged)


@extend_schema(tags=TAGS, summary="增加情景注入", request=InjectAddIn, responses=DrillOut)
class InjectsView(DrillAct):
    """Add an inject."""

    input_class = InjectAddIn

    def run(self, common: dict[str, Any], data: dict[str, Any]) -> Any:
        """Call the service."""
        return services.inject_add(**common, version=data["version"], words=_inject(data))


@extend_schema(tags=TAGS, summary="现在注入", request=None, responses=DrillOut)
class FireInjectView(Endpoint):
    """Tell an inject now."""

    def post(self, request: Request, number: str, pk: int) -> Response:
        """Tell it and return the drill as it is now."""
        drill = drill_for(request.user, number)
        services.inject_fire(drill_id=drill.pk, inject_id=pk, user=request.user)
        return Response(_face(request, number))


@extend_schema(tags=TAGS, summary="略过情景注入", request=SkipIn, responses=DrillOut)
class SkipInjectView(Endpoint):
    """Leave an inject out."""

    def post(self, request: Request, number: str, pk: int) -> Response:
        """Leave it out and return the drill as it is now."""
        drill = drill_for(request.user, number)
        services.inject_skip(drill_id=drill.pk, inject_id=pk, user=request.user, **self.read(SkipIn))
        return Response(_face(request, number))


def brief_face(drill: Drill, script: bool) -> dict[str, Any]:
    """Return a drill as the list shows it; its grade only to those who read the script."""
    return {
        "number": drill.number,
        "version": drill.version,
        "plan": drill.plan_version.plan.code,
        "title": drill.title,
        "grade": drill.grade.code if drill.grade is not None and script else None,
        "state": drill.state,
        "planned_at": iso(drill.planned_at),
        "started_at": iso(drill.started_at),
        "ended_at": iso(drill.ended_at),
        "incident": drill.incident.number if drill.incident is not None else None,
    }


def _face(request: Request, number: str) -> dict[str, Any]:
    drill = drill_for(request.user, number)
    script = sees_script(request.user, drill, authority_of(request.user))
    return {
        **brief_face(drill, script),
        "scenario": drill.scenario if script or drill.started_at else "",
        "place": drill.place,
        "participants": list(drill.participants.order_by("order", "code").values_list("code", flat=True)),
        "confined": drill.confined,
        "reason": drill.reason if script else "",
        "approved_at": iso(drill.approved_at),
        "evaluated_at": iso(drill.evaluated_at),
        "evaluators": drill.evaluators,
        "summary": drill.summary,
        "injects": [_inject_face(row) for row in injects_shown(request.user, drill, script=script)],
        "findings": [{name: getattr(row, name) for name in FINDING} for row in drill.findings.all()],
    }  # fmt: skip


def _inject_face(row: DrillInject) -> dict[str, Any]:
    return {
        "id": row.pk,
        "minute": row.minute,
        "to": row.to,
        "unit": row.unit.code if row.unit is not None else None,
        "text": row.text,
        "state": row.state,
        "fire_at": iso(row.fire_at),
        "fired_at": iso(row.fired_at),
        "by_hand": row.by_hand,
        "reason": row.reason,
    }
