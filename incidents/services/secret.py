"""涉密: the system keeps no content of it, only that it went by a secure channel (comms 4.1, 6.3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from incidents.models import Incident
from incidents.services.intake_words import FACT_LABELS, LONG_TEXTS, SECRET_CONTENT, Intake, Problems
from yangcheng_ec.clock import local_text
from yangcheng_ec.text import clean_text

__all__ = ["CONTENT_WORDS", "SEALED_TITLE", "SEALED_WORDS", "check_no_content", "secret_values", "secret_words_of"]

SEALED_TITLE = "涉密事件（内容另行保密渠道报送）"
SEALED_WORDS = "涉密，内容另行保密渠道报送"
REFUSED = "涉密事件不得在本系统填写内容，请清空；内容用保密渠道报送。"
# What a report's face may say of a secret case: who and when, nothing of what.
CONTENT_WORDS = (SEALED_WORDS, "不详")
TEXTS_REFUSED = frozenset({*SECRET_CONTENT, *LONG_TEXTS, *FACT_LABELS, "body"})


def secret_values(intake: Intake, now: datetime, problems: Problems) -> dict[str, Any]:
    """Return the columns of 涉密; notes every content that was typed all the same, and a missing channel."""
    if not intake.secret:
        return {"secret": False}
    for name in SECRET_CONTENT:
        if getattr(intake, name):
            problems.add(name, REFUSED)
    channel = clean_text(intake.secret_channel).strip()
    if not channel:
        problems.add("secret_channel", "请写明内容经什么保密渠道报送（例如机要、保密电话）。")
    if intake.secret_sent_at is not None and intake.secret_sent_at > now:
        problems.add("secret_sent_at", f"经保密渠道报送的时间不能晚于现在（{local_text(now)}）。")
    return {"secret": True, "secret_channel": channel, "secret_sent_at": intake.secret_sent_at, "title": SEALED_TITLE}


def check_no_content(incident: Incident, typed: Mapping[str, Any]) -> None:
    """Refuse content for a secret case. Raises BadInput beside each field; what stands there already passes."""
    if not incident.secret:
        return
    problems = Problems()
    for name, value in typed.items():
        if name in TEXTS_REFUSED and value and value not in (getattr(incident, name, None), *CONTENT_WORDS):
            problems.add(name, REFUSED)
    problems.raise_any("没有保存：这起事件涉密，本系统不存内容。")


def secret_words_of(incident: Incident) -> str:
    """Return what the case says instead of its content: which channel, when, recorded by whom."""
    when = local_text(incident.secret_sent_at) if incident.secret_sent_at else "时间不详"
    told = incident.secret_with or incident
    words = f"{SEALED_WORDS}：经{incident.secret_channel}，{when}，{told.filed_by.display_name}记录"
    return f"{words}（{told.number} 涉密，与本案是同一事件）。" if incident.secret_with else f"{words}。"
