"""Who may approve what: a table made from the plans' own rows (DESIGN §4), every level × every post × both plans."""

from __future__ import annotations

from typing import Any

import pytest

from directory.models import PlanVersion
from directory.rules import appointments_in_force, clause_label
from response.services import response_approve, response_end_approve, response_propose
from tests.response.factories import PREFIX, account, active, confirmed, end_proposed, propose
from yangcheng_ec.errors import Forbidden

pytestmark = pytest.mark.django_db

PLANS = ("cyber-2025", "comms-2022")
POSTS = ("commander", "deputy", "director", "office", "duty", "duty2")
KINDS = {
    "commander": {"commander"}, "deputy": {"deputy"}, "director": {"office_director"}, "office": {"office_staff"},
    "duty": {"duty_officer"}, "duty2": {"duty_officer"},
}  # fmt: skip
ROMAN = {"cyber-2025": ("Ⅰ", "Ⅱ", "Ⅲ"), "comms-2022": ("Ⅰ", "Ⅱ")}


def kinds_held(user: Any, version: PlanVersion) -> set[str]:
    """The kinds of post a person holds in a plan, from the appointments."""
    return set(appointments_in_force().filter(user=user, post__version=version).values_list("post__kind", flat=True))


def test_the_table_covers_every_level_of_both_plans() -> None:
    for plan in PLANS:
        version = PlanVersion.objects.get(plan__code=plan, in_force=True)
        assert tuple(version.response_levels.values_list("roman", flat=True)) == ROMAN[plan]


@pytest.mark.parametrize(
    ("plan", "roman", "post"), [(plan, roman, post) for plan in PLANS for roman in ROMAN[plan] for post in POSTS]
)
def test_a_level_is_approved_by_the_posts_of_its_clause_and_nobody_else(
    people: Any, plan: str, roman: str, post: str
) -> None:
    response = confirmed(people, propose(people, plan, level=roman, by="duty" if post == "office" else "office"))
    user = account(people, plan, post)
    allowed = kinds_held(user, response.plan_version) & set(response.level.approvers)
    assert KINDS[post] <= kinds_held(user, response.plan_version)
    if allowed:
        done = response_approve(response_id=response.pk, version=response.version, user=user)
        assert done.state == "active"
        assert done.activated_post in response.level.approvers
    else:
        with pytest.raises(Forbidden) as refused:
            response_approve(response_id=response.pk, version=response.version, user=user)
        assert refused.value.clause == clause_label(response.plan_version, response.level.procedure_clause)


@pytest.mark.parametrize("plan", PLANS)
def test_the_posts_of_one_plan_have_no_say_in_the_other(people: Any, plan: str) -> None:
    other = PLANS[1 - PLANS.index(plan)]
    response = confirmed(people, propose(people, plan, level=1))
    with pytest.raises(Forbidden):
        response_approve(response_id=response.pk, version=response.version, user=people[f"{PREFIX[other]}commander"])


@pytest.mark.parametrize(("plan", "roman"), [("cyber-2025", "Ⅲ"), ("comms-2022", "Ⅱ")])
def test_nobody_approves_their_own_proposal(people: Any, plan: str, roman: str) -> None:
    response = confirmed(people, propose(people, plan, level=roman, by="director"))
    with pytest.raises(Forbidden, match="自己提出"):
        response_approve(response_id=response.pk, version=response.version, user=account(people, plan, "director"))


@pytest.mark.parametrize(
    ("plan", "roman", "post"), [(plan, roman, post) for plan in PLANS for roman in ROMAN[plan] for post in POSTS[:3]]
)
def test_the_end_is_approved_by_the_command_or_by_who_may_start_the_level(
    people: Any, plan: str, roman: str, post: str
) -> None:
    response = end_proposed(people, active(people, plan, level=roman))
    user = account(people, plan, post)
    starters = set(response.level.approvers) if plan == "comms-2022" else {"commander", "deputy"}
    if kinds_held(user, response.plan_version) & starters:
        done = response_end_approve(response_id=response.pk, version=response.version, user=user)
        assert done.state == ("ended" if plan == "comms-2022" else "end_approved")
    else:
        with pytest.raises(Forbidden) as refused:
            response_end_approve(response_id=response.pk, version=response.version, user=user)
        assert refused.value.clause.endswith("4.6" if plan == "comms-2022" else "4.5")


@pytest.mark.parametrize("post", ["commander", "unit_gongan", "auditor"])
def test_only_the_office_proposes(people: Any, post: str) -> None:
    from tests.incidents.factories import file_incident

    incident = file_incident(people, reporting_unit="gongan", incident_unit="gongan")
    with pytest.raises(Forbidden):
        response_propose(incident_id=incident.pk, level=2, condition=1, basis="x", user=people[post])
