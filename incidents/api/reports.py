"""Reports over the API."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from directory.models import User
from directory.services.signatures import PhoneCall
from incidents.api import inputs, outputs
from incidents.api.cases import KEY_HEADER
from incidents.api.faces import report_face
from incidents.choices import PaperKind, PaperState, ReportKind
from incidents.models import PaperJob, Report
from incidents.papers.kinds import paper_name
from incidents.papers.views import pdf_answer
from incidents.selectors import incident_for, report_by_id, reports_of
from incidents.services import (
    Draft,
    PhoneReport,
    report_confirm_late,
    report_draft,
    report_edit,
    report_phone_record,
    report_receipt,
    report_return,
    report_review,
    report_send,
)
from incidents.services.papers import paper_content, paper_get
from yangcheng_ec.api.views import Endpoint
from yangcheng_ec.errors import BadInput

__all__ = [
    "FormView",
    "LateView",
    "ReceiptView",
    "ReportView",
    "ReportsView",
    "ReviewView",
    "SendView",
]

TAGS = ["报告"]


class ReportsView(Endpoint):
    """A case's reports."""

    @extend_schema(
        tags=TAGS,
        summary="一起事件的报告",
        operation_id="incidents_reports_list",
        responses=outputs.ReportOut(many=True),
    )
    def get(self, request: Request, number: str) -> Response:
        """List the reports of a case."""
        incident = incident_for(request.user, number)
        return self.page(reports_of(incident), lambda row: report_face(row, incident.number))

    @extend_schema(
        tags=TAGS,
        summary="报告：电话，或文字",
        operation_id="incidents_reports_make",
        parameters=[KEY_HEADER],
        request=inputs.ReportInput,
        responses={201: outputs.ReportOut},
    )
    def post(self, request: Request, number: str) -> Response:
        """Record a phone report (that sends it), or begin a written one, filled in from the case."""
        incident, data = incident_for(request.user, number), self.read(inputs.ReportInput)
        make = _phone if data["kind"] == ReportKind.PHONE else _written
        report = make(incident.pk, request.user, data, self.key(request))
        return Response(report_face(report), status=status.HTTP_201_CREATED)


def _phone(incident_id: int, user: Any, data: dict[str, Any], key: str) -> Report:
    call = data.get("call")
    if call is None:
        raise BadInput("电话报告须写明通话情况。", fields={"call": ["请填写 caller、heard_by。"]})
    names = ("body", "stage", "reporting_unit", "done_at", "late_reason", "beyond_reason")
    words = PhoneReport(**call, addressees=tuple(data.get("addressees") or ()), **{name: data[name] for name in names})
    return report_phone_record(incident_id=incident_id, user=user, call=words, key=key)


def _written(incident_id: int, user: Any, data: dict[str, Any], key: str) -> Report:
    names = ("body", "stage", "reporting_unit", "follows_call", "beyond_reason")
    draft = Draft(
        addressees=tuple(data.get("addressees") or ()), content=data.get("content"),
        **{name: data[name] for name in names},
    )  # fmt: skip
    return report_draft(incident_id=incident_id, user=user, draft=draft, key=key)


