"""The day's prevention: a round of checks half answered, and findings from new to closed, one of them overdue."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from early_warning.prevention.models import Finding, HazardCheck
from early_warning.prevention.services import (
    Found,
    Round,
    check_open,
    check_return,
    finding_accept,
    finding_mended,
    finding_progress,
    finding_report,
    finding_verify,
)
from response.demo.stage import COMMS, CYBER, Stage
from yangcheng_ec.clock import SHANGHAI

__all__ = ["play"]

ASKED = ("xuanchuan", "shuju", "gongan", "weiban", "zhengfuban", "jiaoyu", "runcheng", "sitou", "kaifaqu")


def play(stage: Stage) -> None:
    """Play the rounds, then the findings."""
    check = _round(stage)
    check_open(
        version=stage.plans[COMMS],
        wanted=_days(stage, "汛前基站和传输线路隐患排查", "逐站检查供电、接地、塔基和光缆路由。", 10),
        units=stage.units("yidong", "liantong", "dianxin", "tieta", "guangdian"), user=stage.people["comms_office"],
    )  # fmt: skip
    _overdue(stage, check)
    _mended(stage)
    _closed(stage)
    _new(stage)
    _comms(stage)


def _round(stage: Stage) -> HazardCheck:
    words = "逐台核对互联网出口设备和对外网站：弱口令、未升级的固件、远程管理端口、备份是否可恢复。"
    check = check_open(
        version=stage.plans[CYBER], wanted=_days(stage, "重要时期前对外网站和出口设备排查", words, 2),
        units=stage.units(*ASKED), user=stage.people["office"],
    )  # fmt: skip
    _answer(stage, check, "unit_gongan", "gongan", 0, "12台设备逐台核对，未发现。")
    _answer(stage, check, "unit_shuju", "shuju", 2, "发现2处，已报告1处。")
    _answer(stage, check, "duty", "jiaoyu", 0, "只有1个网站，已核对。", said_by="教育局 焦老师")
    return check


def _days(stage: Stage, title: str, content: str, days: int) -> Round:
    today = stage.now.astimezone(SHANGHAI).date()
    return Round(
        title=title, content=content, starts_on=today, ends_on=today + timedelta(days=days),
        due_at=stage.after(days * 24 * 60),
    )  # fmt: skip


def _answer(stage: Stage, check: HazardCheck, who: str, code: str, found: int, text: str, **more: Any) -> None:
    check_return(
        check_id=check.pk, unit=stage.units(code)[0], found=found, text=text, user=stage.people[who], **more
    )  # fmt: skip


def _report(stage: Stage, who: str, plan: str, title: str, place: str, text: str, **more: Any) -> Finding:
    user: Any = stage.people[who]
    found = Found(
        title=title, place=place, description=text, severity=more.pop("severity", ""), measure=more.pop("measure", ""),
        found_at=stage.ago(more.pop("minutes", 60)),
    )  # fmt: skip
    return finding_report(version=stage.plans[plan], found=found, unit=user.unit, user=user, **more)


def _accept(stage: Stage, row: Finding, who: str, *, days: float) -> Finding:
    return finding_accept(
        finding_id=row.pk, version=row.version, due_at=stage.after(days * 24 * 60), user=stage.people[who]
    )  # fmt: skip


def _overdue(stage: Stage, check: HazardCheck) -> None:
    """A finding that is overdue a minute after the day is made: nothing is entered with a due time gone by."""
    row = _report(
        stage, "unit_shuju", CYBER, "互联网出口防火墙固件未升级", "县政务云平台机房 出口防火墙",
        "厂家上月公布高危漏洞，本设备固件版本在受影响范围内，远程管理端口对外开放。",
        severity="可能被远程控制，影响政务云对外业务", measure="已限制远程管理端口的来源地址。", minutes=9 * 24 * 60,
        hazard_check=check,
    )  # fmt: skip
    row = _accept(stage, row, "office", days=1 / (24 * 60))
    finding_progress(
        finding_id=row.pk, version=row.version, text="已申请升级包，厂家答复本周提供。", user=stage.people["unit_shuju"]
    )


def _mended(stage: Stage) -> None:
    row = _report(
        stage, "unit_gongan", CYBER, "对外查询网站后台使用弱口令", "县公安局 办事查询网站",
        "口令检查发现后台两个账号使用弱口令。", severity="后台可能被登录、页面可能被篡改", minutes=2 * 24 * 60,
    )  # fmt: skip
    row = _accept(stage, row, "office", days=5)
    finding_mended(
        finding_id=row.pk, version=row.version, user=stage.people["unit_gongan"],
        text="已更换口令并启用登录验证，复测弱口令不能登录。",
    )  # fmt: skip


def _closed(stage: Stage) -> None:
    row = _report(
        stage, "unit_runcheng", CYBER, "镇门户网站备份不能恢复", "润城镇 门户网站",
        "恢复演练时发现最近三份备份不能恢复。",
        severity="网站被篡改或损坏后不能恢复", minutes=3 * 24 * 60,
    )  # fmt: skip
    row = _accept(stage, row, "office", days=7)
    row = finding_mended(
        finding_id=row.pk, version=row.version, user=stage.people["unit_runcheng"], text="重做备份，恢复演练成功。"
    )
    finding_verify(finding_id=row.pk, version=row.version, user=stage.people["duty"], text="查看恢复演练记录，属实。")


def _new(stage: Stage) -> None:
    _report(
        stage, "unit_zhengfuban", CYBER, "会议室无线网与办公网没有隔离", "县政府办公室 三楼会议室",
        "巡检发现会议室无线网可以访问办公网段。", severity="来访人员可能接触内部系统", minutes=40,
    )  # fmt: skip


def _comms(stage: Stage) -> None:
    row = _report(
        stage, "unit_yidong", COMMS, "蟒河镇基站蓄电池老化", "蟒河镇 3 号基站", "放电测试只能支撑40分钟。",
        severity="市电中断后该镇部分区域可能失去信号", measure="已调移动油机待命。", minutes=26 * 60,
    )  # fmt: skip
    _accept(stage, row, "comms_office", days=6)
