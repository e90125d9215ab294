"""Forms of reports and inquiries."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from directory.choices import Act
from directory.models import Unit, User
from directory.rules import approver_kinds, holders, post_label
from directory.services.signatures import PhoneCall, known_numbers
from incidents.choices import InquiryKind, ReportStage, SendChannel
from incidents.forms.base import CaseForm, Line, NumberedForm, Section, clause_chip, unit_choices
from incidents.models import Report
from incidents.rules import Addressee
from incidents.selectors import addressee_choices
from incidents.selectors.addressees import Callee, addressee_bodies, callees_of
from incidents.services import Asked, Draft, PhoneReport
from incidents.services.faces import BRIEF_KEYS, CHANGES, FACE_KEYS, FACE_LABELS
from incidents.services.intake_words import FACT_LABELS
from yangcheng_ec.deadlines.choices import OPEN
from yangcheng_ec.deadlines.models import DeadlineAddressee
from yangcheng_ec.forms import CleanCharField, LocalDateTimeField, LongTextField

__all__ = [
    "AddresseesForm",
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
]

BODY = "body_of_"
STAGES = [("", gettext_lazy("按顺序（首报之后为续报）")), *ReportStage.choices]
PROOF_HELP = gettext_lazy(
    "传真：报告单编号；电子邮件：邮件编号或收件地址；专人送达：签收人（必填）；保密渠道：机要件编号（必填，不写内容）"
)
WRITTEN_CHANNELS = [row for row in SendChannel.choices if row[0] != SendChannel.PHONE]


class ToForm(NumberedForm):
    """To whom: those whose clock waits are ticked; others only as 越级 with the reason."""

    stage = forms.ChoiceField(label=gettext_lazy("首报、续报、终报"), choices=STAGES, required=False)
    addressees = forms.MultipleChoiceField(
        label=gettext_lazy("报告对象"), widget=forms.CheckboxSelectMultiple, required=False
    )
    beyond = forms.ChoiceField(label=gettext_lazy("越级报告给"), required=False)
    beyond_reason = CleanCharField(label=gettext_lazy("越级报告的理由"), max_length=300, required=False)

    def prepare(self) -> None:
        """Offer whom the clauses name; tick whose clock is still open; say who receives, and on which number."""
        known = addressee_choices(self.incident)
        self.callees = callees_of(self.incident, known)
        for code, rows in addressee_bodies(known).items():
            self._offer_bodies(next(item for item in known if item.code == code), rows)
        self.fields["beyond"].choices = unit_choices("superior", "authority", empty=_("不越级"))  # type: ignore[attr-defined]
        waiting = DeadlineAddressee.objects.filter(
            deadline__head_id=self.incident.head_id, deadline__state__in=OPEN, done_at__isnull=True
        ).values_list("code", flat=True)
        self.set_addressees([(item.code, item.label) for item in known], set(waiting))

    def _offer_bodies(self, item: Addressee, rows: list[Unit]) -> None:
        if rows:
            label = _("%(to)s：由谁收") % {"to": item.label}
            choices = [("", _("不指明")), *((row.code, row.name) for row in rows)]
            self.fields[f"{BODY}{item.code}"] = forms.ChoiceField(label=label, choices=choices, required=False)

    def set_addressees(self, known: list[tuple[str, str]], waiting: set[str]) -> None:
        """Offer those who wait first, and tick them: a written report goes to all of them."""
        ordered = sorted(known, key=lambda row: row[0] not in waiting)
        mark, numbers = _("（待报）"), _numbers(self.callees)
        choices = [
            (code, " · ".join([f"{label}{mark if code in waiting else ''}", *numbers.get(label, [])]))
            for code, label in ordered
        ]
        self.fields["addressees"].choices = choices  # type: ignore[attr-defined]
        self.fields["addressees"].initial = [code for code, _label in known if code in waiting]

    def told(self) -> tuple[str, ...]:
        """Return the addressees, each with the body that receives, the one beyond the line included."""
        data = self.cleaned_data
        named = [f"{code}@{data[BODY + code]}" if data.get(BODY + code) else code for code in data["addressees"]]
        return (*named, *([data["beyond"]] if data.get("beyond") else []))

    def sections(self) -> list[Section]:
        """Cite 4.1."""
        version = self.incident.plan_version
        rule = clause_chip(version, "4.1")
        silent = "" if not version.plan.uses_grades else "本预案没有越级报告的规定"
        lines = [
            Line(bound, rule if bound.name in ("addressees", "beyond") else {},
                 nonplan=silent if bound.name == "beyond" else "")
            for bound in self.visible_fields() if not bound.name.startswith(BODY)
        ]  # fmt: skip
        bodies = [Line(bound, {}) for bound in self.visible_fields() if bound.name.startswith(BODY)]
        note = _("条款没有点名由哪个机关收；要在报告上写明的，在这里选（非预案规定）。")
        return [Section(_("报告"), lines), *([Section(_("由谁收"), bodies, folded=True, note=note)] if bodies else [])]


def _numbers(callees: list[Callee]) -> dict[str, list[str]]:
    """Return the number to show beside an addressee that only one body receives for."""
    found: dict[str, list[str]] = {}
    for row in callees:
        for label in (row.receives or row.label).split("、"):
            found.setdefault(label, []).extend(f"{row.label} {number}" for number in row.numbers[:1])
    return {label: texts for label, texts in found.items() if len(texts) == 1}


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

    def set_addressees(self, known: list[tuple[str, str]], waiting: set[str]) -> None:
        """A call reaches whom it reaches: nobody is ticked beforehand, unless only one waits."""
        super().set_addressees(known, waiting)
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


class AddresseesForm(ToForm):
    """To whom a draft goes: those it goes to now are ticked, and the body that receives is chosen."""

    stage = None  # type: ignore[assignment]

    def __init__(self, *args: Any, report: Report, **kwargs: Any) -> None:
        self.report = report
        super().__init__(*args, incident=report.incident, **kwargs)

    def starting_version(self) -> int:
        """The report counts its own versions."""
        return self.report.version

    def prepare(self) -> None:
        """Tick whom the draft names; one beyond the line stands in its own field, with the reason."""
        super().prepare()
        rows = list(self.report.addressees.select_related("unit"))
        offered = {str(code) for code, _label in self.fields["addressees"].choices}  # type: ignore[attr-defined]
        self.fields["addressees"].initial = [row.code for row in rows if row.code in offered]
        for row in rows:
            body = self.fields.get(f"{BODY}{row.code}")
            if body is not None and row.unit is not None and row.unit.code != row.code:
                body.initial = row.unit.code
        beyond = next((row for row in rows if row.code not in offered), None)
        self.fields["beyond"].initial = beyond.code if beyond else ""
        self.fields["beyond_reason"].initial = self.report.beyond_reason


class ReportForm(CaseForm):
    """A form about one report."""

    def __init__(self, *args: Any, report: Report, **kwargs: Any) -> None:
        self.report = report
        super().__init__(*args, incident=report.incident, **kwargs)

    def starting_version(self) -> int:
        """The report counts its own versions."""
        return self.report.version


class ReportEditForm(ReportForm):
    """The face of a draft."""

    def prepare(self) -> None:
        """One field per text of the face."""
        labels: dict[str, Any] = {**FACE_LABELS, **{key: FACT_LABELS[key] for key in BRIEF_KEYS}}
        for name, label in labels.items():
            if name not in self.report.content:
                continue
            short = name in FACE_KEYS[:5]
            field: forms.Field = (
                CleanCharField(label=label, max_length=200, required=False)
                if short
                else LongTextField(label=label, required=False, rows=3)
            )
            field.initial = self.report.content.get(name, "")
            self.fields[name] = field
        if CHANGES in self.report.content:
            words = self.report.content[CHANGES]
            note = _("系统按各项的变化写好，可以改；清空就按最新的变化重写。")
            self.fields[CHANGES] = LongTextField(
                label=_("与上次报告相比"), required=False, rows=5, initial=words, help_text=note
            )
        self.fields["body"] = LongTextField(label=_("补充说明"), required=False, rows=2, initial=self.report.body)

    def content(self) -> dict[str, Any]:
        """Return the texts of the face."""
        return {name: value for name, value in self.cleaned_data.items() if name not in ("version", "body")}

    def sections(self) -> list[Section]:
        """Cite form 8.7, or 4.1 for the brief report."""
        version = self.incident.plan_version
        chip = clause_chip(version, "8.7" if version.plan.uses_form_8_7 else "4.1")
        silent = "预案没有要求写这一项"
        lines = [
            Line(bound, {}, nonplan=silent) if bound.name == CHANGES else Line(bound, chip)
            for bound in self.visible_fields()
        ]
        return [Section(_("报告内容"), lines)]


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
