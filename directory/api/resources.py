"""``resources/``: what the plans have kept ready; reading only, a unit its own."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from directory.choices import ContactState, ListedAs, ResourceKind
from directory.models import Resource
from directory.selectors.resources import ResourceFilter, resource_get, resources_found, shown_to
from directory.services.resources import resource_opened
from yangcheng_ec.access import require_page
from yangcheng_ec.api.inputs import OptionalText
from yangcheng_ec.api.views import Endpoint
from yangcheng_ec.permissions import Page

__all__ = ["urlpatterns"]

TAGS = ["应急资源"]


class ResourceQuery(serializers.Serializer):
    """What the list is narrowed to."""

    q = OptionalText(max_length=60, allow_null=False, help_text="名称、单位、联系人、专长或拼音首字母")
    plan = OptionalText(max_length=40, allow_null=False)
    kind = serializers.ChoiceField(choices=ResourceKind.choices, required=False, allow_blank=True, default="")
    unit = OptionalText(max_length=40, allow_null=False, help_text="单位代码")
    state = serializers.ChoiceField(choices=ContactState.choices, required=False, allow_blank=True, default="")
    late = serializers.BooleanField(required=False, default=False, help_text="只列到期该检查的")


class ResourceOut(serializers.Serializer):
    """One resource. ``number`` is masked for those who need not dial it."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    plan = serializers.CharField()
    kind = serializers.ChoiceField(choices=ResourceKind.choices)
    name = serializers.CharField()
    unit = serializers.CharField(allow_null=True, help_text="单位代码")
    belongs_to = serializers.CharField()
    ability = serializers.CharField(allow_blank=True)
    contact = serializers.CharField(allow_blank=True)
    number = serializers.CharField(allow_blank=True)
    masked = serializers.BooleanField()
    quantity = serializers.IntegerField(allow_null=True)
    measure = serializers.CharField(allow_blank=True)
    place = serializers.CharField(allow_blank=True)
    listed = serializers.ChoiceField(choices=ListedAs.choices, allow_blank=True)
    checked_on = serializers.DateField(allow_null=True)
    late = serializers.BooleanField(help_text="到期该检查（非预案规定）")
    note = serializers.CharField(allow_blank=True)
    state = serializers.ChoiceField(choices=ContactState.choices)


class ResourcesView(Endpoint):
    """The resources this account may see."""

    @extend_schema(
        tags=TAGS, summary="应急资源列表", operation_id="resources_list", parameters=[ResourceQuery],
        responses=ResourceOut(many=True),
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """List resources, one's own first, then those due to be looked at."""
        require_page(request.user, Page.RESOURCES_ALL, Page.RESOURCES_OWN)
        wanted = ResourceFilter(**self.read(ResourceQuery, request.query_params))
        return self.page(
            resources_found(request.user, wanted), lambda row: _face(shown_to(request.user, [row])[0])
        )  # fmt: skip


class ResourceView(Endpoint):
    """One resource."""

    @extend_schema(tags=TAGS, summary="一条应急资源", operation_id="resources_get", responses=ResourceOut)
    def get(self, request: Request, pk: int) -> Response:
        """Return it; that somebody looked at a mobile in full is recorded."""
        row = resource_get(request.user, pk)
        resource_opened(user=request.user, row=row)
        return Response(_face(row))


SAME = (
    "version", "kind", "name", "belongs_to", "ability", "contact", "masked", "quantity", "measure", "place", "listed",
    "note", "state",
)  # fmt: skip


def _face(row: Resource) -> dict[str, Any]:
    """Return a resource that ``shown_to`` has prepared."""
    return {
        "id": row.pk,
        "plan": row.plan.code,
        "unit": row.unit.code if row.unit is not None else None,
        "number": row.shown,  # type: ignore[attr-defined]
        "checked_on": row.checked_on.isoformat() if row.checked_on else None,
        "late": bool(row.late) and row.state == ContactState.ACTIVE,  # type: ignore[attr-defined]
        **{name: getattr(row, name) for name in SAME},
    }


urlpatterns: list[URLPattern | URLResolver] = [
    path("resources/", ResourcesView.as_view(), name="api-resources"),
    path("resources/<int:pk>/", ResourceView.as_view(), name="api-resource"),
]
