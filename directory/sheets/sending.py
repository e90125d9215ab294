"""A list as a sheet that is sent to the browser: csv while it is read, xlsx whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

from directory.sheets.writing import csv_lines, text_workbook
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.errors import NotVisible

__all__ = ["sheet_answer"]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def sheet_answer(
    kind: str, stem: str, title: str, columns: Mapping[str, int], lines: Iterable[Sequence[str]]
) -> HttpResponseBase:
    """Return rows as csv or xlsx under ``stem`` and the time, never cached. Raises NotVisible for another kind."""
    if kind == "csv":
        answer: HttpResponseBase = StreamingHttpResponse(
            csv_lines(columns, lines), content_type="text/csv; charset=utf-8"
        )
    elif kind == "xlsx":
        answer = HttpResponse(text_workbook(title, columns, lines), content_type=XLSX)
    else:
        raise NotVisible()
    stamp = "".join(letter for letter in local_text(database_now()) if letter.isdigit())
    answer["Content-Disposition"] = f'attachment; filename="{stem}-{stamp}.{kind}"'
    answer["Cache-Control"] = "private, no-store"
    return answer
