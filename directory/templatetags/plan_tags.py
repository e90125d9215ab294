"""``{% load plan_tags %}``: the chip of a clause by plan version and number, and the words of plan rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from directory.choices import PostKind
from directory.models import Membership, PlanVersion, ReportingRule, WorkGroup
from directory.registry import plan_panels
from directory.rules import clause_label, edition_words
from directory.selectors.membership import outsiders
from directory.selectors.plan_reviews import review_clocks
from directory.selectors.plan_search import Part, marked
from directory.selectors.plans import clause_texts, editions_in_force, readings_of
from yangcheng_ec.permissions import Page, may_open
from yangcheng_ec.templatetags import faces
from yangcheng_ec.templatetags.yec import clause as chip

register = template.Library()


@register.inclusion_tag("components/clause.html")
def clause_chip(version: PlanVersion, ref: str, text: str = "") -> dict[str, Any]:
    """The chip 「网络预案 4.2.1.2」 with its sentence on hover or tap; ``text`` narrows it to the words that matter."""
    words = text or clause_texts(version).get(ref, "")
    context: dict[str, Any] = chip(faces.clause_face(version.address, clause_label(version, ref), words))
    return context


@register.inclusion_tag("plans/revisions/standing.html", takes_context=True)
def plan_standing(context: dict[str, Any], version: PlanVersion) -> dict[str, Any]:
    """Whether this version is in force, when it is next due to be reviewed, where its versions are listed."""
    opens = may_open(context["request"].user, Page.RESPONSES)
    return {"version": version, "clocks": review_clocks([version]) if opens else [], "opens_revisions": opens}


@register.simple_tag(takes_context=True)
def plan_said(context: dict[str, Any], version: PlanVersion) -> SafeString:
    """What upper floors say of a plan at the head of its page: when it was last drilled."""
    request = context["request"]
    parts = [render_to_string(name, found, request) for name, found in plan_panels(request.user, version)]
    return mark_safe("".join(parts))  # noqa: S308  each part was escaped by its own template


@register.inclusion_tag("plans/revisions/ran_under.html", takes_context=True)
def ran_under(context: dict[str, Any], case: Any, *, link: bool = True) -> dict[str, Any]:
    """「按 2025 版办理，现行为 2028 版」 for a running case whose version another has replaced; else nothing.

    What is in force is asked once a page, and only where a row needs it.
    """
    version: PlanVersion = case.plan_version
    if version.in_force or not case.running:
        return {"version": None}
    request = context.get("request")
    known = getattr(request, "plan_editions", None)
    if known is None:
        known = {row.plan_id: edition_words(row) for row in editions_in_force()}
        if request is not None:
            request.plan_editions = known
    now = known.get(version.plan_id, "")
    return {"version": version, "was": edition_words(version), "now": now, "link": link}


@register.filter
def post_labels(kinds: Sequence[str], version: PlanVersion) -> str:
    """Return post kinds in the plan's own words: 总指挥、副总指挥."""
    labels = getattr(version, "_post_labels", None)
    if labels is None:
        labels = dict(version.posts.values_list("kind", "label"))
        version._post_labels = labels  # type: ignore[attr-defined]
    words = [labels.get(kind) or str(PostKind(kind).label) if kind in PostKind.values else "责任单位" for kind in kinds]
    return "、".join(words)


@register.filter
def grade_names(codes: Sequence[str], grades: Sequence[Any]) -> str:
    """Return grade codes as names: 特别重大事件、重大事件."""
    names = {grade.code: grade.name for grade in grades}
    return "、".join(names.get(code, code) for code in codes)


@register.filter
def is_reading(rule: ReportingRule, field: str) -> bool:
    """Return whether a field of a rule is our reading and not the plan's words."""
    return field in readings_of(rule)


@register.filter
def magnitude(number: int) -> int:
    """Return a number without its sign: 20 of −20."""
    return abs(number)


@register.filter
def of_ref(uses: Mapping[str, Sequence[Any]], ref: str) -> Sequence[Any]:
    """Return what rests on a clause."""
    return uses.get(ref, ())


@register.filter
def hits(text: str, terms: Sequence[str]) -> list[Part]:
    """Return a text in pieces, the words that were searched for apart from the rest."""
    return marked(text, terms) if terms else [Part(text, hit=False)]


@register.filter
def duty_pieces(member: Membership) -> list[str]:
    """Return a duty cut before each of its items, every letter kept; one piece where the items do not fit."""
    duty = member.duty or ""
    starts: list[int] = []
    for item in member.duty_items:
        at = duty.find(item, starts[-1] + 1 if starts else 0)
        if at < 0:
            return [duty]
        starts.append(at)
    ends = [*starts[1:], len(duty)]
    return [duty[start:end] for start, end in zip([0, *starts[1:]], ends, strict=True)] if starts else [duty]


@register.filter
def outsiders_of(group: WorkGroup, members: Sequence[Membership]) -> list[str]:
    """Return the group's units that are no members of the command: 县融媒体中心."""
    return outsiders(group, members)


@register.filter
def composition(group: WorkGroup) -> tuple[str, str]:
    """Return a group's lead and its other members as two lines, in the printed words where the plan has them."""
    lead, word, others = group.composition_text.partition("组成部门：")
    if word:
        return lead, word + others
    tail = group.extra.get("members_tail") or ("等" if group.open_ended else "")
    names = "、".join(member.printed_name for member in group.members.all())
    return f"牵头部门：{group.printed_lead}", f"组成部门：{names}{tail}"
