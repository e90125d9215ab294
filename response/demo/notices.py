"""The day's warnings: a draft, one waiting, one returned, some in force with receipts, one lifted."""

from __future__ import annotations

from typing import Any

from directory.models import WarningLevel
from early_warning.models import EarlyWarning
from early_warning.rules import lift_conditions
from early_warning.services import (
    Content,
    warning_approve,
    warning_confirm,
    warning_draft,
    warning_inform_leader,
    warning_lift,
    warning_progress,
    warning_propose,
    warning_propose_lift,
    warning_publish,
    warning_return,
    warning_task_complete,
)
from response.demo.stage import COMMS, CYBER, Stage

__all__ = ["play"]

OPERATORS = ("yidong", "liantong", "dianxin", "tieta")


def play(stage: Stage) -> None:
    """Play every warning, the oldest first."""
    _lifted(stage)
    _returned(stage)
    _in_force_cyber(stage)
    _in_force_comms(stage)
    _lift_proposed(stage)
    _approved(stage)
    _proposed(stage)
    _draft(stage)


def _write(stage: Stage, who: str, plan: str, ordinal: int, title: str, **words: Any) -> EarlyWarning:
    version = stage.plans[plan]
    level = WarningLevel.objects.get(version=version, ordinal=ordinal)
    content = Content(level=level, title=title, publicity=words.pop("publicity", "internal"), **words)
    return warning_draft(version=version, content=content, user=stage.people[who])


def _now(warning: EarlyWarning) -> dict[str, Any]:
    version = EarlyWarning.objects.values_list("version", flat=True).get(pk=warning.pk)
    return {"warning_id": warning.pk, "version": version}


def _propose(stage: Stage, warning: EarlyWarning, who: str) -> None:
    warning_propose(**_now(warning), user=stage.people[who])


def _publish(stage: Stage, warning: EarlyWarning, office: str, approver: str) -> None:
    _propose(stage, warning, office)
    warning_approve(**_now(warning), user=stage.people[approver], remark="同意发布。")
    warning_publish(**_now(warning), user=stage.people[office])


def _propose_lift(stage: Stage, warning: EarlyWarning, who: str, evidence: str) -> None:
    findings = dict.fromkeys(range(1, len(lift_conditions(warning.plan_version)) + 1), evidence)
    warning_propose_lift(**_now(warning), findings=findings, user=stage.people[who])


def _in_force_cyber(stage: Stage) -> None:
    warning = _write(
        stage, "office", CYBER, 3, "勒索软件利用办公系统漏洞传播的预警", scope="县直各单位、各乡镇",
        text="近期勒索软件借办公系统文件上传漏洞传播，我县已有单位中招。请立即排查同版本系统。",
        basis="县数据中心事件样本与上级通报一致，漏洞利用工具已公开。", advice="升级补丁、关闭公网访问、离线备份。",
        units=stage.units("gongan", "shuju", "zhengfuban", "yidong", "dianxin", "runcheng"),
        valid_until=stage.after(3 * 24 * 60), respond_by=stage.after(4 * 60),
    )  # fmt: skip
    _publish(stage, warning, "office", "commander")
    police, data = stage.people["unit_gongan"], stage.people["unit_shuju"]
    warning_confirm(warning_id=warning.pk, user=police)
    warning_inform_leader(warning_id=warning.pk, user=police, leader="县公安局副局长")
    warning_confirm(warning_id=warning.pk, user=data, leader="县数据中心主任")
    warning_progress(
        warning_id=warning.pk, user=data, measures=True, text="全县政务云同版本系统十一套已完成补丁升级，备份已离线。"
    )  # fmt: skip
    task = warning.tasks.get(unit=data.unit, ordinal=1)
    warning_task_complete(
        task_id=task.pk, version=task.version, user=data, text="监测加密到每小时一次，应急队伍已待命。"
    )
    telecom = stage.people["unit_dianxin"].unit
    warning_confirm(warning_id=warning.pk, user=stage.people["duty"], unit=telecom, person="许静")


