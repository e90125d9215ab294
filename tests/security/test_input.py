"""Nothing that can be sent makes a fault of ours: every endpoint, every form, every sort of rubbish."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from tests.security.world import World, build

pytestmark = pytest.mark.django_db

RUBBISH: list[Any] = [
    "", "x" * 100_000, "\x00a\x01b", "<script>alert(1)</script>😀{{ 7|add:7 }}{% now %}",
    "2026-13-45T99:99", "9999-12-31T23:59:59-12:00", "1e999", "²", None, True, [[]], {"a": {"b": []}}, -1, 10**30,
]  # fmt: skip
STRANGE = [*RUBBISH[:4], RUBBISH[5], "99999999999999999999"]
# What a form keeps of its own values while the rest becomes rubbish.
KEEPS = (("version",), ("version", "choice", "result", "kind", "channel", "stage", "plan"))
RAW = [b"", b"null", b"[]", b"1", b'"x"', b"{", b'{"version": NaN}', b'{"version": Infinity}', b'{"a":1,"a":2}',
       b'{"title":"\\ud800"}', b"\xff\xfe", b"[" * 2000]  # fmt: skip


def settle(path: str, world: World) -> str:
    """Fill an OpenAPI path with the world's own objects."""
    number = world.incident.number
    for prefix, value in (("warnings/", world.warning.number), ("responses/", world.response.number)):
        if prefix in path:
            number = value
    keys = {
        "tasks/": world.task.pk, "reports/{": world.report.pk, "inquiries/{": world.inquiry.pk,
        "releases/": world.release.pk, "contacts/": world.contact.pk, "deadlines/{": world.deadline.pk,
    }  # fmt: skip
    pk = next((value for prefix, value in keys.items() if prefix in path), 1)
    path = path.replace("{number}", number).replace("{id}", str(pk)).replace("{pk}", str(pk))
    return re.sub(r"\{[^}]+\}", "cyber-2025", path)


