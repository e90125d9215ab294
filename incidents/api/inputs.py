"""What the endpoints take; the services judge it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from incidents.choices import (
    BusinessScope,
    Capacity,
    IncidentState,
    InquiryKind,
    IntakeChannel,
    ReportKind,
    ReportStage,
    SendChannel,
    Spreading,
    TriState,
)
from incidents.selectors.cases import ORDERS
from incidents.services.intake_words import ANALYSIS_LABELS, FACT_LABELS
from yangcheng_ec.api.inputs import (
    CleanCharField,
    LongTextField,
    MomentField,
    OptionalLongText,
    OptionalText,
    PhoneSignatureInput,
    VersionedInput,
)
from yangcheng_ec.deadlines.choices import DeadlineState

__all__ = [
    "AnalyseInput",
    "ChangeInput",
    "ClocksQuery",
    "CloseInput",
    "ExplainInput",
    "GradeInput",
    "IncidentInput",
    "InquiryInput",
    "LateInput",
    "LinkInput",
    "ListQuery",
    "ReceiptInput",
    "ReplyInput",
    "ReportChangeInput",
    "ReportInput",
    "ReviewInput",
    "SendInput",
    "TimesInput",
    "TriageInput",
]

LIST_HELP = "列表，或用顿号分开的一行字"


class ItemsField(serializers.ListField):
    """A list of names; a line with 「、」 between them is taken as well."""

    def __init__(self, **kwargs: Any) -> None:
        child = CleanCharField(max_length=120)
        super().__init__(**{"child": child, "required": False, "max_length": 50, "help_text": LIST_HELP, **kwargs})

    def to_internal_value(self, data: Any) -> list[str]:
        """Take apart a line."""
        if isinstance(data, str):
            data = [item for item in data.replace("，", "、").split("、") if item.strip()]
        return super().to_internal_value(data)


class CountField(serializers.IntegerField):
    """How many; null is 不详."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": 0, "max_value": 100_000, "required": False, "allow_null": True, **kwargs})


class CommsFacts(serializers.Serializer):
    """The comms plan's own facts (4.1, 4.2), instead of category and grade."""

    traces = LongTextField(required=False, allow_blank=True, help_text=FACT_LABELS["traces"])
    disaster_nature = LongTextField(required=False, allow_blank=True, help_text=FACT_LABELS["disaster_nature"])
    cause = LongTextField(required=False, allow_blank=True, help_text=FACT_LABELS["cause"])
    networks = ItemsField()
    systems = ItemsField()
    network_count = CountField(help_text=FACT_LABELS["network_count"])
    system_count = CountField(help_text=FACT_LABELS["system_count"])
    networks_all = serializers.ChoiceField(choices=TriState.choices, required=False, allow_blank=True)
    systems_all = serializers.ChoiceField(choices=TriState.choices, required=False, allow_blank=True)
    business = serializers.ChoiceField(choices=BusinessScope.choices, required=False, allow_blank=True)
    spreading = serializers.ChoiceField(choices=Spreading.choices, required=False, allow_blank=True)
    stations_down = CountField(help_text=FACT_LABELS["stations_down"])
    planned_measures = LongTextField(required=False, allow_blank=True, help_text=FACT_LABELS["planned_measures"])
    social_impact = LongTextField(required=False, allow_blank=True, help_text=FACT_LABELS["social_impact"])


