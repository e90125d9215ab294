"""Revisions of a plan over the API: list, start, read, compare, submit, confirm, return, withdraw; as the pages do."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from directory.choices import RevisionStage
from directory.models import PlanVersion
from directory.selectors import plan_revisions as reading
from directory.selectors.plan_compare import compare
from directory.selectors.plans import plan_in_force
from directory.services import plan_revisions as services
from directory.services.plan_checks import revision_faults
from yangcheng_ec.access import require_page
from yangcheng_ec.api.inputs import CleanCharField, LongTextField
from yangcheng_ec.api.views import Endpoint
from yangcheng_ec.errors import NotVisible
from yangcheng_ec.permissions import Page

__all__ = ["urlpatterns"]

TAGS = ["预案修订"]


class RevisionOut(serializers.ModelSerializer):
    """A version of a plan. ``stage`` is empty once it was issued; every act takes the ``revision`` it was read at."""

    plan = serializers.CharField(source="plan.code")
    state = serializers.CharField(source="state_words", help_text="现行、已被替代，或修订所在的阶段")
    based_on = serializers.CharField(source="based_on.number", default=None, help_text="底稿的文号")
    started_by = serializers.CharField(source="started_by.display_name", default=None)
    submitted_by = serializers.CharField(source="submitted_by.display_name", default=None)
    confirmed_by = serializers.CharField(source="confirmed_by.display_name", default=None)

    class Meta:
        model = PlanVersion
        fields = [
            "id", "plan", "number", "title", "stage", "state", "in_force", "in_force_at", "issued_on", "effective_on",
            "based_on", "revision", "started_by", "submitted_by", "confirmed_by",
        ]  # fmt: skip


class FindingOut(serializers.Serializer):
    """What keeps a draft from being submitted: the words, and the row they are about."""

    words = serializers.CharField()
    section = serializers.CharField()
    row_id = serializers.IntegerField()


class RevisionDetailOut(RevisionOut):
    """One revision, with what must be put right before it is submitted."""

    findings = serializers.SerializerMethodField()

    class Meta(RevisionOut.Meta):
        fields = [*RevisionOut.Meta.fields, "findings"]

    @extend_schema_field(FindingOut(many=True))
    def get_findings(self, row: PlanVersion) -> list[dict[str, Any]]:
        """Return the findings of a draft; nothing for any other."""
        return [vars(one) for one in revision_faults(row)] if row.stage == RevisionStage.DRAFT else []


class FieldChangeOut(serializers.Serializer):
    """A field that reads otherwise."""

    label = serializers.CharField()  # type: ignore[assignment]
    was = serializers.CharField()
    now = serializers.CharField()


class RowChangeOut(serializers.Serializer):
    """A row that was added, removed or changed."""

    kind = serializers.ChoiceField(choices=["added", "removed", "changed"])
    name = serializers.CharField()
    fields_changed = FieldChangeOut(many=True)


class CompareOut(serializers.Serializer):
    """A section of the plan with its differences from the version that is revised."""

    title = serializers.CharField()
    rows = RowChangeOut(many=True)


class StartIn(serializers.Serializer):
    """A new draft: its document number (文号) and title."""

    number = CleanCharField(max_length=60)
    title = CleanCharField(max_length=120)


class ReadIn(serializers.Serializer):
    """The ``revision`` that was read: 409 when somebody has changed the draft since."""

    revision = serializers.IntegerField(min_value=0, max_value=1_000_000_000)


class SubmitIn(ReadIn):
    """The day it was printed and the day it shall hold from."""

    issued_on = serializers.DateField()
    effective_on = serializers.DateField()


class ReasonIn(ReadIn):
    """Why it is returned or withdrawn."""

    reason = LongTextField(max_length=300)


class RevisionEndpoint(Endpoint):
    """Whoever reads responses reads revisions; the services ask for the post."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Let in whoever may read them."""
        super().initial(request, *args, **kwargs)
        require_page(request.user, Page.RESPONSES)


class RevisionsView(RevisionEndpoint):
    """The versions of a plan."""

    @extend_schema(
        tags=TAGS, summary="预案的各版本与修订", operation_id="plan_revisions_list", responses=RevisionOut(many=True)
    )
    def get(self, request: Request, code: str) -> Response:
        """List every version: the revision under way, the one in force, those before it."""
        versions = reading.versions_of(plan_in_force(code).plan)
        return self.page(versions, lambda row: dict(RevisionOut(row).data))

    @extend_schema(
        tags=TAGS, summary="起草修订", operation_id="plan_revisions_start", request=StartIn,
        responses={201: RevisionDetailOut},
    )  # fmt: skip
    def post(self, request: Request, code: str) -> Response:
        """Copy the version in force to a draft; the plan's office only, one revision of a plan at a time."""
        version, data = plan_in_force(code), self.read(StartIn)
        draft = services.plan_revision_start(version_id=version.pk, user=request.user, **data)
        return _one(code, draft.pk, status.HTTP_201_CREATED)


