"""Two steps for an act that moves clocks: what would change is shown, then what was shown is confirmed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from incidents.models import Incident
from incidents.services.foretelling import ForetoldClock, clocks_foretell
from yangcheng_ec.idempotency import fingerprint_of

__all__ = ["CONFIRMED", "Foretold", "foretold_first"]

CONFIRMED = "confirmed"
SHOWN_FIRST = ("times", "update")
NOT_CONTENT = (CONFIRMED, "csrfmiddlewaretoken")


@dataclass(frozen=True)
class Foretold:
    """What would change, and the mark of the content it was said of: other content is shown anew."""

    clocks: list[ForetoldClock]
    mark: str


def foretold_first(request: HttpRequest, case: Incident, act: str, run: Callable[[], Any]) -> Foretold | None:
    """Return what the act would do to the clocks, where that has to be confirmed first; None to go ahead.

    Confirmed is only what was shown: the mark is that of the content. Raises what the act raises.
    """
    if act not in SHOWN_FIRST:
        return None
    mark = fingerprint_of({name: values for name, values in request.POST.lists() if name not in NOT_CONTENT})
    if request.POST.get(CONFIRMED) == mark:
        return None
    clocks = clocks_foretell(case, run)
    return Foretold(clocks, mark) if clocks else None
