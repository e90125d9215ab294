"""涉密: no content is kept, only that it went by a secure channel; the notice on every form with free text (R10)."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest

from incidents.models import Incident, IntakeDraft
from incidents.services import Intake, PhoneReport, incident_file, incident_update, report_phone_record
from incidents.services.secret import SEALED_TITLE, SEALED_WORDS
from tests.incidents.factories import (
    analyse_incident,
    confirm_incident,
    draft_report,
    file_incident,
    phone_report,
    signed_report,
)
from yangcheng_ec.errors import BadInput
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db
URL = "/incidents/new/"
TOLD = "某部某日某地"
SECRET = {"title": "", "incident_unit": "", "secret": True, "secret_channel": "机要"}


def _file(people: Any, plan: str = "cyber-2025", **over: Any) -> Incident:
    return file_incident(people, plan, **{**SECRET, **over})


def test_the_page_keeps_nothing_of_what_was_typed(client_for: Any) -> None:
    duty, uuid = client_for("duty"), uuid4()
    typed = {"plan": "both", "title": TOLD, "description": TOLD, "cause": TOLD, "location": TOLD, "category": "leak",
             "symptoms": "leak", "incident_unit": "shuju", "caller_name": "李四", "reporting_unit": "shuju",
             "channel": "phone", "secret": "on", "secret_channel": "保密电话"}  # fmt: skip
    duty.post(f"{URL}{uuid}/save/", {**typed, "secret": "", "page": "one"})
    assert TOLD in IntakeDraft.objects.get().data["title"]
    duty.post(f"{URL}{uuid}/save/", {**typed, "page": "one", "version": "1"})
    assert TOLD not in json.dumps(IntakeDraft.objects.get().data, ensure_ascii=False)
    typed["category"] = ""
    answer = duty.post(URL, {**typed, "idempotency_key": uuid.hex})
    assert answer.status_code == 302, answer.content.decode()
    for incident in Incident.objects.all():
        assert incident.secret
        assert incident.title == SEALED_TITLE
        assert (incident.caller_name, incident.reporting_unit.code) == ("李四", "shuju")
        assert TOLD not in json.dumps([str(value) for value in vars(incident).values()], ensure_ascii=False)
    assert not RecordEntry.objects.filter(text__contains=TOLD).exists()
    page = duty.get(answer.url).content.decode()
    assert SEALED_WORDS in page
    assert "保密电话" in page
    assert TOLD not in page


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"description": TOLD}, "description"),
        ({"title": TOLD}, "title"),
        ({"incident_unit": "shuju"}, "incident_unit"),
        ({"facts": {"severity": TOLD}}, "facts"),
        ({"secret_channel": " "}, "secret_channel"),
        ({"caller_name": "", "reporting_unit": ""}, "caller_name"),
    ],
)
def test_the_service_refuses_content_and_wants_the_channel(people: Any, over: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        _file(people, **over)
    assert field in refused.value.fields
    assert not Incident.objects.exists()


def test_a_secret_case_stays_without_content(people: Any, client_for: Any) -> None:
    incident = confirm_incident(people, _file(people), note="")
    duty = people["duty"]
    for changes in ({"description": TOLD}, {"title": TOLD}, {"facts": {"severity": TOLD}}):
        with pytest.raises(BadInput):
            incident_update(incident_id=incident.pk, version=None, user=duty, changes=changes)
    known = {"caller_name": "王五", "title": SEALED_TITLE}
    incident_update(incident_id=incident.pk, version=None, user=duty, changes=known)
    with pytest.raises(BadInput):
        analyse_incident(people, incident, loss_estimate=TOLD, facts={}, category="")
    with pytest.raises(BadInput):
        draft_report(people, incident, content={"description": TOLD})
    call = PhoneReport(caller="张三", heard_by="李四", addressees=("xianzhengfu",), body=TOLD)
    with pytest.raises(BadInput):
        report_phone_record(incident_id=incident.pk, user=duty, call=call)
    form = client_for("duty").get(f"/incidents/{incident.number}/update/").content.decode()
    assert 'name="caller_name"' in form
    assert 'name="description"' not in form
    incident.refresh_from_db()
    assert (incident.title, incident.description, incident.caller_name) == (SEALED_TITLE, "", "王五")


def test_reports_go_out_without_content_and_meet_the_clocks(people: Any) -> None:
    incident = _file(people)
    assert phone_report(people, incident, "xianzhengfu").state == "sent"
    written = signed_report(people, incident)
    assert written.content["description"] == SEALED_WORDS
    comms = _file(people, "comms-2022")
    assert signed_report(people, comms).content["description"] == SEALED_WORDS
    assert analyse_incident(people, incident, loss_estimate="", facts={}, category="").state == "analysed"


def test_the_api_files_a_secret_case_and_refuses_its_content(api_for: Any, people: Any) -> None:
    api = api_for("duty")
    body = {"plan": "comms-2022", "caller_name": "李四", "secret": True, "secret_channel": "机要", "channel": "phone"}
    refused = api.post("/api/v1/incidents/", {**body, "cause": TOLD}, format="json")
    assert refused.status_code == 400
    number = api.post("/api/v1/incidents/", body, format="json").json()["number"]
    seen = api.get(f"/api/v1/incidents/{number}/").json()
    assert (seen["secret"], seen["secret_channel"], seen["title"]) == (True, "机要", SEALED_TITLE)


def test_every_form_with_free_text_carries_one_notice(client_for: Any, people: Any) -> None:
    incident = incident_file(user=people["duty"], intake=Intake(plan="cyber-2025", title="甲", caller_name="乙"))
    duty = client_for("duty")
    for path in ("/incidents/new/", *(f"/incidents/{incident.number}/{act}/" for act in ("update", "phone", "report"))):
        page = duty.get(path).content.decode()
        assert page.count('id="secrets-notice"') == 1, path
        assert "通信预案 4.1" in page
        assert "通信预案 6.3" in page
        assert page.count("secrets-notice") > max(page.count("<textarea"), 1), f"{path}: each text refers to it"
