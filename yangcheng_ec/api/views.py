"""Base of the endpoints: read what was sent, page what is listed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.pagination import BasePagination
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from yangcheng_ec.api.pagination import ListPagination
from yangcheng_ec.errors import DomainError, NotVisible

__all__ = ["Endpoint", "NowhereView"]


class Endpoint(APIView):
    """An endpoint that reads with a serializer and pages with ours."""

    pagination_class: type[BasePagination] = ListPagination

    def read(self, serializer: type[Serializer], data: Any = None) -> dict[str, Any]:
        """Return the validated input; raises DRF's ValidationError, which becomes 400 with fields."""
        reader = serializer(data=self.request.data if data is None else data)
        reader.is_valid(raise_exception=True)
        result: dict[str, Any] = dict(reader.validated_data)
        return result

    def page(self, rows: QuerySet[Any] | Sequence[Any], face: Callable[[Any], dict[str, Any]]) -> Response:
        """Return one page of rows."""
        pages: Any = self.pagination_class()
        found = pages.paginate_queryset(rows, self.request, view=self)
        return pages.get_paginated_response([face(row) for row in found or []])

    @staticmethod
    def key(request: Request) -> str:
        """Return the ``Idempotency-Key`` header."""
        return request.headers.get("Idempotency-Key", "").strip()


@extend_schema(exclude=True)
class NowhereView(APIView):
    """An address nothing answers: 404 as JSON, and why, when only the last slash is missing."""

    permission_classes = (AllowAny,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse every verb."""
        raise self._refusal(request)

    @staticmethod
    def _refusal(request: Request) -> DomainError:
        return NotVisible() if request.path.endswith("/") else NotVisible("没有这个地址；地址须以「/」结尾。")

    def get(self, request: Request) -> Response:
        """Never reached: ``initial`` has refused."""
        raise NotVisible()

    post = put = patch = delete = get
