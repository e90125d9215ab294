"""批示 and what follows from them: recorded, handed on, answered, on the case, the desk and the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from incidents.models import FollowUp, Incident, Instruction
from incidents.services import Instructed, follow_up_add, follow_up_done, instruction_record
from incidents.services.instructions import follow_ups_round
from incidents.services.secret import SEALED_WORDS
from tests.incidents.factories import file_incident
from yangcheng_ec.deadlines.models import Notice
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, StaleVersion, WrongState

pytestmark = pytest.mark.django_db


def _record(people: Any, incident: Incident, by: str = "duty", **over: Any) -> Instruction:
    values = {"issued_by": "副县长张某", "text": "查清原因，今天报告。", **over}
    return instruction_record(incident_id=incident.pk, user=people[by], said=Instructed(**values))


def _item(people: Any, incident: Incident, **over: Any) -> FollowUp:
    values = {"to_do": "查日志，写出原因", "unit": "gongan", **over}
    return _record(people, incident, **values).follow_ups.get()


def test_an_instruction_is_recorded_and_handed_on_at_once(people: Any, client_for: Any) -> None:
    incident = file_incident(people, occurred_at=timezone.now() - timedelta(minutes=9))
    assert client_for("unit_gongan").get(f"/incidents/{incident.number}/").status_code == 404
    received = timezone.now() - timedelta(seconds=30)
    item = _item(people, incident, proof="阳政批 7 号", received_at=received)
    assert (item.unit.code, item.state, item.instruction.late_entry) == ("gongan", "open", False)  # type: ignore[union-attr]
    lines = {row.kind: row.text for row in incident.head.entries.filter(kind__startswith="instruction.")}
    assert "副县长张某（电话" in lines["instruction.received"]
    assert "县公安局：查日志" in lines["instruction.assigned"]
    assert Notice.objects.filter(kind="instruction.follow_up", recipient=people["unit_gongan"]).count() == 1
    unit = client_for("unit_gongan")
    page = unit.get(f"/incidents/{incident.number}/").content.decode()
    assert "查清原因，今天报告。" in page
    assert f"/incidents/{incident.number}/follow-ups/{item.pk}/" in unit.get("/").content.decode()
    other = client_for("unit_shuju").get(f"/incidents/{incident.number}/").content.decode()
    assert "查清原因" not in other


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"issued_by": " "}, "issued_by"),
        ({"issued_by": "长" * 121}, "issued_by"),
        ({"text": "\u200b"}, "text"),
        ({"text": "长" * 100_000}, "text"),
        ({"channel": "smoke"}, "channel"),
        ({"received_at": timezone.now() + timedelta(days=2000)}, "received_at"),
        ({"received_at": timezone.now() - timedelta(days=900)}, "received_at"),
        ({"proof": "长" * 201}, "proof"),
        ({"unit": "火星", "to_do": "查"}, "unit"),
        ({"unit": "gongan"}, "to_do"),
        ({"to_do": "查", "due_at": timezone.now() - timedelta(days=1)}, "due_at"),
    ],
)
def test_bad_instructions_leave_nothing_behind(people: Any, over: Any, field: str) -> None:
    incident = file_incident(people, occurred_at=timezone.now() - timedelta(hours=1))
    with pytest.raises(BadInput) as caught:
        _record(people, incident, **over)
    assert field in caught.value.fields
    assert not Instruction.objects.exists()


def test_who_may_record_hand_on_and_answer(people: Any) -> None:
    incident = file_incident(people)
    for name in ("unit_shuju", "commander", "auditor"):
        with pytest.raises(Forbidden):
            _record(people, incident, by=name)
    with pytest.raises(NotVisible):
        _record(people, incident, by="unit_gongan")
    item = _item(people, incident)
    with pytest.raises(Forbidden):
        follow_up_add(instruction_id=item.instruction_id, user=people["unit_shuju"], to_do="查")
    given = {"follow_up_id": item.pk, "version": 1, "answer": "已查清：弱口令"}
    for name, error in (("unit_shuju", NotVisible), ("unit_dianxin", NotVisible), ("commander", Forbidden)):
        with pytest.raises(error):
            follow_up_done(**given, user=people[name])
    with pytest.raises(BadInput) as caught:
        follow_up_done(**{**given, "answer": "长" * 20_001}, user=people["unit_gongan"])
    assert "answer" in caught.value.fields
    with pytest.raises(StaleVersion):
        follow_up_done(**{**given, "version": 9}, user=people["unit_gongan"])
    done = follow_up_done(**given, user=people["unit_gongan"])
    assert (done.state, done.done_by, done.answer) == ("done", people["unit_gongan"], "已查清：弱口令")
    assert not Notice.objects.filter(subject_type="follow_up", settled_at__isnull=True).exists()
    with pytest.raises(WrongState):
        follow_up_done(**given, user=people["duty"])


def test_of_a_secret_case_no_words_are_kept(people: Any) -> None:
    incident = file_incident(people, title="", incident_unit="", secret=True, secret_channel="机要")
    with pytest.raises(BadInput) as caught:
        _record(people, incident, to_do="查内网")
    assert set(caught.value.fields) == {"text"}
    row = _record(people, incident, text="", channel="secure", proof="机要 3 号", unit="gongan")
    assert (row.text, row.follow_ups.get().text) == (SEALED_WORDS, SEALED_WORDS)
    with pytest.raises(BadInput):
        follow_up_done(follow_up_id=row.follow_ups.get().pk, version=1, user=people["duty"], answer="查到了")


def test_a_closed_case_keeps_its_instructions_but_hands_nothing_on(people: Any) -> None:
    incident = file_incident(people)
    Incident.objects.filter(pk=incident.pk).update(state="closed")
    row = _record(people, incident)
    with pytest.raises(WrongState):
        follow_up_add(instruction_id=row.pk, user=people["duty"], to_do="查")


def test_a_passed_target_is_told_once(people: Any, django_assert_num_queries: Any) -> None:
    now = timezone.now()
    with time_machine.travel(now, tick=False) as clock:
        incident = file_incident(people)
        item = _item(people, incident, due_at=now + timedelta(hours=2))
        office = follow_up_add(
            instruction_id=item.instruction_id, user=people["duty"], to_do="汇总", due_at=now + timedelta(hours=2)
        )
        with django_assert_num_queries(1):
            assert follow_ups_round() == 0
        clock.shift(timedelta(hours=2))
        assert (follow_ups_round(), follow_ups_round()) == (2, 0)
        late = Notice.objects.filter(title__contains="过了办结目标")
        assert late.filter(recipient=people["unit_gongan"], subject_id=item.pk).count() == 1
        assert late.filter(recipient=people["duty"], subject_id=office.pk).count() == 1
        assert "非预案规定" in incident.head.entries.filter(kind="instruction.late").first().text  # type: ignore[union-attr]


def test_the_pages_from_recording_to_the_answer(people: Any, client_for: Any) -> None:
    incident, duty = file_incident(people), client_for("duty")
    place = f"/incidents/{incident.number}/"
    assert f"{place}instruction/" in duty.get(place).content.decode()
    typed = {"issued_by": "<b>市委网信办</b>", "text": "", "channel": "fax"}
    refused = duty.post(f"{place}instruction/", typed)
    assert refused.status_code == 400
    assert "&lt;b&gt;市委网信办&lt;/b&gt;" in refused.content.decode()
    body = {**typed, "text": "加强监测", "idempotency_key": "i1"}
    assert duty.post(f"{place}instruction/", body).status_code == 302
    assert duty.post(f"{place}instruction/", body).status_code == 302
    row = Instruction.objects.get()
    assign = f"{place}instructions/{row.pk}/follow-up/"
    assert client_for("unit_shuju").get(assign).status_code == 404
    assert duty.post(assign, {"to_do": ""}).status_code == 400
    assert duty.post(assign, {"to_do": "每小时看一次"}).status_code == 302
    item = row.follow_ups.get()
    done = f"{place}follow-ups/{item.pk}/"
    assert done in client_for("duty2").get("/").content.decode()
    assert client_for("unit_shuju").get(done).status_code == 404
    assert client_for("auditor").get(done).status_code == 200
    assert client_for("auditor").post(done, {"answer": "好"}).status_code == 403
    other = file_incident(people)
    assert duty.get(f"/incidents/{other.number}/follow-ups/{item.pk}/").status_code == 404
    assert duty.post(done, {"answer": "", "version": 1}).status_code == 400
    assert duty.post(done, {"answer": "已安排", "version": 1}).status_code == 302
    assert duty.post(done, {"answer": "已安排", "version": 1}).status_code == 409
    page = duty.get(place).content.decode()
    assert "已安排" in page
    assert "已办结" in page


def test_the_case_costs_the_same_with_many(people: Any, client_for: Any, django_assert_num_queries: Any) -> None:
    incident, duty = file_incident(people), client_for("duty")
    _item(people, incident)
    duty.get("/incidents/")
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as few:
        duty.get(f"/incidents/{incident.number}/follow-ups/{FollowUp.objects.get().pk}/")
        before = len(few)
        duty.get(f"/incidents/{incident.number}/")
        one = len(few) - before
    for _ in range(4):
        row = _record(people, incident)
        for _ in range(3):
            FollowUp.objects.create(instruction=row, text="查", made_by=people["duty"], made_at=timezone.now())
    with django_assert_num_queries(one):
        duty.get(f"/incidents/{incident.number}/")


def test_the_api_does_what_the_pages_do(people: Any, api_for: Any) -> None:
    incident, duty, unit = file_incident(people), api_for("duty"), api_for("unit_gongan")
    place = f"/api/v1/incidents/{incident.number}/instructions/"
    body = {"issued_by": "市委网信办", "text": "查", "to_do": "写出原因", "unit": "县公安局"}
    made = duty.post(place, body, format="json", HTTP_IDEMPOTENCY_KEY="k1")
    assert (made.status_code, made.data["follow_ups"][0]["unit"]) == (201, "gongan")
    assert duty.post(place, body, format="json", HTTP_IDEMPOTENCY_KEY="k1").data["id"] == made.data["id"]
    assert duty.post(place, body | {"text": "长" * 100_000}, format="json").data["fields"].keys() == {"text"}
    more = f"/api/v1/instructions/{made.data['id']}/follow-ups/"
    assert unit.post(more, {"to_do": "查"}, format="json").status_code == 404
    assert duty.post(more, {"to_do": ""}, format="json").status_code == 400
    assert duty.post(more, {"to_do": "汇总"}, format="json").data["unit"] is None
    assert [len(row["follow_ups"]) for row in duty.get(place).data["results"]] == [2]
    assert [len(row["follow_ups"]) for row in unit.get(place).data["results"]] == [1]
    mine = unit.get("/api/v1/follow-ups/").data["results"]
    assert [row["to_do"] for row in mine] == ["写出原因"]
    assert [row["to_do"] for row in duty.get("/api/v1/follow-ups/").data["results"]] == ["汇总"]
    done = f"/api/v1/follow-ups/{mine[0]['id']}/done/"
    assert api_for("unit_dianxin").post(done, {"version": 1, "answer": "好"}, format="json").status_code == 404
    assert unit.post(done, {"answer": "好"}, format="json").status_code == 400
    assert unit.post(done, {"version": 2, "answer": "好"}, format="json").status_code == 409
    assert unit.post(done, {"version": 1, "answer": "弱口令"}, format="json").data["state"] == "done"
    assert unit.get(done).status_code == 405


def test_a_shift_hands_over_what_is_not_done(people: Any) -> None:
    from directory.models import Roster
    from incidents.handoff import open_cases_and_clocks

    incident = file_incident(people)
    item = _item(people, incident)
    follow_up_add(instruction_id=item.instruction_id, user=people["duty"], to_do="汇总")
    plan, unit = incident.plan_version.plan, item.unit
    for roster, words in ((Roster(plan=plan), "汇总"), (Roster(unit=unit), "查日志，写出原因")):
        section = open_cases_and_clocks(roster)[-1]
        assert (section.count, section.items[0].title) == (1, f"副县长张某批示：{words}")


def test_administrators_ask_in_vain_what_is_to_be_done_in_cases(api_for: Any) -> None:
    for name in ("sysadmin", "security", "contacts"):
        assert api_for(name).get("/api/v1/follow-ups/").status_code == 403
    assert api_for("duty").get("/api/v1/follow-ups/").status_code == 200
