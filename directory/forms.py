"""Forms of the directory floor: contacts, appointments, accounts, calls, the record's search.

What may stand in a field is decided by the services; the forms only carry it.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from directory.choices import Act, AppointmentState, ContactKind, Nature, PostKind
from directory.models import Contact, Unit, User
from directory.selectors.appointments import persons_choosable, posts_choosable
from directory.selectors.record import KINDS
from directory.selectors.units import units_in_use
from directory.services.accounts import ADMIN_ROLES, AccountInput
from directory.services.appointments import UNIT_POSTS, AppointmentInput
from directory.services.papers import MAX_BYTES, Upload
from yangcheng_ec.deadlines.choices import CallResult
from yangcheng_ec.forms import CleanCharField, LocalDateTimeField

__all__ = [
    "AccountForm",
    "AccountRolesForm",
    "AppointmentEndForm",
    "AppointmentForm",
    "AppointmentSearch",
    "CallForm",
    "ContactForm",
    "ContactNewForm",
    "ContactSearch",
    "ReasonForm",
    "RecordSearch",
]

EMPTY = [("", _("全部"))]


class ContactSearch(forms.Form):
    """Search of the directory."""

    q = CleanCharField(label=_("查找"), required=False, max_length=60)
    kind = forms.ChoiceField(label=_("类型"), required=False, choices=[*EMPTY, *ContactKind.choices])
    state = forms.ChoiceField(
        label=_("状态"), required=False, choices=[("", _("在用")), ("retired", _("停用")), ("all", _("全部"))]
    )
    by = forms.ChoiceField(
        label=_("排列"), required=False, choices=[("unit", _("按单位，两个预案并列")), ("plan", _("按预案附件原表"))]
    )


class ContactForm(forms.Form):
    """What may be changed of a contact."""

    printed_name = CleanCharField(label=_("名称"), max_length=120)
    kind = forms.ChoiceField(label=_("类型"), choices=ContactKind.choices)
    value = CleanCharField(
        label=_("号码"),
        max_length=120,
        help_text=_("本地号码直接写数字；外地带区号和短横，例如 0351-3046789。"),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    person = CleanCharField(label=_("联系人"), max_length=60, required=False)
    title = CleanCharField(label=_("联系人职务"), max_length=60, required=False)
    note = CleanCharField(label=_("备注"), max_length=300, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    @staticmethod
    def initial_of(contact: Contact) -> dict[str, Any]:
        """Return what the form shows of a contact."""
        names = ("printed_name", "kind", "value", "person", "title", "note", "version")
        return {name: getattr(contact, name) for name in names}


class ContactNewForm(ContactForm):
    """A contact the plans do not print."""

    unit = forms.ModelChoiceField(label=_("单位"), queryset=units_in_use())
    version = None  # type: ignore[assignment]
    field_order = ["unit", "kind", "value", "person", "title", "printed_name", "note"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["printed_name"].required = False
        self.fields["printed_name"].help_text = _("不填则用单位全称。")


class ReasonForm(forms.Form):
    """A reason, and the version the page was read at."""

    reason = CleanCharField(label=_("理由"), max_length=300)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)

    def __init__(self, *args: Any, label: Any = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if label:
            self.fields["reason"].label = label


class _PersonField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        person: User = obj
        return f"{person.display_name}（{person.username}{'，' + str(person.unit) if person.unit else ''}）"


class AppointmentForm(forms.Form):
    """Who holds which post, how, by which document, from when until when."""

    person = _PersonField(label=_("人员"), queryset=User.objects.none())
    title = CleanCharField(
        label=_("本人职务"), max_length=60, required=False, help_text=_("此人在本单位的职务，例如：副局长。")
    )
    post = forms.ChoiceField(label=_("职务"))
    unit = forms.ModelChoiceField(
        label=_("所在单位"),
        queryset=units_in_use(),
        required=False,
        help_text=_("职务是单位分管负责人或联络员时必填。"),
    )
    nature = forms.ChoiceField(label=_("方式"), choices=Nature.choices, widget=forms.RadioSelect)
    document = CleanCharField(
        label=_("依据文件"), max_length=200, required=False, help_text=_("代行、授权必填：文件名、文号或授权书编号。")
    )
    paper = forms.FileField(
        label=_("依据文件扫描件"),
        required=False,
        allow_empty_file=True,
        max_length=200,
        widget=forms.FileInput(
            attrs={"accept": ".pdf,.jpg,.jpeg,.png,application/pdf,image/jpeg,image/png", "data-no-draft": ""}
        ),
        help_text=_("代行、授权必传：PDF、JPG 或 PNG，不超过 10 MB。退回更正时须重新选择。"),
    )
    scope = forms.MultipleChoiceField(
        label=_("授权事项"),
        choices=Act.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("授权必选，至少一项；任职、代行不用选。"),
    )
    starts_at = LocalDateTimeField(label=_("开始时间"))
    ends_at = LocalDateTimeField(
        label=_("截止时间"), required=False, help_text=_("授权必填；任职、代行不填为另行通知。")
    )
    note = CleanCharField(label=_("备注"), max_length=300, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = persons_choosable()  # type: ignore[attr-defined]
        self.fields["post"].choices = [("", "—"), *self._posts()]  # type: ignore[attr-defined]

    @staticmethod
    def _posts() -> list[Any]:
        """Return the plans' posts by plan, then the two posts every unit has."""
        grouped: dict[str, list[tuple[str, str]]] = {}
        for post in posts_choosable():
            grouped.setdefault(str(post.version), []).append((post.code, str(post)))
        units = [("leader", PostKind.UNIT_LEADER.label), ("liaison", PostKind.UNIT_LIAISON.label)]
        return [*grouped.items(), (_("成员单位"), units)]

    def clean(self) -> dict[str, Any]:
        """A unit's post needs its unit."""
        data = super().clean() or {}
        if data.get("post") in UNIT_POSTS and not data.get("unit"):
            self.add_error("unit", _("请选择单位。"))
        return data

    def entry(self) -> AppointmentInput:
        """Return what was typed for the service."""
        data = self.cleaned_data
        code = f"unit:{data['unit'].code}:{data['post']}" if data["post"] in UNIT_POSTS else data["post"]
        return AppointmentInput(
            person_id=data["person"].pk,
            post_code=code,
            **{name: data[name] for name in ("nature", "title", "document", "scope", "starts_at", "ends_at", "note")},
        )

    def upload(self) -> Upload | None:
        """Return the chosen file for the service, one byte more than it may have at most."""
        file = self.cleaned_data.get("paper")
        return Upload(name=file.name, content=file.read(MAX_BYTES + 1)) if file else None


