"""``notices/``: the caller's own notices, and the outbox for who looks after it; as the pages show them."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from directory.selectors.calls import inbox_listed
from directory.selectors.outbox import progress_of
from yangcheng_ec.access import require_page
from yangcheng_ec.api.faces import iso
from yangcheng_ec.api.outputs import Moment
from yangcheng_ec.api.views import Endpoint
from yangcheng_ec.deadlines.choices import Channel
from yangcheng_ec.deadlines.models import Notice
from yangcheng_ec.deadlines.selectors import ChannelLine, outbox_overview
from yangcheng_ec.permissions import Page

__all__ = ["urlpatterns"]

TAGS = ["通知"]


class NoticeOut(serializers.Serializer):
    """One notice to the caller."""

    id = serializers.IntegerField()
    kind = serializers.CharField()
    title = serializers.CharField()
    body = serializers.CharField(allow_blank=True)
    case = serializers.CharField(allow_blank=True, help_text="案卷编号")
    url = serializers.CharField(allow_blank=True)
    clause = serializers.CharField(allow_blank=True)
    urgent = serializers.BooleanField()
    drill = serializers.BooleanField()
    confirm = serializers.BooleanField(help_text="须确认收到（叫应）")
    created_at = Moment(allow_null=False)
    opened_at = Moment()


class OutboxChannelOut(serializers.Serializer):
    """One channel of the outbox; sent, doubtful: of the last day; rate: a minute, of the last ten."""

    channel = serializers.ChoiceField(choices=Channel.choices)
    ready = serializers.BooleanField(help_text="服务器上有这个渠道的设置")
    on = serializers.BooleanField()
    down_since = Moment()
    queued = serializers.IntegerField()
    oldest = Moment()
    sent = serializers.IntegerField()
    rate = serializers.FloatField()
    doubtful = serializers.IntegerField(help_text="可能重复")
    keyed = serializers.BooleanField(help_text="对方凭编号去重")
    dead = serializers.IntegerField(help_text="未能送出")


class OutboxOut(serializers.Serializer):
    """The outbox, a line per channel."""

    channels = OutboxChannelOut(many=True)


class CauseProgressLineOut(serializers.Serializer):
    """How one channel carries a cause's notices."""

    channel = serializers.ChoiceField(choices=Channel.choices)
    total = serializers.IntegerField()
    queued = serializers.IntegerField()
    sent = serializers.IntegerField()
    dead = serializers.IntegerField()
    settled = serializers.IntegerField()
    doubtful = serializers.IntegerField()


class CauseProgressOut(serializers.Serializer):
    """How far the notices of one cause have come."""

    notices = serializers.IntegerField()
    opened = serializers.IntegerField()
    first_at = Moment()
    channels = CauseProgressLineOut(source="lines", many=True)


def _notice(row: Notice) -> dict[str, Any]:
    names = ("id", "kind", "title", "body", "url", "clause", "urgent", "drill", "confirm")
    facts = {name: getattr(row, name) for name in names}
    return {
        **facts, "case": row.head.key if row.head else "", "created_at": iso(row.created_at),
        "opened_at": iso(row.opened_at),
    }  # fmt: skip


def _line(line: ChannelLine) -> dict[str, Any]:
    names = ("ready", "on", "queued", "sent", "rate", "doubtful", "keyed", "dead")
    return {
        **{name: getattr(line, name) for name in names},
        "channel": line.channel.value,
        "oldest": iso(line.oldest),
        "down_since": iso(line.health.down_since) if line.health else None,
    }


class NoticesView(Endpoint):
    """The caller's notices."""

    @extend_schema(
        tags=TAGS,
        summary="我的通知",
        operation_id="notices_list",
        parameters=[OpenApiParameter("unread", bool, description="只列未打开的")],
        responses=NoticeOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """List the caller's own notices: unread and urgent first. Opening one is done on its page."""
        unread = request.query_params.get("unread", "").lower() in ("1", "true")
        return self.page(inbox_listed(request.user, unread_only=unread), _notice)


class OutboxView(Endpoint):
    """The outbox."""

    @extend_schema(tags=TAGS, summary="发件箱：各渠道现状", operation_id="notices_outbox", responses=OutboxOut)
    def get(self, request: Request) -> Response:
        """Read each channel: what waits, went out, is in doubt, is dead, and whether it works."""
        require_page(request.user, Page.CALL_SHEET, Page.RECORD_ALL)
        return Response({"channels": [_line(line) for line in outbox_overview()]})


class ProgressView(Endpoint):
    """One cause's notices."""

    @extend_schema(
        tags=TAGS,
        summary="一件事的通知送到哪一步",
        operation_id="notices_progress",
        parameters=[OpenApiParameter("kind", str, description="只看一类通知，例如 warning.published")],
        responses=CauseProgressOut,
    )
    def get(self, request: Request, subject: str, pk: int) -> Response:
        """Read how far the notices of one subject have come."""
        found = progress_of(request.user, subject, pk, request.query_params.get("kind", "")[:40])
        return Response(CauseProgressOut(found).data)


urlpatterns: list[URLPattern] = [
    path("notices/", NoticesView.as_view(), name="api-notices"),
    path("notices/outbox/", OutboxView.as_view(), name="api-notices-outbox"),
    path("notices/progress/<slug:subject>/<int:pk>/", ProgressView.as_view(), name="api-notices-progress"),
]
