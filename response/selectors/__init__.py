"""Reading responses, tasks, releases and the desk, already scoped to the user."""

from response.selectors.preview import activation_preview, holders_of_act, level_preview, liaisons_of
from response.selectors.releases import release_public, releases_public, releases_visible_to
from response.selectors.responses import (
    alternatives_of,
    conditions_of,
    phone_choices,
    response_entries,
    response_for,
    response_list,
    responses_visible_to,
    signatures_awaiting,
    signatures_of,
    signer_named,
)
from response.selectors.tasks import (
    TaskFilter,
    led_groups,
    task_counts,
    task_for,
    task_list,
    tasks_visible_to,
    units_with_tasks,
    unsigned_by_response,
)

__all__ = [
    "TaskFilter",
    "activation_preview",
    "alternatives_of",
    "conditions_of",
    "holders_of_act",
    "led_groups",
    "level_preview",
    "liaisons_of",
    "phone_choices",
    "release_public",
    "releases_public",
    "releases_visible_to",
    "response_entries",
    "response_for",
    "response_list",
    "responses_visible_to",
    "signatures_awaiting",
    "signatures_of",
    "signer_named",
    "task_counts",
    "task_for",
    "task_list",
    "tasks_visible_to",
    "units_with_tasks",
    "unsigned_by_response",
]
