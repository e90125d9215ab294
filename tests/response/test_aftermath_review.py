"""The report on an event: its route by grade, a second person signs, what is signed stays, addressees and receipts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from incidents.models import Incident
from response.aftermath import services
from response.aftermath.models import ReviewReport
from response.aftermath.rules import report_sections
from response.services import task_complete
from tests.response.aftering import SIGNER, drafted, graded, over, received, sent, signed, submitted, written
from tests.response.factories import PREFIX, account, active
from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.models import Notice
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, StaleVersion, WrongState
from yangcheng_ec.record.models import RecordEntry
from yangcheng_ec.record.selectors import verify_chain

pytestmark = pytest.mark.django_db
PLANS = tuple(PREFIX)


def test_the_draft_begins_with_what_the_record_says(people: Any) -> None:
    incident, _ = over(people, grade="ordinary")
    report = drafted(people, incident)
    assert list(report.texts) == [row.key for row in report_sections(incident.plan_version)]
    assert "一般" in report.texts["nature"]
    assert incident.incident_unit_label in report.texts["responsibility"] or incident.incident_unit_label == "不详"
    assert report.organised_by == "县人民政府或部门"
    assert [row.label for row in report.addressees.all()] == ["市指挥部办公室"]
    assert report.title.endswith("总结调查报告")


def test_one_report_at_a_time_and_a_correction_is_the_next_one(people: Any) -> None:
    incident, _ = over(people, grade="ordinary")
    drafted(people, incident)
    with pytest.raises(WrongState, match="在办"):
        drafted(people, incident)
    incident.reviews.all().first()
    report = incident.reviews.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        ReviewReport.objects.create(
            incident=incident, serial=2, title="x", author=people["office"], created_at=database_now()
        )
    services.review_submit(report_id=report.pk, version=report.version, user=people["office"], written=written(report))
    report.refresh_from_db()
    services.review_sign(report_id=report.pk, version=report.version, user=people["deputy"])
    report.refresh_from_db()
    services.review_send(report_id=report.pk, version=report.version, user=people["office"], channel="机要")
    second = drafted(people, incident)
    assert (second.serial, "补充" in second.title) == (2, True)


def test_no_report_while_the_response_goes_on(people: Any) -> None:
    response = active(people)
    with pytest.raises(WrongState, match="后期处置"):
        services.review_draft(incident_id=response.incident_id, user=people["office"])


def test_every_section_is_written_before_it_is_signed(people: Any) -> None:
    incident, _ = over(people, "comms-2022", level=1)
    report = drafted(people, incident)
    empty = written(report, texts={}, participants="", organised_by="")
    with pytest.raises(BadInput) as refused:
        services.review_submit(report_id=report.pk, version=report.version, user=people["comms_office"], written=empty)
    names = {f"text_{row.key}" for row in report_sections(incident.plan_version)}
    assert set(refused.value.fields) == names | {"organised_by", "participants"}
    report.refresh_from_db()
    assert (report.state, report.version) == ("draft", 1)


@pytest.mark.parametrize("plan", PLANS)
def test_a_second_person_signs_and_nobody_else(people: Any, plan: str) -> None:
    incident, _ = over(people, plan, level=1, grade="serious" if plan == "cyber-2025" else "")
    more = {"superior": "市网络安全应急指挥部"} if plan == "cyber-2025" else {}
    report = submitted(people, incident, **more)
    for name in ("office", "duty"):
        with pytest.raises(Forbidden) as refused:
            services.review_sign(report_id=report.pk, version=report.version, user=account(people, plan, name))
        assert refused.value.clause == report.route["clause"]
    other = PLANS[1 - PLANS.index(plan)]
    with pytest.raises(Forbidden):
        services.review_sign(report_id=report.pk, version=report.version, user=account(people, other, "commander"))
    with pytest.raises(NotVisible):
        services.review_sign(report_id=report.pk, version=report.version, user=people["unit_gongan"])
    done = services.review_sign(report_id=report.pk, version=report.version, user=account(people, plan, SIGNER[plan]))
    assert (done.state, done.signer) == ("signed", account(people, plan, SIGNER[plan]))


def test_who_wrote_it_does_not_sign_it_though_the_post_may(people: Any) -> None:
    incident, _ = over(people, "comms-2022", level=1)
    report = services.review_draft(incident_id=incident.pk, user=people["comms_director"])
    report = services.review_submit(
        report_id=report.pk, version=report.version, user=people["comms_office"], written=written(report)
    )
    with pytest.raises(Forbidden, match="自己起草"):
        services.review_sign(report_id=report.pk, version=report.version, user=people["comms_director"])


def test_a_returned_report_is_a_draft_again(people: Any) -> None:
    incident, _ = over(people, grade="ordinary")
    report = submitted(people, incident)
    with pytest.raises(BadInput):
        services.review_return(report_id=report.pk, version=report.version, user=people["deputy"], reason=" ")
    report = services.review_return(
        report_id=report.pk, version=report.version, user=people["deputy"], reason="补充影响"
    )
    assert (report.state, report.return_reason) == ("draft", "补充影响")
    assert Notice.objects.filter(kind="review.returned", recipient=people["office"]).exists()
    report = services.review_submit(report_id=report.pk, version=report.version, user=people["office"])
    assert report.return_reason == ""


def test_a_changed_grade_changes_the_route_and_stops_the_signature(people: Any) -> None:
    incident, _ = over(people, grade="ordinary")
    report = submitted(people, incident)
    graded(people, Incident.objects.get(pk=incident.pk), "serious")
    with pytest.raises(WrongState, match="级别"):
        services.review_sign(report_id=report.pk, version=report.version, user=people["deputy"])


def test_what_was_signed_stays_whatever_happens_afterwards(people: Any) -> None:
    incident, response = over(people, level=1, grade="serious")
    report = submitted(people, incident, superior="市指挥部")
    before, print_ = report.facts, report.sha256
    task = response.tasks.filter(unit__code="gongan").first()
    task_complete(task_id=task.pk, version=task.version, text="已办完", user=people["unit_gongan"])
    report = services.review_sign(report_id=report.pk, version=report.version, user=people["commander"])
    report = services.review_send(report_id=report.pk, version=report.version, user=people["office"], channel="机要")
    report.refresh_from_db()
    assert (report.facts, report.sha256, report.state) == (before, print_, "sent")
    with pytest.raises(WrongState):
        services.review_edit(
            report_id=report.pk, version=report.version, user=people["office"], written=written(report)
        )
    line = RecordEntry.objects.filter(head_id=incident.head_id, kind="review.sent").get()
    assert line.data["sha256"] == print_


def test_a_report_changed_under_its_signature_is_not_sent(people: Any) -> None:
    incident, _ = over(people, grade="ordinary")
    report = signed(people, incident)
    ReviewReport.objects.filter(pk=report.pk).update(texts={**report.texts, "cause": "改过"})
    with pytest.raises(WrongState, match="指纹"):
        services.review_send(report_id=report.pk, version=report.version, user=people["office"], channel="机要")


def test_sent_is_not_received(people: Any) -> None:
    incident, _ = over(people, "comms-2022", level=1)
    report = sent(people, incident)
    row = report.addressees.get(label="县委县政府")
    given: dict[str, Any] = {"report_id": report.pk, "user": people["comms_office"], "addressee_id": row.pk}
    with pytest.raises(BadInput) as refused:
        services.review_receipt(**given, version=report.version, received_by="")
    assert "received_by" in refused.value.fields
    early = report.sent_at - timedelta(days=1)
    with pytest.raises(BadInput) as refused:
        services.review_receipt(**given, version=report.version, received_by="李", received_at=early)
    assert "received_at" in refused.value.fields
    done = services.review_receipt(**given, version=report.version, received_by="李")
    with pytest.raises(WrongState, match="签收"):
        services.review_receipt(**given, version=done.version, received_by="王")
    with pytest.raises(StaleVersion):
        services.review_receipt(**given, version=report.version - 1, received_by="王")


def test_nothing_is_sent_before_it_is_signed_or_in_the_future(people: Any) -> None:
    incident, _ = over(people, grade="ordinary")
    report = submitted(people, incident)
    given: dict[str, Any] = {"report_id": report.pk, "user": people["office"], "channel": "机要"}
    with pytest.raises(WrongState, match="未经签发"):
        services.review_send(**given, version=report.version)
    report = services.review_sign(report_id=report.pk, version=report.version, user=people["deputy"])
    with pytest.raises(BadInput):
        services.review_send(**given, version=report.version, sent_at=database_now() + timedelta(hours=1))
    with pytest.raises(BadInput):
        services.review_send(**given, version=report.version, sent_at=report.signed_at - timedelta(hours=1))


@pytest.mark.parametrize("plan", PLANS)
def test_the_record_of_a_whole_report_holds(people: Any, plan: str) -> None:
    incident, _ = over(people, plan, level=2, grade="ordinary" if plan == "cyber-2025" else "")
    report = received(people, incident)
    assert all(row.received_at for row in report.addressees.all())
    kinds = list(RecordEntry.objects.filter(head_id=incident.head_id).values_list("kind", flat=True))
    for kind in ("review.drafted", "review.submitted", "review.signed", "review.sent", "review.received"):
        assert kind in kinds
    incident.head.refresh_from_db()
    assert verify_chain(incident.head) is None


def test_a_secret_case_has_no_report_here(people: Any) -> None:
    incident, _ = over(people)
    Incident.objects.filter(pk=incident.pk).update(secret=True)
    with pytest.raises(WrongState, match="涉密"):
        drafted(people, incident)
