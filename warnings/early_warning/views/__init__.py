"""Pages of warnings."""

from early_warning.views.acts import warning_act
from early_warning.views.callouts import warning_callouts
from early_warning.views.pages import warning_adjust_page, warning_detail, warning_edit_page, warning_list, warning_new

__all__ = [
    "warning_act",
    "warning_adjust_page",
    "warning_callouts",
    "warning_detail",
    "warning_edit_page",
    "warning_list",
    "warning_new",
]
