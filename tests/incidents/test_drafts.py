"""接报草稿: saved from the first key, seen by the office, handed over, filed once; and one event under both plans."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from directory.models import Roster
from incidents.choices import BandColour, DraftState
from incidents.handoff import open_cases_and_clocks
from incidents.models import Incident, IntakeDraft
from incidents.selectors.drafts import drafts_open
from incidents.services import DraftEntry, Intake, draft_file, draft_save, draft_take, incidents_file
from incidents.services.drafts import CHARACTERS, OPEN_AT_ONCE
from tests.incidents.factories import file_incident
from yangcheng_ec.errors import BadInput, NotVisible, WrongState
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db
URL = "/incidents/new/"
TYPED = {"plan": "cyber-2025", "title": "网站被篡改", "caller_name": "李四", "channel": "phone"}


def _save(client: Client, uuid: Any, page: str = "one", version: int = 0, **typed: Any) -> Any:
    return client.post(f"{URL}{uuid}/save/", {**typed, "page": page, "version": str(version)})


def _draft(user: Any, **data: Any) -> IntakeDraft:
    return draft_save(user=user, uuid=uuid4(), entry=DraftEntry(data={**TYPED, **data}, page="one"))


def test_from_the_first_key_to_the_case(client_for: Any, people: Any) -> None:
    duty, uuid, lines = client_for("duty"), uuid4(), RecordEntry.objects.count()
    first = _save(duty, uuid, plan="cyber-2025", title="网").json()
    again = _save(duty, uuid, version=1, plan="cyber-2025", title="网站\x00被篡改", symptoms=["leak", "outage"]).json()
    assert (first["version"], again["version"], again["name"]) == (1, 2, "网站被篡改")
    assert first["url"] == f"{URL}{uuid}/"
    assert RecordEntry.objects.count() == lines, "a draft is no record"
    page = duty.get(first["url"]).content.decode()
    assert "网站被篡改" in page
    assert f"band--{again['colour']}" in page
    assert 'value="leak"' in page
    answer = duty.post(URL, {**TYPED, "idempotency_key": uuid.hex})
    draft = IntakeDraft.objects.select_related("incident").get()
    assert draft.incident is not None
    assert (draft.state, draft.settled_by) == (DraftState.FILED, people["duty"])
    assert answer.url == f"/incidents/{draft.incident.number}/"
    assert duty.get(first["url"]).url == answer.url, "a filed draft leads to its case"
    late = _save(duty, uuid, version=2, title="最后一个字")
    assert late.status_code == 409
    assert draft.incident.number in late.json()["message"]


def test_two_windows_and_two_clicks_make_one_case(client_for: Any) -> None:
    duty, uuid = client_for("duty"), uuid4()
    assert _save(duty, uuid, "one", 0, **TYPED).status_code == 200
    assert _save(duty, uuid, "one", 0, **TYPED, location="三楼").status_code == 200, "an answer that was lost"
    stale = _save(duty, uuid, "two", 1, title="另一个窗口")
    assert stale.status_code == 409
    assert "另一个窗口" in stale.json()["message"]
    typed = {**TYPED, "idempotency_key": uuid.hex}
    first, second = duty.post(URL, typed), duty.post(URL, {**typed, "page": "two", "version": "9"})
    assert first.url == second.url
    other = duty.post(URL, {**typed, "title": "改写过的名称"})
    assert other.status_code == 409
    assert "改写过的名称" in other.content.decode(), "what was typed is shown again"
    assert Incident.objects.count() == 1


def test_without_a_script_the_button_keeps_a_draft(client_for: Any) -> None:
    duty, uuid = client_for("duty"), uuid4()
    _save(duty, uuid, plan="comms-2022", cause="挖")
    answer = duty.post(URL, {"plan": "comms-2022", "cause": "挖断", "idempotency_key": uuid.hex, "save": "1"})
    assert answer.url == f"{URL}{uuid}/", "what is sent by hand is what the person wants"
    assert "挖断" in duty.get(answer.url).content.decode()
    assert f"{URL}{uuid}/" in duty.get(URL).content.decode(), "named among what is not filed yet"
    assert f"{URL}{uuid}/" in duty.get("/").content.decode(), "and on the desk"
    assert not Incident.objects.exists()
    assert duty.post(f"{URL}{uuid}/drop/").url == URL
    draft = IntakeDraft.objects.get()
    assert (draft.state, draft.data["cause"]) == (DraftState.DROPPED, "挖断")
    assert "放弃" in duty.get(f"{URL}{uuid}/").content.decode()
    assert duty.post(URL, {**TYPED, "idempotency_key": uuid.hex}).status_code == 409
    assert duty.get(f"{URL}{uuid}/drop/").status_code == 405


def test_a_colleague_takes_over_and_the_case_says_so(client_for: Any, people: Any) -> None:
    draft = _draft(people["duty"])
    colleague = client_for("duty2")
    assert draft in drafts_open(people["duty2"])
    handed = open_cases_and_clocks(Roster(code="cyber-2025", plan_id=draft.office_id))[0]
    assert (handed.count, handed.items[0].url) == (1, f"{URL}{draft.uuid}/"), "it is part of the hand-off"
    page = colleague.get(f"{URL}{draft.uuid}/").content.decode()
    assert "网站被篡改" in page
    assert "接过来" in page
    assert _save(colleague, draft.uuid, title="抢着写").status_code == 409
    colleague.post(f"{URL}{draft.uuid}/take/")
    assert _save(client_for("duty"), draft.uuid, "one", 1, title="还在写").status_code == 409
    colleague.post(URL, {**TYPED, "idempotency_key": draft.uuid.hex})
    incident = Incident.objects.get()
    told = incident.head.entries.get(kind="incident.drafted")
    assert people["duty"].display_name in told.text
    assert people["duty2"].display_name in told.text
    assert incident.filed_by == people["duty2"]


@pytest.mark.parametrize("name", ["comms_duty", "unit_yidong", "commander", "auditor"])
def test_other_offices_units_and_readers_see_no_draft(client_for: Any, people: Any, name: str) -> None:
    draft, client = _draft(people["duty"]), client_for(name)
    allowed = name in ("comms_duty", "unit_yidong")
    assert drafts_open(people[name]) == []
    assert client.get(f"{URL}{draft.uuid}/").status_code == (404 if allowed else 403)
    assert _save(client, draft.uuid, title="偷看").status_code == (404 if allowed else 403)
    for act in ("take", "drop"):
        assert client.post(f"{URL}{draft.uuid}/{act}/").status_code == (404 if allowed else 403)
    if allowed:
        assert client.post(URL, {**TYPED, "idempotency_key": draft.uuid.hex}).status_code == 404
    draft.refresh_from_db()
    assert (draft.state, draft.user, draft.data["title"]) == (DraftState.OPEN, people["duty"], "网站被篡改")


def test_hostile_sizes_and_lost_logins(client_for: Any, people: Any) -> None:
    assert Client().post(f"{URL}{uuid4()}/save/", TYPED).status_code == 401
    huge = _save(client_for("duty"), uuid4(), **TYPED, description="长" * (CHARACTERS + 1))
    assert (huge.status_code, huge.json()["code"]) == (400, "bad_input")
    unknown = _save(client_for("duty"), uuid4(), **TYPED, evil="x" * 1000)
    assert unknown.status_code == 200
    assert "evil" not in IntakeDraft.objects.get().data
    row = IntakeDraft.objects.get()
    copies = [IntakeDraft(uuid=uuid4(), user=row.user, made_by=row.made_by, colour=row.colour, made_at=row.made_at,
                          saved_at=row.saved_at) for _ in range(OPEN_AT_ONCE - 1)]  # fmt: skip
    IntakeDraft.objects.bulk_create(copies)
    with pytest.raises(BadInput):
        _draft(people["duty"])
    assert client_for("duty").post(URL, TYPED | {"idempotency_key": uuid4().hex}).status_code == 302, "filing goes on"


def test_two_callers_of_one_night_have_different_colours(
    people: Any, client_for: Any, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    rows = [_draft(people[name]) for name in ("duty", "duty2", "duty", "duty2", "duty", "duty", "duty", "duty")]
    assert {row.colour for row in rows} == set(BandColour.values)
    assert not {"red", "orange", "yellow", "blue"} & set(BandColour.values)
    assert _draft(people["duty"]).colour == rows[0].colour, "the one not used for longest"
    drafts_open(people["duty"])
    with django_assert_num_queries(1):
        assert drafts_open(people["duty"])[0].user == people["duty"]
    duty = client_for("duty")
    with django_assert_max_num_queries(21):
        page = duty.get(URL).content.decode()
    assert page.count('class="band band--') == len(rows) + 3, "every open one, this one and the pattern of local ones"


def test_a_failed_filing_leaves_the_draft_open(people: Any) -> None:
    draft = _draft(people["duty"])
    with pytest.raises(BadInput):
        draft_file(user=people["duty"], uuid=draft.uuid, entry=DraftEntry(data=TYPED), intake=Intake(plan="cyber-2025"))
    draft.refresh_from_db()
    assert draft.state == DraftState.OPEN
    with pytest.raises(NotVisible):
        draft_take(user=people["duty"], uuid=uuid4())
    draft_file(user=people["duty"], uuid=draft.uuid, entry=DraftEntry(data=TYPED), intake=Intake(**TYPED))
    with pytest.raises(WrongState):
        draft_take(user=people["duty2"], uuid=draft.uuid)


def test_one_event_under_both_plans_is_two_linked_cases(client_for: Any) -> None:
    typed = {**TYPED, "plan": "both", "category": "facility", "cause": "挖断", "networks": "移动城域网",
             "occurred_at": "00:01", "idempotency_key": uuid4().hex}  # fmt: skip
    duty = client_for("duty")
    answer = duty.post(URL, typed)
    cyber, comms = Incident.objects.order_by("number")
    assert answer.url == f"/incidents/{cyber.number}/"
    assert cyber.number.startswith("CY-")
    assert comms.number.startswith("TX-")
    assert (cyber.category.code, cyber.facts) == ("facility", {})
    assert (comms.category, comms.facts) == (None, {"cause": "挖断", "networks": ["移动城域网"]})
    assert list(cyber.links.all()) == [comms]
    assert cyber.head.deadlines.exists()
    assert comms.head.deadlines.exists()
    assert cyber.accepted_at is not None
    assert comms.accepted_at is None, "the other office has not taken it over"
    page = duty.get(answer.url).content.decode()
    assert cyber.number in page
    assert comms.number in page
    assert duty.post(URL, typed).url == answer.url
    draft = IntakeDraft.objects.get()
    assert (draft.incident, draft.other_incident) == (cyber, comms)


def test_both_or_neither(people: Any, api_for: Any) -> None:
    with pytest.raises(BadInput):
        incidents_file(user=people["duty"], intake=Intake(plan="both", title="停电", caller_name="李", facts={"x": 1}))
    assert not Incident.objects.exists()
    body = {"plan": "both", "title": "光缆被挖断", "caller_name": "王五", "category": "facility", "cause": "施工"}
    api = api_for("comms_duty")
    sent = [api.post("/api/v1/incidents/", body, format="json", HTTP_IDEMPOTENCY_KEY="k").json() for _ in range(2)]
    assert sent[0]["number"] == sent[1]["number"]
    assert [row["number"][:2] for row in (sent[0], *sent[0]["also_filed"])] == ["CY", "TX"]
    assert sent[0]["possible_duplicates"] == []
    assert Incident.objects.count() == 2


def test_what_belongs_to_another_event_of_one_night_stays_apart(people: Any, client_for: Any) -> None:
    one = file_incident(people)
    draft = _draft(people["duty"], same=one.number)
    assert one.number in client_for("duty").get(f"{URL}{draft.uuid}/").content.decode()
    client_for("duty").post(URL, {**TYPED, "same": one.number, "idempotency_key": draft.uuid.hex})
    assert list(Incident.objects.exclude(pk=one.pk).get().links.all()) == [one]
