"""保存的视图: one's own named filters of the case list, shared with the colleagues of one's office if wanted."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from incidents.models import SavedView
from incidents.selectors.drafts import offices_of
from yangcheng_ec.clock import database_now
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible
from yangcheng_ec.text import clean_text

__all__ = ["VIEWS_LIMIT", "view_default", "view_delete", "view_save"]

VIEWS_LIMIT = 20


@transaction.atomic
def view_save(*, user: Any, name: str, query: str, share: bool = False, default: bool = False) -> SavedView:
    """Keep a filter under a name; the same name again replaces it.

    ``share`` shows it to everybody who serves the same plan's office. Raises BadInput (no name, too many, nothing
    filtered), Forbidden (to share one must serve an office).
    """
    name = clean_text(name).strip()
    longest = SavedView._meta.get_field("name").max_length or 0
    own = SavedView.objects.select_for_update().filter(user=user)
    if not 0 < len(name) <= longest:
        raise BadInput("视图没有保存。", fields={"name": [f"请填写名称，最多 {longest} 个字。"]})
    if not query:
        raise BadInput("视图没有保存。", fields={"name": ["现在没有任何筛选条件，先筛选再保存。"]})
    if own.exclude(name=name).count() >= VIEWS_LIMIT:
        raise BadInput("视图没有保存。", fields={"name": [f"最多保存 {VIEWS_LIMIT} 个视图，请先删去不用的。"]})
    office = offices_of(user).first() if share else None
    if share and office is None:
        raise Forbidden("只有指挥部办公室的人员可以把视图共享给本办公室。")
    shared_with = office["post__version__plan"] if office else None
    values: dict[str, Any] = {"query": query, "office_id": shared_with, "saved_at": database_now()}
    if default:
        own.update(default=False)
        values["default"] = True
    return SavedView.objects.update_or_create(user=user, name=name, defaults=values)[0]


@transaction.atomic
def view_default(*, user: Any, view_id: int) -> SavedView:
    """Make one's own view the one the list opens with; chosen again, none is. Raises NotVisible."""
    view = _own(user, view_id)
    chosen = not view.default
    SavedView.objects.filter(user=user, default=True).update(default=False)
    view.default = chosen
    view.save(update_fields=["default"])
    return view


@transaction.atomic
def view_delete(*, user: Any, view_id: int) -> None:
    """Delete one's own view, shared or not. Raises NotVisible."""
    _own(user, view_id).delete()


def _own(user: Any, view_id: int) -> SavedView:
    view = SavedView.objects.select_for_update().filter(user=user, pk=view_id).first()
    if view is None:
        raise NotVisible()
    return view
