"""What every transition of a warning shares: the lock, the version, the record line, the checked save."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError

from directory.models import Unit, WarningLevel
from directory.services.signatures import PhoneCall, Signing, sign_by_phone, sign_on_screen
from early_warning.cap.services import ISSUING, document_issue
from early_warning.choices import WarningState
from early_warning.models import EarlyWarning
from early_warning.selectors import warnings_visible_to
from yangcheng_ec.actors import Actor
from yangcheng_ec.api.errors import from_validation_error
from yangcheng_ec.deadlines.services import notices_settle
from yangcheng_ec.errors import Change, Forbidden, NotVisible, StaleVersion, WrongState
from yangcheng_ec.record.models import RecordEntry
from yangcheng_ec.record.services import Line, case_lock, record_append

__all__ = ["Content", "check_version", "need_state", "note", "save_checked", "sign", "warning_lock"]

LATE_ENTRY_AFTER = timedelta(minutes=5)


@dataclass(frozen=True)
class Content:
    """What a warning says and to whom: all that is approved, and may not change between approval and publication."""

    level: WarningLevel
    title: str
    text: str
    publicity: str
    publicity_note: str = ""
    scope: str = ""
    basis: str = ""
    advice: str = ""
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    respond_by: datetime | None = None
    units: tuple[Unit, ...] = ()


def warning_lock(warning_id: int, *, user: Any) -> EarlyWarning:
    """Lock the warning's case and return it as it is now; NotVisible (404) when the user may not read it."""
    head_id = warnings_visible_to(user).filter(pk=warning_id).values_list("head_id", flat=True).first()
    if head_id is None:
        raise NotVisible()
    head = case_lock(head_id)
    warning = EarlyWarning.objects.select_related(
        "level", "previous__level", "plan_version__plan", "plan_version__office_unit"
    ).get(pk=warning_id)
    warning.head = head
    return warning


def check_version(warning: EarlyWarning, version: int) -> None:
    """Raise StaleVersion with what changed since the reader's version."""
    if version == warning.version:
        return
    changes: list[Change] = []
    entries = RecordEntry.objects.filter(head_id=warning.head_id, subject_type="warning", subject_id=warning.pk)
    for entry in entries.order_by("seq"):
        if entry.data.get("version", 0) > version:
            listed = [Change(**row) for row in entry.data.get("changes", [])]
            changes += listed or [Change(field=entry.actor_name, was="", now=entry.text)]
    raise StaleVersion(changes=changes)


def need_state(warning: EarlyWarning, states: Sequence[str], doing: str, clause: str = "") -> None:
    """Raise WrongState unless the warning is in one of the states."""
    if warning.state not in states:
        wanted = "、".join(f"「{WarningState(state).label}」" for state in states)
        text = f"预警现在是「{warning.state_choice.label}」，不能{doing}（须为{wanted}）。"
        raise WrongState(text, clause=clause)


def save_checked(warning: EarlyWarning, *, bump: bool = True) -> None:
    """Check every field and constraint, count the change, save. Raises BadInput with the fields."""
    if bump and warning.pk:
        warning.version += 1
    empty = [field.name for field in warning._meta.fields if getattr(warning, field.attname) in (None, [], "")]
    optional = [name for name in empty if name not in ("title", "text")]
    try:
        warning.full_clean(exclude=optional)
    except ValidationError as error:
        raise from_validation_error(error) from error
    warning.save()


# Which requests are over once this has happened: nobody is called for them any more.
SETTLES = {
    "approved": ("warning.proposed",),
    "returned": ("warning.proposed", "warning.lift_proposed"),
    "withdrawn": ("warning.proposed", "warning.approved"),
    "published": ("warning.approved",),
    "confirmed": ("warning.published", "warning.adjusted"),
    "adjusted": ("warning.published", "warning.lift_proposed", "warning.expired", "warning.chased"),
    "superseded": ("warning.published", "warning.lift_proposed", "warning.expired", "warning.chased"),
    "lifted": ("warning.published", "warning.lift_proposed", "warning.expired", "warning.chased"),
}


def note(
    warning: EarlyWarning,
    kind: str,
    text: str,
    actor: Actor,
    *,
    clause: str = "",
    now: datetime,
    done_at: datetime | None = None,
    versioned: bool = True,
    **data: Any,
) -> None:
    """Append one line to the warning's record; ``versioned`` lines explain a stale version.

    An act that issues a CAP document issues it here, and the line carries its fingerprint.
    """
    if versioned:
        data["version"] = warning.version
    if kind in ISSUING and (document := document_issue(warning, kind, now)):
        data["cap"] = {"identifier": document.identifier, "sha256": document.sha256}
    line = Line(
        kind=f"warning.{kind}",
        text=text,
        actor=actor,
        clause=clause,
        subject=("warning", warning.pk),
        data={"number": warning.number, "state": warning.state, **data},
        done_at=done_at,
        late_entry=done_at is not None and now - done_at > LATE_ENTRY_AFTER,
    )
    record_append(warning.head, line, now=now)
    if kind in SETTLES:
        notices_settle(subject=("warning", warning.pk), kinds=SETTLES[kind], unit_code=data.get("unit", ""))


def sign(*, signing: Signing, user: Any, call: PhoneCall | None, recorder: Actor, not_by: int | None) -> Actor:
    """Sign on screen, or record the decision given by phone; nobody decides on their own proposal.

    Raises Forbidden with the clause, BadInput for a call that was not checked.
    """
    signer = call.signer if call else user
    if signer.pk == not_by:
        raise Forbidden("不能审批自己提出的建议，须由另一人审批。", clause=signing.clause)
    if call is None:
        return sign_on_screen(signing=signing, user=user)[1]
    return sign_by_phone(signing=signing, call=call, recorder=recorder)[1]
