"""The day of the cyber plan: 县委宣传部（县委网信办） has the watch."""

from __future__ import annotations

from incidents.models import Incident
from incidents.services import incident_close, report_confirm_late
from response.demo.after import begun, whole
from response.demo.stage import CYBER, Stage
from response.models import Response
from response.services import (
    release_approve,
    release_draft,
    response_announce_end,
    response_approve,
    response_end_approve,
    response_return,
    task_return,
)

__all__ = ["play"]

REPORTED_TO = ("xianzhengfu", "shifadi_zhengfu", "shangji_danwei")


def play(stage: Stage) -> None:
    """Play every case of the cyber plan, the oldest first."""
    _closed(stage)
    _aftermath(stage)
    _false_alarm(stage)
    _referred(stage)
    _level_one(stage)
    _level_two(stage)
    _level_three(stage)
    _end_proposed(stage)
    _returned(stage)
    _proposed(stage)
    _graded(stage)
    _confirmed(stage)
    _overdue(stage)
    _not_taken_over(stage)
    _drill(stage)
    _running(stage)


def _told(stage: Stage, incident: Incident, minutes: float) -> None:
    stage.reported(incident, "duty", "duty2", *REPORTED_TO, minutes=minutes)


def _running(stage: Stage) -> Incident:
    return stage.file(
        "duty", CYBER, "县教育局门户网站首页疑似被篡改", occurred=7, received=4, channel="phone",
        caller_name="卫小燕", caller_number="0356-4220012", read_back=True, location="县教育局机房",
        incident_unit="jiaoyu", reporting_unit="jiaoyu", source="值班人员巡检发现", symptoms=("other",),
        description="门户网站首页出现陌生图片和外链，已截图留存，后台登录正常。",
        measures_taken="已断开网站对外访问，保留日志。",
    )  # fmt: skip


def _overdue(stage: Stage) -> Incident:
    return stage.file(
        "duty", CYBER, "县市场监督管理局政务外网终端大面积掉线", occurred=47, received=38, channel="phone",
        caller_name="郭志强", caller_number="0356-4238801", location="县市场监督管理局办公楼", incident_unit="shichang",
        reporting_unit="shichang", source="单位报告", symptoms=("outage",),
        description="三层以上约四十台终端无法访问政务外网，交换机指示灯异常闪烁，原因不明。",
    )  # fmt: skip


def _confirmed(stage: Stage) -> Incident:
    incident = stage.file(
        "duty", CYBER, "县卫生健康和体育局多人收到仿冒通知的钓鱼邮件", occurred=21, received=15, channel="phone",
        caller_name="延慧芳", caller_number="0356-4222106", read_back=True, location="县卫生健康和体育局",
        incident_unit="weiti", reporting_unit="weiti", source="工作人员举报", symptoms=("other",),
        description="十余名工作人员收到仿冒人事通知的邮件，其中两人点击了附件。",
        measures_taken="两台终端已断网封存，邮件网关已拦截同源邮件。",
    )  # fmt: skip
    stage.phone(
        incident,
        "duty",
        "xianzhengfu",
        minutes=9,
        heard_by="县政府总值班室 梁振宇",
        body="首报：钓鱼邮件，两台终端中招。",
    )
    stage.confirm(incident, "duty2", "已与县卫生健康和体育局信息中心核实，邮件样本真实，两台终端有外联痕迹。")
    return incident


def _graded(stage: Stage) -> Incident:
    incident = stage.file(
        "duty", CYBER, "县文化和旅游局微信公众号发布异常推文", occurred=96, received=90, channel="written",
        caller_name="刘芳", location="县文化和旅游局", incident_unit="wenlv", reporting_unit="wenlv",
        source="单位书面报告", category="content", symptoms=("other",),
        description="公众号凌晨自动发布一条含虚假优惠信息的推文，阅读量约三百。",
        measures_taken="推文已删除，账号密码已更换并开启二次验证。",
        consequence_estimate="少数群众可能受误导，未发现财产损失。", suggestions="建议全县政务新媒体统一排查弱口令。",
    )  # fmt: skip
    _told(stage, incident, 80)
    stage.confirm(incident, "duty2", "后台登录日志显示境外地址登录，情况属实。")
    stage.analyse(
        incident, "duty2", category="content", subcategory="虚假信息传播事件", loss_estimate="未造成直接经济损失",
        impact_scope="公众号关注用户约一万二千人", trend="推文已删除，未见转载扩散",
    )  # fmt: skip
    stage.grade(incident, "office", "ordinary", 3, "仅对部分公众利益造成一般影响，未涉及业务系统。")
    return incident


