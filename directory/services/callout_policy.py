"""A plan's call-out policies (「非预案规定」): read by every step that fires, changed while the plan is in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction

from directory.choices import PostKind
from directory.models import CalloutEdition, CalloutPolicy, Plan, PlanVersion
from directory.rules import actor_of, appointments_in_force, in_scope
from directory.services.plan_revisions import plan_head
from yangcheng_ec.actors import Actor
from yangcheng_ec.callout.registry import Policy
from yangcheng_ec.clock import database_now
from yangcheng_ec.deadlines.choices import BY_MACHINE, Channel
from yangcheng_ec.errors import BadInput, Change, Forbidden, StaleVersion
from yangcheng_ec.record.services import Line, record_append

__all__ = [
    "ACT", "DEFAULTS", "LEVELS", "MOST_MINUTES", "PolicyLine", "callout_policy_change", "may_change_policy",
    "policies_of", "policy_for", "policy_words",
]  # fmt: skip

ACT = "change_callout"
LEVELS = (1, 2, 3, 4)
MOST_MINUTES = 120
REASON_LIMIT = 300
_ALL = tuple(channel.value for channel in BY_MACHINE)


@dataclass(frozen=True)
class PolicyLine:
    """One level's policy: minutes between two steps, the channels that go first (the inbox always does)."""

    level: int
    minutes: int
    first: tuple[str, ...]


# The gravest level: everything at once, the call sheet too; then mail and message; then mail first.
DEFAULTS: dict[int, PolicyLine] = {
    1: PolicyLine(1, 3, (*_ALL, Channel.PHONE.value)),
    2: PolicyLine(2, 5, _ALL),
    3: PolicyLine(3, 10, (Channel.EMAIL.value, Channel.SMS.value)),
    4: PolicyLine(4, 15, (Channel.EMAIL.value,)),
}


def policies_of(plan: Plan) -> list[PolicyLine]:
    """Return the policies in force of a plan, the gravest level first."""
    rows = {row.level: PolicyLine(row.level, row.minutes, tuple(row.first)) for row in plan.callout_policies.all()}
    return [rows.get(level, DEFAULTS[level]) for level in LEVELS]


def policy_for(plan_version_id: int, level: int) -> Policy:
    """Return the policy of a plan version's plan for a level; a message without a level goes by the second."""
    wanted = min(max(level or 2, 1), LEVELS[-1])
    row = CalloutPolicy.objects.filter(plan__versions=plan_version_id, level=wanted).first()
    line = PolicyLine(row.level, row.minutes, tuple(row.first)) if row is not None else DEFAULTS[wanted]
    return Policy(line.minutes, line.first)


@transaction.atomic
def callout_policy_change(
    *, plan_id: int, edition: int, lines: Sequence[PolicyLine], reason: str, user: Any
) -> CalloutEdition | None:
    """Change how a plan's call-outs run; the office director's to decide. Running ones follow it from their next step.

    ``edition`` is the one the reader saw. Writes the policies, the edition with old and new, one line in the plan's
    chain. Returns None when nothing differs. Raises Forbidden (「非预案规定」), StaleVersion, BadInput by level.
    """
    head = plan_head(Plan.objects.get(pk=plan_id))
    plan = Plan.objects.get(pk=plan_id)
    actor = _actor(user, plan)
    was, last = policies_of(plan), plan.callout_editions.order_by("-number").first()
    number = last.number if last is not None else 0
    if edition != number:
        raise StaleVersion(changes=[Change("叫应规则", "", policy_words(was))])
    wanted = sorted(lines, key=lambda line: line.level)
    _check(wanted, reason)
    if was == wanted:
        return None
    _write(plan, wanted)
    made = CalloutEdition.objects.create(
        plan=plan, number=number + 1, was=[asdict(row) for row in was], rows=[asdict(row) for row in wanted],
        reason=reason.strip(), by=user, by_post=actor.post[:200], at=database_now(),
    )  # fmt: skip
    text = f"调整叫应规则（第{made.number}次，非预案规定）：{policy_words(was)} → {policy_words(wanted)}。"
    text += f"正在叫应的从下一步起照新规则。理由：{made.reason}"
    data = {"edition": made.number, "was": made.was, "now": made.rows}
    record_append(head, Line("plan.callout_changed", text, actor=actor, subject=("plan", plan.pk), data=data))
    return made


def may_change_policy(user: Any, plan: Plan) -> bool:
    """Return whether the user may change the policies: for buttons; the service asks again."""
    try:
        _actor(user, plan)
    except Forbidden:
        return False
    return True


def _actor(user: Any, plan: Plan) -> Actor:
    """叫应规则由办公室主任调整（非预案规定，预案没有规定由谁）。"""
    version = PlanVersion.objects.filter(plan=plan, in_force=True).first()
    held = appointments_in_force().filter(user=user, post__version=version, post__kind=PostKind.OFFICE_DIRECTOR)
    for appointment in held:
        if in_scope(appointment, ACT):
            return actor_of(user, appointment)
    raise Forbidden("叫应规则只能由办公室主任调整（非预案规定），您现在没有担任该职务或没有有效授权。")


def _check(lines: Sequence[PolicyLine], reason: str) -> None:
    """Raise BadInput unless each level has its line and can stand; a level is named ``level-1``."""
    problems: dict[str, list[str]] = {}
    if [line.level for line in lines] != list(LEVELS):
        problems["levels"] = ["四个级别各要有一行，不多不少。"]
    for line in lines:
        found = []
        if not 1 <= line.minutes <= MOST_MINUTES:
            found.append(f"间隔须在1至{MOST_MINUTES}分钟之间。")
        if any(channel not in Channel.values for channel in line.first):
            found.append("没有这个渠道。")
        if found:
            problems[f"level-{line.level}"] = found
    if not 0 < len(reason.strip()) <= REASON_LIMIT:
        problems["reason"] = [f"理由最多 {REASON_LIMIT} 个字。" if reason.strip() else "请写明调整的理由。"]
    if problems:
        raise BadInput("没有调整，请更正标出的各级。", fields=problems)


def _write(plan: Plan, lines: Sequence[PolicyLine]) -> None:
    plan.callout_policies.all().delete()
    rows = [CalloutPolicy(plan=plan, level=one.level, minutes=one.minutes, first=list(one.first)) for one in lines]
    for row in rows:
        row.full_clean(exclude=["first"])
    CalloutPolicy.objects.bulk_create(rows)


def policy_words(lines: Sequence[PolicyLine]) -> str:
    """Return policies in one sentence."""
    return "；".join(f"{line.level}级每{line.minutes}分钟一步，先发收件箱{_words(line.first)}" for line in lines)


def _words(channels: Sequence[str]) -> str:
    return "".join(f"、{Channel(channel).label}" for channel in channels if channel in Channel.values)
