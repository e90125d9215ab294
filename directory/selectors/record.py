"""Reading the record: one case's chain for those who may see the case, everything for the auditor."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from directory.registry import case_visible
from yangcheng_ec.clock import SHANGHAI
from yangcheng_ec.errors import NotVisible
from yangcheng_ec.permissions import Page, may_open
from yangcheng_ec.record.models import CaseHead, RecordEntry
from yangcheng_ec.record.selectors import Fault, verify_chain, verify_record

__all__ = ["KINDS", "Verification", "entries_found", "head_get", "verify_all", "verify_head"]

# The first word of an entry's kind, with what people call it.
KINDS: dict[str, str] = {
    "incident": "事件",
    "report": "报告",
    "attachment": "附件",
    "inquiry": "催报、核实",
    "instruction": "批示",
    "return": "每日零报告",
    "deadline": "时限",
    "notice": "通知",
    "call": "电话叫应",
    "warning": "预警",
    "finding": "风险隐患",
    "check": "隐患排查",
    "standing": "预警发布授权",
    "response": "响应",
    "task": "任务",
    "release": "信息发布",
    "signature": "签批",
    "contact": "通讯录",
    "unit": "单位名册",
    "resource": "应急资源",
    "filing": "行动方案备案",
    "training": "培训记录",
    "drill": "演练",
    "appointment": "任职",
    "plan": "预案修订",
    "member": "成员单位",
    "account": "账号",
    "roster": "值班",
    "heartbeat": "计时服务",
}


@dataclass(frozen=True)
class Verification:
    """What a check of one chain or of all found."""

    chains: int
    entries: int
    faults: list[Fault] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Return whether nothing is broken."""
        return not self.faults


def entries_found(
    user: Any,
    *,
    case: str = "",
    person: str = "",
    kind: str = "",
    text: str = "",
    since: date | None = None,
    until: date | None = None,
) -> QuerySet[RecordEntry]:
    """Return the record's lines that match, newest first; nothing for whoever may not read the whole record."""
    if not may_open(user, Page.RECORD_ALL):
        return RecordEntry.objects.none()
    rows = RecordEntry.objects.select_related("head").order_by("-recorded_at", "-id")
    exact: dict[str, Any] = {
        "head__key": case,
        "kind__startswith": f"{kind}." if kind else "",
        "text__contains": text,
        "recorded_at__gte": _midnight(since),
        "recorded_at__lt": _midnight(until + timedelta(days=1)) if until else None,
    }
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if person:
        rows = rows.filter(Q(actor_name__contains=person) | Q(actor_post__contains=person))
    return rows


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time.min, tzinfo=SHANGHAI) if day else None


def head_get(user: Any, key: str) -> CaseHead:
    """Return a chain the user may read. Raises NotVisible."""
    head = CaseHead.objects.filter(key=key).first()
    if head is None or not case_visible(user, head):
        raise NotVisible()
    return head


def verify_head(head: CaseHead) -> Verification:
    """Check one chain from its first line to its last."""
    fault = verify_chain(head)
    return Verification(1, head.seq, [fault] if fault else [])


def verify_all() -> Verification:
    """Check every chain."""
    return Verification(CaseHead.objects.count(), RecordEntry.objects.count(), list(verify_record()))
