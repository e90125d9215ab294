"""Lists are ``{"results", "next", "previous"}`` (DESIGN §7)."""

from collections import OrderedDict
from typing import Any

from rest_framework.pagination import CursorPagination, PageNumberPagination
from rest_framework.response import Response

LINK = {"type": ["string", "null"], "format": "uri"}


class ListPagination(PageNumberPagination):
    """Pages of 50 by default, 200 at most; ``?page=`` and ``?page_size=``."""

    page_size_query_param = "page_size"
    max_page_size = 200

    def get_paginated_response(self, data: Any) -> Response:
        """Return the page with links, and the count that people ask for."""
        return Response(
            OrderedDict(
                count=self.page.paginator.count if self.page else 0,
                next=self.get_next_link(),
                previous=self.get_previous_link(),
                results=data,
            )
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return what a page looks like."""
        return {
            "type": "object",
            "required": ["count", "next", "previous", "results"],
            "properties": {"count": {"type": "integer"}, "next": LINK, "previous": LINK, "results": schema},
        }


class CursorList(CursorPagination):
    """Pages by cursor, for lists that grow while they are read: nothing is shown twice or skipped; no count."""

    page_size_query_param = "page_size"
    page_size = 50
    max_page_size = 200
    ordering = ("-at", "-id")

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return what a page looks like."""
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": LINK, "previous": LINK, "results": schema},
        }
