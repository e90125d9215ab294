"""Writing to call-outs (叫应)."""

from yangcheng_ec.callout.services.calling import call_take
from yangcheng_ec.callout.services.confirming import (
    Said,
    callout_confirm,
    callout_confirm_by_link,
    callout_inform_leader,
    callouts_confirm,
)
from yangcheng_ec.callout.services.ending import callout_give_up, callouts_settle
from yangcheng_ec.callout.services.firing import callouts_fire
from yangcheng_ec.callout.services.reaching import callouts_reach, callouts_rung
from yangcheng_ec.callout.services.starting import callouts_start, callouts_start_each

__all__ = [
    "Said",
    "call_take",
    "callout_confirm",
    "callout_confirm_by_link",
    "callout_give_up",
    "callout_inform_leader",
    "callouts_confirm",
    "callouts_fire",
    "callouts_reach",
    "callouts_rung",
    "callouts_settle",
    "callouts_start",
    "callouts_start_each",
]
