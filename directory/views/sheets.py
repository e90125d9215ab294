"""Contacts in and out: the import's pages, the export, the printed directory, the file for use without a server."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from directory.choices import ContactState
from directory.models import ContactSheet
from directory.papers import directory_paper, offline_html
from directory.papers.duties import duties_of
from directory.selectors import contact_sheets as reading
from directory.selectors.contacts import contacts_found, shown_to
from directory.selectors.people_sheets import PEOPLE_COLUMNS, people_rows
from directory.services import contact_sheets as services
from directory.sheets.choices import OPEN, WRITES, ItemState
from directory.sheets.forms import LayoutForm, SheetFileForm
from directory.sheets.uploads import cap_upload, content_of
from directory.sheets.writing import text_csv, text_workbook, workbook_of
from yangcheng_ec.access import page_required
from yangcheng_ec.clock import SHANGHAI, database_now
from yangcheng_ec.errors import BadInput
from yangcheng_ec.forms import errors_into_form
from yangcheng_ec.papers import pdf_of
from yangcheng_ec.permissions import Page

__all__ = [
    "XLSX",
    "contact_import",
    "contact_sheet",
    "contact_sheet_columns",
    "contact_sheet_drop",
    "contact_sheet_write",
    "directory_export",
    "directory_offline",
    "directory_print",
    "file_answer",
    "people_answer",
    "people_export",
    "version_of",
    "workbook_answer",
]

readers = page_required(Page.DIRECTORY_VIEW, Page.DIRECTORY_EDIT)
keepers = page_required(Page.DIRECTORY_EDIT)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


# --- in ------------------------------------------------------------------------------------------------------------


@csrf_exempt  # the token is checked one step below: the size limit must stand before the body is read
def contact_import(request: HttpRequest) -> HttpResponseBase:
    """Limit the upload, then take it."""
    cap_upload(request)
    return _contact_import(request)


@csrf_protect
@require_http_methods(["GET", "POST"])
@keepers
def _contact_import(request: HttpRequest) -> HttpResponse:
    """Take a sheet of contacts and show what it would change; list what was sent lately."""
    form = SheetFileForm()
    if request.method == "POST":
        try:
            name, content = content_of(request, request.FILES)
            sheet = services.sheet_upload(user=request.user, file_name=name, content=content)
        except BadInput as error:
            form = SheetFileForm(data={})
            form.errors.clear()
            errors_into_form(form, error)
        else:
            return redirect("contact-sheet", pk=sheet.pk)
    context = {"form": form, "sheets": reading.sheets_recent(request.user)}
    return render(request, "directory/import/start.html", context, status=400 if form.is_bound else 200)


@require_GET
@keepers
def contact_sheet(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what a sheet would change, before anything is written; afterwards, what was written."""
    sheet = reading.sheet_get(request.user, pk)
    return _sheet_page(request, sheet, LayoutForm(sheet=sheet))


def _sheet_page(request: HttpRequest, sheet: ContactSheet, form: LayoutForm, status: int = 200) -> HttpResponse:
    groups = reading.item_groups(sheet, request.GET.get("whole", ""))
    counts = {str(group.state): group.count for group in groups}
    context = {
        "sheet": sheet,
        "form": form,
        "groups": groups,
        "open": sheet.state in OPEN,
        "to_write": sum(counts.get(str(state), 0) for state in WRITES),
        "faulty": counts.get(str(ItemState.ERROR), 0) + counts.get(str(ItemState.ACCOUNT), 0),
        "to_enter": sum("appointment" in item for item in sheet.items),
        "touches": reading.sheet_touches(sheet, request.user),
    }
    return render(request, "directory/import/sheet.html", context, status=status)


