"""What stands before somebody who approves: may they, what will happen, by which authorisation."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from directory.choices import Act
from directory.rules import approver_kinds
from early_warning import forms, rules
from early_warning.choices import WarningState
from early_warning.models import EarlyWarning
from early_warning.standing import standing_options
from yangcheng_ec.clock import database_now

__all__ = ["decision_context"]


def decision_context(user: Any, warning: EarlyWarning, allowed: dict[Any, bool]) -> dict[str, Any]:
    """Return who signs, why this person may not, what approving does, and the authorisations of this person's posts."""
    lifting = warning.state == WarningState.LIFT_PROPOSED
    act = Act.APPROVE_LIFT if lifting else Act.APPROVE_WARNING
    proposer = warning.lift_proposed_by_id if lifting else warning.proposed_by_id
    blocked = ""
    if user.pk == proposer:
        blocked = _("不能审批自己提出的建议，须由另一人审批。")
    elif not allowed[act]:
        blocked = _("须由有权的职务批准，您现在没有担任该职务。")
    return {
        "signers": _signers(warning, act),
        "blocked": blocked,
        "consequences": _consequences(warning, lifting),
        "remark_form": _remark(warning),
        "standings": [] if lifting or user.pk == proposer or allowed[act] else _standings(user, warning),
    }


def _remark(warning: EarlyWarning) -> forms.RemarkForm:
    """Return the remark alone: the version comes from the decision component."""
    form = forms.RemarkForm(warning=warning, auto_id="decision_%s")
    del form.fields["version"]
    return form


def _standings(user: Any, warning: EarlyWarning) -> list[dict[str, Any]]:
    options = standing_options(warning, user, database_now())
    return [
        {
            "option": option,
            "form": forms.StandingUseForm(
                warning=warning, initial={"standing": option.row.pk}, auto_id=f"standing_{option.row.pk}_%s"
            ),
        }
        for option in options
    ]


def _signers(warning: EarlyWarning, act: str) -> str:
    kinds = approver_kinds(warning.plan_version, act)[0]
    posts = warning.plan_version.posts.filter(kind__in=kinds).order_by("kind", "ordinal")
    return "、".join(dict.fromkeys(posts.values_list("label", flat=True)))


def _consequences(warning: EarlyWarning, lifting: bool) -> list[str]:
    count = warning.addressees.count()
    lines = [_("通知 %(n)d 个单位，渠道和原文见下方预览") % {"n": count}]
    if lifting:
        lines = [_("通知 %(n)d 个单位：预警解除，相关措施终止") % {"n": count}]
        lines.append(_("由发布单位（%(who)s）宣布解除") % {"who": warning.plan_version.command_name})
    for rule in rules.reporting_rules(warning.plan_version, rules.LIFTED if lifting else rules.PUBLISHED):
        told = "、".join(row.label for row in rule.addressees.all())
        lines.append(_("开始计时：%(title)s（%(told)s，%(wording)s）")
                     % {"title": rule.title, "told": told, "wording": rule.wording})  # fmt: skip
    if not lifting and warning.previous:
        lines.append(_("发布后 %(number)s 由本预警替代") % {"number": warning.previous.number})
    if not lifting:
        lines.append(_("批准后由办公室发布，发布前不会通知任何单位"))
    return lines
