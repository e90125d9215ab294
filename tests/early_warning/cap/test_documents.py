"""Documents are issued with the act, name what they change, stay with their audience, and never change."""

from __future__ import annotations

import hashlib
from io import StringIO
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from early_warning import services
from early_warning.cap.checker import cap_faults
from early_warning.cap.checks import cap_sender_usable
from early_warning.cap.models import CapDocument
from early_warning.models import EarlyWarning
from incidents.models import Incident
from tests.early_warning.factories import (
    MADE,
    adjusted,
    commander_of,
    content_of,
    lifted,
    office_of,
    published,
)
from tests.incidents.factories import file_incident
from yangcheng_ec.actors import SYSTEM
from yangcheng_ec.record import triggers
from yangcheng_ec.record.models import RecordEntry
from yangcheng_ec.record.triggers import drop, install

pytestmark = pytest.mark.django_db
ISSUED_IN = {"published": 1, "lift_proposed": 1, "adjusted": 1, "lifted": 2, "superseded": 2}


def documents_of(warning: EarlyWarning) -> list[CapDocument]:
    return list(CapDocument.objects.filter(warning__head_id=warning.head_id).order_by("sent", "id"))


def adjust(people: Any, old: EarlyWarning, **over: Any) -> EarlyWarning:
    """Publish a new version of a warning in force."""
    office, commander = people[office_of(old.plan_version)], people[commander_of(old.plan_version)]
    old.refresh_from_db()
    content = content_of(old.plan_version, **over)
    fresh = services.warning_adjust(warning_id=old.pk, version=old.version, content=content, user=office)
    fresh = services.warning_propose(warning_id=fresh.pk, version=fresh.version, user=office)
    fresh = services.warning_approve(warning_id=fresh.pk, version=fresh.version, user=commander)
    return services.warning_publish(warning_id=fresh.pk, version=fresh.version, user=office)


@pytest.mark.parametrize("state", MADE)
@pytest.mark.parametrize("plan", ["cyber", "comms"])
def test_every_state_has_its_documents_and_each_is_valid(
    state: str, plan: str, people: Any, request: pytest.FixtureRequest
) -> None:
    version = request.getfixturevalue(plan)
    for publicity in ("public", "internal", "confidential"):
        for drill in (False, True):
            warning = MADE[state](people, version, publicity=publicity, drill=drill)
            own = list(warning.cap_documents.order_by("id"))
            moved = state == "adjusted" and publicity != "internal" and not (drill and publicity == "public")
            assert len(own) == ISSUED_IN.get(state, 0) + moved
            known = {one.reference for one in documents_of(warning)}
            for one in documents_of(warning):
                assert cap_faults(one.xml, issued=known - {one.reference}) == []
                assert one.status == ("Exercise" if drill else "Actual")


@pytest.mark.parametrize("ordinal", [1, 2, 3, 4])
def test_every_level_of_both_plans_makes_a_valid_document(ordinal: int, people: Any, cyber: Any, comms: Any) -> None:
    for version in (cyber, comms) if ordinal < 4 else (cyber,):
        warning = published(people, version, level=ordinal, publicity="public")
        assert cap_faults(warning.cap_documents.get().xml) == []


def test_an_adjustment_updates_what_its_audience_had(people: Any, cyber: Any) -> None:
    old = published(people, cyber, publicity="public")
    new = adjust(people, old, publicity="public", level=1)
    newest = adjust(people, new, publicity="public", level=3)
    first, second, third = documents_of(newest)
    assert [one.message for one in (first, second, third)] == ["Alert", "Update", "Update"]
    assert f"<references>{first.reference} {second.reference}</references>" in third.xml


def test_a_lifting_cancels_the_whole_chain(people: Any, comms: Any) -> None:
    alert, cancel = documents_of(lifted(people, comms, publicity="public"))
    assert (alert.message, cancel.message) == ("Alert", "Cancel")
    assert f"<references>{alert.reference}</references>" in cancel.xml
    assert "AllClear" in cancel.xml


def test_a_version_for_another_audience_ends_the_chain_and_begins_one(people: Any, cyber: Any) -> None:
    old = published(people, cyber, publicity="public")
    inside = adjust(people, old, publicity="internal")
    adjust(people, inside, publicity="public")
    public = [one for one in documents_of(old) if one.scope == "Public"]
    assert [one.message for one in public] == ["Alert", "Cancel", "Alert"]
    assert inside.number not in "".join(one.xml for one in public)


