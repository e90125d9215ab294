"""Tasks: a unit sees its own, the office all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from directory.choices import Act
from early_warning.actions import open_actions
from response import services
from response.choices import RUNNING, TASK_OPEN, ResponseState, TaskState
from response.forms import BehalfForm, ReassignForm
from response.models import Task
from response.running import services as running
from response.running.forms import ChaseForm, TaskDueForm, TaskSplitForm
from response.running.selectors import receipts_waiting, replies_waiting
from response.selectors import TaskFilter, led_groups, task_for, task_list, units_with_tasks, unsigned_by_response
from response.selectors.posts import authority_of
from yangcheng_ec.errors import BadInput
from yangcheng_ec.forms import errors_into_form
from yangcheng_ec.permissions import Page, may_open

__all__ = ["acknowledge_all", "act", "index", "show"]

PAGE_SIZE = 50


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List tasks, narrowed by state, unit and response."""
    wanted = TaskFilter(*(request.GET.get(name, "") for name in ("state", "unit", "response")))
    page = Paginator(task_list(request.user, wanted), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"page_obj": page, "wanted": wanted, "states": TaskState.choices, "sees_all": _sees_all(request)}
    context["units"] = units_with_tasks(request.user) if context["sees_all"] else []
    context["own_actions"] = open_actions(request.user)
    if not context["sees_all"]:
        context |= {
            "duties": _duties(page.object_list, getattr(request.user, "unit_id", None)),
            "unsigned": unsigned_by_response(request.user),
            "led": led_groups(request.user),
            "orders": receipts_waiting(request.user),
            "situations": replies_waiting(request.user),
        }
    return render(request, "response/tasks.html", context)


def _duties(tasks: Iterable[Task], unit_id: int | None) -> list[tuple[str, str]]:
    """Return the unit's own duty under each plan that its tasks are of, as the plan prints it."""
    found: dict[str, str] = {}
    for task in tasks:
        if task.duty and task.unit_id == unit_id:
            found.setdefault(task.response.plan_version.plan.short_name, task.duty)
    return list(found.items())


@login_required
@require_safe
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one task with what happened to it."""
    return _render(request, task_for(request.user, pk))


@login_required
@require_POST
def acknowledge_all(request: HttpRequest) -> HttpResponse:
    """Sign for every task of the user's unit, or (``response``) for those of one response."""
    count = services.tasks_acknowledge_all(user=request.user, response=request.POST.get("response", ""))
    messages.success(request, _("已签收 %(n)d 项任务。") % {"n": count})
    return redirect("tasks")


@login_required
@require_POST
def act(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """Sign for, report on, complete, return, reassign, chase, split a task, or set its local due time."""
    if act not in ACTS:
        raise Http404
    task = task_for(request.user, pk)
    form = FORMS.get(act, BehalfForm)(request.POST)
    if form.is_valid():
        try:
            ACTS[act](request, task, form)
            messages.success(request, _("已记录。"))
            return redirect("task", pk=pk)
        except BadInput as error:
            errors_into_form(form, error)
    return _render(request, task, act, form)


def _version(request: HttpRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def _acknowledge(request: HttpRequest, task: Task, form: Any) -> None:
    services.task_acknowledge(task_id=task.pk, version=_version(request), user=request.user, behalf=form.behalf())


def _feedback(request: HttpRequest, task: Task, form: Any) -> None:
    services.task_feedback(
        task_id=task.pk,
        version=_version(request),
        user=request.user,
        text=form.cleaned_data["text"],
        behalf=form.behalf(),
    )


def _complete(request: HttpRequest, task: Task, form: Any) -> None:
    services.task_complete(
        task_id=task.pk,
        version=_version(request),
        user=request.user,
        text=form.cleaned_data["text"],
        behalf=form.behalf(),
    )


def _return(request: HttpRequest, task: Task, form: Any) -> None:
    services.task_return(
        task_id=task.pk,
        version=_version(request),
        user=request.user,
        reason=form.cleaned_data["text"],
        behalf=form.behalf(),
    )


def _reassign(request: HttpRequest, task: Task, form: Any) -> None:
    services.task_reassign(task_id=task.pk, version=_version(request), user=request.user, **form.cleaned_data)


def _chase(request: HttpRequest, task: Task, form: Any) -> None:
    running.task_chase(task_id=task.pk, version=_version(request), user=request.user, text=form.cleaned_data["text"])


def _due(request: HttpRequest, task: Task, form: Any) -> None:
    running.task_due_set(task_id=task.pk, version=_version(request), user=request.user, **form.given())


def _split(request: HttpRequest, task: Task, form: Any) -> None:
    running.task_split(task_id=task.pk, version=_version(request), user=request.user, **form.given())


FORMS: dict[str, Any] = {"reassign": ReassignForm, "chase": ChaseForm, "due": TaskDueForm, "split": TaskSplitForm}
ACTS: dict[str, Callable[[HttpRequest, Task, Any], None]] = {
    "acknowledge": _acknowledge,
    "feedback": _feedback,
    "complete": _complete,
    "return": _return,
    "reassign": _reassign,
    "chase": _chase,
    "due": _due,
    "split": _split,
}


def _sees_all(request: HttpRequest) -> bool:
    return may_open(request.user, Page.TASKS_ALL)


def _rights(request: HttpRequest, task: Task) -> dict[str, bool]:
    """Which forms to show; the services ask again."""
    user: Any = request.user
    version_id = task.response.plan_version_id
    authority = authority_of(user)
    manage = authority.may(version_id, Act.OFFICE) or authority.may_start(task.response.level)
    own = task.unit_id is not None and task.unit_id == user.unit_id and may_open(user, Page.TASKS_OWN)
    enters = own or (authority.may(version_id, Act.OFFICE) if task.unit_id else manage)
    after = task.state == TaskState.CARRIED_OVER and task.response.state == ResponseState.ENDED
    works = task.state in (TaskState.ASSIGNED, TaskState.ACKNOWLEDGED, TaskState.IN_PROGRESS) or after
    goes_on = task.state in TASK_OPEN and task.response.state in RUNNING
    splits = (own or manage) and goes_on and task.parent_id is None
    return {"own": own, "may_manage": manage, "may_work": enters and works, "may_split": splits, "goes_on": goes_on}


def _render(request: HttpRequest, task: Task, failed: str = "", form: Any = None) -> HttpResponse:
    working = form if failed in ("acknowledge", "feedback", "complete", "return") else BehalfForm()
    return render(
        request,
        "response/task.html",
        {
            "task": task,
            "failed": failed,
            "form": working,
            "open": task.state in TASK_OPEN,
            "failed_form": form,
            **{name: form if failed == name else kind(auto_id=f"{name}_%s") for name, kind in FORMS.items()},
            "sees_all": _sees_all(request),
            **_rights(request, task),
        },
        status=400 if failed else 200,
    )
