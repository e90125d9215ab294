"""Who holds which post, what waits for a second person, and who may approve what right now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, IntegerField, QuerySet, Value, When

from directory.choices import Act, AppointmentState, Nature, PostKind
from directory.models import Appointment, AppointmentPaper, Clause, PlanVersion, Post, User
from directory.rules import appointments_in_force
from yangcheng_ec.errors import NotVisible

__all__ = [
    "AuthorityRow",
    "appointment_get",
    "appointments_listed",
    "appointments_of",
    "authority_tables",
    "paper_of",
    "persons_choosable",
    "posts_choosable",
    "stands",
]


@dataclass(frozen=True)
class AuthorityRow:
    """One act under one plan: the clause, the posts that may, who holds them now. ``non_plan``: our reading."""

    what: str
    ref: str
    sentence: str
    posts: str
    holders: list[str]
    non_plan: bool


def appointments_listed(*, query: str = "", state: str = "") -> QuerySet[Appointment]:
    """Return the appointments, those that wait first, then the newest."""
    rows = Appointment.objects.select_related("user", "post__unit", "post__version__plan", "entered_by", "confirmed_by")
    if query:
        rows = rows.filter(user__display_name__icontains=query) | rows.filter(post__title__icontains=query)
    if state:
        rows = rows.filter(state=state)
    waiting = Case(When(state=AppointmentState.ENTERED, then=Value(0)), default=Value(1), output_field=IntegerField())
    return rows.order_by(waiting, "-starts_at", "-id")


def appointment_get(pk: int) -> Appointment:
    """Return one appointment. Raises NotVisible."""
    found = appointments_listed().filter(pk=pk).first()
    if found is None:
        raise NotVisible()
    return found


def appointments_of(person: User) -> QuerySet[Appointment]:
    """Return everything one person holds, held or was entered for, the newest first: one user, several posts."""
    return appointments_listed().filter(user=person).order_by("-starts_at", "-id")


def paper_of(appointment: Appointment) -> AppointmentPaper | None:
    """Return the document uploaded with an appointment, or None."""
    return AppointmentPaper.objects.select_related("uploaded_by").filter(appointment=appointment).first()


def stands(appointment: Appointment, now: datetime) -> bool:
    """Return whether the appointment is confirmed and has not run out: it authorises, or will."""
    confirmed = appointment.state == AppointmentState.CONFIRMED
    return confirmed and (appointment.ends_at is None or appointment.ends_at > now)


def posts_choosable() -> QuerySet[Post]:
    """Return the posts of the plans in force; a unit's own posts are chosen by unit."""
    rows = Post.objects.select_related("unit", "version__plan").filter(version__in_force=True)
    return rows.order_by("-version__plan__code", "pk")


def persons_choosable() -> QuerySet[User]:
    """Return the accounts in use."""
    return User.objects.filter(is_active=True).select_related("unit").order_by("display_name")


def authority_tables() -> list[dict[str, Any]]:
    """Return, per plan in force, who may approve what right now; from plan rows, with six statements."""
    versions = PlanVersion.objects.filter(in_force=True).select_related("plan").order_by("-plan__code")
    versions = versions.prefetch_related("response_levels", "act_rules", "clauses", "posts")
    held = list(appointments_in_force())
    return [{"version": version, "rows": _rows(version, held)} for version in versions]


def _rows(version: PlanVersion, held: Sequence[Appointment]) -> list[AuthorityRow]:
    clauses = {clause.ref: clause for clause in version.clauses.all()}
    rows = [
        _row(
            version,
            held,
            clauses,
            Act.APPROVE_RESPONSE,
            level.approvers,
            level.procedure_clause,
            level.procedure,
            what=f"批准启动 {level}",
        )
        for level in version.response_levels.all()
    ]
    for rule in sorted(version.act_rules.all(), key=lambda rule: list(Act).index(Act(rule.act))):
        if rule.act == Act.APPROVE_RESPONSE:
            continue
        rows.append(
            _row(version, held, clauses, rule.act, rule.post_kinds, rule.clause, rule.quote, non_plan=rule.non_plan)
        )
    return rows


def _row(
    version: PlanVersion,
    held: Sequence[Appointment],
    clauses: dict[str, Clause],
    act: str,
    kinds: Sequence[str],
    ref: str,
    quote: str,
    *,
    what: str = "",
    non_plan: bool = False,
) -> AuthorityRow:
    clause = clauses.get(ref)
    names = {post.kind: post.label for post in version.posts.all() if post.kind in kinds}
    return AuthorityRow(
        what=what or str(Act(act).label),
        ref=ref,
        sentence=quote or (clause.text if clause else ""),
        posts="、".join(names.get(kind, str(PostKind(kind).label)) for kind in kinds),
        holders=[_holder(row) for row in held if _fits(row, version, kinds, act)],
        non_plan=non_plan,
    )


def _fits(row: Appointment, version: PlanVersion, kinds: Sequence[str], act: str) -> bool:
    if row.post.version_id != version.pk or row.post.kind not in kinds:
        return False
    return row.nature != Nature.AUTHORISED or not row.scope or act in row.scope


def _holder(row: Appointment) -> str:
    nature = "" if row.nature == Nature.TENURE else f"，{Nature(row.nature).label}"
    return f"{row.user}（{row.post.label}{nature}）"
