"""Finding a unit as people write it: by code, name, any name a plan prints, or short name."""

from __future__ import annotations

from directory.models import Unit

__all__ = ["unit_called"]


def unit_called(text: str) -> Unit | None:
    """Return the unit with this code, name, alias or short name; None when no unit is called so."""
    text = text.strip()
    return (
        Unit.objects.filter(code=text).first()
        or Unit.objects.filter(name=text).first()
        or Unit.objects.filter(aliases__name=text).first()
        or Unit.objects.filter(short_name=text).order_by("pk").first()
    )
