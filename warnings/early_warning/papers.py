"""What a case's file (卷宗) and its export hold of its warnings; registered when the app starts."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from directory.models import Signature
from early_warning.models import EarlyWarning, WarningAddressee, WarningProgress
from early_warning.rules import level_label
from early_warning.selectors import addressee_rows
from incidents.models import Incident
from incidents.registry import CasePart

__all__ = ["warning_parts", "warning_rows"]


def warning_parts(incident: Incident) -> list[CasePart]:
    """Return the case's warnings, each version with its decisions, addressees and their reports; or nothing."""
    rows = (
        EarlyWarning.objects.filter(incident=incident)
        .select_related("level", "plan_version", "previous", "proposed_by", "published_by")
        .prefetch_related("addressees__unit", "addressees__progress")
        .order_by("created_at", "id")
    )
    signed = _signatures([row.pk for row in rows])
    told: list[dict[str, Any]] = [
        {
            "warning": row,
            "level": level_label(row.level),
            "anchor": f"warning-{row.pk}",
            "signatures": signed[row.pk],
            "addressees": addressee_rows(list(row.addressees.all())),
        }
        for row in rows
    ]
    headings = [(row["anchor"], f"{row['warning'].number} {row['level']}") for row in told]
    return [CasePart(_("预警"), "warnings/papers/warnings.html", {"warnings": told}, headings)] if told else []


def _signatures(ids: list[int]) -> dict[int, list[Signature]]:
    """Return who decided what of each warning, in order; a warning has a record of its own, apart from the case's."""
    found: dict[int, list[Signature]] = defaultdict(list)
    rows = Signature.objects.filter(subject_type="warning", subject_id__in=ids).select_related("signer")
    for row in rows.order_by("signed_at", "id"):
        found[row.subject_id].append(row)
    return found


def warning_rows(incident: Incident) -> dict[str, QuerySet[Any]]:
    """Return the rows of the case's warnings for its export."""
    of_case = {"addressee__warning__incident": incident}
    return {
        "warnings": EarlyWarning.objects.filter(incident=incident).order_by("id"),
        "warning_addressees": WarningAddressee.objects.filter(warning__incident=incident).order_by("id"),
        "warning_progress": WarningProgress.objects.filter(**of_case).order_by("id"),
    }
