"""``releases/`` and its acts."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response as Answer
from rest_framework.views import APIView

from incidents.selectors import incident_for
from response import services
from response.api.serializers import (
    ReasonInput,
    ReleaseApproveInput,
    ReleaseInput,
    ReleaseOutput,
    ReleasePublishInput,
)
from response.selectors import releases_visible_to

__all__ = ["ReleaseActView", "ReleaseList"]


@extend_schema_view(get=extend_schema(summary="信息发布列表"))
class ReleaseList(ListAPIView):
    """List releases, or draft one."""

    serializer_class = ReleaseOutput
    filter_backends = ()

    def get_queryset(self) -> Any:
        """Return the visible ones."""
        return releases_visible_to(self.request.user)

    @extend_schema(summary="起草信息发布", request=ReleaseInput, responses={201: ReleaseOutput})
    def post(self, request: Request) -> Answer:
        """Draft a release; a unit is refused with the clause."""
        given = ReleaseInput(data=request.data)
        given.is_valid(raise_exception=True)
        data = dict(given.validated_data)
        incident = incident_for(request.user, data.pop("incident"))
        release = services.release_draft(incident_id=incident.pk, user=request.user, **data)
        return Answer(ReleaseOutput(release).data, status=status.HTTP_201_CREATED)


class ReleaseActView(APIView):
    """An act on a release: subclasses call one service."""

    input_class: Any = ReasonInput

    def post(self, request: Request, pk: int) -> Answer:
        """Do it and return the release as it is now."""
        given = self.input_class(data=request.data)
        given.is_valid(raise_exception=True)
        common = {"release_id": pk, "version": given.validated_data["version"], "user": request.user}
        return Answer(ReleaseOutput(self.run(common, given)).data)

    def run(self, common: dict[str, Any], given: Any) -> Any:
        """Call the service."""
        raise NotImplementedError


@extend_schema(summary="批准发布", request=ReleaseApproveInput, responses=ReleaseOutput)
class ApproveReleaseView(ReleaseActView):
    """The command approves."""

    input_class = ReleaseApproveInput

    def run(self, common: dict[str, Any], given: Any) -> Any:
        """Call the service."""
        return services.release_approve(**common, call=given.call(), note=given.validated_data["note"])


@extend_schema(summary="退回", request=ReasonInput, responses=ReleaseOutput)
class ReturnReleaseView(ReleaseActView):
    """The command returns."""

    def run(self, common: dict[str, Any], given: Any) -> Any:
        """Call the service."""
        return services.release_return(**common, reason=given.validated_data["reason"])


@extend_schema(summary="对外发布", request=ReleasePublishInput, responses=ReleaseOutput)
class PublishReleaseView(ReleaseActView):
    """Publish what was approved."""

    input_class = ReleasePublishInput

    def run(self, common: dict[str, Any], given: Any) -> Any:
        """Call the service."""
        return services.release_publish(**common, channel=given.validated_data["channel"])
