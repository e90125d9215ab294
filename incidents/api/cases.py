"""``incidents/``: the same services and rights as the pages."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from directory.choices import ServiceScope
from incidents.api import inputs, outputs
from incidents.api.faces import alike_face, entry_face, incident_brief, incident_face, incident_filed
from incidents.models import Incident
from incidents.selectors import ListFilter, incident_for, incident_list, list_order
from incidents.selectors.alike import alike_of_case
from incidents.services import (
    Analysis,
    Intake,
    incident_accept,
    incident_analyse,
    incident_close,
    incident_correct_times,
    incident_grade,
    incident_link,
    incident_triage,
    incident_update,
    incidents_file,
)
from yangcheng_ec.access import require_page
from yangcheng_ec.api.inputs import VersionedInput
from yangcheng_ec.api.views import Endpoint
from yangcheng_ec.permissions import Page
from yangcheng_ec.record.selectors import entries_of

__all__ = [
    "KEY_HEADER",
    "AcceptView",
    "AnalyseView",
    "CaseAct",
    "CloseView",
    "GradeView",
    "IncidentView",
    "IncidentsView",
    "LinkView",
    "RecordOfCase",
    "TimesView",
    "TriageView",
]

TAGS = ["事件"]
KEY_HEADER = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="重试同一份内容时带同一个编号，返回第一次的结果。"
)


class IncidentsView(Endpoint):
    """List the visible cases, or file one; a monitoring system files with its service token."""

    service_scopes = {"POST": ServiceScope.FILE_INCIDENTS}

    @extend_schema(
        tags=TAGS,
        summary="事件列表",
        parameters=[inputs.ListQuery],
        responses=outputs.IncidentBriefOut(many=True),
        operation_id="incidents_list",
    )
    def get(self, request: Request) -> Response:
        """List the cases this account may see; filters, search, ordering, pages."""
        require_page(request.user, Page.CASES_ALL, Page.CASES_OWN)
        wanted = self.read(inputs.ListQuery, request.query_params)
        ordering = wanted.pop("ordering")
        rows = list_order(incident_list(request.user, ListFilter(**wanted)), ordering, user=request.user)
        return self.page(rows, incident_brief)

    @extend_schema(
        tags=TAGS,
        summary="接报登记",
        operation_id="incidents_file",
        parameters=[KEY_HEADER],
        request=inputs.IncidentInput,
        responses={201: outputs.FiledOut},
    )
    def post(self, request: Request) -> Response:
        """File a case; its clocks start (4.1). A retry with the same ``Idempotency-Key`` returns the first one.

        ``plan: both`` files two linked cases; the second stands under ``also_filed``. Cases that may be the same event
        are named under ``possible_duplicates``: the case is filed all the same.
        """
        intake = Intake(**self.read(inputs.IncidentInput))
        made = incidents_file(user=request.user, intake=intake, key=self.key(request))
        alike = alike_of_case(request.user, made[0], leave_out=[row.number for row in made])
        answer = incident_filed(made[0]) | {
            "also_filed": [incident_filed(row) for row in made[1:]],
            "possible_duplicates": [alike_face(row) for row in alike],
        }
        return Response(answer, status=status.HTTP_201_CREATED)


class CaseAct(Endpoint):
    """An act on one case: what was sent goes to one service."""

    def act(self, serializer: type[VersionedInput], service: Any, number: str) -> Response:
        incident = incident_for(self.request.user, number)
        return self.answer(service(incident_id=incident.pk, user=self.request.user, **self.read(serializer)))

    def answer(self, done: Incident) -> Response:
        return Response(incident_face(incident_for(self.request.user, done.number), self.request.user))


class IncidentView(CaseAct):
    """One case."""

    @extend_schema(tags=TAGS, summary="一起事件", operation_id="incidents_read", responses=outputs.IncidentOut)
    def get(self, request: Request, number: str) -> Response:
        """Show a case with its clocks and reports."""
        return Response(incident_face(incident_for(request.user, number), request.user))

    @extend_schema(
        tags=TAGS,
        summary="更新情况",
        operation_id="incidents_update",
        request=inputs.ChangeInput,
        responses=outputs.IncidentOut,
    )
    def patch(self, request: Request, number: str) -> Response:
        """Change what is known of an open case; clocks follow when the units now known make another rule apply."""
        incident, data = incident_for(request.user, number), self.read(inputs.ChangeInput)
        version = data.pop("version")
        return self.answer(incident_update(incident_id=incident.pk, version=version, user=request.user, changes=data))


class AcceptView(CaseAct):
    """接手."""

    @extend_schema(
        tags=TAGS,
        summary="接手",
        operation_id="incidents_accept",
        request=VersionedInput,
        responses=outputs.IncidentOut,
    )
    def post(self, request: Request, number: str) -> Response:
        """Take over a case that another plan's officer or a unit filed."""
        return self.act(VersionedInput, incident_accept, number)


