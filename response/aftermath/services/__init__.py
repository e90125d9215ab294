"""Writing to what follows a response: one verb each. Every service locks the chain of its case first."""

from response.aftermath.services.care import Care, Payer, care_add, care_agree, care_drop, care_settle
from response.aftermath.services.lessons import Learnt, lesson_add, lesson_close, proposal_decide
from response.aftermath.services.merits import merit_add, merit_take_back
from response.aftermath.services.rebuild import (
    RebuildWords,
    Step,
    rebuild_ask,
    rebuild_finish,
    rebuild_return,
    rebuild_step_done,
    rebuild_submit,
)
from response.aftermath.services.reviews import (
    Written,
    review_draft,
    review_edit,
    review_receipt,
    review_return,
    review_send,
    review_sign,
    review_submit,
)
from response.aftermath.services.standing_down import stand_down_report

__all__ = [
    "Care",
    "Learnt",
    "Payer",
    "RebuildWords",
    "Step",
    "Written",
    "care_add",
    "care_agree",
    "care_drop",
    "care_settle",
    "lesson_add",
    "lesson_close",
    "merit_add",
    "merit_take_back",
    "proposal_decide",
    "rebuild_ask",
    "rebuild_finish",
    "rebuild_return",
    "rebuild_step_done",
    "rebuild_submit",
    "review_draft",
    "review_edit",
    "review_receipt",
    "review_return",
    "review_send",
    "review_sign",
    "review_submit",
    "stand_down_report",
]
