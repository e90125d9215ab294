"""``rosters/`` and ``roster/now/``: rosters, one turn, swaps; by the pages' own services."""

from __future__ import annotations

import re
from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from directory.api.roster_faces import NowOut, RosterMonthOut, RosterOut, SlotSavedOut, SwapOut
from directory.choices import DutyRole, Shift
from directory.models import DutyMode, Roster, SlotSwap, User
from directory.selectors import roster as reading
from directory.selectors.roster_month import YEARS, month_called, month_of
from directory.services import roster as services, swaps as swap_services
from yangcheng_ec.access import require_page
from yangcheng_ec.api.inputs import CleanCharField, OptionalText
from yangcheng_ec.api.views import Endpoint
from yangcheng_ec.errors import BadInput
from yangcheng_ec.idempotency import fingerprint_of, once
from yangcheng_ec.permissions import Page

__all__ = [
    "KEY_HEADER",
    "NowView",
    "RosterEndpoint",
    "RosterView",
    "RostersView",
    "SlotsView",
    "SwapAnswerView",
    "SwapWithdrawView",
    "SwapsView",
]

TAGS = ["值班"]
KEY_HEADER = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="重试同一份内容时带同一个编号，返回第一次的结果。"
)
MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
OPEN_MODES = Prefetch(
    "modes", DutyMode.objects.filter(closed_at__isnull=True).select_related("head"), to_attr="modes_open"
)


class SlotIn(serializers.Serializer):
    """One turn. ``version``: the one read, 0 where nothing was arranged. People by account; null empties the place."""

    date = serializers.DateField()
    shift = serializers.ChoiceField(choices=Shift.choices)
    leader = CleanCharField(max_length=150, required=False, allow_null=True, default=None)
    officer = CleanCharField(max_length=150, required=False, allow_null=True, default=None)
    note = OptionalText(max_length=200)
    version = serializers.IntegerField(min_value=0, max_value=1_000_000_000)

    def validate_date(self, value: Any) -> Any:
        """Refuse a year nobody arranges."""
        if value.year not in YEARS:
            raise serializers.ValidationError("日期超出范围。")
        return value


class SwapIn(serializers.Serializer):
    """Which of my turns, as what, whom I ask (account), and which of theirs I take in return, if any."""

    slot = serializers.IntegerField(min_value=1)
    role = serializers.ChoiceField(choices=DutyRole.choices)
    other = CleanCharField(max_length=150)
    with_slot = serializers.IntegerField(min_value=1, required=False, allow_null=True, default=None)
    reason = CleanCharField(max_length=200)


class SwapAnswerIn(serializers.Serializer):
    """The answer; declining needs a note."""

    agree = serializers.BooleanField()
    note = OptionalText(max_length=200)


class RosterEndpoint(Endpoint):
    """What the endpoints of one roster share: the reader's standing, the roster, accounts, a retry with a key."""

    def opened(self, code: str) -> tuple[reading.Standing, Roster]:
        """Return the reader's posts and the roster. Raises Forbidden (no such page), NotVisible."""
        require_page(self.request.user, Page.ROSTER)
        standing = reading.standing_of(self.request.user)
        return standing, reading.roster_for(self.request.user, code, standing)

    def once(self, scope: str, code: str, data: dict[str, Any], act: Any) -> tuple[int, int]:
        """Run ``act`` once per ``Idempotency-Key``; return (the id it made, the status)."""
        pk, made = once(
            user=self.request.user,
            scope=f"{scope}:{code}",
            key=self.key(self.request),
            fingerprint=fingerprint_of(data),
            act=lambda: str(act().pk),
        )
        return int(pk), status.HTTP_201_CREATED if made else status.HTTP_200_OK

    @staticmethod
    def person(account: str | None) -> int | None:
        """Return a person's id; 0, whom no service knows, for an account there is not."""
        if account is None:
            return None
        return User.objects.filter(username=account).values_list("pk", flat=True).first() or 0


class RostersView(RosterEndpoint):
    """The rosters one may read."""

    @extend_schema(tags=TAGS, summary="值班表列表", operation_id="rosters_list", responses=RosterOut(many=True))
    def get(self, request: Request) -> Response:
        """List the rosters this account may read whole: the command all, a unit its own."""
        require_page(request.user, Page.ROSTER)
        rows = reading.rosters_visible_to(request.user, reading.standing_of(request.user))
        return self.page(rows.prefetch_related(OPEN_MODES), lambda row: dict(RosterOut(row).data))


class NowView(RosterEndpoint):
    """Who is on duty now."""

    @extend_schema(tags=TAGS, summary="现在谁值班", operation_id="roster_now", responses=NowOut(many=True))
    def get(self, request: Request) -> Response:
        """List the duty rooms with who is on duty now and who follows: the offices, and what one may read."""
        require_page(request.user, Page.ROSTER)
        lines = reading.duty_lines(request.user, reading.standing_of(request.user))
        return self.page(lines, lambda line: dict(NowOut(line).data))