def _false_alarm(stage: Stage) -> None:
    incident = stage.file(
        "duty", CYBER, "监测平台告警：县财政局服务器疑似挖矿外联", occurred=300, received=292, channel="system",
        location="县财政局机房", incident_unit="caizheng", source="市级监测平台自动推送",
        description="平台规则命中一条可疑域名解析记录。",
    )  # fmt: skip
    stage.confirm(
        incident, "duty2", "经县财政局核查，为单位采购的更新服务域名，规则误报，已反馈平台。", result="false_alarm"
    )  # fmt: skip


def _referred(stage: Stage) -> None:
    incident = stage.file(
        "duty", CYBER, "群众反映冒充客服的网络诈骗电话", occurred=400, received=280, channel="phone",
        caller_name="群众（不愿具名）", caller_number="13935600000", location="凤城镇", source="群众来电",
        description="来电人称收到冒充网购客服的退款电话，已转账二千元。",
    )  # fmt: skip
    stage.confirm(
        incident, "duty", "属电信网络诈骗，应由公安机关办理。", result="refer", receiving_body="县公安局反诈中心",
        how="电话转交，接收人县公安局值班员韩卫民，已请来电人同步报警。",
    )  # fmt: skip


def _attack_on_cloud(stage: Stage) -> Incident:
    incident = stage.file(
        "duty", CYBER, "县政务云平台遭勒索软件攻击，多项业务中断", occurred=152, received=148, channel="phone",
        caller_name="杨帆", caller_number="0356-4239900", read_back=True, location="县数据中心机房",
        incident_unit="shuju", reporting_unit="shuju", source="单位报告", category="malware",
        symptoms=("paralysis", "destruction"),
        description="四台虚拟化主机文件被加密，不动产登记、医保结算查询等六项业务中断，桌面出现勒索信息。",
        measures_taken="已隔离受影响网段，关闭管理口，保护备份存储。",
        consequence_estimate="预计影响办事群众约二千人次。", suggestions="请求公安、运营商和技术队伍支援。",
        loss_estimate="正在统计", impact_scope="县直二十三个单位的业务系统", trend="隔离后未见继续扩散",
    )  # fmt: skip
    stage.reported(incident, "duty", "duty2", "shifadi_zhengfu", "shangji_danwei", minutes=145)
    call = stage.phone(
        incident, "duty", "xianzhengfu", minutes=140, heard_by="县政府总值班室 梁振宇",
        body="首报：政务云遭勒索，六项业务中断。"
    )  # fmt: skip
    report_confirm_late(report_id=call.pk, user=stage.people["duty2"], note="与值班电话录音一致")
    stage.confirm(incident, "duty2", "已与县数据中心、运维单位三方核实，勒索信息截图已入卷。")
    stage.analyse(
        incident, "office", category="malware", subcategory="勒索软件事件",
        loss_estimate="业务中断两小时，数据恢复费用待估",
        impact_scope="县直二十三个单位的业务系统", trend="已隔离，备份完好",
    )  # fmt: skip
    stage.grade(incident, "office", "serious", 1, "重要系统长时间中断，局部业务瘫痪，业务处理能力受到极大影响。")
    return incident


def _level_one(stage: Stage) -> Response:
    incident = _attack_on_cloud(stage)
    basis = "已定级为重大事件，政务云六项业务中断，符合Ⅰ级启动条件。"
    response = stage.propose(incident, "office", "Ⅰ", 1, basis)
    stage.act(response_approve, response, "commander", note="同意启动，全力恢复群众办事业务。")
    report = stage.written(incident, "duty", "duty2", "xianwei", "xianzhengfu", "shangji_bumen")
    stage.receipt(report, "duty", "xianzhengfu", "县政府总值班室 梁振宇")
    _work_of_level_one(stage, response)
    draft = release_draft(
        incident_id=incident.pk, title="关于部分政务服务业务暂停的公告", user=stage.people["office"],
        channel="县政府门户网站",
        text="因系统故障，部分政务服务业务暂停办理，正在抢修，恢复时间另行公告。给您带来不便，敬请谅解。",
    )  # fmt: skip
    release_approve(release_id=draft.pk, version=draft.version, user=stage.people["commander"])
    return response


