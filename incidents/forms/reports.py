"""Forms of reports and inquiries."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _, gettext_lazy

from directory.choices import Act
from directory.models import User
from directory.rules import approver_kinds, holders, post_label
from directory.services.signatures import PhoneCall, known_numbers
from incidents.choices import InquiryKind, ReportStage, SendChannel
from incidents.forms.addressing import ADDRESS_FIELDS, AddresseesForm, is_body
from incidents.forms.base import CaseForm, Line, NumberedForm, Section, clause_chip
from incidents.models import Report
from incidents.services import Asked, Draft, PhoneReport
from incidents.services.faces import BRIEF_KEYS, CHANGES, FACE_KEYS, FACE_LABELS
from incidents.services.intake_words import FACT_LABELS
from yangcheng_ec.forms import CleanCharField, LocalDateTimeField, LongTextField

__all__ = [
    "DraftForm",
    "InquiryForm",
    "PhoneForm",
    "PhoneReviewForm",
    "ProofForm",
    "ReceiptForm",
    "ReopenChainForm",
    "ReplyForm",
    "ReportEditForm",
    "ReturnForm",
    "ReviewForm",
    "SendForm",
    "face_labels",
]

# What form 8.7 has a box for; the rest of what 4.1 asks for stands inside 事件描述 (G12).
ON_FORM_8_7 = (
    "reporting_unit", "incident_unit", "occurred_at_text", "description", "measures_taken", "consequence_estimate",
    "suggestions",
)  # fmt: skip
STAGES = [("", gettext_lazy("按顺序（首报之后为续报）")), *ReportStage.choices]
PROOF_HELP = gettext_lazy(
    "传真：报告单编号；电子邮件：邮件编号或收件地址；专人送达：签收人（必填）；保密渠道：机要件编号（必填，不写内容）"
)
WRITTEN_CHANNELS = [row for row in SendChannel.choices if row[0] != SendChannel.PHONE]


class ToForm(AddresseesForm, NumberedForm):
    """To whom: those whose clock waits are ticked; others only as 越级 with the reason."""

    stage = forms.ChoiceField(label=gettext_lazy("首报、续报、终报"), choices=STAGES, required=False)
    field_order: tuple[str, ...] = ("stage", "addressees", "beyond", "beyond_reason")

    def prepare(self) -> None:
        """Offer whom the clauses name; tick whose clock is still open."""
        self.offer_addressees()

    def sections(self) -> list[Section]:
        """Cite 4.1."""
        chosen = [self.address_line(bound) for bound in self.visible_fields() if not is_body(bound.name)]
        return [Section(_("报告"), chosen), *self.bodies_section()]


class PhoneForm(ToForm):
    """One call, recorded."""

    caller = CleanCharField(label=gettext_lazy("谁打的电话"), max_length=60)
    number = CleanCharField(label=gettext_lazy("电话号码"), max_length=60, required=False)
    heard_by = CleanCharField(label=gettext_lazy("对方接听人"), max_length=60)
    read_back = forms.BooleanField(label=gettext_lazy("对方已复诵"), required=False)
    done_at = LocalDateTimeField(
        label=gettext_lazy("通话时间"), required=False, help_text=gettext_lazy("空着就是现在；晚于五分钟补记的按补录。")
    )
    body = LongTextField(label=gettext_lazy("说了什么"), required=False, rows=3)
    late_reason = CleanCharField(label=gettext_lazy("逾期原因（逾期时必填）"), max_length=500, required=False)
    field_order = (
        "addressees", "caller", "number", "heard_by", "read_back", "done_at", "body", "late_reason", "stage", "beyond",
        "beyond_reason",
    )  # fmt: skip

    def prepare(self) -> None:
        """The caller is usually the one who types."""
        super().prepare()
        self.fields["caller"].initial = self.user.display_name if self.user else ""

    def offer_addressees(self, report: Report | None = None) -> None:
        """A call reaches whom it reaches: nobody is ticked beforehand, unless only one waits."""
        super().offer_addressees(report)
        if len(self.fields["addressees"].initial) > 1:
            self.fields["addressees"].initial = []

    def call(self) -> PhoneReport:
        """Return what was typed, for the service."""
        names = ("caller", "number", "heard_by", "read_back", "done_at", "body", "late_reason", "stage",
                 "beyond_reason")  # fmt: skip
        return PhoneReport(addressees=self.told(), **{name: self.cleaned_data[name] for name in names})


class DraftForm(ToForm):
    """Begin a written report: the face is filled in from the case and can be changed on the next page."""

    follows_call = forms.ChoiceField(label=gettext_lazy("是哪次电话报告的文字稿"), required=False)
    field_order = ("addressees", "stage", "follows_call", "beyond", "beyond_reason")

    def prepare(self) -> None:
        """Offer the phone reports that have no written version yet."""
        super().prepare()
        calls = self.incident.reports.filter(kind="phone", written_versions__isnull=True)
        choices = [(str(row.serial), f"{row.serial} {row.label}（{row.call_caller}）") for row in calls]
        self.fields["follows_call"].choices = [("", _("不是电话报告的文字稿")), *choices]  # type: ignore[attr-defined]

    def draft(self) -> Draft:
        """Return what was typed, for the service."""
        serial = self.cleaned_data["follows_call"]
        return Draft(
            addressees=self.told(), stage=self.cleaned_data["stage"], follows_call=int(serial) if serial else None,
            beyond_reason=self.cleaned_data["beyond_reason"],
        )  # fmt: skip


class ReportForm(CaseForm):
    """A form about one report."""

    def __init__(self, *args: Any, report: Report, **kwargs: Any) -> None:
        self.report = report
        super().__init__(*args, incident=report.incident, **kwargs)

    def starting_version(self) -> int:
        """The report counts its own versions."""
        return self.report.version


def face_labels(report: Report) -> dict[str, Any]:
    """Return the texts of a report's face by name, in their order, with the words beside them."""
    labels: dict[str, Any] = {
        **FACE_LABELS, **{key: FACT_LABELS[key] for key in BRIEF_KEYS}, CHANGES: _("与上次报告相比"),
    }  # fmt: skip
    return {name: label for name, label in labels.items() if name in report.content}


