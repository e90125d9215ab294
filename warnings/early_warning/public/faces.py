"""What a notice says: how the warning stands now, what it changed, where it went. No names, no addressees, no basis."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext as _, gettext_lazy

from early_warning.cap.tables import AREA
from early_warning.choices import ACTIVE, WarningState
from early_warning.models import EarlyWarning
from early_warning.rules import is_expired, level_label
from yangcheng_ec.clock import local_text

__all__ = ["Change", "Notice", "Standing", "change_between", "notice_of", "standing_of"]


class Standing(models.TextChoices):
    """How a published warning stands, in words nobody can misread."""

    COMING = "coming", gettext_lazy("已发布，尚未生效")
    IN_FORCE = "in_force", gettext_lazy("生效中")
    OVERDUE = "overdue", gettext_lazy("仍然有效（已过预计失效时间，尚未解除）")
    REPLACED = "replaced", gettext_lazy("已调整，请看新的一份")
    MOVED = "moved", gettext_lazy("已停止发布")
    LIFTED = "lifted", gettext_lazy("已解除")
    ENDED = "ended", gettext_lazy("已终止（未宣布解除）")

    @property
    def stands(self) -> bool:
        """Return whether it is to be heeded."""
        return self in (Standing.COMING, Standing.IN_FORCE, Standing.OVERDUE)

    @property
    def advice(self) -> str:
        """Return what that means for the reader."""
        return {
            Standing.OVERDUE: _("预警须经宣布才解除。没有看到「已解除」之前，请继续防范。"),
            Standing.REPLACED: _("本份不再有效，以新的一份为准。"),
            Standing.MOVED: _("本预警的内容不再更新，不代表风险已经消除。"),
            Standing.LIFTED: _("本预警已宣布解除，相关措施终止。"),
            Standing.ENDED: _("本预警已由后续工作安排替代，不代表风险已经消除；后续以县指挥部发布的信息为准。"),
        }.get(self, "")


@dataclass(frozen=True)
class Change:
    """How a version differs from the one before it: 升级, 降级 or 更正, and both levels."""

    word: str
    text: str


@dataclass(frozen=True)
class Version:
    """One line of the history; ``current`` is the one being read."""

    number: str
    level: str
    colour: str
    word: str
    text: str
    at: datetime
    linked: bool
    current: bool


@dataclass(frozen=True)
class Notice:
    """One warning as everybody may read it."""

    number: str
    title: str
    level: str
    colour: str
    criterion: str
    standing: Standing
    change: Change | None
    replaced: str
    successor: str
    issuer: str
    plan: str
    text: str
    facts: list[tuple[str, str]]
    advice: str
    published_at: datetime
    ended_at: datetime | None
    versions: list[Version]
    as_of: datetime
    drill: bool = False
    publicity: str = ""

    @property
    def heading(self) -> str:
        """Return what kind of paper it is."""
        if self.standing == Standing.LIFTED:
            return _("预警解除通告")
        return _("预警调整通告") if self.change and self.standing.stands else _("预警通告")


def standing_of(warning: EarlyWarning, now: datetime) -> Standing:
    """Return how a published warning stands at a moment."""
    if warning.state in ACTIVE:
        if is_expired(warning, now):
            return Standing.OVERDUE
        later = warning.valid_from is not None and warning.valid_from > now
        return Standing.COMING if later else Standing.IN_FORCE
    if warning.state == WarningState.ADJUSTED:
        return Standing.REPLACED if _next(warning) else Standing.MOVED
    return Standing.LIFTED if warning.state == WarningState.LIFTED else Standing.ENDED


def change_between(old: EarlyWarning, new: EarlyWarning) -> Change:
    """Return what a version did to the one before: a smaller ordinal is graver in both plans."""
    was, now = level_label(old.level), level_label(new.level)
    if new.level.ordinal == old.level.ordinal:
        return Change(_("更正"), _("级别不变（%(now)s），内容以本份为准") % {"now": now})
    word = _("升级") if new.level.ordinal < old.level.ordinal else _("降级")
    return Change(word, _("由%(was)s调整为%(now)s") % {"was": was, "now": now})


def notice_of(warning: EarlyWarning, versions: list[EarlyWarning], now: datetime) -> Notice:
    """Return a warning's notice; ``versions`` are those of its case that the reader may know of, oldest first."""
    old, new = _previous(warning), _next(warning)
    return Notice(
        number=warning.number,
        title=warning.title,
        level=level_label(warning.level),
        colour=warning.level.colour or "neutral",
        criterion=warning.level.text,
        standing=standing_of(warning, now),
        change=change_between(old, warning) if old else None,
        replaced=old.number if old else "",
        successor=new.number if new else "",
        issuer=warning.plan_version.command_name,
        plan=warning.plan_version.plan.name,
        text=warning.text,
        facts=_facts(warning),
        advice=warning.advice,
        published_at=warning.published_at or now,
        ended_at=warning.lifted_at,
        versions=[line for one in versions for line in _lines(one, warning)],
        as_of=now,
        drill=warning.drill,
        publicity=_("演练，不对外发布") if warning.drill else warning.get_publicity_display(),
    )


def _facts(warning: EarlyWarning) -> list[tuple[str, str]]:
    until = local_text(warning.valid_until) if warning.valid_until else _("未定，宣布解除前一直有效")
    facts = [
        (_("区域"), AREA),
        (_("响应范围"), warning.scope),
        (_("发布"), f"{local_text(warning.published_at)} {warning.plan_version.command_name}"),
        (_("生效时间"), local_text(warning.valid_from or warning.published_at)),
        (_("预计失效"), until),
    ]
    if warning.lifted_at:
        facts.append((_("解除时间"), local_text(warning.lifted_at)))
    return [(label, value) for label, value in facts if value]


def _lines(one: EarlyWarning, current: EarlyWarning) -> list[Version]:
    """Return a version's lines of the history: what it did when it came, and its end, if it has one of its own."""
    old = _previous(one)
    change = change_between(old, one) if old else Change(_("发布"), one.title)
    shown: dict[str, Any] = {
        "number": one.number,
        "level": level_label(one.level),
        "colour": one.level.colour or "neutral",
        "linked": one.pk != current.pk,
        "current": one.pk == current.pk,
    }
    lines = [Version(word=change.word, text=change.text, at=one.published_at or one.created_at, **shown)]
    if one.lifted_at:
        lines.append(Version(word=_("解除"), text=_("宣布解除预警"), at=one.lifted_at, **shown))
    return lines


def _next(warning: EarlyWarning) -> EarlyWarning | None:
    """Return the version that replaced it, for the same audience; one still being written does not exist."""
    if warning.state != WarningState.ADJUSTED:
        return None
    new = getattr(warning, "next", None)
    return new if new is not None and new.published_at and new.publicity == warning.publicity else None


def _previous(warning: EarlyWarning) -> EarlyWarning | None:
    """Return the version it replaced, unless that was for another audience."""
    old = warning.previous
    return old if old is not None and old.publicity == warning.publicity else None
