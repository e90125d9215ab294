"""``responses/<number>/instructions/``, ``orders/``, ``reinforcements/``, the acceptance of a handover."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response as Answer
from rest_framework.views import APIView

from response.api.serializers import ReasonInput, unit_of
from response.models import CommandOrder, Handover, OrderReceipt, Reinforcement
from response.running import services
from response.running.selectors import order_receipt_for, orders_of, receipts_visible_to
from response.running.services import Word
from response.selectors import response_for, signer_named
from yangcheng_ec.api.inputs import CleanCharField, LongTextField, MomentField, VersionedInput
from yangcheng_ec.errors import BadInput, NotVisible
from yangcheng_ec.idempotency import fingerprint_of, once

__all__ = [
    "AcceptView", "AcknowledgeOrderView", "AidAnswerView", "AidArrivalView", "InstructionsView", "OrderDetail",
    "OrderList", "ReinforcementsView", "ReportOrderView", "WithdrawOrderView",
]  # fmt: skip


class ReceiptOutput(serializers.ModelSerializer):
    """One unit of an order."""

    order = serializers.IntegerField(source="order.serial", read_only=True)
    title = serializers.CharField(source="order.title", read_only=True)
    text = serializers.CharField(source="order.text", read_only=True)
    clause = serializers.CharField(source="order.clause", read_only=True)
    response = serializers.CharField(source="order.response.number", read_only=True)
    unit = serializers.CharField(source="unit.code", read_only=True)
    state_label = serializers.CharField(source="get_state_display", read_only=True)
    order_state = serializers.CharField(source="order.state", read_only=True)
    ordered_at = serializers.DateTimeField(source="order.ordered_at", read_only=True)

    class Meta:
        model = OrderReceipt
        fields = [
            "id", "version", "order", "title", "text", "clause", "response", "unit", "state", "state_label",
            "order_state", "ordered_at", "acknowledged_at", "acknowledged_by", "said_by", "report", "reported_at",
            "reported_by",
        ]  # fmt: skip
        read_only_fields = fields


class OrderOutput(serializers.ModelSerializer):
    """An order with its receipts."""

    response = serializers.CharField(source="response.number", read_only=True)
    ordered_by = serializers.CharField(source="ordered_by.display_name", read_only=True)
    recorded_by = serializers.CharField(source="recorded_by.display_name", read_only=True)
    receipts = ReceiptOutput(many=True, read_only=True)

    class Meta:
        model = CommandOrder
        fields = [
            "id", "serial", "version", "response", "title", "text", "clause", "state", "on_word", "ordered_by",
            "ordered_post", "recorded_by", "ordered_at", "recorded_at", "withdrawn_at", "reason", "receipts",
        ]  # fmt: skip
        read_only_fields = fields


class ReinforcementOutput(serializers.ModelSerializer):
    """A request for reinforcement with its answer."""

    response = serializers.CharField(source="response.number", read_only=True)
    state_label = serializers.CharField(source="get_state_display", read_only=True)

    class Meta:
        model = Reinforcement
        fields = [
            "id", "serial", "version", "response", "to", "request", "clause", "state", "state_label", "asked_post",
            "asked_at", "answer", "answered_by", "answered_at", "arrived_at", "arrival",
        ]  # fmt: skip
        read_only_fields = fields


class HandoverOutput(serializers.ModelSerializer):
    """A handover: the package as it was frozen, and who accepted it."""

    response = serializers.CharField(source="response.number", read_only=True)

    class Meta:
        model = Handover
        fields = [
            "version", "response", "state", "to", "note", "clause", "handed_post", "handed_at", "accepted_by",
            "accepted_post", "accepted_at", "acceptance", "package",
        ]  # fmt: skip
        read_only_fields = fields


class OrderInput(VersionedInput):
    """An order; ``ordered_by`` (account name) and ``ordered_at`` where the office enters one given by word."""

    title = CleanCharField(max_length=120)
    text = LongTextField()
    units = serializers.ListField(child=CleanCharField(max_length=120), allow_empty=False, max_length=200)
    ordered_by = CleanCharField(max_length=150, required=False, default="", allow_blank=True)
    ordered_at = MomentField(required=False, allow_null=True, default=None)


class OrderReceiptInput(VersionedInput):
    """A unit's signature or report; ``said_by`` and ``done_at`` when the office enters it (代录)."""

    text = LongTextField(required=False, default="", allow_blank=True)
    said_by = CleanCharField(max_length=120, required=False, default="", allow_blank=True)
    done_at = MomentField(required=False, allow_null=True, default=None)


