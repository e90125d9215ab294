"""Every act in every state of a response: what is allowed moves on, the rest is a clear refusal (409)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from response import services
from response.models import Response
from tests.response.factories import active, end_proposed, ended, findings, propose
from yangcheng_ec.errors import DomainError, StaleVersion, WrongState

pytestmark = pytest.mark.django_db


def returned(people: Any) -> Response:
    response = propose(people)
    return services.response_return(
        response_id=response.pk, version=response.version, reason="再核", user=people["deputy"]
    )


def withdrawn(people: Any) -> Response:
    response = propose(people)
    return services.response_withdraw(
        response_id=response.pk, version=response.version, reason="误", user=people["office"]
    )


def end_approved(people: Any) -> Response:
    response = end_proposed(people, active(people))
    return services.response_end_approve(response_id=response.pk, version=response.version, user=people["deputy"])


def replaced(people: Any) -> Response:
    old = active(people)
    new = services.response_escalate(
        response_id=old.pk, version=old.version, level=1, condition=2, basis="扩大", user=people["office"]
    )
    services.response_approve(response_id=new.pk, version=new.version, user=people["commander"])
    return Response.objects.get(pk=old.pk)


STATES: dict[str, Callable[[Any], Response]] = {
    "proposed": propose,
    "returned": returned,
    "withdrawn": withdrawn,
    "active": active,
    "end_proposed": lambda people: end_proposed(people, active(people)),
    "end_approved": end_approved,
    "ended": lambda people: ended(people, active(people)),
    "replaced": replaced,
}
# act → (who, extra arguments, states in which it is allowed)
ACTS: dict[str, tuple[str, Callable[[Response], dict[str, Any]], set[str]]] = {
    "response_approve": ("deputy", lambda r: {}, {"proposed"}),
    "response_return": ("deputy", lambda r: {"reason": "再核"}, {"proposed"}),
    "response_withdraw": ("office", lambda r: {"reason": "误"}, {"proposed"}),
    "response_handover": ("office", lambda r: {"to": "市指挥部", "note": "电话通知"}, {"active"}),
    "response_reinforce": ("office", lambda r: {"to": "市指挥部", "request": "抢修队"}, {"active"}),
    "response_escalate": ("office", lambda r: {"level": 1, "condition": 2, "basis": "扩大"}, {"active"}),
    "response_lower": ("office", lambda r: {"level": 3, "condition": 2, "basis": "缓和"}, {"active"}),
    "response_propose_end": ("office", lambda r: {"findings": findings(r), "carry_over": "结转"}, {"active"}),
    "response_end_approve": ("commander", lambda r: {}, {"end_proposed"}),
    "response_end_return": ("commander", lambda r: {"reason": "再看"}, {"end_proposed"}),
    "response_announce_end": ("office", lambda r: {}, {"end_approved"}),
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("act", ACTS)
def test_the_table_of_transitions(people: Any, act: str, state: str) -> None:
    who, extra, allowed = ACTS[act]
    response = STATES[state](people)
    assert response.state == state
    call = getattr(services, act)
    given = {"response_id": response.pk, "version": response.version, "user": people[who], **extra(response)}
    if state in allowed:
        assert call(**given).version > 0
    else:
        with pytest.raises(WrongState) as refused:
            call(**given)
        assert refused.value.status == 409
        assert Response.objects.get(pk=response.pk).state == state


@pytest.mark.parametrize("act", ACTS)
def test_a_stale_version_is_refused_with_what_changed(people: Any, act: str) -> None:
    who, extra, allowed = ACTS[act]
    response = STATES[next(iter(allowed))](people)
    call = getattr(services, act)
    with pytest.raises(StaleVersion) as refused:
        call(response_id=response.pk, version=response.version - 1, user=people[who], **extra(response))
    assert refused.value.changes
    assert refused.value.as_dict()["changes"]


@pytest.mark.parametrize("act", ["response_approve", "response_withdraw", "response_handover", "response_propose_end"])
@pytest.mark.parametrize("who", ["unit_gongan", "contacts", "security", "sysadmin"])
def test_who_may_not_read_it_gets_nothing(people: Any, act: str, who: str) -> None:
    _office, extra, allowed = ACTS[act]
    response = STATES[next(iter(allowed))](people)
    with pytest.raises(DomainError) as refused:
        getattr(services, act)(response_id=response.pk, version=response.version, user=people[who], **extra(response))
    assert refused.value.status == 404