def _work_of_level_one(stage: Stage, response: Response) -> None:
    """Tasks in every state: some done, some under way, some signed for, one returned, the rest still unsigned."""
    data, police = stage.tasks(response, "shuju"), stage.tasks(response, "gongan")
    stage.work(data[0], "unit_shuju", "值班电话已公布，带班领导在岗。", done=True)
    stage.work(data[1], "unit_shuju", "第一台虚拟化主机已从备份恢复，不动产登记恢复查询。", "第二台正在恢复。")
    stage.work(data[2], "unit_shuju")
    stage.work(police[0], "unit_gongan", "网安大队两名民警到场，已固定日志和勒索样本。")
    mobile = stage.tasks(response, "yidong")
    task_return(
        task_id=mobile[0].pk, version=mobile[0].version, user=stage.people["unit_yidong"],
        reason="本公司值班表按集团要求另有安排，请确认报送格式。",
    )  # fmt: skip
    telecom = stage.tasks(response, "dianxin")
    stage.work(telecom[0], "duty", "已派两名工程师赶赴县数据中心。", said_by="许静")


def _level_two(stage: Stage) -> Response:
    incident = stage.file(
        "duty2", CYBER, "县融媒体中心网站遭拒绝服务攻击", occurred=70, received=66, channel="phone",
        caller_name="王海霞", caller_number="0356-4236655", read_back=True, location="县融媒体中心机房",
        incident_unit="rongmei", reporting_unit="rongmei", source="单位报告", category="attack", symptoms=("outage",),
        description="网站访问缓慢并多次中断，入口流量达到平时三十倍。", measures_taken="已启用流量清洗。",
    )  # fmt: skip
    _told(stage, incident, 58)
    stage.confirm(incident, "duty", "运营商流量图确认存在异常流量。")
    stage.analyse(
        incident, "office", category="attack", subcategory="拒绝服务事件", impact_scope="县融媒体中心网站和客户端",
        loss_estimate="短时服务中断", trend="清洗后流量下降",
    )  # fmt: skip
    stage.grade(incident, "office", "ordinary", 1, "网络短暂中断，业务处理能力受到一定影响。")
    response = stage.propose(incident, "office", "Ⅱ", 1, "已定级为一般事件，攻击仍在持续，须指挥部协调运营商处置。")
    stage.act(response_approve, response, "duty", call=stage.call("deputy", 3), note="同意启动Ⅱ级响应。")
    police = stage.tasks(response, "gongan")
    stage.work(police[0], "unit_gongan", "已立案侦查，正在追查攻击来源。")
    return response


def _level_three(stage: Stage) -> Response:
    incident = stage.file(
        "duty", CYBER, "润城镇便民服务中心终端感染病毒", occurred=120, received=112, channel="phone",
        caller_name="原红霞", caller_number="0356-4812001", location="润城镇便民服务中心", incident_unit="runcheng",
        reporting_unit="runcheng", township="runcheng", source="单位报告", category="malware", symptoms=("other",),
        description="两台窗口终端弹窗频繁、运行缓慢，已停用。", measures_taken="启用备用终端，业务未中断。",
    )  # fmt: skip
    _told(stage, incident, 105)
    stage.confirm(incident, "duty2", "已远程核查，两台终端确有恶意进程。")
    basis = "影响面小，依靠事发单位可以应对，建议由办公室跟踪指导。"
    response = stage.propose(incident, "office", "Ⅲ", 1, basis)
    stage.act(response_approve, response, "director", note="同意，派一名技术员到场指导。")
    return response


def _end_proposed(stage: Stage) -> Response:
    incident = stage.file(
        "duty", CYBER, "县水务局门户网站被植入暗链", occurred=420, received=410, channel="email",
        caller_name="市网信部门", location="县水务局", incident_unit="shuiwu", reporting_unit="shuiwu",
        source="市级部门通报", category="attack", symptoms=("other",),
        description="通报称网站友情链接处被植入赌博暗链。", measures_taken="网站已下线整改。",
    )  # fmt: skip
    _told(stage, incident, 402)
    stage.confirm(incident, "duty2", "已核实，页面源码存在暗链。")
    stage.analyse(incident, "office", category="attack", subcategory="暗链植入事件", impact_scope="单一网站")
    stage.grade(incident, "office", "ordinary", 3, "仅对单位网站造成一般损害。")
    response = stage.propose(incident, "office", "Ⅲ", 1, "影响单一网站，由办公室指导处置。")
    stage.act(response_approve, response, "director")
    return stage.propose_end(
        response, "office", "暗链已清除，漏洞已修补，复测未见异常。", "网站已恢复上线，运行正常。",
        carry_over="其余支撑队伍持续观察三天，由办公室汇总。",
    )  # fmt: skip


