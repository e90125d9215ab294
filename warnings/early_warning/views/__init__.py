"""Pages of warnings."""

from early_warning.views.acts import warning_act
from early_warning.views.callouts import warning_callouts
from early_warning.views.lists import warning_list, warning_sheet
from early_warning.views.pages import warning_adjust_page, warning_detail, warning_edit_page, warning_new
from early_warning.views.standing import (
    notice_download,
    standing_act,
    standing_detail,
    standing_download,
    standing_index,
    standing_new,
)
from early_warning.views.tasks import warning_chase, warning_task_act

__all__ = [
    "notice_download",
    "standing_act",
    "standing_detail",
    "standing_download",
    "standing_index",
    "standing_new",
    "warning_act",
    "warning_adjust_page",
    "warning_callouts",
    "warning_chase",
    "warning_detail",
    "warning_edit_page",
    "warning_list",
    "warning_new",
    "warning_sheet",
    "warning_task_act",
]
