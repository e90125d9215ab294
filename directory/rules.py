"""Who may do what: one function per rule of authority (DESIGN §4). Docstrings are what the user reads."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from itertools import count
from typing import Any

from django.db.models import Q, QuerySet

from directory.choices import Act, AppointmentState, Nature, PostKind
from directory.models import ActRule, Appointment, Plan, PlanVersion, ResponseLevel, User
from yangcheng_ec.actors import Actor
from yangcheng_ec.clock import SHANGHAI, database_now
from yangcheng_ec.errors import Forbidden

__all__ = [
    "act_rule",
    "actor_for",
    "actor_of",
    "actor_of_unit",
    "any_actor",
    "appointment_for",
    "appointments_in_force",
    "approver_kinds",
    "clause_label",
    "edition_for",
    "edition_words",
    "holders",
    "in_scope",
    "limits_of",
    "may",
    "post_label",
    "starter_ends",
]


def clause_label(version: PlanVersion, ref: str) -> str:
    """Return how a clause is cited everywhere: 「网络预案 4.2.1.2」."""
    return f"{version.cited_as} {ref}".strip()


def edition_for(plan: Plan, number: str) -> str:
    """Return what tells a new version's labels from the plan's earlier ones: nothing for the first, then 2028版.

    The year is that of the document's number (阳政办发〔2028〕1号).
    """
    taken = set(PlanVersion.objects.filter(plan=plan).values_list("edition", flat=True))
    if not taken:
        return ""
    year = _year_of(number) or str(database_now().astimezone(SHANGHAI).year)
    wanted = (f"{year}版" if turn == 1 else f"{year}版之{turn}" for turn in count(1))
    return next(name for name in wanted if name not in taken)


def edition_words(version: PlanVersion) -> str:
    """Return which print of a plan a version is: 2028版, or the first one by its document's year or number."""
    year = _year_of(version.number)
    return version.edition or (f"{year}版" if year else version.number)


def _year_of(number: str) -> str:
    found = re.search(r"[〔\[（(](\d{4})[〕\]）)]", number)
    return found[1] if found else ""


def post_label(appointment: Appointment) -> str:
    """Return the words written into the record: command, post, and 代行 or 授权 with its document."""
    post = appointment.post
    if post.version is not None:
        body = f"{post.version.plan.short_name} {post.label}"
    else:
        body = f"{post.unit or ''}{post.label}"
    if appointment.nature == Nature.TENURE:
        return body
    document = f"：{appointment.document}" if appointment.document else ""
    return f"{body}（{Nature(appointment.nature).label}{document}）"


def appointments_in_force(at: datetime | None = None) -> QuerySet[Appointment]:
    """Return the confirmed appointments in force at a time (now by default)."""
    moment = at or database_now()
    return (
        Appointment.objects.filter(state=AppointmentState.CONFIRMED, starts_at__lte=moment, user__is_active=True)
        .filter(Q(ends_at__isnull=True) | Q(ends_at__gt=moment))
        .select_related("user", "post", "post__unit", "post__version", "post__version__plan")
        .defer("post__version__texts")
        .order_by("post__kind", "post__ordinal", "id")
    )


def act_rule(version: PlanVersion, act: str) -> ActRule | None:
    """Return the row that says who may do an act, with its clause and words; a version's rows are read once."""
    rules: dict[str, ActRule] | None = version.__dict__.get("_act_rules")
    if rules is None:
        rules = version.__dict__["_act_rules"] = {row.act: row for row in version.act_rules.all()}
    return rules.get(act)


def approver_kinds(version: PlanVersion, act: str, level: ResponseLevel | None = None) -> tuple[list[str], str, bool]:
    """Return (post kinds, clause ref, non-plan reading) that may do an act; from plan rows only.

    Approving a response level is asked of the level itself; every other act of its ``ActRule``. Where the plan says
    that whoever started a response ends it, the end is asked of the level too (the caller then gives ``level``).
    """
    if act == Act.APPROVE_RESPONSE and level is not None:
        return list(level.approvers), level.procedure_clause, False
    rule = act_rule(version, act)
    if rule is None:
        return [], "", True
    if act == Act.APPROVE_END and level is not None:
        return list(level.approvers), rule.clause, False
    return list(rule.post_kinds), rule.clause, rule.non_plan


def limits_of(version: PlanVersion, act: str) -> tuple[list[str], str]:
    """Return (the ActLimit values the clause sets to an act, its quote)."""
    rule = act_rule(version, act)
    return (list(rule.limits), rule.quote) if rule is not None else ([], "")


def starter_ends(version: PlanVersion) -> bool:
    """Return whether whoever starts a response ends it (the plan states it as a principle)."""
    return bool((version.texts.get("response_end") or {}).get("principle"))


def actor_for(
    user: Any, version: PlanVersion, act: str, *, level: ResponseLevel | None = None, prefer: Sequence[str] = ()
) -> Actor:
    """Return the user acting as a post that may do the act under this plan version, now (``appointment_for``)."""
    return actor_of(user, appointment_for(user, version, act, level=level, prefer=prefer))