@require_POST
@keepers
def contact_sheet_columns(request: HttpRequest, pk: int) -> HttpResponse:
    """Read the sheet another way, and show the preview anew."""
    sheet = reading.sheet_get(request.user, pk)
    form = LayoutForm(request.POST, sheet=sheet)
    if not form.is_valid():
        return _sheet_page(request, sheet, form, status=400)
    try:
        services.sheet_map(user=request.user, sheet_id=pk, **form.layout())
    except BadInput as error:
        errors_into_form(form, error)
        return _sheet_page(request, sheet, form, status=400)
    messages.success(request, _("已按所选的列重新预览；同样表头的表下次照此读。"))
    return redirect("contact-sheet", pk=pk)


@require_POST
@keepers
def contact_sheet_write(request: HttpRequest, pk: int) -> HttpResponse:
    """Write what the preview says."""
    services.sheet_write(user=request.user, sheet_id=pk, version=version_of(request))
    messages.success(request, _("已写入通讯录。每一条的原来内容留在它的变更记录里。"))
    return redirect("contact-sheet", pk=pk)


@require_POST
@keepers
def contact_sheet_drop(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the sheet aside."""
    services.sheet_drop(user=request.user, sheet_id=pk, version=version_of(request))
    messages.success(request, _("已放弃，通讯录没有改动。"))
    return redirect("contact-import")


def version_of(request: HttpRequest) -> int:
    """Return the version a form carries; 0, which fits nothing, where it is none."""
    text = request.POST.get("version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


# --- out -----------------------------------------------------------------------------------------------------------


@require_GET
@readers
def directory_export(request: HttpRequest) -> HttpResponse:
    """Give the directory as a workbook that import reads back; who took it is recorded."""
    return workbook_answer(request)


def workbook_answer(request: HttpRequest) -> HttpResponse:
    """Return the workbook of what the reader may see, for the page and the API."""
    contacts = shown_to(request.user, contacts_found(request.user, state=ContactState.ACTIVE))
    content = workbook_of(contacts)
    services.directory_export_record(user=request.user, form="Excel", count=len(contacts))
    return file_answer(content, XLSX, f"通讯录-{_stamp()}.xlsx")


@require_GET
@readers
def directory_print(request: HttpRequest, code: str) -> HttpResponse:
    """Print the directory in the look of the plan's appendix."""
    paper = directory_paper(request.user, code)
    content = pdf_of("directory/papers/printed.html", paper)
    services.directory_export_record(user=request.user, form=f"打印 {paper['plan']}", count=paper["count"])
    return file_answer(content, "application/pdf", f"{paper['title']}-{_stamp()}.pdf", inline=True)


@require_GET
@readers
def directory_offline(request: HttpRequest) -> HttpResponse:
    """Give the directory as one file that opens without the server."""
    page, count = offline_html(request.user, duties=duties_of(request.user))
    services.directory_export_record(user=request.user, form="离线文件", count=count)
    return file_answer(page.encode(), "text/html; charset=utf-8", f"通讯录-{_stamp()}.html")


@require_GET
@page_required(Page.APPOINTMENT_ENTER, Page.RESPONSES)
def people_export(request: HttpRequest, form: str) -> HttpResponse:
    """Give who holds which post as a sheet that import reads back; who took it is recorded."""
    return people_answer(request, form)


def people_answer(request: HttpRequest, form: str) -> HttpResponse:
    """Return the sheet (``xlsx`` or ``csv``) of who holds which post, for the page and the API."""
    rows = people_rows(request.user)
    services.directory_export_record(user=request.user, form=f"人员和任职 {form}", count=len(rows), what="项任职")
    name = f"人员和任职-{_stamp()}.{form}"
    if form == "csv":
        return file_answer(text_csv(PEOPLE_COLUMNS, rows), "text/csv; charset=utf-8", name)
    return file_answer(text_workbook("人员和任职", PEOPLE_COLUMNS, rows), XLSX, name)


def _stamp(moment: datetime | None = None) -> str:
    return (moment or database_now()).astimezone(SHANGHAI).strftime("%Y%m%d-%H%M")


def file_answer(content: bytes, content_type: str, name: str, *, inline: bool = False) -> HttpResponse:
    """Answer with a file, to be kept or (``inline``) shown; no cache keeps it: it may hold mobiles."""
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(not inline, name) or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response
