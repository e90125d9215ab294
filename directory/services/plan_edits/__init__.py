"""Editing a draft: every section of a plan by one table. What is in force is never edited.

Each edit is one transaction with one line in the plan's chain, field by field, old → new. The words of a condition,
a measure or a rule stand in a clause too: where they stood there once, they are changed there as well.
"""

from directory.services.plan_edits.base import Column
from directory.services.plan_edits.sections import SECTIONS, Section
from directory.services.plan_edits.services import (
    name_of,
    plan_row_add,
    plan_row_edit,
    plan_row_remove,
    section_named,
)

__all__ = [
    "SECTIONS",
    "Column",
    "Section",
    "name_of",
    "plan_row_add",
    "plan_row_edit",
    "plan_row_remove",
    "section_named",
]