class FactsInput(CommsFacts):
    """The facts as one object; a name the plans do not collect is refused, not dropped."""

    loss_expected = LongTextField(required=False, allow_blank=True, help_text=ANALYSIS_LABELS["loss_expected"])
    severity = LongTextField(required=False, allow_blank=True, help_text=ANALYSIS_LABELS["severity"])
    spread = LongTextField(required=False, allow_blank=True, help_text=ANALYSIS_LABELS["spread"])
    capacity = serializers.ChoiceField(choices=Capacity.choices, required=False, allow_blank=True)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Refuse unknown names."""
        unknown = sorted(set(data) - set(self.fields)) if isinstance(data, dict) else []
        if unknown:
            raise serializers.ValidationError({name: ["本预案不收集这一项。"] for name in unknown})
        result: dict[str, Any] = super().to_internal_value(data)
        return result


CYBER_EXAMPLE = {
    "plan": "cyber-2025", "title": "县政务网站首页被篡改", "channel": "phone", "caller_name": "李四",
    "caller_number": "0356-4220000", "read_back": True, "occurred_at": "2026-11-22T03:05:00+08:00",
    "known_at": "2026-11-22T03:10:00+08:00", "received_at": "2026-11-22T03:12:00+08:00",
    "location": "县数据中心机房", "incident_unit": "shuju", "reporting_unit": "县数据中心", "source": "监测告警",
    "category": "attack", "grade": "undetermined", "symptoms": ["destruction"],
    "description": "首页被替换为不明页面，后台日志有境外地址登录。", "measures_taken": "已断开外网并保全日志。",
    "consequence_estimate": "网站停止服务约两小时。", "suggestions": "请公安网安大队到场。", "loss_estimate": "不详",
    "impact_scope": "政务网站一个", "trend": "已得到控制", "drill": False,
}  # fmt: skip
COMMS_EXAMPLE = {
    "plan": "comms-2022", "title": "润城镇光缆被挖断", "channel": "phone", "caller_name": "王五",
    "occurred_at": "2026-11-22T03:05:00+08:00", "known_at": "2026-11-22T03:08:00+08:00", "location": "润城镇上庄村",
    "township": "润城镇", "incident_unit": "移动公司", "reporting_unit": "yidong",
    "cause": "道路施工挖断48芯光缆", "networks": ["移动通信网"], "systems": [], "network_count": 1,
    "business": "part", "spreading": "none", "stations_down": 12, "planned_measures": "抢修队已出发，预计两小时接通",
    "social_impact": "约三千用户不能通话",
}  # fmt: skip


@extend_schema_serializer(
    examples=[
        OpenApiExample("网络与信息安全事件（cyber-2025）", value=CYBER_EXAMPLE, request_only=True),
        OpenApiExample("通信网络事故（comms-2022）", value=COMMS_EXAMPLE, request_only=True),
    ]
)
class IncidentInput(CommsFacts):
    """A case to file: only plan, what happened and who called are needed (4.1 of both plans).

    Units by code, name or alias; category, sub-item and grade by code or name (cyber only). The comms plan's own facts
    go beside the other fields or together under ``facts``; both at once are merged, ``facts`` winning.
    """

    plan = CleanCharField(max_length=40, help_text="预案代码；both 为两个预案各登记一起，互相关联")
    title = OptionalText(max_length=120)
    channel = serializers.ChoiceField(choices=IntakeChannel.choices, default=IntakeChannel.SYSTEM)
    caller_name = OptionalText(max_length=60)
    caller_number = OptionalText(max_length=60)
    read_back = serializers.BooleanField(required=False, default=False)
    occurred_at = MomentField(required=False, allow_null=True, default=None)
    occurred_approximate = serializers.BooleanField(required=False, default=False)
    known_at = MomentField(required=False, allow_null=True, default=None)
    received_at = MomentField(required=False, allow_null=True, default=None)
    location = OptionalText(max_length=200)
    township = OptionalText(max_length=120)
    incident_unit = OptionalText(max_length=120)
    incident_unit_text = OptionalText(max_length=120)
    reporting_unit = OptionalText(max_length=120)
    reporting_unit_text = OptionalText(max_length=120)
    source = OptionalText(max_length=200)  # type: ignore[assignment]
    category = OptionalText(max_length=60)
    subcategory = OptionalText(max_length=60)
    grade = OptionalText(max_length=40)
    symptoms = serializers.ListField(
        child=CleanCharField(max_length=20), required=False, allow_null=True, default=list, max_length=10
    )
    description = OptionalLongText()
    measures_taken = OptionalLongText()
    consequence_estimate = OptionalLongText()
    suggestions = OptionalLongText()
    loss_estimate = OptionalLongText()
    impact_scope = OptionalLongText()
    trend = OptionalLongText()
    facts = FactsInput(required=False)
    drill = serializers.BooleanField(required=False, default=False)
    secret = serializers.BooleanField(
        required=False, default=False, help_text="涉密：不得带任何内容，只写谁报告的、各时间、经什么保密渠道"
    )
    secret_channel = OptionalText(max_length=60)
    secret_sent_at = MomentField(required=False, allow_null=True, default=None)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Gather the comms plan's own facts under ``facts``."""
        beside = {name: attrs.pop(name) for name in FACT_LABELS if name in attrs}
        attrs["facts"] = {**beside, **attrs.get("facts", {})}
        attrs["symptoms"] = tuple(attrs["symptoms"] or ())
        return attrs


