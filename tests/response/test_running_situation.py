"""Situation summaries: asked on the office's rhythm (非预案规定), said by units, composed into one report draft."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from response.models import Response, SituationReply, SituationRhythm
from response.running import services
from response.running.selectors import replies_visible_to, replies_waiting
from response.running.services import Said
from tests.response.factories import active, ended
from tests.response.running import asked, fresh, given
from yangcheng_ec.deadlines.models import Notice
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, StaleVersion, WrongState
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db
SAID = Said("已隔离3台主机", "缺备件", "请调2台交换机")


@pytest.fixture
def response(people: Any) -> Response:
    return active(people, level=1)


def on(reply: SituationReply, user: Any, **more: Any) -> dict[str, Any]:
    return {"reply_id": reply.pk, "version": fresh(reply).version, "user": user, "said": SAID, **more}


def test_setting_the_rhythm_asks_at_once_every_unit_with_open_tasks(people: Any, response: Response) -> None:
    row = services.rhythm_set(**given(response, people["office"], every_hours=2))
    assert timedelta(hours=1, minutes=59) < row.next_at - timezone.now() <= timedelta(hours=2)
    asked_of = set(SituationReply.objects.values_list("unit__code", flat=True))
    assert asked_of == set(response.tasks.filter(unit__isnull=False).values_list("unit__code", flat=True))
    assert set(Notice.objects.filter(kind="response.situation").values_list("unit_code", flat=True)) == asked_of
    assert "非预案规定" in RecordEntry.objects.get(kind="situation.rhythm").text


@pytest.mark.parametrize("hours", [0, 25, -1])
def test_the_rhythm_is_between_one_hour_and_a_day(people: Any, response: Response, hours: int) -> None:
    with pytest.raises(BadInput) as refused:
        services.rhythm_set(**given(response, people["office"], every_hours=hours))
    assert "every_hours" in refused.value.fields


def test_only_the_office_of_the_plan_sets_it(people: Any, response: Response) -> None:
    for who in ("commander", "comms_office", "auditor"):
        with pytest.raises(Forbidden):
            services.rhythm_set(**given(response, people[who], every_hours=2))
    with pytest.raises(NotVisible):
        services.rhythm_set(**given(response, people["unit_gongan"], every_hours=2))


def test_the_sweep_asks_again_when_it_is_time_and_once(people: Any, response: Response) -> None:
    services.rhythm_set(**given(response, people["office"], every_hours=2))
    assert services.situations_round() == 0
    with time_machine.travel(timezone.now() + timedelta(hours=2, minutes=1)):
        assert services.situations_round() == 1
        assert services.situations_round() == 0
    assert response.situation_rounds.count() == 2


def test_the_rhythm_stops_by_hand_and_with_the_response(people: Any, response: Response) -> None:
    services.rhythm_set(**given(response, people["office"], every_hours=1))
    services.rhythm_stop(**given(response, people["office"]))
    with pytest.raises(WrongState):
        services.rhythm_stop(**given(response, people["office"]))
    services.rhythm_set(**given(response, people["office"], every_hours=1))
    ended(people, fresh(response))
    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        assert services.situations_round() == 0
    assert SituationRhythm.objects.get().next_at is None
    assert response.situation_rounds.count() == 1


def test_a_unit_says_how_things_stand_and_may_say_it_again(people: Any, response: Response) -> None:
    reply = asked(people, response).replies.get(unit__code="shuju")
    unit = people["unit_shuju"]
    assert list(replies_waiting(unit)) == [reply]
    done = services.situation_reply(**on(reply, unit))
    assert (done.progress, done.needs) == ("已隔离3台主机", "请调2台交换机")
    assert not replies_waiting(unit).exists()
    services.situation_reply(**on(reply, unit, said=Said("已恢复")))
    assert fresh(reply).progress == "已恢复"
    assert RecordEntry.objects.filter(kind="situation.replied").count() == 2
    with pytest.raises(BadInput):
        services.situation_reply(**on(reply, unit, said=Said(" ")))
    with pytest.raises(StaleVersion):
        services.situation_reply(reply_id=reply.pk, version=0, user=unit, said=SAID)


def test_a_units_reply_is_its_own_and_the_office_enters_it_by_name(people: Any, response: Response) -> None:
    reply = asked(people, response).replies.get(unit__code="shuju")
    assert set(replies_visible_to(people["unit_gongan"]).values_list("unit__code", flat=True)) == {"gongan"}
    with pytest.raises(NotVisible):
        services.situation_reply(**on(reply, people["unit_gongan"]))
    with pytest.raises(BadInput) as refused:
        services.situation_reply(**on(reply, people["duty"]))
    assert "said_by" in refused.value.fields
    with pytest.raises(Forbidden):
        services.situation_reply(**on(reply, people["commander"], said_by="x"))
    assert services.situation_reply(**on(reply, people["duty"], said_by="老李")).replied_by == "老李"


def compose(people: Any, response: Response, row: Any, **over: Any) -> Any:
    values = {"addressees": ["office"], "user": people["office"], "version": fresh(row).version, **over}
    return services.situation_compose(response_id=response.pk, round_id=row.pk, **values)


def test_a_round_becomes_one_report_draft_that_names_who_said_nothing(people: Any, response: Response) -> None:
    row = asked(people, response)
    with pytest.raises(WrongState, match="没有单位报送"):
        compose(people, response, row)
    services.situation_reply(**on(row.replies.get(unit__code="shuju"), people["unit_shuju"]))
    report = compose(people, response, row, addressees=["xianzhengfu"])
    assert (report.kind, report.state) == ("written", "draft")
    assert "县数据中心：已隔离3台主机。存在问题：缺备件。需要的支持：请调2台交换机。" in report.body
    assert "尚未报送：" in report.body
    assert "县公安局" in report.body
    assert fresh(row).report == report
    with pytest.raises(WrongState, match="已经编成"):
        compose(people, response, row)
    with pytest.raises(WrongState, match="下一次"):
        services.situation_reply(**on(row.replies.get(unit__code="gongan"), people["unit_gongan"]))


def test_only_the_office_composes_and_only_its_own_round(people: Any, response: Response) -> None:
    row = asked(people, response)
    services.situation_reply(**on(row.replies.get(unit__code="shuju"), people["unit_shuju"]))
    with pytest.raises(Forbidden):
        compose(people, response, row, user=people["commander"])
    with pytest.raises(NotVisible):
        compose(people, active(people), row)
    with pytest.raises(StaleVersion):
        compose(people, response, row, version=99)


def test_nobody_is_asked_where_nobody_has_open_work(people: Any) -> None:
    response = active(people, level=1)
    response.tasks.update(state="done")
    with pytest.raises(WrongState):
        asked(people, response)