class AidAnswerInput(VersionedInput):
    """What the superior answered."""

    agreed = serializers.BooleanField()
    answer = LongTextField()
    answered_by = CleanCharField(max_length=120)
    answered_at = MomentField(required=False, allow_null=True, default=None)


class AidArrivalInput(VersionedInput):
    """What has arrived."""

    arrival = CleanCharField(max_length=500)
    arrived_at = MomentField(required=False, allow_null=True, default=None)


class AcceptInput(VersionedInput):
    """Who accepted the command; ``version`` is the handover's."""

    accepted_by = CleanCharField(max_length=120)
    accepted_post = CleanCharField(max_length=120)
    acceptance = LongTextField()
    accepted_at = MomentField(required=False, allow_null=True, default=None)


def _valid(kind: Any, request: Request) -> dict[str, Any]:
    given = kind(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def _word(data: dict[str, Any]) -> Word | None:
    name, at = data.pop("ordered_by"), data.pop("ordered_at")
    if not name:
        return None
    user = signer_named(name)
    if user is None:
        raise BadInput("没有这个账号。", fields={"ordered_by": ["没有这个账号。"]})
    return Word(user, at)


class InstructionsView(APIView):
    """The orders of a response."""

    @extend_schema(summary="一次响应的应急指令", responses=OrderOutput(many=True))
    def get(self, request: Request, number: str) -> Answer:
        """Return them, the newest first."""
        response = response_for(request.user, number)
        return Answer(OrderOutput(orders_of(response).select_related("response"), many=True).data)

    @extend_schema(summary="发布应急指令", request=OrderInput, responses={201: OrderOutput})
    def post(self, request: Request, number: str) -> Answer:
        """Give one; an ``Idempotency-Key`` makes a retry return the first."""
        response = response_for(request.user, number)
        data = _valid(OrderInput, request)
        fingerprint = fingerprint_of({"response": number, **data})
        data["units"] = [unit for name in data["units"] if (unit := unit_of(name)) is not None]
        word = _word(data)

        def act() -> str:
            made = services.order_issue(response_id=response.pk, user=request.user, word=word, **data)
            return str(made.pk)

        key = request.headers.get("Idempotency-Key", "")
        pk, made = once(user=request.user, scope="order.issue", key=key, fingerprint=fingerprint, act=act)
        found = orders_of(response).select_related("response").get(pk=int(pk))
        return Answer(OrderOutput(found).data, status=status.HTTP_201_CREATED if made else status.HTTP_200_OK)


class WithdrawOrderView(APIView):
    """The command takes an order back."""

    @extend_schema(summary="撤回应急指令", request=ReasonInput, responses=OrderOutput)
    def post(self, request: Request, number: str, pk: int) -> Answer:
        """Do it."""
        response = response_for(request.user, number)
        if not response.orders.filter(pk=pk).exists():
            raise NotVisible()
        services.order_withdraw(order_id=pk, user=request.user, **_valid(ReasonInput, request))
        return Answer(OrderOutput(orders_of(response).select_related("response").get(pk=pk)).data)


@extend_schema_view(
    get=extend_schema(summary="应急指令的签收", parameters=[OpenApiParameter("state", description="签收状态")])
)
class OrderList(ListAPIView):
    """The orders a unit received; the command gets every receipt (``state``)."""

    serializer_class = ReceiptOutput
    filter_backends = ()

    def get_queryset(self) -> Any:
        """Return the visible ones."""
        rows = receipts_visible_to(self.request.user).select_related("unit", "order__response")
        state = self.request.query_params.get("state", "")
        return (rows.filter(state=state) if state else rows).order_by("-id")


class OrderDetail(APIView):
    """One receipt."""

    @extend_schema(summary="一项指令的签收", responses=ReceiptOutput)
    def get(self, request: Request, pk: int) -> Answer:
        """Return it."""
        return Answer(ReceiptOutput(order_receipt_for(request.user, pk)).data)


class AcknowledgeOrderView(APIView):
    """Sign for an order."""

    @extend_schema(summary="签收应急指令", request=OrderReceiptInput, responses=ReceiptOutput)
    def post(self, request: Request, pk: int) -> Answer:
        """Do it."""
        order_receipt_for(request.user, pk)
        data = _valid(OrderReceiptInput, request)
        data.pop("text")
        services.order_acknowledge(receipt_id=pk, user=request.user, **data)
        return Answer(ReceiptOutput(order_receipt_for(request.user, pk)).data)


class ReportOrderView(APIView):
    """Report how an order was carried out."""

    @extend_schema(summary="报告指令执行情况", request=OrderReceiptInput, responses=ReceiptOutput)
    def post(self, request: Request, pk: int) -> Answer:
        """Do it."""
        order_receipt_for(request.user, pk)
        services.order_report(receipt_id=pk, user=request.user, **_valid(OrderReceiptInput, request))
        return Answer(ReceiptOutput(order_receipt_for(request.user, pk)).data)


class ReinforcementsView(APIView):
    """The requests for reinforcement of a response; asking is ``reinforce/``."""

    @extend_schema(summary="增援请求", responses=ReinforcementOutput(many=True))
    def get(self, request: Request, number: str) -> Answer:
        """Return them, the newest first."""
        rows = response_for(request.user, number).reinforcements.select_related("response")
        return Answer(ReinforcementOutput(rows, many=True).data)


class _AidView(APIView):
    """An act on a request for reinforcement: subclasses name the input and the service."""

    input_class: Any = AidAnswerInput
    service: Any = staticmethod(services.reinforcement_answer)

    def post(self, request: Request, number: str, pk: int) -> Answer:
        """Do it and return the request as it is now."""
        response = response_for(request.user, number)
        if not response.reinforcements.filter(pk=pk).exists():
            raise NotVisible()
        self.service(reinforcement_id=pk, user=request.user, **_valid(self.input_class, request))
        return Answer(ReinforcementOutput(response.reinforcements.select_related("response").get(pk=pk)).data)


@extend_schema(summary="登记增援答复", request=AidAnswerInput, responses=ReinforcementOutput)
class AidAnswerView(_AidView):
    """Record the superior's answer."""


@extend_schema(summary="登记增援到位", request=AidArrivalInput, responses=ReinforcementOutput)
class AidArrivalView(_AidView):
    """Record the arrival."""

    input_class = AidArrivalInput
    service = staticmethod(services.reinforcement_arrive)


class AcceptView(APIView):
    """A handover and its acceptance by the superior; handing over is ``handover/``."""

    @extend_schema(summary="移交材料", responses=HandoverOutput)
    def get(self, request: Request, number: str) -> Answer:
        """Return what was handed over."""
        return Answer(HandoverOutput(self._row(request, number)).data)

    @extend_schema(summary="登记上级接管", request=AcceptInput, responses=HandoverOutput)
    def post(self, request: Request, number: str) -> Answer:
        """Record who accepted it."""
        row = self._row(request, number)
        services.handover_accept(response_id=row.response_id, user=request.user, **_valid(AcceptInput, request))
        return Answer(HandoverOutput(self._row(request, number)).data)

    def _row(self, request: Request, number: str) -> Handover:
        response = response_for(request.user, number)
        row = Handover.objects.select_related("response").filter(response=response).first()
        if row is None:
            raise NotVisible()
        return row
