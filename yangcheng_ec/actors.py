"""Who acts, as which post: every act is recorded «who, as which post» (DESIGN §1.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["SYSTEM", "Actor"]


@dataclass(frozen=True)
class Actor:
    """A user acting as a post.

    ``post`` is the label written into the record, for example 「县网络与信息安全事件应急指挥部 指挥长」;
    ``nature`` says 任职, 代行 or 授权 when it matters; ``appointment_id`` is the row it rests on.
    """

    user: Any = None
    post: str = ""
    nature: str = ""
    appointment_id: int | None = None

    @property
    def name(self) -> str:
        """Return the person's name, or 「系统」."""
        return self.user.display_name if self.user is not None else "系统"

    @property
    def user_id(self) -> int | None:
        """Return the user's id or None for the system."""
        return self.user.pk if self.user is not None else None


SYSTEM = Actor()
