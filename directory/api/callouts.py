"""``callouts/``: who must confirm what, how far it has come; confirming, and giving up, as the pages do."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from directory.selectors.callouts import callout_for, callouts_listed
from directory.services.callouts import callout_abandon, callout_answer
from yangcheng_ec.api.faces import iso
from yangcheng_ec.api.inputs import CleanCharField, MomentField
from yangcheng_ec.api.outputs import Moment
from yangcheng_ec.api.views import Endpoint
from yangcheng_ec.callout.choices import CalloutState, ConfirmedHow
from yangcheng_ec.callout.models import Callout

__all__ = ["urlpatterns"]

TAGS = ["叫应"]


class CalloutOut(serializers.Serializer):
    """One call-out: one cause, one target; its five rungs and the next step."""

    id = serializers.IntegerField()
    case = serializers.CharField(help_text="案卷编号")
    kind = serializers.CharField()
    title = serializers.CharField()
    target = serializers.CharField(help_text="unit:… 或 user:…")
    label = serializers.CharField()  # type: ignore[assignment]
    state = serializers.ChoiceField(choices=CalloutState.choices)
    drill = serializers.BooleanField()
    created_at = Moment(allow_null=False)
    sent_at = Moment()
    delivered_at = Moment()
    confirmed_at = Moment()
    confirmed_by = serializers.CharField(allow_blank=True)
    confirmed_how = serializers.ChoiceField(choices=ConfirmedHow.choices, allow_blank=True)
    leader_informed_at = Moment()
    leader = serializers.CharField(allow_blank=True)
    measures_reported_at = Moment()
    next_step_at = Moment()
    reason = serializers.CharField(allow_blank=True, help_text="放弃叫应的理由")


class CalloutsQuery(serializers.Serializer):
    """The list's filters."""

    unconfirmed = serializers.BooleanField(required=False, default=False, help_text="只列还在叫应的")
    case = CleanCharField(max_length=60, required=False, allow_blank=True, default="", help_text="案卷编号")


class CalloutConfirmInput(serializers.Serializer):
    """One's own confirmation needs nothing; the office names whoever answered (代录)."""

    person = CleanCharField(max_length=60, required=False, allow_blank=True, default="")
    leader = CleanCharField(max_length=60, required=False, allow_blank=True, default="")
    done_at = MomentField(required=False, allow_null=True, default=None)
    fax = serializers.BooleanField(required=False, default=False, help_text="凭传真回执")


class CalloutGiveUpInput(serializers.Serializer):
    """Why nobody calls any more."""

    reason = CleanCharField(max_length=500)


def _face(row: Callout) -> dict[str, Any]:
    ahead = getattr(row, "ahead", None)
    return {
        "id": row.pk,
        "case": row.cause.head.key,
        "kind": row.cause.kind,
        "title": row.cause.title,
        "target": row.target_key,
        "label": row.label,
        "state": row.state,
        "drill": row.cause.drill,
        "created_at": iso(row.created_at),
        "sent_at": iso(row.sent_at),
        "delivered_at": iso(row.delivered_at),
        "confirmed_at": iso(row.confirmed_at),
        "confirmed_by": row.confirmed_by,
        "confirmed_how": row.confirmed_how,
        "leader_informed_at": iso(row.leader_at),
        "leader": row.leader_name,
        "measures_reported_at": iso(row.measures_at),
        "next_step_at": iso(ahead[0].fire_at) if ahead else None,
        "reason": row.reason,
    }


def _read(user: Any, pk: int) -> dict[str, Any]:
    row = callout_for(user, pk)
    row.ahead = list(row.steps.filter(state="pending"))  # type: ignore[attr-defined]
    return _face(row)


class CalloutsView(Endpoint):
    """The call-outs the caller may see."""

    @extend_schema(
        tags=TAGS,
        summary="叫应：最新的在前",
        operation_id="callouts_list",
        parameters=[CalloutsQuery],
        responses=CalloutOut(many=True),
    )
    def get(self, request: Request) -> Response:
        """List them, the newest first."""
        wanted = self.read(CalloutsQuery, request.query_params)
        return self.page(callouts_listed(request.user, **wanted), _face)


class CalloutConfirmView(Endpoint):
    """Confirming."""

    @extend_schema(
        tags=TAGS,
        summary="确认收到",
        operation_id="callouts_confirm",
        request=CalloutConfirmInput,
        responses=CalloutOut,
    )
    def post(self, request: Request, pk: int) -> Response:
        """Confirm as the target, or for it (the plan's office)."""
        callout_answer(callout_id=pk, user=request.user, **self.read(CalloutConfirmInput))
        return Response(_read(request.user, pk))


class CalloutGiveUpView(Endpoint):
    """Giving up."""

    @extend_schema(
        tags=TAGS,
        summary="放弃叫应（须写理由，非预案规定）",
        operation_id="callouts_give_up",
        request=CalloutGiveUpInput,
        responses=CalloutOut,
    )
    def post(self, request: Request, pk: int) -> Response:
        """Give it up as the plan's office."""
        callout_abandon(callout_id=pk, user=request.user, **self.read(CalloutGiveUpInput))
        return Response(_read(request.user, pk))


urlpatterns: list[URLPattern] = [
    path("callouts/", CalloutsView.as_view(), name="api-callouts"),
    path("callouts/<int:pk>/confirm/", CalloutConfirmView.as_view(), name="api-callout-confirm"),
    path("callouts/<int:pk>/give-up/", CalloutGiveUpView.as_view(), name="api-callout-give-up"),
]