class RevisionView(RevisionEndpoint):
    """One revision."""

    @extend_schema(
        tags=TAGS, summary="一份修订及其检查结果", operation_id="plan_revisions_read", responses=RevisionDetailOut
    )
    def get(self, request: Request, code: str, pk: int) -> Response:
        """Return a revision and what must be put right."""
        return _one(code, pk)


class CompareView(RevisionEndpoint):
    """A revision beside the version it revises."""

    @extend_schema(
        tags=TAGS, summary="与底稿对照", operation_id="plan_revisions_compare", responses=CompareOut(many=True)
    )
    def get(self, request: Request, code: str, pk: int) -> Response:
        """Return what was added, removed and changed, section by section."""
        draft = reading.revision_get(code, pk)
        if draft.based_on is None:
            raise NotVisible()
        return self.page(compare(draft.based_on, draft), _section)


def _section(section: Any) -> dict[str, Any]:
    rows = [
        {"kind": row.kind, "name": row.name, "fields_changed": [vars(change) for change in row.fields]}
        for row in section.rows
    ]
    return {"title": section.title, "rows": rows}


class SubmitView(RevisionEndpoint):
    """送请确认."""

    @extend_schema(
        tags=TAGS, summary="送请确认施行", operation_id="plan_revisions_submit", request=SubmitIn,
        responses=RevisionDetailOut,
    )  # fmt: skip
    def post(self, request: Request, code: str, pk: int) -> Response:
        """Put a finished draft before the second person; 400 names what must be put right."""
        return self._act(request, code, pk, services.plan_revision_submit, SubmitIn)

    def _act(self, request: Request, code: str, pk: int, service: Any, given: type[ReadIn]) -> Response:
        draft = reading.revision_get(code, pk)
        service(version_id=draft.pk, user=request.user, **self.read(given))
        return _one(code, pk)


class ConfirmView(SubmitView):
    """确认施行."""

    @extend_schema(
        tags=TAGS, summary="确认施行", operation_id="plan_revisions_confirm", request=ReadIn,
        responses=RevisionDetailOut,
    )  # fmt: skip
    def post(self, request: Request, code: str, pk: int) -> Response:
        """Confirm what another person entered: it holds from its day, today's at once."""
        return self._act(request, code, pk, services.plan_revision_confirm, ReadIn)


class ReturnView(SubmitView):
    """退回修改."""

    @extend_schema(
        tags=TAGS, summary="退回修改", operation_id="plan_revisions_return", request=ReasonIn,
        responses=RevisionDetailOut,
    )  # fmt: skip
    def post(self, request: Request, code: str, pk: int) -> Response:
        """Make it a draft again, with the reason, before it holds."""
        return self._act(request, code, pk, services.plan_revision_return, ReasonIn)


class WithdrawView(SubmitView):
    """放弃."""

    @extend_schema(
        tags=TAGS, summary="放弃这份修订", operation_id="plan_revisions_withdraw", request=ReasonIn,
        responses=RevisionDetailOut,
    )  # fmt: skip
    def post(self, request: Request, code: str, pk: int) -> Response:
        """Give a draft up, with the reason; its rows are kept to be read."""
        return self._act(request, code, pk, services.plan_revision_discard, ReasonIn)


def _one(code: str, pk: int, answer: int = status.HTTP_200_OK) -> Response:
    return Response(RevisionDetailOut(reading.revision_get(code, pk)).data, status=answer)


_ONE = "plans/<str:code>/revisions/<int:pk>/"
urlpatterns: list[URLPattern | URLResolver] = [
    path("plans/<str:code>/revisions/", RevisionsView.as_view(), name="api-plan-revisions"),
    path(_ONE, RevisionView.as_view(), name="api-plan-revision"),
    path(f"{_ONE}compare/", CompareView.as_view(), name="api-plan-compare"),
    path(f"{_ONE}submit/", SubmitView.as_view(), name="api-plan-revision-submit"),
    path(f"{_ONE}confirm/", ConfirmView.as_view(), name="api-plan-revision-confirm"),
    path(f"{_ONE}return/", ReturnView.as_view(), name="api-plan-revision-return"),
    path(f"{_ONE}withdraw/", WithdrawView.as_view(), name="api-plan-revision-withdraw"),
]
