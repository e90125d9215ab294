"""``responses/<number>/aftermath/``: what follows a response, and the acts on its report and its aftercare."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from directory.choices import AftercareKind, PayerKind
from incidents.models import Incident
from incidents.services.common import unit_named
from response.aftermath import services
from response.aftermath.choices import (
    CareState,
    LessonState,
    MeritKind,
    MeritState,
    RebuildState,
    ReviewState,
    StandDownState,
)
from response.aftermath.models import AftercareItem, ReviewReport
from response.aftermath.rules import report_addressees, review_route
from response.aftermath.selectors import Aftermath, aftermath_of, review_for, unsettled
from response.aftermath.services import Care, Payer, Written
from response.selectors import response_for
from yangcheng_ec.api.faces import iso
from yangcheng_ec.api.inputs import CleanCharField, LongTextField, MomentField, OptionalText, VersionedInput
from yangcheng_ec.api.outputs import Moment
from yangcheng_ec.api.views import Endpoint
from yangcheng_ec.errors import NotVisible

__all__ = [
    "AftermathView",
    "AgreeCareView",
    "CareView",
    "DropCareView",
    "ReceiptView",
    "ReturnReviewView",
    "ReviewsView",
    "SendReviewView",
    "SettleCareView",
    "SignReviewView",
    "SubmitReviewView",
]

TAGS = ["后期处置"]


class RouteOut(serializers.Serializer):
    """Who organises the investigation, and to whom the report goes."""

    organiser = serializers.CharField(allow_blank=True, help_text="空：条款没有列出")
    together = serializers.CharField(allow_blank=True)
    superior = serializers.CharField(allow_blank=True)
    clause = serializers.CharField()
    quote = serializers.CharField(allow_blank=True)
    non_plan = serializers.BooleanField()
    signers = serializers.ListField(child=serializers.CharField(), help_text="签发的职务（非预案规定）")
    addressees = serializers.ListField(child=serializers.CharField())


class ReviewAddresseeOut(serializers.Serializer):
    """One addressee and its receipt."""

    id = serializers.IntegerField()
    label = serializers.CharField()  # type: ignore[assignment]
    clause = serializers.CharField(allow_blank=True)
    non_plan = serializers.BooleanField()
    received_by = serializers.CharField(allow_blank=True)
    received_at = Moment()


class ReviewOut(serializers.Serializer):
    """The report."""

    serial = serializers.IntegerField()
    version = serializers.IntegerField()
    state = serializers.ChoiceField(choices=ReviewState.choices)
    title = serializers.CharField()
    organised_by = serializers.CharField(allow_blank=True)
    participants = serializers.CharField(allow_blank=True)
    superior = serializers.CharField(allow_blank=True)
    texts = serializers.DictField(child=serializers.CharField(allow_blank=True))
    return_reason = serializers.CharField(allow_blank=True)
    submitted_at = Moment()
    signed_at = Moment()
    signer_post = serializers.CharField(allow_blank=True)
    sent_at = Moment()
    sha256 = serializers.CharField(allow_blank=True)
    addressees = ReviewAddresseeOut(many=True)


class CareOut(serializers.Serializer):
    """An item of aftercare; amounts in yuan."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    state = serializers.ChoiceField(choices=CareState.choices)
    kind = serializers.ChoiceField(choices=AftercareKind.choices)
    title = serializers.CharField()
    beneficiary = serializers.CharField()
    receipt = serializers.CharField(allow_blank=True)
    clause = serializers.CharField(allow_blank=True)
    non_plan = serializers.BooleanField()
    asked = serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True)
    agreed = serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True)
    payer = serializers.CharField(allow_blank=True)
    payer_label = serializers.CharField(allow_blank=True)
    payer_clause = serializers.CharField(allow_blank=True)
    proof = serializers.CharField(allow_blank=True)
    settled_at = Moment()


class TotalOut(serializers.Serializer):
    """What one payer bears."""

    label = serializers.CharField()  # type: ignore[assignment]
    clause = serializers.CharField(allow_blank=True)
    agreed = serializers.DecimalField(max_digits=16, decimal_places=2)
    settled = serializers.DecimalField(max_digits=16, decimal_places=2)


