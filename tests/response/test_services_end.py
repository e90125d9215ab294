"""The end: findings with evidence, open tasks, who announces, the case goes on to the aftermath (E1, E2)."""

from __future__ import annotations

from typing import Any

import pytest

from directory.rules import clause_label
from incidents.models import Incident
from response.models import Response
from response.services import (
    release_approve,
    release_draft,
    release_publish,
    release_return,
    response_announce_end,
    response_end_approve,
    response_end_return,
    response_escalate,
    response_propose_end,
    task_complete,
)
from tests.incidents.factories import file_incident
from tests.response.factories import PREFIX, account, active, end_proposed, ended, findings
from yangcheng_ec.deadlines.models import Notice
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, WrongState
from yangcheng_ec.record.models import RecordEntry
from yangcheng_ec.record.selectors import verify_chain

pytestmark = pytest.mark.django_db
PLANS = tuple(PREFIX)


@pytest.mark.parametrize("plan", PLANS)
def test_every_finding_needs_its_evidence(people: Any, plan: str) -> None:
    response = active(people, plan)
    for number in findings(response):
        given = {**findings(response), number: " "}
        with pytest.raises(BadInput) as refused:
            response_propose_end(
                response_id=response.pk,
                version=response.version,
                findings=given,
                carry_over="结转",
                user=account(people, plan, "office"),
            )
        assert list(refused.value.fields) == [f"finding_{number}"]


def test_open_tasks_are_done_or_carried_over_with_a_reason(people: Any) -> None:
    response = active(people, level=3)
    with pytest.raises(BadInput) as refused:
        end_proposed(people, response, carry_over="")
    assert "carry_over" in refused.value.fields
    done = ended(people, response)
    assert done.tasks.filter(state="carried_over").count() == done.tasks.count()


def test_a_task_carried_over_may_still_be_finished_in_the_aftermath(people: Any) -> None:
    response = ended(people, active(people, level=1))
    task = response.tasks.filter(unit__code="gongan").first()
    done = task_complete(task_id=task.pk, version=task.version, text="已办完", user=people["unit_gongan"])
    assert done.state == "done"


def test_cyber_the_office_announces_what_the_command_approved(people: Any) -> None:
    response = end_proposed(people, active(people))
    with pytest.raises(WrongState):
        response_announce_end(response_id=response.pk, version=response.version, user=people["office"])
    response = response_end_approve(response_id=response.pk, version=response.version, user=people["deputy"])
    assert response.state == "end_approved"
    with pytest.raises(Forbidden):
        response_announce_end(response_id=response.pk, version=response.version, user=people["commander"])
    response = response_announce_end(
        response_id=response.pk, version=response.version, user=people["office"], public=True
    )
    assert (response.state, response.end_public) == ("ended", True)


def test_comms_the_approval_announces_at_once(people: Any) -> None:
    response = end_proposed(people, active(people, "comms-2022", level=2))
    done = response_end_approve(response_id=response.pk, version=response.version, user=people["comms_deputy"])
    assert done.state == "ended"


@pytest.mark.parametrize("plan", PLANS)
def test_the_case_goes_to_the_aftermath_and_its_record_holds(people: Any, plan: str) -> None:
    response = ended(people, active(people, plan))
    incident = Incident.objects.select_related("head").get(pk=response.incident_id)
    assert incident.state == "aftermath"
    kinds = list(RecordEntry.objects.filter(head=incident.head).values_list("kind", flat=True))
    for kind in ("response.proposed", "response.activated", "task.assigned", "response.end_proposed", "response.ended"):
        assert kind in kinds
    assert verify_chain(incident.head) is None
    assert (
        Notice.objects.filter(kind="response.ended", unit_code="gongan").exists()
        == response.tasks.filter(unit__code="gongan").exists()
    )


def test_nobody_approves_the_end_they_proposed(people: Any) -> None:
    response = active(people)
    response = response_propose_end(
        response_id=response.pk,
        version=response.version,
        findings=findings(response),
        carry_over="结转",
        user=people["director"],
    )
    with pytest.raises(Forbidden):
        response_end_approve(response_id=response.pk, version=response.version, user=people["director"])


def test_a_refused_end_lets_the_response_go_on(people: Any) -> None:
    response = end_proposed(people, active(people))
    with pytest.raises(BadInput):
        response_end_return(response_id=response.pk, version=response.version, reason="", user=people["deputy"])
    done = response_end_return(
        response_id=response.pk, version=response.version, reason="再观察", user=people["deputy"]
    )
    assert done.state == "active"


def test_no_end_while_a_change_of_level_waits(people: Any) -> None:
    response = active(people)
    response_escalate(
        response_id=response.pk, version=response.version, level=1, condition=2, basis="x", user=people["office"]
    )
    with pytest.raises(WrongState):
        end_proposed(people, Response.objects.get(pk=response.pk))


@pytest.mark.parametrize(("plan", "ref"), [("cyber-2025", "4.4"), ("comms-2022", "4.5")])
def test_s8_a_unit_releases_nothing_and_is_told_the_clause(people: Any, plan: str, ref: str) -> None:
    incident = file_incident(people, plan, incident_unit="gongan", reporting_unit="gongan")
    with pytest.raises(Forbidden, match="一律不得发布") as refused:
        release_draft(incident_id=incident.pk, title="x", text="x", user=people["unit_gongan"])
    assert refused.value.clause == clause_label(incident.plan_version, ref)
    with pytest.raises(NotVisible):
        release_draft(incident_id=incident.pk, title="x", text="x", user=people["unit_runcheng"])


def test_s8_a_release_is_published_only_as_the_command_approved(people: Any) -> None:
    incident = file_incident(people)
    release = release_draft(incident_id=incident.pk, title="情况通报", text="正在抢修", user=people["office"])
    given = {"release_id": release.pk, "version": release.version}
    with pytest.raises(WrongState, match="未经批准"):
        release_publish(**given, user=people["office"], channel="网站")
    with pytest.raises(Forbidden):
        release_approve(**given, user=people["office"])
    release = release_approve(**given, user=people["deputy"])
    given["version"] = release.version
    with pytest.raises(BadInput):
        release_publish(**given, user=people["office"])
    release = release_publish(**given, user=people["office"], channel="县政府网站")
    assert release.state == "published"
    assert release.published_at is not None


def test_a_release_is_returned_with_a_reason(people: Any) -> None:
    release = release_draft(incident_id=file_incident(people).pk, title="通报", text="文", user=people["office"])
    given = {"release_id": release.pk, "version": release.version, "user": people["deputy"]}
    with pytest.raises(BadInput):
        release_return(**given, reason="")
    assert release_return(**given, reason="措辞").state == "returned"
