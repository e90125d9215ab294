"""What cites a clause of a draft: rows by their clause fields, what the apps do by it, the clauses under it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from directory.models import Clause, PlanVersion
from directory.registry import registered_uses
from directory.services.plan_copy import Owned, owned_models

__all__ = ["cited_by", "citing_rows", "row_title"]

TITLES = {
    "post": "职务", "membership": "成员单位", "workgroup": "工作组", "category": "分类", "grade": "分级",
    "warninglevel": "预警级别", "responselevel": "响应级别", "reportingrule": "报告规则", "actrule": "办理权限",
}  # fmt: skip


def cited_by(draft: PlanVersion, ref: str) -> list[str]:
    """Return, in words, everything that would lose its clause without this one."""
    clauses = list(draft.clauses.all())
    found = [f"条款 {clause}" for clause in clauses if clause.ref.startswith(f"{ref}.")]
    found += [row_title(row) for row, cited in citing_rows(draft) if cited == ref]
    if draft.review_clause == ref:
        found.append("评估、修订的期限")
    found += [use.label for use in registered_uses(draft, clauses) if use.ref.partition("（")[0] == ref]
    return list(dict.fromkeys(found))


def citing_rows(draft: PlanVersion) -> Iterator[tuple[Any, str]]:
    """Yield each row of a draft with each clause it cites (empty where it cites none); a statement per model."""
    known = owned_models()
    for owned in known:
        fields = [field.name for field in owned.model._meta.concrete_fields]
        fields = [name for name in fields if name == "clause" or name.endswith("_clause")]
        if not fields or owned.model is Clause:
            continue
        for row in owned.model._base_manager.filter(**{_path(owned, known): draft}).order_by("pk"):
            yield from ((row, getattr(row, name)) for name in fields)


def row_title(row: Any) -> str:
    """Return what a row is called in a sentence: 报告规则「…」."""
    words = str(row.get_act_display()) if hasattr(row, "get_act_display") else str(row)
    kind = TITLES.get(row._meta.model_name, "")
    return f"{kind}「{words}」" if kind else words


def _path(owned: Owned, known: list[Owned]) -> str:
    above = next((one for one in known if one.model is owned.parent.related_model), None)
    return f"{owned.parent.name}__{_path(above, known)}" if above else owned.parent.name
