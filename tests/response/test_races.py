"""Two people decide in the same instant: one wins, the other is told (409); nothing is done twice."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection

from directory.models import Signature, User
from response.models import Response
from response.services import response_approve, task_acknowledge
from tests.response.factories import active, propose
from yangcheng_ec.errors import DomainError
from yangcheng_ec.record.selectors import verify_chain

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


class People(dict[str, Any]):
    """Demo users, read when asked for."""

    def __missing__(self, name: str) -> Any:
        return User.objects.get(username=name)


def at_once(acts: list[Callable[[], Any]]) -> list[Any]:
    """Run acts in threads that start together; return what each gave or raised."""
    barrier, results = Barrier(len(acts)), [None] * len(acts)

    def run(number: int) -> None:
        try:
            barrier.wait(10)
            results[number] = acts[number]()
        except DomainError as error:
            results[number] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL's row locks")
def test_two_approvers_in_ten_threads_one_winner(loaded: None) -> None:
    people = People()
    for _ in range(3):
        response = propose(people, level=2)
        given = {"response_id": response.pk, "version": response.version}
        users = [people["deputy"], people["commander"]] * 5
        results = at_once([lambda user=user, given=given: response_approve(**given, user=user) for user in users])
        assert sorted(getattr(result, "status", 200) for result in results) == [200, *[409] * 9], results
        response = Response.objects.select_related("incident__head").get(pk=response.pk)
        assert response.state == "active"
        assert Signature.objects.filter(subject_type="response", subject_id=response.pk).count() == 1
        pairs = list(response.tasks.values_list("actor_id", "assignee_label"))
        assert len(pairs) == len(set(pairs))
        assert verify_chain(response.incident.head) is None


@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL's row locks")
def test_two_proposals_one_winner(loaded: None) -> None:
    people = People()
    incident = propose(people).incident
    Response.objects.filter(incident=incident).update(state="withdrawn")
    users = [people["office"], people["duty"]]
    names = [user.username for user in users]
    results = at_once([lambda name=name: propose(people, by=name, incident=incident) for name in names])
    assert sorted(getattr(result, "status", 200) for result in results) == [200, 409], results


@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL's row locks")
def test_two_hands_sign_for_a_task_once(loaded: None) -> None:
    people = People()
    task = active(people, level=1).tasks.filter(unit__code="gongan").first()
    given = {"task_id": task.pk, "version": task.version, "user": people["unit_gongan"]}
    results = at_once([lambda: task_acknowledge(**given)] * 2)
    assert sorted(getattr(result, "status", 200) for result in results) == [200, 409], results
    assert task.events.filter(kind="acknowledged").count() == 1