class ReportEditForm(AddresseesForm, ReportForm):
    """The face of a draft, and to whom it goes."""

    def prepare(self) -> None:
        """One field per text of the face; the addressees as they stand."""
        for name, label in face_labels(self.report).items():
            self.fields[name] = self._text(name, label)
        self.fields["body"] = LongTextField(label=_("补充说明"), required=False, rows=2, initial=self.report.body)
        self.face_names = [name for name in self.fields if name not in (*ADDRESS_FIELDS, "version")]
        self.offer_addressees(self.report)

    def _text(self, name: str, label: Any) -> forms.Field:
        words = self.report.content.get(name, "")
        if name in FACE_KEYS[:5]:
            return CleanCharField(label=label, max_length=200, required=False, initial=words)
        written = name == CHANGES
        note = _("系统按各项的变化写好，可以改；清空就按最新的变化重写。") if written else ""
        return LongTextField(label=label, required=False, rows=5 if written else 3, initial=words, help_text=note)

    def content(self) -> dict[str, Any]:
        """Return the texts of the face."""
        return {name: self.cleaned_data[name] for name in self.face_names if name != "body"}

    def sections(self) -> list[Section]:
        """Cite 4.1 for whom it goes to; for what it says form 8.7, or 4.1 for the brief report."""
        version = self.incident.plan_version
        rule, form = clause_chip(version, "4.1"), clause_chip(version, "8.7") if version.plan.uses_form_8_7 else {}
        face = [bound for bound in self.visible_fields() if bound.name in self.face_names]
        lines = [
            Line(bound, {}, nonplan="预案没有要求写这一项")
            if bound.name in (CHANGES, "body")
            else Line(bound, form if form and bound.name in ON_FORM_8_7 else rule)
            for bound in face
        ]
        return [
            Section(_("报给谁"), [self.address_line(self[name]) for name in ADDRESS_FIELDS]),
            *self.bodies_section(),
            Section(_("报告内容"), lines),
        ]


class ReviewForm(ReportForm):
    """签发 on screen."""

    note = CleanCharField(label=gettext_lazy("审核意见"), max_length=300, required=False)


class PhoneReviewForm(ReportForm):
    """签发 by phone: whom, on which number of the directory, when, read back."""

    signer = forms.ChoiceField(label=gettext_lazy("谁签发的"))
    number = CleanCharField(label=gettext_lazy("回拨的号码（通讯录登记的）"), max_length=60)
    called_at = LocalDateTimeField(label=gettext_lazy("通话时间"))
    read_back = forms.BooleanField(label=gettext_lazy("已复诵，对方确认"), required=False)
    note = CleanCharField(label=gettext_lazy("审核意见"), max_length=300, required=False)

    def prepare(self) -> None:
        """Offer the holders of posts that may sign, with their numbers; never the author."""
        version = self.incident.plan_version
        kinds, _ref, _silent = approver_kinds(version, Act.REVIEW_REPORT)
        rows = {row.user_id: row for row in holders(version, kinds) if row.user_id != self.report.author_id}
        self.fields["signer"].choices = [  # type: ignore[attr-defined]
            (str(pk), f"{row.user.display_name}（{post_label(row)}）{'、'.join(known_numbers(row.user)[:2])}")
            for pk, row in rows.items()
        ]

    def call(self) -> PhoneCall:
        """Return the call, for the service."""
        signer = User.objects.get(pk=self.cleaned_data["signer"])
        names = ("number", "called_at", "read_back")
        return PhoneCall(signer=signer, **{name: self.cleaned_data[name] for name in names})


