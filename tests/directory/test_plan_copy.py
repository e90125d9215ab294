"""Copying a version: every model that belongs to one, nothing shared, nothing forgotten."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import models, transaction

from directory import models as plan_rows
from directory.models import MeasureActor, PlanVersion, Post, ReportingRule
from directory.selectors.plan_compare import COMPARED, compare
from directory.services.plan_copy import owned_models, plan_copy

pytestmark = pytest.mark.django_db

# What belongs to a version. A new model must be put here or below: decide which it is.
COPIED = {
    plan_rows.ActRule, plan_rows.Category, plan_rows.Clause, plan_rows.Criterion, plan_rows.Grade,
    plan_rows.GroupMember, plan_rows.LadderRung, plan_rows.Measure, plan_rows.MeasureActor, plan_rows.Membership,
    plan_rows.Post, plan_rows.ReportingAddressee, plan_rows.ReportingRule,
    plan_rows.ReportingRule.owed_by_units.through,
    plan_rows.ResponseCondition, plan_rows.ResponseLevel, plan_rows.SubCategory, plan_rows.WarningLevel,
    plan_rows.WorkGroup,
}  # fmt: skip
# What only refers to a version or its rows: people's appointments, numbers, cases, what was decided and reviewed.
REFERRING = {
    "directory.Appointment", "directory.AppointmentPaper", "directory.CaseGroupMember", "directory.CaseMember",
    "directory.Contact", "directory.ContactRuling", "directory.LadderEdition", "directory.PlanReview",
    "directory.PlanVersion",
    "directory.Signature",
}  # fmt: skip


@pytest.fixture
def draft(cyber: PlanVersion) -> PlanVersion:
    """A version with nothing in it yet."""
    return empty(cyber)


def empty(base: PlanVersion) -> PlanVersion:
    """Make an empty draft of a plan."""
    return PlanVersion.objects.create(
        plan=base.plan, based_on=base, number="阳政办发〔2028〕1号", title=base.title, issued_on=base.issued_on,
        command_name=base.command_name, office_name=base.office_name, edition="2028版", stage="draft",
    )  # fmt: skip


def rows_of(owned: Any, version: PlanVersion, seen: dict[Any, set[int]]) -> list[Any]:
    """Return a model's rows of a version, children by their parents."""
    parents = seen[owned.parent.related_model]
    return list(owned.model._base_manager.filter(**{f"{owned.parent.name}__in": parents}).order_by("pk"))


def everything(version: PlanVersion) -> dict[Any, list[Any]]:
    """Return every row a version owns, by model."""
    seen: dict[Any, set[int]] = {PlanVersion: {version.pk}}
    found = {}
    for owned in owned_models():
        found[owned.model] = rows_of(owned, version, seen)
        seen[owned.model] = {row.pk for row in found[owned.model]}
    return found


def reaching() -> set[Any]:
    """Return the models of this app from which foreign keys lead to a plan version."""
    own = list(apps.get_app_config("directory").get_models(include_auto_created=True))
    found: set[Any] = {PlanVersion}
    while True:
        more = {
            model for model in own
            if model not in found and any(
                isinstance(key, models.ForeignKey) and key.related_model in found for key in model._meta.concrete_fields
            )
        }  # fmt: skip
        if not more:
            return found
        found |= more


def test_every_model_is_copied_or_known_to_stay() -> None:
    """Whoever adds a model that leads to a version decides here whether it belongs to it."""
    assert {owned.model for owned in owned_models()} == COPIED
    assert {model._meta.label for model in reaching() - COPIED} <= REFERRING


@pytest.mark.parametrize("plan", ["cyber", "comms"])
def test_counts_are_equal_and_nothing_is_shared(plan: str, request: pytest.FixtureRequest) -> None:
    """The copy has as many rows of each model; every key of it leads into the copy; the original is untouched."""
    base: PlanVersion = request.getfixturevalue(plan)
    before = {model: [vars_of(row) for row in rows] for model, rows in everything(base).items()}
    target = empty(base)
    counts = plan_copy(source=base, target=target)
    ours, theirs = everything(base), everything(target)
    assert counts == {model: len(rows) for model, rows in ours.items()}
    assert {model: len(rows) for model, rows in theirs.items()} == counts
    assert sum(counts.values()) > 200
    own = {(model, row.pk) for model, rows in theirs.items() for row in rows} | {(PlanVersion, target.pk)}
    for owned in owned_models():
        for row in theirs[owned.model]:
            keys = [(key.related_model, getattr(row, key.attname)) for key in owned.links]
            assert all(key in own for key in keys if key[1] is not None), (owned.model, keys)
    assert {model: [vars_of(row) for row in rows] for model, rows in everything(base).items()} == before


