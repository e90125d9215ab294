"""The day of the comms plan: 县工业和信息化局 has the watch."""

from __future__ import annotations

from typing import Any

from incidents.models import Incident
from incidents.services import Asked, incident_close, incident_link, inquiry_record, inquiry_reply
from response.demo.after import whole
from response.demo.stage import COMMS, CYBER, Stage
from response.models import Response
from response.services import response_approve, response_confirm, response_end_approve

__all__ = ["play"]

REPORTED_TO = ("office", "shangji_zhuguan", "xianwei", "xianzhengfu", "shangji_bumen")


def play(stage: Stage) -> None:
    """Play every case of the comms plan, the oldest first."""
    _closed(stage)
    _false_alarm(stage)
    _referred(stage)
    _level_one(stage)
    _level_two(stage)
    _proposed(stage)
    _confirmed_by_command(stage)
    _analysed(stage)
    _asked(stage)
    _late(stage)
    _running(stage)


def _accident(stage: Stage, title: str, *, occurred: float, received: float, unit: str, **more: Any) -> Incident:
    given = {"channel": "phone", "incident_unit": unit, "reporting_unit": unit, "source": "企业报告", **more}
    return stage.file("comms_duty", COMMS, title, occurred=occurred, received=received, **given)


def _told(stage: Stage, incident: Incident, minutes: float) -> None:
    """In writing to everybody the clause names, in time."""
    stage.written(incident, "comms_duty", "comms_duty2", *REPORTED_TO, minutes=minutes)


def _running(stage: Stage) -> Incident:
    return _accident(
        stage, "润城镇至县城主干光缆中断", occurred=14, received=9, unit="yidong", township="runcheng",
        caller_name="曹磊", caller_number="0356-4239555", read_back=True, location="润城镇上伏村段",
        description="施工挖断光缆，润城镇片区移动信号和宽带中断。", measures_taken="抢修队已出发，预计四十分钟到场。",
        facts={"disaster_nature": "施工外力破坏", "networks": ["移动承载网"], "business": "part", "stations_down": 17,
               "spreading": "none", "planned_measures": "先行割接备用纤芯，再熔接主缆",
               "social_impact": "约八千户受影响"},
    )  # fmt: skip


def _late(stage: Stage) -> Incident:
    return _accident(
        stage, "县城区联通核心机房空调故障告警", occurred=58, received=45, unit="liantong", caller_name="李强",
        caller_number="0356-4230186", location="县城区联通机房", description="机房温度升至三十八度，部分设备降频。",
        facts={"disaster_nature": "设备故障", "business": "part", "spreading": "unknown"},
    )  # fmt: skip


def _asked(stage: Stage) -> Incident:
    incident = _accident(
        stage, "寺头乡电信基站批量退服", occurred=100, received=92, unit="dianxin", township="sitou",
        caller_name="许静",
        caller_number="0356-4221000", location="寺头乡", description="六个基站因市电中断退服。",
        measures_taken="发电车已到场两台。", facts={"business": "part", "stations_down": 6, "spreading": "none"},
    )  # fmt: skip
    stage.confirm(incident, "comms_duty2", "网管截图属实。", traces="网管平台退服告警六条，时间集中在同一分钟内。")
    stage.written(incident, "comms_duty", "comms_duty2", "office", "shangji_zhuguan", minutes=75)
    call = stage.phone(incident, "comms_duty", "xianwei", "xianzhengfu", minutes=20, heard_by="县委值班室 王亮")
    report = stage.written(incident, "comms_duty", "comms_duty2", follows=call)
    stage.receipt(report, "comms_duty", "xianzhengfu", "县政府总值班室 梁振宇")
    answered = Asked(
        kind="verify", asked_by="市工业和信息化局", question="六个基站是否影响防汛通信？", received_at=stage.ago(16)
    )  # fmt: skip
    first = inquiry_record(incident_id=incident.pk, user=stage.people["comms_duty"], asked=answered)
    inquiry_reply(
        inquiry_id=first.pk, user=stage.people["comms_duty"], reply="不影响，防汛卫星电话和对讲机正常。",
        heard_by="市局值班员"
    )  # fmt: skip
    asked = Asked(
        kind="chase", asked_by="市工业和信息化局", question="请速报抢修进展和恢复时间。", received_at=stage.ago(6)
    )
    inquiry_record(incident_id=incident.pk, user=stage.people["comms_duty"], asked=asked)
    return incident


