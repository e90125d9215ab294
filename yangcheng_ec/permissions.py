"""Every role and every permission, in one file, a sentence each (DESIGN §4).

Roles are Django groups and open pages; they never authorise an act. An act is authorised by an
appointment in that plan, in force now (``directory.rules``). Object permissions (guardian) say which
cases, tasks and warnings a unit sees.
"""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

__all__ = [
    "ROLE_PAGES",
    "VIEW_INCIDENT",
    "VIEW_TASK",
    "VIEW_WARNING",
    "Page",
    "Role",
    "may_open",
    "roles_of",
    "unit_group_name",
]


class Role(models.TextChoices):
    """The ten roles. A unit's users are also in the group of their unit (``unit:<code>``)."""

    DUTY_OFFICER = "duty_officer", _("值班员")
    OFFICE = "office", _("指挥部办公室")
    COMMANDER = "commander", _("指挥长")
    DEPUTY = "deputy", _("副指挥长")
    OFFICE_DIRECTOR = "office_director", _("办公室主任")
    UNIT = "unit", _("成员单位")
    DIRECTORY_ADMIN = "directory_admin", _("通讯录管理员")
    SYSTEM_ADMIN = "system_admin", _("系统管理员")
    SECURITY_ADMIN = "security_admin", _("安全管理员")
    AUDITOR = "auditor", _("审计员")


class Page(models.TextChoices):
    """What a role may open. The label is the sentence."""

    DESK = "desk", _("打开值班台")
    CASES_ALL = "cases_all", _("查看两个预案的全部事件、报告、时限")
    CASES_OWN = "cases_own", _("查看本单位上报、承办的事件")
    CASE_FILE = "case_file", _("接报登记")
    RESPONSES = "responses", _("查看响应与研判")
    TASKS_ALL = "tasks_all", _("查看全部任务")
    TASKS_OWN = "tasks_own", _("查看本单位任务")
    WARNINGS_ALL = "warnings_all", _("查看全部预警")
    WARNINGS_OWN = "warnings_own", _("查看发给本单位的预警")
    PREVENTION_ALL = "prevention_all", _("查看全部隐患排查和风险隐患")
    PREVENTION_OWN = "prevention_own", _("查看本单位的隐患排查和风险隐患")
    CALL_SHEET = "call_sheet", _("使用叫应单")
    DIRECTORY_VIEW = "directory_view", _("查阅通讯录")
    DIRECTORY_EDIT = "directory_edit", _("维护通讯录")
    APPOINTMENT_ENTER = "appointment_enter", _("录入任职、授权")
    APPOINTMENT_CONFIRM = "appointment_confirm", _("复核任职、授权")
    ACCOUNTS = "accounts", _("管理账号与角色")
    SYSTEM = "system", _("打开系统后台")
    PLANS = "plans", _("阅读预案")
    ROSTER = "roster", _("查看值班表、交接班和值班日志")
    DRILLS_ALL = "drills_all", _("查看全部演练")
    DRILLS_OWN = "drills_own", _("查看本单位参加的演练")
    RESOURCES_ALL = "resources_all", _("查看全部应急资源、培训记录和行动方案备案")
    RESOURCES_OWN = "resources_own", _("查看本单位的应急资源、培训记录和行动方案")
    RECORD_OWN = "record_case", _("查看可见案卷的记录")
    RECORD_ALL = "record_all", _("查看与核验全部记录")


_EVERYONE = {Page.DESK, Page.PLANS}
_COMMAND = _EVERYONE | {
    Page.CASES_ALL,
    Page.RESPONSES,
    Page.TASKS_ALL,
    Page.WARNINGS_ALL,
    Page.PREVENTION_ALL,
    Page.DIRECTORY_VIEW,
    Page.RECORD_OWN,
    Page.ROSTER,
    Page.DRILLS_ALL,
    Page.RESOURCES_ALL,
}
_DUTY = _COMMAND | {Page.CASE_FILE, Page.CALL_SHEET}

ROLE_PAGES: dict[str, frozenset[str]] = {
    Role.DUTY_OFFICER: frozenset(_DUTY),
    Role.OFFICE: frozenset(_DUTY),
    Role.OFFICE_DIRECTOR: frozenset(_DUTY),
    Role.COMMANDER: frozenset(_COMMAND),
    Role.DEPUTY: frozenset(_COMMAND),
    Role.UNIT: frozenset(
        _EVERYONE
        | {
            Page.CASES_OWN,
            Page.CASE_FILE,
            Page.TASKS_OWN,
            Page.WARNINGS_OWN,
            Page.PREVENTION_OWN,
            Page.DIRECTORY_VIEW,
            Page.ROSTER,
            Page.DRILLS_OWN,
            Page.RESOURCES_OWN,
        }
    ),
    Role.DIRECTORY_ADMIN: frozenset(
        _EVERYONE | {Page.DIRECTORY_VIEW, Page.DIRECTORY_EDIT, Page.APPOINTMENT_ENTER, Page.RESOURCES_ALL}
    ),
    Role.SYSTEM_ADMIN: frozenset(_EVERYONE | {Page.SYSTEM}),
    Role.SECURITY_ADMIN: frozenset(_EVERYONE | {Page.ACCOUNTS, Page.APPOINTMENT_CONFIRM}),
    Role.AUDITOR: frozenset(
        _EVERYONE
        | {
            Page.CASES_ALL,
            Page.RESPONSES,
            Page.TASKS_ALL,
            Page.WARNINGS_ALL,
            Page.PREVENTION_ALL,
            Page.DIRECTORY_VIEW,
            Page.RECORD_OWN,
            Page.RECORD_ALL,
            Page.ROSTER,
            Page.DRILLS_ALL,
            Page.RESOURCES_ALL,
        }
    ),
}

# Object permissions (guardian): a unit's group is granted them in services, nowhere else.
VIEW_INCIDENT = "incidents.view_incident"
VIEW_TASK = "response.view_task"
VIEW_WARNING = "warnings.view_earlywarning"


def unit_group_name(code: str) -> str:
    """Return the Django group of a unit."""
    return f"unit:{code}"


def roles_of(user: Any) -> frozenset[str]:
    """Return the user's roles, read once per request object; the account says which of its groups count now."""
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    cached = getattr(user, "_role_names", None)
    if cached is None:
        cached = frozenset(user.role_names) & frozenset(Role.values)
        user._role_names = cached
    return cached


def may_open(user: Any, page: str) -> bool:
    """Return whether one of the user's roles opens the page."""
    return any(page in ROLE_PAGES[role] for role in roles_of(user))
