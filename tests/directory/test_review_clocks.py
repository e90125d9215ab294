"""P1, P2: cyber is evaluated every three years, comms revised: due, overdue, done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from django.test import Client

from directory import clauses
from directory.models import PlanReview, PlanVersion
from directory.selectors.plan_reviews import review_clocks, review_clocks_of, years_after
from directory.services.plan_reviews import ReviewInput, plan_review_record
from directory.services.plan_revisions import plan_revision_confirm, plan_revision_start, plan_revision_submit
from yangcheng_ec.errors import BadInput, Forbidden
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon() -> Iterator[time_machine.Traveller]:
    """It is noon of 22 November 2026."""
    clauses.forget()
    with time_machine.travel("2026-11-22T12:00:00+08:00", tick=False) as traveller:
        yield traveller
    clauses.forget()


def review(day: date = date(2026, 11, 20), **over: Any) -> ReviewInput:
    """A review as it is recorded."""
    return ReviewInput(**{"reviewed_on": day, "result": "keep", "document": "评估报告", **over})


def test_p1_cyber_is_evaluated_every_three_years(cyber: PlanVersion) -> None:
    """「三年评估一次」 since 14 April 2025."""
    (clock,) = review_clocks([cyber])
    assert (clock.due_on, clock.overdue, clock.what, clock.clause) == (
        date(2028, 4, 14), False, "评估", "网络预案 7.1",
    )  # fmt: skip
    assert cyber.review_quote in cyber.clauses.get(ref="7.1").text


def test_p2_comms_is_overdue_since_june_2025(comms: PlanVersion) -> None:
    """「3年修订一次」 since 28 June 2022: due 28 June 2025, 512 days ago."""
    (clock,) = review_clocks([comms])
    assert (clock.due_on, clock.overdue, clock.days, clock.what, clock.clause) == (
        date(2025, 6, 28), True, 512, "修订", "通信预案 7.2",
    )  # fmt: skip
    assert comms.review_quote in comms.clauses.get(ref="7.2").text


def test_p1_the_day_itself_is_not_late(cyber: PlanVersion, noon: time_machine.Traveller) -> None:
    """Red from the next day on, by the calendar of Shanghai."""
    noon.move_to("2028-04-14T23:59:59+08:00")
    assert not review_clocks([cyber])[0].overdue
    noon.move_to("2028-04-15T00:00:00+08:00")
    assert review_clocks([cyber])[0].overdue


def test_a_leap_day() -> None:
    """29 February has no third anniversary."""
    assert years_after(date(2024, 2, 29), 3) == date(2027, 3, 1)


def test_p1_a_recorded_review_finishes_it(cyber: PlanVersion, people: Any) -> None:
    """The next is due three years after; with a line that cites the clause."""
    row = plan_review_record(code="cyber-2025", entry=review(), user=people["office"])
    assert (row.version, row.post_label) == (cyber, "网络预案 办公室工作人员")
    (clock,) = review_clocks([cyber])
    assert (clock.due_on, clock.reviewed) == (date(2029, 11, 20), True)
    line = RecordEntry.objects.get(kind="plan.reviewed")
    assert (line.head.key, line.clause) == ("plan:cyber-2025", "网络预案 7.1")


def test_p2_a_new_version_finishes_it(comms: PlanVersion, people: Any) -> None:
    """Put in force after the day: its own three years begin with its print."""
    draft = plan_revision_start(
        version_id=comms.pk, number="阳政办发〔2026〕50号", title=comms.title, user=people["comms_office"]
    )
    assert review_clocks([comms])[0].overdue
    act = {"version_id": draft.pk, "revision": 1}
    today = date(2026, 11, 22)
    plan_revision_submit(effective_on=today, issued_on=date(2026, 11, 15), user=people["comms_director"], **act)
    now = plan_revision_confirm(user=people["comms_commander"], **act)
    (clock,) = review_clocks([now])
    assert (clock.due_on, clock.overdue) == (date(2029, 11, 15), False)
    comms.refresh_from_db()
    assert review_clocks([comms]) == []


@pytest.mark.parametrize(
    ("over", "name"),
    [({"day": date(2026, 11, 23)}, "reviewed_on"), ({"day": date(2025, 4, 13)}, "reviewed_on"),
     ({"document": "  "}, "document"), ({"document": "长" * 201}, "document"), ({"result": "perhaps"}, "result")],
)  # fmt: skip
def test_bad_reviews(over: dict[str, Any], name: str, cyber: PlanVersion, people: Any) -> None:
    """Said beside the field; nothing written."""
    with pytest.raises(BadInput) as refused:
        plan_review_record(code="cyber-2025", entry=review(**over), user=people["office"])
    assert name in refused.value.fields
    assert not PlanReview.objects.exists()


def test_the_same_day_twice(cyber: PlanVersion, people: Any) -> None:
    """A double click records one."""
    plan_review_record(code="cyber-2025", entry=review(), user=people["office"])
    with pytest.raises(BadInput):
        plan_review_record(code="cyber-2025", entry=review(), user=people["director"])


@pytest.mark.parametrize("who", ["duty", "commander", "comms_office", "unit_gongan", "auditor"])
def test_only_the_office_responsible_records(who: str, cyber: PlanVersion, people: Any) -> None:
    """cyber 7.1 names who evaluates."""
    with pytest.raises(Forbidden):
        plan_review_record(code="cyber-2025", entry=review(), user=people[who])


@pytest.mark.parametrize(
    ("who", "plans"),
    [("office", ["cyber-2025"]), ("duty", ["cyber-2025"]), ("comms_director", ["comms-2022"]), ("commander", []),
     ("auditor", []), ("unit_gongan", [])],
)  # fmt: skip
def test_on_whose_desk(who: str, plans: list[str], people: Any, cyber: PlanVersion) -> None:
    """Only the office of that plan."""
    assert [clock.version.plan.code for clock in review_clocks_of(people[who])] == plans


def test_desk_and_plan_page_show_it(client_for: Callable[[str], Client], cyber: PlanVersion) -> None:
    """Quiet for cyber, red for comms; a unit sees neither."""
    desk = client_for("comms_office").get("/").text
    assert "review-line--late" in desk
    assert "2025年6月28日" in desk
    quiet = client_for("office").get("/").text
    assert "2028年4月14日" in quiet
    assert "review-line--late" not in quiet
    assert "review-line--late" in client_for("office").get("/plans/comms-2022/").text
    assert "review-line" not in client_for("unit_gongan").get("/plans/comms-2022/").text


def test_recording_in_the_browser(client_for: Callable[[str], Client], cyber: PlanVersion) -> None:
    """The office records it on the page of versions; bad input stays in the form."""
    address = "/plans/cyber-2025/reviews/"
    sent = {"reviewed_on": "2026-11-20", "result": "revise", "document": "阳网办〔2026〕3号 评估报告"}
    bad = client_for("office").post(address, {**sent, "reviewed_on": "2026-12-20"})
    assert (bad.status_code, "阳网办〔2026〕3号" in bad.text, "不能晚于今天" in bad.text) == (400, True, True)
    assert client_for("office").post(address, sent).status_code == 302
    page = client_for("office").get("/plans/cyber-2025/revisions/").text
    assert "需要修订" in page
    assert "2029年11月20日" in page
    assert client_for("duty").post(address, {**sent, "reviewed_on": "2026-11-19"}).status_code == 403
    assert client_for("office").get(address).status_code == 405
