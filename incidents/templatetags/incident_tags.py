"""``{% load incident_tags %}``: a case's grade as every list and page shows it."""

from __future__ import annotations

from datetime import timedelta

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _

from incidents.models import Incident
from incidents.rules import undetermined_since
from yangcheng_ec.templatetags.yec import duration_cn, minutes

register = template.Library()
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@register.simple_tag
def grade_of(incident: Incident, blank: str = "") -> str:
    """The grade; 暂时无法判明 says for how long it has been so: 「暂时无法判明 已 1小时05分」."""
    if incident.grade is None:
        return blank
    since = undetermined_since(incident)
    if since is None:
        return str(incident.grade)
    elapsed = max(timezone.now() - since, timedelta())
    words = duration_cn(elapsed) if elapsed >= HOUR else minutes(timedelta(minutes=elapsed // MINUTE))
    return format_html('{} <span class="num text-nowrap">{} {}</span>', incident.grade, _("已"), words)
