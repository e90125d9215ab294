"""``contacts/conflicts/`` and what keepers do with one number: verify, undo, reveal."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from directory.api.contacts import ContactOut, contact_body, valid
from directory.selectors import contacts as reading
from directory.selectors.conflicts import Conflict
from directory.selectors.units import unit_called
from directory.services import contact_care as services
from directory.services.contacts import contact_verify
from yangcheng_ec.access import require_page
from yangcheng_ec.api.inputs import CleanCharField, VersionedInput
from yangcheng_ec.api.pagination import ListPagination
from yangcheng_ec.errors import BadInput
from yangcheng_ec.permissions import Page

__all__ = ["ContactConflictsView", "ContactPreferView", "ContactRevealView", "ContactUndoView", "ContactVerifyView"]


class ContactRulingOut(serializers.Serializer):
    """Which of the two numbers is dialled first, who ruled so, when and why."""

    chosen = serializers.IntegerField(source="chosen_id")
    value = serializers.CharField(source="chosen.value")
    reason = serializers.CharField()
    ruled_by = serializers.CharField(source="ruled_by.display_name")
    ruled_at = serializers.DateTimeField()
    version = serializers.IntegerField()


class ContactConflictOut(serializers.Serializer):
    """Two unequal printed numbers of one unit. ``ruling`` is null until somebody ruled."""

    unit = serializers.CharField(source="unit.code")
    unit_name = serializers.CharField(source="unit.name")
    verified = serializers.BooleanField()
    contacts = ContactOut(source="sides", many=True)
    ruling = ContactRulingOut(allow_null=True)


class ContactRulingIn(serializers.Serializer):
    """A ruling on a pair. ``versions``: both contacts' ids with the versions read; ``version``: the ruling's, or 0.

    ``unit`` is a code, name or alias, ``chosen`` the id of one of the two contacts.
    """

    unit = CleanCharField(max_length=120)
    versions = serializers.DictField(child=serializers.IntegerField(min_value=1))
    chosen = serializers.IntegerField(min_value=1)
    reason = CleanCharField(max_length=300)
    version = serializers.IntegerField(min_value=0, default=0)

    def validate_versions(self, value: dict[str, int]) -> dict[int, int]:
        """Turn the keys into ids."""
        if len(value) != 2 or not all(key.isdecimal() and len(key) < 12 for key in value):
            raise serializers.ValidationError('请写两个联络方式的编号和版本，例如 {"12": 1, "57": 1}。')
        return {int(key): version for key, version in value.items()}


class ContactConflictsView(APIView):
    """Where the two plans print different numbers for one unit, and what was ruled."""

    pagination_class = ListPagination

    @extend_schema(summary="两个预案号码不一致的单位", responses=ContactConflictOut(many=True))
    def get(self, request: Request) -> Response:
        """List the pairs of unequal numbers."""
        require_page(request.user, Page.DIRECTORY_VIEW, Page.DIRECTORY_EDIT)
        results = ContactConflictOut(reading.conflicts(request.user), many=True).data
        return Response({"count": len(results), "next": None, "previous": None, "results": results})

    @extend_schema(summary="裁定先拨哪一个号码", request=ContactRulingIn, responses={201: ContactConflictOut})
    def post(self, request: Request) -> Response:
        """Rule which number of a pair is dialled first; a new ruling replaces the old one."""
        require_page(request.user, Page.DIRECTORY_EDIT)
        data = valid(ContactRulingIn, request.data)
        seen, chosen, unit = data["versions"], data["chosen"], unit_called(data["unit"])
        if unit is None:
            raise BadInput("没有这个单位。", fields={"unit": ["名录中没有这个单位，请按代码、名称或别名填写。"]})
        if chosen not in seen:
            raise BadInput("裁定没有保存，请更正。", fields={"chosen": ["请写 versions 里两个编号之一。"]})
        services.contact_rule_conflict(
            user=request.user, unit_code=unit.code, seen=seen, chosen_id=chosen, reason=data["reason"],
            version=data["version"],
        )  # fmt: skip
        return Response(ContactConflictOut(_pair(request.user, unit.code, seen)).data, status=status.HTTP_201_CREATED)


def _pair(user: Any, unit: str, seen: dict[int, int]) -> Conflict:
    pairs = reading.conflicts(user)
    return next(p for p in pairs if p.unit.code == unit and {side.pk for side in p.sides} == set(seen))


class ContactVerifyView(APIView):
    """A number that was called."""

    @extend_schema(request=VersionedInput, responses=ContactOut, summary="记为已打通核实")
    def post(self, request: Request, pk: int) -> Response:
        """Mark a number as called and found right."""
        reading.contact_get(request.user, pk)
        row = contact_verify(user=request.user, contact_id=pk, version=valid(VersionedInput, request.data)["version"])
        return Response(contact_body(request.user, row))


class ContactPreferIn(VersionedInput):
    """The place in the unit's order of dialling, 1 first; null takes it out of the order."""

    place = serializers.IntegerField(min_value=1, max_value=1000, allow_null=True)


class ContactPreferView(APIView):
    """The order in which a unit's numbers are dialled."""

    @extend_schema(request=ContactPreferIn, responses=ContactOut, summary="指定本单位内的拨打顺序")
    def post(self, request: Request, pk: int) -> Response:
        """Give a number its place in its unit's order of dialling; the others move up or down."""
        reading.contact_get(request.user, pk)
        data = valid(ContactPreferIn, request.data)
        row = services.contact_prefer(user=request.user, contact_id=pk, **data)
        return Response(contact_body(request.user, row))


class ContactUndoView(APIView):
    """The last change of a contact."""

    @extend_schema(request=VersionedInput, responses=ContactOut, summary="撤销上一次修改")
    def post(self, request: Request, pk: int) -> Response:
        """Put back what the last edit changed."""
        reading.contact_get(request.user, pk)
        row = services.contact_undo(
            user=request.user, contact_id=pk, version=valid(VersionedInput, request.data)["version"]
        )
        return Response(contact_body(request.user, row))


class ContactRevealView(APIView):
    """A masked number."""

    @extend_schema(request=None, responses=ContactOut, summary="显示全号（谁看过会记下来）")
    def post(self, request: Request, pk: int) -> Response:
        """Show a masked number in full; who looked is recorded."""
        return Response(ContactOut(services.contact_reveal(user=request.user, contact_id=pk)).data)