class ReportView(Endpoint):
    """One report."""

    @extend_schema(tags=TAGS, summary="一份报告", operation_id="reports_read", responses=outputs.ReportOut)
    def get(self, request: Request, pk: int) -> Response:
        """Show a report."""
        return Response(report_face(report_by_id(request.user, pk)))

    @extend_schema(
        tags=TAGS,
        summary="修改草稿",
        operation_id="reports_edit",
        request=inputs.ReportChangeInput,
        responses=outputs.ReportOut,
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Change a draft or a returned report; once signed, a new report is written instead."""
        report, data = report_by_id(request.user, pk), self.read(inputs.ReportChangeInput)
        data.setdefault("content", {})
        return Response(report_face(report_edit(report_id=report.pk, user=request.user, **data)))


class ReviewView(Endpoint):
    """签发."""

    @extend_schema(
        tags=TAGS,
        summary="签发，或退回",
        operation_id="reports_review",
        request=inputs.ReviewInput,
        responses=outputs.ReportOut,
    )
    def post(self, request: Request, pk: int) -> Response:
        """Sign a written report off, on screen or by phone, or send it back with ``return_reason``; never one's own."""
        report, data = report_by_id(request.user, pk), self.read(inputs.ReviewInput)
        where = {"report_id": report.pk, "version": data["version"], "user": request.user}
        if data["return_reason"]:
            return Response(report_face(report_return(**where, reason=data["return_reason"])))
        call = _phone_call(data.get("call"))
        return Response(report_face(report_review(**where, note=data["note"], call=call)))


def _phone_call(call: dict[str, Any] | None) -> PhoneCall | None:
    if call is None:
        return None
    signer = User.objects.filter(username=call["signer"], is_active=True).first()
    if signer is None:
        raise BadInput("没有这个签发人。", fields={"signer": ["没有这个账号。"]})
    return PhoneCall(signer=signer, **{name: call[name] for name in ("number", "called_at", "read_back")})


class SendView(Endpoint):
    """报出."""

    @extend_schema(
        tags=TAGS,
        summary="报出",
        operation_id="reports_send",
        request=inputs.SendInput,
        responses=outputs.ReportOut,
    )
    def post(self, request: Request, pk: int) -> Response:
        """Send a signed report; its clocks are met."""
        report, data = report_by_id(request.user, pk), self.read(inputs.SendInput)
        return Response(report_face(report_send(report_id=report.pk, user=request.user, **data)))


class ReceiptView(Endpoint):
    """签收."""

    @extend_schema(
        tags=TAGS,
        summary="登记签收",
        operation_id="reports_receipt",
        request=inputs.ReceiptInput,
        responses=outputs.ReportOut,
    )
    def post(self, request: Request, pk: int) -> Response:
        """Record that an addressee signed for a report: sent is not received."""
        report, data = report_by_id(request.user, pk), self.read(inputs.ReceiptInput)
        report_receipt(report_id=report.pk, user=request.user, **data)
        return Response(report_face(report_by_id(request.user, pk)))


class LateView(Endpoint):
    """补录确认."""

    @extend_schema(
        tags=TAGS,
        summary="确认补录",
        operation_id="reports_confirm_late",
        request=inputs.LateInput,
        responses=outputs.ReportOut,
    )
    def post(self, request: Request, pk: int) -> Response:
        """Confirm as another officer what was entered later."""
        report, data = report_by_id(request.user, pk), self.read(inputs.LateInput)
        report_confirm_late(report_id=report.pk, user=request.user, note=data["note"])
        return Response(report_face(report_by_id(request.user, pk)))


class PdfRenderer(BaseRenderer):
    """Lets a client ask for ``application/pdf``; the paper itself comes from its page."""

    media_type = "application/pdf"
    format = "pdf"

    def render(self, data: Any, media_type: str | None = None, context: Any = None) -> bytes:
        """Return an error's words as JSON: whoever asked for a PDF still reads why there is none."""
        answer: bytes = JSONRenderer().render(data)
        return answer


class FormView(Endpoint):
    """The report's printed face."""

    renderer_classes = (JSONRenderer, PdfRenderer)

    @extend_schema(
        tags=TAGS,
        summary="表 8.7（网络）或书面简要报告（通信）",
        description="一页以内的当场给出（200）。更长的由后台生成：先答 202，Retry-After 秒后用同一地址再取。",
        operation_id="reports_form",
        responses={
            (200, "application/pdf"): {"type": "string", "format": "binary"},
            (202, "application/json"): outputs.PaperMakingOut,
        },
    )
    def get(self, request: Request, pk: int) -> Any:
        """Return form 8.7 (cyber) or the brief report (comms) as PDF, or how far a long one is."""
        report = report_by_id(request.user, pk)
        kind = PaperKind.FORM_8_7 if report.incident.plan_version.plan.uses_form_8_7 else PaperKind.BRIEF
        paper = paper_get(incident=report.incident, kind=kind, serial=report.serial, user=request.user, here=True)
        if isinstance(paper, PaperJob) and paper.state != PaperState.DONE:
            words = {"state": paper.state, "message": paper.progress or paper.error or paper.get_state_display()}
            return Response(words, status=202, headers={"Retry-After": "1"}, content_type="application/json")
        content = paper_content(paper) if isinstance(paper, PaperJob) else paper
        return pdf_answer(content, paper_name(report.incident.number, kind, report.serial))
