"""The demo day: every state is there, by the right people, once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import override_settings
from django.utils import timezone

from early_warning.cap.checker import cap_faults
from early_warning.cap.models import CapDocument
from early_warning.models import EarlyWarning
from early_warning.prevention.models import Finding
from incidents.models import Incident
from response.demo import demo_day
from response.models import FirstAction, OnSiteCommand, OrderReceipt, Reinforcement, Response, Task
from yangcheng_ec.errors import Forbidden
from yangcheng_ec.record.models import RecordEntry
from yangcheng_ec.record.selectors import verify_record


def states(model: type[Any], **wanted: Any) -> set[str]:
    """Return the states that occur."""
    return set(model.objects.filter(**wanted).values_list("state", flat=True))


def _every_cap_document_is_valid() -> None:
    documents = list(CapDocument.objects.select_related("warning").order_by("sent", "id"))
    published = set(EarlyWarning.objects.exclude(published_at=None).values_list("pk", flat=True))
    assert published <= {one.warning_id for one in documents}
    known = {one.reference for one in documents}
    assert {one.identifier: cap_faults(one.xml, issued=known - {one.reference}) for one in documents} == {
        one.identifier: [] for one in documents
    }


def test_the_day_has_every_state_once_and_its_record_is_whole(db: None) -> None:
    call_command("demo_data", verbosity=0)
    every = {"received", "confirmed", "analysed", "responding", "aftermath", "closed", "false_alarm", "referred"}
    assert states(Incident, plan_version__plan__code="cyber-2025") == every
    assert states(Incident, plan_version__plan__code="comms-2022") >= every - {"aftermath"}
    assert states(Response) >= {"proposed", "confirmed", "returned", "active", "end_proposed", "ended"}
    assert states(Task) >= {"assigned", "acknowledged", "in_progress", "done", "returned", "carried_over"}
    wanted = {"draft", "proposed", "returned", "approved", "published", "lift_proposed", "lifted"}
    assert states(EarlyWarning) >= wanted
    assert states(Finding) >= {"reported", "accepted", "mending", "mended", "verified"}
    with time_machine.travel(timezone.now() + timedelta(minutes=2)):
        assert Finding.objects.filter(state="mending", due_at__lte=timezone.now()).exists(), "一处逾期的隐患"
    assert set(OrderReceipt.objects.values_list("state", flat=True)) == {"waiting", "acknowledged", "reported"}
    assert states(Reinforcement) == {"asked", "agreed"}
    assert OnSiteCommand.objects.exists()
    assert FirstAction.objects.count() == 2
    assert Incident.objects.filter(accepted_at=None).exists(), "一起未接手的事件"
    assert Incident.objects.filter(drill=True).exists(), "一次演练"
    _every_cap_document_is_valid()
    lines = RecordEntry.objects.count()
    assert demo_day() is False
    call_command("demo_data", verbosity=0)
    assert RecordEntry.objects.count() == lines
    assert list(verify_record()) == []


def test_it_is_refused_where_demo_accounts_are(db: None) -> None:
    with override_settings(DEMO_ACCOUNTS_ALLOWED=False):
        with pytest.raises(Forbidden):
            demo_day()
        with pytest.raises(CommandError):
            call_command("demo_data")
    assert not Incident.objects.exists()
