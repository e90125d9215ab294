"""Rebuilding by the unit where it happened, lessons that become proposals, praise and blame, who stood down."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from directory.models import Unit
from directory.services.plan_revisions import plan_revision_start, today
from response.aftermath import services
from response.aftermath.models import Lesson, RebuildPlan, StandDown
from response.aftermath.selectors import proposals_of, rebuilds_waiting
from response.aftermath.services import Learnt, RebuildWords, Step
from response.models import Response
from tests.incidents.factories import file_incident
from tests.response.aftering import over
from tests.response.factories import account, active, ended
from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.models import Notice
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, StaleVersion, WrongState

pytestmark = pytest.mark.django_db


def _asked(people: Any, plan: str = "cyber-2025", unit: str = "gongan") -> RebuildPlan:
    case = file_incident(people, plan, incident_unit=unit, reporting_unit=unit, township="runcheng")
    incident, _ = over(people, plan, incident=case)
    return services.rebuild_ask(incident_id=incident.pk, user=account(people, plan, "office"))


def _words(**over: Any) -> RebuildWords:
    day = today() + timedelta(days=3)
    values: dict[str, Any] = {
        "resources": "备用服务器可用", "text": "重装系统，恢复数据",
        "steps": (Step("恢复数据库", day), Step("恢复网站", day)),
    }  # fmt: skip
    return RebuildWords(**{**values, **over})


def _submitted(people: Any) -> RebuildPlan:
    plan = _asked(people)
    return services.rebuild_submit(plan_id=plan.pk, version=plan.version, user=people["unit_gongan"], words=_words())


def test_f2_the_unit_where_it_happened_writes_its_plan(people: Any) -> None:
    plan = _asked(people)
    assert (plan.unit.code if plan.unit else "", plan.clause, plan.non_plan) == ("gongan", "网络预案 5.3", False)
    assert Notice.objects.filter(kind="rebuild.asked", unit_code="gongan").exists()
    assert [row.pk for row in rebuilds_waiting(people["unit_gongan"])] == [plan.pk]
    done = services.rebuild_submit(plan_id=plan.pk, version=plan.version, user=people["unit_gongan"], words=_words())
    assert (done.state, done.said_by, done.steps.count()) == ("submitted", "", 2)
    assert rebuilds_waiting(people["unit_gongan"]) == []


def test_comms_names_nobody_so_the_unit_is_our_reading(people: Any) -> None:
    plan = _asked(people, "comms-2022", "yidong")
    assert (plan.clause, plan.non_plan) == ("通信预案 5.1", True)


def test_another_unit_s_plan_does_not_exist_for_anybody_else(people: Any) -> None:
    plan = _asked(people)
    for name in ("unit_shuju", "unit_runcheng"):
        with pytest.raises(NotVisible):
            services.rebuild_submit(plan_id=plan.pk, version=plan.version, user=people[name], words=_words())
    with pytest.raises(Forbidden):
        services.rebuild_submit(plan_id=plan.pk, version=plan.version, user=people["comms_office"], words=_words())


def test_the_office_enters_what_the_unit_said(people: Any) -> None:
    plan = _asked(people)
    given: dict[str, Any] = {"plan_id": plan.pk, "version": plan.version, "user": people["office"]}
    with pytest.raises(BadInput) as refused:
        services.rebuild_submit(**given, words=_words())
    assert "said_by" in refused.value.fields
    assert services.rebuild_submit(**given, words=_words(said_by="王科长")).said_by == "王科长"


def test_a_case_without_a_unit_asks_for_one_and_is_asked_once(people: Any) -> None:
    incident, _ = over(people, incident=file_incident(people, incident_unit="", incident_unit_text=""))
    with pytest.raises(BadInput) as refused:
        services.rebuild_ask(incident_id=incident.pk, user=people["office"])
    assert "unit" in refused.value.fields
    with pytest.raises(BadInput):
        services.rebuild_ask(
            incident_id=incident.pk, user=people["office"], unit=Unit.objects.get(code="shuju"), due_on=date(2020, 1, 1)
        )
    plan = services.rebuild_ask(incident_id=incident.pk, user=people["office"], unit=Unit.objects.get(code="shuju"))
    assert plan.unit_label == "县数据中心"
    with pytest.raises(WrongState, match="布置过"):
        services.rebuild_ask(incident_id=incident.pk, user=people["office"])


def test_milestones_are_reached_one_by_one_and_then_it_is_finished(people: Any) -> None:
    plan = _submitted(people)
    unit, (first, second) = people["unit_gongan"], list(plan.steps.order_by("number"))
    given: dict[str, Any] = {"plan_id": plan.pk, "user": unit, "step_id": first.pk}
    with pytest.raises(BadInput):
        services.rebuild_step_done(**given, version=plan.version, done_on=today() + timedelta(days=1))
    plan = services.rebuild_step_done(**given, version=plan.version, done_on=today(), note="已恢复")
    with pytest.raises(WrongState):
        services.rebuild_step_done(**given, version=plan.version, done_on=today())
    with pytest.raises(NotVisible):
        services.rebuild_step_done(**{**given, "step_id": 0}, version=plan.version, done_on=today())
    finish: dict[str, Any] = {"plan_id": plan.pk, "user": people["office"], "finding": "全部恢复"}
    with pytest.raises(WrongState, match="恢复网站"):
        services.rebuild_finish(**finish, version=plan.version)
    plan = services.rebuild_step_done(**{**given, "step_id": second.pk}, version=plan.version, done_on=today())
    with pytest.raises(NotVisible):
        services.rebuild_finish(**{**finish, "user": unit}, version=plan.version)
    with pytest.raises(StaleVersion):
        services.rebuild_finish(**finish, version=plan.version - 1)
    assert services.rebuild_finish(**finish, version=plan.version).state == "finished"


def test_a_changed_plan_strikes_what_it_leaves_out_and_keeps_what_was_reached(people: Any) -> None:
    plan = _submitted(people)
    first = plan.steps.get(number=1)
    plan = services.rebuild_step_done(
        plan_id=plan.pk, version=plan.version, user=people["unit_gongan"], step_id=first.pk, done_on=today()
    )
    day = today() + timedelta(days=9)
    plan = services.rebuild_submit(
        plan_id=plan.pk, version=plan.version, user=people["unit_gongan"], words=_words(steps=(Step("验收", day),))
    )
    assert list(plan.steps.filter(struck=False).values_list("title", flat=True)) == ["恢复数据库", "验收"]
    assert plan.steps.count() == 3


def test_a_returned_plan_goes_back_to_the_unit(people: Any) -> None:
    plan = _submitted(people)
    given: dict[str, Any] = {"plan_id": plan.pk, "version": plan.version, "user": people["office"]}
    with pytest.raises(BadInput):
        services.rebuild_return(**given, reason="")
    assert services.rebuild_return(**given, reason="没有备份方案").state == "returned"
    assert Notice.objects.filter(kind="rebuild.returned", unit_code="gongan").exists()


# Lessons


def test_a_lesson_is_put_into_practice_or_declined_with_words(people: Any) -> None:
    incident, _ = over(people)
    row = services.lesson_add(incident_id=incident.pk, user=people["office"], learnt=Learnt("加装双路供电"))
    with pytest.raises(BadInput):
        services.lesson_close(lesson_id=row.pk, version=row.version, user=people["office"], answer="")
    done = services.lesson_close(lesson_id=row.pk, version=row.version, user=people["office"], answer="已加装")
    assert (done.state, done.basis) == ("done", "网络预案 5.1")
    with pytest.raises(WrongState):
        services.lesson_close(lesson_id=row.pk, version=done.version, user=people["office"], answer="x")


@pytest.mark.parametrize(
    ("over_", "field"),
    [
        ({"text": " "}, "text"),
        ({"clause": "火星预案 4.1"}, "clause"),
        ({"revises_plan": True, "wording": "改为"}, "clause"),
        ({"revises_plan": True, "clause": "网络预案 4.1"}, "wording"),
        ({"due_on": date(2020, 1, 1)}, "due_on"),
    ],
)
def test_a_lesson_that_cannot_be_kept_names_its_field(people: Any, over_: dict[str, Any], field: str) -> None:
    incident, _ = over(people)
    with pytest.raises(BadInput) as refused:
        services.lesson_add(incident_id=incident.pk, user=people["office"], learnt=Learnt(**{"text": "教训", **over_}))
    assert field in refused.value.fields
    assert not Lesson.objects.exists()


def test_the_unit_that_has_to_improve_something_is_told(people: Any) -> None:
    incident, _ = over(people)
    learnt = Learnt("加装双路供电", unit=Unit.objects.get(code="gongan"), due_on=today() + timedelta(days=30))
    services.lesson_add(incident_id=incident.pk, user=people["office"], learnt=learnt)
    assert Notice.objects.filter(kind="lesson.added", unit_code="gongan", body__contains="加装双路供电").exists()


def _proposal(people: Any) -> Lesson:
    incident, _ = over(people)
    learnt = Learnt("时限不清", revises_plan=True, clause="网络预案 4.1", wording="一般事件2小时内报告")
    return services.lesson_add(incident_id=incident.pk, user=people["office"], learnt=learnt)


def test_a_proposal_is_decided_by_who_revises_the_plan(people: Any, cyber: Any) -> None:
    row = _proposal(people)
    assert list(proposals_of(cyber)) == [row]
    given: dict[str, Any] = {"lesson_id": row.pk, "version": row.version, "answer": "同意"}
    for name in ("duty", "commander", "comms_office"):
        with pytest.raises(Forbidden):
            services.proposal_decide(**given, user=people[name])
    with pytest.raises(BadInput):
        services.lesson_close(**given, user=people["office"])
    with pytest.raises(BadInput):
        services.proposal_decide(**given, user=people["office"], revision=cyber)
    draft = plan_revision_start(version_id=cyber.pk, number="阳政办发〔2028〕9号", title="预案", user=people["office"])
    done = services.proposal_decide(**given, user=people["office"], revision=draft)
    assert (done.state, done.revision) == ("adopted", draft)
    assert not proposals_of(cyber).exists()


def test_a_proposal_is_declined_with_a_reason(people: Any) -> None:
    row = _proposal(people)
    with pytest.raises(BadInput):
        services.proposal_decide(lesson_id=row.pk, version=row.version, user=people["office"], answer="")
    done = services.proposal_decide(lesson_id=row.pk, version=row.version, user=people["office"], answer="上位规定已有")
    assert done.state == "declined"


# Praise and blame


@pytest.mark.parametrize(("plan", "clause"), [("cyber-2025", "网络预案 7.2"), ("comms-2022", "通信预案 7.3")])
def test_praise_and_blame_cite_their_clause_and_are_taken_back_with_a_reason(
    people: Any, plan: str, clause: str
) -> None:
    incident, _ = over(people, plan)
    user = account(people, plan, "office")
    given: dict[str, Any] = {"incident_id": incident.pk, "user": user, "whom": "县公安局", "facts": "处置得力"}
    with pytest.raises(BadInput):
        services.merit_add(**given, kind="medal")
    with pytest.raises(BadInput):
        services.merit_add(**{**given, "facts": ""}, kind="praise")
    note = services.merit_add(**given, kind="praise", suggestion="通报表扬")
    assert (note.clause, note.state) == (clause, "noted")
    with pytest.raises(BadInput):
        services.merit_take_back(note_id=note.pk, version=note.version, user=user, reason="")
    assert (
        services.merit_take_back(note_id=note.pk, version=note.version, user=user, reason="误记").state == "taken_back"
    )


# Standing down


def test_groups_and_teams_are_told_when_the_response_ends(people: Any) -> None:
    response = ended(people, active(people, level=2))
    rows = {row.label: row for row in response.stand_downs.all()}
    groups = {task.group.name for task in response.tasks.filter(kind="group") if task.group}
    assert groups
    assert groups <= set(rows)
    assert all(rows[name].unit is not None and rows[name].non_plan for name in groups)
    assert len(rows) == StandDown.objects.count()


def test_comms_cites_the_clause_on_the_teams(people: Any) -> None:
    response = ended(people, active(people, "comms-2022", level=2))
    assert set(response.stand_downs.values_list("clause", "non_plan")) == {("通信预案 4.6", False)}
    assert response.stand_downs.filter(kind="team", unit__code="yidong").exists()


def test_a_team_reports_that_it_has_left(people: Any) -> None:
    response = ended(people, active(people, "comms-2022", level=2))
    row = response.stand_downs.get(kind="team", unit__code="yidong")
    given: dict[str, Any] = {"row_id": row.pk, "version": row.version}
    with pytest.raises(NotVisible):
        services.stand_down_report(**given, user=people["unit_dianxin"])
    with pytest.raises(BadInput):
        services.stand_down_report(**given, user=people["unit_yidong"], left_at=database_now() + timedelta(hours=1))
    with pytest.raises(BadInput):
        services.stand_down_report(**given, user=people["unit_yidong"], left_at=database_now() - timedelta(days=9))
    with pytest.raises(BadInput):
        services.stand_down_report(**given, user=people["unit_yidong"], people=-1)
    with pytest.raises(BadInput):
        services.stand_down_report(**given, user=people["comms_office"])
    told = Notice.objects.filter(kind="response.stand_down", unit_code="yidong")
    assert told.exists()
    assert not told.filter(settled_at__isnull=False).exists()
    done = services.stand_down_report(**given, user=people["unit_yidong"], people=12, note="设备留存")
    assert not told.filter(settled_at__isnull=True).exists()
    assert (done.state, done.people) == ("done", 12)
    with pytest.raises(WrongState):
        services.stand_down_report(row_id=row.pk, version=done.version, user=people["unit_yidong"])


def test_a_level_that_was_changed_counts_with_the_response_that_replaced_it(people: Any) -> None:
    from response.services import response_approve, response_escalate

    first = active(people, level=3)
    second = response_escalate(
        response_id=first.pk, version=first.version, level=2, condition=2, basis="扩大", user=people["office"]
    )
    second = response_approve(response_id=second.pk, version=second.version, user=people["deputy"])
    done = ended(people, second)
    assert Response.objects.get(pk=first.pk).stand_downs.count() == 0
    assert done.stand_downs.count() == StandDown.objects.count() > 0
