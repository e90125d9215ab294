"""What the page shell shows on every page: navigation, unread notices, heartbeat, posts."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _, gettext_lazy

from yangcheng_ec.permissions import Page, may_open

__all__ = ["shell"]

# label, address, icon, pages that open it (any of them; none: everyone logged in), in the phone's bottom bar
NAV: tuple[tuple[Any, str, str, frozenset[str], bool], ...] = (
    (gettext_lazy("值班台"), "/", "desk", frozenset({Page.DESK}), True),
    (gettext_lazy("事件"), "/incidents/", "incident", frozenset({Page.CASES_ALL, Page.CASES_OWN}), True),
    (gettext_lazy("时限"), "/clocks/", "", frozenset({Page.CASES_ALL, Page.CASES_OWN}), False),
    (gettext_lazy("预警"), "/warnings/", "", frozenset({Page.WARNINGS_ALL, Page.WARNINGS_OWN}), False),
    (gettext_lazy("隐患"), "/prevention/", "", frozenset({Page.PREVENTION_ALL, Page.PREVENTION_OWN}), False),
    (gettext_lazy("响应"), "/response/", "", frozenset({Page.RESPONSES}), False),
    (gettext_lazy("任务"), "/response/tasks/", "task", frozenset({Page.TASKS_ALL, Page.TASKS_OWN}), True),
    (gettext_lazy("叫应单"), "/calls/", "", frozenset({Page.CALL_SHEET}), False),
    (gettext_lazy("收件箱"), "/inbox/", "inbox", frozenset(), True),
    (gettext_lazy("通讯录"), "/directory/", "", frozenset({Page.DIRECTORY_VIEW, Page.DIRECTORY_EDIT}), False),
    (gettext_lazy("值班"), "/roster/", "", frozenset({Page.ROSTER}), False),
    (
        gettext_lazy("任职"),
        "/appointments/",
        "",
        frozenset({Page.APPOINTMENT_ENTER, Page.APPOINTMENT_CONFIRM}),
        False,
    ),
    (gettext_lazy("账号"), "/accounts/", "", frozenset({Page.ACCOUNTS}), False),
    (gettext_lazy("系统后台"), "/admin/", "", frozenset({Page.SYSTEM}), False),
    (gettext_lazy("记录"), "/record/", "", frozenset({Page.RECORD_ALL}), False),
)
PLANS: tuple[tuple[Any, str], ...] = (
    (gettext_lazy("网络与信息安全事件应急预案"), "/plans/cyber-2025/"),
    (gettext_lazy("通信网络事故应急预案"), "/plans/comms-2022/"),
)
# What the plans have kept ready and held regularly; it stands under 预案.
STANDING = "/standing/"
STANDING_PAGES = (Page.DRILLS_ALL, Page.DRILLS_OWN, Page.RESOURCES_ALL, Page.RESOURCES_OWN)

_heartbeat_seen: dict[str, Any] = {"at": float("-inf"), "state": "unknown"}


def _read_heartbeat() -> str:
    """Return ok, red or unknown from the kernel."""
    from yangcheng_ec.deadlines import selectors

    state = selectors.heartbeat_state()
    text = str(getattr(state, "state", state))
    return text if text in {"ok", "red"} else "unknown"


def _is_active(path: str, url: str, urls: list[str]) -> bool:
    """Return whether the address is the longest one of the navigation that the path lies under."""
    under = [candidate for candidate in urls if path == candidate or (candidate != "/" and path.startswith(candidate))]
    return bool(under) and url == max(under, key=len)


class Shell:
    """Lazy facts of the page shell: a fragment that never asks costs nothing. At most two statements of its own."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.user = getattr(request, "user", None)

    @cached_property
    def signed_in(self) -> bool:
        """Whether somebody is logged in."""
        return bool(self.user is not None and self.user.is_authenticated)

    @cached_property
    def now(self) -> datetime:
        """The server's time: the browser's clocks tick from it."""
        return timezone.now()

    @cached_property
    def unread(self) -> int:
        """How many notices the user has not opened."""
        if not self.signed_in:
            return 0
        from yangcheng_ec.deadlines import selectors

        return selectors.unread_count(self.user)

    @cached_property
    def heartbeat(self) -> str:
        """Whether somebody sweeps the clocks: ok, red or unknown; asked once a second per process."""
        if not self.signed_in:
            return "unknown"
        age = time.monotonic() - _heartbeat_seen["at"]
        if settings.CLOCK_SOURCE == "process" or age > 1:
            _heartbeat_seen.update(at=time.monotonic(), state=_read_heartbeat())
        return _heartbeat_seen["state"]

    @cached_property
    def posts(self) -> list[str]:
        """The posts the user acts as."""
        labels = getattr(self.user, "post_labels", None) if self.signed_in else None
        return [str(label) for label in (labels() if callable(labels) else labels) or []]

    @cached_property
    def display_name(self) -> str:
        """The person's name."""
        return str(getattr(self.user, "display_name", "") or self.user)

    @cached_property
    def nav(self) -> list[dict[str, Any]]:
        """The navigation this user may open, the current page marked."""
        if not self.signed_in:
            return []
        shown = [item for item in NAV if not item[3] or any(may_open(self.user, page) for page in item[3])]
        urls = [item[1] for item in shown]
        return [
            {
                "label": label,
                "url": url,
                "icon": icon,
                "primary": primary,
                "active": _is_active(self.request.path, url, urls),
                "badge": self.unread if url == "/inbox/" else 0,
            }
            for label, url, icon, _pages, primary in shown
        ]

    @cached_property
    def plans(self) -> list[dict[str, Any]]:
        """The two plans, read online."""
        if not self.signed_in:
            return []
        return [{"label": label, "url": url, "active": self.request.path.startswith(url)} for label, url in PLANS]

    @cached_property
    def standing(self) -> str:
        """Where the plans' standing duties are; empty for whoever may not open them."""
        opens = self.signed_in and any(may_open(self.user, page) for page in STANDING_PAGES)
        return STANDING if opens else ""

    @cached_property
    def standing_active(self) -> bool:
        """Whether one of the standing duties is open."""
        return self.request.path.startswith(STANDING)

    @cached_property
    def plans_active(self) -> bool:
        """Whether one of the plans is being read, or one of their standing duties is open."""
        return self.standing_active or any(plan["active"] for plan in self.plans)

    @cached_property
    def environment(self) -> str:
        """What kind of installation this is, when it is not the real one."""
        return _("试用环境：含演示账号，请勿录入真实信息") if settings.DEMO_ACCOUNTS_ALLOWED else ""


def shell(request: HttpRequest) -> dict[str, Shell]:
    """Give every template ``shell``."""
    return {"shell": Shell(request)}
