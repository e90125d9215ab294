"""``record/`` and ``record/verify/``, for the auditor."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, inline_serializer
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from directory.selectors import record as reading
from yangcheng_ec.access import require_page
from yangcheng_ec.api.inputs import CleanCharField
from yangcheng_ec.permissions import Page
from yangcheng_ec.record.models import RecordEntry

__all__ = ["RecordVerifyView", "RecordView"]


class EntryOut(serializers.ModelSerializer):
    """One line of the record."""

    case = serializers.CharField(source="head.key")
    actor = serializers.CharField(source="actor_name")

    class Meta:
        model = RecordEntry
        fields = [
            "case", "seq", "kind", "done_at", "recorded_at", "late_entry", "actor", "actor_post", "clause",
            "subject_type", "subject_id", "text", "data", "prev_hash", "hash",
        ]  # fmt: skip


class RecordSearchIn(serializers.Serializer):
    """The filters of the list; ``kind`` is the first word of an entry's kind, for example ``incident``."""

    case = CleanCharField(max_length=60, required=False)
    person = CleanCharField(max_length=60, required=False)
    kind = serializers.ChoiceField(choices=list(reading.KINDS.items()), required=False)
    text = CleanCharField(max_length=60, required=False)
    since = serializers.DateField(required=False)
    until = serializers.DateField(required=False)


class RecordView(generics.GenericAPIView):
    """The whole record, newest first."""

    serializer_class = EntryOut
    queryset = RecordEntry.objects.none()
    filter_backends: list[Any] = []

    @extend_schema(parameters=[RecordSearchIn], responses=EntryOut(many=True), summary="查询记录（审计员）")
    def get(self, request: Request) -> Response:
        """Search the record by case, person, kind, words and dates."""
        require_page(request.user, Page.RECORD_ALL)
        wanted = RecordSearchIn(data=request.query_params)
        wanted.is_valid(raise_exception=True)
        rows = reading.entries_found(request.user, **wanted.validated_data)
        return self.get_paginated_response(EntryOut(self.paginate_queryset(rows), many=True).data)


class RecordVerifyView(APIView):
    """Whether every chain is whole."""

    @extend_schema(
        summary="核验全部记录（审计员）",
        responses=inline_serializer(
            "RecordVerification",
            {
                "ok": serializers.BooleanField(),
                "chains": serializers.IntegerField(),
                "entries": serializers.IntegerField(),
                "faults": serializers.ListField(child=serializers.DictField()),
            },
        ),
    )
    def get(self, request: Request) -> Response:
        """Check all chains."""
        require_page(request.user, Page.RECORD_ALL)
        result = reading.verify_all()
        faults = [{"case": fault.head, "seq": fault.seq, "reason": fault.reason} for fault in result.faults]
        return Response({"ok": result.ok, "chains": result.chains, "entries": result.entries, "faults": faults})
