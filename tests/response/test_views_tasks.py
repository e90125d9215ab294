"""A unit's task page: its own duty and what the clause names it for come first."""

from __future__ import annotations

from typing import Any

import pytest

from response.models import Task
from response.selectors import task_list
from tests.response.factories import active

pytestmark = pytest.mark.django_db


def test_what_names_the_unit_comes_before_what_is_asked_of_all(people: Any, client_for: Any) -> None:
    response = active(people, level=1)
    mine = [task for task in task_list(people["unit_gongan"]) if task.response_id == response.pk]
    kinds = [task.kind == "all_members" for task in mine]
    assert True in kinds
    assert False in kinds
    assert kinds == sorted(kinds)
    duty = Task.objects.filter(response=response, unit__code="gongan").exclude(duty="").first()
    assert duty is not None
    page = client_for("unit_gongan").get("/response/tasks/").content.decode()
    assert page.index("本单位预案职责") < page.index(duty.duty[:20]) < page.index(mine[0].title)
    assert "本单位预案职责" not in client_for("office").get("/response/tasks/").content.decode()
