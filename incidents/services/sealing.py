"""涉密 of an event told twice: while cases are merged, one that is 涉密 seals them all. 「非预案规定」.

Of a case that was 涉密 from the first call no content is kept. A case sealed by a merge had content before: it stays
where it stands for those who work on the case, and leaves it no more, by report, export, search or notice.
"""

from __future__ import annotations

from collections.abc import Iterable

from incidents.models import Incident, Report
from incidents.rules import clause_for
from incidents.services.search import search_refresh
from incidents.services.secret import CONTENT_WORDS, SEALED_TITLE, TEXTS_REFUSED
from yangcheng_ec.deadlines.choices import OPEN
from yangcheng_ec.deadlines.models import Deadline
from yangcheng_ec.errors import WrongState

__all__ = ["check_report_sealed", "event_of", "event_seal"]

COLUMNS = ("secret", "secret_channel", "secret_sent_at", "secret_with", "open_title", "title")
# What a report may say of a sealed event is its grade, which is 「暂时无法判明」 from the first moment.
CONTENT = (TEXTS_REFUSED | {"changes"}) - {"grade"}


def event_of(main: Incident, *more: Incident) -> list[Incident]:
    """Return the cases of one event: the main one, those given, and what was merged into it before."""
    given = [main, *more]
    return [*given, *main.merged.exclude(pk__in=[row.pk for row in given]).select_related("head").order_by("pk")]


def event_seal(cases: Iterable[Incident]) -> list[Incident]:
    """Let every case of one event bear 涉密 while one of them is; let those go that bear it for no one any more.

    The main case's head is locked, so nobody else changes its merged cases. Writes the columns, the search and the
    names on open clocks; returns what changed. The record's lines are the caller's.
    """
    rows = list(cases)
    secret = next((row for row in rows if row.secret and row.secret_with_id is None), None)
    changed = [row for row in rows if _seal(row, secret)]
    for row in changed:
        row.save(update_fields=COLUMNS)
        search_refresh(row)
        Deadline.objects.filter(head_id=row.head_id, state__in=OPEN).update(case_title=str(row)[:300])
    return changed


def _seal(row: Incident, secret: Incident | None) -> bool:
    """Change a case's columns; return whether anything changed."""
    if secret is None and row.secret_with_id is not None:
        row.secret, row.secret_with, row.secret_channel, row.secret_sent_at = False, None, "", None
        row.title, row.open_title = row.open_title, ""
        return True
    if secret is None or row.pk == secret.pk or (row.secret and row.secret_with_id in (None, secret.pk)):
        return False
    if not row.secret:
        row.open_title, row.title, row.secret = row.title, SEALED_TITLE, True
    row.secret_with, row.secret_channel, row.secret_sent_at = secret, secret.secret_channel, secret.secret_sent_at
    return True


def check_report_sealed(incident: Incident, report: Report) -> None:
    """Raise WrongState for a draft with content, written before its case was sealed."""
    if not incident.secret:
        return
    face = {**report.content, "body": report.body}
    written = [face.get(name) for name in CONTENT]
    if any(value and value not in CONTENT_WORDS for value in written):
        words = "本案按涉密办理，这份报告写有内容，不能从本系统报出：内容用保密渠道报送，另起一份只写已经保密渠道报送。"
        raise WrongState(words, clause=clause_for(incident.plan_version, "report"))
