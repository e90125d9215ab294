"""Members adjusted during a case: the directory decides and records, here the unit gets to see the case and is told."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from django.contrib.auth.models import Group
from django.db import transaction

from directory.audience import unit_recipients
from directory.choices import Act, MemberState
from directory.models import CaseGroupMember, CaseMember, Unit, WorkGroup
from directory.rules import actor_for
from directory.services.membership import case_group_add, case_group_remove, case_member_add, case_member_remove
from incidents.authority import unit_of_duplicate
from incidents.choices import OPEN_STATES
from incidents.models import Incident, IncidentGroupObjectPermission
from incidents.registry import case_tied
from incidents.services.common import check_state, incident_lock, once_on_case, unit_named
from incidents.services.intake import view_grant
from yangcheng_ec.deadlines.services import Message, notice_queue
from yangcheng_ec.errors import BadInput
from yangcheng_ec.permissions import unit_group_name
from yangcheng_ec.record.models import CaseHead

__all__ = ["MemberChange", "incident_member_change", "view_withdraw"]

Row = CaseMember | CaseGroupMember


@dataclass(frozen=True)
class MemberChange:
    """What is adjusted: a unit (code, name or alias) of the command, or of a work group by its number."""

    unit: str
    reason: str
    group: int | None = None
    remove: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain data, so that one key cannot stand for two changes."""
        return asdict(self)


def incident_member_change(*, incident_id: int, user: Any, change: MemberChange, key: str = "") -> Row:
    """Add a unit to the command or to a group in this case, or take it out (cyber 2.1, 2.4; comms 2.1); once per key.

    Holds: an open case; a post the clause names; what the clause allows. Writes the adjustment, the record, what the
    unit may see, its notice. Tasks of responses started later follow; those that exist stay. Raises NotVisible,
    Forbidden, WrongState, BadInput with the clause.
    """
    model: type[Row] = CaseMember if change.group is None else CaseGroupMember
    with transaction.atomic():
        pk = once_on_case(incident_id, user, change, _changed, scope="member", key=key)
    return model._default_manager.select_related("unit", "changed_by").get(pk=pk)


def _changed(incident_id: int, user: Any, change: MemberChange) -> Row:
    incident, head = incident_lock(incident_id, user=user)
    version = incident.plan_version
    actor_for(user, version, Act.ADD_MEMBER if change.group is None else Act.ADJUST_GROUP)
    check_state(incident, OPEN_STATES, "调整成员单位")
    unit = unit_named(change.unit, "unit")
    if unit is None:
        raise BadInput("请选择单位。", fields={"unit": ["请选择单位。"]})
    given = {"head": head, "version": version, "unit": unit, "reason": change.reason, "user": user}
    row: Row
    if change.group is None:
        row = (case_member_remove if change.remove else case_member_add)(**given)
    else:
        group = _group_numbered(incident, change.group)
        row = (case_group_remove if change.remove else case_group_add)(group=group, **given)
    _show_or_hide(incident, row)
    _tell(incident, head, row)
    return row


def _group_numbered(incident: Incident, number: int) -> WorkGroup:
    group = incident.plan_version.groups.filter(number=number).first()
    if group is None:
        raise BadInput("没有这个工作组。", fields={"group": [f"本预案没有第{number}个工作组。"]})
    return group


def _show_or_hide(incident: Incident, row: Row) -> None:
    """An added unit sees the case; one taken out does not any more, unless something else ties it to the case."""
    unit = row.unit
    if row.state == MemberState.ACTIVE:
        Group.objects.get_or_create(name=unit_group_name(unit.code))
        view_grant(incident, unit)
    else:
        view_withdraw(incident, unit)


def view_withdraw(incident: Incident, unit: Unit) -> None:
    """Let a unit see a case no more, unless something still ties it to the case."""
    if not _tied(incident, unit):
        granted = IncidentGroupObjectPermission.objects.filter(content_object=incident)
        granted.filter(group__name=unit_group_name(unit.code)).delete()


def _tied(incident: Incident, unit: Unit) -> bool:
    if unit.pk in (incident.reporting_unit_id, incident.incident_unit_id, incident.township_id):
        return True
    if unit_of_duplicate(incident, unit.pk):
        return True
    active = {"head_id": incident.head_id, "unit": unit, "state": MemberState.ACTIVE}
    return (
        CaseMember.objects.filter(**active).exists()
        or CaseGroupMember.objects.filter(**active).exists()
        or case_tied(incident, unit)
    )


def _tell(incident: Incident, head: CaseHead, row: Row) -> None:
    """Tell the unit; one without accounts is telephoned."""
    version, added = incident.plan_version, row.state == MemberState.ACTIVE
    place = f"{version.command_name}成员单位"
    if isinstance(row, CaseGroupMember):
        place = f"{version.command_name}{row.group.name}"
    what = f"贵单位已列入本案的{place}" if added else f"贵单位不再列入本案的{place}"
    message = Message(
        kind="member.added" if added else "member.removed",
        title=f"{what}：{incident.number} {incident.title}",
        body=f"{row.changed_post}{row.changed_by}决定。理由：{row.reason}",
        script=f"{row.unit.name}吗？{version.office_name}通知：{incident.title}（{incident.number}），{what}。"
        f"理由：{row.reason}。请转告分管负责人。请复述。",
        dedupe=f"member:{row._meta.model_name}:{row.pk}:{head.seq}",
        url=f"/incidents/{incident.number}/" if added else "/inbox/",
        clause=row.clause,
        urgent=added,
        drill=incident.drill,
        subject=("incident", incident.pk),
    )
    people = unit_recipients([row.unit], version.pk)
    notice_queue(head=head, message=message, recipients=[one for found in people.values() for one in found])
