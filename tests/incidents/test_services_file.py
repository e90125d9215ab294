"""接报登记 and 接手."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from incidents.models import Incident
from incidents.selectors import incident_for, incidents_visible_to
from incidents.services import incident_accept
from tests.incidents.clocks import clocks, told
from tests.incidents.factories import file_incident
from yangcheng_ec.deadlines.models import Delivery, Notice
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, WrongState
from yangcheng_ec.record.selectors import verify_chain

pytestmark = pytest.mark.django_db


def test_only_plan_what_happened_and_who_called_are_needed(people: Any) -> None:
    incident = file_incident(people, title="", description="网站打不开", reporting_unit="", incident_unit="",
                             caller_name="李四")  # fmt: skip
    assert incident.title == "网站打不开"
    assert incident.incident_unit_label == incident.reporting_unit_label == "不详"
    assert incident.occurred_at is None
    assert incident.grade is not None
    assert incident.grade.code == "undetermined"


def test_number_head_and_record_stand_together(people: Any) -> None:
    incident = file_incident(people)
    assert incident.number.startswith("CY-")
    assert incident.head.key == incident.number
    first = incident.head.entries.order_by("seq").first()
    assert first is not None
    assert (first.kind, first.clause) == ("incident.filed", "网络预案 4.1")
    assert first.actor_post == "网络预案 值班员"
    incident.head.refresh_from_db()
    assert verify_chain(incident.head) is None


def test_drills_carry_a_d_and_comms_its_own_prefix(people: Any) -> None:
    assert file_incident(people, drill=True).number.startswith("CY-D")
    incident = file_incident(people, "comms-2022")
    assert incident.number.startswith("TX-")
    assert incident.grade is None


def test_the_same_key_files_one(people: Any) -> None:
    first = file_incident(people, key="k1")
    assert file_incident(people, key="k1").pk == first.pk
    assert Incident.objects.count() == 1
    with pytest.raises(BadInput):
        file_incident(people, key="k1", title="另一件事")


def test_units_are_found_by_code_name_and_alias(people: Any) -> None:
    by_alias = file_incident(people, "comms-2022", reporting_unit="移动公司", incident_unit="移动阳城分公司")
    assert by_alias.reporting_unit is not None
    assert by_alias.reporting_unit.code == "yidong"
    assert by_alias.incident_unit == by_alias.reporting_unit


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"reporting_unit": "没有的单位"}, "reporting_unit"),
        ({"incident_unit": "没有的单位"}, "incident_unit"),
        ({"township": "gongan"}, "township"),
        ({"category": "没有的分类"}, "category"),
        ({"subcategory": "没有的子类"}, "subcategory"),
        ({"grade": "没有的级别"}, "grade"),
        ({"symptoms": ("没有的表象",)}, "symptoms"),
        ({"channel": "pigeon"}, "channel"),
        ({"facts": {"cause": "挖断"}}, "cause"),
        ({"title": "", "description": ""}, "title"),
        ({"title": "\x00\u202e", "description": " "}, "title"),
        ({"caller_name": "", "reporting_unit": ""}, "caller_name"),
        ({"description": "长" * 100_000}, "description"),
        ({"title": "长" * 121}, "title"),
    ],
)
def test_unknown_empty_and_endless_words_are_refused_beside_their_field(people: Any, over: Any, field: str) -> None:
    with pytest.raises(BadInput) as caught:
        file_incident(people, **over)
    assert field in caught.value.fields
    assert Incident.objects.count() == 0


def test_comms_has_neither_grade_nor_category(people: Any) -> None:
    with pytest.raises(BadInput) as caught:
        file_incident(people, "comms-2022", grade="serious", category="attack")
    assert set(caught.value.fields) == {"grade", "category"}


def test_comms_facts_are_kept_and_counts_are_numbers(people: Any) -> None:
    facts = {"networks": "移动城域网、电信城域网", "network_count": 2, "business": "all", "cause": ""}
    incident = file_incident(people, "comms-2022", facts=facts)
    assert incident.facts == {"networks": ["移动城域网", "电信城域网"], "network_count": 2, "business": "all"}
    with pytest.raises(BadInput) as caught:
        file_incident(people, "comms-2022", facts={"network_count": "两个", "spreading": "bad"})
    assert set(caught.value.fields) == {"network_count", "spreading"}


@pytest.mark.parametrize(
    ("occurred", "known", "received", "fields"),
    [
        (5, None, None, {"occurred_at", "known_at"}),
        (None, 5, 6, {"known_at", "received_at"}),
        (-5, -10, None, {"known_at"}),
        (None, -5, -10, {"received_at"}),
    ],
)
def test_future_and_reversed_times_are_refused(
    people: Any, occurred: Any, known: Any, received: Any, fields: set[str]
) -> None:
    now = timezone.now()

    def at(minutes: int | None) -> Any:
        return None if minutes is None else now + timedelta(minutes=minutes)

    with pytest.raises(BadInput) as caught:
        file_incident(people, occurred_at=at(occurred), known_at=at(known), received_at=at(received))
    assert set(caught.value.fields) == fields


def test_an_entry_made_later_is_marked(people: Any) -> None:
    assert file_incident(people, received_at=timezone.now() - timedelta(minutes=6)).late_entry
    assert not file_incident(people, received_at=timezone.now() - timedelta(minutes=4)).late_entry


def test_another_plans_officer_files_and_the_office_is_called_out(people: Any) -> None:
    incident = file_incident(people, "comms-2022", by="duty")
    assert incident.accepted_at is None
    notices = Notice.objects.filter(head=incident.head, kind="incident.filed")
    assert notices.filter(recipient=people["comms_duty"], urgent=True).exists()
    assert Delivery.objects.filter(notice__in=notices, channel="phone").count() == notices.count() > 0
    assert not told(clocks(incident)["3.1-operator"])["office"], "the office has heard nothing yet"


def test_accepting_takes_it_over_once_and_only_by_its_own_office(people: Any) -> None:
    incident = file_incident(people, "comms-2022", by="duty")
    with pytest.raises(Forbidden):
        incident_accept(incident_id=incident.pk, version=1, user=people["duty"])
    accepted = incident_accept(incident_id=incident.pk, version=1, user=people["comms_duty"])
    assert accepted.accepted_by == people["comms_duty"]
    assert told(clocks(incident)["3.1-operator"])["office"]
    with pytest.raises(WrongState):
        incident_accept(incident_id=incident.pk, version=None, user=people["comms_duty"])


def test_own_office_is_told_without_a_call(people: Any) -> None:
    incident = file_incident(people)
    notices = Notice.objects.filter(head=incident.head)
    assert set(notices.values_list("recipient__username", flat=True)) >= {"duty2", "office"}
    assert not notices.filter(recipient=people["duty"]).exists()
    assert not Delivery.objects.filter(notice__in=notices, channel="phone").exists()


def test_a_unit_files_for_itself_only(people: Any) -> None:
    incident = file_incident(people, "comms-2022", by="unit_yidong", reporting_unit="", incident_unit="yidong")
    assert incident.reporting_unit is not None
    assert incident.reporting_unit.code == "yidong"
    assert incident.accepted_at is None
    assert told(clocks(incident)["3.1-operator"])["office"]
    with pytest.raises(Forbidden):
        file_incident(people, "comms-2022", by="unit_yidong", reporting_unit="dianxin")


@pytest.mark.parametrize("name", ["commander", "auditor", "sysadmin", "security", "contacts"])
def test_who_holds_no_duty_post_files_nothing(people: Any, name: str) -> None:
    with pytest.raises(Forbidden) as caught:
        file_incident(people, by=name)
    assert caught.value.clause == "网络预案 4.1"


def test_units_of_the_case_see_it_and_others_find_nothing(people: Any) -> None:
    incident = file_incident(people, incident_unit="shuju", reporting_unit="gongan")
    for name in ("unit_shuju", "unit_gongan", "duty", "comms_duty", "commander", "auditor"):
        assert incident_for(people[name], incident.number).pk == incident.pk
    for name in ("unit_dianxin", "sysadmin", "security", "contacts"):
        assert not incidents_visible_to(people[name]).exists()
        with pytest.raises(NotVisible):
            incident_for(people[name], incident.number)
