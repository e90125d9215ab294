"""Writing to clocks, notices and deliveries."""

from yangcheng_ec.deadlines.services.calls import call_record
from yangcheng_ec.deadlines.services.clocks import (
    Covering,
    deadline_bring_back,
    deadline_carry,
    deadline_cover,
    deadline_explain,
    deadline_reopen,
    deadline_start,
    deadline_supersede,
    deadline_waive,
    deadlines_start,
)
from yangcheng_ec.deadlines.services.deliver import deliver_all, deliver_batch, deliver_channel
from yangcheng_ec.deadlines.services.fallback import calls_instead
from yangcheng_ec.deadlines.services.notices import (
    Message,
    deliveries_add,
    notice_open,
    notice_queue,
    notices_settle,
)
from yangcheng_ec.deadlines.services.outbox import (
    RuleEntry,
    letters_drop,
    letters_resend,
    rule_remove,
    rule_set,
    switch_set,
)
from yangcheng_ec.deadlines.services.rungs import deadline_relay, step_acknowledge
from yangcheng_ec.deadlines.services.starting import ClockSpec, Rung
from yangcheng_ec.deadlines.services.sweep import heartbeat_touch, sweep_all, sweep_batch

__all__ = [
    "ClockSpec",
    "Covering",
    "Message",
    "RuleEntry",
    "Rung",
    "call_record",
    "calls_instead",
    "deadline_bring_back",
    "deadline_carry",
    "deadline_cover",
    "deadline_explain",
    "deadline_relay",
    "deadline_reopen",
    "deadline_start",
    "deadline_supersede",
    "deadline_waive",
    "deadlines_start",
    "deliver_all",
    "deliver_batch",
    "deliver_channel",
    "deliveries_add",
    "heartbeat_touch",
    "letters_drop",
    "letters_resend",
    "notice_open",
    "notice_queue",
    "notices_settle",
    "rule_remove",
    "rule_set",
    "step_acknowledge",
    "sweep_all",
    "sweep_batch",
    "switch_set",
]
