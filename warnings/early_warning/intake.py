"""What page and API share when a warning is drafted: the plan, the incident, and once only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from directory.models import PlanVersion
from directory.services.plan_revisions import plans_enforce_due
from early_warning.forms import NewForm
from early_warning.models import EarlyWarning
from early_warning.services import Content, Received, warning_draft
from incidents.models import Incident
from incidents.selectors import incidents_visible_to
from yangcheng_ec.errors import BadInput, NotVisible
from yangcheng_ec.idempotency import fingerprint_of, once

__all__ = ["Begun", "draft_content_once", "draft_once", "incident_named", "plan_in_force", "plans_in_force"]


def plans_in_force() -> list[PlanVersion]:
    """Return the versions in force, in the plans' order."""
    return list(PlanVersion.objects.filter(in_force=True).select_related("plan", "office_unit").order_by("-plan__code"))


def plan_in_force(code: str) -> PlanVersion:
    """Return the version of a plan in force at this moment; BadInput names an unknown one."""
    plans_enforce_due()
    found = next((row for row in plans_in_force() if row.plan.code == code), None)
    if found is None:
        raise BadInput("没有这个预案。", fields={"plan": ["没有这个预案。"]})
    return found


def incident_named(user: Any, number: str) -> Incident | None:
    """Return an incident the user may read, by number; None for no number, NotVisible (404) otherwise."""
    if not number:
        return None
    found = incidents_visible_to(user).select_related("plan_version__plan").filter(number=number).first()
    if found is None:
        raise NotVisible()
    return found


def draft_once(form: NewForm, *, user: Any, incident: Incident | None, key: str) -> EarlyWarning:
    """Draft from the page's form, once per key: a double click finds the first draft."""
    sent = {name: value for name, value in form.data.items() if name != "csrfmiddlewaretoken"}
    begun = Begun(incident=incident, drill=form.cleaned_data["drill"], received=form.received())
    return draft_content_once(form.plan_version, form.content(), begun, user=user, key=key, sent=sent)[0]


@dataclass(frozen=True)
class Begun:
    """What a warning is begun from, beside its content."""

    incident: Incident | None = None
    drill: bool = False
    received: Received | None = None


def draft_content_once(
    version: PlanVersion, content: Content, begun: Begun, *, user: Any, key: str, sent: Any
) -> tuple[EarlyWarning, bool]:
    """Draft once per user and key; return the warning and whether it was made now."""

    def act() -> str:
        made = warning_draft(version=version, content=content, user=user, **vars(begun))
        return str(made.pk)

    result, fresh = once(user=user, scope="warning.draft", key=key, fingerprint=fingerprint_of(sent), act=act)
    return EarlyWarning.objects.select_related("level", "plan_version__plan").get(pk=int(result)), fresh
