"""Warnings and cases: begun from a case (8.2), shown on its page, gone over into a response."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory

from early_warning import services
from early_warning.models import EarlyWarning
from early_warning.panels import incident_panel
from incidents.choices import RESPONSE_MAY_BE_PROPOSED, IncidentState
from incidents.models import Incident
from tests.early_warning.factories import content_of, drafted, published
from tests.incidents.factories import file_incident
from yangcheng_ec.actors import SYSTEM
from yangcheng_ec.errors import BadInput, WrongState
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def incident(people: Any) -> Incident:
    return file_incident(people)


@pytest.mark.parametrize("state", IncidentState.values)
def test_w10_only_a_case_not_yet_in_response_begins_a_warning(
    state: str, incident: Incident, cyber: Any, people: Any
) -> None:
    Incident.objects.filter(pk=incident.pk).update(state=state)
    incident.refresh_from_db()
    if state in RESPONSE_MAY_BE_PROPOSED:
        warning = drafted(people, cyber, incident=incident)
        assert warning.incident == incident
        assert incident.number in RecordEntry.objects.get(head=warning.head).text
    else:
        with pytest.raises(WrongState) as refused:
            drafted(people, cyber, incident=incident)
        assert refused.value.clause.endswith("8.2")


def test_the_other_plans_case_is_refused(incident: Incident, comms: Any, people: Any) -> None:
    with pytest.raises(BadInput) as refused:
        services.warning_draft(version=comms, content=content_of(comms), user=people["comms_office"], incident=incident)
    assert "incident" in refused.value.fields


def test_a_drills_warning_is_a_drill(people: Any, cyber: Any) -> None:
    assert drafted(people, cyber, incident=file_incident(people, drill=True)).drill


def test_w10_an_activated_response_takes_the_warnings_over(incident: Incident, cyber: Any, people: Any) -> None:
    active, draft = published(people, cyber, incident=incident), drafted(people, cyber, incident=incident)
    other = published(people, cyber)
    assert [row.pk for row in services.warnings_supersede(incident=incident, actor=SYSTEM, into="XY-1")] == [active.pk]
    states = {row.pk: row.state for row in EarlyWarning.objects.all()}
    assert states == {active.pk: "superseded", draft.pk: "draft", other.pk: "published"}
    assert "XY-1" in RecordEntry.objects.filter(head_id=active.head_id).last().text
    assert services.warnings_supersede(incident=incident, actor=SYSTEM, into="XY-1") == []


def test_the_panel_of_a_case(incident: Incident, cyber: Any, people: Any) -> None:
    def shown(account: str) -> Any:
        request = RequestFactory().get("/")
        request.user = people[account]
        return incident_panel(request, incident)

    assert shown("unit_shuju") is None
    assert shown("commander") is None
    panel = shown("office")
    assert panel is not None
    assert panel[1]["may_draft_warning"]
    warning = published(people, cyber, incident=incident)
    assert [row.pk for row, _label in shown("commander")[1]["warnings"]] == [warning.pk]


def test_the_form_starts_from_the_case(incident: Incident, people: Any, client_for: Any) -> None:
    client = client_for("office")
    assert incident.title in client.get(f"/warnings/new/?incident={incident.number}").content.decode()
    Incident.objects.filter(pk=incident.pk).update(state="responding")
    assert client.get(f"/warnings/new/?incident={incident.number}").status_code == 409


def test_whole_groups_are_chosen_with_one_tick(cyber: Any, client_for: Any) -> None:
    data = {
        "level": "2", "title": "某型路由器高危漏洞", "text": "已有利用。", "publicity": "internal", "groups": ["1"],
        "units": ["gongan"], "then": "",
    }  # fmt: skip
    assert client_for("office").post("/warnings/new/", data).status_code == 302
    kinds = EarlyWarning.objects.get().addressees.values_list("unit__kind", flat=True)
    assert sorted(kinds) == ["government", *["township"] * 15]
