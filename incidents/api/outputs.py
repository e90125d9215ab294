"""What the endpoints answer, for the schema: one serializer per face. The tests hold every answer against them."""

from __future__ import annotations

from rest_framework import serializers

from incidents.choices import (
    IncidentState,
    InquiryKind,
    IntakeChannel,
    PaperState,
    ReportKind,
    ReportStage,
    ReportState,
    SendChannel,
    Symptom,
)
from yangcheng_ec.api.outputs import ClockOut, Moment

__all__ = ["CaseEntryOut", "FiledOut", "IncidentBriefOut", "IncidentOut", "InquiryOut", "ReportOut"]


def _text() -> serializers.CharField:
    return serializers.CharField(allow_blank=True)


def _code() -> serializers.CharField:
    return serializers.CharField(allow_null=True)


class CaseFiledOut(serializers.Serializer):
    """One case that was filed: the number to say on the phone, and the clocks that now run."""

    number = serializers.CharField(help_text="例如 CY-20261122-001、TX-…，演练在日期前带 D")
    state = serializers.ChoiceField(choices=IncidentState.choices)
    version = serializers.IntegerField()
    deadlines = ClockOut(many=True)


class AlikeOut(serializers.Serializer):
    """A case that may be the same event (非预案规定)."""

    number = serializers.CharField()
    title = serializers.CharField()
    state = serializers.ChoiceField(choices=IncidentState.choices)
    plan = serializers.CharField()
    received_at = Moment(allow_null=False)
    reasons = serializers.ListField(child=serializers.CharField(), help_text="相同之处：单位、乡镇、分类、网络")


class FiledOut(CaseFiledOut):
    """The answer to filing; under both plans the second case stands beside the first."""

    also_filed = CaseFiledOut(many=True, help_text="plan 为 both 时的第二起（互相关联），否则为空")
    possible_duplicates = AlikeOut(many=True, help_text="可能是同一事件的已有事件；本次照样登记，请人工核对后关联")


class IncidentBriefOut(serializers.Serializer):
    """A case in a list."""

    number = serializers.CharField()
    state = serializers.ChoiceField(choices=IncidentState.choices)
    version = serializers.IntegerField()
    plan = serializers.CharField()
    title = serializers.CharField()
    grade = _code()
    category = _code()
    incident_unit = serializers.CharField()
    occurred_at = Moment(help_text="null：不详")
    received_at = Moment(allow_null=False)
    drill = serializers.BooleanField()
    accepted = serializers.BooleanField(help_text="false：未接手")
    merged_into = serializers.CharField(allow_null=True, help_text="已并入的事件编号")


class ReportAddresseeOut(serializers.Serializer):
    """An addressee and its receipt: sent is not received."""

    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    received_at = Moment()
    received_by = _text()


class CallOut(serializers.Serializer):
    """The call of a phone report."""

    caller = serializers.CharField()
    number = _text()
    heard_by = serializers.CharField()
    read_back = serializers.BooleanField()


class ReportOut(serializers.Serializer):
    """One report."""

    id = serializers.IntegerField()
    incident = serializers.CharField()
    serial = serializers.IntegerField()
    label = serializers.CharField(help_text="首报、续报一、终报")  # type: ignore[assignment]
    kind = serializers.ChoiceField(choices=ReportKind.choices)
    stage = serializers.ChoiceField(choices=ReportStage.choices)
    state = serializers.ChoiceField(choices=ReportState.choices)
    version = serializers.IntegerField()
    content = serializers.DictField(help_text="固定下来的文面：表 8.7 或书面简要报告的各项")
    body = _text()
    call = CallOut(allow_null=True)
    follows_call = serializers.IntegerField(allow_null=True, help_text="所依电话报告的序号")
    reporting_unit = _text()
    author = serializers.CharField()
    author_post = _text()
    reviewer = _code()
    reviewed_at = Moment()
    review_note = _text()
    channel = serializers.ChoiceField(choices=SendChannel.choices, allow_blank=True)
    proof = _text()
    done_at = Moment()
    recorded_at = Moment()
    late_entry = serializers.BooleanField(help_text="补录")
    confirmed_at = Moment(help_text="补录由另一名值班人员确认的时间")
    late_reason = _text()
    beyond_reason = serializers.CharField(allow_blank=True, help_text="越级理由")
    addressees = ReportAddresseeOut(many=True)


class IncidentOut(IncidentBriefOut):
    """One case whole."""

    caller_name = _text()
    caller_number = _text()
    read_back = serializers.BooleanField()
    location = _text()
    source = _text()  # type: ignore[assignment]
    description = _text()
    measures_taken = _text()
    consequence_estimate = _text()
    suggestions = _text()
    loss_estimate = _text()
    impact_scope = _text()
    trend = _text()
    referral_to = _text()
    referral_how = _text()
    triage_note = _text()
    closing_note = _text()
    channel = serializers.ChoiceField(choices=IntakeChannel.choices)
    known_at = Moment(allow_null=False)
    occurred_approximate = serializers.BooleanField()
    township = _code()
    incident_unit_code = _code()
    reporting_unit = serializers.CharField()
    reporting_unit_code = _code()
    subcategory = _code()
    criterion = serializers.IntegerField(allow_null=True)
    symptoms = serializers.ListField(child=serializers.ChoiceField(choices=Symptom.choices))
    facts = serializers.DictField(help_text="通信预案的事故情况，与研判")
    links = serializers.ListField(child=serializers.CharField())
    merged = serializers.ListField(child=serializers.CharField(), help_text="并入本案的事件编号")
    filed_by = serializers.CharField()
    secret = serializers.BooleanField(help_text="涉密：内容不在本系统")
    secret_channel = _text()
    secret_sent_at = Moment()
    filed_as = _text()
    filed_at = Moment(allow_null=False)
    late_entry = serializers.BooleanField()
    accepted_at = Moment()
    closed_at = Moment()
    deadlines = ClockOut(many=True)
    reports = ReportOut(many=True)


class PaperMakingOut(serializers.Serializer):
    """A paper of more than one page on its way: ask the same address again."""

    state = serializers.ChoiceField(choices=PaperState.choices)
    message = serializers.CharField()


class InquiryOut(serializers.Serializer):
    """One inquiry, its answer and its clock (comms 4.1)."""

    id = serializers.IntegerField()
    incident = serializers.CharField()
    kind = serializers.ChoiceField(choices=InquiryKind.choices)
    asked_by = serializers.CharField()
    asked_of = serializers.CharField()
    question = serializers.CharField()
    channel = serializers.ChoiceField(choices=SendChannel.choices)
    received_at = Moment(allow_null=False)
    reply = _text()
    reply_channel = serializers.ChoiceField(choices=SendChannel.choices, allow_blank=True)
    reply_heard_by = _text()
    replied_at = Moment()


class CaseEntryOut(serializers.Serializer):
    """One line of the record."""

    seq = serializers.IntegerField()
    kind = serializers.CharField()
    text = serializers.CharField()
    actor = _text()
    post = _text()
    clause = _text()
    done_at = Moment()
    recorded_at = Moment(allow_null=False)
    late_entry = serializers.BooleanField()
    hash = serializers.CharField()
