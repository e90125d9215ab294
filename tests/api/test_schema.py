"""The published description: complete, Chinese, and without warnings."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

METHODS = {"get", "post", "put", "patch", "delete"}


def operations(schema: Any) -> list[tuple[str, str, dict[str, Any]]]:
    paths = schema.document["paths"]
    return [(path, method, item[method]) for path, item in paths.items() for method in METHODS & set(item)]


def test_it_is_valid_and_without_warnings() -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=io.StringIO())


def test_operation_ids_are_unique(schema: Any) -> None:
    ids = [operation["operationId"] for _, _, operation in operations(schema)]
    assert len(ids) == len(set(ids))
    assert not [name for name in ids if re.search(r"_\d+$", name)]


def test_every_operation_says_in_chinese_what_it_does(schema: Any) -> None:
    bare = [
        f"{method} {path}"
        for path, method, operation in operations(schema)
        if not re.search("[一-龥]", operation.get("summary", "") + operation.get("description", ""))
    ]
    assert bare == []


def test_every_operation_documents_its_errors(schema: Any) -> None:
    for path, method, operation in operations(schema):
        answers = set(operation["responses"])
        wanted = {"405", "429"}
        wanted |= set() if path.endswith("/token/") else {"401"} if {} in operation["security"] else {"401", "403"}
        wanted |= {"404"} if "{" in path else set()
        wanted |= {"400", "413", "415"} if method != "get" else set()
        wanted |= {"409"} if method != "get" and not path.endswith("/token/") else set()
        assert wanted <= answers, (method, path, wanted - answers)


def test_every_answer_is_described(schema: Any) -> None:
    vague = []
    for path, method, operation in operations(schema):
        for status, answer in operation["responses"].items():
            for media in answer.get("content", {}).values() if status.startswith("2") else ():
                described = media["schema"]
                if not ({"$ref", "format"} & set(described) or described.get("type") == "array"):
                    vague.append(f"{method} {path}")
    assert vague == []


@pytest.mark.parametrize("path", ["/api/schema/", "/api/docs/", "/api/docs/?script="])
def test_it_is_readable_without_a_login(path: str) -> None:
    assert Client().get(path).status_code == 200


def test_the_docs_bring_no_inline_script_and_nothing_foreign() -> None:
    answer = Client().get("/api/docs/")
    page = answer.content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert not re.search(r"(src|href)=\"(https?:)?//", page)
    policy = answer["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "script-src" not in policy