def _analysed(stage: Stage) -> Incident:
    incident = _accident(
        stage, "西河乡铁塔机房进水", occurred=170, received=160, unit="tieta", township="xihe", caller_name="牛建伟",
        location="西河乡", description="暴雨致机房进水约二十厘米，设备自动断电。",
        measures_taken="抽水、烘干，备用设备到位。",
        facts={"disaster_nature": "暴雨", "business": "part", "stations_down": 3, "spreading": "none"},
    )  # fmt: skip
    _told(stage, incident, 150)
    stage.confirm(incident, "comms_duty2", "现场照片属实。", traces="水浸传感器告警记录、现场照片四张。")
    stage.analyse(
        incident, "comms_office", loss_estimate="设备损失约六万元", impact_scope="西河乡三个行政村",
        facts={"severity": "影响范围小", "spread": "无扩散", "loss_expected": "抢修费用约二万元"},
    )  # fmt: skip
    return incident


def _false_alarm(stage: Stage) -> None:
    incident = _accident(
        stage, "广电网络监测平台误发中断告警", occurred=500, received=490, unit="guangdian", caller_name="值班员",
        description="平台升级后误发节目信号中断告警。",
    )  # fmt: skip
    stage.confirm(
        incident, "comms_duty2", "现场收看正常，为平台升级误报。", result="false_alarm",
        traces="告警记录与码流监测对比一致。"
    )  # fmt: skip


def _referred(stage: Stage) -> None:
    incident = _accident(
        stage, "蟒河镇电力线路倒杆危及通信杆路", occurred=460, received=450, unit="yidong", township="manghe",
        caller_name="曹磊", location="蟒河镇", description="大风致电力线杆倾斜，威胁同路由通信杆路。",
    )  # fmt: skip
    stage.confirm(
        incident, "comms_duty", "属电力设施抢修，应由供电公司办理。", result="refer", receiving_body="阳城县供电公司",
        how="电话转交供电公司调度，接收人值班调度员。", traces="现场照片两张、杆号登记。",
    )  # fmt: skip


def _fibre_cut(stage: Stage) -> Incident:
    incident = _accident(
        stage, "县城至晋城方向出口光缆双路由中断", occurred=140, received=136, unit="dianxin", caller_name="许静",
        caller_number="0356-4221000", read_back=True, location="北留镇段",
        township="beiliu", description="山体滑坡同时损毁两条出口光缆，全县固网和移动业务大面积受影响。",
        measures_taken="已调度市公司抢修力量。",
        facts={"disaster_nature": "山体滑坡", "cause": "两条路由同沟敷设", "networks": ["电信承载网", "联通承载网"],
               "systems": ["政务外网", "医保专网"], "network_count": 2, "system_count": 2, "business": "all",
               "spreading": "continuing", "stations_down": 86, "social_impact": "全县约十二万用户受影响"},
    )  # fmt: skip
    _told(stage, incident, 126)
    other = stage.file(
        "comms_duty", CYBER, "出口光缆中断致政务外网业务中断", occurred=140, received=130, channel="phone",
        caller_name="许静", incident_unit="shuju", reporting_unit="dianxin", location="北留镇段", source="运营商报告",
        symptoms=("outage",), description="出口光缆中断，政务外网无法访问，与通信网络事故同源。",
    )  # fmt: skip
    stage.reported(other, "duty", "duty2", "xianzhengfu", "shifadi_zhengfu", "shangji_danwei", minutes=118)
    incident_link(
        incident_id=incident.pk, version=None, user=stage.people["comms_duty"], other_number=other.number,
        note="同一次光缆中断，两个预案分别办理。",
    )  # fmt: skip
    stage.confirm(
        incident, "comms_duty2", "三家运营商网管均证实。", traces="光功率告警、OTDR测距记录，断点距县城十八公里。"
    )
    return incident


def _level_one(stage: Stage) -> Response:
    incident = _fibre_cut(stage)
    basis = "两家基础运营网络、两个重要信息系统全部业务受影响，并有继续扩散的可能。"
    response = stage.propose(incident, "comms_office", "Ⅰ", 1, basis)
    minutes = "副总指挥电话会商，参加人：办公室主任、三家运营商负责人，一致确认。"
    stage.act(response_confirm, response, "comms_deputy", minutes=minutes)
    stage.act(response_approve, response, "comms_duty", call=stage.call("comms_commander", 2), note="立即启动Ⅰ级响应。")
    telecom = stage.tasks(response, "dianxin")
    stage.work(telecom[0], "unit_dianxin", "抢修队两组二十一人已到现场，先行布放临时光缆。", "临时光缆已布放三公里。")
    mobile = stage.tasks(response, "yidong")
    stage.work(mobile[0], "comms_duty", "应急通信车已出发，四十分钟内到达。", said_by="曹磊")
    township = stage.tasks(response, "runcheng")
    if township:
        stage.work(township[0], "unit_runcheng")
    return response


