"""Words of CAP 1.2 (OASIS), as they stand in its documents."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class CapStatus(models.TextChoices):
    """Whether the document is meant in earnest: a drill never is."""

    ACTUAL = "Actual", _("真实")
    EXERCISE = "Exercise", _("演练")


class CapMessage(models.TextChoices):
    """What the document does to the earlier ones of its chain."""

    ALERT = "Alert", _("发布")
    UPDATE = "Update", _("调整")
    CANCEL = "Cancel", _("终止")


class CapScope(models.TextChoices):
    """For whom it is: everybody, those under a restriction, named addressees only."""

    PUBLIC = "Public", _("向社会公开")
    RESTRICTED = "Restricted", _("内部掌握")
    PRIVATE = "Private", _("按保密要求管理")


class Ending(models.TextChoices):
    """Why a Cancel is issued; each is said in other words, since only the first means the danger is over."""

    LIFTED = "lifted", _("预警已解除")
    SUPERSEDED = "superseded", _("预警已终止")
    MOVED = "moved", _("预警已停止发布")
