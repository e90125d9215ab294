"""DESIGN §4 attacked: own proposals, worn-out authorisations, the wrong unit, the wrong plan, a denied signature."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from directory.choices import Act, AppointmentState, Nature
from directory.models import Appointment, Post
from directory.services.signatures import PhoneCall
from early_warning.services import warning_approve, warning_edit, warning_propose, warning_publish
from incidents.models import Inquiry
from incidents.services import (
    Asked,
    clock_explain,
    incident_accept,
    incident_correct_times,
    incident_update,
    inquiry_record,
    inquiry_reply,
    report_confirm_late,
    report_edit,
    report_receipt,
    report_review,
    report_send,
)
from response.services import (
    release_approve,
    release_draft,
    release_publish,
    response_announce_end,
    response_approve,
    response_confirm,
    response_end_approve,
    response_end_return,
    response_escalate,
    signature_decide,
)
from tests.early_warning.factories import content_of, proposed
from tests.incidents.factories import draft_report, file_incident, phone_report, signed_report
from tests.response.factories import active, end_proposed, propose
from yangcheng_ec.deadlines.models import Deadline
from yangcheng_ec.errors import BadInput, DomainError, Forbidden, NotVisible, WrongState

pytestmark = pytest.mark.django_db


def lend(people: Any, who: str, post: str, **over: Any) -> Appointment:
    """Give a 授权 of a post, confirmed, for the day around now."""
    now = timezone.now()
    values = {
        "nature": Nature.AUTHORISED, "document": "授权书〔2026〕1号", "starts_at": now - timedelta(days=1),
        "ends_at": now + timedelta(days=1), "state": AppointmentState.CONFIRMED, "scope": [],
    }  # fmt: skip
    return Appointment.objects.create(
        user=people[who], post=Post.objects.get(code=post), entered_by=people["contacts"], entered_at=now,
        confirmed_by=people["security"], confirmed_at=now, **{**values, **over},
    )  # fmt: skip


def call(people: Any, who: str, **over: Any) -> PhoneCall:
    """An approval given by phone, called back on the person's own number."""
    values = {"number": people[who].mobile, "called_at": timezone.now(), "read_back": True, **over}
    return PhoneCall(signer=people[who], **values)


def approve(response: Any, user: Any, **over: Any) -> Any:
    """Approve at the version the response has now."""
    return response_approve(response_id=response.pk, version=response.version, user=user, **over)


def deny(people: Any, who: str, act: str) -> None:
    """The holder denies the latest approval given by phone."""
    signature = people[who].signatures.filter(act=act).latest("pk")
    signature_decide(signature_id=signature.pk, user=people[who], accept=False, note="没有接到这个电话")


# 授权


def test_a_fitting_authorisation_does_let_a_deputy_start_level_one(people: Any) -> None:
    lend(people, "deputy", "cyber-2025:commander", scope=[Act.APPROVE_RESPONSE])
    assert approve(propose(people, level=1), people["deputy"]).activated_post == "commander"


@pytest.mark.parametrize(
    "over",
    [
        {"ends_at": timezone.now() - timedelta(minutes=1)},
        {"starts_at": timezone.now() + timedelta(hours=1)},
        {"state": AppointmentState.ENTERED},
        {"state": AppointmentState.REVOKED},
        {"state": AppointmentState.REJECTED},
        {"scope": [Act.APPROVE_WARNING]},
    ],
    ids=["expired", "future", "unconfirmed", "revoked", "rejected", "out of scope"],
)
def test_a_worn_out_authorisation_lets_nobody_start_level_one(people: Any, over: dict[str, Any]) -> None:
    lend(people, "deputy", "cyber-2025:commander", **over)
    with pytest.raises(Forbidden):
        approve(propose(people, level=1), people["deputy"])


def test_an_authorisation_does_not_clean_an_own_proposal(people: Any) -> None:
    lend(people, "director", "cyber-2025:commander")
    with pytest.raises(Forbidden, match="自己提出"):
        approve(propose(people, level=1, by="director"), people["director"])


def test_an_appointment_that_ended_between_page_and_submit_is_worth_nothing(people: Any) -> None:
    response = propose(people, level=2)
    Appointment.objects.filter(user=people["deputy"]).update(ends_at=timezone.now())
    with pytest.raises((Forbidden, NotVisible)):
        approve(response, people["deputy"])


# By phone


def test_nobody_approves_their_own_proposal_by_phone_with_a_colleague_s_recording(people: Any) -> None:
    response = propose(people, level=3, by="director")
    with pytest.raises(Forbidden, match="自己提出"):
        approve(response, people["duty"], call=call(people, "director"))


def test_nobody_approves_their_own_escalation(people: Any) -> None:
    running = active(people, level=3, by="duty")
    fresh = response_escalate(
        response_id=running.pk, version=running.version, level=2, condition=1, basis="扩散", user=people["director"]
    )
    with pytest.raises(Forbidden, match="自己提出"):
        approve(fresh, people["director"])


def test_the_signer_does_not_record_their_own_call(people: Any) -> None:
    with pytest.raises(Forbidden):
        approve(propose(people, level=3), people["director"], call=call(people, "director"))


