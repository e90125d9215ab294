"""The members of a case over the API: the same service and rights as the page."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from directory.choices import MemberState
from directory.models import CaseGroupMember, CaseMember
from directory.selectors.membership import MemberLine, group_lines, member_lines
from incidents.api.cases import KEY_HEADER
from incidents.selectors import incident_for
from incidents.services import MemberChange, incident_member_change
from yangcheng_ec.api.faces import iso
from yangcheng_ec.api.inputs import CleanCharField
from yangcheng_ec.api.outputs import Moment
from yangcheng_ec.api.views import Endpoint

__all__ = ["MemberRemoveView", "MembersView"]

TAGS = ["事件"]


class CaseMemberInput(serializers.Serializer):
    """Which unit, of the command or of a work group, and why."""

    unit = CleanCharField(max_length=120, help_text="单位代码、名称或别名")
    reason = CleanCharField(max_length=300)
    group = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=1, max_value=99, help_text="工作组序号；不填为指挥部"
    )


class CaseMemberOut(serializers.Serializer):
    """A unit on the list of a case, and what was adjusted."""

    group = serializers.IntegerField(allow_null=True, help_text="工作组序号；null：指挥部")
    unit = serializers.CharField(allow_null=True, help_text="单位代码；null：事发地乡（镇）人民政府")
    name = serializers.CharField()
    by_plan = serializers.BooleanField(help_text="预案列明")
    lead = serializers.BooleanField(help_text="工作组牵头部门")
    adjusted = serializers.ChoiceField(
        choices=MemberState.choices, allow_null=True, help_text="本案增加或调出；null：没有调整"
    )
    clause = serializers.CharField(allow_blank=True)
    reason = serializers.CharField(allow_blank=True)
    changed_at = Moment()
    changed_by = serializers.CharField(allow_blank=True)


class MembersView(Endpoint):
    """The members of the command and of its groups in a case."""

    @extend_schema(
        tags=TAGS,
        summary="一起事件的成员单位",
        operation_id="incidents_members_list",
        responses=CaseMemberOut(many=True),
    )
    def get(self, request: Request, number: str) -> Response:
        """List the members: the plan's, those added, those taken out; then each work group's."""
        incident = incident_for(request.user, number)
        version, head_id = incident.plan_version, incident.head_id
        rows: list[tuple[int | None, MemberLine]] = [(None, line) for line in member_lines(version, head_id)]
        rows += [(item.group.number, line) for item in group_lines(version, head_id) for line in item.members]
        return self.page(rows, lambda pair: _face(pair[0], pair[1]))

    @extend_schema(
        tags=TAGS,
        summary="增加成员单位",
        operation_id="incidents_members_add",
        parameters=[KEY_HEADER],
        request=CaseMemberInput,
        responses={201: CaseMemberOut},
    )
    def post(self, request: Request, number: str) -> Response:
        """Add a unit to the command (cyber 2.1, comms 2.1) or to a work group; it sees the case and is told."""
        row = _change(self, request, number, remove=False)
        return Response(_face_of(row), status=status.HTTP_201_CREATED)


class MemberRemoveView(Endpoint):
    """调出."""

    @extend_schema(
        tags=TAGS,
        summary="调出成员单位",
        operation_id="incidents_members_remove",
        parameters=[KEY_HEADER],
        request=CaseMemberInput,
        responses=CaseMemberOut,
    )
    def post(self, request: Request, number: str) -> Response:
        """Take a unit out of the command or of a work group in this case."""
        return Response(_face_of(_change(self, request, number, remove=True)))


def _change(view: Endpoint, request: Request, number: str, *, remove: bool) -> CaseMember | CaseGroupMember:
    incident, data = incident_for(request.user, number), view.read(CaseMemberInput)
    change = MemberChange(**data, remove=remove)
    return incident_member_change(incident_id=incident.pk, user=request.user, change=change, key=view.key(request))


def _face_of(row: CaseMember | CaseGroupMember) -> dict[str, Any]:
    if isinstance(row, CaseGroupMember):
        listed = row.group.members.filter(unit=row.unit).exists()
        return _face(row.group.number, MemberLine(row.unit.name, row.unit, listed, row=row))
    listed = row.plan_version.memberships.filter(unit=row.unit).exists()
    return _face(None, MemberLine(row.unit.name, row.unit, listed, row=row))


def _face(group: int | None, line: MemberLine) -> dict[str, Any]:
    row = line.row
    return {
        "group": group,
        "unit": line.unit.code if line.unit else None,
        "name": line.name,
        "by_plan": line.by_plan,
        "lead": line.lead,
        "adjusted": row.state if row else None,
        "clause": row.clause if row else "",
        "reason": row.reason if row else "",
        "changed_at": iso(row.changed_at) if row else None,
        "changed_by": row.changed_by.display_name if row else "",
    }
