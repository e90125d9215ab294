"""``/api/v1/auth/token/``."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from rest_framework.authtoken.models import Token

pytestmark = pytest.mark.django_db

URL = "auth/token/"
GIVEN = {"username": "duty", "password": "demo-password-1"}


@pytest.fixture(autouse=True)
def _no_tries_yet() -> None:
    cache.clear()


def test_a_token_opens_the_api(nobody: Any) -> None:
    token = nobody.send(URL, GIVEN)["token"]
    assert nobody.send(URL, GIVEN)["token"] == token
    nobody.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    assert nobody.read("incidents/")["results"] == []


@pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"username": "nobody"}, {"username": "DUTY"}])
def test_a_wrong_name_or_password_is_refused_without_saying_which(nobody: Any, wrong: dict[str, str]) -> None:
    refused = nobody.send(URL, GIVEN | wrong, status=400)
    assert (refused["code"], refused["message"]) == ("bad_credentials", "账号或密码不对。")


def test_a_locked_account_gets_none(nobody: Any, people: Any) -> None:
    token, _ = Token.objects.get_or_create(user=people["duty"])
    people["duty"].is_active = False
    people["duty"].save()
    assert nobody.send(URL, GIVEN, status=400)["code"] == "bad_credentials"
    nobody.credentials(HTTP_AUTHORIZATION=f"Token {token.key}")
    assert nobody.read("incidents/", status=401)["code"] == "not_authenticated"


def test_missing_words_are_named(nobody: Any) -> None:
    assert set(nobody.send(URL, {}, status=400)["fields"]) == {"username", "password"}
    assert nobody.get(f"/api/v1/{URL}").status_code == 405
    answer = nobody.post(f"/api/v1/{URL}", "username=duty", content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 415


@pytest.mark.parametrize("header", ["Token nonsense", "Token", "Token a b", "Bearer x"])
def test_a_wrong_token(nobody: Any, header: str) -> None:
    nobody.credentials(HTTP_AUTHORIZATION=header)
    assert nobody.read("incidents/", status=401)["code"] == "not_authenticated"


def test_a_password_is_tried_ten_times_a_minute(nobody: Any) -> None:
    for _ in range(10):
        nobody.send(URL, GIVEN | {"password": "wrong"}, status=400)
    answer = nobody.post(f"/api/v1/{URL}", GIVEN, format="json")
    assert (answer.status_code, answer.json()["code"]) == (429, "throttled")
    assert int(answer.headers["Retry-After"]) > 0
    assert nobody.send(URL, GIVEN | {"username": "duty2"})["token"]


def test_a_session_needs_its_csrf_token(people: Any, nobody: Any) -> None:
    nobody.handler.enforce_csrf_checks = True
    nobody.force_login(people["duty"], backend="django.contrib.auth.backends.ModelBackend")
    assert nobody.read("incidents/")["results"] == []
    assert nobody.send("incidents/", {}, status=403)["code"] == "csrf_failed"
