"""``cap.xml`` and ``feed.atom``: who reads what, caches, and a feed that readers accept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from lxml import etree

from early_warning.cap.feed import ATOM
from early_warning.cap.models import CapDocument
from early_warning.cap.schema import ATOM_SCHEMA, schema_faults
from early_warning.models import EarlyWarning
from early_warning.public.answers import PublicThrottle
from tests.early_warning.cap.test_build import RARE
from tests.early_warning.factories import MADE, drafted, lifted, published

pytestmark = pytest.mark.django_db
FEED = "/api/v1/warnings/feed.atom"
CONTROL_FREE = RARE.replace("‮", "")


@pytest.fixture(autouse=True)
def _nobody_was_counted() -> None:
    from django.core.cache import cache

    cache.clear()


def cap(warning: EarlyWarning) -> str:
    return f"/api/v1/warnings/{warning.number}/cap.xml"


def entries(answer: Any) -> list[etree._Element]:
    return etree.fromstring(answer.content).findall(f"{{{ATOM}}}entry")


def titles(answer: Any) -> list[str]:
    return [entry.findtext(f"{{{ATOM}}}title") or "" for entry in entries(answer)]


def test_a_public_warning_needs_no_login(people: Any, cyber: Any) -> None:
    warning = published(people, cyber, publicity="public")
    answer = Client().get(cap(warning))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/cap+xml; charset=utf-8"
    assert answer.content.decode() == warning.cap_documents.get().xml
    assert answer["Cache-Control"] == "public, max-age=30"
    assert "Set-Cookie" not in answer
    assert answer.cookies == {}


@pytest.mark.parametrize("over", [{"publicity": "internal"}, {"publicity": "confidential"},
                                  {"publicity": "public", "drill": True}])  # fmt: skip
def test_everything_else_does_not_exist_for_a_stranger(over: dict[str, Any], people: Any, cyber: Any) -> None:
    warning = published(people, cyber, **over)
    answer = Client().get(cap(warning))
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"
    assert warning.title not in answer.content.decode()
    assert entries(Client().get(FEED)) == []


def test_an_addressed_unit_reads_the_restricted_one_and_another_unit_does_not(
    people: Any, cyber: Any, api_for: Any
) -> None:
    warning = published(people, cyber)
    answer = api_for("unit_gongan").get(cap(warning))
    assert answer.status_code == 200
    assert b"<scope>Restricted</scope>" in answer.content
    assert answer["Cache-Control"] == "private, no-cache"
    assert api_for("unit_runcheng").get(cap(warning)).status_code == 404
    assert api_for("sysadmin").get(cap(warning)).status_code == 404


def test_a_confidential_envelope_is_for_those_who_read_all(people: Any, cyber: Any, api_for: Any) -> None:
    warning = published(people, cyber, publicity="confidential")
    answer = api_for("auditor").get(cap(warning))
    assert answer.status_code == 200
    assert warning.title not in answer.content.decode()
    refused = api_for("unit_gongan").get(cap(warning))
    assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
    assert warning.title not in api_for("auditor").get(FEED).content.decode()


@pytest.mark.parametrize("state", ["draft", "proposed", "returned", "approved", "withdrawn"])
def test_what_was_not_published_has_no_document(state: str, people: Any, cyber: Any, api_for: Any) -> None:
    warning = MADE[state](people, cyber, publicity="public")
    assert Client().get(cap(warning)).status_code == 404
    assert api_for("office").get(cap(warning)).status_code == 409


def test_each_document_keeps_its_address_when_a_newer_one_comes(people: Any, cyber: Any) -> None:
    warning = lifted(people, cyber, publicity="public")
    newest = Client().get(cap(warning))
    assert b"<msgType>Cancel</msgType>" in newest.content
    first = Client().get(f"/api/v1/warnings/{warning.number}/cap/{warning.number}.xml")
    assert b"<msgType>Alert</msgType>" in first.content
    assert newest["Content-Location"].endswith(f"/cap/{warning.number}-CANCEL.xml")
    assert Client().get(f"/api/v1/warnings/{warning.number}/cap/YJ-1.xml").status_code == 404


def test_a_bad_token_is_refused_and_not_taken_for_a_stranger(people: Any, cyber: Any) -> None:
    warning = published(people, cyber, publicity="public")
    assert Client().get(cap(warning), HTTP_AUTHORIZATION="Token nonsense").status_code == 401


@pytest.mark.parametrize("accept", ["application/cap+xml", "text/xml", "application/atom+xml", "*/*", "image/png"])
def test_readers_get_it_whatever_they_say_they_accept(accept: str, people: Any, cyber: Any) -> None:
    warning = published(people, cyber, publicity="public")
    for address in (cap(warning), FEED):
        assert Client().get(address, HTTP_ACCEPT=accept).status_code == 200
    assert Client().get("/api/v1/warnings/YJ-1/cap.xml", HTTP_ACCEPT=accept).json()["code"] == "not_found"


@pytest.mark.parametrize("feed", [True, False])
def test_who_has_it_already_is_told_so(feed: bool, people: Any, cyber: Any) -> None:
    with time_machine.travel(timezone.now() - timedelta(minutes=5)):
        warning = published(people, cyber, publicity="public")
    address = FEED if feed else cap(warning)
    answer = Client().get(address)
    for header, value in (("If-None-Match", answer["ETag"]), ("If-Modified-Since", answer["Last-Modified"])):
        again = Client().get(address, headers={header: value})
        assert (again.status_code, again.content) == (304, b"")
    head = Client().head(address)
    assert (head.status_code, head.content, head["ETag"]) == (200, b"", answer["ETag"])
    lifted(people, cyber, publicity="public")
    changed = Client().get(address, headers={"If-None-Match": answer["ETag"]})
    assert changed.status_code == (200 if feed else 304)


def test_a_feed_of_this_very_second_says_no_time_that_could_hide_the_next_document(people: Any, cyber: Any) -> None:
    published(people, cyber, publicity="public")
    assert "Last-Modified" not in Client().get(FEED)


@pytest.mark.parametrize("verb", ["post", "put", "patch", "delete"])
def test_nothing_can_be_written_there(verb: str, people: Any, cyber: Any, api_for: Any) -> None:
    warning = published(people, cyber, publicity="public")
    for address in (FEED, cap(warning)):
        assert getattr(api_for("office"), verb)(address).status_code == 405


def test_the_feed_is_atom_and_names_each_document(people: Any, cyber: Any, comms: Any) -> None:
    lifted(people, cyber, publicity="public", title=CONTROL_FREE[:60], text=CONTROL_FREE)
    published(people, comms, publicity="public")
    answer = Client().get(FEED)
    root = etree.fromstring(answer.content)
    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert ATOM_SCHEMA.exists(), "scripts/schemas.sh"
    assert schema_faults(root, ATOM_SCHEMA) == []
    assert_rfc_4287(root)
    links = [one.get("href") for one in root.iter(f"{{{ATOM}}}link") if one.get("type") == "application/cap+xml"]
    assert len(links) == 3
    for link in links:
        assert Client().get(link.removeprefix("http://127.0.0.1:8000")).status_code == 200


def assert_rfc_4287(root: etree._Element) -> None:
    """Hold the feed against the sentences of the RFC that no schema says."""
    for parent in (root, *root.findall(f"{{{ATOM}}}entry")):
        for name in ("id", "title", "updated"):
            assert len(parent.findall(f"{{{ATOM}}}{name}")) == 1, name
        assert parent.find(f"{{{ATOM}}}author/{{{ATOM}}}name") is not None
        assert any(link.get("rel") == "alternate" for link in parent.findall(f"{{{ATOM}}}link"))
    ids = [one.text for one in root.iter(f"{{{ATOM}}}id")]
    assert len(ids) == len(set(ids))
    assert all(one.startswith("urn:uuid:") for one in ids)
    assert root.find(f"{{{ATOM}}}link[@rel='self']") is not None


def test_an_empty_feed_is_a_feed(db: None) -> None:
    root = etree.fromstring(Client().get(FEED).content)
    assert schema_faults(root, ATOM_SCHEMA) == []
    assert_rfc_4287(root)


def test_with_a_login_the_feed_has_what_is_the_callers_own(people: Any, cyber: Any, comms: Any, api_for: Any) -> None:
    published(people, cyber, publicity="public", title="公开的")
    published(people, cyber, title="给公安的", codes=("gongan",))
    published(people, comms, title="给移动的", codes=("yidong",))
    published(people, cyber, publicity="public", drill=True, title="演练的")
    drafted(people, cyber, publicity="public", title="草稿")
    seen = {name: "".join(titles(api_for(name).get(FEED))) for name in ("unit_yidong", "duty", "sysadmin")}
    assert "给移动的" in seen["unit_yidong"]
    assert "给公安的" not in seen["unit_yidong"]
    assert "【演练】" in seen["duty"]
    assert "草稿" not in seen["duty"]
    assert titles(Client().get(FEED)) == ["Ⅱ级预警（橙色） 严重：公开的"]
    assert seen["sysadmin"] == "Ⅱ级预警（橙色） 严重：公开的"


def test_the_feed_costs_one_statement_for_a_stranger(
    people: Any, cyber: Any, api_for: Any, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    for _ in range(4):
        published(people, cyber, publicity="public")
    with django_assert_num_queries(1):
        Client().get(FEED)
    duty, unit = api_for("duty"), api_for("unit_gongan")
    with django_assert_max_num_queries(4):
        duty.get(FEED)
    with django_assert_max_num_queries(4):
        unit.get(FEED)
    assert CapDocument.objects.count() == 4


def test_one_address_does_not_ask_without_end(
    people: Any, cyber: Any, api_for: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PublicThrottle, "rate", "2/min")
    published(people, cyber, publicity="public")
    assert [Client().get(FEED).status_code for _ in range(3)] == [200, 200, 429]
    assert Client().get("/public/warnings/").status_code == 429
    assert api_for("duty").get(FEED).status_code == 200
    assert Client(REMOTE_ADDR="10.0.0.9").get(FEED).status_code == 200
