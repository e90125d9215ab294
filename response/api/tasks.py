"""``tasks/`` and its acts."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response as Answer
from rest_framework.views import APIView

from response import services
from response.api.serializers import (
    BehalfInput,
    ChaseInput,
    DueInput,
    ReassignInput,
    SplitInput,
    TaskOutput,
    unit_of,
)
from response.running import services as running
from response.selectors import TaskFilter, task_for, task_list
from response.services import Behalf

__all__ = ["TaskActView", "TaskDetail", "TaskList"]


@extend_schema_view(
    get=extend_schema(
        summary="任务列表",
        parameters=[
            OpenApiParameter("state", description="任务状态"),
            OpenApiParameter("unit", description="单位代码"),
            OpenApiParameter("response", description="响应编号"),
        ],
    )
)
class TaskList(ListAPIView):
    """List tasks (``state``, ``unit``, ``response``): a unit gets its own."""

    serializer_class = TaskOutput
    filter_backends = ()

    def get_queryset(self) -> Any:
        """Return the visible ones."""
        query = self.request.query_params
        return task_list(
            self.request.user, TaskFilter(*(query.get(name, "") for name in ("state", "unit", "response")))
        )


class TaskDetail(APIView):
    """One task."""

    @extend_schema(summary="一项任务", responses=TaskOutput)
    def get(self, request: Request, pk: int) -> Answer:
        """Return it."""
        return Answer(TaskOutput(task_for(request.user, pk)).data)


class TaskActView(APIView):
    """An act on a task: subclasses call one service."""

    input_class: Any = BehalfInput

    def post(self, request: Request, pk: int) -> Answer:
        """Do it and return the task as it is now."""
        task_for(request.user, pk)
        given = self.input_class(data=request.data)
        given.is_valid(raise_exception=True)
        data = given.validated_data
        self.run({"task_id": pk, "version": data["version"], "user": request.user}, data)
        return Answer(TaskOutput(task_for(request.user, pk)).data)

    def run(self, common: dict[str, Any], data: dict[str, Any]) -> Any:
        """Call the service."""
        raise NotImplementedError


def _behalf(data: dict[str, Any]) -> Behalf:
    return Behalf(said_by=data["said_by"], done_at=data["done_at"])


@extend_schema(summary="签收", request=BehalfInput, responses=TaskOutput)
class AcknowledgeView(TaskActView):
    """Sign for a task."""

    def run(self, common: dict[str, Any], data: dict[str, Any]) -> Any:
        """Call the service."""
        return services.task_acknowledge(**common, behalf=_behalf(data))


@extend_schema(summary="反馈进展", request=BehalfInput, responses=TaskOutput)
class FeedbackView(TaskActView):
    """Report progress."""

    def run(self, common: dict[str, Any], data: dict[str, Any]) -> Any:
        """Call the service."""
        return services.task_feedback(**common, text=data["text"], behalf=_behalf(data))


@extend_schema(summary="办结", request=BehalfInput, responses=TaskOutput)
class CompleteView(TaskActView):
    """Complete a task with what was done."""

    def run(self, common: dict[str, Any], data: dict[str, Any]) -> Any:
        """Call the service."""
        return services.task_complete(**common, text=data["text"], behalf=_behalf(data))


@extend_schema(summary="退回任务", request=BehalfInput, responses=TaskOutput)
class ReturnTaskView(TaskActView):
    """Return a task; ``text`` is the reason."""

    def run(self, common: dict[str, Any], data: dict[str, Any]) -> Any:
        """Call the service."""
        return services.task_return(**common, reason=data["text"], behalf=_behalf(data))


@extend_schema(summary="改派", request=ReassignInput, responses=TaskOutput)
class ReassignView(TaskActView):
    """Give a task to another unit."""

    input_class = ReassignInput

    def run(self, common: dict[str, Any], data: dict[str, Any]) -> Any:
        """Call the service."""
        return services.task_reassign(**common, unit=unit_of(data["unit"]), reason=data["reason"])


@extend_schema(summary="催办", request=ChaseInput, responses=TaskOutput)
class ChaseView(TaskActView):
    """Chase an open task."""

    input_class = ChaseInput

    def run(self, common: dict[str, Any], data: dict[str, Any]) -> Any:
        """Call the service."""
        return running.task_chase(**common, text=data["text"])


@extend_schema(summary="定完成时限（非预案规定）", request=DueInput, responses=TaskOutput)
class DueView(TaskActView):
    """Set or move a local due time."""

    input_class = DueInput

    def run(self, common: dict[str, Any], data: dict[str, Any]) -> Any:
        """Call the service."""
        return running.task_due_set(**common, due_at=data["due_at"], reason=data["reason"])


@extend_schema(summary="分解子任务（非预案规定）", request=SplitInput, responses={201: TaskOutput})
class SplitView(TaskActView):
    """Make a part of a task; answers with the part."""

    input_class = SplitInput

    def post(self, request: Request, pk: int) -> Answer:
        """Do it and return the part."""
        task_for(request.user, pk)
        given = SplitInput(data=request.data)
        given.is_valid(raise_exception=True)
        data = dict(given.validated_data)
        data |= {"unit": unit_of(data["unit"]), "label": data.pop("person")}
        part = running.task_split(**data, task_id=pk, user=request.user)
        return Answer(TaskOutput(task_for(request.user, part.pk)).data, status=status.HTTP_201_CREATED)
