"""``rosters/<code>/handoffs/`` and ``rosters/<code>/log/``: hand-offs and the duty log, by the pages' services."""

from __future__ import annotations

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from directory.api.roster_faces import DutyLogOut, HandoffOut
from directory.api.rosters import KEY_HEADER, TAGS, RosterEndpoint
from directory.models import DutyLogEntry, Roster
from directory.selectors import handoffs as reading
from directory.services import duty_log as log_services, handoffs as services
from yangcheng_ec.api.inputs import LongTextField, MomentField, OptionalLongText, OptionalText, VersionedInput
from yangcheng_ec.api.pagination import CursorList

__all__ = ["HandoffSignView", "HandoffView", "HandoffsView", "LogView"]


class HandoffIn(serializers.Serializer):
    """What is handed over. ``from_slot`` is the turn that gives; ``version`` the one read, 0 for a new one."""

    from_slot = serializers.IntegerField(min_value=1)
    text = OptionalLongText()
    version = serializers.IntegerField(min_value=0, max_value=1_000_000_000, default=0)


class HandoffSignIn(VersionedInput):
    """A signature; the taker may add a note."""

    note = OptionalText(max_length=300)


class LogIn(serializers.Serializer):
    """A line of the log. ``at``: which minute, now by default; ``corrects``: the id of the line it corrects."""

    text = LongTextField()
    at = MomentField(required=False, allow_null=True, default=None)
    corrects = serializers.IntegerField(min_value=1, required=False, allow_null=True, default=None)


class HandoffsView(RosterEndpoint):
    """Hand-offs."""

    @extend_schema(
        tags=TAGS, summary="交接班记录", operation_id="rosters_handoffs_list", responses=HandoffOut(many=True)
    )
    def get(self, request: Request, code: str) -> Response:
        """List the hand-offs, newest first."""
        _, roster = self.opened(code)
        return self.page(reading.handoffs_of(roster), lambda row: dict(HandoffOut(row).data))

    @extend_schema(
        tags=TAGS,
        summary="写交接班",
        operation_id="rosters_handoff_begin",
        parameters=[KEY_HEADER],
        request=HandoffIn,
        responses={201: HandoffOut},
    )
    def post(self, request: Request, code: str) -> Response:
        """Write down what a turn hands to the next, with what is open now; again until somebody signs."""
        _, roster = self.opened(code)
        data = self.read(HandoffIn)
        pk, made = self.once(
            "roster.handoff",
            code,
            data,
            lambda: services.handoff_begin(
                user=request.user,
                code=code,
                from_slot_id=data["from_slot"],
                text=data["text"],
                version=data["version"],
            ),
        )
        return Response(HandoffOut(reading.handoff_get(roster, pk)).data, status=made)


class HandoffView(RosterEndpoint):
    """One hand-off."""

    @extend_schema(tags=TAGS, summary="一次交接班", operation_id="rosters_handoff_read", responses=HandoffOut)
    def get(self, request: Request, code: str, pk: int) -> Response:
        """Return a hand-off as it was written down."""
        _, roster = self.opened(code)
        return Response(HandoffOut(reading.handoff_get(roster, pk)).data)


class HandoffSignView(RosterEndpoint):
    """A signature under a hand-off."""

    @extend_schema(
        tags=TAGS,
        summary="交接班签字",
        operation_id="rosters_handoff_sign",
        request=HandoffSignIn,
        responses=HandoffOut,
    )
    def post(self, request: Request, code: str, pk: int) -> Response:
        """Sign: somebody of the turn that gives first, then another person of the turn that takes."""
        _, roster = self.opened(code)
        services.handoff_sign(user=request.user, code=code, handoff_id=pk, **self.read(HandoffSignIn))
        return Response(HandoffOut(reading.handoff_get(roster, pk)).data)


class LogView(RosterEndpoint):
    """The duty log."""

    pagination_class = CursorList

    @extend_schema(tags=TAGS, summary="值班日志", operation_id="rosters_log_list", responses=DutyLogOut(many=True))
    def get(self, request: Request, code: str) -> Response:
        """List the log, newest first, by cursor."""
        _, roster = self.opened(code)
        return self.page(_lines(roster), lambda row: dict(DutyLogOut(row).data))

    @extend_schema(
        tags=TAGS,
        summary="记值班日志",
        operation_id="rosters_log_add",
        parameters=[KEY_HEADER],
        request=LogIn,
        responses={201: DutyLogOut},
    )
    def post(self, request: Request, code: str) -> Response:
        """Add a line; nothing is ever changed, a correction is a further line."""
        _, roster = self.opened(code)
        data = self.read(LogIn)
        pk, made = self.once(
            "roster.log",
            code,
            data,
            lambda: log_services.log_add(
                user=request.user, code=code, text=data["text"], at=data["at"], corrects_id=data["corrects"]
            ),
        )
        return Response(DutyLogOut(_lines(roster).get(pk=pk)).data, status=made)


def _lines(roster: Roster) -> QuerySet[DutyLogEntry]:
    return DutyLogEntry.objects.filter(roster=roster).select_related("by").order_by("-at", "-id")
