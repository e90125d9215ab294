"""Filing a case and taking it over (comms 4.1, 4.2; cyber 4.1)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db import transaction

from directory.audience import recipient_of
from directory.choices import OFFICE_KINDS, Act
from directory.models import PlanVersion, Unit
from directory.rules import actor_for, actor_of, appointment_for, appointments_in_force, clause_label
from incidents.choices import IntakeChannel
from incidents.models import Incident, IncidentGroupObjectPermission
from incidents.rules import OFFICE, PHONE_REPORT, RuleBook, clause_for
from incidents.services.clocks import clocks_start, cover_office
from incidents.services.common import (
    LATE_ENTRY_AFTER,
    actor_of_filer,
    check_lengths,
    check_times,
    check_version,
    incident_commit,
    incident_lock,
    snapshot,
)
from incidents.services.intake_words import (
    LONG_TEXTS,
    SHORT_TEXTS,
    TITLE_FROM_DESCRIPTION,
    Intake,
    Problems,
    category_named,
    facts_of,
    grade_named,
    plan_named,
    symptoms_of,
    texts_of,
    units_of,
)
from incidents.services.search import search_refresh
from incidents.services.secret import SEALED_WORDS, secret_values
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.deadlines.choices import StartBasis
from yangcheng_ec.deadlines.services import ClockSpec, Message, notice_queue, notices_settle
from yangcheng_ec.errors import BadInput, Forbidden, WrongState
from yangcheng_ec.idempotency import fingerprint_of, once
from yangcheng_ec.numbers import number_next
from yangcheng_ec.permissions import VIEW_INCIDENT, unit_group_name
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.services import Line, head_create
from yangcheng_ec.text import clean_text

__all__ = [
    "accept_now",
    "filing_actor",
    "incident_accept",
    "incident_file",
    "intake_phone_spec",
    "view_grant",
    "view_grant_units",
]


@transaction.atomic
def incident_file(*, user: Any, intake: Intake, key: str = "") -> Incident:
    """File a case: 接报登记 (4.1 of both plans). A retry with the same key returns the first case.

    Needs the plan, what happened (title or description) and who called; everything else may be 「不详」.
    A duty officer of either plan may file under either; a unit's own user files for that unit. Writes the case,
    its number, head and record line, starts the clock of every rule that applies, covers the office's own share,
    lets the units of the case see it and tells the plan's office. Filed by another plan's officer, the office is
    put on the call sheet and the case says 「未接手」 until it accepts.
    Raises Forbidden (no duty post), BadInput with fields (unknown words, times out of order or in the future).
    """
    act = _Filing(user, intake)
    number, fresh = once(
        user=user, scope="incident.file", key=key, fingerprint=fingerprint_of(intake.as_dict()), act=act.run
    )
    if act.made is not None and fresh:
        return act.made
    return Incident.objects.select_related("plan_version__plan", "head").get(number=number)


class _Filing:
    """One filing, kept in parts that fit on a screen."""

    def __init__(self, user: Any, intake: Intake) -> None:
        self.user = user
        self.version = plan_named(intake.plan)
        self.clause = clause_for(self.version, "file")
        self.actor, self.own, self.unit = _filer(user, self.version)
        self.intake = _for_unit(intake, self.unit)
        if user.service is not None and intake.channel != IntakeChannel.SYSTEM:
            words = "监测服务登记的事件，接报方式只能是监测系统（system）。"
            raise BadInput(words, fields={"channel": [words]})
        self.made: Incident | None = None

    def run(self) -> str:
        """Write everything; return the number."""
        now = database_now()
        values = self._values(now)
        incident = Incident(**values, version=1, filed_by=self.user, filed_as=self.actor.post, filed_at=now)
        incident.plan_version = self.version
        if self.own:
            incident.accepted_at, incident.accepted_by = now, self.user
        incident.late_entry = now - incident.received_at > LATE_ENTRY_AFTER
        check_lengths(incident)
        incident.number = number_next(self.version.plan.number_prefix, at=now, drill=incident.drill)
        incident.head = head_create(kind="incident", key=incident.number, now=now)
        incident.save(force_insert=True)
        search_refresh(incident, reports=())
        self._after(incident)
        self.made = incident
        return incident.number

    def _values(self, now: datetime) -> dict[str, Any]:
        intake, problems = self.intake, Problems()
        _check_enough(intake, problems)
        values: dict[str, Any] = {name: clean_text(getattr(intake, name)).strip() for name in SHORT_TEXTS}
        values |= {name: getattr(intake, name) for name in ("channel", "read_back", "occurred_approximate", "drill")}
        values |= units_of(intake, problems)
        values |= secret_values(intake, now, problems)
        with problems.gather():
            values |= texts_of(intake, LONG_TEXTS)
        with problems.gather():
            values["category"], values["subcategory"] = category_named(
                self.version, intake.category, intake.subcategory
            )
        with problems.gather():
            values["grade"] = grade_named(self.version, intake.grade)
        with problems.gather():
            values["symptoms"] = symptoms_of(intake.symptoms)
        with problems.gather():
            values["facts"] = facts_of(self.version, intake.facts)
        if intake.channel not in IntakeChannel.values:
            problems.add("channel", "请选择接报方式。")
        values |= _times(intake, now, problems, self.clause)
        problems.raise_any("没有登记，请更正标出的内容。", clause=self.clause)
        values["title"] = values["title"] or values["description"][:TITLE_FROM_DESCRIPTION]
        if intake.grade and values["grade"] is not None:
            values["graded_at"] = now
        return values

    def _after(self, incident: Incident) -> None:
        head, book = incident.head, RuleBook(self.version)
        view_grant_units(incident)
        spec = intake_phone_spec(book, incident)
        clocks = clocks_start(
            book=book, incident=incident, head=head, actor=self.actor, more=[spec] if spec else [],
            filed=_filed_line(incident, self.actor, self.clause),
        )  # fmt: skip
        if self.own or self.unit is not None:
            at = incident.received_at if self.own else incident.filed_at
            cover_office(
                book=book, incident=incident, head=head, actor=self.actor, done_at=at, clocks=clocks,
                channel=incident.get_channel_display(),
            )  # fmt: skip
        _tell_office(incident, head, self.clause, urgent=not self.own)


def _filer(user: Any, version: PlanVersion) -> tuple[Actor, bool, Unit | None]:
    """Return (actor, whether the plan's own office files, the unit that files for itself).

    Another plan's duty officer files as that, also when they are some unit's liaison; a monitoring system files for
    its unit and is named as the service it is.
    """
    if user.service is not None:
        return Actor(user=user, post=f"监测服务「{user.service.name}」"), False, user.service.unit
    refusal: Forbidden | None = None
    post = None
    try:
        held = appointment_for(user, version, Act.FILE, prefer=OFFICE_KINDS)
        actor, post = actor_of(user, held), held.post
    except Forbidden as error:
        refusal = error
    if post is not None and post.version_id == version.pk:
        return actor, True, None
    if appointments_in_force().filter(user=user, post__version__in_force=True, post__kind__in=OFFICE_KINDS).exists():
        return actor_of_filer(user), False, None
    if refusal is not None or post is None:
        raise refusal or Forbidden("没有登记接报的职务。")
    return actor, False, post.unit


def filing_actor(user: Any, version: PlanVersion) -> Actor:
    """Return as what the user files under this plan. Raises Forbidden."""
    return _filer(user, version)[0]


def _for_unit(intake: Intake, unit: Unit | None) -> Intake:
    """A unit's user files for that unit and nobody else. Raises Forbidden otherwise."""
    if unit is None:
        return intake
    named = {unit.code, unit.name, unit.short_name, *unit.aliases.values_list("name", flat=True)}
    if intake.reporting_unit and intake.reporting_unit.strip() not in named:
        raise Forbidden(f"单位账号只能以本单位（{unit}）名义报告。")
    return replace(intake, reporting_unit=unit.code, reporting_unit_text="")


def _check_enough(intake: Intake, problems: Problems) -> None:
    if not intake.secret and not (clean_text(intake.title).strip() or clean_text(intake.description).strip()):
        problems.add("title", "请写明发生了什么（事件名称或事件描述）。")
    who = (intake.caller_name, intake.caller_number, intake.reporting_unit, intake.reporting_unit_text, intake.source)
    if intake.channel != IntakeChannel.SYSTEM and not any(clean_text(text).strip() for text in who):
        problems.add("caller_name", "请写明谁报告的（报告人、来电号码或报告单位）。")


def _times(intake: Intake, now: datetime, problems: Problems, clause: str) -> dict[str, datetime | None]:
    """Return the three times; received defaults to now, known to received."""
    received = intake.received_at or now
    known = intake.known_at or received
    with problems.gather():
        check_times(intake.occurred_at, known, received, now, clause=clause)
    return {
        "occurred_at": min(intake.occurred_at, now) if intake.occurred_at else None,
        "known_at": min(known, now),
        "received_at": min(received, now),
    }


def view_grant_units(incident: Incident) -> None:
    """Let the reporting unit, the unit where it happened and the township see the case."""
    view_grant(incident, incident.reporting_unit, incident.incident_unit, incident.township)


def view_grant(incident: Incident, *units: Unit | None) -> None:
    """Let units see a case they reported or are tasked on (DESIGN §4). A unit without accounts has no group."""
    names = {unit_group_name(unit.code) for unit in units if unit is not None}
    app_label, codename = VIEW_INCIDENT.split(".")
    permission = Permission.objects.get(content_type__app_label=app_label, codename=codename)
    IncidentGroupObjectPermission.objects.bulk_create(
        [
            IncidentGroupObjectPermission(content_object=incident, group=group, permission=permission)
            for group in Group.objects.filter(name__in=names).order_by("pk")
        ],
        ignore_conflicts=True,
    )


def intake_phone_spec(book: RuleBook, incident: Incident) -> ClockSpec | None:
    """Return the clock for the written version of the call itself, where the plan asks for one (comms 4.1, R7).

    Whoever phoned owes the office a written report; it runs from the call.
    """
    rules = book.of_trigger(PHONE_REPORT)
    phoned = incident.reporting_unit is not None or incident.reporting_unit_text
    if not rules or incident.channel != IntakeChannel.PHONE or not phoned:
        return None
    unit = incident.reporting_unit
    office = book.addressees().get(OFFICE)
    label = office.label if office else book.version.office_name
    return book.build(
        rules[0], incident, ("incident", incident.pk), (StartBasis.CALL, incident.received_at, ""),
        ((OFFICE, label),), owed_unit=unit.code if unit else "", owed_name=incident.reporting_unit_label,
    )  # fmt: skip


def _filed_line(incident: Incident, actor: Actor, clause: str) -> Line:
    who = "、".join(
        part for part in (incident.reporting_unit_label, incident.caller_name, incident.caller_number)
        if part and part != "不详"
    )  # fmt: skip
    text = f"接报（{incident.get_channel_display()}）：{incident.title}。报告：{who or incident.source or '不详'}"
    text += f"；事发{'约' if incident.occurred_approximate else ''}{local_text(incident.occurred_at)}"
    text += f"，获知{local_text(incident.known_at)}"
    text += f"；级别：{incident.grade}" if incident.grade else ""
    text += "；已复诵" if incident.read_back else ""
    text += f"；{SEALED_WORDS}（{incident.secret_channel}）" if incident.secret else ""
    data = {"version": 1, "changes": [], "snapshot": snapshot(incident)}
    return Line("incident.filed", text + "。", actor=actor, clause=clause, subject=("incident", incident.pk),
                data=data, done_at=incident.received_at, late_entry=incident.late_entry)  # fmt: skip


def _tell_office(incident: Incident, head: CaseHead, clause: str, *, urgent: bool) -> None:
    """Tell the plan's own office; by phone too when it did not take the call itself."""
    rows = appointments_in_force(incident.filed_at).filter(
        post__version=incident.plan_version, post__kind__in=OFFICE_KINDS
    )
    people = {
        row.user_id: recipient_of(row)
        for row in rows.select_related("user__unit")
        if row.user_id != incident.filed_by_id
    }
    where = incident.location or incident.incident_unit_label
    message = Message(
        kind="incident.filed",
        title=f"新接报{'（未接手，请接手）' if urgent else ''}：{incident.number} {incident.title}",
        body=f"{incident.reporting_unit_label}报告，地点或单位：{where}，接报{local_text(incident.received_at)}。",
        script=f"{incident.plan_version.office_name}吗？我是值班员{incident.filed_by.display_name}。"
        f"接到一起事件：{incident.title}，{where}，请马上打开系统接手。编号{incident.number}。请复述。",
        dedupe=f"incident.filed:{incident.pk}",
        url=f"/incidents/{incident.number}/",
        clause=clause,
        urgent=urgent,
        call=urgent,
        drill=incident.drill,
        subject=("incident", incident.pk),
    )
    notice_queue(head=head, message=message, recipients=list(people.values()))


@transaction.atomic
def incident_accept(*, incident_id: int, version: int | None, user: Any) -> Incident:
    """The plan's own office takes a case over that others filed (DESIGN §4). From then on it is theirs.

    Covers the office as addressee of what the reporting unit owed. Raises Forbidden (another plan's officer),
    WrongState (already taken over).
    """
    incident, head = incident_lock(incident_id, user=user)
    check_version(incident, version)
    actor = actor_for(user, incident.plan_version, Act.OFFICE)
    return accept_now(incident, head, actor)


def accept_now(incident: Incident, head: CaseHead, actor: Actor) -> Incident:
    """Take over a locked case; used by the first act of the office as well."""
    plan = incident.plan_version
    if incident.accepted_at is not None:
        raise WrongState("已经接手，不需要再接手。", clause=clause_label(plan, "2.2"))
    before = snapshot(incident)
    notices_settle(subject=("incident", incident.pk), kinds=["incident.filed"])
    incident.accepted_at, incident.accepted_by = database_now(), actor.user
    incident_commit(
        incident, head, before=before, kind="incident.accepted", actor=actor,
        text=f"{plan.office_name}接手办理。", clause=clause_label(plan, "2.2"),
    )  # fmt: skip
    cover_office(
        book=RuleBook(plan), incident=incident, head=head, actor=actor, done_at=incident.accepted_at,
        channel=incident.get_channel_display(),
    )  # fmt: skip
    return incident
