"""Inquiries over the API (comms 4.1)."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.api import inputs, outputs
from incidents.api.cases import KEY_HEADER
from incidents.api.faces import inquiry_face
from incidents.selectors import incident_for, inquiries_of, inquiry_for
from incidents.services import Asked, inquiry_record, inquiry_reply
from yangcheng_ec.api.views import Endpoint

__all__ = ["InquiriesView", "ReplyView"]

TAGS = ["催报、核实"]


class InquiriesView(Endpoint):
    """催报 and 核实 of a case."""

    @extend_schema(
        tags=TAGS,
        summary="一起事件的催报、核实",
        operation_id="incidents_inquiries_list",
        responses=outputs.InquiryOut(many=True),
    )
    def get(self, request: Request, number: str) -> Response:
        """List the inquiries of a case."""
        incident = incident_for(request.user, number)
        return self.page(inquiries_of(incident), lambda row: inquiry_face(row, incident.number))

    @extend_schema(
        tags=TAGS,
        summary="登记催报、核实",
        operation_id="incidents_inquiries_record",
        parameters=[KEY_HEADER],
        request=inputs.InquiryInput,
        responses={201: outputs.InquiryOut},
    )
    def post(self, request: Request, number: str) -> Response:
        """Record an inquiry; under comms its 30-minute clock starts (4.1)."""
        incident, data = incident_for(request.user, number), self.read(inputs.InquiryInput)
        asked = Asked(**data)
        inquiry = inquiry_record(incident_id=incident.pk, user=request.user, asked=asked, key=self.key(request))
        return Response(inquiry_face(inquiry), status=status.HTTP_201_CREATED)


class ReplyView(Endpoint):
    """回应."""

    @extend_schema(
        tags=TAGS,
        summary="回应",
        operation_id="inquiries_reply",
        request=inputs.ReplyInput,
        responses=outputs.InquiryOut,
    )
    def post(self, request: Request, pk: int) -> Response:
        """Answer an inquiry; its clock is met."""
        inquiry, data = inquiry_for(request.user, pk), self.read(inputs.ReplyInput)
        return Response(inquiry_face(inquiry_reply(inquiry_id=inquiry.pk, user=request.user, **data)))
