"""The outbox with its authority: an office's post switches and sends again; keepers set how somebody is reached."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from directory.choices import Act
from directory.models import PlanVersion
from directory.rules import actor_for
from directory.services.standing import actor_as_role
from yangcheng_ec.access import require_page
from yangcheng_ec.actors import Actor
from yangcheng_ec.deadlines import services as kernel
from yangcheng_ec.deadlines.models import ChannelRule, Switch
from yangcheng_ec.deadlines.services import RuleEntry
from yangcheng_ec.errors import Forbidden, NotVisible
from yangcheng_ec.permissions import Page, Role, may_open

__all__ = [
    "letters_drop",
    "letters_resend",
    "may_set_rules",
    "may_switch",
    "outbox_actor",
    "rule_remove",
    "rule_set",
    "switch_set",
]


def outbox_actor(user: Any) -> Actor:
    """Return the user as a post of either office (「非预案规定」: no clause knows an outbox). Raises Forbidden."""
    require_page(user, Page.CALL_SHEET)
    refusal = Forbidden("只有指挥部办公室的在任人员可以办理。")
    for version in PlanVersion.objects.filter(in_force=True).select_related("plan").order_by("pk"):
        try:
            return actor_for(user, version, Act.OFFICE)
        except Forbidden as error:
            refusal = error
    raise refusal


def may_switch(user: Any) -> bool:
    """Return whether the user may switch channels and send again: for buttons; the services ask again."""
    try:
        outbox_actor(user)
    except Forbidden:
        return False
    return True


def may_set_rules(user: Any) -> bool:
    """Return whether the user may set how somebody is reached."""
    return may_open(user, Page.DIRECTORY_EDIT) or may_switch(user)


def switch_set(*, user: Any, name: str, on: bool, reason: str, version: int) -> Switch:
    """Switch a channel or the drills' way out. Raises Forbidden, and what the kernel's service raises."""
    return kernel.switch_set(name=name, on=on, reason=reason, version=version, actor=outbox_actor(user))


def letters_resend(*, user: Any, ids: Sequence[int] = (), channel: str = "") -> int:
    """Queue dead letters again. Raises Forbidden, BadInput, WrongState."""
    return kernel.letters_resend(actor=outbox_actor(user), ids=ids, channel=channel)


def letters_drop(*, user: Any, ids: Sequence[int] = (), channel: str = "", reason: str = "") -> int:
    """Set dead letters aside, with the reason. Raises Forbidden, BadInput, WrongState."""
    return kernel.letters_drop(actor=outbox_actor(user), ids=ids, channel=channel, reason=reason)


def rule_set(*, user: Any, entry: RuleEntry, version: int) -> ChannelRule:
    """Set how somebody is reached; what holds for everybody only an office sets. Raises Forbidden, BadInput, Stale."""
    return kernel.rule_set(entry=entry, version=version, actor=_rule_actor(user, entry.addressee))


def rule_remove(*, user: Any, rule_id: int, version: int) -> None:
    """Remove a rule. Raises NotVisible, Forbidden, StaleVersion."""
    row = ChannelRule.objects.filter(pk=rule_id).first()
    if row is None:
        raise NotVisible()
    kernel.rule_remove(rule_id=rule_id, version=version, actor=_rule_actor(user, row.addressee))


def _rule_actor(user: Any, addressee: str) -> Actor:
    if may_open(user, Page.DIRECTORY_EDIT) and addressee:
        return actor_as_role(user, Role.DIRECTORY_ADMIN)
    return outbox_actor(user)
