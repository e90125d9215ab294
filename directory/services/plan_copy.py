"""Copying everything a plan version owns into another version, row by row, nothing shared.

What belongs to a version is what would go with it: the models that reach ``PlanVersion`` by foreign keys that
cascade. Cases, appointments, contacts and reviews only refer to it (PROTECT) and stay where they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import models, transaction

from directory.models import PlanVersion

__all__ = ["Owned", "owned_models", "plan_copy"]

Model = type[models.Model]
MARK = "@"


@dataclass(frozen=True)
class Owned:
    """A model whose rows belong to a version: the key that says to which row, and every key into the version."""

    model: Model
    parent: models.ForeignKey[Any, Any]
    links: tuple[models.ForeignKey[Any, Any], ...]


def owned_models() -> list[Owned]:
    """Return the models whose rows belong to a version, each after those it refers to."""
    parents = _parents()
    found: dict[Model, Owned] = {}
    waiting = dict(parents)
    while waiting:
        ready = [model for model in waiting if not _targets(model, parents) - set(found) - {PlanVersion}]
        if not ready:
            raise RuntimeError(f"rows that refer to each other cannot be copied: {sorted(map(str, waiting))}")
        for model in ready:
            links = tuple(key for key in _keys(model) if key.related_model in {PlanVersion, *parents})
            found[model] = Owned(model, waiting.pop(model), links)
    return list(found.values())


def _parents() -> dict[Model, models.ForeignKey[Any, Any]]:
    """Return model → the cascading key by which it belongs to the version or to one of its rows."""
    found: dict[Model, models.ForeignKey[Any, Any]] = {}
    todo: list[Model] = [PlanVersion]
    while todo:
        for relation in todo.pop(0)._meta.get_fields(include_hidden=True):
            key: Any = getattr(relation, "remote_field", None)
            if not (relation.auto_created and not relation.concrete and isinstance(key, models.ForeignKey)):
                continue
            model: Model = key.model
            if relation.on_delete is models.CASCADE and model not in found and _own_through(model, found):  # type: ignore[union-attr]
                found[model] = key
                todo.append(model)
    return found


def _own_through(model: Model, found: dict[Model, Any]) -> bool:
    """Return False for the table of a many-to-many that some other model declares."""
    declaring: Any = model._meta.auto_created
    return not declaring or declaring in found


def _keys(model: Model) -> list[models.ForeignKey[Any, Any]]:
    return [field for field in model._meta.concrete_fields if isinstance(field, models.ForeignKey)]


def _targets(model: Model, parents: dict[Model, Any]) -> set[Any]:
    return {key.related_model for key in _keys(model) if key.related_model in parents}


@transaction.atomic
def plan_copy(*, source: PlanVersion, target: PlanVersion) -> dict[Model, int]:
    """Copy every row ``source`` owns to ``target``, which owns none yet; return how many there are of each model.

    Keys between the rows lead to the copies. A code that is unique among all versions gets the target's mark:
    ``cyber-2025:commander`` becomes ``cyber-2025:commander@7``; codes unique within their version stay as they are.
    Raises KeyError, and copies nothing, when a row refers to a row of some third version.
    """
    copies: dict[Model, dict[int, int]] = {PlanVersion: {source.pk: target.pk}}
    for owned in owned_models():
        copies[owned.model] = _copy_rows(owned, copies, target)
    return {model: len(rows) for model, rows in copies.items() if model is not PlanVersion}


def _copy_rows(owned: Owned, copies: dict[Model, dict[int, int]], target: PlanVersion) -> dict[int, int]:
    parents = copies[owned.parent.related_model]
    rows = owned.model._base_manager.filter(**{f"{owned.parent.name}__in": list(parents)}).order_by("pk")
    made = [(row.pk, owned.model(**_values(row, owned, copies, target))) for row in rows]
    owned.model._base_manager.bulk_create([copy for _, copy in made])
    return {pk: copy.pk for pk, copy in made}


def _values(
    row: models.Model, owned: Owned, copies: dict[Model, dict[int, int]], target: PlanVersion
) -> dict[str, Any]:
    values = {}
    for field in owned.model._meta.concrete_fields:
        value = getattr(row, field.attname)
        if field.primary_key:
            continue
        if field in owned.links and value is not None:
            value = copies[field.related_model][value]
        elif field.unique:
            value = _marked(value, target)
        values[field.attname] = value
    return values


def _marked(code: str, target: PlanVersion) -> str:
    return f"{code.partition(MARK)[0]}{MARK}{target.pk}"
