"""The system checks of the outbox: a gateway or robot that could never work is refused at start, in words."""

from __future__ import annotations

from typing import Any

import pytest

from yangcheng_ec.deadlines.checks import robots_make_sense, sms_gateway_makes_sense

GOOD = {
    "SMS_URL": "https://sms.county.invalid/send", "SMS_SUCCESS": "code=0", "SMS_REFUSAL": "code=4,5",
    "SMS_FIELDS": {"phone": "{phone}", "text": "{text}"},
}  # fmt: skip


def _sms(settings: Any, **over: Any) -> list[tuple[str | None, str]]:
    for name, value in (GOOD | over).items():
        setattr(settings, name, value)
    return [(one.id, str(one.msg)) for one in sms_gateway_makes_sense(None)]


def _robots(settings: Any, robots: Any, relays: Any = None) -> list[tuple[str | None, str]]:
    settings.ROBOTS, settings.ROBOT_RELAYS = robots, relays if relays is not None else {}
    return [(one.id, str(one.msg)) for one in robots_make_sense(None)]


def test_a_good_gateway_and_none_at_all_are_fine(settings: Any) -> None:
    assert _sms(settings) == []
    assert _sms(settings, SMS_URL="", SMS_FORMAT="xml") == []


def test_a_gateway_whose_answers_are_not_read_is_a_warning(settings: Any) -> None:
    ((code, words),) = _sms(settings, SMS_SUCCESS="")
    assert code == "yangcheng_ec.W010"
    assert "SMS_SUCCESS" in words


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("SMS_URL", "ftp://sms.county.invalid/", "SMS_URL"),
        ("SMS_FORMAT", "xml", "json 或 form"),
        ("SMS_TIMEOUT", 0, "0 与 20"),
        ("SMS_TIMEOUT", 60.0, "0 与 20"),
        ("SMS_FIELDS", ["phone"], "JSON 对象"),
        ("SMS_FIELDS", {"to": "{phone}"}, "{text}"),
        ("SMS_FIELDS", {"to": "{phone}", "text": "{text}", "x": "{wage}"}, "wage"),
        ("SMS_HEADERS", {"X-Key": 7}, "JSON 对象"),
        ("SMS_HEADERS", {"X Key": "7"}, "X Key"),
        ("SMS_HEADERS", {"X-Key": "a\nb"}, "X-Key"),
        ("SMS_HEADERS", {"X-Key": "密"}, "X-Key"),
        ("SMS_KEY_HEADER", "not a header", "not a header"),
        ("SMS_TEMPLATES", {"warning": 7}, "JSON 对象"),
        ("SMS_SUCCESS", "zero", "路径=值"),
        ("SMS_REFUSAL", "zero", "路径=值"),
    ],
)
def test_a_gateway_that_could_never_work_is_refused(name: str, value: Any, words: str, settings: Any) -> None:
    ((code, said),) = _sms(settings, **{name: value})
    assert code == "yangcheng_ec.E010"
    assert said.startswith(f"{name}：")
    assert words in said


def test_a_form_has_no_nested_fields(settings: Any) -> None:
    nested = {"phone": "{phone}", "text": "{text}", "more": {"key": "{key}"}}
    assert _sms(settings, SMS_FIELDS=nested) == []
    ((_code, said),) = _sms(settings, SMS_FIELDS=nested, SMS_FORMAT="form")
    assert "form" in said


def test_good_robots_and_none_are_fine(settings: Any) -> None:
    assert _robots(settings, {}) == []
    made = {"指挥部群": "wecombot://botkey123456", "专家群": "feishu://token123456"}
    assert _robots(settings, made, {"qyapi.weixin.qq.com": "http://10.0.0.8:8080"}) == []


@pytest.mark.parametrize(
    ("robots", "relays", "code"),
    [
        (["wecombot://x"], {}, "yangcheng_ec.E011"),
        ({"群": 7}, {}, "yangcheng_ec.E011"),
        ({}, {"host": None}, "yangcheng_ec.E011"),
        ({"": "wecombot://botkey123456"}, {}, "yangcheng_ec.E012"),
        ({"群" * 61: "wecombot://botkey123456"}, {}, "yangcheng_ec.E012"),
        ({"群": "mailto://a:b@c.invalid"}, {}, "yangcheng_ec.E013"),
        ({"群": "no address"}, {}, "yangcheng_ec.E013"),
        ({}, {"qyapi.weixin.qq.com": "file:///etc/passwd"}, "yangcheng_ec.E014"),
    ],
)
def test_robots_that_could_never_work_are_refused(robots: Any, relays: Any, code: str, settings: Any) -> None:
    assert [found for found, _ in _robots(settings, robots, relays)] == [code]


def test_no_robots_address_is_ever_said(settings: Any) -> None:
    ((_code, said),) = _robots(settings, {"群": "wecom-secret-4711"})
    assert "群" in said
    assert "4711" not in said
