"""Proposing, confirming, returning; who is told when; one undecided at a time."""

from __future__ import annotations

from typing import Any

import pytest

from incidents.services import incident_triage
from response.models import Response
from response.services import (
    response_approve,
    response_confirm,
    response_escalate,
    response_lower,
    response_propose,
    response_return,
    response_withdraw,
)
from tests.incidents.factories import file_incident
from tests.response.factories import active, confirmed, propose
from yangcheng_ec.deadlines.models import Delivery, Notice
from yangcheng_ec.errors import BadInput, Forbidden, WrongState

pytestmark = pytest.mark.django_db


def test_a_response_may_be_proposed_from_received_on(people: Any) -> None:
    response = propose(people, level="Ⅰ")
    assert response.incident.state == "received"
    assert response.number.startswith("XY-")
    assert response.condition.number == 1


def test_the_approvers_are_called_and_nobody_else(people: Any) -> None:
    response = propose(people, level=1)
    called = Notice.objects.filter(kind="response.approve_response", subject_id=response.pk)
    assert set(called.values_list("recipient__username", flat=True)) == {"commander"}
    assert Delivery.objects.filter(notice__in=called, channel="phone").exists()


@pytest.mark.parametrize(("plan", "level"), [("cyber-2025", 1), ("comms-2022", 1), ("comms-2022", 2)])
def test_those_the_clause_tells_at_proposal_are_told_then(people: Any, plan: str, level: int) -> None:
    response = propose(people, plan, level=level)
    told = set(
        Notice.objects.filter(kind="response.proposed", subject_id=response.pk).values_list("unit_code", flat=True)
    )
    words = response.level.informs_at_proposal
    members = response.plan_version.memberships.filter(unit__isnull=False).values_list("unit__code", flat=True)
    wanted = set(members) if "all_members" in words else set()
    assert told == wanted | {word for word in words if word != "all_members"}


def test_a_basis_is_needed_and_nothing_is_written_without(people: Any) -> None:
    incident = file_incident(people)
    with pytest.raises(BadInput) as refused:
        response_propose(incident_id=incident.pk, level=1, condition=1, basis="  ", user=people["office"])
    assert "basis" in refused.value.fields
    assert not Response.objects.exists()


def test_one_undecided_proposal_at_a_time(people: Any) -> None:
    response = propose(people)
    with pytest.raises(WrongState, match="已有"):
        propose(people, incident=response.incident)


def test_a_lower_level_replaces_a_waiting_proposal_in_one_act(people: Any) -> None:
    waiting = propose(people, level=1)
    other = propose(people, level=2, incident=waiting.incident, withdraws=waiting.number)
    waiting.refresh_from_db()
    assert (waiting.state, other.state) == ("withdrawn", "proposed")


@pytest.mark.parametrize("drill", [True, False])
def test_a_drill_response_goes_with_a_drill_and_nothing_else(people: Any, drill: bool) -> None:
    incident = file_incident(people, drill=not drill)
    with pytest.raises(BadInput):
        propose(people, incident=incident, drill=drill)


def test_a_drills_number_says_so(people: Any) -> None:
    response = propose(people, incident=file_incident(people, drill=True))
    assert response.number.startswith("XY-D")


def test_comms_needs_the_commands_confirmation_first(people: Any) -> None:
    response = propose(people, "comms-2022", level=1)
    with pytest.raises(WrongState, match="须先经"):
        response_approve(response_id=response.pk, version=response.version, user=people["comms_commander"])
    done = confirmed(people, response)
    assert done.state == "confirmed"
    assert response_approve(response_id=done.pk, version=done.version, user=people["comms_commander"]).state == "active"


@pytest.mark.parametrize("who", ["comms_office", "comms_duty", "commander"])
def test_only_the_command_confirms(people: Any, who: str) -> None:
    response = propose(people, "comms-2022", level=1, by="duty")
    with pytest.raises(Forbidden):
        response_confirm(response_id=response.pk, version=response.version, minutes="同意", user=people[who])


def test_the_proposer_does_not_confirm(people: Any) -> None:
    response = propose(people, "comms-2022", level=1, by="director")
    with pytest.raises(Forbidden):
        response_confirm(response_id=response.pk, version=response.version, minutes="x", user=people["comms_director"])


def test_a_confirmation_needs_minutes_and_a_level_that_asks_for_it(people: Any) -> None:
    response = propose(people, "comms-2022", level=1)
    with pytest.raises(BadInput):
        response_confirm(response_id=response.pk, version=response.version, minutes="", user=people["comms_deputy"])
    cyber = propose(people)
    with pytest.raises(WrongState):
        response_confirm(response_id=cyber.pk, version=cyber.version, minutes="x", user=people["deputy"])


def test_returned_and_withdrawn_need_a_reason_and_free_the_place(people: Any) -> None:
    response = propose(people)
    with pytest.raises(BadInput):
        response_return(response_id=response.pk, version=response.version, reason=" ", user=people["deputy"])
    response_return(response_id=response.pk, version=response.version, reason="再核", user=people["deputy"])
    again = propose(people, incident=response.incident)
    response_withdraw(response_id=again.pk, version=again.version, reason="误", user=people["office"])
    assert propose(people, incident=response.incident).state == "proposed"


@pytest.mark.parametrize(("act", "level"), [(response_escalate, 3), (response_lower, 1), (response_escalate, 2)])
def test_escalating_goes_up_and_lowering_down(people: Any, act: Any, level: int) -> None:
    response = active(people)
    with pytest.raises(BadInput):
        act(
            response_id=response.pk,
            version=response.version,
            level=level,
            condition=1,
            basis="x",
            user=people["office"],
        )


def test_an_escalation_replaces_the_running_response_and_its_open_tasks(people: Any) -> None:
    old = active(people)
    new = response_escalate(
        response_id=old.pk, version=old.version, level=1, condition=2, basis="扩大", user=people["office"]
    )
    response_approve(response_id=new.pk, version=new.version, user=people["commander"])
    old.refresh_from_db()
    assert old.state == "replaced"
    assert set(old.tasks.values_list("state", flat=True)) == {"carried_over"}
    assert new.tasks.filter(state="assigned").exists()


def test_a_returned_escalation_may_be_proposed_again(people: Any) -> None:
    old = active(people)
    given = {"response_id": old.pk, "version": old.version, "level": 1, "condition": 2, "basis": "扩大"}
    first = response_escalate(**given, user=people["office"])
    response_return(response_id=first.pk, version=first.version, reason="再核", user=people["commander"])
    assert response_escalate(**given, user=people["office"]).state == "proposed"


@pytest.mark.parametrize(
    ("result", "facts"), [("false_alarm", {}), ("refer", {"receiving_body": "县公安局", "how": "电话"})]
)
def test_a_proposal_does_not_outlive_its_case(people: Any, result: str, facts: dict[str, str]) -> None:
    response = propose(people, level=1)
    incident_triage(
        incident_id=response.incident_id,
        version=None,
        user=people["duty"],
        result=result,
        note="值班员回拨核实",
        **facts,
    )
    response.refresh_from_db()
    assert response.state == "withdrawn"
    assert response.return_reason.startswith("事件已")
    assert not Notice.objects.filter(subject_type="response", subject_id=response.pk, settled_at__isnull=True).exists()
    with pytest.raises(WrongState):
        response_approve(response_id=response.pk, version=response.version, user=people["commander"])
