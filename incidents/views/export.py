"""导出案卷."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest
from django.views.decorators.http import require_GET

from incidents.selectors import incident_for
from incidents.services.export import case_export
from yangcheng_ec.uploads import download

__all__ = ["incident_export"]


@login_required
@require_GET
def incident_export(request: HttpRequest, number: str) -> FileResponse:
    """The whole case as a zip; that it was exported stands in its record."""
    case = incident_for(request.user, number)
    file = case_export(incident_id=case.pk, user=request.user)
    return download(file, name=f"{case.number}.zip", mime="application/zip")
