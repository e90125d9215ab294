"""The five rungs of a receipt, developments, and the reports upward."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from directory.models import Unit
from early_warning import services
from early_warning.models import EarlyWarning, WarningAddressee
from early_warning.selectors import addressee_rows, addressees_of
from tests.early_warning.factories import lifted, published
from yangcheng_ec.deadlines.models import Deadline
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, StaleVersion, WrongState
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def warning(cyber: Any, people: Any) -> EarlyWarning:
    return published(people, cyber)


def _row(warning: EarlyWarning, code: str = "gongan") -> WarningAddressee:
    return warning.addressees.get(unit__code=code)


def test_the_ladder_of_a_unit(warning: EarlyWarning, people: Any) -> None:
    user = people["unit_gongan"]
    rung = [bool(step["at"]) for step in addressee_rows([_row(warning)])[0].rungs]
    assert rung == [True, False, False, False, False]
    services.warning_opened(warning_id=warning.pk, user=user)
    services.warning_confirm(warning_id=warning.pk, user=user)
    services.warning_inform_leader(warning_id=warning.pk, user=user, leader="王局长")
    services.warning_progress(warning_id=warning.pk, user=user, text="已关闭远程管理", measures=True)
    row = _row(warning)
    assert all(step["at"] for step in addressee_rows([row])[0].rungs)
    assert (row.confirmed_by, row.confirmed_how, row.leader_name) == (user.display_name, "系统内确认", "王局长")


def test_first_opening_is_the_delivery_and_counts_once(warning: EarlyWarning, people: Any) -> None:
    services.warning_opened(warning_id=warning.pk, user=people["unit_gongan"])
    first = _row(warning).delivered_at
    services.warning_opened(warning_id=warning.pk, user=people["unit_gongan"])
    assert _row(warning).delivered_at == first
    assert RecordEntry.objects.filter(kind="warning.delivered").count() == 1


def test_the_office_opening_it_delivers_nothing(warning: EarlyWarning, people: Any) -> None:
    services.warning_opened(warning_id=warning.pk, user=people["office"])
    assert not warning.addressees.filter(delivered_at__isnull=False).exists()


def test_confirming_with_the_leader_at_once(warning: EarlyWarning, people: Any) -> None:
    services.warning_confirm(warning_id=warning.pk, user=people["unit_gongan"], leader="王局长")
    row = _row(warning)
    assert row.delivered_at == row.confirmed_at == row.leader_informed_at


def test_a_second_confirmation_names_the_first(warning: EarlyWarning, people: Any) -> None:
    services.warning_confirm(warning_id=warning.pk, user=people["unit_gongan"])
    with pytest.raises(WrongState, match=people["unit_gongan"].display_name):
        services.warning_confirm(warning_id=warning.pk, user=people["unit_gongan"])


def test_leader_before_confirmation_is_refused(warning: EarlyWarning, people: Any) -> None:
    with pytest.raises(WrongState, match="先确认"):
        services.warning_inform_leader(warning_id=warning.pk, user=people["unit_gongan"], leader="王局长")


def test_the_office_confirms_for_a_unit_with_a_name(warning: EarlyWarning, people: Any) -> None:
    unit = Unit.objects.get(code="gongan")
    with pytest.raises(BadInput) as refused:
        services.warning_confirm(warning_id=warning.pk, user=people["duty"], unit=unit)
    assert "person" in refused.value.fields
    services.warning_confirm(warning_id=warning.pk, user=people["duty"], unit=unit, person="李警官")
    row = _row(warning)
    assert (row.confirmed_by, row.confirmed_how) == ("李警官", "电话确认（代录）")


def test_who_may_not_confirm(warning: EarlyWarning, people: Any) -> None:
    gongan, runcheng = Unit.objects.get(code="gongan"), Unit.objects.get(code="runcheng")
    with pytest.raises(Forbidden):
        services.warning_confirm(warning_id=warning.pk, user=people["unit_shuju"], unit=gongan, person="甲")
    with pytest.raises(NotVisible):
        services.warning_confirm(warning_id=warning.pk, user=people["unit_runcheng"])
    with pytest.raises(Forbidden):
        services.warning_confirm(warning_id=warning.pk, user=people["auditor"], unit=gongan, person="甲")
    with pytest.raises(BadInput):
        services.warning_confirm(warning_id=warning.pk, user=people["duty"], unit=runcheng, person="甲")
    with pytest.raises(BadInput):
        services.warning_confirm(warning_id=warning.pk, user=people["duty"], person="甲")


def test_times_in_the_future_or_before_publication_are_refused(warning: EarlyWarning, people: Any) -> None:
    unit, now = Unit.objects.get(code="gongan"), timezone.now()
    for moment in (now + timedelta(hours=1), now - timedelta(hours=1)):
        with pytest.raises(BadInput) as refused:
            services.warning_confirm(
                warning_id=warning.pk, user=people["duty"], unit=unit, person="李警官", done_at=moment
            )
        assert "done_at" in refused.value.fields


def test_the_minute_of_publication_counts_as_that_moment(warning: EarlyWarning, people: Any) -> None:
    typed = warning.published_at.replace(second=0, microsecond=0)
    unit = Unit.objects.get(code="gongan")
    services.warning_confirm(warning_id=warning.pk, user=people["duty"], unit=unit, person="李警官", done_at=typed)
    assert _row(warning).confirmed_at == warning.published_at


def test_a_stale_version_is_refused_when_it_is_given(warning: EarlyWarning, people: Any) -> None:
    with pytest.raises(StaleVersion):
        services.warning_confirm(warning_id=warning.pk, user=people["unit_gongan"], version=1)


def test_a_lifted_warning_takes_no_receipts(cyber: Any, people: Any) -> None:
    warning = lifted(people, cyber)
    with pytest.raises(WrongState):
        services.warning_confirm(warning_id=warning.pk, user=people["unit_gongan"])
    with pytest.raises(WrongState):
        services.warning_progress(warning_id=warning.pk, user=people["unit_gongan"], text="已处理")


def test_progress_without_words_or_name(warning: EarlyWarning, people: Any) -> None:
    with pytest.raises(BadInput) as refused:
        services.warning_progress(warning_id=warning.pk, user=people["unit_gongan"], text=" ")
    assert "text" in refused.value.fields
    unit = Unit.objects.get(code="gongan")
    with pytest.raises(BadInput) as refused:
        services.warning_progress(warning_id=warning.pk, user=people["duty"], unit=unit, text="已处理")
    assert "person" in refused.value.fields
    entry = services.warning_progress(
        warning_id=warning.pk, user=people["duty"], unit=unit, text="已处理", person="李警官"
    )
    assert entry.on_behalf
    assert _row(warning).measures_reported_at is None


def test_those_who_have_not_confirmed_come_first(warning: EarlyWarning, people: Any) -> None:
    first = addressees_of(warning)[0].unit.code
    account = f"unit_{first}"
    services.warning_confirm(warning_id=warning.pk, user=people[account])
    assert addressees_of(warning)[0].unit.code != first
    assert list(addressees_of(warning))[-1].unit.code == first


def _report(warning: EarlyWarning, people: Any, **over: Any) -> Deadline:
    clock = Deadline.objects.filter(subject_type="warning", subject_id=warning.pk).latest("pk")
    given: dict[str, Any] = {
        "deadline_id": clock.pk, "codes": ["xianwei", "xianzhengfu"], "channel": "phone", "heard_by": "值班室老陈",
        "user": people["duty"],
    }  # fmt: skip
    return services.warning_report_up(warning_id=warning.pk, **(given | over))


def test_the_report_upward_meets_the_clock_when_all_are_told(warning: EarlyWarning, people: Any) -> None:
    assert _report(warning, people, codes=["xianwei"]).state == "running"
    assert _report(warning, people, codes=["xianzhengfu"]).state == "met"
    with pytest.raises(WrongState):
        _report(warning, people)


def test_lifting_is_reported_to_the_superior_too(cyber: Any, people: Any) -> None:
    warning = lifted(people, cyber)
    assert _report(warning, people).state == "running"
    assert _report(warning, people, codes=["shangji_bumen"]).state == "met"
    first = Deadline.objects.filter(subject_id=warning.pk).order_by("pk").first()
    assert first.state == "running"
    assert _report(warning, people, deadline_id=first.pk).state == "met"


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"codes": []}, "codes"),
        ({"codes": ["shengwei"]}, "codes"),
        ({"channel": "pigeon"}, "channel"),
        ({"heard_by": " "}, "heard_by"),
        ({"done_at": timezone.now() + timedelta(days=1)}, "done_at"),
        ({"done_at": timezone.now() - timedelta(days=1)}, "done_at"),
    ],
)
def test_a_bad_report_upward(over: Any, field: str, warning: EarlyWarning, people: Any) -> None:
    with pytest.raises(BadInput) as refused:
        _report(warning, people, **over)
    assert field in refused.value.fields


def test_the_report_upward_is_the_offices(warning: EarlyWarning, people: Any) -> None:
    with pytest.raises(Forbidden):
        _report(warning, people, user=people["comms_duty"])
    with pytest.raises(NotVisible):
        _report(warning, people, deadline_id=999_999)
