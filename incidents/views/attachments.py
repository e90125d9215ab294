"""附件 of a case and of its reports: the list, adding, the download, 撤下."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from incidents.forms.attachments import AttachmentForm, WithdrawForm
from incidents.models import Incident, Report
from incidents.selectors import incident_for, may_work_on, report_for
from incidents.selectors.attachments import (
    attachment_for,
    attachment_lines,
    attachment_panel,
    attachments_of,
)
from incidents.services.attachments import STORE, Addition, attachment_add, attachment_withdraw
from incidents.views.common import posted
from yangcheng_ec.errors import BadInput
from yangcheng_ec.forms import errors_into_form
from yangcheng_ec.uploads import Upload, download, files_of, takes_uploads

__all__ = ["incident_attachment", "incident_attachment_withdraw", "incident_attachments"]

PER_PAGE = 30


@takes_uploads()
@login_required
@require_http_methods(["GET", "POST"])
def incident_attachments(request: HttpRequest, number: str, serial: int | None = None) -> HttpResponse:
    """All attachments of a case or of one report; add some."""
    case = incident_for(request.user, number)
    report = report_for(case, serial) if serial is not None else None
    form = AttachmentForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            added = _add(request, case, serial, form.cleaned_data)
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("已添加 %(n)s 个附件。") % {"n": len(added)})
            return redirect(f"{_home(case, report)}#attachments")
    return _list_page(request, case, report, form)


def _add(request: HttpRequest, case: Incident, serial: int | None, data: dict[str, Any]) -> list[Any]:
    """Hand the files on one by one, so that one at a time is in memory."""
    uploads = (Upload(file.name or "", file.read()) for file in files_of(request))
    addition = Addition(files=uploads, note=data["note"], report=serial)
    return attachment_add(
        incident_id=case.pk, user=request.user, addition=addition, key=data["idempotency_key"].strip()
    )


def _home(case: Incident, report: Report | None) -> str:
    if report is not None:
        return reverse("report", args=[case.number, report.serial])
    return reverse("incident", args=[case.number])


def _list_page(request: HttpRequest, case: Incident, report: Report | None, form: AttachmentForm) -> HttpResponse:
    standing = may_work_on(request.user, case)
    page = Paginator(attachments_of(request.user, case, report), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "incident": case,
        "report": report,
        "page_obj": page,
        "lines": attachment_lines(request.user, list(page), standing),
        "panel": attachment_panel(request.user, case, report, standing=standing),
        "attachment_form": form,
        "home": _home(case, report),
    }
    return render(request, "incidents/attachments.html", context, status=400 if form.is_bound else 200)


@login_required
@require_safe
def incident_attachment(request: HttpRequest, number: str, pk: int) -> FileResponse:
    """Hand out a file: always saved, never shown as part of this site."""
    row = attachment_for(request.user, number, pk)
    return download(STORE.opened(row.sha256, row.sha256), name=row.name, mime=row.content_type)


@login_required
@require_http_methods(["GET", "POST"])
def incident_attachment_withdraw(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """Take an attachment from view, with a reason."""
    row = attachment_for(request.user, number, pk)
    form = WithdrawForm(posted(request))
    home = _home(row.incident, row.report)
    if request.method == "POST" and form.is_valid():
        try:
            attachment_withdraw(attachment_id=pk, user=request.user, reason=form.cleaned_data["reason"])
        except BadInput as error:
            errors_into_form(form, error)
        else:
            messages.success(request, _("附件已撤下，文件和记录仍保存。"))
            return redirect(f"{home}#attachments")
    line = attachment_lines(request.user, [row], may_work_on(request.user, row.incident))[0]
    context = {"incident": row.incident, "row": row, "form": form, "home": home, "allowed": line.may_withdraw}
    return render(request, "incidents/attachment_withdraw.html", context, status=400 if form.is_bound else 200)