class RosterView(RosterEndpoint):
    """One roster."""

    @extend_schema(
        tags=TAGS,
        summary="一个月的值班表",
        operation_id="rosters_read",
        parameters=[OpenApiParameter("month", str, description="2026-11；不写即本月。")],
        responses=RosterMonthOut,
    )
    def get(self, request: Request, code: str) -> Response:
        """Return a month with its gaps and what ought to be looked at."""
        standing, _ = self.opened(code)
        wanted = request.query_params.get("month", "")
        found = MONTH.fullmatch(wanted)
        if wanted and (found is None or int(found.group(1)) not in YEARS):
            raise BadInput("没有这个月份。", fields={"month": ["请写成 2026-11。"]})
        rows = reading.rosters_visible_to(request.user, standing).prefetch_related(OPEN_MODES)
        roster = rows.get(code=code)
        month = month_of(roster, month_called(wanted), request.user)
        body = {
            "roster": roster,
            "month": f"{month.first:%Y-%m}",
            "may_arrange": standing.arranging(roster) is not None,
            "gaps": month.gaps,
            "problems": month.problems,
            "days": month.days,
        }
        return Response(RosterMonthOut(body).data)


class SlotsView(RosterEndpoint):
    """One turn."""

    @extend_schema(
        tags=TAGS, summary="排一个班次", operation_id="rosters_slot_set", request=SlotIn, responses=SlotSavedOut
    )
    def put(self, request: Request, code: str) -> Response:
        """Put people on one turn, or take them off; what ought to be looked at is said, not refused."""
        standing, roster = self.opened(code)
        services.arranger_of(standing, roster)
        data = self.read(SlotIn)
        entry = services.SlotInput(
            data["date"],
            data["shift"],
            self.person(data["leader"]),
            self.person(data["officer"]),
            data["note"],
            data["version"],
        )
        slot, problems = services.slot_set(user=request.user, code=code, entry=entry)
        return Response(SlotSavedOut({"slot": slot, "problems": problems}).data)

    @extend_schema(
        tags=TAGS,
        summary="排一个班次（同 PUT）",
        operation_id="rosters_slot_post",
        request=SlotIn,
        responses=SlotSavedOut,
    )
    def post(self, request: Request, code: str) -> Response:
        """Do the same as PUT, for whoever cannot send that."""
        return self.put(request, code)


class SwapsView(RosterEndpoint):
    """Requests to swap turns."""

    @extend_schema(
        tags=TAGS, summary="换班申请", operation_id="rosters_swaps_list", responses=SwapOut(many=True)
    )  # fmt: skip
    def get(self, request: Request, code: str) -> Response:
        """List the requests, those that wait first, then the newest."""
        _, roster = self.opened(code)
        return self.page(_swaps(roster), lambda row: dict(SwapOut(row).data))

    @extend_schema(
        tags=TAGS,
        summary="请人换班",
        operation_id="rosters_swap_propose",
        parameters=[KEY_HEADER],
        request=SwapIn,
        responses={201: SwapOut},
    )
    def post(self, request: Request, code: str) -> Response:
        """Ask another to take one of my turns, or to exchange it; nothing changes before the other agrees."""
        _, roster = self.opened(code)
        data = self.read(SwapIn)
        entry = swap_services.SwapInput(
            data["slot"], data["role"], self.person(data["other"]) or 0, data["with_slot"], data["reason"]
        )
        pk, code_ = self.once(
            "roster.swap", code, data, lambda: swap_services.swap_propose(user=request.user, code=code, entry=entry)
        )
        return Response(SwapOut(_swaps(roster).get(pk=pk)).data, status=code_)


class SwapAnswerView(RosterEndpoint):
    """The answer to a swap."""

    @extend_schema(
        tags=TAGS, summary="答复换班", operation_id="rosters_swap_answer", request=SwapAnswerIn, responses=SwapOut
    )
    def post(self, request: Request, code: str, pk: int) -> Response:
        """Agree, and the turns are exchanged at once, or decline with a reason. By the person asked."""
        _, roster = self.opened(code)
        row = swap_services.swap_answer(user=request.user, code=code, swap_id=pk, **self.read(SwapAnswerIn))
        return Response(SwapOut(_swaps(roster).get(pk=row.pk)).data)


class SwapWithdrawView(RosterEndpoint):
    """Taking back what one asked."""

    @extend_schema(
        tags=TAGS, summary="撤回换班申请", operation_id="rosters_swap_withdraw", request=None, responses=SwapOut
    )
    def post(self, request: Request, code: str, pk: int) -> Response:
        """Take back one's own request."""
        _, roster = self.opened(code)
        row = swap_services.swap_withdraw(user=request.user, code=code, swap_id=pk)
        return Response(SwapOut(_swaps(roster).get(pk=row.pk)).data)


def _swaps(roster: Roster) -> QuerySet[SlotSwap]:
    names = [f"{slot}__{role.value}" for slot in ("slot", "with_slot") for role in DutyRole]
    return reading.swaps_of(roster).select_related("slot", "with_slot", "proposed_by", "other", *names)
