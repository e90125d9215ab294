"""Each typed error has its status, its words and its clause, on a page and over the API; faults of ours stay 500."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import OperationalError
from django.http import Http404, HttpResponse
from django.test import RequestFactory
from rest_framework import exceptions

from yangcheng_ec.api.errors import exception_handler
from yangcheng_ec.errors import BadInput, Busy, Change, DomainError, Forbidden, NotVisible, StaleVersion, WrongState
from yangcheng_ec.middleware import DomainErrorMiddleware

CASES: list[tuple[Exception, int, dict[str, Any]]] = [
    (
        BadInput("时间有误。", fields={"known_at": ["不能晚于现在。"]}),
        400,
        {"code": "bad_input", "message": "时间有误。", "fields": {"known_at": ["不能晚于现在。"]}},
    ),
    (
        Forbidden("只有指挥长能批准。", clause="网络预案 4.2.1.2"),
        403,
        {"code": "forbidden", "message": "只有指挥长能批准。", "clause": "网络预案 4.2.1.2"},
    ),
    (NotVisible(), 404, {"code": "not_found"}),
    (WrongState("已终止。"), 409, {"code": "wrong_state", "message": "已终止。"}),
    (
        StaleVersion(changes=[Change("等级", "一般", "较大")]),
        409,
        {"code": "stale_version", "changes": [{"field": "等级", "was": "一般", "now": "较大"}]},
    ),
    (StaleVersion(), 409, {"code": "stale_version"}),
    (Busy(), 409, {"code": "busy"}),
    (OperationalError("database is locked"), 409, {"code": "busy"}),
]
ids = [type(case[0]).__name__ for case in CASES]


def page(error: Exception, **typed: str) -> HttpResponse | None:
    """Return the page that answers an error."""
    request = RequestFactory().post("/incidents/new/", typed)
    request.user = AnonymousUser()
    return DomainErrorMiddleware(lambda _request: HttpResponse()).process_exception(request, error)


@pytest.mark.parametrize(("error", "status", "body"), CASES, ids=ids)
def test_the_api_answers_with_status_code_and_words(error: Exception, status: int, body: dict[str, Any]) -> None:
    answer = exception_handler(error, {})
    assert answer is not None
    assert answer.status_code == status
    assert {name: answer.data[name] for name in body} == body
    assert set(answer.data) <= {"code", "message", "clause", "fields", "changes"}
    assert answer.data["message"]


@pytest.mark.parametrize(("error", "status", "body"), CASES, ids=ids)
def test_a_page_says_the_same(db: None, error: Exception, status: int, body: dict[str, Any]) -> None:
    answer = page(error)
    assert answer is not None
    assert answer.status_code == status
    text = answer.content.decode()
    assert body.get("message", "") in text
    assert body.get("clause", "").rpartition(" ")[2] in text


def test_nothing_typed_is_lost_on_an_error_page(db: None) -> None:
    answer = page(
        WrongState("已终止。"), description="交换机<b>断电</b>", csrfmiddlewaretoken="secret", password="hidden"
    )
    assert answer is not None
    text = answer.content.decode()
    assert "交换机&lt;b&gt;断电&lt;/b&gt;" in text
    assert "secret" not in text
    assert "hidden" not in text


@pytest.mark.parametrize("error", [ValueError("ours"), OperationalError("disk I/O error")])
def test_faults_of_ours_are_left_to_django(error: Exception) -> None:
    assert page(error) is None
    assert exception_handler(error, {}) is None


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (exceptions.NotAuthenticated(), 401, "not_authenticated"),
        (exceptions.AuthenticationFailed(), 401, "not_authenticated"),
        (exceptions.PermissionDenied(), 403, "forbidden"),
        (exceptions.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
        (exceptions.NotAcceptable(), 406, "not_acceptable"),
        (exceptions.UnsupportedMediaType("text/csv"), 415, "unsupported_media_type"),
        (exceptions.Throttled(5), 429, "throttled"),
        (exceptions.ParseError(), 400, "bad_request"),
        (Http404(), 404, "not_found"),
        (PermissionDenied(), 404, "not_found"),
    ],
)
def test_the_frameworks_errors_speak_chinese_too(error: Exception, status: int, code: str) -> None:
    answer = exception_handler(error, {})
    assert answer is not None
    assert (answer.status_code, answer.data["code"]) == (status, code)
    assert any("\u4e00" <= letter <= "\u9fff" for letter in answer.data["message"])


def test_fields_of_a_serializer_are_flat() -> None:
    detail = {"title": ["必填。"], "call": {"number": ["必填。"]}, "addressees": [["未知。"]]}
    answer = exception_handler(exceptions.ValidationError(detail), {})
    assert answer is not None
    assert answer.data["fields"] == {"title": ["必填。"], "call": ["number：必填。"], "addressees": ["未知。"]}
    whole = exception_handler(exceptions.ValidationError(["整体有误。"]), {})
    assert whole is not None
    assert whole.data["fields"] == {"__all__": ["整体有误。"]}


def test_a_models_own_refusal_is_bad_input() -> None:
    answer = exception_handler(ValidationError({"title": ["太长。"]}), {})
    assert answer is not None
    assert (answer.status_code, answer.data["fields"]) == (400, {"title": ["太长。"]})
    plain = exception_handler(ValidationError(["一", "二"]), {})
    assert plain is not None
    assert plain.data["message"] == "一；二"


def test_an_error_may_carry_a_code_of_its_own() -> None:
    assert DomainError("x", code="special").as_dict() == {"code": "special", "message": "x"}
