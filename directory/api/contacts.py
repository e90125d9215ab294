"""``contacts/``: the directory over the API, by the pages' own services."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from directory.choices import ContactKind, ContactState
from directory.models import Contact
from directory.selectors import contacts as reading
from directory.selectors.units import unit_called
from directory.services import contacts as services
from directory.services.contact_care import contact_opened
from yangcheng_ec.access import require_page
from yangcheng_ec.api.inputs import CleanCharField, VersionedInput
from yangcheng_ec.api.pagination import ListPagination
from yangcheng_ec.errors import BadInput
from yangcheng_ec.permissions import Page

__all__ = ["ContactOut", "ContactView", "ContactsView", "contact_body", "valid"]


class ContactOut(serializers.ModelSerializer):
    """A contact as the reader may see it: ``value`` is masked where ``masked`` is true."""

    unit = serializers.CharField(source="unit.code")
    unit_name = serializers.CharField(source="unit.name")
    value = serializers.CharField(source="shown")
    masked = serializers.BooleanField()
    plan = serializers.CharField(source="plan_version.plan.code", default=None)
    preference = serializers.SerializerMethodField()
    verify_due_on = serializers.DateField()

    def get_preference(self, row: Contact) -> int | None:
        """Return its place in the unit's order of dialling, null where nobody gave it one."""
        return row.preference if row.ranked else None

    class Meta:
        model = Contact
        fields = [
            "id", "unit", "unit_name", "printed_name", "kind", "value", "masked", "person", "title", "plan", "appendix",
            "number_in_appendix", "preference", "state", "note", "verified_at", "verify_due_on", "version",
        ]  # fmt: skip


class ContactIn(serializers.Serializer):
    """A new contact. ``unit`` is a code, name or alias."""

    unit = CleanCharField(max_length=120)
    kind = serializers.ChoiceField(choices=ContactKind.choices, default=ContactKind.DUTY)
    value = CleanCharField(max_length=120)
    printed_name = CleanCharField(max_length=120, required=False, default="", allow_blank=True)
    person = CleanCharField(max_length=60, required=False, default="", allow_blank=True)
    title = CleanCharField(max_length=60, required=False, default="", allow_blank=True)
    note = CleanCharField(max_length=300, required=False, default="", allow_blank=True)


class ContactChange(VersionedInput):
    """What is changed, with the version it was read at. ``state: active`` brings a retired contact back."""

    kind = serializers.ChoiceField(choices=ContactKind.choices, required=False)
    value = CleanCharField(max_length=120, required=False)
    printed_name = CleanCharField(max_length=120, required=False)
    person = CleanCharField(max_length=60, required=False, allow_blank=True)
    title = CleanCharField(max_length=60, required=False, allow_blank=True)
    note = CleanCharField(max_length=300, required=False, allow_blank=True)
    state = serializers.ChoiceField(choices=[ContactState.ACTIVE.value], required=False)


class ContactRetire(VersionedInput):
    """Retiring needs a reason."""

    reason = CleanCharField(max_length=300)


class ContactSearchIn(serializers.Serializer):
    """The filters of the list."""

    q = CleanCharField(max_length=60, required=False, default="", allow_blank=True)
    plan = CleanCharField(max_length=40, required=False, default="", allow_blank=True)
    unit = CleanCharField(max_length=120, required=False, default="", allow_blank=True)
    kind = serializers.ChoiceField(choices=ContactKind.choices, required=False)
    state = serializers.ChoiceField(choices=ContactState.choices, required=False)


def valid(serializer: type[serializers.Serializer], data: Any) -> dict[str, Any]:
    """Return what was sent, checked."""
    checked = serializer(data=data)
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)


def contact_body(user: Any, row: Contact) -> dict[str, Any]:
    """Return a contact as the answer tells it, read again."""
    fresh = reading.contact_get(user, row.pk)
    return dict(ContactOut(fresh).data)


class ContactsView(APIView):
    """The directory's list, and adding to it."""

    pagination_class = ListPagination

    @extend_schema(parameters=[ContactSearchIn], responses=ContactOut(many=True), summary="查询通讯录")
    def get(self, request: Request) -> Response:
        """List contacts by name, alias, number, plan, unit, kind or state."""
        require_page(request.user, Page.DIRECTORY_VIEW, Page.DIRECTORY_EDIT)
        wanted = valid(ContactSearchIn, request.query_params)
        unit = wanted.pop("unit")
        code = getattr(unit_called(unit), "code", "-") if unit else ""
        rows = reading.contacts_found(request.user, query=wanted.pop("q"), unit=code, **wanted)
        pages = ListPagination()
        shown = reading.shown_to(request.user, pages.paginate_queryset(rows, request, view=self) or [])
        return pages.get_paginated_response(ContactOut(shown, many=True).data)

    @extend_schema(request=ContactIn, responses={201: ContactOut}, summary="新增联络方式")
    def post(self, request: Request) -> Response:
        """Add a contact the plans do not print."""
        require_page(request.user, Page.DIRECTORY_EDIT)
        data = valid(ContactIn, request.data)
        unit = unit_called(data.pop("unit"))
        if unit is None:
            raise BadInput("没有这个单位。", fields={"unit": ["名录中没有这个单位，请按代码、名称或别名填写。"]})
        row = services.contact_add(user=request.user, unit_id=unit.pk, **data)
        return Response(contact_body(request.user, row), status=status.HTTP_201_CREATED)


class ContactView(APIView):
    """One contact."""

    @extend_schema(responses=ContactOut, summary="查看联络方式")
    def get(self, request: Request, pk: int) -> Response:
        """Return one contact; that somebody looked at a private mobile is recorded."""
        row = reading.contact_get(request.user, pk)
        contact_opened(user=request.user, contact=row)
        return Response(ContactOut(row).data)

    @extend_schema(request=ContactChange, responses=ContactOut, summary="修改或恢复联络方式")
    def patch(self, request: Request, pk: int) -> Response:
        """Change a contact, or bring a retired one back."""
        reading.contact_get(request.user, pk)
        require_page(request.user, Page.DIRECTORY_EDIT)
        data = valid(ContactChange, request.data)
        version, state = data.pop("version"), data.pop("state", "")
        with transaction.atomic():
            if state:
                version = services.contact_restore(user=request.user, contact_id=pk, version=version).version
            if data:
                services.contact_edit(user=request.user, contact_id=pk, version=version, values=data)
        return Response(contact_body(request.user, Contact(pk=pk)))

    @extend_schema(
        request=ContactRetire,
        parameters=[OpenApiParameter("version", int), OpenApiParameter("reason", str)],
        responses={200: ContactOut},
        summary="停用联络方式（不删除）",
    )
    def delete(self, request: Request, pk: int) -> Response:
        """Retire a contact: it stays readable. ``version`` and ``reason`` come in the body or the address."""
        reading.contact_get(request.user, pk)
        require_page(request.user, Page.DIRECTORY_EDIT)
        data = valid(ContactRetire, request.data or request.query_params)
        row = services.contact_retire(user=request.user, contact_id=pk, **data)
        return Response(contact_body(request.user, row))
