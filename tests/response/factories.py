"""Responses for tests, made through the services that people use."""

from __future__ import annotations

from typing import Any

from incidents.models import Incident
from response.models import Response
from response.rules import end_findings_of
from response.services import (
    response_announce_end,
    response_approve,
    response_confirm,
    response_end_approve,
    response_propose,
    response_propose_end,
)
from tests.incidents.factories import file_incident

PREFIX = {"cyber-2025": "", "comms-2022": "comms_"}


def account(people: Any, plan: str, post: str) -> Any:
    """The demo person of a post: ``account(people, "comms-2022", "deputy")``."""
    return people[f"{PREFIX[plan]}{post}"]


def propose(people: Any, plan: str = "cyber-2025", *, level: Any = 2, by: str = "office", **over: Any) -> Response:
    """A proposal for a fresh case, or for ``incident``."""
    incident: Incident = over.pop("incident", None) or file_incident(
        people, plan, township=over.pop("township", "runcheng")
    )
    values = {"condition": 1, "basis": "业务中断，原因不明", **over}
    return response_propose(incident_id=incident.pk, level=level, user=account(people, plan, by), **values)


def confirmed(people: Any, response: Response) -> Response:
    """The command's confirmation where the level needs it."""
    if not response.level.needs_confirmation:
        return response
    user = account(people, response.plan_version.plan.code, "deputy")
    return response_confirm(response_id=response.pk, version=response.version, minutes="电话会商一致同意", user=user)


def active(people: Any, plan: str = "cyber-2025", *, level: Any = 2, **over: Any) -> Response:
    """A running response, approved by the first post of its level."""
    response = confirmed(people, propose(people, plan, level=level, **over))
    post = {"office_director": "director"}.get(response.level.approvers[0], response.level.approvers[0])
    return response_approve(response_id=response.pk, version=response.version, user=account(people, plan, post))


def findings(response: Response) -> dict[int, str]:
    """Evidence for every finding of the plan."""
    return {number: f"依据{number}" for number, _ in enumerate(end_findings_of(response.plan_version), 1)}


def end_proposed(people: Any, response: Response, *, carry_over: str = "转入后期处置") -> Response:
    """The end proposed by the office."""
    user = account(people, response.plan_version.plan.code, "office")
    return response_propose_end(
        response_id=response.pk, version=response.version, findings=findings(response), carry_over=carry_over, user=user
    )


def ended(people: Any, response: Response) -> Response:
    """The response ended, announced where the plan says so."""
    plan = response.plan_version.plan.code
    response = end_proposed(people, response)
    response = response_end_approve(
        response_id=response.pk, version=response.version, user=account(people, plan, "commander")
    )
    if response.state == "end_approved":
        user = account(people, plan, "office")
        response = response_announce_end(response_id=response.pk, version=response.version, user=user)
    return response