class TriageView(CaseAct):
    """确认, 误报, 转交."""

    @extend_schema(
        tags=TAGS,
        summary="核实：确认、误报、转交",
        operation_id="incidents_triage",
        request=inputs.TriageInput,
        responses=outputs.IncidentOut,
    )
    def post(self, request: Request, number: str) -> Response:
        """Triage a case (comms 4.2(2))."""
        return self.act(inputs.TriageInput, incident_triage, number)


class AnalyseView(CaseAct):
    """研判."""

    @extend_schema(
        tags=TAGS,
        summary="研判",
        operation_id="incidents_analyse",
        request=inputs.AnalyseInput,
        responses=outputs.IncidentOut,
    )
    def post(self, request: Request, number: str) -> Response:
        """Record category, losses, severity and spread (comms 4.2(3), cyber 8.3)."""
        incident, data = incident_for(request.user, number), self.read(inputs.AnalyseInput)
        version = data.pop("version")
        done = incident_analyse(incident_id=incident.pk, version=version, user=request.user, analysis=Analysis(**data))
        return self.answer(done)


class GradeView(CaseAct):
    """定级."""

    @extend_schema(
        tags=TAGS,
        summary="定级",
        operation_id="incidents_grade",
        request=inputs.GradeInput,
        responses=outputs.IncidentOut,
    )
    def post(self, request: Request, number: str) -> Response:
        """Grade a case by a criterion of 8.4; its clocks follow."""
        return self.act(inputs.GradeInput, incident_grade, number)


class TimesView(CaseAct):
    """更正时间."""

    @extend_schema(
        tags=TAGS,
        summary="更正事发、获知、接报时间",
        operation_id="incidents_times",
        request=inputs.TimesInput,
        responses=outputs.IncidentOut,
    )
    def post(self, request: Request, number: str) -> Response:
        """Correct the times; clocks that started elsewhere are superseded and keep what was believed when."""
        return self.act(inputs.TimesInput, incident_correct_times, number)


class LinkView(CaseAct):
    """关联."""

    @extend_schema(
        tags=TAGS,
        summary="关联事件",
        operation_id="incidents_link",
        request=inputs.LinkInput,
        responses=outputs.IncidentOut,
    )
    def post(self, request: Request, number: str) -> Response:
        """Link two cases of one event."""
        incident, data = incident_for(request.user, number), self.read(inputs.LinkInput)
        data["other_number"] = data.pop("other")
        return self.answer(incident_link(incident_id=incident.pk, user=request.user, **data))


class CloseView(CaseAct):
    """结案."""

    @extend_schema(
        tags=TAGS,
        summary="结案",
        operation_id="incidents_close",
        request=inputs.CloseInput,
        responses=outputs.IncidentOut,
    )
    def post(self, request: Request, number: str) -> Response:
        """Close a case whose clocks are settled."""
        return self.act(inputs.CloseInput, incident_close, number)


class RecordOfCase(Endpoint):
    """A case's record."""

    @extend_schema(
        tags=TAGS,
        summary="一起事件的记录",
        operation_id="incidents_record",
        responses=outputs.CaseEntryOut(many=True),
    )
    def get(self, request: Request, number: str) -> Response:
        """List the record of a case in order."""
        incident = incident_for(request.user, number)
        require_page(request.user, Page.RECORD_OWN)
        return self.page(entries_of(incident.head_id), entry_face)
