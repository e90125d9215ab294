"""Members adjusted during a case (O3, O5, O10): who may, how far the clause goes, and what follows from it."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from directory.models import CaseMember, MeasureActor, Unit
from directory.selectors.membership import member_units
from directory.services.plans import unit_post_ensure
from incidents.models import Incident
from incidents.selectors import incidents_visible_to
from incidents.services import MemberChange, incident_member_change
from response.rules import Assignment, plan_tasks
from tests.directory.making import appoint, person
from tests.incidents.factories import file_incident
from tests.response.factories import active, propose
from yangcheng_ec.deadlines.models import Notice
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, WrongState
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db

OUTSIDE = "shuiwu"  # 县水务局: 县直, no member of the cyber command
COMMS_OUTSIDE = "zhengfawei"  # 县委政法委: no member of the comms command


@pytest.fixture
def case(people: Any) -> Incident:
    return file_incident(people, grade="ordinary")


@pytest.fixture
def comms_case(people: Any) -> Incident:
    return file_incident(people, "comms-2022")


def outsider(unit: str = OUTSIDE) -> Any:
    """A liaison of a unit that has nothing to do with the case."""
    someone = person(f"liaison_{unit}", unit=unit, display_name="局联络员")
    appoint(someone, _post(unit))
    someone.groups.add(*_groups("unit", f"unit:{unit}"))
    return someone


def _groups(*names: str) -> list[Any]:
    return [Group.objects.get_or_create(name=name)[0] for name in names]


def _post(unit: str) -> str:
    return unit_post_ensure(unit=Unit.objects.get(code=unit), kind="unit_liaison").code


def change(people: Any, case: Incident, unit: str = OUTSIDE, *, by: str = "commander", **over: Any) -> Any:
    values = {"reason": "水利系统受影响", **over}
    key = values.pop("key", "")
    return incident_member_change(
        incident_id=case.pk, user=people[by], change=MemberChange(unit=unit, **values), key=key
    )


# --- O3: the commander, county units, adding only ------------------------------------------------------------------


def test_o3_the_commander_adds_a_county_unit(people: Any, case: Incident) -> None:
    row = change(people, case)
    assert (row.unit.code, row.state, row.clause) == (OUTSIDE, "active", "网络预案 2.1")
    assert row.changed_by == people["commander"]
    assert "指挥长" in row.changed_post
    line = RecordEntry.objects.get(kind="member.added")
    assert (line.head_id, line.clause, line.actor_name) == (case.head_id, "网络预案 2.1", "赵立新")
    assert "增加县水务局" in line.text
    assert "水利系统受影响" in line.text


@pytest.mark.parametrize("name", ["deputy", "director", "office", "duty", "comms_commander", "auditor", "unit_shuju"])
def test_o3_nobody_but_the_commander(people: Any, case: Incident, name: str) -> None:
    with pytest.raises(Forbidden) as refused:
        change(people, case, by=name)
    assert refused.value.clause == "网络预案 2.1"
    assert "指挥长" in refused.value.message
    assert not CaseMember.objects.exists()


def test_o3_by_authorisation_for_this_act(people: Any, case: Incident) -> None:
    appoint(people["deputy"], "cyber-2025:commander", nature="authorised", scope=["approve_response"])
    with pytest.raises(Forbidden):
        change(people, case, by="deputy")
    appoint(people["deputy"], "cyber-2025:commander", nature="authorised", scope=["add_member"], document="阳政授1号")
    assert "授权：阳政授1号" in change(people, case, by="deputy").changed_post


@pytest.mark.parametrize("unit", ["yidong", "runcheng", "kaifaqu"])
def test_o3_no_unit_that_is_not_county_level(people: Any, case: Incident, unit: str) -> None:
    row = Unit.objects.get(code=unit)
    if case.plan_version.memberships.filter(unit=row).exists():
        case.plan_version.memberships.filter(unit=row).delete()
    with pytest.raises(BadInput) as refused:
        change(people, case, unit)
    assert list(refused.value.fields) == ["unit"]
    assert "指挥长可随时增加县直有关单位为指挥部成员单位" in refused.value.message
    assert refused.value.clause == "网络预案 2.1"


def test_already_a_member_by_plan_or_added(people: Any, case: Incident) -> None:
    with pytest.raises(WrongState, match="已经是指挥部成员单位"):
        change(people, case, "gongan")
    change(people, case)
    with pytest.raises(WrongState, match="已经是指挥部成员单位"):
        change(people, case)


def test_bad_input_names_its_field(people: Any, case: Incident) -> None:
    wrong = [("", "x", "unit"), ("没有这个局", "x", "unit"), (OUTSIDE, "  ", "reason"), (OUTSIDE, "长" * 301, "reason")]
    for unit, reason, field in wrong:
        with pytest.raises(BadInput) as refused:
            change(people, case, unit, reason=reason)
        assert list(refused.value.fields) == [field]
    with pytest.raises(BadInput) as refused:
        change(people, case, group=9)
    assert list(refused.value.fields) == ["group"]


@pytest.mark.parametrize("state", ["closed", "false_alarm", "referred"])
def test_a_case_that_is_over_is_left_alone(people: Any, case: Incident, state: str) -> None:
    Incident.objects.filter(pk=case.pk).update(state=state)
    with pytest.raises(WrongState):
        change(people, case)


def test_invisible_case_is_404(people: Any, case: Incident) -> None:
    with pytest.raises(NotVisible):
        change(people, case, by="unit_dianxin")


def test_once_per_key(people: Any, case: Incident) -> None:
    one, two = change(people, case, key="k-1"), change(people, case, key="k-1")
    assert one.pk == two.pk
    assert RecordEntry.objects.filter(kind="member.added").count() == 1


# --- what follows --------------------------------------------------------------------------------------------------


def test_the_unit_sees_the_case_and_is_told(people: Any, case: Incident, client_for: Any) -> None:
    someone = outsider()
    people[someone.username] = someone
    assert not incidents_visible_to(someone).exists()
    assert client_for(someone.username).get(f"/incidents/{case.number}/").status_code == 404
    change(people, case)
    assert list(incidents_visible_to(someone)) == [case]
    assert client_for(someone.username).get(f"/incidents/{case.number}/").status_code == 200
    notice = Notice.objects.get(recipient=someone)
    assert (notice.url, notice.clause, notice.urgent) == (f"/incidents/{case.number}/", "网络预案 2.1", True)
    assert "贵单位已列入本案的" in notice.title


def test_a_unit_without_accounts_is_telephoned_and_sees_it_once_it_has_one(people: Any, case: Incident) -> None:
    change(people, case)
    notice = Notice.objects.get(kind="member.added")
    assert notice.unit_code == OUTSIDE
    assert notice.deliveries.filter(channel="phone").exists()
    assert list(incidents_visible_to(outsider())) == [case]


def test_later_activations_task_the_added_unit_as_a_member(people: Any, case: Incident) -> None:
    level = case.plan_version.response_levels.get(ordinal=1)
    before = {task.assignee.label for task in plan_tasks(level, case)}
    change(people, case)
    after = {task.assignee.label for task in plan_tasks(level, case)}
    assert after - before == {"县水务局"}
    other = file_incident(people)
    assert "县水务局" not in {task.assignee.label for task in plan_tasks(level, other)}
    response = active(people, level=1, incident=case)
    tasks = response.tasks.filter(unit__code=OUTSIDE)
    members = response.tasks.filter(unit__code="weiban", kind="all_members")
    assert tasks.count() == members.count() > 0


def test_all_members_informed_of_a_proposal_include_the_added(people: Any, comms_case: Incident) -> None:
    change(people, comms_case, COMMS_OUTSIDE, by="comms_deputy")
    response = propose(people, "comms-2022", level=2, incident=comms_case)
    told = Notice.objects.filter(kind="response.proposed", subject_id=response.pk).values_list("unit_code", flat=True)
    assert COMMS_OUTSIDE in told


def test_a_running_response_is_not_given_tasks_behind_the_offices_back(people: Any, case: Incident) -> None:
    response = active(people, level=1, incident=case)
    change(people, case)
    assert not response.tasks.filter(unit__code=OUTSIDE).exists()


# --- taking out ----------------------------------------------------------------------------------------------------


def test_taking_an_added_unit_out_hides_the_case_again(people: Any, case: Incident) -> None:
    someone = outsider()
    change(people, case)
    row = change(people, case, remove=True, reason="已移交市局")
    assert row.state == "removed"
    assert not incidents_visible_to(someone).exists()
    line = RecordEntry.objects.get(kind="member.removed")
    assert "非预案规定" in line.text
    assert Notice.objects.filter(recipient=someone, kind="member.removed").exists()
    with pytest.raises(WrongState, match="不是本案的成员单位"):
        change(people, case, remove=True)
    assert change(people, case).state == "active"
    assert list(incidents_visible_to(someone)) == [case]
    assert Notice.objects.filter(recipient=someone, kind="member.added").count() == 2


def test_a_unit_with_a_task_keeps_seeing_the_case(people: Any, case: Incident) -> None:
    someone = outsider()
    change(people, case)
    active(people, level=1, incident=case)
    change(people, case, remove=True)
    assert list(incidents_visible_to(someone)) == [case]


def test_cyber_only_adds_a_listed_member_stays(people: Any, case: Incident) -> None:
    with pytest.raises(Forbidden) as refused:
        change(people, case, "gongan", remove=True)
    assert "只规定可以增加" in refused.value.message
    assert refused.value.clause == "网络预案 2.1"


def test_o10_the_comms_command_adjusts_both_ways(people: Any, comms_case: Incident) -> None:
    for name, unit in (("comms_commander", COMMS_OUTSIDE), ("comms_deputy", "jiaoyu")):
        assert change(people, comms_case, unit, by=name).clause == "通信预案 2.1"
    with pytest.raises(Forbidden) as refused:
        change(people, comms_case, "runcheng", by="comms_office")
    assert "非预案规定" in refused.value.message
    change(people, comms_case, "runcheng", by="comms_deputy")
    change(people, comms_case, "nongye", by="comms_commander", remove=True)
    codes = {unit.code for unit in member_units(comms_case.plan_version, comms_case.head_id)}
    assert COMMS_OUTSIDE in codes
    assert "runcheng" in codes
    assert "nongye" not in codes
    level = comms_case.plan_version.response_levels.get(ordinal=1)
    kinds = [task for task in plan_tasks(level, comms_case) if task.actor.kind == "all_members"]
    labels = {task.assignee.label for task in kinds}
    assert kinds
    assert "县农业农村局" not in labels
    assert "县委政法委" in labels


# --- O5: groups ----------------------------------------------------------------------------------------------------


def test_o5_groups_are_adjusted_by_the_same_post(people: Any, case: Incident) -> None:
    row = change(people, case, "rongmei", group=1)
    assert (row.group.number, row.state, row.clause) == (1, "active", "网络预案 2.4")
    assert "加入综合协调组" in RecordEntry.objects.get(kind="member.group_added").text
    with pytest.raises(WrongState, match="已经在"):
        change(people, case, "rongmei", group=1)
    with pytest.raises(Forbidden) as refused:
        change(people, case, "rongmei", group=2, by="deputy")
    assert "非预案规定" in refused.value.message


def test_a_groups_lead_stays_and_a_member_may_leave(people: Any, case: Incident) -> None:
    group = case.plan_version.groups.select_related("lead").get(number=1)
    with pytest.raises(WrongState, match="牵头部门"):
        change(people, case, group.lead.code, group=1, remove=True)
    members = group.members.filter(unit__isnull=False).exclude(unit=group.lead)
    member = members.select_related("unit").first()
    assert member is not None
    assert member.unit is not None
    change(people, case, member.unit.code, group=1, remove=True)
    with pytest.raises(WrongState, match="现在不在"):
        change(people, case, member.unit.code, group=1, remove=True)


def test_tasks_of_a_group_follow_its_members(people: Any, case: Incident) -> None:
    group = case.plan_version.groups.get(number=1)
    change(people, case, "rongmei", group=1)
    change(people, case, "gongan", group=1, remove=True)
    of_group = MeasureActor(kind="group", group=group)
    labels = [one.label for one in Assignment(case.plan_version, case).of(of_group)]
    assert "县融媒体中心" in labels
    assert "县公安局" not in labels
    assert labels[0] == "县委宣传部"
    other = [one.label for one in Assignment(case.plan_version, file_incident(people)).of(of_group)]
    assert "县公安局" in other
    assert "县融媒体中心" not in other


# --- the page ------------------------------------------------------------------------------------------------------


def _page(client: Client, case: Incident) -> str:
    return client.get(f"/incidents/{case.number}/members/").content.decode()


def test_the_case_shows_its_members_with_a_button_for_those_who_may(
    people: Any, case: Incident, client_for: Any
) -> None:
    panel = client_for("commander").get(f"/incidents/{case.number}/").content.decode().split('id="members"')[1]
    assert "预案列明 20 个单位" in panel
    assert "增加、调整" in panel
    assert "增加、调整" not in client_for("duty").get(f"/incidents/{case.number}/").content.decode()
    change(people, case)
    panel = client_for("unit_shuju").get(f"/incidents/{case.number}/").content.decode().split('id="members"')[1]
    assert "本案增加：" in panel
    assert "县水务局" in panel


def test_the_page_adds_and_takes_out(people: Any, case: Incident, client_for: Any) -> None:
    client, path = client_for("commander"), f"/incidents/{case.number}/members/"
    text = _page(client, case)
    assert "指挥长可随时增加县直有关单位为指挥部成员单位" in text
    assert 'value="shuiwu"' in text
    assert 'value="yidong"' not in text.split('id="group_add"')[0]
    done = client.post(path, {"kind": "add", "unit": OUTSIDE, "reason": "水利系统受影响"}, follow=True)
    assert "已调整并通知该单位" in done.content.decode()
    assert "本案增加" in done.content.decode()
    client.post(path, {"kind": "group_add", "group": "5", "unit": OUTSIDE, "reason": "舆情"})
    assert client.post(path, {"kind": "group_remove", "unit": f"5|{OUTSIDE}", "reason": "完成"}).status_code == 302
    assert client.post(path, {"kind": "remove", "unit": OUTSIDE, "reason": "完成"}).status_code == 302
    assert CaseMember.objects.get().state == "removed"


def test_the_page_keeps_what_was_typed_and_says_what_is_wrong(case: Incident, client_for: Any) -> None:
    client, path = client_for("commander"), f"/incidents/{case.number}/members/"
    for data in ({"kind": "add", "unit": OUTSIDE}, {"kind": "add", "unit": "yidong", "reason": "理由在此"}, {}):
        answer = client.post(path, data)
        assert answer.status_code == 400
        assert "form-errors" in answer.content.decode()
    assert 'value="理由在此"' in client.post(path, {"kind": "add", "reason": "理由在此"}).content.decode()


def test_readers_read_and_may_not(people: Any, case: Incident, client_for: Any) -> None:
    path = f"/incidents/{case.number}/members/"
    for name in ("deputy", "duty", "comms_duty", "auditor", "unit_shuju"):
        client = client_for(name)
        text = _page(client, case)
        assert "只能由指挥长调整" in text
        assert '<form method="post" class="form"' not in text
        refused = client.post(path, {"kind": "add", "unit": OUTSIDE, "reason": "x"})
        assert refused.status_code == 403
        assert "网络预案 2.1" in refused.content.decode()
        assert client.post(path, {}).status_code == 403
    assert client_for("unit_dianxin").get(path).status_code == 404
    assert Client().get(path).status_code == 302
    assert client_for("commander").put(path).status_code == 405


def test_already_a_member_is_409_on_the_page(people: Any, case: Incident, client_for: Any) -> None:
    client, path = client_for("commander"), f"/incidents/{case.number}/members/"
    data = {"kind": "group_add", "group": "5", "unit": OUTSIDE, "reason": "x"}
    assert client.post(path, data).status_code == 302
    assert client.post(path, data).status_code == 409


@pytest.mark.parametrize("many", [2, 14])
def test_the_page_keeps_its_number_of_statements(
    people: Any, case: Incident, client_for: Any, many: int, django_assert_max_num_queries: Any
) -> None:
    free = Unit.objects.filter(county_level=True).exclude(memberships__version=case.plan_version)
    Unit.objects.filter(kind="township").update(county_level=True)
    for unit in free[:many]:
        change(people, case, unit.code)
    client, path = client_for("commander"), f"/incidents/{case.number}/members/"
    client.get(path)
    with django_assert_max_num_queries(34):
        assert client.get(path).status_code == 200


# --- the API -------------------------------------------------------------------------------------------------------


def test_the_api_adds_lists_and_takes_out(people: Any, case: Incident, api_for: Any) -> None:
    path = f"/api/v1/incidents/{case.number}/members/"
    api = api_for("commander")
    added = api.post(path, {"unit": "县水务局", "reason": "水利系统受影响"}, format="json")
    assert added.status_code == 201
    assert added.json() | {"changed_at": ""} == {
        "group": None, "unit": OUTSIDE, "name": "县水务局", "by_plan": False, "lead": False, "adjusted": "active",
        "clause": "网络预案 2.1", "reason": "水利系统受影响", "changed_at": "", "changed_by": "赵立新",
    }  # fmt: skip
    listed = api_for("duty").get(path, {"page_size": 200}).json()
    command = [row for row in listed["results"] if row["group"] is None]
    assert len(command) == 21
    assert command[-1]["unit"] == OUTSIDE
    gone = api.post(f"{path}remove/", {"unit": OUTSIDE, "reason": "完成"}, format="json")
    assert (gone.status_code, gone.json()["adjusted"]) == (200, "removed")


def test_the_api_refuses_with_code_and_clause(people: Any, case: Incident, api_for: Any) -> None:
    path = f"/api/v1/incidents/{case.number}/members/"
    body = {"unit": OUTSIDE, "reason": "水利系统受影响"}
    refused = api_for("deputy").post(path, body, format="json")
    assert (refused.status_code, refused.json()["clause"]) == (403, "网络预案 2.1")
    api = api_for("commander")
    wrong = api.post(path, body | {"unit": "kaifaqu"}, format="json")
    assert (wrong.status_code, wrong.json()["clause"], list(wrong.json()["fields"])) == (400, "网络预案 2.1", ["unit"])
    assert api.post(path, {"unit": OUTSIDE}, format="json").status_code == 400
    assert api.post(path, body, format="json").status_code == 201
    again = api.post(path, body, format="json")
    assert (again.status_code, again.json()["clause"]) == (409, "网络预案 2.1")
    assert api_for("unit_dianxin").get(path).status_code == 404
    assert api_for("unit_dianxin").post(path, body, format="json").status_code == 404


def test_the_api_retries_with_a_key(people: Any, case: Incident, api_for: Any) -> None:
    path, body = f"/api/v1/incidents/{case.number}/members/", {"unit": OUTSIDE, "reason": "x", "group": 1}
    headers = {"HTTP_IDEMPOTENCY_KEY": "retry-1"}
    one, two = (api_for("commander").post(path, body, format="json", **headers) for _ in range(2))
    assert (one.status_code, two.status_code) == (201, 201)
    assert one.json() == two.json()
    assert one.json()["group"] == 1