class RebuildStepOut(serializers.Serializer):
    """A milestone."""

    title = serializers.CharField()
    due_on = serializers.DateField()
    done_on = serializers.DateField(allow_null=True)


class RebuildOut(serializers.Serializer):
    """The plan of rebuilding."""

    version = serializers.IntegerField()
    state = serializers.ChoiceField(choices=RebuildState.choices)
    unit = serializers.CharField()
    clause = serializers.CharField()
    non_plan = serializers.BooleanField()
    resources = serializers.CharField(allow_blank=True)
    text = serializers.CharField(allow_blank=True)
    steps = RebuildStepOut(many=True)


class LessonOut(serializers.Serializer):
    """A lesson or a proposal to revise the plan."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    state = serializers.ChoiceField(choices=LessonState.choices)
    text = serializers.CharField()
    revises_plan = serializers.BooleanField()
    clause = serializers.CharField(allow_blank=True)
    wording = serializers.CharField(allow_blank=True)
    answer = serializers.CharField(allow_blank=True)


class MeritOut(serializers.Serializer):
    """A note of praise or of liability."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=MeritKind.choices)
    state = serializers.ChoiceField(choices=MeritState.choices)
    whom = serializers.CharField()
    facts = serializers.CharField()
    clause = serializers.CharField()