class ReturnForm(ReportForm):
    """Why it goes back."""

    reason = CleanCharField(label=gettext_lazy("退回理由"), max_length=300)


class ProofForm(ReportForm):
    """The proof of a report that went out without one."""

    proof = CleanCharField(label=gettext_lazy("凭证"), max_length=200, help_text=PROOF_HELP)


class SendForm(ReportForm):
    """How and when it went out."""

    channel = forms.ChoiceField(label=gettext_lazy("报送方式"), choices=WRITTEN_CHANNELS)
    proof = CleanCharField(label=gettext_lazy("凭证"), max_length=200, required=False, help_text=PROOF_HELP)
    done_at = LocalDateTimeField(
        label=gettext_lazy("报出时间"), required=False, help_text=gettext_lazy("空着就是现在；晚于五分钟补记的按补录。")
    )
    late_reason = CleanCharField(label=gettext_lazy("逾期原因（逾期时必填）"), max_length=500, required=False)


class ReopenChainForm(CaseForm):
    """Why reports go on after the final one."""

    reason = CleanCharField(label=gettext_lazy("终报之后为什么还要续报"), max_length=300)


class ReceiptForm(ReportForm):
    """Who signed for it, and when."""

    addressee = forms.ChoiceField(label=gettext_lazy("报告对象"))
    received_by = CleanCharField(label=gettext_lazy("签收人"), max_length=60)
    received_at = LocalDateTimeField(label=gettext_lazy("签收时间"), required=False)

    def prepare(self) -> None:
        """Offer those who have not signed yet."""
        rows = [row for row in self.report.addressees.all() if row.received_at is None]
        self.fields["addressee"].choices = [(row.code, row.label) for row in rows]  # type: ignore[attr-defined]


class InquiryForm(NumberedForm):
    """催报 or 核实."""

    kind = forms.ChoiceField(label=gettext_lazy("类别"), choices=InquiryKind.choices, widget=forms.RadioSelect)
    asked_by = CleanCharField(label=gettext_lazy("哪个机关来询"), max_length=120)
    asked_of = CleanCharField(label=gettext_lazy("问的是哪个单位"), max_length=120, required=False)
    question = LongTextField(label=gettext_lazy("问的内容"), rows=3)
    channel = forms.ChoiceField(label=gettext_lazy("方式"), choices=SendChannel.choices, initial=SendChannel.PHONE)
    received_at = LocalDateTimeField(label=gettext_lazy("收到时间"), required=False)

    def asked(self) -> Asked:
        """Return what was typed, for the service."""
        names = ("kind", "asked_by", "asked_of", "question", "channel", "received_at")
        return Asked(**{name: self.cleaned_data[name] for name in names})

    def sections(self) -> list[Section]:
        """Cite comms 4.1; cyber has no such rule, so no clock runs."""
        version = self.incident.plan_version
        silent = "本预案没有催报、核实的时限，不计时" if version.plan.uses_grades else ""
        chip = {} if silent else clause_chip(version, "4.1")
        lines = [
            Line(bound, chip if bound.name == "kind" else {}, nonplan=silent if bound.name == "kind" else "")
            for bound in self.visible_fields()
        ]
        return [Section(_("催报、核实"), lines)]


class ReplyForm(forms.Form):
    """The answer to an inquiry."""

    reply = LongTextField(label=gettext_lazy("回应的内容"), rows=3)
    channel = forms.ChoiceField(label=gettext_lazy("方式"), choices=SendChannel.choices, initial=SendChannel.PHONE)
    heard_by = CleanCharField(label=gettext_lazy("对方接听人、收件人"), max_length=60, required=False)
    replied_at = LocalDateTimeField(label=gettext_lazy("回应时间"), required=False)
    late_reason = CleanCharField(label=gettext_lazy("逾期原因（逾期时必填）"), max_length=500, required=False)
