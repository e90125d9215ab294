"""Aftermaths for tests, made through the services that people use."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from incidents.models import Incident
from incidents.services import incident_grade
from response.aftermath import services
from response.aftermath.models import AftercareItem, ReviewReport
from response.aftermath.services import Care, Payer, Written
from response.models import Response
from tests.response.factories import account, active, ended

PLAN = "cyber-2025"
SIGNER = {"cyber-2025": "deputy", "comms-2022": "director"}


def graded(people: Any, incident: Incident, grade: str = "ordinary") -> Incident:
    """The case with a grade, as the office sets it (cyber)."""
    found = incident.plan_version.grades.get(code=grade)
    criterion = found.criteria.order_by("number").first()
    done: Incident = incident_grade(
        incident_id=incident.pk, version=None, user=people["office"], grade=grade,
        criterion=criterion.number if criterion else None, reason="研判",
    )  # fmt: skip
    return done


def over(people: Any, plan: str = PLAN, *, level: Any = 2, grade: str = "", **given: Any) -> tuple[Incident, Response]:
    """A case whose response has ended, and that response."""
    response = active(people, plan, level=level, **given)
    if grade:
        graded(people, response.incident, grade)
    response = ended(people, response)
    return Incident.objects.select_related("plan_version__plan", "grade", "head").get(pk=response.incident_id), response


def written(report: ReviewReport, **more: Any) -> Written:
    """A report written out in full."""
    texts = {row.key: f"{row.title}：已查明" for row in sections(report)}
    values: dict[str, Any] = {
        "title": report.title, "organised_by": report.organised_by or "县指挥部办公室",
        "participants": report.participants or "县公安局", "superior": report.superior, "texts": texts,
    }  # fmt: skip
    return Written(**{**values, **more})


def sections(report: ReviewReport) -> Any:
    """The sections its plan's clause asks for."""
    from response.aftermath.rules import report_sections

    return report_sections(report.incident.plan_version)


def drafted(people: Any, incident: Incident) -> ReviewReport:
    """A draft of the case's report."""
    plan = incident.plan_version.plan.code
    return services.review_draft(incident_id=incident.pk, user=account(people, plan, "office"))


def submitted(people: Any, incident: Incident, **more: Any) -> ReviewReport:
    """A report that waits for its signer."""
    report = drafted(people, incident)
    user = account(people, incident.plan_version.plan.code, "office")
    return services.review_submit(
        report_id=report.pk, version=report.version, user=user, written=written(report, **more)
    )  # fmt: skip


def signed(people: Any, incident: Incident) -> ReviewReport:
    """A report that may be sent."""
    report = submitted(people, incident)
    plan = incident.plan_version.plan.code
    return services.review_sign(
        report_id=report.pk, version=report.version, user=account(people, plan, SIGNER[plan])
    )  # fmt: skip


def sent(people: Any, incident: Incident) -> ReviewReport:
    """A report that was sent."""
    report = signed(people, incident)
    user = account(people, incident.plan_version.plan.code, "office")
    return services.review_send(
        report_id=report.pk, version=report.version, user=user, channel="机要", proof="阳网办〔2026〕1号"
    )  # fmt: skip


def received(people: Any, incident: Incident) -> ReviewReport:
    """A report that everybody has signed for."""
    report = sent(people, incident)
    user = account(people, incident.plan_version.plan.code, "office")
    for row in report.addressees.all():
        report = services.review_receipt(
            report_id=report.pk, version=report.version, user=user, addressee_id=row.pk, received_by="值班室"
        )  # fmt: skip
    return report


def care(people: Any, incident: Incident, **over: Any) -> AftercareItem:
    """An item of aftercare."""
    values: dict[str, Any] = {
        "kind": "compensation", "title": "误工补偿", "beneficiary": "某公司", "asked": Decimal("1000.00"),
    }  # fmt: skip
    user = account(people, incident.plan_version.plan.code, "office")
    return services.care_add(incident_id=incident.pk, user=user, care=Care(**{**values, **over}))


def agreed(
    people: Any, incident: Incident, *, payer: Payer | None = None, amount: str = "800.00", **over: Any
) -> AftercareItem:
    """An item whose amount and payer are settled."""
    item = care(people, incident, **over)
    user = account(people, incident.plan_version.plan.code, "office")
    return services.care_agree(
        item_id=item.pk, version=item.version, user=user, amount=Decimal(amount), payer=payer or Payer("finance")
    )  # fmt: skip
