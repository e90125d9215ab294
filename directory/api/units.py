"""``units/``: the registry of units and their names; readers of the plans read it, keepers of the directory keep it."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from directory.api.plans import PLAN, PlanRows
from directory.choices import UnitKind
from directory.models import Unit, UnitAlias
from directory.selectors import plans as plan_reading, units as reading
from directory.services import units as services
from yangcheng_ec.access import require_page
from yangcheng_ec.api.inputs import CleanCharField, VersionedInput
from yangcheng_ec.api.views import Endpoint
from yangcheng_ec.errors import BadInput
from yangcheng_ec.permissions import Page

__all__ = ["urlpatterns"]

TAGS = ["单位"]
KIND = OpenApiParameter("kind", str, enum=UnitKind.values, description="单位类别")


class UnitOut(serializers.ModelSerializer):
    """A unit with every name it is known by."""

    aliases: serializers.Field[Any, Any, Any, Any] = serializers.SlugRelatedField("name", many=True, read_only=True)

    class Meta:
        model = Unit
        fields = ["code", "name", "short_name", "kind", "county_level", "aliases", "note", "retired", "version"]


class AliasOut(serializers.ModelSerializer):
    """Another name. ``kept_here``: entered in the system, and may be taken away again."""

    class Meta:
        model = UnitAlias
        fields = ["id", "name", "where", "kept_here"]


class UnitDetailOut(UnitOut):
    """One unit, with where its other names come from."""

    names = AliasOut(source="aliases", many=True)

    class Meta(UnitOut.Meta):
        fields = [*UnitOut.Meta.fields, "names"]


class UnitIn(serializers.Serializer):
    """A unit the plans do not name. Its code is made from the initials."""

    name = CleanCharField(max_length=120)
    short_name = CleanCharField(max_length=60, required=False, default="", allow_blank=True)
    kind = serializers.ChoiceField(choices=UnitKind.choices)
    county_level = serializers.BooleanField(default=False)
    note = CleanCharField(max_length=300, required=False, default="", allow_blank=True)


class UnitChange(VersionedInput):
    """What is changed. ``retired: true`` needs a ``reason`` and that nothing rests on the unit."""

    name = CleanCharField(max_length=120, required=False)
    short_name = CleanCharField(max_length=60, required=False)
    kind = serializers.ChoiceField(choices=UnitKind.choices, required=False)
    county_level = serializers.BooleanField(required=False)
    note = CleanCharField(max_length=300, required=False, allow_blank=True)
    retired = serializers.BooleanField(required=False)
    reason = CleanCharField(max_length=300, required=False, default="", allow_blank=True)


class AliasIn(VersionedInput):
    """Another name, with the unit's version."""

    name = CleanCharField(max_length=120)
    where = CleanCharField(max_length=120, required=False, default="", allow_blank=True)


class UnitsView(PlanRows):
    """The registry of units."""

    serializer_class = UnitOut

    @extend_schema(summary="单位", tags=TAGS, parameters=[PLAN, KIND])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List the units: of one plan's members with ``?plan=``, of one kind with ``?kind=``."""
        return self.list(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Unit]:
        """Return the units asked for."""
        plan, kind = (self.request.query_params.get(name, "") for name in ("plan", "kind"))
        units = Unit.objects.prefetch_related("aliases").order_by("order", "code")
        if kind and kind not in UnitKind.values:
            raise BadInput("没有这个单位类别。", fields={"kind": [f"可用：{'、'.join(UnitKind.values)}。"]})
        if plan:
            members = {f"memberships__{name}": value for name, value in plan_reading.version_filter(plan).items()}
            units = units.filter(**members)
        return units.filter(kind=kind) if kind else units

    @extend_schema(summary="新增单位", tags=TAGS, request=UnitIn, responses={201: UnitDetailOut})
    def post(self, request: Request) -> Response:
        """Add a unit the plans do not name."""
        require_page(request.user, Page.DIRECTORY_EDIT)
        sent = UnitIn(data=request.data)
        sent.is_valid(raise_exception=True)
        unit = services.unit_add(user=request.user, **sent.validated_data)
        return Response(_face(unit.code), status=status.HTTP_201_CREATED)


class UnitView(Endpoint):
    """One unit."""

    @extend_schema(summary="查看单位", tags=TAGS, responses=UnitDetailOut)
    def get(self, request: Request, code: str) -> Response:
        """Return one unit with its names."""
        require_page(request.user, Page.PLANS)
        return Response(_face(code))

    @extend_schema(summary="修改、停用或恢复单位", tags=TAGS, request=UnitChange, responses=UnitDetailOut)
    def patch(self, request: Request, code: str) -> Response:
        """Change a unit; a name that is left stays as an alias."""
        unit = _kept(request, code)
        data = self.read(UnitChange)
        version, retired, reason = data.pop("version"), data.pop("retired", None), data.pop("reason")
        act: dict[str, Any] = {"user": request.user, "unit_id": unit.pk}
        with transaction.atomic():
            if retired is False:
                version = services.unit_restore(**act, version=version).version
            if data:
                version = services.unit_edit(**act, version=version, values=data).version
            if retired:
                services.unit_retire(**act, version=version, reason=reason)
        return Response(_face(code))


class AliasesView(Endpoint):
    """The other names of a unit."""

    @extend_schema(summary="增加别名", tags=TAGS, request=AliasIn, responses={201: UnitDetailOut})
    def post(self, request: Request, code: str) -> Response:
        """Add another name: one nobody has."""
        unit = _kept(request, code)
        services.unit_alias_add(user=request.user, unit_id=unit.pk, **self.read(AliasIn))
        return Response(_face(code), status=status.HTTP_201_CREATED)


class AliasView(Endpoint):
    """One other name of a unit."""

    @extend_schema(
        summary="去掉别名", tags=TAGS, parameters=[OpenApiParameter("version", int)], responses={200: UnitDetailOut}
    )
    def delete(self, request: Request, code: str, pk: int) -> Response:
        """Take away a name that was entered here; ``version`` comes in the body or the address."""
        unit = _kept(request, code)
        data = self.read(VersionedInput, request.data or request.query_params)
        services.unit_alias_remove(user=request.user, unit_id=unit.pk, alias_id=pk, **data)
        return Response(_face(code))


def _kept(request: Request, code: str) -> Unit:
    """Return the unit, to whoever keeps the directory."""
    require_page(request.user, Page.DIRECTORY_EDIT)
    return reading.unit_get(code)


def _face(code: str) -> dict[str, Any]:
    return dict(UnitDetailOut(reading.unit_get(code)).data)


urlpatterns: list[URLPattern | URLResolver] = [
    path("units/", UnitsView.as_view(), name="api-units"),
    path("units/<slug:code>/", UnitView.as_view(), name="api-unit"),
    path("units/<slug:code>/aliases/", AliasesView.as_view(), name="api-unit-aliases"),
    path("units/<slug:code>/aliases/<int:pk>/", AliasView.as_view(), name="api-unit-alias"),
]
