"""What the plans say, read only: plans, units, posts, groups, categories, grades, warning and response levels."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.urls import URLPattern, URLResolver, path
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from directory.models import (
    Category,
    Clause,
    Grade,
    Measure,
    MeasureActor,
    PlanVersion,
    Post,
    ResponseCondition,
    ResponseLevel,
    WarningLevel,
    WorkGroup,
)
from directory.selectors import plans as reading
from yangcheng_ec.access import require_page
from yangcheng_ec.permissions import Page

__all__ = ["PLAN", "PlanRows", "urlpatterns"]

PLAN = OpenApiParameter("plan", str, description="预案代码，例如 cyber-2025；不写则为全部现行预案")


class VersionOut(serializers.ModelSerializer):
    """A plan in force: its number, its bodies, where its office is."""

    code = serializers.CharField(source="plan.code")
    name = serializers.CharField(source="plan.name")
    short_name = serializers.CharField(source="plan.short_name")
    uses_grades = serializers.BooleanField(source="plan.uses_grades")
    uses_form_8_7 = serializers.BooleanField(source="plan.uses_form_8_7")
    office_unit = serializers.CharField(source="office_unit.code", default=None)

    class Meta:
        model = PlanVersion
        fields = [
            "code", "name", "short_name", "number", "title", "issued_on", "command_name", "office_name", "office_unit",
            "uses_grades", "uses_form_8_7",
        ]  # fmt: skip


class ClauseOut(serializers.ModelSerializer):
    """A numbered section with its own words."""

    class Meta:
        model = Clause
        fields = ["ref", "title", "text"]


class PlanOut(VersionOut):
    """One plan with all its clauses."""

    clauses = ClauseOut(many=True)

    class Meta(VersionOut.Meta):
        fields = [*VersionOut.Meta.fields, "clauses"]


class RowOut(serializers.ModelSerializer):
    """A row of a plan, with the plan's code."""

    plan = serializers.CharField(source="version.plan.code", default=None)


class PostOut(RowOut):
    """A post; ``plan`` is null for a unit's own leader or liaison."""

    unit = serializers.CharField(source="unit.code", default=None)

    class Meta:
        model = Post
        fields = ["code", "plan", "kind", "ordinal", "label", "title", "unit", "clause", "non_plan"]


class MemberOut(serializers.Serializer):
    """A unit in a group; ``unit`` is null for 事发地乡（镇）人民政府."""

    name = serializers.CharField(source="printed_name")
    unit = serializers.CharField(source="unit.code", default=None)


class GroupOut(RowOut):
    """A work group with its lead and members."""

    lead = serializers.CharField(source="lead.code")
    members = MemberOut(many=True)

    class Meta:
        model = WorkGroup
        fields = ["plan", "number", "name", "lead", "printed_lead", "members", "open_ended", "duty", "clause"]


class CategoryOut(RowOut):
    """A category with its sub-items; ``definition`` is null where the printed text lost it."""

    subitems = serializers.SerializerMethodField()

    class Meta:
        model = Category
        fields = ["plan", "code", "number", "name", "form_name", "definition", "subitems", "clause"]

    def get_subitems(self, row: Category) -> list[dict[str, str]]:
        """Return code and name of each sub-item."""
        return [{"code": item.code, "name": item.name} for item in row.subitems.all()]


class GradeOut(RowOut):
    """A grade with its criteria."""

    criteria: serializers.Field[Any, Any, Any, Any] = serializers.SlugRelatedField("text", many=True, read_only=True)

    class Meta:
        model = Grade
        fields = ["plan", "code", "number", "level", "name", "criteria", "clause"]


class WarningLevelOut(RowOut):
    """A warning colour or situation."""

    class Meta:
        model = WarningLevel
        fields = [
            "plan", "ordinal", "roman", "name", "severity", "colour", "colour_name", "text", "reach", "spread",
            "clause",
        ]  # fmt: skip


class ConditionOut(serializers.ModelSerializer):
    """A condition of a level, by its ordinal in the clause."""

    class Meta:
        model = ResponseCondition
        fields = ["number", "text", "grades", "by_judgement"]


class ActorOut(serializers.ModelSerializer):
    """Who must do what of a measure, in the measure's words."""

    unit = serializers.CharField(source="unit.code", default=None)
    group = serializers.CharField(source="group.name", default=None)

    class Meta:
        model = MeasureActor
        fields = ["kind", "unit", "group", "title", "quote", "non_plan", "on_event"]


class MeasureOut(serializers.ModelSerializer):
    """A measure of a level; number 0 is the sentence before the numbered ones."""

    actors = ActorOut(many=True)

    class Meta:
        model = Measure
        fields = ["number", "heading", "text", "actors"]


