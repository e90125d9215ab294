"""附件 over the API: the same services and rights as the pages."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.parsers import MultiPartParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.api.cases import KEY_HEADER
from incidents.models import Attachment
from incidents.selectors import incident_for
from incidents.selectors.attachments import attachment_for, attachments_of
from incidents.services.attachments import STORE, Addition, attachment_add, attachment_withdraw
from yangcheng_ec.api.faces import iso
from yangcheng_ec.api.inputs import CleanCharField
from yangcheng_ec.api.outputs import Moment
from yangcheng_ec.api.views import Endpoint
from yangcheng_ec.uploads import FileKind, ScanState, Upload, cap_upload, download, files_of

__all__ = ["AttachmentFileView", "AttachmentWithdrawView", "AttachmentsView"]

TAGS = ["附件"]


class AttachmentInput(serializers.Serializer):
    """Files and a note; ``report`` is the serial of a report that is not signed yet."""

    files = serializers.ListField(
        child=serializers.FileField(), required=False, help_text="一个或几个文件，同名字段重复提交；一次最多 10 个"
    )
    note = CleanCharField(max_length=300, required=False, default="", allow_blank=True)
    report = serializers.IntegerField(
        required=False,
        allow_null=True,
        default=None,
        min_value=1,
        max_value=9999,
        help_text="报告序号；不填为事件的附件",
    )


class AttachmentWithdrawInput(serializers.Serializer):
    """Why it is taken from view."""

    reason = CleanCharField(max_length=300)


class AttachmentOut(serializers.Serializer):
    """One attachment."""

    id = serializers.IntegerField()
    report = serializers.IntegerField(allow_null=True, help_text="报告序号；null：事件的附件")
    name = serializers.CharField()
    size = serializers.IntegerField(help_text="字节")
    sha256 = serializers.CharField()
    kind = serializers.ChoiceField(choices=FileKind.choices)
    content_type = serializers.CharField()
    marks = serializers.ListField(child=serializers.CharField(), help_text="打开前应知道的：有密码、含宏")
    scan = serializers.ChoiceField(choices=ScanState.choices)
    note = serializers.CharField(allow_blank=True)
    uploaded_by = serializers.CharField()
    uploaded_as = serializers.CharField(allow_blank=True)
    recorded_at = Moment(allow_null=False)
    withdrawn_at = Moment(help_text="null：没有撤下")
    withdrawn_reason = serializers.CharField(allow_blank=True)


def attachment_face(row: Attachment) -> dict[str, Any]:
    """Return one attachment as it is answered."""
    names = ("name", "size", "sha256", "kind", "content_type", "marks", "scan", "note", "uploaded_as")
    return {
        "id": row.pk,
        "report": row.report.serial if row.report else None,
        **{name: getattr(row, name) for name in names},
        "uploaded_by": row.uploaded_by.display_name,
        "recorded_at": iso(row.recorded_at),
        "withdrawn_at": iso(row.withdrawn_at),
        "withdrawn_reason": row.withdrawn_reason,
    }


class AttachmentsView(Endpoint):
    """The attachments of a case and of its reports."""

    parser_classes = [MultiPartParser]

    def initialize_request(self, request: Any, *args: Any, **kwargs: Any) -> Request:
        """Set the limits before anything reads the body."""
        cap_upload(request)
        return super().initialize_request(request, *args, **kwargs)

    @extend_schema(
        tags=TAGS,
        summary="一起事件的附件",
        operation_id="incidents_attachments_list",
        responses=AttachmentOut(many=True),
    )
    def get(self, request: Request, number: str) -> Response:
        """List the attachments this account may see, the newest first."""
        return self.page(attachments_of(request.user, incident_for(request.user, number)), attachment_face)

    @extend_schema(
        tags=TAGS,
        summary="添加附件",
        description="全部保存，或一个也不保存。已签发的报告不能再加附件。",
        operation_id="incidents_attachments_add",
        parameters=[KEY_HEADER],
        request={"multipart/form-data": AttachmentInput},
        responses={201: AttachmentOut(many=True)},
    )
    def post(self, request: Request, number: str) -> Response:
        """Add files to a case, or to a report that is not signed yet."""
        incident = incident_for(request.user, number)
        typed: Any = request.data
        data = self.read(AttachmentInput, {name: typed[name] for name in ("note", "report") if typed.get(name)})
        uploads = (Upload(file.name or "", file.read()) for file in files_of(request._request))
        addition = Addition(files=uploads, note=data["note"], report=data["report"])
        rows = attachment_add(incident_id=incident.pk, user=request.user, addition=addition, key=self.key(request))
        return Response([attachment_face(row) for row in rows], status=status.HTTP_201_CREATED)


class _AnyFile(BaseRenderer):
    """Whoever asks for any media type gets the file; errors are JSON all the same."""

    media_type = "*/*"
    format = "file"

    def render(self, data: Any, media_type: str | None = None, context: Any = None) -> bytes:
        """Return an error's words as JSON."""
        answer: bytes = JSONRenderer().render(data)
        return answer


class AttachmentFileView(Endpoint):
    """The file itself."""

    renderer_classes = (JSONRenderer, _AnyFile)

    @extend_schema(
        tags=TAGS,
        summary="下载附件",
        operation_id="incidents_attachments_file",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, number: str, pk: int) -> FileResponse:
        """Return the bytes, if they still are the ones that were kept."""
        row = attachment_for(request.user, number, pk)
        return download(STORE.opened(row.sha256, row.sha256), name=row.name, mime=row.content_type)


class AttachmentWithdrawView(Endpoint):
    """撤下."""

    @extend_schema(
        tags=TAGS,
        summary="撤下附件",
        operation_id="incidents_attachments_withdraw",
        request=AttachmentWithdrawInput,
        responses=AttachmentOut,
    )
    def post(self, request: Request, number: str, pk: int) -> Response:
        """Take an attachment from view with a reason; the file stays."""
        row = attachment_for(request.user, number, pk)
        done = attachment_withdraw(attachment_id=row.pk, user=request.user, **self.read(AttachmentWithdrawInput))
        return Response(attachment_face(done))