@pytest.mark.parametrize(
    "over", [{"number": "13800000000"}, {"read_back": False}, {"called_at": timezone.now() + timedelta(hours=1)}]
)
def test_a_call_that_proves_nothing_is_refused(people: Any, over: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        approve(propose(people, level=1), people["duty"], call=call(people, "commander", **over))


def test_nobody_approved_by_phone_what_was_not_yet_proposed(people: Any) -> None:
    response = propose(people, level=1)
    early = call(people, "commander", called_at=timezone.now() - timedelta(hours=2))
    with pytest.raises(BadInput) as refused:
        approve(response, people["duty"], call=early)
    assert "called_at" in refused.value.fields


def test_nobody_approved_by_phone_before_holding_the_post(people: Any) -> None:
    now = timezone.now()
    with time_machine.travel(now - timedelta(hours=1), tick=False):
        response = propose(people, level=1)
    lend(people, "deputy", "cyber-2025:commander", starts_at=now - timedelta(minutes=5))
    with pytest.raises(DomainError):
        approve(response, people["duty"], call=call(people, "deputy", called_at=now - timedelta(minutes=30)))


def test_the_commander_cannot_record_for_the_deputy(people: Any) -> None:
    with pytest.raises(Forbidden):
        approve(propose(people, level=2), people["commander"], call=call(people, "deputy"))


# A denied signature carries nothing further


def test_a_release_whose_phone_approval_was_denied_is_not_published(people: Any) -> None:
    incident = file_incident(people)
    release = release_draft(incident_id=incident.pk, title="通报", text="已恢复", user=people["office"], channel="官网")
    release = release_approve(
        release_id=release.pk, version=release.version, user=people["duty"], call=call(people, "commander")
    )
    deny(people, "commander", Act.APPROVE_RELEASE)
    with pytest.raises(WrongState, match="否认"):
        release_publish(release_id=release.pk, version=release.version, user=people["office"])


def test_an_end_whose_phone_approval_was_denied_is_not_announced(people: Any) -> None:
    response = end_proposed(people, active(people, level=2))
    response = response_end_approve(
        response_id=response.pk, version=response.version, user=people["duty"], call=call(people, "commander")
    )
    deny(people, "commander", Act.APPROVE_END)
    response.refresh_from_db()
    with pytest.raises(WrongState, match="否认"):
        response_announce_end(response_id=response.pk, version=response.version, user=people["office"])
    back = response_end_return(
        response_id=response.pk, version=response.version, reason="没有批准过", user=people["commander"]
    )
    assert back.state == "active"


def test_a_warning_denied_once_may_be_approved_again_and_published(people: Any, cyber: Any) -> None:
    warning = proposed(people, cyber)
    given = {"warning_id": warning.pk, "version": warning.version}
    warning = warning_approve(**given, user=people["duty"], call=call(people, "commander"))
    deny(people, "commander", Act.APPROVE_WARNING)
    given = {"warning_id": warning.pk, "user": people["office"]}
    with pytest.raises(WrongState, match="否认"):
        warning_publish(**given, version=warning.version)
    warning = warning_edit(**given, version=warning.version, content=content_of(cyber, text="核对后重新提出。"))
    warning = warning_propose(**given, version=warning.version)
    warning = warning_approve(warning_id=warning.pk, version=warning.version, user=people["deputy"])
    assert warning_publish(**given, version=warning.version).state == "published"


def test_a_report_whose_phone_signature_was_denied_does_not_go_out(people: Any) -> None:
    incident = file_incident(people)
    report = draft_report(people, incident)
    report = report_review(report_id=report.pk, version=None, user=people["duty"], call=call(people, "duty2"))
    deny(people, "duty2", Act.REVIEW_REPORT)
    with pytest.raises(WrongState, match="否认"):
        report_send(report_id=report.pk, version=None, user=people["duty"], channel="fax")


def test_a_confirmation_that_was_denied_carries_no_approval(people: Any) -> None:
    response = propose(people, "comms-2022", level=2)
    response = response_confirm(
        response_id=response.pk, version=response.version, minutes="会商同意", user=people["comms_duty"],
        call=call(people, "comms_deputy"),
    )  # fmt: skip
    deny(people, "comms_deputy", Act.CONFIRM_RESPONSE)
    response.refresh_from_db()
    with pytest.raises(WrongState, match="否认"):
        approve(response, people["comms_commander"])


# What a unit of the case may not do


def accepted(people: Any, plan: str = "cyber-2025", **over: Any) -> Any:
    """A case its own office took down."""
    return file_incident(people, plan, **over)


def test_a_unit_does_not_touch_the_office_s_report(people: Any) -> None:
    incident, unit = accepted(people), people["unit_shuju"]
    draft = draft_report(people, incident)
    with pytest.raises(Forbidden):
        report_edit(report_id=draft.pk, version=None, user=unit, content={"description": "一切正常"})
    signed = signed_report(people, incident)
    with pytest.raises(Forbidden):
        report_send(report_id=signed.pk, version=None, user=unit, channel="fax")
    report_send(report_id=signed.pk, version=None, user=people["duty"], channel="fax")
    with pytest.raises(Forbidden):
        report_receipt(report_id=signed.pk, user=unit, addressee="xianzhengfu", received_by="某人")


def test_a_unit_does_not_move_the_times_of_a_case_the_office_took(people: Any) -> None:
    incident, now = accepted(people), timezone.now()
    with pytest.raises(Forbidden):
        incident_correct_times(
            incident_id=incident.pk, version=None, user=people["unit_shuju"], occurred_at=now,
            occurred_approximate=False, known_at=now, received_at=now, reason="其实刚发生",
        )  # fmt: skip


@pytest.mark.parametrize("field", ["incident_unit", "reporting_unit", "township"])
def test_a_unit_does_not_shift_its_duty_onto_another(people: Any, field: str) -> None:
    incident = accepted(people, "comms-2022")
    with pytest.raises(Forbidden):
        incident_update(incident_id=incident.pk, version=None, user=people["unit_yidong"], changes={field: "runcheng"})


def test_a_unit_neither_invents_nor_answers_the_office_s_inquiries(people: Any) -> None:
    incident, unit = accepted(people, "comms-2022"), people["unit_yidong"]
    asked = Asked(kind="chase", asked_by="市工信局", question="进展如何")
    inquiry = inquiry_record(incident_id=incident.pk, user=people["comms_duty"], asked=asked)
    with pytest.raises(Forbidden):
        inquiry_reply(inquiry_id=inquiry.pk, user=unit, reply="已恢复")
    made = inquiry_record(incident_id=incident.pk, user=unit, asked=asked)
    assert made.asked_of == unit.unit.name
    assert Deadline.objects.get(subject_type="inquiry", subject_id=made.pk).owed_by_unit == "yidong"
    assert inquiry_reply(inquiry_id=made.pk, user=unit, reply="已恢复").replied_at
    assert Inquiry.objects.get(pk=inquiry.pk).replied_at is None


def test_a_unit_does_not_explain_the_office_s_lateness(people: Any) -> None:
    now = timezone.now()
    incident = file_incident(
        people, incident_unit="gongan", reporting_unit="shuju", occurred_at=now - timedelta(hours=1),
        known_at=now, received_at=now,
    )  # fmt: skip
    phone_report(people, incident, late_reason="x")
    clock = Deadline.objects.get(head=incident.head, state="met_late")
    with pytest.raises(Forbidden):
        clock_explain(incident_id=incident.pk, deadline_id=clock.pk, user=people["unit_shuju"], reason="堵车")


def test_a_late_entry_is_confirmed_by_an_officer_not_by_the_unit(people: Any) -> None:
    now = timezone.now()
    incident = file_incident(people, occurred_at=now - timedelta(minutes=25), known_at=now, received_at=now)
    report = phone_report(people, incident, done_at=now - timedelta(minutes=20))
    with pytest.raises(Forbidden):
        report_confirm_late(report_id=report.pk, user=people["unit_shuju"])
    assert report_confirm_late(report_id=report.pk, user=people["duty2"]).confirmed_by == people["duty2"]


# Two offices


def test_the_other_plan_s_officer_lets_go_when_the_office_accepts(people: Any) -> None:
    incident = file_incident(people, "comms-2022", by="duty")
    phone_report(people, incident, "xianzhengfu", by="duty")
    incident_accept(incident_id=incident.pk, version=None, user=people["comms_duty"])
    for who in ("duty", "office", "director", "commander"):
        with pytest.raises(Forbidden):
            phone_report(people, incident, "xianzhengfu", by=who)


@pytest.mark.parametrize("who", ["auditor", "sysadmin", "security", "contacts"])
def test_auditor_and_admins_write_nothing(people: Any, who: str) -> None:
    incident = accepted(people)
    response = propose(people, incident=incident)
    for act in (
        lambda user: phone_report(people, incident, by=user.username),
        lambda user: approve(response, user),
        lambda user: incident_update(incident_id=incident.pk, version=None, user=user, changes={"trend": "x"}),
        lambda user: file_incident(people, by=user.username),
        lambda user: release_draft(incident_id=incident.pk, title="x", text="x", user=user),
    ):
        with pytest.raises((Forbidden, NotVisible)):
            act(people[who])


@pytest.mark.parametrize("who", ["unit_gongan", "unit_runcheng"])
def test_a_unit_s_people_lose_the_case_with_their_post(people: Any, client_for: Any, who: str) -> None:
    """An ended appointment opens nothing more, whatever groups the account is still in."""
    incident = active(people, level=1).incident
    client = client_for(who)
    assert client.get(f"/incidents/{incident.number}/").status_code == 200
    Appointment.objects.filter(user=people[who]).update(ends_at=timezone.now())
    assert client.get(f"/incidents/{incident.number}/").status_code == 404


def test_a_former_commander_reads_no_cases(people: Any, client_for: Any) -> None:
    incident = file_incident(people)
    Appointment.objects.filter(user=people["commander"]).update(ends_at=timezone.now())
    assert client_for("commander").get(f"/incidents/{incident.number}/").status_code == 404
