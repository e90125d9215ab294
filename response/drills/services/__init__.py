"""Writing to drills: one verb each. Every service locks the drill's chain first, then the chain of its case."""

from response.drills.services.evaluating import (
    Improvement,
    Judged,
    drill_evaluate,
    drill_judge,
    improvement_add,
    improvement_remove,
)
from response.drills.services.planning import (
    InjectWords,
    Planned,
    drill_approve,
    drill_cancel,
    drill_edit,
    drill_plan,
    drill_return,
    inject_add,
    inject_remove,
)
from response.drills.services.running import drill_end, drill_start, inject_fire, inject_skip, injects_round

__all__ = [
    "Improvement",
    "InjectWords",
    "Judged",
    "Planned",
    "drill_approve",
    "drill_cancel",
    "drill_edit",
    "drill_end",
    "drill_evaluate",
    "drill_judge",
    "drill_plan",
    "drill_return",
    "drill_start",
    "improvement_add",
    "improvement_remove",
    "inject_add",
    "inject_fire",
    "inject_remove",
    "inject_skip",
    "injects_round",
]