def appointment_for(
    user: Any, version: PlanVersion, act: str, *, level: ResponseLevel | None = None, prefer: Sequence[str] = ()
) -> Appointment:
    """Return the user's appointment that may do the act under this plan version, now.

    A deputy acts for the commander only by a 授权 or 代行 of the commander's post, within its scope and dates.
    Raises Forbidden with the posts that may and the clause.
    """
    kinds, ref, non_plan = approver_kinds(version, act, level)
    fitting = [row for row in _held(user, version, kinds) if in_scope(row, act)]
    fitting.sort(key=lambda row: (row.post.kind not in prefer, kinds.index(row.post.kind), row.pk))
    if fitting:
        return fitting[0]
    raise _refusal(version, act, level, kinds, ref, non_plan)


def may(user: Any, version: PlanVersion, act: str, *, level: ResponseLevel | None = None) -> bool:
    """Return whether the user may do the act: for buttons; the service asks again.

    Within a request the appointments are those that its roles were read from.
    """
    kinds, _ref, _non_plan = approver_kinds(version, act, level)
    known: list[Appointment] | None = user.held_known
    rows = _held(user, version, kinds) if known is None else _fitting(known, version, kinds)
    return any(in_scope(row, act) for row in rows)


def any_actor(user: Any, version: PlanVersion | None = None) -> Actor:
    """Return the user as whatever post they hold (of this plan first): for acts that need no authority."""
    rows = list(appointments_in_force().filter(user=user))
    if version is not None:
        rows.sort(key=lambda row: row.post.version_id != version.pk)
    return actor_of(user, rows[0]) if rows else Actor(user=user, post=str(user.unit or ""))


def actor_of_unit(user: Any, unit_id: int | None) -> Actor:
    """Return the user acting for a unit as its leader or liaison. Raises Forbidden otherwise."""
    kinds = [PostKind.UNIT_LIAISON, PostKind.UNIT_LEADER]
    row = None
    if unit_id is not None:
        rows = appointments_in_force().filter(user=user, post__unit_id=unit_id, post__kind__in=kinds)
        row = rows.order_by("-post__kind").first()
    if row is None:
        raise Forbidden("只有该单位的分管负责人或联络员可以办理。")
    return actor_of(user, row)


def holders(version: PlanVersion | int, kinds: Sequence[str]) -> list[Appointment]:
    """Return who holds these posts of a plan version now, in the order of the kinds."""
    version_id = version if isinstance(version, int) else version.pk
    rows = list(appointments_in_force().filter(post__version_id=version_id, post__kind__in=list(kinds)))
    rows.sort(key=lambda row: (list(kinds).index(row.post.kind), row.post.ordinal, row.pk))
    return rows


def _held(user: User, version: PlanVersion, kinds: Sequence[str]) -> list[Appointment]:
    unit_kinds = [kind for kind in kinds if kind in (PostKind.UNIT_LEADER, PostKind.UNIT_LIAISON)]
    wanted = Q(post__version=version, post__kind__in=list(kinds))
    if unit_kinds:
        wanted |= Q(post__version__isnull=True, post__kind__in=unit_kinds)
    return list(appointments_in_force().filter(wanted, user=user))


def _fitting(rows: Sequence[Appointment], version: PlanVersion, kinds: Sequence[str]) -> list[Appointment]:
    """Return the appointments that ``_held`` would read."""
    own = (version.pk, None)
    return [row for row in rows if row.post.kind in kinds and row.post.version_id in own and _of_unit_or_plan(row)]


def _of_unit_or_plan(row: Appointment) -> bool:
    return row.post.version_id is not None or row.post.kind in (PostKind.UNIT_LEADER, PostKind.UNIT_LIAISON)


def in_scope(appointment: Appointment, act: str) -> bool:
    """Return whether the appointment covers the act: only a 授权 is limited, and only where its scope names acts."""
    return appointment.nature != Nature.AUTHORISED or not appointment.scope or act in appointment.scope


def actor_of(user: Any, appointment: Appointment) -> Actor:
    """Return the user acting by this appointment."""
    return Actor(user=user, post=post_label(appointment), nature=appointment.nature, appointment_id=appointment.pk)


def _refusal(
    version: PlanVersion, act: str, level: ResponseLevel | None, kinds: Sequence[str], ref: str, non_plan: bool
) -> Forbidden:
    names = _post_names(version, kinds)
    what = f"{Act(act).label}（{level}）" if level is not None else str(Act(act).label)
    tail = "（非预案规定）" if non_plan else ""
    words = f"{what}只能由{names}作出{tail}，您现在没有担任该职务或没有有效授权。"
    return Forbidden(words, clause=clause_label(version, ref))


def _post_names(version: PlanVersion, kinds: Sequence[str]) -> str:
    labels = dict(version.posts.filter(kind__in=list(kinds)).order_by("ordinal").values_list("kind", "label"))
    return "、".join(labels.get(kind, str(PostKind(kind).label)) for kind in kinds) or "有权的职务"