class ListQuery(serializers.Serializer):
    """The list's filters; ``search`` looks in number, title, units, place, all texts and the reports."""

    state = serializers.ChoiceField(
        choices=[("open", "未结案"), ("live", "不含撤回、并案"), *IncidentState.choices],
        required=False,
        default="",
        allow_blank=True,
    )
    plan = OptionalText(max_length=40, allow_null=False)
    grade = OptionalText(max_length=30, allow_null=False)
    search = OptionalText(max_length=60, allow_null=False)
    category = OptionalText(max_length=30, allow_null=False)
    unit = OptionalText(max_length=60, allow_null=False)
    township = OptionalText(max_length=60, allow_null=False)
    since = serializers.DateField(required=False, allow_null=True, default=None)
    until = serializers.DateField(required=False, allow_null=True, default=None)
    overdue = serializers.BooleanField(required=False, default=False)
    drill = serializers.BooleanField(required=False, allow_null=True, default=None)
    ordering = serializers.ChoiceField(choices=list(ORDERS), required=False, default="", allow_blank=True)


class TriageInput(VersionedInput):
    """confirm, false_alarm or refer (comms 4.2(2))."""

    result = serializers.ChoiceField(choices=[("confirm", "确认"), ("false_alarm", "误报"), ("refer", "转交")])
    note = OptionalLongText()
    receiving_body = OptionalText(max_length=120)
    how = OptionalText(max_length=200)
    traces = OptionalLongText()


class GradeInput(VersionedInput):
    """The grade, the ordinal of the criterion of 8.4 it rests on, and the reason."""

    grade = CleanCharField(max_length=40)
    criterion = serializers.IntegerField(min_value=1, max_value=20, required=False, allow_null=True, default=None)
    reason = LongTextField()


class AnalyseInput(VersionedInput):
    """研判: category and sub-item (cyber 8.3); losses, severity and spread (comms 4.2(3))."""

    category = OptionalText(max_length=60)
    subcategory = OptionalText(max_length=60)
    loss_estimate = OptionalLongText()
    impact_scope = OptionalLongText()
    trend = OptionalLongText()
    facts = FactsInput(required=False, default=dict)


class ChangeInput(VersionedInput):
    """What is now known; what is left out stays. Facts are merged."""

    title = CleanCharField(max_length=120, required=False)
    caller_name = CleanCharField(max_length=60, required=False, allow_blank=True)
    caller_number = CleanCharField(max_length=60, required=False, allow_blank=True)
    location = CleanCharField(max_length=200, required=False, allow_blank=True)
    source = CleanCharField(  # type: ignore[assignment]
        max_length=200, required=False, allow_blank=True
    )
    township = CleanCharField(max_length=120, required=False, allow_blank=True)
    incident_unit = CleanCharField(max_length=120, required=False, allow_blank=True)
    incident_unit_text = CleanCharField(max_length=120, required=False, allow_blank=True)
    reporting_unit = CleanCharField(max_length=120, required=False, allow_blank=True)
    reporting_unit_text = CleanCharField(max_length=120, required=False, allow_blank=True)
    symptoms = serializers.ListField(child=CleanCharField(max_length=20), required=False, max_length=10)
    description = LongTextField(required=False, allow_blank=True)
    measures_taken = LongTextField(required=False, allow_blank=True)
    consequence_estimate = LongTextField(required=False, allow_blank=True)
    suggestions = LongTextField(required=False, allow_blank=True)
    loss_estimate = LongTextField(required=False, allow_blank=True)
    impact_scope = LongTextField(required=False, allow_blank=True)
    trend = LongTextField(required=False, allow_blank=True)
    facts = FactsInput(required=False)


class TimesInput(VersionedInput):
    """The three times as they turn out to be, and how that was found."""

    occurred_at = MomentField(allow_null=True)
    occurred_approximate = serializers.BooleanField(required=False, default=False)
    known_at = MomentField()
    received_at = MomentField()
    reason = LongTextField()


class LinkInput(VersionedInput):
    """The other case's number."""

    other = CleanCharField(max_length=30)
    note = OptionalLongText()


