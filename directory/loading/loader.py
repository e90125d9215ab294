"""Loading every plan of a fixtures folder, in one transaction."""

from __future__ import annotations

import datetime
import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from django.db import transaction

from directory import clauses
from directory.choices import ReviewKind
from directory.loading import after, levels, organisation, reporting, standing
from directory.loading.context import Context
from directory.loading.source import Entry, FixtureError, read
from directory.loading.sync import Changes, Wanted, sync
from directory.loading.units import Registry, load_units
from directory.models import Plan, PlanVersion
from directory.rules import edition_for

__all__ = ["Report", "load_plans"]

SECTIONS = (
    "plan", "version", "clauses", "posts", "members", "groups", "categories", "grades", "warning_levels",
    "response_levels", "reporting_rules", "ladder", "acts", "standing", "after", "contacts", "texts",
)  # fmt: skip


@dataclass
class Report:
    """What a load did: the plans it read and every row it created, updated or removed."""

    plans: list[str] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)


class _Undo(Exception):
    """Rolls a check back."""


def load_plans(folder: Path, *, check: bool = False) -> Report:
    """Bring the database in line with ``folder``: ``units.yaml`` and every ``plans/*.yaml``.

    All or nothing. With ``check`` everything is tried and nothing is kept. Rows are matched by natural keys and
    updated in place; a row something else refers to never vanishes. Raises FixtureError with file, line and key.
    """
    report = Report()
    try:
        with transaction.atomic():
            _load(folder, report)
            if check:
                raise _Undo
    except _Undo:
        pass
    else:
        clauses.forget()
    return report


def _load(folder: Path, report: Report) -> None:
    changes = Changes()
    registry = load_units(read(folder / "units.yaml"), changes)
    files = sorted((folder / "plans").glob("*.yaml"))
    if not files:
        raise FixtureError(f"{folder / 'plans'}：没有预案文件")
    in_force: dict[int, PlanVersion] = {}
    for path in files:
        source = read(path)
        version = _load_plan(source, path, registry, changes)
        if version.in_force and in_force.setdefault(version.plan_id, version) is not version:
            source.one("version").fail(
                "in_force", f"「{in_force[version.plan_id]}」已写为现行，一个预案只能有一个现行版本"
            )
        report.plans.append(str(version))
    changes.remove_vanished()
    report.changes = changes.lines


def _load_plan(source: Entry, path: Path, registry: Registry, changes: Changes) -> PlanVersion:
    source.only(*SECTIONS)
    version = _version(source, registry, changes)
    context = Context(source=source, version=version, registry=registry, changes=changes)
    organisation.load_clauses(context)
    for load in (
        organisation.load_posts,
        organisation.load_members,
        organisation.load_groups,
        levels.load_categories,
        levels.load_grades,
        levels.load_warning_levels,
        levels.load_response_levels,
        reporting.load_reporting_rules,
        reporting.load_ladder,
        reporting.load_acts,
        organisation.load_contacts,
    ):
        load(context)
    _finish(context, path)
    return version


def _version(source: Entry, registry: Registry, changes: Changes) -> PlanVersion:
    head, entry = source.one("plan"), source.one("version")
    head.only("code", "name", "short_name", "number_prefix", "uses_grades", "uses_form_8_7")
    words = {key: head.text(key) for key in ("code", "name", "short_name", "number_prefix")}
    plan_values = {**words, **{key: head.flag(key) for key in ("uses_grades", "uses_form_8_7")}}
    (plan,) = sync(Plan.objects.filter(code=head.text("code")), "code", [Wanted(head, plan_values)], changes)
    values = _version_values(entry, registry)
    if superseded_here(values["number"]):
        values["in_force"] = False
    if values["in_force"]:
        for other in PlanVersion.objects.filter(plan=plan, in_force=True).exclude(number=values["number"]):
            sync(PlanVersion.objects.filter(pk=other.pk), "number", [Wanted(entry, _retired(other))], changes)
    versions = PlanVersion.objects.filter(number=values["number"])
    known = versions.first()
    if known is not None and known.based_on_id is not None:
        entry.fail("number", f"文号「{known.number}」是在系统内修订的版本，不由文件载入")
    values["edition"] = known.edition if known is not None else edition_for(plan, str(values["number"]))
    version: PlanVersion = sync(versions, "number", [Wanted(entry, values)], changes, parent={"plan": plan})[0]
    if version.plan_id != plan.pk:
        entry.fail("number", f"文号「{version.number}」已属于另一个预案")
    return version


def superseded_here(number: object) -> bool:
    """Return whether a revision made in the system has taken this version's place: no file brings it back."""
    return PlanVersion.objects.filter(based_on__number=number, in_force_at__isnull=False).exists()


def _retired(version: PlanVersion) -> dict[str, object]:
    return {"number": version.number, "in_force": False}


def _version_values(entry: Entry, registry: Registry) -> dict[str, object]:
    entry.only(
        "key", "number", "title", "issued_on", "in_force", "command_name", "office_name", "office_unit",
        "members_clause", "duties_clause", "groups_clause", "review",
    )  # fmt: skip
    try:
        issued_on = datetime.date.fromisoformat(entry.text("issued_on"))
    except ValueError:
        entry.fail("issued_on", "须为 年-月-日")
    office = registry.coded(entry, "office_unit")
    return {
        "number": entry.text("number"),
        "title": entry.text("title"),
        "issued_on": issued_on,
        "in_force": entry.flag("in_force"),
        "command_name": entry.text("command_name"),
        "office_name": entry.text("office_name"),
        "office_unit_id": office.pk if office else None,
    }


def _review(context: Context) -> dict[str, object]:
    """Return every how many years the plan has itself evaluated or revised, with its words."""
    if not context.source.one("version").has("review"):
        return {}
    entry = context.source.one("version").one("review")
    entry.only("years", "kind", "clause", "quote")
    clause = context.clause(entry)
    return {
        "review_years": entry.number("years"),
        "review_kind": entry.choice("kind", ReviewKind.values),
        "review_clause": clause,
        "review_quote": context.quote(entry, context.clauses[clause]),
    }


def _finish(context: Context, path: Path) -> None:
    texts = context.resolve(context.source.one("texts"))
    assert isinstance(texts, dict)  # noqa: S101  an Entry resolves to a dict
    texts["readings"] = reporting.readings(context)
    texts["standing"] = standing.standing_duties(context)
    texts["after"] = after.after_duties(context)
    texts.update(organisation.printed_contacts(context))
    checksum = hashlib.sha256(path.read_bytes()).hexdigest()
    values = {"number": context.version.number, "texts": texts, "checksum": checksum, **_review(context)}
    rows = PlanVersion.objects.filter(pk=context.version.pk)
    sync(rows, "number", [Wanted(context.source.one("version"), values)], context.changes)
