"""What a running response makes beside its tasks. The contents page of the writes."""

from response.running.services.aiding import reinforcement_answer, reinforcement_arrive
from response.running.services.evidence import evidence_note, human_made_find
from response.running.services.first_action import first_action_log
from response.running.services.forces import force_call
from response.running.services.handing import handover_accept
from response.running.services.meeting import Minutes, conference_record, control_check
from response.running.services.on_site import on_site_dissolve, on_site_set_up
from response.running.services.ordering import (
    Word,
    order_acknowledge,
    order_heard,
    order_issue,
    order_report,
    order_withdraw,
)
from response.running.services.situation import (
    Said,
    rhythm_set,
    rhythm_stop,
    situation_ask,
    situation_compose,
    situation_reply,
    situations_round,
)
from response.running.services.tasking import (
    task_chase,
    task_due_set,
    task_split,
    tasks_chase,
    tasks_overdue_round,
)

__all__ = [
    "Minutes", "Said", "Word", "conference_record", "control_check", "evidence_note", "first_action_log", "force_call",
    "handover_accept", "human_made_find", "on_site_dissolve", "on_site_set_up", "order_acknowledge", "order_heard",
    "order_issue", "order_report", "order_withdraw", "reinforcement_answer", "reinforcement_arrive", "rhythm_set",
    "rhythm_stop", "situation_ask", "situation_compose", "situation_reply", "situations_round", "task_chase",
    "task_due_set", "task_split", "tasks_chase", "tasks_overdue_round",
]  # fmt: skip
