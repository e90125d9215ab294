"""A case's warnings as they stood at a moment, by what had been recorded until then."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from early_warning.choices import WarningState
from early_warning.models import EarlyWarning
from early_warning.rules import level_label
from incidents.models import Incident
from incidents.registry import ThenLine, ThenPart
from yangcheng_ec.record.models import RecordEntry

__all__ = ["warnings_then"]

PUBLISHED = "warning.published"
CONFIRMED = "warning.confirmed"


def warnings_then(incident: Incident, at: datetime) -> ThenPart | None:
    """Return the warnings begun from the case by then: their state, when published, who was known to have it.

    The addressees are those of the publication: they do not change after it.
    """
    rows = EarlyWarning.objects.filter(incident=incident, created_at__lte=at).select_related("level")
    rows = rows.prefetch_related("addressees__unit")
    ids = {row.pk: row for row in rows.order_by("created_at", "id")}
    if not ids:
        return None
    entries: dict[int, list[RecordEntry]] = {pk: [] for pk in ids}
    recorded = RecordEntry.objects.filter(subject_type="warning", subject_id__in=ids, recorded_at__lte=at)
    for entry in recorded.order_by("head_id", "seq"):
        entries[entry.subject_id or 0].append(entry)
    return ThenPart(_("当时的预警"), [_line(row, entries[pk]) for pk, row in ids.items()])


def _line(warning: EarlyWarning, entries: Sequence[RecordEntry]) -> ThenLine:
    state = next((entry.data["state"] for entry in reversed(entries) if "state" in entry.data), WarningState.DRAFT)
    label = f"{warning.number} {level_label(warning.level)}：{warning.title}"
    return ThenLine(label, reverse("warning", args=[warning.number]), WarningState(state), _told(warning, entries))


def _told(warning: EarlyWarning, entries: Sequence[RecordEntry]) -> str:
    """Say whether it had gone out, and who of those it was sent to was not known to have confirmed."""
    out = next((entry for entry in entries if entry.kind == PUBLISHED), None)
    if out is None:
        return _("当时还没有发布")
    known = {entry.data.get("unit", "") for entry in entries if entry.kind == CONFIRMED}
    units = [row.unit for row in warning.addressees.all()]
    waiting = "、".join(str(unit) for unit in units if unit.code not in known)
    words = _("通知 %(all)d 个单位，当时 %(known)d 个已确认收到") % {"all": len(units), "known": len(known)}
    return words + (_("；未确认：%(units)s") % {"units": waiting} if waiting else "")
