"""Words of the contact sheets."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SheetState(models.TextChoices):
    """An uploaded sheet is read, previewed, and then written or put aside."""

    READ = "read", _("待选列")
    PREVIEWED = "previewed", _("待写入")
    WRITTEN = "written", _("已写入")
    DROPPED = "dropped", _("已放弃")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        return {"read": "waiting", "previewed": "waiting", "written": "done"}.get(self.value, "muted")


OPEN = (SheetState.READ, SheetState.PREVIEWED)


class ColumnRole(models.TextChoices):
    """What a column of a sheet holds. The five numbers by kind are for forms with a column per kind."""

    IGNORE = "", _("不用")
    UNIT = "unit", _("单位")
    KIND = "kind", _("类型")
    NUMBER = "number", _("号码")
    DUTY = "duty", _("号码：值班电话")
    MOBILE = "mobile", _("号码：手机")
    FAX = "fax", _("号码：传真")
    EMAIL = "email", _("号码：邮箱")
    SECURE = "secure", _("号码：保密电话")
    OLD = "old", _("原号码")
    PERSON = "person", _("姓名、联系人")
    TITLE = "title", _("职务（本人的）")
    POST = "post", _("预案职务")
    PLAN = "plan", _("预案")
    NATURE = "nature", _("任职方式")
    TERM = "term", _("任职起止")
    ACCOUNT = "account", _("账号")
    PRINTED_NAME = "printed_name", _("表上名称")
    NOTE = "note", _("备注")
    SOURCE = "source", _("来源（预案附件第几行）")


NUMBER_ROLES = (
    ColumnRole.NUMBER,
    ColumnRole.DUTY,
    ColumnRole.MOBILE,
    ColumnRole.FAX,
    ColumnRole.EMAIL,
    ColumnRole.SECURE,
)


class ItemState(models.TextChoices):
    """What a line of the preview would do, in the order the page shows them."""

    ERROR = "error", _("有错，不写入")
    ACCOUNT = "account", _("需先建账号，不写入")
    CHANGE = "change", _("修改")
    ADD = "add", _("新增")
    SAME = "same", _("无变化")
    BLANK = "blank", _("没有号码或预案职务，不处理")

    @property
    def colour(self) -> str:
        """Return the colour token."""
        tokens = {"error": "late", "account": "waiting", "change": "running", "add": "running", "same": "done"}
        return tokens.get(self.value, "muted")


WRITES = (ItemState.ADD, ItemState.CHANGE)
