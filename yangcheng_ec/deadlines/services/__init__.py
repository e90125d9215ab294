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
from yangcheng_ec.deadlines.services.rungs import deadline_relay, step_acknowledge
from yangcheng_ec.deadlines.services.starting import ClockSpec, Rung
from yangcheng_ec.deadlines.services.sweep import heartbeat_touch, sweep_all, sweep_batch

__all__ = [
    "ClockSpec",
    "Covering",
    "Message",
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
    "notice_open",
    "notice_queue",
    "notices_settle",
    "step_acknowledge",
    "sweep_all",
    "sweep_batch",
]
