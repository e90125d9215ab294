"""接报草稿: saved while the caller speaks, filed once, handed over at the change of shift (「非预案规定」)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from incidents.choices import BandColour, DraftState
from incidents.models import Incident, IntakeDraft, IntakeDraftHandover
from incidents.selectors.drafts import drafts_visible_to, offices_of
from incidents.services.facts import incident_update
from incidents.services.intake import filing_actor
from incidents.services.intake_both import incidents_file
from incidents.services.intake_words import FACT_LABELS, SECRET_CONTENT, Intake
from incidents.services.linking import incident_link
from yangcheng_ec.access import require_page
from yangcheng_ec.clock import database_now, local_text
from yangcheng_ec.errors import BadInput, NotVisible, WrongState
from yangcheng_ec.permissions import Page
from yangcheng_ec.record.services import Line, record_append
from yangcheng_ec.text import clean_text

__all__ = ["DraftEntry", "draft_drop", "draft_file", "draft_save", "draft_supplement", "draft_take"]

# A page that files holds at most seven long texts; more than this is no person typing.
CHARACTERS = 160_000
OPEN_AT_ONCE = 30
NAMED_BY = ("title", "description", "caller_name", "reporting_unit_text", "incident_unit_text", "location")
NAME_LENGTH = 40


@dataclass(frozen=True, kw_only=True)
class DraftEntry:
    """What stands in the form: names and texts as typed. ``page`` is the window, ``version`` what it last saw.

    Without a version it was sent by hand (a button, no script) and is what the person wants.
    """

    data: Mapping[str, Any] = field(default_factory=dict)
    page: str = ""
    version: int | None = None


@transaction.atomic
def draft_save(*, user: Any, uuid: UUID, entry: DraftEntry) -> IntakeDraft:
    """Save what was typed so far; the first save makes the draft and gives it a colour no other open one has.

    Of a secret call no content is kept. Raises BadInput (too large, too many open drafts), NotVisible (another's),
    WrongState (filed, dropped, taken over, saved meanwhile from another window).
    """
    require_page(user, Page.CASE_FILE)
    data = _data_of(entry)
    draft = _locked(user, uuid) or _begun(user, uuid, limited=True)
    _check_mine(draft, user)
    if entry.version is not None and draft.version != entry.version and draft.saved_page not in ("", entry.page):
        raise WrongState("这份草稿在另一个窗口改过，本窗口的内容没有保存；本机已留底，请打开草稿核对。")
    return _written(draft, data, entry.page)


@transaction.atomic
def draft_take(*, user: Any, uuid: UUID) -> IntakeDraft:
    """Take a colleague's draft over: from now on the user writes it; who gave and who took it is kept.

    Raises NotVisible, WrongState (filed or dropped).
    """
    draft = _existing(user, uuid)
    _check_open(draft)
    if draft.user_id != user.pk:
        now = database_now()
        IntakeDraftHandover.objects.create(draft=draft, from_user=draft.user, to_user=user, at=now)
        draft.user = user
        draft.version += 1
        draft.saved_page = ""
        draft.save(update_fields=["user", "version", "saved_page"])
    return draft


@transaction.atomic
def draft_drop(*, user: Any, uuid: UUID) -> IntakeDraft:
    """Give a draft up: it stays, with who and when. Raises NotVisible, WrongState (filed, dropped, not one's own)."""
    draft = _existing(user, uuid)
    _check_mine(draft, user)
    return _settled(draft, DraftState.DROPPED, user)


@transaction.atomic
def draft_file(*, user: Any, uuid: UUID, entry: DraftEntry, intake: Intake, same: str = "") -> list[Incident]:
    """File the draft: case, clocks and the end of the draft in one transaction; its uuid is the key.

    A double click, a second window or a colleague who sends the same words again gets the first cases. ``same`` is
    the number of another case of the same event, to be linked. Raises what ``incidents_file`` raises, and WrongState
    (filed with other words, dropped, taken over).
    """
    data = _data_of(entry)
    draft = _locked(user, uuid) or _begun(user, uuid, limited=False)
    if draft.state == DraftState.FILED and draft.data == data:
        return [row for row in (draft.incident, draft.other_incident) if row is not None]
    _check_mine(draft, user)
    made = incidents_file(user=user, intake=intake, key=uuid.hex)
    if same and made[0].number != same and not made[0].links.filter(number=same).exists():
        incident_link(incident_id=made[0].pk, version=None, user=user, other_number=same)
    draft.data = data
    draft.incident, draft.other_incident = made[0], made[1] if len(made) > 1 else None
    _settled(draft, DraftState.FILED, user)
    _tell_handovers(draft, made[0], user)
    return made


@transaction.atomic
def draft_supplement(
    *, user: Any, uuid: UUID, incident_id: int, version: int | None, changes: dict[str, Any]
) -> Incident:
    """The call is about a case that stands already: change that case and end the draft there, in one transaction.

    Raises what ``incident_update`` raises, and WrongState (the draft is settled or another's).
    """
    draft = _existing(user, uuid)
    _check_mine(draft, user)
    incident = incident_update(incident_id=incident_id, version=version, user=user, changes=changes)
    draft.incident = incident
    _settled(draft, DraftState.FILED, user)
    return incident


def _locked(user: Any, uuid: UUID) -> IntakeDraft | None:
    row = IntakeDraft.objects.select_for_update(of=("self",)).select_related("user", "incident", "other_incident")
    draft = row.filter(uuid=uuid).first()
    if draft is not None and not drafts_visible_to(user).filter(pk=draft.pk).exists():
        raise NotVisible()
    return draft


def _existing(user: Any, uuid: UUID) -> IntakeDraft:
    require_page(user, Page.CASE_FILE)
    draft = _locked(user, uuid)
    if draft is None:
        raise NotVisible()
    return draft


def _begun(user: Any, uuid: UUID, *, limited: bool) -> IntakeDraft:
    """Make the draft's row; of two windows that begin at once one makes it, and both then have it locked."""
    opened = IntakeDraft.objects.filter(user=user, state=DraftState.OPEN)
    if limited and opened.count() >= OPEN_AT_ONCE:
        raise BadInput(f"您有 {OPEN_AT_ONCE} 份草稿没有登记，请先登记或放弃一些。")
    now, office = database_now(), offices_of(user).first()
    plan_id = office["post__version__plan"] if office else None
    row = IntakeDraft(uuid=uuid, user=user, made_by=user, office_id=plan_id, colour=_colour_free(user), made_at=now,
                      saved_at=now)  # fmt: skip
    IntakeDraft.objects.bulk_create([row], ignore_conflicts=True)
    return _locked(user, uuid) or row


def _colour_free(user: Any) -> str:
    """Return the colour that no open draft on these desks has, or the one not used for longest."""
    taken = drafts_visible_to(user).filter(state=DraftState.OPEN).order_by("made_at").values_list("colour", flat=True)
    used = list(taken[:100])
    free = [value for value in BandColour.values if value not in used]
    return free[0] if free else min(BandColour.values, key=lambda value: len(used) - used[::-1].index(value))


def _written(draft: IntakeDraft, data: dict[str, Any], page: str) -> IntakeDraft:
    if draft.version == 0 or draft.data != data:
        draft.version += 1
    draft.data, draft.saved_page, draft.saved_at = data, page[:40], database_now()
    draft.plan, draft.name = str(data.get("plan", ""))[:40], _name_of(data)
    draft.save()
    return draft


def _name_of(data: Mapping[str, Any]) -> str:
    named = (str(data.get(name, "")).strip() for name in NAMED_BY)
    return next((text.replace("\n", " ")[:NAME_LENGTH] for text in named if text), "")


def _data_of(entry: DraftEntry) -> dict[str, Any]:
    """Return the texts cleaned, without empty ones; of a secret call no content. Raises BadInput (too large)."""
    left_out = {*SECRET_CONTENT, *FACT_LABELS} if entry.data.get("secret") else set()
    data = {name: _cleaned(value) for name, value in entry.data.items() if name not in left_out}
    data = {name: value for name, value in data.items() if value}
    size = sum(len(name) + sum(map(len, [value] if isinstance(value, str) else value)) for name, value in data.items())
    if size > CHARACTERS:
        raise BadInput(f"内容过长（{size} 字），草稿最多 {CHARACTERS} 字。")
    return data


def _cleaned(value: Any) -> Any:
    return [clean_text(item) for item in value[:50]] if isinstance(value, list) else clean_text(str(value))


def _check_open(draft: IntakeDraft) -> None:
    if draft.state == DraftState.FILED and draft.incident is not None:
        words = f"这份草稿已登记为 {draft.incident.number}；刚才的内容没有写入，请在该事件的「更新情况」里补充。"
        raise WrongState(words)
    if draft.state == DraftState.DROPPED:
        raise WrongState("这份草稿已经放弃；刚才的内容没有写入，需要时请另行登记。")


def _check_mine(draft: IntakeDraft, user: Any) -> None:
    _check_open(draft)
    if draft.user_id != user.pk:
        raise WrongState(f"这份草稿现在由{draft.user.display_name}填写；要继续填，请先接过来。")


def _settled(draft: IntakeDraft, state: DraftState, user: Any) -> IntakeDraft:
    draft.state, draft.settled_at, draft.settled_by = state, database_now(), user
    draft.save()
    return draft


def _tell_handovers(draft: IntakeDraft, incident: Incident, user: Any) -> None:
    """A draft that changed hands says so in the case it became."""
    rows = list(draft.handovers.select_related("from_user", "to_user"))
    if not rows:
        return
    steps = "，".join(f"{_at(row.at)}由{row.from_user}交给{row.to_user}" for row in rows)
    line = Line("incident.drafted", f"接报草稿：{_at(draft.made_at)}由{draft.made_by}开始填写，{steps}。",
                actor=filing_actor(user, incident.plan_version), subject=("incident", incident.pk))  # fmt: skip
    record_append(incident.head, line)


def _at(moment: datetime) -> str:
    return local_text(moment)