def _ended(stage: Stage, title: str, unit: str, occurred: float) -> Incident:
    incident = stage.file(
        "duty", CYBER, title, occurred=occurred, received=occurred - 5, channel="phone", caller_name="值班室",
        incident_unit=unit, reporting_unit=unit, source="单位报告", category="facility", symptoms=("outage",),
        description="核心交换机电源模块故障，业务中断约四十分钟。", measures_taken="更换备件，业务恢复。",
    )  # fmt: skip
    _told(stage, incident, occurred - 12)
    stage.confirm(incident, "duty2", "已与单位核实。")
    stage.analyse(incident, "office", category="facility", subcategory="技术故障事件", impact_scope="单位内部业务")
    stage.grade(incident, "office", "ordinary", 1, "网络短暂中断，业务损失较小。")
    response = stage.propose(incident, "office", "Ⅲ", 1, "依靠事发单位可以应对，由办公室跟踪。")
    stage.act(response_approve, response, "director")
    stage.propose_end(
        response, "office", "故障模块已更换，隐患排除。", "业务连续运行六小时无异常。",
        carry_over="支撑队伍任务转入日常值守。"
    )  # fmt: skip
    stage.act(response_end_approve, response, "deputy", note="同意结束。")
    stage.act(response_announce_end, response, "duty", public=False)
    return incident


def _aftermath(stage: Stage) -> None:
    begun(stage, _ended(stage, "县农业农村局核心交换机故障致业务中断", "nongye", 900))


def _closed(stage: Stage) -> None:
    incident = _ended(stage, "县能源局机房断电致业务系统中断", "nengyuan", 1400)
    whole(stage, incident, "office", "deputy")
    incident_close(
        incident_id=incident.pk, version=None, user=stage.people["office"],
        note="总结评估已完成，已建议该单位加装双路供电。", waive_reason="演示：事件处置完毕，未报事项已补充说明。",
        unsettled_reason="演示：撤离和结转任务已口头了结。",
    )  # fmt: skip


def _returned(stage: Stage) -> None:
    incident = stage.file(
        "duty", CYBER, "县交通运输局卡口数据平台查询缓慢", occurred=200, received=190, channel="phone",
        caller_name="栗建军", location="县交通运输局", incident_unit="jiaotong", reporting_unit="jiaotong",
        source="单位报告", symptoms=("other",), description="查询响应超过一分钟，疑似资源被占用。",
    )  # fmt: skip
    _told(stage, incident, 182)
    stage.confirm(incident, "duty2", "数据库连接数异常，原因待查。")
    response = stage.propose(incident, "office", "Ⅱ", 2, "单位请求协调处置。")
    stage.act(response_return, response, "deputy", reason="依据不足，请先核实是否为业务高峰所致，再按Ⅲ级研判。")


def _proposed(stage: Stage) -> None:
    incident = stage.file(
        "duty", CYBER, "县人民医院挂号系统疑似被入侵", occurred=24, received=20, channel="phone",
        caller_name="张慧", caller_number="0356-4226677", read_back=True, location="县人民医院信息科",
        incident_unit_text="阳城县人民医院", reporting_unit="weiti", source="主管部门报告", category="attack",
        symptoms=("paralysis",), description="挂号、收费系统登录异常，数据库出现陌生账户，已切换手工挂号。",
        measures_taken="已断开外网，保全日志。", consequence_estimate="门诊约六百人次受影响。",
    )  # fmt: skip
    _told(stage, incident, 3)
    stage.confirm(incident, "duty2", "医院信息科截图证实存在陌生管理员账户。")
    basis = "情况暂不明，有可能发展为较大以上事件，涉及群众就医，建议启动Ⅰ级响应。"
    stage.propose(incident, "office", "Ⅰ", 1, basis)


def _not_taken_over(stage: Stage) -> None:
    stage.file(
        "comms_duty", CYBER, "县城区部分单位专线中断并伴随异常登录", occurred=18, received=10, channel="phone",
        caller_name="曹磊", caller_number="0356-4239555", location="县城区", incident_unit="yidong",
        reporting_unit="yidong", source="运营商报告", symptoms=("outage",),
        description="三条政企专线中断，同时段网管平台出现异常登录记录。",
    )  # fmt: skip


def _drill(stage: Stage) -> None:
    stage.file(
        "duty", CYBER, "演练：模拟县政府门户网站被篡改", occurred=12, received=11, channel="phone", drill=True,
        caller_name="演练导调组", location="县政府信息中心", incident_unit="xinxi", reporting_unit="xinxi",
        source="年度演练脚本", symptoms=("other",), description="演练注入：首页标题被替换。",
    )  # fmt: skip
