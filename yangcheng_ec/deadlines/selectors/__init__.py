"""Reading clocks, notices, the call sheet and the outbox."""

from yangcheng_ec.deadlines.selectors.clocks import (
    call_sheet,
    deadlines_of,
    deadlines_open,
    gaps_during,
    heartbeat_state,
    inbox_of,
    rungs_told,
    unread_count,
)
from yangcheng_ec.deadlines.selectors.outbox import (
    CauseProgress,
    ChannelLine,
    OutboxAlarm,
    cause_progress,
    dead_letters,
    outbox_alarm,
    outbox_overview,
    pending_everything,
)

__all__ = [
    "CauseProgress",
    "ChannelLine",
    "OutboxAlarm",
    "call_sheet",
    "cause_progress",
    "dead_letters",
    "deadlines_of",
    "deadlines_open",
    "gaps_during",
    "heartbeat_state",
    "inbox_of",
    "outbox_alarm",
    "outbox_overview",
    "pending_everything",
    "rungs_told",
    "unread_count",
]
