"""Every act of a running response × every post × both plans: who may is read from the plans' own rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from directory.models import PlanVersion
from directory.rules import appointments_in_force, approver_kinds
from response import services as responses
from response.models import Response
from response.running import services
from response.running.services import Minutes, Word
from tests.response.factories import account, active
from tests.response.running import fresh, given, issued, social, units
from yangcheng_ec.errors import DomainError, Forbidden

pytestmark = pytest.mark.django_db
PLANS = ("cyber-2025", "comms-2022")
POSTS = ("commander", "deputy", "director", "office", "duty", "duty2")
STRANGERS = {"unit_gongan": 404, "auditor": 403, "contacts": 404, "security": 404, "sysadmin": 404}
COMMAND = {"commander", "deputy"}
MINUTES = Minutes(held_at=None, form="phone", chair="x", agenda="x", conclusions="x")


def on_task(service: Callable[..., Any], **more: Any) -> Callable[[Response, Any], Any]:
    def run(response: Response, user: Any) -> Any:
        task = response.tasks.filter(unit__code="dianxin").first()
        return service(task_id=task.pk, version=task.version, user=user, **more)

    return run


def on_response(service: Callable[..., Any], **more: Any) -> Callable[[Response, Any], Any]:
    return lambda response, user: service(**given(response, user, **more))


def order(response: Response, user: Any) -> Any:
    return services.order_issue(**given(response, user, title="x", text="x", units=units("gongan")))


def by_word(response: Response, user: Any) -> Any:
    giver = appointments_in_force().filter(post__version=response.plan_version, post__kind="commander").first().user
    return services.order_issue(**given(response, user, title="x", text="x", units=units("gongan"), word=Word(giver)))


def withdraw(response: Response, user: Any) -> Any:
    row = response.orders.get()
    return services.order_withdraw(order_id=row.pk, version=row.version, reason="x", user=user)


def on_site(response: Response, user: Any) -> Any:
    return services.on_site_set_up(**given(response, user, place="x", leader="x", units=units("gongan")))


def answer(response: Response, user: Any) -> Any:
    row = response.reinforcements.get()
    said = {"agreed": True, "answer": "x", "answered_by": "x"}
    return services.reinforcement_answer(reinforcement_id=row.pk, version=row.version, user=user, **said)


def force(response: Response, user: Any) -> Any:
    resource = response.plan_version.plan.resources.get().pk
    return services.force_call(**given(response, user, resource=resource, title="x", text="x"))


# act → (the call, who may: the office, whoever may start the level too, or the command)
ACTS: dict[str, tuple[Callable[[Response, Any], Any], str]] = {
    "order": (order, "command"),
    "order by word": (by_word, "office"),
    "order withdrawn": (withdraw, "command"),
    "conference": (on_response(services.conference_record, minutes=MINUTES), "office"),
    "control": (on_response(services.control_check, controlled=False, words="x"), "manage"),
    "reinforce": (on_response(responses.response_reinforce, to="x", request="x"), "manage"),
    "reinforcement answered": (answer, "manage"),
    "handover": (on_response(responses.response_handover, to="x", note="x"), "manage"),
    "rhythm": (on_response(services.rhythm_set, every_hours=2), "office"),
    "situation": (on_response(services.situation_ask), "office"),
    "human-made": (on_response(services.human_made_find, basis="x"), "office"),
    "on site": (on_site, "command"),
    "force": (force, "manage"),
    "split": (on_task(services.task_split, title="x", text="x"), "manage"),
    "due": (on_task(services.task_due_set, due_at=timezone.now() + timedelta(days=1)), "manage"),
    "chase": (on_task(services.task_chase, text="x"), "manage"),
    "chase all": (on_response(services.tasks_chase, text="x"), "manage"),
}
CASES = [(plan, act) for plan in PLANS for act in ACTS if (plan, act) != ("cyber-2025", "on site")]


def kinds_held(user: Any, version: PlanVersion) -> set[str]:
    return set(appointments_in_force().filter(user=user, post__version=version).values_list("post__kind", flat=True))


def allowed(response: Response, who: str) -> set[str]:
    office = set(approver_kinds(response.plan_version, "office")[0])
    return {"command": COMMAND, "office": office, "manage": office | set(response.level.approvers)}[who]


def outcome(call: Callable[[Response, Any], Any], response: Response, user: Any) -> int:
    """Try the act and take it back; return 200 or the refusal's status."""
    with transaction.atomic():
        try:
            call(fresh(response), user)
            status = 200
        except DomainError as refused:
            unnamed = refused.status == Forbidden.status and not refused.clause
            status = 0 if unnamed else refused.status  # a refusal names its clause
        transaction.set_rollback(True)
    return status


@pytest.mark.parametrize(("plan", "act"), CASES)
def test_who_may(people: Any, plan: str, act: str) -> None:
    call, who = ACTS[act]
    response = active(people, plan, level=1)
    issued(people, response)
    responses.response_reinforce(**given(response, account(people, plan, "office"), to="x", request="x"))
    social(plan)
    response = fresh(response)
    for post in POSTS:
        user = account(people, plan, post)
        may = bool(kinds_held(user, response.plan_version) & allowed(response, who))
        assert outcome(call, response, user) == (200 if may else 403), post
        other = account(people, PLANS[1 - PLANS.index(plan)], post)
        assert outcome(call, response, other) == 403, f"{post} of the other plan"
    for name, status in STRANGERS.items():
        # A task of another unit does not exist for a unit; for the rest the response does not.
        assert outcome(call, response, people[name]) == status, name
