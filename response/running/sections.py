"""The pages of a running response: what each shows, its forms, and the services that they call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from directory.choices import Act
from response.choices import RUNNING, ResponseState
from response.models import CommandOrder, Conference, OnSiteCommand, Reinforcement, Response, SituationRound, Task
from response.running import forms, rules, services
from response.running.choices import AidState, HandoverState
from response.running.selectors import (
    evidence_of,
    forces_of,
    orders_of,
    rounds_of,
    units_of_response,
)
from response.selectors.posts import Authority

__all__ = ["SECTIONS", "RoomLink", "Section", "SectionAct", "rights_of", "room_links"]

RECORDED = _("已记录。")
FormOf = Callable[[Response, Any], forms.ActForm]
Run = Callable[[HttpRequest, Response, Any, int, int], Any]


@dataclass(frozen=True)
class SectionAct:
    """One act of a page. ``run(request, response, form, version, pk)``; ``who`` sees its form: office or command."""

    form: FormOf
    run: Run
    who: str = "manage"
    says: Any = RECORDED


@dataclass(frozen=True)
class Section:
    """One page: its title, template, what it reads, its acts."""

    title: Any
    template: str
    context: Callable[[Response, Any], dict[str, Any]]
    acts: dict[str, SectionAct] = field(default_factory=dict)
    shown: Callable[[Response], bool] = lambda response: True


@dataclass(frozen=True)
class RoomLink:
    """One link to a page of the room, with how much stands there."""

    name: str
    label: Any
    url: str
    count: int = 0


def room_links(response: Response) -> list[RoomLink]:
    """Return the pages of a running response, the board first, with what each holds. One statement."""
    row = Response.objects.annotate(**{f"n{at}": _count(rows) for at, rows in enumerate(COUNTED.values())})
    figures = row.filter(pk=response.pk).values_list(*(f"n{at}" for at in range(len(COUNTED)))).first() or ()
    found = {name: figure or 0 for name, figure in zip(COUNTED, figures, strict=False)}
    shown = [(name, one.title) for name, one in SECTIONS.items() if one.shown(response)]
    links = [
        RoomLink(name, title, reverse("response-section", kwargs={"number": response.number, "name": name}),
                 found.get(name, 0))
        for name, title in shown
    ]  # fmt: skip
    return [RoomLink("board", _("任务看板"), reverse("response-board", args=[response.number])), *links]


def _count(rows: QuerySet[Any]) -> Subquery:
    """Return how many rows a response has, as a subquery of its own: joins would multiply each other."""
    counted = rows.filter(response=OuterRef("pk")).order_by().values("response").annotate(n=Count("pk"))
    return Subquery(counted.values("n"))


COUNTED: dict[str, QuerySet[Any]] = {
    "instructions": CommandOrder.objects.all(),
    "conferences": Conference.objects.all(),
    "reinforcements": Reinforcement.objects.all(),
    "situations": SituationRound.objects.all(),
    "on-site": OnSiteCommand.objects.all(),
    "forces": Task.objects.filter(resource__isnull=False),
}


def rights_of(authority: Authority, response: Response) -> dict[str, bool]:
    """Return what the user may do here: for buttons; the services ask again."""
    kinds = {kind for kind, _scope in authority.held.get(response.plan_version_id, [])}
    office = authority.may(response.plan_version_id, Act.OFFICE)
    return {
        "office": office and response.state in RUNNING,
        "command": bool(kinds & set(rules.COMMAND)) and response.state in RUNNING,
        "manage": (office or authority.may_start(response.level)) and response.state in RUNNING,
        "active": response.state == ResponseState.ACTIVE,
    }


def _plain(kind: type[forms.ActForm]) -> FormOf:
    return lambda response, data: kind(data)


def _of(kind: Callable[..., forms.ActForm]) -> FormOf:
    return lambda response, data: kind(response, data)


def _on_response(service: Callable[..., Any]) -> Run:
    def run(request: HttpRequest, response: Response, form: Any, version: int, pk: int) -> Any:
        return service(response_id=response.pk, version=version, user=request.user, **form.given())

    return run


def _on_row(service: Callable[..., Any], name: str) -> Run:
    def run(request: HttpRequest, response: Response, form: Any, version: int, pk: int) -> Any:
        return service(version=version, user=request.user, **{name: pk}, **form.given())

    return run


def _issue(request: HttpRequest, response: Response, form: Any, version: int, pk: int) -> Any:
    data = form.cleaned_data
    return services.order_issue(
        response_id=response.pk, version=version, user=request.user, word=form.word(),
        **{name: data[name] for name in ("title", "text", "units")},
    )  # fmt: skip


def _confer(request: HttpRequest, response: Response, form: Any, version: int, pk: int) -> Any:
    return services.conference_record(
        response_id=response.pk, version=version, user=request.user, minutes=form.minutes()
    )


def _compose(request: HttpRequest, response: Response, form: Any, version: int, pk: int) -> Any:
    addressees = form.cleaned_data["addressees"]
    return services.situation_compose(
        response_id=response.pk, round_id=pk, version=version, user=request.user, addressees=addressees
    )


def _evidence(request: HttpRequest, response: Response, form: Any, version: int, pk: int) -> Any:
    return services.evidence_note(incident_id=response.incident_id, user=request.user, **form.given())


def _orders(response: Response, user: Any) -> dict[str, Any]:
    return {
        "orders": orders_of(response),
        "clause": rules.order_clause(response.plan_version),
        "working": list(units_of_response(response)),
    }


def _conferences(response: Response, user: Any) -> dict[str, Any]:
    return {
        "conferences": response.conferences.select_related("recorded_by").prefetch_related("units"),
        "clause": rules.conference_clause(response),
        "working": list(units_of_response(response)),
    }


def _aid(response: Response, user: Any) -> dict[str, Any]:
    return {
        "requests": response.reinforcements.select_related("asked_by"),
        "checks": response.control_checks.select_related("user"),
        "clause": rules.aid_clause(response),
        "control_clause": rules.control_clause(response.plan_version),
        "asked": AidState.ASKED,
        "agreed": AidState.AGREED,
    }


def _handover(response: Response, user: Any) -> dict[str, Any]:
    row = getattr(response, "handover", None)
    return {"handover": row, "waits": row is not None and row.state == HandoverState.HANDED}


def _situations(response: Response, user: Any) -> dict[str, Any]:
    return {
        "rounds": rounds_of(response),
        "rhythm": getattr(response, "rhythm", None),
        "clause": rules.situation_clause(response.plan_version),
    }


def _on_site(response: Response, user: Any) -> dict[str, Any]:
    return {
        "places": response.on_site.select_related("set_up_by").prefetch_related("units"),
        "clause": rules.on_site_clause(response.plan_version),
        "working": list(units_of_response(response)),
    }


def _forces(response: Response, user: Any) -> dict[str, Any]:
    tasks = response.tasks.filter(resource__isnull=False).select_related("resource", "unit", "group")
    return {
        "forces": forces_of(response),
        "tasks": tasks,
        "clause": rules.forces_clause(response.plan_version),
    }


def _evidences(response: Response, user: Any) -> dict[str, Any]:
    return {
        "found": getattr(response.incident, "human_made", None),
        "notes": evidence_of(user, response.incident),
        "clause": rules.human_made_clause(response),
    }


SECTIONS: dict[str, Section] = {
    "instructions": Section(
        _("应急指令"), "running/orders.html", _orders,
        {
            "issue": SectionAct(_of(forms.OrderForm), _issue, says=_("指令已发布，正在叫应接收单位。")),
            "withdraw": SectionAct(
                _plain(forms.ReasonForm), _on_row(services.order_withdraw, "order_id"), "command", _("指令已撤回。")
            ),
        },
    ),
    "conferences": Section(
        _("会商"), "running/conferences.html", _conferences,
        {"record": SectionAct(_plain(forms.ConferenceForm), _confer, "office")},
    ),
    "reinforcements": Section(
        _("扩大应急与请求增援"), "running/aid.html", _aid,
        {
            "control": SectionAct(_plain(forms.ControlForm), _on_response(services.control_check)),
            "answer": SectionAct(
                _plain(forms.AidAnswerForm), _on_row(services.reinforcement_answer, "reinforcement_id")
            ),
            "arrive": SectionAct(
                _plain(forms.AidArrivalForm), _on_row(services.reinforcement_arrive, "reinforcement_id")
            ),
        },
    ),
    "handed-over": Section(
        _("指挥权移交"), "running/handover.html", _handover,
        {"accept": SectionAct(_plain(forms.HandoverAcceptForm), _on_response(services.handover_accept))},
    ),
    "situations": Section(
        _("信息汇总"), "running/situations.html", _situations,
        {
            "rhythm": SectionAct(_plain(forms.RhythmForm), _on_response(services.rhythm_set), "office"),
            "stop": SectionAct(_plain(forms.ActForm), _on_response(services.rhythm_stop), "office"),
            "ask": SectionAct(_plain(forms.ActForm), _on_response(services.situation_ask), "office"),
            "compose": SectionAct(_of(forms.ComposeForm), _compose, "office", _("已编成报告草稿。")),
        },
    ),
    "on-site": Section(
        _("现场应急指挥部"), "running/on_site.html", _on_site,
        {
            "set-up": SectionAct(_plain(forms.OnSiteForm), _on_response(services.on_site_set_up), "command"),
            "dissolve": SectionAct(
                _plain(forms.ReasonForm), _on_row(services.on_site_dissolve, "on_site_id"), "command"
            ),
        },
        shown=lambda response: bool(rules.on_site_clause(response.plan_version)),
    ),
    "forces": Section(
        _("社会力量和专家"), "running/forces.html", _forces,
        {
            "call": SectionAct(
                _of(forms.ForceForm), _on_response(services.force_call), says=_("已列为任务，请联系对方。")
            )
        },
        shown=lambda response: bool(rules.forces_clause(response.plan_version)),
    ),
    "evidence": Section(
        _("人为破坏与证据"), "running/evidence.html", _evidences,
        {
            "find": SectionAct(_plain(forms.HumanMadeForm), _on_response(services.human_made_find), "office"),
            "note": SectionAct(_plain(forms.EvidenceForm), _evidence, "office"),
        },
    ),
}  # fmt: skip
