"""``contacts/import/`` and ``contacts/export/``: the same services, limits and words as the pages."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from directory.models import ContactSheet
from directory.selectors import contact_sheets as reading
from directory.services import contact_sheets as services
from directory.sheets.choices import ColumnRole, ItemState, SheetState
from directory.sheets.uploads import cap_upload, content_of
from directory.views.sheets import XLSX, people_answer, workbook_answer
from yangcheng_ec.access import require_page
from yangcheng_ec.api.inputs import CleanCharField, VersionedInput
from yangcheng_ec.permissions import Page

__all__ = [
    "ContactExportView",
    "ContactImportView",
    "ContactSheetView",
    "ContactSheetWriteView",
    "PeopleExportView",
]


class SheetFault(serializers.Serializer):
    """What is wrong at a cell."""

    cell = serializers.CharField()
    text = serializers.CharField()


class SheetChange(serializers.Serializer):
    """One field: old and new."""

    field = serializers.CharField()
    was = serializers.CharField(allow_blank=True)
    now = serializers.CharField()


class SheetTarget(serializers.Serializer):
    """A contact that a line changes."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    changes = SheetChange(many=True)


class SheetAppointment(serializers.Serializer):
    """An appointment that a line would enter; it waits for the second person. Empty ``starts_at``: on writing."""

    name = serializers.CharField()
    account = serializers.CharField()
    title = serializers.CharField(allow_blank=True)
    post = serializers.CharField()
    post_code = serializers.CharField()
    starts_at = serializers.CharField(allow_blank=True)
    ends_at = serializers.CharField(allow_blank=True)


class SheetItem(serializers.Serializer):
    """One line of the preview."""

    row = serializers.IntegerField()
    cell = serializers.CharField()
    state = serializers.ChoiceField(choices=ItemState.choices)
    unit = serializers.CharField(allow_blank=True)
    kind = serializers.CharField(allow_blank=True)
    value = serializers.CharField(allow_blank=True)
    targets = SheetTarget(many=True, required=False)
    appointment = SheetAppointment(required=False)
    errors = SheetFault(many=True, required=False)  # type: ignore[assignment]
    notes = serializers.ListField(child=serializers.CharField(), required=False)


class ContactSheetOut(serializers.ModelSerializer):
    """An uploaded sheet and what it would change; ``columns`` says which column was read as what."""

    columns = serializers.DictField(child=serializers.ChoiceField(choices=ColumnRole.choices))
    items = SheetItem(many=True)
    sheets = serializers.SerializerMethodField()
    state = serializers.ChoiceField(choices=SheetState.choices)

    class Meta:
        model = ContactSheet
        fields = [
            "id", "file_name", "sha256", "sheets", "sheet", "header_row", "header_rows", "columns", "plan", "items",
            "state", "version",
        ]  # fmt: skip

    def get_sheets(self, sheet: ContactSheet) -> list[str]:
        """Return the sheets there are to choose from."""
        return reading.sheet_names(sheet)


class ContactSheetIn(serializers.Serializer):
    """The file: .xlsx, or .csv in UTF-8 or GB18030."""

    file = serializers.FileField()


class ContactSheetLayoutIn(VersionedInput):
    """How the sheet is to be read: columns by letter, each with its role."""

    sheet = CleanCharField(max_length=120)
    header_row = serializers.IntegerField(min_value=1, max_value=1_048_576)
    header_rows = serializers.IntegerField(min_value=1, max_value=2, default=1)
    columns = serializers.DictField(child=serializers.ChoiceField(choices=ColumnRole.choices, allow_blank=True))
    plan = CleanCharField(max_length=40, required=False, default="", allow_blank=True)


def _valid(serializer: type[serializers.Serializer], data: Any) -> dict[str, Any]:
    checked = serializer(data=data)
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)


class ContactImportView(APIView):
    """Uploading a sheet: the answer says what it would change, nothing is written yet."""

    parser_classes = [MultiPartParser]

    def initialize_request(self, request: Any, *args: Any, **kwargs: Any) -> Request:
        """Set the size limit before anything reads the body."""
        cap_upload(request)
        return super().initialize_request(request, *args, **kwargs)

    @extend_schema(
        request={"multipart/form-data": ContactSheetIn},
        responses={201: ContactSheetOut},
        summary="上传联络表，预览改动",
    )
    def post(self, request: Request) -> Response:
        """Read a sheet and return its preview."""
        require_page(request.user, Page.DIRECTORY_EDIT)
        name, content = content_of(request._request, request.data)
        sheet = services.sheet_upload(user=request.user, file_name=name, content=content)
        return Response(ContactSheetOut(sheet).data, status=status.HTTP_201_CREATED)


class ContactSheetView(APIView):
    """An uploaded sheet."""

    @extend_schema(responses=ContactSheetOut, summary="查看上传的联络表及其预览")
    def get(self, request: Request, pk: int) -> Response:
        """Return the preview."""
        return Response(ContactSheetOut(reading.sheet_get(request.user, pk)).data)

    @extend_schema(request=ContactSheetLayoutIn, responses=ContactSheetOut, summary="另选工作表、表头或列，重新预览")
    def patch(self, request: Request, pk: int) -> Response:
        """Read the sheet another way."""
        reading.sheet_get(request.user, pk)
        layout = _valid(ContactSheetLayoutIn, request.data)
        return Response(ContactSheetOut(services.sheet_map(user=request.user, sheet_id=pk, **layout)).data)


class ContactSheetWriteView(APIView):
    """Writing what the preview says."""

    @extend_schema(request=VersionedInput, responses=ContactSheetOut, summary="按预览写入通讯录")
    def post(self, request: Request, pk: int) -> Response:
        """Write every addition and change, or nothing."""
        reading.sheet_get(request.user, pk)
        version = _valid(VersionedInput, request.data)["version"]
        return Response(ContactSheetOut(services.sheet_write(user=request.user, sheet_id=pk, version=version)).data)


class _AnyAccept(BaseContentNegotiation):
    """Whoever asks for the workbook by its own media type gets it; errors are JSON all the same."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        """Return the first parser."""
        return parsers[0]

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        """Return the first renderer."""
        return renderers[0], renderers[0].media_type


class ContactExportView(APIView):
    """The directory as a workbook."""

    content_negotiation_class = _AnyAccept

    @extend_schema(responses={(200, XLSX): OpenApiTypes.BINARY}, summary="导出通讯录（Excel）")
    def get(self, request: Request) -> HttpResponse:
        """Return what the reader may see, masked as on the screen; who took it is recorded."""
        require_page(request.user, Page.DIRECTORY_VIEW, Page.DIRECTORY_EDIT)
        request._request.user = request.user
        return workbook_answer(request._request)


class PeopleExportIn(serializers.Serializer):
    """Which form."""

    form = serializers.ChoiceField(choices=["xlsx", "csv"], default="xlsx")


class PeopleExportView(APIView):
    """Who holds which post, as a sheet."""

    content_negotiation_class = _AnyAccept

    @extend_schema(
        parameters=[PeopleExportIn],
        responses={(200, XLSX): OpenApiTypes.BINARY, (200, "text/csv"): OpenApiTypes.BINARY},
        summary="导出人员和任职（Excel、CSV）",
    )
    def get(self, request: Request) -> HttpResponse:
        """Return who holds which post now or later, and what waits; who took it is recorded."""
        require_page(request.user, Page.APPOINTMENT_ENTER, Page.RESPONSES)
        form = _valid(PeopleExportIn, request.query_params)["form"]
        request._request.user = request.user
        return people_answer(request._request, form)
