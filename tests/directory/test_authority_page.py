"""«谁现在能批什么»: the posts of the plan's own rows, who holds them now, who stands in, where nobody can."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from directory.choices import Act
from directory.models import Appointment, Contact, PlanVersion, User
from directory.selectors.authority import AuthorityLine, authority_page, reachable
from directory.selectors.numbers import dialled, numbers_by_unit
from tests.directory.making import appoint, person
from tests.directory.rostering import NOON, three_turns

pytestmark = pytest.mark.django_db

CYBER, COMMS = "/plans/cyber-2025/authority/", "/plans/comms-2022/authority/"


def lines(version: PlanVersion) -> dict[str, AuthorityLine]:
    return {line.what: line for section in authority_page(version).sections for line in section.lines}


def names(line: AuthorityLine) -> list[str]:
    return [row.person for row in line.holders]


def test_every_decision_of_cyber_with_its_posts_clause_and_reading(cyber: PlanVersion) -> None:
    found = {
        line.what: (line.posts, line.ref, line.non_plan) for line in authority_page(cyber).sections[0].lines
    }  # fmt: skip
    assert found == {
        "启动Ⅰ级响应": ("指挥长", "4.2.1.2", False),
        "启动Ⅱ级响应": ("指挥长、副指挥长", "4.2.2.2", False),
        "启动Ⅲ级响应": ("办公室主任", "4.2.3.2", False),
        "批准结束响应": ("指挥长、副指挥长", "4.5", True),
        "批准发布预警": ("指挥长、副指挥长", "3.2.2", True),
        "批准解除预警": ("指挥长、副指挥长", "3.2.4", True),
        "批准信息发布": ("指挥长、副指挥长", "4.4", True),
        "增加成员单位": ("指挥长", "2.1", False),
        "调整工作组成员": ("指挥长", "2.4", True),
    }


def test_comms_confirms_first_and_ends_by_level(comms: PlanVersion) -> None:
    found = lines(comms)
    assert list(found)[:5] == ["指挥部确认", "启动Ⅰ级响应", "启动Ⅱ级响应", "结束Ⅰ级响应", "结束Ⅱ级响应"]
    assert found["结束Ⅰ级响应"].posts == "总指挥"
    assert found["结束Ⅱ级响应"].posts == "总指挥、副总指挥"
    assert found["增加成员单位"].non_plan
    assert found["增加成员单位"].words == "县指挥部可根据实际情况调整成员单位"


def test_the_persons_are_those_in_force_now(people: Any, cyber: PlanVersion) -> None:
    found = lines(cyber)
    assert names(found["启动Ⅰ级响应"]) == ["赵立新"]
    assert names(found["启动Ⅱ级响应"]) == ["赵立新", "刘建华", "陈国平"]
    Appointment.objects.filter(user=people["deputy"]).update(ends_at=timezone.now())
    assert names(lines(cyber)["启动Ⅱ级响应"]) == ["赵立新", "陈国平"]
    waiting = person("waiting", display_name="未复核的人")
    appoint(waiting, "cyber-2025:commander", state="entered")
    assert names(lines(cyber)["启动Ⅰ级响应"]) == ["赵立新"]


def test_who_stands_in_within_scope_and_dates(people: Any, cyber: PlanVersion) -> None:
    now = timezone.now()
    appoint(
        people["deputy"], "cyber-2025:commander", nature="authorised", document="阳政授〔2026〕3号",
        scope=[Act.APPROVE_RESPONSE], ends_at=now + timedelta(hours=2),
    )  # fmt: skip
    found = lines(cyber)
    stand_in = found["启动Ⅰ级响应"].holders[1]
    assert (stand_in.person, stand_in.nature, stand_in.stands_in) == ("刘建华", "授权", True)
    assert (stand_in.document, stand_in.scope) == ("阳政授〔2026〕3号", ["批准启动响应"])
    assert names(found["增加成员单位"]) == ["赵立新"]
    with time_machine.travel(now + timedelta(hours=3), tick=False):
        assert names(lines(cyber)["启动Ⅰ级响应"]) == ["赵立新"]


def test_reachable_by_mobile_or_by_the_units_number(people: Any) -> None:
    with_mobile = person("one", unit="gongan", mobile="13800000001")
    by_unit = person("two", unit="gongan")
    nowhere = User.objects.create(username="three", display_name="三")
    own = Contact.objects.filter(unit__code="gongan", state="active").values_list("value", flat=True)
    found = reachable([with_mobile, by_unit, nowhere])
    assert found[with_mobile.pk][0] == "13800000001"
    assert found[by_unit.pk]
    assert set(found[by_unit.pk]) <= set(own)
    assert found[nowhere.pk] == []


def test_who_is_on_duty_is_called_first_in_the_duty_room_too(people: Any, cyber: PlanVersion, client_for: Any) -> None:
    with time_machine.travel(NOON, tick=False):
        three_turns(people)
        people["deputy"].unit = None
        people["deputy"].save()
        found = reachable([people["director"], people["deputy"]], cyber.pk)
        assert list(found) == [people["deputy"].pk, people["director"].pk]
        room = dialled(numbers_by_unit([cyber.office_unit_id], cyber.pk)[cyber.office_unit_id])
        assert found[people["deputy"].pk] == [people["deputy"].mobile, *room]
        line = lines(cyber)["启动Ⅱ级响应"]
        assert names(line) == ["刘建华", "赵立新", "陈国平"]
        assert line.holders[0].duty == "阳城县网络与信息安全事件应急指挥部办公室带班领导，到 2026年11月22日 20:00"
        assert not line.holders[1].duty
        assert "值班中" in client_for("duty").get(CYBER).content.decode()
        assert "值班中" not in client_for("unit_gongan").get(CYBER).content.decode()
    with time_machine.travel(NOON + timedelta(hours=9), tick=False):
        assert names(lines(cyber)["启动Ⅱ级响应"]) == ["陈国平", "赵立新", "刘建华"]


def test_the_page_shows_people_numbers_and_stand_ins(client_for: Any, people: Any) -> None:
    User.objects.filter(pk=people["commander"].pk).update(mobile="13903560001")
    appoint(
        people["deputy"], "cyber-2025:commander", nature="acting", document="阳政办函〔2026〕9号",
        ends_at=timezone.now() + timedelta(days=3),
    )  # fmt: skip
    page = client_for("duty").get(CYBER)
    text = page.content.decode()
    for words in ("赵立新", "tel:13903560001", "代行", "阳政办函〔2026〕9号", "网络预案 4.2.1.2", "非预案规定"):
        assert words in text
    assert "现在无人可批" not in text
    assert "启动Ⅰ级响应" not in client_for("duty").get(COMMS).content.decode().split("结束Ⅱ级响应")[1]


def test_nobody_who_can_is_a_red_line(client_for: Any) -> None:
    Appointment.objects.filter(post__kind="commander", post__version__plan__code="cyber-2025").delete()
    text = client_for("duty").get(CYBER).content.decode()
    assert "有 3 项决定现在无人可批" in text
    assert text.count('class="is-late"') == 3
    assert "现在无人可批" not in client_for("duty").get(COMMS).content.decode()


def test_nobody_reachable_is_said(client_for: Any, people: Any) -> None:
    User.objects.filter(pk=people["commander"].pk).update(mobile="", unit=None)
    assert "都没有登记号码" in client_for("duty").get(CYBER).content.decode()


@pytest.mark.parametrize("name", ["duty", "comms_duty", "commander", "auditor", "contacts", "security"])
def test_names_for_the_command_side_and_the_keepers(client_for: Any, name: str) -> None:
    assert "赵立新" in client_for(name).get(CYBER).content.decode()


@pytest.mark.parametrize("name", ["unit_gongan", "sysadmin"])
def test_other_readers_of_the_plan_see_posts_only(client_for: Any, people: Any, name: str) -> None:
    User.objects.filter(pk=people["commander"].pk).update(mobile="13903560001")
    text = client_for(name).get(CYBER).content.decode()
    assert "指挥长、副指挥长" in text
    assert "有 1 人在任" in text
    for hidden in ("赵立新", "13903560001", "/appointments/"):
        assert hidden not in text


def test_strangers_and_unknown_plans(client_for: Any) -> None:
    assert Client().get(CYBER).status_code == 302
    assert client_for("duty").get("/plans/nowhere/authority/").status_code == 404
    assert client_for("duty").post(CYBER).status_code == 405


def test_the_plan_the_desk_and_the_appointments_lead_here(client_for: Any) -> None:
    client = client_for("director")
    for path in ("/plans/cyber-2025/", "/", "/appointments/"):
        assert f'href="{CYBER}"' in client.get(path).content.decode(), path


@pytest.mark.parametrize("many", [10, 60])
def test_the_number_of_statements_does_not_grow(
    client_for: Any, people: Any, many: int, django_assert_max_num_queries: Any
) -> None:
    for number in range(many):
        appoint(person(f"p{number}", unit="gongan" if number % 2 else "shuju"), "cyber-2025:deputy:3")
    client = client_for("duty")
    client.get(CYBER)
    with django_assert_max_num_queries(14):
        assert client.get(CYBER).status_code == 200