def operations() -> list[tuple[str, str, list[str]]]:
    """Every operation that takes a body, with the names of its fields."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    parts = schema["components"]["schemas"]
    found = []
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
            if method in ("post", "patch", "put"):
                found.append((method, path, sorted(parts.get(name, {}).get("properties", {}))))
    return found


@pytest.mark.parametrize("who", ["duty"])
def test_no_body_breaks_an_endpoint(people: Any, api_for: Any, who: str) -> None:
    world, client, broken = build(people), api_for(who), []
    client.raise_request_exception = False
    for place, (method, path, names) in enumerate(operations()):
        address = settle(path, world)
        send = getattr(client, method)
        for raw in RAW[place % 2 :: 2]:  # neighbours read their bodies by the same code: each takes a half
            answer = send(address, raw, content_type="application/json")
            if answer.status_code >= 500:
                broken.append((method, path, raw[:40]))
        for value in RUBBISH[place % 2 :: 2]:
            body = {name: 1 if name == "version" else value for name in names}
            answer = send(address, json.dumps(body), content_type="application/json")
            if answer.status_code >= 500:
                broken.append((method, path, str(value)[:40]))
    assert not broken


def test_one_wrong_field_in_a_good_filing_is_never_a_fault(api_for: Any) -> None:
    client, broken = api_for("duty"), []
    client.raise_request_exception = False
    good = {"plan": "comms-2022", "title": "光缆中断", "channel": "phone", "caller_name": "李四"}
    names = next(names for method, path, names in operations() if (method, path) == ("post", "/api/v1/incidents/"))
    for place, name in enumerate(names):
        for value in RUBBISH[place % 2 :: 2]:
            body = json.dumps(good | {name: value})
            answer = client.post("/api/v1/incidents/", body, content_type="application/json")
            if answer.status_code not in (201, 400, 403):
                broken.append((name, str(value)[:30], answer.status_code))
    assert not broken


@pytest.mark.parametrize("key", ["x" * 5000, "\u00e9", "a\tb", " ", "😀", "a" * 100])
def test_no_key_breaks_filing(api_for: Any, key: str) -> None:
    client = api_for("duty")
    client.raise_request_exception = False
    body = {"plan": "cyber-2025", "title": "x", "caller_name": "y"}
    answer = client.post("/api/v1/incidents/", body, format="json", HTTP_IDEMPOTENCY_KEY=key)
    assert answer.status_code in (201, 400)


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/xml", "x"]
)
def test_no_content_type_breaks_an_endpoint(api_for: Any, kind: str) -> None:
    client = api_for("duty")
    client.raise_request_exception = False
    assert client.post("/api/v1/incidents/", b"a=1", content_type=kind).status_code in (400, 415)


# Each list reads some of these; a list that refuses one is asked with the next line, too.
QUERIES = [
    "page=0&page_size=-1", "page=x", "page=99999999999999999999&after=99999999999999999999", "state=%00&search=%00",
    "plan=%F0%9F%98%80&grade=%00", "ordering=;drop&order=%00", "due_before=x", "q=%00&unit=%00&kind=%00",
    "after=%C2%B2&since=x", "case=%00&person=%00&response=%00",
]  # fmt: skip
PAGES = (
    "/incidents/", "/warnings/", "/response/", "/response/tasks/", "/directory/", "/inbox/", "/calls/", "/record/",
    "/appointments/", "/incidents/new/",
)  # fmt: skip
LISTS = ("incidents", "deadlines", "warnings", "responses", "tasks", "releases", "contacts", "record")


@pytest.mark.parametrize("query", QUERIES)
def test_no_query_breaks_a_list(people: Any, api_for: Any, client_for: Any, query: str) -> None:
    broken = []
    for who in ("duty", "auditor", "unit_shuju"):
        client, api = client_for(who), api_for(who)
        client.raise_request_exception = api.raise_request_exception = False
        paths = [(client, path) for path in PAGES] + [(api, f"/api/v1/{name}/") for name in LISTS]
        broken += [(who, path) for asker, path in paths if asker.get(f"{path}?{query}").status_code >= 500]
    assert not broken


class Forms(HTMLParser):
    """The POST forms and the links of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, str]]] = []
        self.links: list[str] = []
        self.current: dict[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        """Collect."""
        at = {name: value or "" for name, value in attrs}
        if tag == "a":
            self.links.append(at.get("href", ""))
        elif tag == "form":
            self.current = {} if at.get("method", "").lower() == "post" else None
            if self.current is not None:
                self.forms.append((at.get("action", ""), self.current))
        elif tag in ("input", "textarea", "select") and self.current is not None and at.get("name"):
            self.current.setdefault(at["name"], at.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        """Leave a form."""
        if tag == "form":
            self.current = None


def crawl(client: Client, start: list[str], limit: int = 70) -> dict[str, dict[str, str]]:
    """Return every POST form found by following links, one for each shape of address."""
    seen: set[str] = set()
    queue, forms = list(start), {}
    while queue and len(seen) < limit:
        path = queue.pop(0)
        shape = re.sub(r"\d+", "#", path.partition("?")[0])
        if shape in seen or not path.startswith("/") or path.startswith(("/static", "/api/docs", "/logout", "/admin")):
            continue
        seen.add(shape)
        answer = client.get(path)
        assert answer.status_code < 500, path
        if "html" not in answer.headers.get("Content-Type", ""):
            continue
        page = Forms()
        page.feed(answer.content.decode())
        for action, fields in page.forms:
            target = action or path
            forms.setdefault(re.sub(r"\d+", "#", target) + ",".join(sorted(fields)), (target, fields))
        queue += page.links
    return forms


@pytest.mark.parametrize("who", ["duty", "unit_shuju"])
def test_no_form_breaks(people: Any, client_for: Any, who: str) -> None:
    world, client, broken = build(people), client_for(who), []
    client.raise_request_exception = False
    number = world.incident.number
    start = ["/", f"/incidents/{number}/", f"/response/{world.response.number}/", f"/warnings/{world.warning.number}/",
             f"/incidents/{number}/reports/{world.report.serial}/", f"/response/tasks/{world.task.pk}/", "/signatures/",
             f"/response/releases/new/?incident={number}", "/accounts/",
             "/appointments/", "/directory/new/"]  # fmt: skip
    forms = crawl(client, start)
    for target, fields in forms.values():
        if target.startswith(("/logout", "/password", "/login")):
            continue
        for value in STRANGE:
            for keep in KEEPS[: 2 if len(value) < 100 else 1]:
                body = {name: (old if name in keep and old else value) for name, old in fields.items()}
                answer = client.post(target, {name: text or "" for name, text in body.items()})
                if answer.status_code >= 500:
                    broken.append((target, str(value)[:30]))
    assert not broken


@pytest.mark.parametrize("path", ["incidents/%00/", "response/%00/", "warnings/%00/", "record/%00/", "plans/%00/"])
def test_no_number_breaks_an_address(client_for: Any, api_for: Any, path: str) -> None:
    for client, before in ((client_for("auditor"), "/"), (api_for("auditor"), "/api/v1/")):
        client.raise_request_exception = False
        assert client.get(f"{before}{path}").status_code in (400, 404)
