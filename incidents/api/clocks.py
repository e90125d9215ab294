"""``deadlines/``: the clocks of one case, and across cases."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.api import inputs
from incidents.selectors import clocks_mine_first, clocks_of_case, incident_for
from incidents.services import clock_explain
from yangcheng_ec.access import require_page
from yangcheng_ec.api.faces import clock_face
from yangcheng_ec.api.outputs import ClockOut
from yangcheng_ec.api.views import Endpoint
from yangcheng_ec.permissions import Page

__all__ = ["DeadlinesOfCase", "DeadlinesView", "ExplainView"]

TAGS = ["时限"]


class DeadlinesView(Endpoint):
    """Clocks across cases."""

    @extend_schema(
        tags=TAGS,
        summary="时限：最急的在前",
        operation_id="deadlines_list",
        parameters=[inputs.ClocksQuery],
        responses=ClockOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """List the clocks of visible cases, most urgent first: the open ones, or one ``state``; ``due_before``."""
        require_page(request.user, Page.CASES_ALL, Page.CASES_OWN)
        wanted = self.read(inputs.ClocksQuery, request.query_params)
        rows = clocks_mine_first(request.user, wanted["state"])
        if wanted["due_before"]:
            rows = rows.filter(due_at__lt=wanted["due_before"])
        return self.page(rows, clock_face)


class DeadlinesOfCase(Endpoint):
    """A case's clocks."""

    @extend_schema(
        tags=TAGS, summary="一起事件的全部时限", operation_id="incidents_deadlines", responses=ClockOut(many=True)
    )
    def get(self, request: Request, number: str) -> Response:
        """List every clock of a case, those set aside and replaced too."""
        return self.page(clocks_of_case(incident_for(request.user, number), with_superseded=True), clock_face)


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