def _in_force_comms(stage: Stage) -> None:
    warning = _write(
        stage, "comms_office", COMMS, 2, "强降雨可能损毁杆路、光缆的预警", scope="全县通信运营企业、沿河乡镇",
        text="气象部门预报今夜到明天有暴雨，请做好机房防汛、杆路巡查和抢修队伍预置。",
        basis="县气象局暴雨黄色预警，去年同期同类天气造成六处中断。", advice="预置抢修队伍和发电车，值班电话保持畅通。",
        units=stage.units(*OPERATORS, "runcheng"), valid_until=stage.after(36 * 60),
    )  # fmt: skip
    _publish(stage, warning, "comms_office", "comms_deputy")
    mobile = stage.people["unit_yidong"]
    warning_confirm(warning_id=warning.pk, user=mobile, leader="阳城县分公司副总经理")
    warning_progress(
        warning_id=warning.pk, user=mobile, measures=True, text="三支抢修队、两台发电车已预置到北留、润城、蟒河。"
    )  # fmt: skip


def _lift_proposed(stage: Stage) -> None:
    warning = _write(
        stage, "office", CYBER, 4, "仿冒通知类钓鱼邮件预警", scope="县直各单位",
        text="仿冒人事、财务通知的钓鱼邮件增多，请提醒干部职工注意。",
        basis="一周内接报四起。", advice="不点击陌生附件，核实发件人。",
        units=stage.units("weiti", "jiaoyu", "caizheng", "shuju"),
    )  # fmt: skip
    _publish(stage, warning, "office", "deputy")
    _propose_lift(stage, warning, "office", "连续七天未再接报，邮件网关规则已更新。")


def _lifted(stage: Stage) -> None:
    warning = _write(
        stage, "office", CYBER, 4, "县域网站集中扫描探测预警", scope="建有门户网站的单位",
        text="监测到针对县域网站的集中扫描，请加强监看。",
        basis="市级监测平台通报。", units=stage.units("shuju", "rongmei", "wenlv"),
    )  # fmt: skip
    _publish(stage, warning, "office", "commander")
    warning_confirm(warning_id=warning.pk, user=stage.people["unit_shuju"], leader="县数据中心主任")
    _propose_lift(stage, warning, "office", "扫描源已封禁，三天内未再出现；各网站运行正常。")
    warning_lift(**_now(warning), user=stage.people["commander"], remark="同意解除。")


def _returned(stage: Stage) -> None:
    warning = _write(
        stage, "office", CYBER, 1, "办公软件零日漏洞预警", scope="全县",
        text="上级通报办公软件存在零日漏洞，利用方式已公开。",
        basis="上级通报。", units=stage.units("shuju", "gongan", "zhengfuban"),
    )  # fmt: skip
    _propose(stage, warning, "office")
    reason = "县内尚无利用案例，请按黄色重新研判。"
    warning_return(**_now(warning), reason=reason, user=stage.people["deputy"])


def _approved(stage: Stage) -> None:
    warning = _write(
        stage, "comms_office", COMMS, 3, "高考期间通信保障预警", scope="县城区各考点",
        text="考试期间县城区考点周边话务量增大，请做好保障。",
        basis="往年同期话务量上升四成。", units=stage.units(*OPERATORS),
    )  # fmt: skip
    _propose(stage, warning, "comms_office")
    warning_approve(**_now(warning), user=stage.people["comms_commander"], remark="同意，考前一天发布。")


def _proposed(stage: Stage) -> None:
    warning = _write(
        stage, "office", CYBER, 2, "医疗机构信息系统遭定向攻击预警", scope="全县各医疗机构",
        text="县人民医院挂号系统疑似被入侵，同类系统可能面临相同风险，请立即自查账户和日志。",
        basis="医院报告与上级通报的攻击特征相符。", advice="停用陌生账户，关闭远程运维端口。", publicity="confidential",
        publicity_note="只发有关单位，不转发、不上互联网。",
        units=stage.units("weiti", "yibao", "gongan", "shuju"),
    )  # fmt: skip
    _propose(stage, warning, "office")


def _draft(stage: Stage) -> None:
    _write(
        stage, "office", CYBER, 4, "政务新媒体弱口令预警",
        text="多个政务新媒体账号存在弱口令，请限期更换并开启二次验证。",
        units=stage.units("rongmei", "wenlv"),
    )  # fmt: skip
