"""System data for the system administrator: read here, changed through services, fixtures and pages only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework.authtoken.models import TokenProxy

from directory.models import LadderRung, PlanVersion, Post, Unit, User
from yangcheng_ec.deadlines.models import Heartbeat, HeartbeatGap
from yangcheng_ec.errors import NotVisible
from yangcheng_ec.models import NumberSequence

__all__ = ["ReadOnlyAdmin", "column"]


def column(name: str, label: Any) -> Callable[[Model], Any]:
    """Return a list's column with a Chinese heading: what a field shows, or its choice's label."""

    @admin.display(description=label, ordering=name)
    def shown(row: Model) -> Any:
        display = getattr(row, f"get_{name}_display", None)
        value = display() if display else getattr(row, name)
        return (_("是") if value else _("否")) if isinstance(value, bool) else value

    return shown


class ReadOnlyAdmin(admin.ModelAdmin):
    """A list and nothing else: adding, changing or deleting here would pass by the services and the record."""

    actions = None
    list_display_links = None

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever the site lets in may read."""
        return self.admin_site.has_permission(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whoever the site lets in sees the list."""
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False

    def change_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """There is no page of a single row."""
        raise NotVisible()

    history_view = change_view


@admin.register(Unit)
class UnitAdmin(ReadOnlyAdmin):
    """Units and their names in the plans."""

    list_display = [
        column("code", _("代码")), column("name", _("名称")), column("short_name", _("简称")),
        column("kind", _("类别")), column("county_level", _("县直")), "other_names",
    ]  # fmt: skip
    search_fields = ["code", "name", "aliases__name"]

    def get_queryset(self, request: HttpRequest) -> Any:
        """Read the other names with the units."""
        return super().get_queryset(request).prefetch_related("aliases")

    @admin.display(description=_("别名"))
    def other_names(self, row: Unit) -> str:
        """Return the unit's other names."""
        return "、".join(alias.name for alias in row.aliases.all())


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    """Who has an account; accounts are managed by the security administrator."""

    list_display = [
        column("username", _("登录名")), column("display_name", _("姓名")), column("unit", _("单位")),
        column("is_active", _("在用")), column("demo", _("演示")), column("last_login", _("上次登录")),
    ]  # fmt: skip
    list_select_related = ["unit"]
    search_fields = ["username", "display_name"]


@admin.register(PlanVersion)
class PlanVersionAdmin(ReadOnlyAdmin):
    """The plans loaded."""

    list_display = [
        column("number", _("文号")), column("title", _("名称")), column("issued_on", _("印发日期")),
        column("in_force", _("施行")), column("checksum", _("校验值")),
    ]  # fmt: skip


@admin.register(LadderRung)
class LadderRungAdmin(ReadOnlyAdmin):
    """The rungs of reminding and escalation, as the fixtures set them."""

    list_display = [
        column("version", _("预案")), column("timed", _("有分钟数")), column("number", _("级次")),
        column("kind", _("动作")), column("anchor", _("相对于")), column("offset_minutes", _("偏移分钟")),
        column("audience", _("对象")),
    ]  # fmt: skip
    list_select_related = ["version"]


@admin.register(Post)
class PostAdmin(ReadOnlyAdmin):
    """The posts of the plans and the units."""

    list_display = [
        column("code", _("代码")), column("label", _("职务")), column("title", _("预案原文")), column("unit", _("单位"))
    ]  # fmt: skip
    list_select_related = ["unit"]
    search_fields = ["code", "title"]


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    """When the sweep was last seen."""

    list_display = [column("name", _("名称")), column("beat_at", _("最近一次")), column("by", _("由谁"))]


@admin.register(HeartbeatGap)
class HeartbeatGapAdmin(ReadOnlyAdmin):
    """When nobody swept."""

    list_display = [column("name", _("名称")), column("from_at", _("自")), column("to_at", _("至"))]


@admin.register(NumberSequence)
class NumberSequenceAdmin(ReadOnlyAdmin):
    """The last number given out per prefix and day."""

    list_display = [column("prefix", _("前缀")), column("last", _("最后一号"))]


# Headings of the lists. Set here, since a model's own option would need a migration for a word on this site.
for model, heading in (
    (Heartbeat, _("计时心跳")),
    (HeartbeatGap, _("计时中断")),
    (NumberSequence, _("编号")),
    (LadderRung, _("提醒与升级阶梯")),
):
    model._meta.verbose_name = model._meta.verbose_name_plural = heading

for unused in (Group, TokenProxy):
    if admin.site.is_registered(unused):
        admin.site.unregister(unused)