def _level_two(stage: Stage) -> Response:
    incident = _accident(
        stage, "移动公司县城区核心交换机故障", occurred=115, received=108, unit="yidong", caller_name="曹磊",
        caller_number="0356-4239555", read_back=True, location="县城区移动机房",
        description="核心交换机主控板故障，倒换失败。", facts={"networks": ["移动承载网"], "network_count": 1,
                                            "business": "all", "spreading": "none", "cause": "主控板硬件故障"},
    )  # fmt: skip
    _told(stage, incident, 98)
    stage.confirm(incident, "comms_duty2", "网管截图属实。", traces="主控板告警日志已导出。")
    stage.analyse(
        incident, "comms_office", loss_estimate="暂无直接损失", impact_scope="县城区移动用户约三万户",
        facts={"severity": "较重", "spread": "无扩散"},
    )  # fmt: skip
    response = stage.propose(incident, "comms_office", "Ⅱ", 1, "一家基础运营网络全部业务受影响，无扩散性。")
    stage.act(response_confirm, response, "comms_director", minutes="副总指挥兼办公室主任确认，会商记录已存。")
    stage.act(response_approve, response, "comms_deputy", note="同意启动Ⅱ级响应。")
    mine = stage.tasks(response, "yidong")
    stage.work(mine[0], "unit_yidong", "抢修人员到场。", "备板已更换，业务恢复。", done=True)
    return response


def _proposed(stage: Stage) -> None:
    incident = _accident(
        stage, "东冶镇多处光缆被盗割", occurred=62, received=50, unit="liantong", township="dongye", caller_name="李强",
        location="东冶镇", description="三处光缆被盗割，东冶镇片区宽带中断。",
        facts={"business": "part", "spreading": "none"},
    )  # fmt: skip
    _told(stage, incident, 38)
    stage.confirm(incident, "comms_duty2", "现场照片属实。", traces="断口照片、巡线记录。")
    stage.propose(incident, "comms_office", "Ⅱ", 2, "联通公司抢修力量不足，请求协调处置。")


def _confirmed_by_command(stage: Stage) -> None:
    incident = _accident(
        stage, "县城区出现伪基站干扰公众通信", occurred=66, received=54, unit="yidong", caller_name="曹磊",
        location="县城区滨河路", description="滨河路一带用户频繁脱网并收到异常短信。",
        facts={"business": "part", "spreading": "county", "networks": ["移动无线网"], "network_count": 1},
    )  # fmt: skip
    _told(stage, incident, 40)
    stage.confirm(incident, "comms_duty2", "无线指标异常，用户投诉集中。", traces="无线侧告警与投诉工单。")
    basis = "可能影响全县公众通信，有扩散到全县的可能，建议启动Ⅰ级响应。"
    response = stage.propose(incident, "comms_office", "Ⅰ", 3, basis)
    stage.act(response_confirm, response, "comms_deputy", minutes="副总指挥主持会商，公安、无线电管理参加，确认属实。")


def _closed(stage: Stage) -> None:
    incident = _accident(
        stage, "演礼镇基站雷击退服", occurred=1300, received=1290, unit="dianxin", township="yanli", caller_name="许静",
        location="演礼镇", description="雷击致两个基站退服。", measures_taken="更换防雷模块，恢复正常。",
        facts={"disaster_nature": "雷击", "business": "part", "stations_down": 2, "spreading": "none"},
    )  # fmt: skip
    _told(stage, incident, 1280)
    stage.confirm(incident, "comms_duty2", "属实。", traces="防雷模块告警记录。")
    response = stage.propose(incident, "comms_office", "Ⅱ", 3, "指挥部认为应协调供电、电信两家同步抢修。")
    stage.act(response_confirm, response, "comms_deputy", minutes="副总指挥确认。")
    stage.act(response_approve, response, "comms_commander")
    evidence = ["基站全部恢复，事故处置结束。", "通信网络恢复正常，业务测试通过。", "已按程序报批。"]
    stage.propose_end(response, "comms_office", *evidence[: _findings(response)], carry_over="收尾事项转入日常维护。")
    stage.act(response_end_approve, response, "comms_commander", public=False)
    whole(stage, incident, "comms_office", "comms_director", participants="电信阳城分公司、县供电公司技术专家")
    incident_close(
        incident_id=incident.pk, version=None, user=stage.people["comms_office"],
        note="调查报告已报县委县政府，建议增补防雷设施。", waive_reason="演示：事故处置完毕，未报事项已补充说明。",
        unsettled_reason="演示：撤离和结转任务已口头了结。",
    )  # fmt: skip


def _findings(response: Response) -> int:
    from response.rules import end_findings_of

    return len(end_findings_of(response.plan_version))
