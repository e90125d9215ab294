"""Adding attachments, and taking one from view."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _, gettext_lazy as _l

from incidents.forms.base import new_key
from yangcheng_ec.forms import CleanCharField
from yangcheng_ec.uploads.checking import MEGABYTE, kinds_in_words, upload_limit
from yangcheng_ec.uploads.kinds import SHAPES
from yangcheng_ec.uploads.taking import MAX_FILES

__all__ = ["AttachmentForm", "WithdrawForm"]


class _ManyFiles(forms.FileInput):
    allow_multiple_selected = True


class AttachmentForm(forms.Form):
    """The files, and what they are; what came is read by ``files_of``, so that a file past the limit has its words."""

    note = CleanCharField(
        label=_l("说明"), max_length=300, required=False, help_text=_l("这些文件是什么，从哪里来。可不填。")
    )
    idempotency_key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=100, initial=new_key)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        endings = ",".join(f".{ending}" for shape in SHAPES.values() for ending in shape.endings)
        self.fields["files"] = forms.FileField(
            label=_("文件（可多选）"),
            required=False,
            widget=_ManyFiles(attrs={"multiple": True, "accept": endings, "data-no-draft": ""}),
            help_text=_("每个不超过 %(limit)s MB，一次最多 %(files)s 个。收：%(kinds)s。网页请截图或打包成 zip。")
            % {"limit": upload_limit() // MEGABYTE, "files": MAX_FILES, "kinds": kinds_in_words()},
        )


class WithdrawForm(forms.Form):
    """Why an attachment is taken from view."""

    reason = CleanCharField(label=_l("撤下理由"), max_length=300)
