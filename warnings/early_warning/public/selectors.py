"""Reading what the public may read: published, public, no drill. Nothing else exists here."""

from __future__ import annotations

from django.db.models import QuerySet

from early_warning.choices import ACTIVE, Publicity, WarningState
from early_warning.models import EarlyWarning
from yangcheng_ec.errors import NotVisible

__all__ = ["SHOWN", "public_history", "public_in_force", "public_warning", "public_warnings", "versions_of"]

# Once published it stays readable; a draft, a proposal or a withdrawn one never is.
SHOWN = (*ACTIVE, WarningState.ADJUSTED, WarningState.LIFTED, WarningState.SUPERSEDED)


def public_warnings() -> QuerySet[EarlyWarning]:
    """Return every warning the public may read, the newest first."""
    return (
        EarlyWarning.objects.filter(
            publicity=Publicity.PUBLIC, drill=False, state__in=SHOWN, published_at__isnull=False
        )
        .select_related("level", "plan_version__plan", "next__level", "previous__level")
        .order_by("-published_at", "-id")
    )


def public_in_force() -> QuerySet[EarlyWarning]:
    """Return those in force, the gravest first; an expired one stays until somebody lifts it."""
    return public_warnings().filter(state__in=ACTIVE).order_by("level__ordinal", "-published_at", "-id")


def public_history() -> QuerySet[EarlyWarning]:
    """Return those no longer in force, the newest first."""
    return public_warnings().exclude(state__in=ACTIVE)


def public_warning(number: str) -> EarlyWarning:
    """Return one by its number; NotVisible (404) for everything else, whether it exists or not."""
    warning = public_warnings().filter(number=number).first()
    if warning is None:
        raise NotVisible("没有这条公开的预警。")
    return warning


def versions_of(warning: EarlyWarning) -> list[EarlyWarning]:
    """Return the public versions of the same case, the first one first."""
    return list(public_warnings().filter(head_id=warning.head_id).order_by("published_at", "id"))
