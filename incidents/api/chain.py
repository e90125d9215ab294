"""The chain of reports over the API: what changed, the proof that a report went out, going on after a 终报."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.api import outputs
from incidents.api.chain_faces import ChangesOut, changes_face
from incidents.api.faces import report_face
from incidents.choices import ReportStage
from incidents.selectors import incident_for, report_by_id
from incidents.selectors.chain import final_doubts
from incidents.selectors.report_changes import report_changes
from incidents.services import report_chain_reopen, report_prove
from yangcheng_ec.api.inputs import CleanCharField
from yangcheng_ec.api.views import Endpoint

__all__ = ["ChangesView", "ProofView", "ReopenChainView"]

TAGS = ["报告"]


class ProofInput(serializers.Serializer):
    """The proof: number of the fax journal, of the mail, of the sealed letter, or who signed."""

    proof = CleanCharField(max_length=200)


class ReopenInput(serializers.Serializer):
    """Why reports go on after the final one."""

    reason = CleanCharField(max_length=300)


class ChangesView(Endpoint):
    """与上次报告相比."""

    @extend_schema(
        tags=TAGS,
        summary="与上次报告（或所依电话报告）相比有什么变化",
        operation_id="reports_changes",
        responses=ChangesOut,
    )
    def get(self, request: Request, pk: int) -> Response:
        """Name the items that differ from the report before, and what speaks against a 终报."""
        report = report_by_id(request.user, pk)
        doubts = final_doubts(report) if report.stage == ReportStage.FINAL else []
        return Response(changes_face(report_changes(report), doubts))


class ProofView(Endpoint):
    """补充凭证."""

    @extend_schema(
        tags=TAGS,
        summary="补充报送凭证",
        operation_id="reports_proof",
        request=ProofInput,
        responses=outputs.ReportOut,
    )
    def post(self, request: Request, pk: int) -> Response:
        """Write the proof of a report that went out without one; what stands is never changed."""
        report, data = report_by_id(request.user, pk), self.read(ProofInput)
        report_prove(report_id=report.pk, user=request.user, proof=data["proof"])
        return Response(report_face(report_by_id(request.user, pk)))


class ReopenChainView(Endpoint):
    """恢复续报."""

    @extend_schema(
        tags=TAGS,
        summary="终报之后恢复续报，写明理由",
        operation_id="incidents_reports_reopen",
        request=ReopenInput,
        responses=outputs.ReportOut,
    )
    def post(self, request: Request, number: str) -> Response:
        """Let reports go on after a 终报 (非预案规定); the answer is that 终报."""
        incident, data = incident_for(request.user, number), self.read(ReopenInput)
        row = report_chain_reopen(incident_id=incident.pk, user=request.user, reason=data["reason"])
        return Response(report_face(report_by_id(request.user, row.final_id)))
