"""``deadlines/``: the clocks of one case, and across cases."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from directory.services.acknowledging import rung_acknowledge
from incidents.api import inputs
from incidents.selectors import clocks_mine_first, clocks_of_case, incident_for
from incidents.services import clock_explain
from yangcheng_ec.access import require_page
from yangcheng_ec.api.faces import clock_face, iso
from yangcheng_ec.api.outputs import ClockOut, ClockWithRungsOut, RungOut
from yangcheng_ec.api.views import Endpoint
from yangcheng_ec.deadlines.models import Deadline, Step
from yangcheng_ec.deadlines.selectors import rungs_told
from yangcheng_ec.errors import NotVisible
from yangcheng_ec.permissions import Page

__all__ = ["AcknowledgeView", "DeadlinesOfCase", "DeadlinesView", "ExplainView"]

TAGS = ["时限"]


def _face(row: Deadline) -> dict[str, Any]:
    """Return a clock with what was told upward, and who has acknowledged it."""
    return {**clock_face(row), "rungs": [rung_face(step) for step in row.rungs]}  # type: ignore[attr-defined]


def rung_face(step: Step) -> dict[str, Any]:
    """Return one rung that was told upward."""
    return {
        "sequence": step.sequence,
        "kind": step.kind,
        "told": step.note,
        "told_at": iso(step.fired_at),
        "acknowledged_at": iso(step.acknowledged_at),
        "acknowledged_by": step.acknowledged_by,
    }


class DeadlinesView(Endpoint):
    """Clocks across cases."""

    @extend_schema(
        tags=TAGS,
        summary="时限：最急的在前",
        operation_id="deadlines_list",
        parameters=[inputs.ClocksQuery],
        responses=ClockWithRungsOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """List the clocks of visible cases, most urgent first: the open ones, or one ``state``; ``due_before``."""
        require_page(request.user, Page.CASES_ALL, Page.CASES_OWN)
        wanted = self.read(inputs.ClocksQuery, request.query_params)
        rows = clocks_mine_first(request.user, wanted["state"]).prefetch_related(rungs_told())
        if wanted["due_before"]:
            rows = rows.filter(due_at__lt=wanted["due_before"])
        return self.page(rows, _face)


class DeadlinesOfCase(Endpoint):
    """A case's clocks."""

    @extend_schema(
        tags=TAGS,
        summary="一起事件的全部时限",
        operation_id="incidents_deadlines",
        responses=ClockWithRungsOut(many=True),
    )
    def get(self, request: Request, number: str) -> Response:
        """List every clock of a case, those set aside and replaced too."""
        return self.page(clocks_of_case(incident_for(request.user, number), with_superseded=True), _face)


class ExplainView(Endpoint):
    """逾期原因."""

    @extend_schema(
        tags=TAGS,
        summary="写明逾期原因",
        operation_id="incidents_deadline_explain",
        request=inputs.ExplainInput,
        responses=ClockOut,
    )
    def post(self, request: Request, number: str, pk: int) -> Response:
        """Write why a clock was met late."""
        incident, data = incident_for(request.user, number), self.read(inputs.ExplainInput)
        clock = clock_explain(incident_id=incident.pk, deadline_id=pk, user=request.user, reason=data["reason"])
        return Response(clock_face(clock))


class AcknowledgeView(Endpoint):
    """已知悉."""

    @extend_schema(
        tags=TAGS,
        summary="确认知悉一级升级告知",
        operation_id="deadlines_acknowledge",
        request=None,
        responses=RungOut,
    )
    def post(self, request: Request, pk: int, sequence: int) -> Response:
        """Acknowledge a rung as one of those it told; 404 where there is none the user may know of."""
        step = Step.objects.filter(deadline=pk, sequence=sequence).first()
        if step is None:
            raise NotVisible()
        return Response(rung_face(rung_acknowledge(step_id=step.pk, user=request.user)))
