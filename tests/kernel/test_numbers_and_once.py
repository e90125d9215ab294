"""Numbers without gaps or doubles; a retry that finds the first answer; both under real concurrency."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction

from yangcheng_ec.errors import BadInput
from yangcheng_ec.idempotency import fingerprint_of, once
from yangcheng_ec.models import IdempotencyKey, NumberSequence
from yangcheng_ec.numbers import number_next

DAY = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)

on_postgres = pytest.mark.skipif("sqlite" in str(connection.settings_dict["ENGINE"]), reason="needs PostgreSQL")


def side_by_side(number: int, act: Callable[[int], Any]) -> list[Any]:
    """Run ``act`` in as many threads, started together, each with its own connection."""
    gate = threading.Barrier(number)

    def run(place: int) -> Any:
        gate.wait()
        try:
            return act(place)
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(run, range(number)))


# Numbers


def test_numbers_count_up_by_prefix_and_day(db: None) -> None:
    assert [number_next("KX", at=DAY) for _ in range(3)] == [f"KX-20261122-00{n}" for n in (1, 2, 3)]
    assert number_next("KY", at=DAY) == "KY-20261122-001"


def test_the_day_is_the_countys(db: None) -> None:
    assert number_next("KX", at=datetime(2026, 11, 22, 16, 0, tzinfo=UTC)) == "KX-20261123-001"


def test_a_drill_has_numbers_of_its_own(db: None) -> None:
    assert number_next("KX", at=DAY, drill=True) == "KX-D20261122-001"
    assert number_next("KX", at=DAY) == "KX-20261122-001"


def test_the_thousandth_of_a_day_has_a_number_too(db: None) -> None:
    NumberSequence.objects.create(prefix="KX-20261122", last=999)
    assert number_next("KX", at=DAY) == "KX-20261122-1000"


def test_a_number_of_a_failed_act_is_given_again(db: None) -> None:
    with transaction.atomic():
        number_next("KX", at=DAY)
        transaction.set_rollback(True)
    assert number_next("KX", at=DAY) == "KX-20261122-001"


@on_postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
def test_numbers_are_unique_when_many_ask_at_once() -> None:
    def several(_place: int) -> list[str]:
        found = []
        for _ in range(10):
            with transaction.atomic():
                found.append(number_next("KX", at=DAY))
        return found

    numbers = sorted(number for some in side_by_side(8, several) for number in some)
    assert numbers == [f"KX-20261122-{n:03d}" for n in range(1, 81)]


# Once only


@pytest.fixture
def made() -> list[str]:
    """What was made."""
    return []


def maker(made: list[str]) -> Callable[[], str]:
    """Return an act that makes one more."""

    def act() -> str:
        made.append("x")
        return f"id-{len(made)}"

    return act


def test_the_same_key_finds_the_first_result(officer: Any, made: list[str]) -> None:
    ask = {"user": officer, "scope": "incident.file", "key": "k-1", "fingerprint": fingerprint_of({"a": 1})}
    assert once(**ask, act=maker(made)) == ("id-1", True)
    assert once(**ask, act=maker(made)) == ("id-1", False)
    assert made == ["x"]


def test_another_user_scope_or_key_is_another_act(officer: Any, stranger: Any, made: list[str]) -> None:
    ask = {"user": officer, "scope": "a", "key": "k", "fingerprint": "f"}
    for change in ({}, {"user": stranger}, {"scope": "b"}, {"key": "l"}):
        assert once(**(ask | change), act=maker(made))[1]
    assert len(made) == 4


def test_without_a_key_it_runs_each_time(officer: Any, made: list[str]) -> None:
    for _ in range(2):
        once(user=officer, scope="a", key="", fingerprint="f", act=maker(made))
    assert (len(made), IdempotencyKey.objects.count()) == (2, 0)


def test_one_key_does_not_stand_for_two_contents(officer: Any, made: list[str]) -> None:
    once(user=officer, scope="a", key="k", fingerprint=fingerprint_of({"a": 1}), act=maker(made))
    with pytest.raises(BadInput) as refused:
        once(user=officer, scope="a", key="k", fingerprint=fingerprint_of({"a": 2}), act=maker(made))
    assert refused.value.code == "idempotency_mismatch"
    assert made == ["x"]


@pytest.mark.parametrize("key", ["k" * 101, "a\x00b", "a\nb", "\u202eabc"])
def test_a_key_is_short_and_printable(officer: Any, made: list[str], key: str) -> None:
    with pytest.raises(BadInput):
        once(user=officer, scope="a", key=key, fingerprint="f", act=maker(made))
    assert made == []


def test_an_act_that_failed_may_be_tried_again_with_its_key(officer: Any, made: list[str]) -> None:
    def fail() -> str:
        raise BadInput("缺少名称。")

    ask = {"user": officer, "scope": "a", "key": "k", "fingerprint": "f"}
    with pytest.raises(BadInput):
        once(**ask, act=fail)
    assert once(**ask, act=maker(made)) == ("id-1", True)


def test_a_fingerprint_does_not_depend_on_the_order_of_fields() -> None:
    assert fingerprint_of({"a": 1, "b": DAY}) == fingerprint_of({"b": DAY, "a": 1})
    assert fingerprint_of({"a": "1"}) != fingerprint_of({"a": 1})


@on_postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.postgres
def test_a_double_click_makes_one() -> None:
    user = get_user_model().objects.create_user("kernel_clicker", display_name="李双击")

    def click(_place: int) -> tuple[str, bool]:
        return once(
            user=user,
            scope="incident.file",
            key="same",
            fingerprint="f",
            act=lambda: NumberSequence.objects.create(prefix=f"made-{threading.get_ident()}").prefix,
        )

    answers = side_by_side(8, click)
    assert len({result for result, _ in answers}) == 1
    assert [ran for _, ran in answers].count(True) == 1
    assert NumberSequence.objects.filter(prefix__startswith="made-").count() == 1