class StandDownOut(serializers.Serializer):
    """A group or team told to stand down."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    label = serializers.CharField()  # type: ignore[assignment]
    state = serializers.ChoiceField(choices=StandDownState.choices)
    clause = serializers.CharField()
    left_at = Moment()
    people = serializers.IntegerField(allow_null=True)


class AftermathOut(serializers.Serializer):
    """Everything that follows a response; ``unsettled`` is what a closing of the case would pass over."""

    incident = serializers.CharField()
    state = serializers.CharField()
    unsettled = serializers.ListField(child=serializers.CharField())
    route = RouteOut()
    reviews = ReviewOut(many=True)
    care = CareOut(many=True)
    costs = TotalOut(many=True)
    rebuild = RebuildOut(allow_null=True)
    lessons = LessonOut(many=True)
    merits = MeritOut(many=True)
    stand_downs = StandDownOut(many=True)


class WrittenIn(VersionedInput):
    """The report as written."""

    title = CleanCharField(max_length=200)
    organised_by = OptionalText(max_length=120)
    participants = OptionalText(max_length=500)
    superior = OptionalText(max_length=200)
    texts = serializers.DictField(child=LongTextField(allow_blank=True))
    also = serializers.ListField(child=CleanCharField(max_length=120), required=False, default=list)


class ReviewReasonIn(VersionedInput):
    """A reason."""

    reason = CleanCharField(max_length=500)


class SendReviewIn(VersionedInput):
    """How the report went out."""

    channel = CleanCharField(max_length=60)
    proof = OptionalText(max_length=200)
    sent_at = MomentField(required=False, allow_null=True, default=None)


class ReviewReceiptIn(VersionedInput):
    """Who signed for it."""

    addressee = serializers.IntegerField(min_value=1)
    received_by = CleanCharField(max_length=120)
    received_at = MomentField(required=False, allow_null=True, default=None)


class CareIn(serializers.Serializer):
    """An item of aftercare."""

    kind = serializers.ChoiceField(choices=AftercareKind.choices)
    title = CleanCharField(max_length=120)
    beneficiary = CleanCharField(max_length=120)
    detail = OptionalText(max_length=2000)
    quantity = OptionalText(max_length=60)
    receipt = OptionalText(max_length=120)
    unit = OptionalText(max_length=120)
    asked = serializers.DecimalField(
        max_digits=14, decimal_places=2, min_value=Decimal(0), required=False, allow_null=True, default=None
    )  # fmt: skip


class AgreeCareIn(VersionedInput):
    """How much, and who bears it."""

    amount = serializers.DecimalField(max_digits=14, decimal_places=2, min_value=Decimal(0))
    payer = serializers.ChoiceField(choices=PayerKind.choices)
    payer_unit = OptionalText(max_length=120)
    payer_text = OptionalText(max_length=120)


class SettleCareIn(VersionedInput):
    """Its paper."""

    proof = CleanCharField(max_length=200)
    settled_at = MomentField(required=False, allow_null=True, default=None)


class OfAftermath(Endpoint):
    """An address under a response: its case, of which the caller sees the whole."""

    def case(self, number: str) -> Incident:
        """Return the case of a response. Raises NotVisible for a unit."""
        incident = response_for(self.request.user, number).incident
        if incident.secret or incident.secret_with_id is not None:
            raise NotVisible()
        return Incident.objects.select_related("plan_version__plan", "grade").get(pk=incident.pk)

    def face(self, incident: Incident) -> Response:
        """Return the aftermath as it is now."""
        return Response(_face(incident, aftermath_of(self.request.user, incident)))


class AftermathView(OfAftermath):
    """The whole."""

    @extend_schema(tags=TAGS, summary="一次响应的后期处置", responses=AftermathOut)
    def get(self, request: Request, number: str) -> Response:
        """Return it."""
        return self.face(self.case(number))


class ReviewsView(OfAftermath):
    """Beginning a report."""

    @extend_schema(tags=TAGS, summary="起草总结调查报告", request=None, responses={201: AftermathOut})
    def post(self, request: Request, number: str) -> Response:
        """Draft it from the record."""
        incident = self.case(number)
        services.review_draft(incident_id=incident.pk, user=request.user)
        answer = self.face(incident)
        answer.status_code = status.HTTP_201_CREATED
        return answer


class ReviewAct(OfAftermath):
    """An act on a report: subclasses name the input and call one service."""

    input_class: type[serializers.Serializer] = VersionedInput

    def post(self, request: Request, number: str, serial: int) -> Response:
        """Do it and return the aftermath as it is now."""
        incident = self.case(number)
        report: ReviewReport = review_for(request.user, incident, serial)
        self.run({"report_id": report.pk, "user": request.user}, self.read(self.input_class))
        return self.face(incident)

    def run(self, common: dict[str, Any], data: dict[str, Any]) -> Any:
        """Call the service."""
        raise NotImplementedError


@extend_schema(tags=TAGS, summary="报告送签", request=WrittenIn, responses=AftermathOut)
class SubmitReviewView(ReviewAct):
    """Put it before the signer."""

    input_class = WrittenIn

    def run(self, common: dict[str, Any], data: dict[str, Any]) -> Any:
        """Call the service."""
        version, also = data.pop("version"), tuple(data.pop("also"))
        return services.review_submit(**common, version=version, written=Written(**data, also=also))


@extend_schema(tags=TAGS, summary="签发报告", request=VersionedInput, responses=AftermathOut)
class SignReviewView(ReviewAct):
    """Sign it."""

    def run(self, common: dict[str, Any], data: dict[str, Any]) -> Any:
        """Call the service."""
        return services.review_sign(**common, **data)


@extend_schema(tags=TAGS, summary="退回报告", request=ReviewReasonIn, responses=AftermathOut)
class ReturnReviewView(ReviewAct):
    """Send it back."""

    input_class = ReviewReasonIn

    def run(self, common: dict[str, Any], data: dict[str, Any]) -> Any:
        """Call the service."""
        return services.review_return(**common, **data)


@extend_schema(tags=TAGS, summary="登记报送", request=SendReviewIn, responses=AftermathOut)
class SendReviewView(ReviewAct):
    """It went out."""

    input_class = SendReviewIn

    def run(self, common: dict[str, Any], data: dict[str, Any]) -> Any:
        """Call the service."""
        return services.review_send(**common, **data)


@extend_schema(tags=TAGS, summary="登记签收", request=ReviewReceiptIn, responses=AftermathOut)
class ReceiptView(ReviewAct):
    """An addressee signed for it."""

    input_class = ReviewReceiptIn

    def run(self, common: dict[str, Any], data: dict[str, Any]) -> Any:
        """Call the service."""
        return services.review_receipt(**common, addressee_id=data.pop("addressee"), **data)


class CareView(OfAftermath):
    """Entering aftercare."""

    @extend_schema(tags=TAGS, summary="登记善后事项", request=CareIn, responses={201: AftermathOut})
    def post(self, request: Request, number: str) -> Response:
        """Enter an item; an ``Idempotency-Key`` makes a retry find the first one."""
        incident, data = self.case(number), self.read(CareIn)
        unit = unit_named(data.pop("unit"), "unit")
        key = request.headers.get("Idempotency-Key", "")
        services.care_add(incident_id=incident.pk, user=request.user, care=Care(**data, unit=unit), key=key)
        answer = self.face(incident)
        answer.status_code = status.HTTP_201_CREATED
        return answer


class CareAct(OfAftermath):
    """An act on an item of aftercare."""

    input_class: type[serializers.Serializer] = VersionedInput

    def post(self, request: Request, number: str, pk: int) -> Response:
        """Do it and return the aftermath as it is now."""
        incident = self.case(number)
        if not AftercareItem.objects.filter(pk=pk, incident=incident).exists():
            raise NotVisible()
        self.run({"item_id": pk, "user": request.user}, self.read(self.input_class))
        return self.face(incident)

    def run(self, common: dict[str, Any], data: dict[str, Any]) -> Any:
        """Call the service."""
        raise NotImplementedError


@extend_schema(tags=TAGS, summary="核定善后事项", request=AgreeCareIn, responses=AftermathOut)
class AgreeCareView(CareAct):
    """How much and who pays."""

    input_class = AgreeCareIn

    def run(self, common: dict[str, Any], data: dict[str, Any]) -> Any:
        """Call the service."""
        payer = Payer(data["payer"], unit_named(data["payer_unit"], "payer_unit"), data["payer_text"])
        return services.care_agree(**common, version=data["version"], amount=data["amount"], payer=payer)


@extend_schema(tags=TAGS, summary="善后事项办结", request=SettleCareIn, responses=AftermathOut)
class SettleCareView(CareAct):
    """Paid, or done."""

    input_class = SettleCareIn

    def run(self, common: dict[str, Any], data: dict[str, Any]) -> Any:
        """Call the service."""
        return services.care_settle(**common, **data)


@extend_schema(tags=TAGS, summary="不再办理善后事项", request=ReviewReasonIn, responses=AftermathOut)
class DropCareView(CareAct):
    """Given up."""

    input_class = ReviewReasonIn

    def run(self, common: dict[str, Any], data: dict[str, Any]) -> Any:
        """Call the service."""
        return services.care_drop(**common, **data)


# Faces


def _face(incident: Incident, found: Aftermath) -> dict[str, Any]:
    route = review_route(incident.plan_version, incident.grade)
    return {
        "incident": incident.number,
        "state": incident.state,
        "unsettled": unsettled(incident),
        "route": {**route.as_dict(), "addressees": report_addressees(incident.plan_version)},
        "reviews": [_review(row) for row in found.reviews],
        "care": [_care(row) for row in found.care],
        "costs": [_named(row, TotalOut) for row in found.totals],
        "rebuild": _rebuild(found),
        "lessons": [_named(row, LessonOut) for row in found.lessons],
        "merits": [_named(row, MeritOut) for row in found.merits],
        "stand_downs": [{**_named(row, StandDownOut), "left_at": iso(row.left_at)} for row in found.stand_downs],
    }


def _named(row: Any, kind: type[serializers.Serializer]) -> dict[str, Any]:
    """Return a row's values under the names an output has."""
    return {str(name): _plain(getattr(row, str(name))) for name in kind().fields}


def _plain(value: Any) -> Any:
    """Return an amount as text to the fen: a figure with a point would be read as a float."""
    return f"{value:.2f}" if isinstance(value, Decimal) else value


def _review(row: ReviewReport) -> dict[str, Any]:
    times = {name: iso(getattr(row, name)) for name in ("submitted_at", "signed_at", "sent_at")}
    to = [{**_named(one, ReviewAddresseeOut), "received_at": iso(one.received_at)} for one in row.addressees.all()]
    return {**_named(row, ReviewOut), **times, "addressees": to}


def _care(row: AftercareItem) -> dict[str, Any]:
    return {**_named(row, CareOut), "settled_at": iso(row.settled_at)}


def _rebuild(found: Aftermath) -> dict[str, Any] | None:
    if found.rebuild is None:
        return None
    names = ("version", "state", "clause", "non_plan", "resources", "text")
    plan = {name: getattr(found.rebuild, name) for name in names}
    return {**plan, "unit": found.rebuild.unit_label, "steps": [_named(row, RebuildStepOut) for row in found.steps]}
