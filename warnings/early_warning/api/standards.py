"""``warnings/…/cap.xml`` and ``warnings/feed.atom``: public ones without a login, the caller's own with one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import AllowAny
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from directory.api.service_auth import ServiceThrottle
from early_warning.cap.choices import CapScope, CapStatus
from early_warning.cap.feed import ATOM_TYPE, CAP_TYPE, atom_xml
from early_warning.cap.models import CapDocument
from early_warning.cap.selectors import document_of, feed_documents
from early_warning.public.answers import PublicThrottle, conditional
from yangcheng_ec.clock import database_now

__all__ = ["CapDocumentView", "CapView", "FeedView"]

UNCHANGED = OpenApiResponse(description="与 If-None-Match（If-Modified-Since）所指的相同，没有变化。")
BAD_TOKEN = OpenApiResponse(description="令牌无效；不带令牌只能读到向社会公开的。")
NOT_ISSUED = OpenApiResponse(description="可以看这条预警，但没有可提供的文档：尚未发布，或按保密要求管理。")
XML: dict[str, str] = {"type": "string", "format": "xml"}


class WhateverIsAsked(DefaultContentNegotiation):
    """Readers of feeds ask for anything from ``text/xml`` to ``*/*``; there is one form, and errors are JSON."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """Never refuse for what the caller would rather have."""
        return renderers[0], renderers[0].media_type


class OpenView(APIView):
    """Readable without a login; who has one reads more."""

    permission_classes = (AllowAny,)
    throttle_classes = (ServiceThrottle, PublicThrottle)
    content_negotiation_class = WhateverIsAsked

    @staticmethod
    def answer(
        request: Request, body: bytes, kind: str, *, public: bool, changed: datetime | None = None
    ) -> HttpResponse:
        """Return the bytes, or 304. What depends on the caller is never kept by a shared cache."""
        django_request: HttpRequest = request._request
        response = HttpResponse(body, content_type=f"{kind}; charset=utf-8")
        answer = conditional(django_request, response, public=public, changed=changed)
        patch_vary_headers(answer, ["Authorization", "Cookie"])
        return answer


class CapView(OpenView):
    """The newest document of a warning."""

    @extend_schema(
        summary="预警的 CAP 1.2 文档（最新一份）",
        description="向社会公开的不需登录。发布、调整、终止各一份，内容永不改变；Content-Location 是这份的固定地址。",
        operation_id="warnings_cap",
        responses={
            (200, CAP_TYPE): XML,
            304: UNCHANGED,
            401: BAD_TOKEN,
            409: OpenApiResponse(description="尚未发布。"),
        },
    )
    def get(self, request: Request, number: str) -> HttpResponse:
        """Return it."""
        return _document_answer(request, number, document_of(request.user, number))


class CapDocumentView(OpenView):
    """One document, at the address it keeps."""

    @extend_schema(
        summary="一份 CAP 1.2 文档（固定地址）",
        operation_id="warnings_cap_document",
        responses={(200, CAP_TYPE): XML, 304: UNCHANGED, 401: BAD_TOKEN},
    )
    def get(self, request: Request, number: str, identifier: str) -> HttpResponse:
        """Return what was issued, byte for byte."""
        return _document_answer(request, number, document_of(request.user, number, identifier))


class FeedView(OpenView):
    """What was issued, the newest first."""

    @extend_schema(
        summary="预警的 Atom 订阅",
        description="每份 CAP 文档一条，最新 100 份。不登录只有向社会公开的，登录后另有本人可看的；演练从不公开。",
        operation_id="warnings_feed",
        responses={(200, ATOM_TYPE): XML, 304: UNCHANGED, 401: BAD_TOKEN},
    )
    def get(self, request: Request) -> HttpResponse:
        """Return the feed."""
        documents, public = feed_documents(request.user), not request.user.is_authenticated
        body = atom_xml(documents, public=public)
        return self.answer(request, body, ATOM_TYPE, public=public, changed=_settled(documents) if public else None)


def _document_answer(request: Request, number: str, document: CapDocument) -> HttpResponse:
    public = document.scope == CapScope.PUBLIC and document.status == CapStatus.ACTUAL
    answer = OpenView.answer(request, document.xml.encode("utf-8"), CAP_TYPE, public=public, changed=document.sent)
    answer["Content-Location"] = reverse("api-warning-cap-document", args=[number, document.identifier])
    return answer


def _settled(documents: list[CapDocument]) -> datetime | None:
    """Return when the feed changed last; nothing while that second may still bring another document."""
    if not documents or database_now() - documents[0].sent < timedelta(seconds=2):
        return None
    return documents[0].sent
