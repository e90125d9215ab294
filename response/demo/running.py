"""The demo day's running responses: orders, a conference, the situation, reinforcement, a command on the spot."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from response.choices import ResponseState
from response.demo.stage import COMMS, CYBER, Stage
from response.models import OrderReceipt, Response
from response.running import services
from response.running.services import Minutes, Said
from response.services import response_reinforce
from yangcheng_ec.clock import database_now

__all__ = ["play"]


def play(stage: Stage) -> None:
    """Let the two responses of level Ⅰ run on."""
    _cyber(stage, _level_one(CYBER))
    _comms(stage, _level_one(COMMS))


def _level_one(plan: str) -> Response:
    rows = Response.objects.filter(plan_version__plan__code=plan, level__ordinal=1, drill=False)
    return rows.filter(state=ResponseState.ACTIVE).order_by("pk")[0]


def _cyber(stage: Stage, response: Response) -> None:
    order = _act(
        stage, services.order_issue, response, "commander", title="封存备份，停用受感染的管理账号",
        text="县数据中心立即封存全部备份存储，停用受感染主机的管理账号；县公安局到场固定证据。",
        units=stage.units("shuju", "gongan", "dianxin"),
    )  # fmt: skip
    _carried_out(stage, order.receipts.get(unit__code="shuju"), "unit_shuju", "备份已离线封存，停用管理账号六个。")
    _signed(stage, order.receipts.get(unit__code="gongan"), "unit_gongan")
    minutes = Minutes(
        held_at=None, form="phone", chair="赵立新", agenda="业务恢复次序", units=stage.units("shuju", "gongan"),
        conclusions="先恢复不动产登记、医保结算，再恢复其他业务；不与勒索者联系。",
    )  # fmt: skip
    _act(stage, services.conference_record, response, "office", minutes=minutes)
    _act(stage, services.human_made_find, response, "office", basis="日志显示境外地址登录管理口后植入勒索程序。")
    services.evidence_note(
        incident_id=response.incident_id, user=stage.people["unit_shuju"], what="管理口登录日志、勒索样本镜像",
        keeper="杨帆", place="县数据中心保密柜",
    )  # fmt: skip
    _act(stage, services.rhythm_set, response, "office", every_hours=2)
    _said(stage, response, "shuju", Said("第一台虚拟化主机已恢复，第二台正在恢复", "备件不足", "请协调存储设备一台"))
    _act(stage, response_reinforce, response, "office", to="市指挥部办公室", request="请派恶意程序分析人员两名。")
    task = stage.tasks(response, "gongan")[1]
    services.task_due_set(task_id=task.pk, version=task.version, due_at=stage.after(180), user=stage.people["office"])


def _comms(stage: Stage, response: Response) -> None:
    for minutes, text in ((130, "抢修一组二十一人出发。"), (118, "启用微波备用链路，恢复县政府专线。")):
        _first(stage, response, text, stage.ago(minutes))
    _act(
        stage, services.on_site_set_up, response, "comms_commander", place="北留镇段断点临时指挥点",
        leader="副总指挥、县工业和信息化局局长", units=stage.units("dianxin", "yidong", "gongan"),
    )  # fmt: skip
    _act(
        stage, services.control_check, response, "comms_office", controlled=False, words="两处断点仍在滑坡，熔接受阻。"
    )
    _act(stage, response_reinforce, response, "comms_office", to="上级指挥机构", request="应急通信车两辆、抢修队一支。")
    row = response.reinforcements.get()
    services.reinforcement_answer(
        reinforcement_id=row.pk, version=row.version, agreed=True, answer="通信车两辆已出发", answered_by="值班室",
        user=stage.people["comms_office"],
    )  # fmt: skip


def _act(stage: Stage, service: Any, response: Response, who: str, **words: Any) -> Any:
    version = Response.objects.values_list("version", flat=True).get(pk=response.pk)
    return service(response_id=response.pk, version=version, user=stage.people[who], **words)


def _signed(stage: Stage, receipt: OrderReceipt, who: str) -> OrderReceipt:
    return services.order_acknowledge(receipt_id=receipt.pk, version=receipt.version, user=stage.people[who])


def _carried_out(stage: Stage, receipt: OrderReceipt, who: str, text: str) -> None:
    signed = _signed(stage, receipt, who)
    services.order_report(receipt_id=receipt.pk, version=signed.version, text=text, user=stage.people[who])


def _said(stage: Stage, response: Response, code: str, said: Said) -> None:
    reply = response.situation_rounds.get().replies.get(unit__code=code)
    user = stage.people[f"unit_{code}"]
    services.situation_reply(reply_id=reply.pk, version=reply.version, said=said, user=user)


def _first(stage: Stage, response: Response, text: str, at: datetime) -> None:
    services.first_action_log(
        incident_id=response.incident_id, text=text, user=stage.people["unit_dianxin"], done_at=min(at, database_now())
    )