def vars_of(row: Any) -> dict[str, Any]:
    """Return a row's columns."""
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_a_copy_reads_like_its_original(cyber: PlanVersion, draft: PlanVersion) -> None:
    """Nothing but the number differs, by the page that compares."""
    plan_copy(source=cyber, target=draft)
    draft.refresh_from_db()
    draft.texts, draft.office_unit = cyber.texts, cyber.office_unit
    draft.review_years = cyber.review_years
    (head,) = compare(cyber, draft)
    assert [change.label for change in head.rows[0].fields] == ["文号"]


def test_codes(cyber: PlanVersion, draft: PlanVersion) -> None:
    """A code unique among all versions gets the version's mark, once; one unique within its version stays."""
    plan_copy(source=cyber, target=draft)
    commander = draft.posts.get(kind="commander")
    assert commander.code == f"cyber-2025:commander@{draft.pk}"
    assert Post.objects.get(code="cyber-2025:commander").version == cyber
    codes = set(draft.reporting_rules.values_list("code", flat=True))
    assert codes == set(cyber.reporting_rules.values_list("code", flat=True))
    PlanVersion.objects.filter(pk=draft.pk).update(stage="discarded")
    third = PlanVersion.objects.create(
        plan=cyber.plan, based_on=draft, number="3", title="3", issued_on=cyber.issued_on, edition="3", stage="draft",
        command_name="x", office_name="y",
    )  # fmt: skip
    plan_copy(source=draft, target=third)
    assert third.posts.get(kind="commander").code == f"cyber-2025:commander@{third.pk}"


def test_keys_between_rows_are_remapped(cyber: PlanVersion, draft: PlanVersion) -> None:
    """An actor that is a group leads to the copy of that group; a rule's named units are the same units."""
    plan_copy(source=cyber, target=draft)
    groups = MeasureActor.objects.filter(measure__level__version=draft, group__isnull=False)
    assert {row.group.version_id for row in groups.select_related("group")} <= {draft.pk}
    for rule in ReportingRule.objects.filter(version=cyber):
        twin = ReportingRule.objects.get(version=draft, code=rule.code)
        assert set(twin.owed_by_units.all()) == set(rule.owed_by_units.all())


def test_a_row_of_a_third_version_is_refused(cyber: PlanVersion, comms: PlanVersion, draft: PlanVersion) -> None:
    """Rather no copy than one that shares a row."""
    actor = MeasureActor.objects.filter(measure__level__version=cyber).first()
    assert actor is not None
    MeasureActor.objects.filter(pk=actor.pk).update(group=comms.groups.first())
    with pytest.raises(KeyError), transaction.atomic():
        plan_copy(source=cyber, target=draft)
    assert not draft.clauses.exists()


IGNORED = {"id", "version_id", "level_id", "measure_id", "rule_id", "group_id", "category_id", "grade_id"}
# What tells rows apart, or is made from the version: a change of it is another row, or no change a person makes.
KEYS = {
    (plan_rows.Post, "code"), (plan_rows.Post, "kind"), (plan_rows.Post, "ordinal"),
    (plan_rows.ReportingRule.owed_by_units.through, "reportingrule_id"),
    (plan_rows.ActRule, "act"),
    (plan_rows.LadderRung, "timed"),
    (plan_rows.ResponseLevel, "ordinal"), (plan_rows.WarningLevel, "ordinal"),
}  # fmt: skip


def other(field: Any, value: Any) -> Any:
    """Return another value of a column."""
    if isinstance(field, models.BooleanField):
        return not value
    if isinstance(field, models.JSONField):
        return [*value, "x"] if isinstance(value, list) else {**(value or {}), "x": "y"}
    if isinstance(field, models.IntegerField):
        return (value or 0) + 77
    if isinstance(field, models.ForeignKey):
        return plan_rows.Unit.objects.exclude(pk=value).values_list("pk", flat=True).first()
    if field.choices:
        return next(choice for choice, _ in field.choices if choice != value)
    return f"{value or ''}改"[: field.max_length or None]


def test_every_column_is_compared(cyber: PlanVersion, draft: PlanVersion) -> None:
    """Whatever changes in whatever row of the draft, the comparison shows it."""
    plan_copy(source=cyber, target=draft)
    shown = {section.model for section in COMPARED} | {child for section in COMPARED for child in section.children}
    assert shown == COPIED
    for owned in owned_models():
        row = everything(draft)[owned.model][0] if everything(draft)[owned.model] else None
        for field in owned.model._meta.concrete_fields:
            if row is None or field.attname in IGNORED or (owned.model, field.attname) in KEYS:
                continue
            if isinstance(field, models.ForeignKey) and field.related_model is not plan_rows.Unit:
                continue
            was = getattr(row, field.attname)
            rows = owned.model._base_manager.filter(pk=row.pk)
            rows.update(**{field.attname: other(field, was)})
            sections = [change.title for change in compare(cyber, draft)]
            assert len(sections) >= 2, (owned.model, field.attname)
            rows.update(**{field.attname: was})
