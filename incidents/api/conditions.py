"""``incidents/<number>/conditions/``: what the known facts say of both plans' conditions. Never a choice."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from incidents.conditions import Verdict
from incidents.selectors import incident_for, incidents_visible_to
from incidents.selectors.conditions import Group, PlanSide, Row, plan_sides
from yangcheng_ec.access import require_page
from yangcheng_ec.api.views import Endpoint
from yangcheng_ec.permissions import Page

__all__ = ["ConditionsView"]


class ReadingOut(serializers.Serializer):
    """One way to read an ambiguous sentence."""

    label = serializers.CharField()  # type: ignore[assignment]
    verdict = serializers.ChoiceField(choices=Verdict.choices)


class FoundConditionOut(serializers.Serializer):
    """One condition, or one situation of a warning (``number`` null)."""

    number = serializers.IntegerField(allow_null=True)
    text = serializers.CharField()
    verdict = serializers.ChoiceField(choices=Verdict.choices)
    because = serializers.ListField(child=serializers.CharField(), help_text="起决定作用的已知情况")
    missing = serializers.ListField(child=serializers.CharField(), help_text="还缺的事实（字段名）")
    readings = ReadingOut(many=True)
    note = serializers.CharField(allow_blank=True)


class ConditionGroupOut(serializers.Serializer):
    """A response level, or the situations of the warnings."""

    label = serializers.CharField()  # type: ignore[assignment]
    clause = serializers.CharField()
    no_basis = serializers.BooleanField(help_text="已知情况不在任何一种情形之内：预案无依据，需指挥部研判")
    conditions = FoundConditionOut(many=True)


class PlanSideOut(serializers.Serializer):
    """One plan, read against one case's facts (null: the event is not filed under it)."""

    plan = serializers.CharField()
    incident = serializers.CharField(allow_null=True)
    no_basis = serializers.BooleanField(help_text="已知情况不在任何一级响应的条件之内：预案无依据，需指挥部研判")
    groups = ConditionGroupOut(many=True)


class ConditionsView(Endpoint):
    """对照预案."""

    @extend_schema(
        tags=["事件"],
        summary="对照预案：已知情况与两个预案的启动条件、预警情形（只作提示）",
        operation_id="incidents_conditions",
        responses=PlanSideOut(many=True),
    )
    def get(self, request: Request, number: str) -> Response:
        """Read both plans' conditions against the known facts; empty once the case is over."""
        incident = incident_for(request.user, number)
        require_page(request.user, Page.CASES_ALL)
        links = incidents_visible_to(request.user).filter(links=incident)
        links = links.select_related("plan_version__plan", "grade")
        return Response([_side(side) for side in plan_sides(request.user, incident, list(links))])


def _side(side: PlanSide) -> dict[str, Any]:
    return {
        "plan": side.plan.code,
        "incident": side.source.number if side.source else None,
        "no_basis": side.no_response_basis,
        "groups": [_group(group) for group in side.groups],
    }


def _group(group: Group) -> dict[str, Any]:
    rows = [_row(row) for row in group.rows]
    return {"label": group.label, "clause": group.clause, "no_basis": group.uncovered, "conditions": rows}


def _row(row: Row) -> dict[str, Any]:
    found = row.finding
    return {
        "number": row.number,
        "text": row.text,
        "verdict": found.verdict,
        "because": list(found.because),
        "missing": list(found.missing),
        "readings": [{"label": one.label, "verdict": one.verdict} for one in found.readings],
        "note": found.note,
    }
