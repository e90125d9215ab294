"""每日零报告 over the API (「非预案规定」)."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.api.cases import KEY_HEADER
from incidents.api.chain_faces import ReturnLineOut, ReturnOut, return_face, return_line_face
from incidents.selectors.returns import day_shown, return_by_id, return_lines, return_plans
from incidents.services import Returned, daily_return_correct, daily_return_file
from yangcheng_ec.api.inputs import CleanCharField, OptionalText, VersionedInput
from yangcheng_ec.api.views import Endpoint
from yangcheng_ec.errors import NotVisible

__all__ = ["ReturnView", "ReturnsView"]

TAGS = ["每日零报告"]


class DayQuery(serializers.Serializer):
    """Which plan (one's own first) and which day (today; never before 2020 nor ahead)."""

    plan = OptionalText(max_length=40, allow_null=False)
    date = serializers.DateField(required=False, allow_null=True, default=None)


class ReturnInput(serializers.Serializer):
    """A return: without ``count`` what the system knows of the day; another number needs a ``note``."""

    plan = CleanCharField(max_length=40)
    date = serializers.DateField(required=False, allow_null=True, default=None)
    unit = OptionalText(max_length=120, help_text="空：本单位，或指挥部办公室；办公室可代录成员单位的")
    count = serializers.IntegerField(min_value=0, max_value=999, required=False, allow_null=True, default=None)
    note = OptionalText(max_length=300)


class CorrectInput(VersionedInput):
    """A correction and its reason."""

    count = serializers.IntegerField(min_value=0, max_value=999)
    note = CleanCharField(max_length=300)


class ReturnsView(Endpoint):
    """A day's returns."""

    @extend_schema(
        tags=TAGS,
        summary="某一天谁报了、谁没有报",
        operation_id="daily_returns_list",
        parameters=[DayQuery],
        responses=ReturnLineOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """List the lines of a plan's day: the office, then who has not returned, then who has; a unit its own."""
        asked, plans = self.read(DayQuery, request.query_params), return_plans(request.user)
        version = next((row for row in plans if not asked["plan"] or row.plan.code == asked["plan"]), None)
        if version is None:
            raise NotVisible()
        lines = return_lines(request.user, version, day_shown(asked["date"]))
        return self.page(lines, lambda line: return_line_face(line, version.plan.code))

    @extend_schema(
        tags=TAGS,
        summary="报送零报告",
        operation_id="daily_returns_file",
        parameters=[KEY_HEADER],
        request=ReturnInput,
        responses={201: ReturnOut},
    )
    def post(self, request: Request) -> Response:
        """File a day's return."""
        data = self.read(ReturnInput)
        row = daily_return_file(user=request.user, returned=Returned(**data), key=self.key(request))
        return Response(return_face(row, row.plan.code), status=status.HTTP_201_CREATED)


class ReturnView(Endpoint):
    """One return."""

    @extend_schema(
        tags=TAGS,
        summary="更正零报告",
        operation_id="daily_returns_correct",
        request=CorrectInput,
        responses=ReturnOut,
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Correct a return, with the reason."""
        seen, data = return_by_id(request.user, pk), self.read(CorrectInput)
        daily_return_correct(return_id=seen.pk, user=request.user, **data)
        row = return_by_id(request.user, pk)
        return Response(return_face(row, row.plan.code))