class CloseInput(VersionedInput):
    """The closing note; ``waive_reason`` settles running clocks, ``unsettled_reason`` closes over the aftermath."""

    note = LongTextField()
    waive_reason = OptionalLongText()
    unsettled_reason = OptionalLongText()


class CallInput(serializers.Serializer):
    """A phone report's call: who called, from or on which number, who heard it, read back or not."""

    caller = CleanCharField(max_length=60)
    number = OptionalText(max_length=60)
    heard_by = CleanCharField(max_length=60)
    read_back = serializers.BooleanField(required=False, default=False)


class ContentInput(serializers.DictField):
    """Single items of the face, by name; the rest is filled in from the case."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"child": LongTextField(allow_blank=True), "required": False, **kwargs})


class ReportInput(serializers.Serializer):
    """A report to make: phone (recording the call sends it) or written (a draft to be reviewed)."""

    kind = serializers.ChoiceField(choices=ReportKind.choices)
    stage = serializers.ChoiceField(choices=ReportStage.choices, required=False, default="", allow_blank=True)
    addressees = serializers.ListField(
        child=CleanCharField(max_length=120), required=False, max_length=40, help_text="代码或名称"
    )
    body = OptionalLongText()
    call = CallInput(required=False, help_text="电话报告必填")
    content = ContentInput()
    follows_call = serializers.IntegerField(
        min_value=1, max_value=32_000, required=False, allow_null=True, default=None, help_text="所依电话报告的序号"
    )
    reporting_unit = OptionalText(max_length=120)
    done_at = MomentField(required=False, allow_null=True, default=None)
    late_reason = OptionalText(max_length=500)
    beyond_reason = OptionalText(max_length=300)


class ReportChangeInput(VersionedInput):
    """Changes to a draft or a returned report."""

    content = ContentInput()
    body = LongTextField(required=False, allow_blank=True)
    addressees = serializers.ListField(child=CleanCharField(max_length=120), required=False, max_length=40)
    beyond_reason = OptionalText(max_length=300)


class ReviewInput(VersionedInput):
    """签发, on screen or given by phone (``call``); with ``return_reason`` it goes back."""

    note = OptionalText(max_length=300)
    return_reason = OptionalText(max_length=300)
    call = PhoneSignatureInput(required=False)


class SendInput(VersionedInput):
    """How it went out, when, with what proof; late needs its reason."""

    channel = serializers.ChoiceField(choices=SendChannel.choices)
    proof = OptionalText(max_length=200)
    done_at = MomentField(required=False, allow_null=True, default=None)
    late_reason = OptionalText(max_length=500)


class ReceiptInput(serializers.Serializer):
    """签收: which addressee, who signed, when."""

    addressee = CleanCharField(max_length=60)
    received_by = CleanCharField(max_length=60)
    received_at = MomentField(required=False, allow_null=True, default=None)


class LateInput(serializers.Serializer):
    """Another officer's confirmation of what was entered later (补录)."""

    note = OptionalText(max_length=300)


class InquiryInput(serializers.Serializer):
    """催报 or 核实 by a superior (comms 4.1)."""

    kind = serializers.ChoiceField(choices=InquiryKind.choices)
    asked_by = CleanCharField(max_length=120)
    question = LongTextField()
    asked_of = OptionalText(max_length=120)
    channel = serializers.ChoiceField(choices=SendChannel.choices, required=False, default=SendChannel.PHONE)
    received_at = MomentField(required=False, allow_null=True, default=None)


class ReplyInput(serializers.Serializer):
    """The answer to an inquiry."""

    reply = LongTextField()
    channel = serializers.ChoiceField(choices=SendChannel.choices, required=False, default=SendChannel.PHONE)
    heard_by = OptionalText(max_length=60)
    replied_at = MomentField(required=False, allow_null=True, default=None)
    late_reason = OptionalText(max_length=500)


class ClocksQuery(serializers.Serializer):
    """The filters of the list of clocks: without ``state`` the open ones."""

    state = serializers.ChoiceField(choices=DeadlineState.choices, required=False, default="", allow_blank=True)
    due_before = MomentField(required=False, allow_null=True, default=None)


class ExplainInput(serializers.Serializer):
    """Why a clock was met late."""

    reason = LongTextField(max_length=500)
