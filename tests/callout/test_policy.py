"""A plan's call-out policies: the office director changes them in force, with a reason, by edition."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from directory.models import CalloutEdition
from directory.services.callout_policy import (
    DEFAULTS,
    LEVELS,
    callout_policy_change,
    policies_of,
    policy_for,
    policy_words,
)
from yangcheng_ec.errors import BadInput, Forbidden, StaleVersion
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db


def lines(**changes: Any) -> list[Any]:
    """Return the defaults with the second level changed."""
    return [replace(DEFAULTS[level], **changes) if level == 2 else DEFAULTS[level] for level in LEVELS]


def change(version: Any, user: Any, made: list[Any], **over: Any) -> Any:
    given = {"plan_id": version.plan_id, "edition": 0, "lines": made, "reason": "演练后认为太慢", "user": user}
    return callout_policy_change(**(given | over))


def test_defaults_grow_slower_with_the_level(cyber: Any) -> None:
    assert [policy_for(cyber.pk, level).minutes for level in (1, 2, 3, 4)] == [3, 5, 10, 15]
    assert policy_for(cyber.pk, 1).goes_first("phone")
    assert not policy_for(cyber.pk, 2).goes_first("phone")
    assert policy_for(cyber.pk, 0) == policy_for(cyber.pk, 2)
    assert policy_for(cyber.pk, 9) == policy_for(cyber.pk, 4)


def test_the_director_changes_them_for_this_plan_only(cyber: Any, comms: Any, people: Any) -> None:
    made = change(cyber, people["director"], lines(minutes=2, first=("email",)))
    assert made.number == 1
    assert policy_for(cyber.pk, 2).minutes == 2
    assert policy_for(comms.pk, 2).minutes == 5
    line = RecordEntry.objects.get(kind="plan.callout_changed")
    assert "演练后认为太慢" in line.text
    assert (line.data["was"][1]["minutes"], line.data["now"][1]["minutes"]) == (5, 2)


def test_nothing_changed_writes_nothing(cyber: Any, people: Any) -> None:
    assert change(cyber, people["director"], lines()) is None
    assert not CalloutEdition.objects.exists()


@pytest.mark.parametrize("name", ["office", "duty", "commander", "comms_director", "unit_gongan", "auditor"])
def test_nobody_else_changes_them(cyber: Any, people: Any, name: str) -> None:
    with pytest.raises(Forbidden, match="办公室主任"):
        change(cyber, people[name], lines(minutes=2))
    assert policies_of(cyber.plan) == list(DEFAULTS.values())


def test_a_stale_edition_says_what_it_is_now(cyber: Any, people: Any) -> None:
    change(cyber, people["director"], lines(minutes=2))
    with pytest.raises(StaleVersion) as refused:
        change(cyber, people["director"], lines(minutes=4))
    assert refused.value.changes[0].now == policy_words(policies_of(cyber.plan))


@pytest.mark.parametrize(
    ("made", "reason", "field"),
    [
        (lines(minutes=0), "太慢", "level-2"),
        (lines(minutes=121), "太慢", "level-2"),
        (lines(first=("pigeon",)), "太慢", "level-2"),
        (lines()[:3], "太慢", "levels"),
        (lines(minutes=2), " ", "reason"),
        (lines(minutes=2), "长" * 301, "reason"),
    ],
)
def test_bad_input_names_level_or_reason(cyber: Any, people: Any, made: Any, reason: str, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        change(cyber, people["director"], made, reason=reason)
    assert list(refused.value.fields) == [field]
    assert not CalloutEdition.objects.exists()


def typed(**over: str) -> dict[str, Any]:
    """Return the page's form as it stands, with changes."""
    data: dict[str, Any] = {"edition": "0", "reason": "太慢"}
    for level in LEVELS:
        data[f"level-{level}-minutes"] = str(DEFAULTS[level].minutes)
        data[f"level-{level}-first"] = list(DEFAULTS[level].first)
    return data | over


def test_the_page_changes_them(client_for: Any, cyber: Any, django_assert_max_num_queries: Any) -> None:
    client = client_for("director")
    with django_assert_max_num_queries(20):
        assert "非预案规定" in client.get("/plans/cyber-2025/callout/").content.decode()
    answer = client.post("/plans/cyber-2025/callout/", typed(**{"level-3-minutes": "7"}), follow=True)
    text = answer.content.decode()
    assert "已调整" in text
    assert "每7分钟一步" in text
    assert policy_for(cyber.pk, 3).minutes == 7


def test_the_page_keeps_what_was_typed_and_says_what_is_wrong(client_for: Any) -> None:
    client = client_for("director")
    answer = client.post("/plans/cyber-2025/callout/", typed(**{"level-3-minutes": "999", "reason": ""}))
    assert answer.status_code == 400
    assert 'value="999"' in answer.content.decode()


def test_who_reads_and_who_may_not(client_for: Any) -> None:
    text = client_for("auditor").get("/plans/cyber-2025/callout/").content.decode()
    assert "只有办公室主任可以调整" in text
    assert "<form" not in text.partition("<main")[2].partition("</main>")[0]
    assert client_for("unit_gongan").get("/plans/cyber-2025/callout/").status_code == 403
    assert client_for("duty").post("/plans/cyber-2025/callout/", typed()).status_code == 403
    assert client_for("director").get("/plans/none/callout/").status_code == 404
    assert client_for("director").put("/plans/cyber-2025/callout/").status_code == 405