class ResponseLevelOut(RowOut):
    """A response level: conditions, who may start it, measures."""

    conditions = ConditionOut(many=True)
    measures = serializers.SerializerMethodField()
    intro_actors = serializers.SerializerMethodField()

    class Meta:
        model = ResponseLevel
        fields = [
            "plan", "ordinal", "roman", "clause", "procedure", "procedure_clause", "conditions", "approvers",
            "approver_posts", "needs_confirmation", "confirmed_by", "informs_at_proposal", "duty_regime",
            "measures_intro", "intro_actors", "measures",
        ]  # fmt: skip

    def get_measures(self, row: ResponseLevel) -> list[dict[str, Any]]:
        """Return the numbered measures."""
        return [dict(MeasureOut(item).data) for item in row.measures.all() if item.number]

    def get_intro_actors(self, row: ResponseLevel) -> list[dict[str, Any]]:
        """Return who the sentence before the measures names."""
        intro = [item for item in row.measures.all() if not item.number]
        return [dict(data) for item in intro for data in MeasureOut(item).data["actors"]]


class PlanRows(generics.ListAPIView[Any]):
    """A list of rows of the plans in force, ``?plan=`` narrows it. Anyone who may read the plans may read it."""

    filter_backends: list[Any] = []
    rows: QuerySet[Any]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Let in whoever may read the plans."""
        super().initial(request, *args, **kwargs)
        require_page(request.user, Page.PLANS)

    def get_queryset(self) -> QuerySet[Any]:
        """Return the rows of the plan asked for."""
        wanted = reading.version_filter(self.request.query_params.get("plan", ""))
        return self.rows.filter(**wanted).order_by("-version__plan__code", *self.rows.model._meta.ordering[1:])


class PlansView(PlanRows):
    """The plans in force."""

    serializer_class = VersionOut

    @extend_schema(summary="现行预案", tags=["预案"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List the plans in force."""
        return self.list(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[PlanVersion]:
        """Return the versions in force."""
        return reading.plans_in_force()


class PlanView(generics.RetrieveAPIView[PlanVersion]):
    """One plan with its clauses."""

    serializer_class = PlanOut

    @extend_schema(summary="一个预案及其全部条款", tags=["预案"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return one plan."""
        return self.retrieve(request, *args, **kwargs)

    def get_object(self) -> PlanVersion:
        """Return the version in force of the code in the address."""
        require_page(self.request.user, Page.PLANS)
        return reading.plan_in_force(self.kwargs["code"])


class PostsView(PlanRows):
    """The posts: of the commands, and of units."""

    serializer_class = PostOut

    @extend_schema(summary="职务", tags=["预案"], parameters=[PLAN])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List the posts; without ``?plan=`` units' own leaders and liaisons too."""
        return self.list(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Post]:
        """Return the posts asked for."""
        plan = self.request.query_params.get("plan", "")
        wanted = Q(**reading.version_filter(plan))
        if not plan:
            wanted |= Q(version__isnull=True)
        return Post.objects.filter(wanted).select_related("version__plan", "unit").order_by("version_id", "id")


@extend_schema_view(get=extend_schema(summary="应急工作组", tags=["预案"], parameters=[PLAN]))
class GroupsView(PlanRows):
    """The work groups."""

    serializer_class = GroupOut
    rows = WorkGroup.objects.select_related("version__plan", "lead").prefetch_related("members__unit")


@extend_schema_view(get=extend_schema(summary="事件分类", tags=["预案"], parameters=[PLAN]))
class CategoriesView(PlanRows):
    """The categories of 8.3."""

    serializer_class = CategoryOut
    rows = Category.objects.select_related("version__plan").prefetch_related("subitems")


@extend_schema_view(get=extend_schema(summary="事件分级", tags=["预案"], parameters=[PLAN]))
class GradesView(PlanRows):
    """The grades of 8.4 and 4.1's «undetermined»."""

    serializer_class = GradeOut
    rows = Grade.objects.select_related("version__plan").prefetch_related("criteria")


@extend_schema_view(get=extend_schema(summary="预警级别或情形", tags=["预案"], parameters=[PLAN]))
class WarningLevelsView(PlanRows):
    """The warning colours and situations."""

    serializer_class = WarningLevelOut
    rows = WarningLevel.objects.select_related("version__plan")


@extend_schema_view(get=extend_schema(summary="响应级别", tags=["预案"], parameters=[PLAN]))
class ResponseLevelsView(PlanRows):
    """The response levels with conditions, approver posts and measures."""

    serializer_class = ResponseLevelOut
    rows = reading.response_levels(ResponseLevel.objects.select_related("version__plan"))


urlpatterns: list[URLPattern | URLResolver] = [
    path("plans/", PlansView.as_view(), name="api-plans"),
    path("plans/<str:code>/", PlanView.as_view(), name="api-plan"),
    path("posts/", PostsView.as_view(), name="api-posts"),
    path("groups/", GroupsView.as_view(), name="api-groups"),
    path("categories/", CategoriesView.as_view(), name="api-categories"),
    path("grades/", GradesView.as_view(), name="api-grades"),
    path("warning-levels/", WarningLevelsView.as_view(), name="api-warning-levels"),
    path("response-levels/", ResponseLevelsView.as_view(), name="api-response-levels"),
]
