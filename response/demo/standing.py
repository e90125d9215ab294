"""Standing duties of the demo day: what is kept ready, filed and taught, and a drill that is planned and approved."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from directory.services.filings import Filed, filing_add
from directory.services.resources import resource_add, resource_check
from directory.services.trainings import Trained, training_add
from response.demo.stage import COMMS, CYBER, Stage
from response.drills.services import InjectWords, Planned, drill_approve, drill_plan
from yangcheng_ec.clock import SHANGHAI

__all__ = ["play"]

# plan; kind; name; unit code or a body in words; ability; contact; number; quantity; measure; place; checked days ago
RESOURCES = """
网络;team;县数据中心技术支撑队伍;shuju;政务云、电子政务外网应急处置;赵立新;13900010001;8;人;;
网络;adviser;周文博;太行学院（演示）;网络安全法律与标准;周文博;13900010002;;;;
网络;expert;孙海涛;shuju;恶意程序分析、日志溯源;孙海涛;13900010003;;;;
网络;equipment;便携式流量取证设备;gongan;;韩卫民;4220110;2;台;县公安局三楼机房;30
网络;spare;门户网站离线备份服务器;shuju;;赵立新;;1;台;县数据中心备份机房;
网络;social;恒安网络科技公司（演示）;恒安网络科技公司（演示）;应急响应、渗透测试;许经理;13900010004;;;;
通信;team;移动应急通信保障队;yidong;基站抢修、光缆熔接;马建军;13900010005;12;人;;
通信;vehicle;应急通信车;yidong;;马建军;13900010005;1;辆;移动公司院内;200
通信;spare;30千瓦柴油发电机;dianxin;;郭强;;2;台;电信公司库房;15
通信;protected;县人民医院;县人民医院（演示）;;值班室;4220120;;;;
"""
FIELDS = ("ability", "contact", "number", "quantity", "measure", "place")
SCENARIO = (
    "周一早上，县数据中心发现政务云十余台服务器的文件被加密，桌面留有勒索信，政务服务系统、县政府门户网站"
    "先后打不开，群众在办事大厅聚集询问。攻击是否还在扩散不清楚，备份是否完好不清楚。"
)


def play(stage: Stage) -> None:
    """Make the lists, two filed plans, two trainings, and a drill for next week."""
    for line in RESOURCES.split():
        _resource(stage, line.split(";"))
    day = stage.now.astimezone(SHANGHAI).date()
    filed = Filed("县公安局网络安全事件应急处置行动方案", "2025年版", day - timedelta(days=300))
    filing_add(user=stage.people["unit_gongan"], plan=CYBER, filed=filed)
    old = Filed("移动公司通信网络事故应急联动方案", "2022年版", day - timedelta(days=1300))
    filing_add(user=stage.people["unit_yidong"], plan=COMMS, filed=old)
    trained = Trained(day - timedelta(days=40), "新版网络预案与上报表填报", "各成员单位联络员", 42, "签到表存办公室")
    training_add(user=stage.people["office"], plan=CYBER, trained=trained)
    trained = Trained(day - timedelta(days=75), "光缆中断应急抢修", "运维人员", 18, "培训通知、照片存公司综合部")
    training_add(user=stage.people["unit_yidong"], plan=COMMS, trained=trained)
    _drill(stage)


def _resource(stage: Stage, cells: list[str]) -> None:
    plan, kind, name, whose, *rest, seen = cells
    values: dict[str, Any] = {"name": name, **dict(zip(FIELDS, rest, strict=True))}
    values["quantity"] = int(values["quantity"]) if values["quantity"] else None
    owner = {"body": whose} if "（" in whose else {"unit": stage.units(whose)[0]}
    user = stage.people["contacts"]
    code = {"网络": CYBER, "通信": COMMS}[plan]
    row = resource_add(user=user, plan=code, kind=kind, values=values | owner)
    if seen:
        on = stage.now.astimezone(SHANGHAI).date() - timedelta(days=int(seen))
        resource_check(user=user, resource_id=row.pk, version=row.version, on=on, result="开机正常，附件齐全")


def _drill(stage: Stage) -> None:
    units = stage.units("shuju", "gongan", "zhengfuban", "dianxin")
    planned = Planned(
        plan=CYBER, title="政务云勒索攻击应急演练", scenario=SCENARIO, grade="serious", place="县应急指挥中心",
        planned_at=stage.after(7 * 24 * 60), incident_unit=units[0], participants=units, confined=True,
    )  # fmt: skip
    injects = [
        InjectWords(minute=10, text="记者来电询问门户网站为何打不开。", to="office"),
        InjectWords(minute=20, text="发现攻击者从一台政务外网终端继续横向扩散。", to="unit", unit=units[0]),
        InjectWords(minute=45, text="市指挥部来电，要求30分钟内核实影响范围。", to="command"),
    ]
    drill = drill_plan(user=stage.people["office"], planned=planned, injects=injects)
    drill_approve(drill_id=drill.pk, version=drill.version, user=stage.people["director"])
