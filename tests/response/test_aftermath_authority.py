"""Who may do what in an aftermath: every act × every post × both plans, from the plans' rows; and in which state."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from directory.models import ActRule
from directory.rules import appointments_in_force
from directory.services.plan_revisions import today
from incidents.models import Incident
from response.aftermath import services
from response.aftermath.rules import review_route
from response.aftermath.services import Care, Learnt, Payer, RebuildWords
from tests.incidents.factories import file_incident
from tests.response.aftering import PLAN, agreed, care, drafted, over, sent, signed, submitted, written
from tests.response.factories import PREFIX, account
from yangcheng_ec.errors import Forbidden, NotVisible, WrongState
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db
PLANS = tuple(PREFIX)
POSTS = ("commander", "deputy", "director", "office", "duty")
# What each act needs first, and the act itself on it.
Made = Callable[[Any, Incident], Any]


def _report(made: Made, service: str, **words: Any) -> tuple[Made, Callable[[Any, Any], Any]]:
    run = getattr(services, service)
    return made, lambda user, row: run(report_id=row.pk, version=row.version, user=user, **words)


def _item(made: Made, service: str, **words: Any) -> tuple[Made, Callable[[Any, Any], Any]]:
    run = getattr(services, service)
    return made, lambda user, row: run(item_id=row.pk, version=row.version, user=user, **words)


def _case(service: str, **words: Any) -> tuple[Made, Callable[[Any, Any], Any]]:
    run = getattr(services, service)
    return (lambda people, incident: incident), lambda user, row: run(incident_id=row.pk, user=user, **words)


def _receipt(user: Any, row: Any) -> Any:
    to = row.addressees.first().pk
    return services.review_receipt(report_id=row.pk, version=row.version, user=user, addressee_id=to, received_by="李")


ACTS: dict[str, tuple[Made, Callable[[Any, Any], Any]]] = {
    "review_draft": _case("review_draft"),
    "review_edit": (drafted, lambda user, row: services.review_edit(
        report_id=row.pk, version=row.version, user=user, written=written(row))),
    "review_submit": (drafted, lambda user, row: services.review_submit(
        report_id=row.pk, version=row.version, user=user, written=written(row))),
    "review_sign": _report(submitted, "review_sign"),
    "review_return": _report(submitted, "review_return", reason="补充"),
    "review_send": _report(signed, "review_send", channel="机要"),
    "review_receipt": (sent, _receipt),
    "care_add": _case("care_add", care=Care("compensation", "补偿", "甲")),
    "care_agree": _item(care, "care_agree", amount=Decimal(0), payer=Payer("finance")),
    "care_settle": _item(agreed, "care_settle", proof="付款单"),
    "care_drop": _item(care, "care_drop", reason="重复"),
    "rebuild_ask": _case("rebuild_ask"),
    "lesson_add": _case("lesson_add", learnt=Learnt("教训")),
    "merit_add": _case("merit_add", kind="praise", whom="甲", facts="得力"),
}  # fmt: skip
SIGNING = ("review_sign", "review_return")


def _over(people: Any, plan: str) -> Incident:
    unit = "gongan" if plan == PLAN else "yidong"
    case = file_incident(people, plan, incident_unit=unit, reporting_unit=unit, township="runcheng")
    return over(people, plan, incident=case, grade="ordinary" if plan == PLAN else "")[0]


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("act", list(ACTS))
def test_each_act_is_for_the_posts_of_its_rule_and_nobody_else(people: Any, plan: str, act: str) -> None:
    incident = _over(people, plan)
    made, run = ACTS[act]
    row = made(people, incident)
    version = incident.plan_version
    office = set(ActRule.objects.get(version=version, act="office").post_kinds)
    wanted = set(review_route(version, incident.grade).signers) if act in SIGNING else office
    own = {"office"} if act == "review_sign" else set()
    lines = RecordEntry.objects.count()
    winners = []
    for post in POSTS:
        user = account(people, plan, post)
        held = set(
            appointments_in_force().filter(user=user, post__version=version).values_list("post__kind", flat=True)
        )
        if held & wanted and post not in own:
            winners.append(user)
            continue
        with pytest.raises(Forbidden):
            run(user, row)
    other = PLANS[1 - PLANS.index(plan)]
    for name in (f"{PREFIX[other]}office", f"{PREFIX[other]}commander", "auditor"):
        with pytest.raises(Forbidden):
            run(people[name], row)
    for name in ("unit_runcheng", "unit_shuju", "contacts", "sysadmin", "security"):
        with pytest.raises(NotVisible):
            run(people[name], row)
    assert RecordEntry.objects.count() == lines
    assert winners
    run(winners[0], row)


@pytest.mark.parametrize("act", list(ACTS))
@pytest.mark.parametrize("state", ["received", "confirmed", "false_alarm", "referred", "closed"])
def test_each_act_has_its_states_and_leaves_nothing_in_others(people: Any, act: str, state: str) -> None:
    incident = _over(people, PLAN)
    made, run = ACTS[act]
    row = made(people, incident)
    Incident.objects.filter(pk=incident.pk).update(state=state)
    user = people["deputy"] if act in SIGNING else people["office"]
    begins = {"review_draft", "care_add", "rebuild_ask", "lesson_add", "merit_add"}
    if state == "closed" and act not in begins:
        run(user, row)
        return
    lines = RecordEntry.objects.count()
    with pytest.raises(WrongState):
        run(user, row)
    assert RecordEntry.objects.count() == lines


def test_the_units_own_acts_are_refused_to_every_other_unit(people: Any) -> None:
    incident = _over(people, PLAN)
    plan = services.rebuild_ask(incident_id=incident.pk, user=people["office"], due_on=today())
    words = RebuildWords("备机", "重装")
    for name in ("unit_shuju", "unit_yidong", "unit_zhengfuban", "contacts"):
        with pytest.raises(NotVisible):
            services.rebuild_submit(plan_id=plan.pk, version=plan.version, user=people[name], words=words)
    assert services.rebuild_submit(plan_id=plan.pk, version=plan.version, user=people["unit_gongan"], words=words)
