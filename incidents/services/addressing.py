"""To whom a report goes: whom the clauses name, and 越级 where the plan allows it (comms 4.1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import Max

from directory.models import Unit
from incidents.choices import ReportStage
from incidents.models import Incident, Report, ReportAddressee
from incidents.rules import INCIDENT_PLACE, Addressee, RuleBook, clause_for
from incidents.selectors.addressees import addressee_bodies
from incidents.services.common import unit_named, unit_side
from incidents.services.intake_words import Problems
from yangcheng_ec.errors import BadInput
from yangcheng_ec.text import clean_text

__all__ = [
    "addressee_texts",
    "addressees_named",
    "addressees_write",
    "beyond_kept",
    "reporting_unit_of",
    "serial_next",
    "stage_checked",
    "stage_set",
    "unit_reporting",
]


def addressees_named(
    *, book: RuleBook, incident: Incident, texts: Sequence[str], beyond_reason: str = ""
) -> list[Addressee]:
    """Return the addressees by code, label, unit code, name or alias.

    Somebody no clause names is refused unless the report is marked 越级 with its reason (comms 4.1:
    「特殊情况下可越级报告」; under cyber 「非预案规定」). Raises BadInput on ``addressees``.
    """
    known, problems = book.addressees(incident), Problems()
    found: dict[str, Addressee] = {}
    for text in _split([text.strip() for text in texts if text.strip()], known):
        with problems.gather():
            addressee = _one(text, known, incident, beyond_reason)
            found[addressee.code] = addressee
    if not found and not problems.fields:
        problems.add("addressees", "请选择报告对象。")
    problems.raise_any("报告对象需要更正。", clause=clause_for(incident.plan_version, "report"))
    return list(found.values())


def beyond_kept(*, book: RuleBook, incident: Incident, named: Sequence[Addressee], reason: str) -> str:
    """Return the reason for 越级, cleaned; nothing where every addressee is one that the clauses name."""
    known = book.addressees(incident)
    return clean_text(reason).strip() if any(item.code not in known for item in named) else ""


def _split(texts: Sequence[str], known: dict[str, Addressee]) -> list[str]:
    """县委县政府 are two addressees: a text that is two labels in a row is taken apart."""
    labels = [name for item in known.values() for name in item.names]
    found: list[str] = []
    for text in texts:
        pair = next(([a, b] for a in labels for b in labels if text == a + b), None)
        found += pair or [text]
    return found


def _one(text: str, known: dict[str, Addressee], incident: Incident, beyond_reason: str) -> Addressee:
    for item in known.values():
        if text in _called(item):
            return item
    whole, body = _with_body(text, known)
    if whole is not None:
        return _received_by(whole, body)
    unit = unit_named(text, "addressees")
    if unit is None:
        raise BadInput("请选择报告对象。", fields={"addressees": ["请选择报告对象。"]})
    same = next((item for item in known.values() if item.unit is not None and item.unit.pk == unit.pk), None)
    if same is not None:
        return same
    if unit.pk == incident.township_id and INCIDENT_PLACE in known:
        return known[INCIDENT_PLACE]
    if not beyond_reason.strip():
        rule = clause_for(incident.plan_version, "report")
        words = f"{rule} 没有规定向「{unit}」报告；确需越级报告的，请在「越级报告给」中选择并写明理由。"
        raise BadInput("越级报告须写明理由。", fields={"addressees": [words]})
    return Addressee(unit.code, unit.name, unit)


def _called(item: Addressee) -> tuple[str, ...]:
    return (item.code, item.label, *item.names, *((item.unit.code, item.unit.name) if item.unit else ()))


def _with_body(text: str, known: dict[str, Addressee]) -> tuple[Addressee | None, str]:
    """Take apart ``shangji_bumen@shiwangxin``, or the same in words: 上级有关部门（市委网信办）."""
    name, _, body = text.partition("@") if "@" in text else text.removesuffix("）").partition("（")
    found = next((item for item in known.values() if name in _called(item)), None) if body else None
    return found, body


def _received_by(item: Addressee, named: str) -> Addressee:
    """Return whom the clause names with the body that receives for them. Raises BadInput when it does not."""
    body = unit_named(named, "addressees")
    if body is None or (item.unit is not None and body.pk == item.unit.pk):
        return item
    bodies = addressee_bodies([item]).get(item.code, [])
    if body.pk not in {row.pk for row in bodies}:
        may_be = "、".join(row.name for row in bodies) or "没有"
        words = f"「{body}」不代收报给{item.label}的报告（通讯录中可选：{may_be}）；确需越级的，请写明理由。"
        raise BadInput("报告对象不符。", fields={"addressees": [words]})
    return replace(item, label=f"{item.label}（{body.name}）", unit=body)


def addressee_texts(rows: Iterable[ReportAddressee]) -> tuple[str, ...]:
    """Return a report's addressees as texts that name the same ones again, each with the body that received."""
    return tuple(
        row.code if row.unit is None or row.unit.code == row.code else f"{row.code}@{row.unit.code}" for row in rows
    )


def addressees_write(report: Report, addressees: Sequence[Addressee], heard_by: str = "") -> None:
    """Write the addressees of a report; those of a draft are replaced."""
    ReportAddressee.objects.filter(report=report).delete()
    ReportAddressee.objects.bulk_create(
        ReportAddressee(report=report, code=item.code, label=item.label, unit=item.unit, heard_by=heard_by)
        for item in addressees
    )


def serial_next(incident: Incident) -> int:
    """Return the next report number of a case; the case's head is locked."""
    last: int | None = incident.reports.aggregate(last=Max("serial"))["last"]
    return (last or 0) + 1


def stage_checked(incident: Incident, stage: str) -> str:
    """Return the stage asked for, or 首报 first and 续报 after. Raises BadInput for an unknown one."""
    if stage and stage not in ReportStage.values:
        raise BadInput("没有这种报告。", fields={"stage": ["请选择首报、续报或终报。"]})
    return stage or (ReportStage.FOLLOW_UP if incident.reports.exists() else ReportStage.INITIAL)


def stage_set(report: Report, incident: Incident, stage: str, follows: Report | None = None) -> None:
    """Number the report: 首报, 续报一, 续报二…, 终报; the written version of a call keeps the call's number."""
    if follows is not None:
        report.stage, report.follow_up_number = follows.stage, follows.follow_up_number
        return
    report.stage = stage_checked(incident, stage)
    if report.stage == ReportStage.FOLLOW_UP:
        last = incident.reports.filter(stage=ReportStage.FOLLOW_UP).aggregate(last=Max("follow_up_number"))["last"]
        report.follow_up_number = (last or 0) + 1


def unit_reporting(incident: Incident, user: Any, named: str) -> Unit | None:
    """Return the unit in whose name a report is made, None for the plan's office. Raises BadInput."""
    unit = unit_named(clean_text(named), "reporting_unit")
    own = unit_side(user, incident)
    if own is not None and unit is not None and unit.pk != own.pk:
        raise BadInput("报告单位不符。", fields={"reporting_unit": [f"单位账号只能以本单位（{own}）名义报告。"]})
    return unit or own


def reporting_unit_of(report: Report, incident: Incident, user: Any, named: str) -> None:
    """Say in whose name the report is made: a unit's own, one named (代录 of its report), else the plan's office.

    A unit's user reports for that unit only. Raises BadInput on ``reporting_unit``.
    """
    unit = unit_reporting(incident, user, named)
    report.reporting_unit_code = unit.code if unit else ""
    report.reporting_unit_label = unit.name if unit else incident.plan_version.office_name
