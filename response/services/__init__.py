"""What is done: responses, tasks, releases. The contents page of the writes."""

from response.services.adjust import response_handover, response_reinforce
from response.services.approve import response_approve
from response.services.end import (
    response_announce_end,
    response_end_approve,
    response_end_return,
    response_propose_end,
)
from response.services.propose import (
    response_confirm,
    response_escalate,
    response_lower,
    response_propose,
    response_return,
    response_withdraw,
)
from response.services.releases import release_approve, release_draft, release_publish, release_return
from response.services.signatures import signature_decide
from response.services.tasks import (
    Behalf,
    task_acknowledge,
    task_add,
    task_complete,
    task_feedback,
    task_reassign,
    task_return,
    tasks_acknowledge_all,
)

__all__ = [
    "Behalf",
    "release_approve",
    "release_draft",
    "release_publish",
    "release_return",
    "response_announce_end",
    "response_approve",
    "response_confirm",
    "response_end_approve",
    "response_end_return",
    "response_escalate",
    "response_handover",
    "response_lower",
    "response_propose",
    "response_propose_end",
    "response_reinforce",
    "response_return",
    "response_withdraw",
    "signature_decide",
    "task_acknowledge",
    "task_add",
    "task_complete",
    "task_feedback",
    "task_reassign",
    "task_return",
    "tasks_acknowledge_all",
]