class AppointmentEndForm(forms.Form):
    """When an appointment ends, and why."""

    ends_at = LocalDateTimeField(label=_("截止时间"), future=True)
    reason = CleanCharField(label=_("理由"), max_length=300)
    all_posts = forms.BooleanField(label=_("此人离任：现在担任的全部职务一并截止"), required=False)


class AppointmentSearch(forms.Form):
    """Search of the appointments."""

    q = CleanCharField(label=_("姓名或职务"), required=False, max_length=60)
    state = forms.ChoiceField(label=_("状态"), required=False, choices=[*EMPTY, *AppointmentState.choices])


class AccountRolesForm(forms.Form):
    """Administrative roles; all others come with a confirmed appointment."""

    roles = forms.MultipleChoiceField(
        label=_("管理角色"),
        choices=[(role.value, role.label) for role in ADMIN_ROLES],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("值班员、办公室、指挥长、成员单位等角色随任职生效，不在这里设。"),
    )


class AccountForm(AccountRolesForm):
    """A new account."""

    username = CleanCharField(label=_("登录名"), max_length=30, help_text=_("小写字母开头，可用数字、点、横线。"))
    display_name = CleanCharField(label=_("姓名"), max_length=60)
    unit = forms.ModelChoiceField(label=_("单位"), queryset=units_in_use(), required=False)
    mobile = CleanCharField(
        label=_("手机"), max_length=20, required=False, help_text=_("电话批准时回拨这个号码核实身份。")
    )
    email = forms.EmailField(label=_("邮箱"), required=False)
    field_order = ["username", "display_name", "unit", "mobile", "email", "roles"]

    def entry(self) -> AccountInput:
        """Return what was typed for the service."""
        data = self.cleaned_data
        unit: Unit | None = data["unit"]
        return AccountInput(
            unit_id=unit.pk if unit else None,
            **{name: data[name] for name in ("username", "display_name", "mobile", "email", "roles")},
        )


class CallForm(forms.Form):
    """The result of a call. ``number`` is one of the known ones, or ``other``."""

    number = forms.ChoiceField(label=_("拨打的号码"), widget=forms.RadioSelect, required=False)
    other = CleanCharField(
        label=_("其他号码"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    person = CleanCharField(
        label=_("接听人姓名"), max_length=60, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    read_back = forms.BooleanField(label=_("对方已复述一遍"), required=False)
    leader = CleanCharField(
        label=_("对方说已报告的领导（没有就空着）"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    note = CleanCharField(label=_("备注"), max_length=300, required=False)
    result = forms.ChoiceField(choices=CallResult.choices, widget=forms.HiddenInput)

    def __init__(self, *args: Any, numbers: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["number"].choices = [(number, number) for number in numbers]  # type: ignore[attr-defined]
        self.fields["number"].initial = numbers[0] if numbers else ""
        self.fields["result"].error_messages["required"] = _("请选择通话结果。")

    def told(self) -> dict[str, Any]:
        """Return the result for the service: a name and a read-back belong to a call that reached somebody."""
        data = self.cleaned_data
        reached = data["result"] == CallResult.REACHED
        return {
            "result": data["result"],
            "person": data["person"] if reached else "",
            "read_back": data["read_back"] and reached,
            "leader": data["leader"] if reached else "",
            "note": data["note"],
        }

    def dialled(self) -> str:
        """Return the number that was dialled: the one typed, else the one chosen."""
        return self.cleaned_data["other"] or self.cleaned_data["number"]


class RecordSearch(forms.Form):
    """Search of the record."""

    case = CleanCharField(label=_("案卷编号"), required=False, max_length=60)
    person = CleanCharField(label=_("人员或职务"), required=False, max_length=60)
    kind = forms.ChoiceField(label=_("类别"), required=False, choices=[*EMPTY, *KINDS.items()])
    text = CleanCharField(label=_("内容"), required=False, max_length=60)
    since = forms.DateField(label=_("起"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("止"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
