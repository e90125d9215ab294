"""The ladder of a plan in force over the API: read, change; as the page does."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from directory.choices import LadderRunning
from directory.models import LadderEdition, PlanVersion
from directory.selectors.plans import plan_in_force
from directory.services.ladders import LadderLine, ladder_change
from yangcheng_ec.access import require_page
from yangcheng_ec.api.inputs import LongTextField
from yangcheng_ec.api.outputs import Moment
from yangcheng_ec.api.views import Endpoint
from yangcheng_ec.deadlines.choices import StepKind
from yangcheng_ec.permissions import Page

__all__ = ["urlpatterns"]

TAGS = ["预案"]
MOST_RUNGS = 60


class RungFace(serializers.Serializer):
    """One rung: minutes from the due time (timed; negative is before) or from the start; whom it tells."""

    timed = serializers.BooleanField(help_text="true：有分钟数的时限；false：立即、及时")
    kind = serializers.ChoiceField(choices=StepKind.choices)
    minutes = serializers.IntegerField(min_value=-10080, max_value=10080)
    audience = serializers.ListField(child=serializers.CharField(max_length=40), help_text="职务代码或 owed_by")


class EditionFace(serializers.ModelSerializer):
    """One change of the ladder (非预案规定)."""

    was = RungFace(many=True)
    rungs = RungFace(many=True)
    by = serializers.CharField(source="by.display_name")
    at = Moment(allow_null=False)
    settled_at = Moment()

    class Meta:
        model = LadderEdition
        fields = ["number", "was", "rungs", "running", "reason", "by", "by_post", "at", "settled_at"]


class LadderOut(serializers.Serializer):
    """The ladder in force, and its changes, the latest first."""

    edition = serializers.IntegerField(help_text="已调整的次数；调整时原样送回")
    rungs = RungFace(many=True)
    editions = EditionFace(many=True)


class LadderInput(serializers.Serializer):
    """The whole ladder as it shall be, what it means for running clocks, and why."""

    edition = serializers.IntegerField(min_value=0)
    rungs = serializers.ListField(child=RungFace(), max_length=MOST_RUNGS)
    running = serializers.ChoiceField(choices=LadderRunning.choices)
    reason = LongTextField(max_length=300)


def _face(version: PlanVersion) -> dict[str, Any]:
    rows = version.ladder_rungs.order_by("-timed", "number")
    rungs = [
        {"timed": row.timed, "kind": row.kind, "minutes": row.offset_minutes, "audience": row.audience} for row in rows
    ]
    editions = version.ladder_editions.select_related("by").order_by("-number")[:20]
    shown = {"edition": version.ladder_edition, "rungs": rungs, "editions": editions}
    return dict(LadderOut(shown).data)


class LadderView(Endpoint):
    """提醒与升级（非预案规定）."""

    @extend_schema(tags=TAGS, summary="提醒与升级阶梯", operation_id="plans_ladder", responses=LadderOut)
    def get(self, request: Request, code: str) -> Response:
        """Read the ladder of the version in force and its changes."""
        require_page(request.user, Page.RESPONSES)
        return Response(_face(plan_in_force(code)))

    @extend_schema(
        tags=TAGS,
        summary="调整提醒与升级阶梯",
        operation_id="plans_ladder_change",
        request=LadderInput,
        responses=LadderOut,
    )
    def post(self, request: Request, code: str) -> Response:
        """Change the ladder as the plan's office director; 409 where it was changed since it was read."""
        require_page(request.user, Page.RESPONSES)
        version, data = plan_in_force(code), self.read(LadderInput)
        lines = [LadderLine(**{**row, "audience": tuple(row["audience"])}) for row in data.pop("rungs")]
        ladder_change(version_id=version.pk, lines=lines, user=request.user, **data)
        return Response(_face(plan_in_force(code)))


urlpatterns: list[URLPattern] = [path("plans/<str:code>/ladder/", LadderView.as_view(), name="api-plan-ladder")]