def test_a_warning_that_goes_over_into_a_response_is_cancelled_without_all_clear(people: Any, cyber: Any) -> None:
    number = file_incident(people).number
    incident = Incident.objects.get(number=number)
    warning = published(people, cyber, publicity="public", incident=incident)
    with transaction.atomic():
        services.warnings_supersede(incident=incident, actor=SYSTEM, into="XY-1")
    cancel = documents_of(warning)[-1]
    assert cancel.message == "Cancel"
    assert "AllClear" not in cancel.xml
    assert "响应" not in cancel.xml.replace("responseScope", "")


def test_the_record_carries_the_fingerprint_of_what_was_issued(people: Any, cyber: Any) -> None:
    warning = published(people, cyber, publicity="public")
    document = warning.cap_documents.get()
    line = RecordEntry.objects.get(head_id=warning.head_id, kind="warning.published")
    assert line.data["cap"] == {"identifier": warning.number, "sha256": document.sha256}
    assert hashlib.sha256(document.xml.encode()).hexdigest() == document.sha256


def test_what_was_issued_stays_when_settings_and_words_change(people: Any, cyber: Any, settings: Any) -> None:
    warning = published(people, cyber, publicity="public")
    before = warning.cap_documents.get().xml
    settings.CAP_SENDER, settings.SITE_URL = "other@example.invalid", "https://elsewhere.invalid"
    EarlyWarning.objects.filter(pk=warning.pk).update(text="换了一份内容")
    call_command("cap_issue", verbosity=0)
    assert warning.cap_documents.get().xml == before


@pytest.mark.parametrize("statement", ["UPDATE {} SET xml = 'x'", "DELETE FROM {}"])
def test_the_database_refuses_to_change_an_issued_document(people: Any, cyber: Any, statement: str) -> None:
    published(people, cyber, publicity="public")
    connection.check_constraints()
    with pytest.raises(DatabaseError, match="the issued CAP document is append-only"), transaction.atomic():
        connection.cursor().execute(statement.format("warnings_capdocument"))
    assert triggers.installed()


def test_a_faulty_document_stops_no_warning_and_is_issued_once_mended(
    people: Any, cyber: Any, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    good, settings.CAP_SENDER = settings.CAP_SENDER, "two words"
    warning = lifted(people, cyber, publicity="public")
    assert warning.state == "lifted"
    assert documents_of(warning) == []
    assert "sender 不得含有空格" in caplog.text
    settings.CAP_SENDER = good
    out = StringIO()
    call_command("cap_issue", stdout=out)
    alert, cancel = documents_of(warning)
    assert [alert.sent, cancel.sent] == [
        warning.published_at.replace(microsecond=0), warning.lifted_at.replace(microsecond=0),
    ]  # fmt: skip
    assert "共补发 2 份" in out.getvalue()
    assert RecordEntry.objects.filter(head_id=warning.head_id, kind="warning.cap_issued").count() == 2


def test_run_again_nothing_is_issued_twice(people: Any, cyber: Any) -> None:
    adjusted(people, cyber, publicity="internal")
    before = CapDocument.objects.count()
    call_command("cap_issue", verbosity=0)
    assert CapDocument.objects.count() == before


def test_what_a_later_document_has_overtaken_is_owed_no_more(people: Any, cyber: Any) -> None:
    old = published(people, cyber, publicity="public")
    new = adjust(people, old, publicity="public")
    EarlyWarning.objects.filter(pk=old.pk).update(published_at="2026-01-01T00:00:00Z")
    drop()
    CapDocument.objects.filter(warning=old).delete()
    CapDocument.objects.filter(warning=new).update(sent="2099-01-01T00:00:00Z")
    install()
    call_command("cap_issue", verbosity=0)
    assert [one.warning_id for one in documents_of(new)] == [new.pk]


def test_a_sender_no_reference_could_name_is_found_at_start(settings: Any) -> None:
    settings.CAP_SENDER = "two words"
    assert [one.id for one in cap_sender_usable(None)] == ["early_warning.E001"]
    settings.CAP_SENDER, settings.SETTINGS_MODULE = "yingji@yangcheng.invalid", "yangcheng_ec.settings.production"
    assert [one.id for one in cap_sender_usable(None)] == ["early_warning.W002"]
    settings.CAP_SENDER = "yingji@yangcheng.example"
    assert cap_sender_usable(None) == []


def test_a_missing_schema_is_said_at_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    assert "early_warning.W001" not in {one.id for one in run_checks()}
    monkeypatch.setattr("early_warning.cap.checks.CAP_SCHEMA", tmp_path / "none.xsd")
    assert "early_warning.W001" in {one.id for one in run_checks()}
