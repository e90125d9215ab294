"""Rounds of checks: who may, what is written, what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from early_warning.prevention import services
from early_warning.prevention.models import CheckReturn, HazardCheck
from early_warning.prevention.selectors import checks_visible_to
from tests.prevention.factories import a_round, later, opened, reported, unit
from yangcheng_ec.deadlines.models import Delivery, Notice
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, StaleVersion
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db


def _return(people: Any, check: HazardCheck, who: str, code: str, found: int, **more: Any) -> CheckReturn:
    return services.check_return(check_id=check.pk, unit=unit(code), found=found, user=people[who], **more)


def _told(kind: str) -> set[str]:
    rows = Notice.objects.filter(kind=kind, settled_at__isnull=True)
    return set(rows.values_list("recipient__username", flat=True))


def _last(check: HazardCheck) -> str:
    return RecordEntry.objects.filter(head=check.head_id).order_by("-seq")[0].text


def test_the_office_opens_a_round_and_units_with_people_are_told(people: Any, cyber: Any) -> None:
    check = opened(people, cyber, "shuju", "gongan", "kaifaqu", "shuju")
    assert check.number.startswith("PC-")
    assert set(check.returns.values_list("unit__code", "found")) == {
        ("shuju", None), ("gongan", None), ("kaifaqu", None),
    }  # fmt: skip
    assert _told("check.opened") == {"unit_shuju", "unit_gongan"}
    assert not Delivery.objects.filter(notice__kind="check.opened", channel="phone").exists(), "不占叫应单"
    entry = RecordEntry.objects.get(kind="check.opened")
    assert (entry.clause, entry.head.kind) == ("网络预案 3.1", "hazard_check")
    assert "非预案规定" in entry.text


def test_a_second_click_opens_one_round(people: Any, cyber: Any) -> None:
    given = {"version": cyber, "wanted": a_round(), "units": [unit("shuju")], "user": people["office"], "key": "k"}
    assert services.check_open(**given).pk == services.check_open(**given).pk


def test_a_unit_opens_its_own_check_alone(people: Any, cyber: Any) -> None:
    given = {"version": cyber, "wanted": a_round(), "user": people["unit_shuju"]}
    own = services.check_open(**given, units=[])
    assert own.own
    assert [row.unit.code for row in own.returns.all()] == ["shuju"]
    assert not Notice.objects.filter(kind="check.opened").exists()
    with pytest.raises(Forbidden, match="只能开展本单位的自查"):
        services.check_open(**given, units=[unit("gongan")])
    _return(people, own, "unit_shuju", "shuju", 0)
    assert services.check_close(check_id=own.pk, version=None, user=people["unit_shuju"]).state == "closed"


@pytest.mark.parametrize("who", ["commander", "auditor", "comms_office"])
def test_nobody_else_opens_a_round(who: str, people: Any, cyber: Any) -> None:
    with pytest.raises(Forbidden, match="部署隐患排查"):
        services.check_open(version=cyber, wanted=a_round(), units=[unit("shuju")], user=people[who])


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "长" * 121}, "title"),
        ({"content": ""}, "content"),
        ({"starts_on": None}, "starts_on"),
        ({"ends_on": timezone.localdate() - timedelta(days=1)}, "ends_on"),
        ({"due_at": None}, "due_at"),
        ({"due_at": timezone.now() - timedelta(days=1)}, "due_at"),
    ],
)
def test_what_a_round_lacks_is_named(over: dict[str, Any], field: str, people: Any, cyber: Any) -> None:
    with pytest.raises(BadInput) as caught:
        opened(people, cyber, **over)
    assert field in caught.value.fields


def test_a_round_of_the_office_needs_units(people: Any, cyber: Any) -> None:
    with pytest.raises(BadInput) as caught:
        services.check_open(version=cyber, wanted=a_round(), units=[], user=people["office"])
    assert "units" in caught.value.fields


def test_units_answer_and_correct_while_the_round_is_open(people: Any, cyber: Any) -> None:
    check = opened(people, cyber)
    row = _return(people, check, "unit_shuju", "shuju", 0, text="全部核对")
    assert (row.found, row.returned_by, row.late) == (0, people["unit_shuju"], False)
    assert _told("check.opened") == {"unit_gongan"}, "报过的不再提醒"
    assert "未发现隐患" in _last(check)
    with pytest.raises(StaleVersion):
        _return(people, check, "unit_shuju", "shuju", 1, version=1)
    _return(people, check, "unit_shuju", "shuju", 1, version=row.version)
    assert "更正排查结果，原报未发现隐患，现报发现1处" in _last(check)
    check.refresh_from_db()
    assert check.version == 1, "各单位同时报，互不相干"


def test_findings_on_file_count(people: Any, cyber: Any) -> None:
    check = opened(people, cyber)
    reported(people, cyber, hazard_check=check)
    with pytest.raises(BadInput) as caught:
        _return(people, check, "unit_shuju", "shuju", 0)
    assert "已报告 1 处" in caught.value.fields["found"][0]
    assert _return(people, check, "unit_shuju", "shuju", 3).found == 3


def test_who_answers_for_whom(people: Any, cyber: Any) -> None:
    check = opened(people, cyber)
    with pytest.raises(NotVisible):
        _return(people, check, "unit_runcheng", "runcheng", 0)
    with pytest.raises(NotVisible):
        _return(people, check, "office", "runcheng", 0, said_by="x")
    with pytest.raises(Forbidden):
        _return(people, check, "unit_shuju", "gongan", 0)
    for who in ("commander", "auditor", "comms_office"):
        with pytest.raises(Forbidden):
            _return(people, check, who, "gongan", 0, said_by="x")
    with pytest.raises(BadInput) as caught:
        _return(people, check, "duty", "gongan", 0)
    assert "said_by" in caught.value.fields
    row = _return(people, check, "duty", "gongan", 0, said_by="韩卫民")
    assert (row.said_by, row.returned_by) == ("韩卫民", people["duty"])
    assert "韩卫民电话报来，代录" in _last(check)


@pytest.mark.parametrize(
    ("found", "text", "field"), [(-1, "", "found"), (10_000, "", "found"), (0, "长" * 501, "note")]
)
def test_an_impossible_result_is_refused(found: int, text: str, field: str, people: Any, cyber: Any) -> None:
    with pytest.raises(BadInput) as caught:
        _return(people, opened(people, cyber), "unit_shuju", "shuju", found, text=text)
    assert field in caught.value.fields


def test_chasing_reaches_who_has_not_answered(people: Any, cyber: Any) -> None:
    check = opened(people, cyber, "shuju", "gongan", "kaifaqu")
    _return(people, check, "unit_shuju", "shuju", 0)
    assert services.check_chase(check_id=check.pk, version=1, user=people["office"]) == 1
    assert _told("check.chased") == {"unit_gongan"}
    assert "县公安局、开发区管委会" in _last(check)
    with pytest.raises(StaleVersion):
        services.check_chase(check_id=check.pk, version=1, user=people["office"])
    with pytest.raises(BadInput):
        services.check_chase(check_id=check.pk, version=2, user=people["office"], unit=unit("shuju"))
    assert services.check_chase(check_id=check.pk, version=2, user=people["office"], unit=unit("kaifaqu")) == 0
    for who in ("unit_gongan", "commander", "auditor"):
        with pytest.raises(Forbidden):
            services.check_chase(check_id=check.pk, version=None, user=people[who])


def test_ending_a_round_keeps_who_did_not_answer(people: Any, cyber: Any) -> None:
    check = opened(people, cyber)
    _return(people, check, "unit_shuju", "shuju", 0)
    for who in ("unit_shuju", "commander", "comms_office"):
        with pytest.raises((Forbidden, NotVisible)):
            services.check_close(check_id=check.pk, version=1, user=people[who])
    done = services.check_close(check_id=check.pk, version=1, user=people["duty"], text="总体良好")
    assert (done.state, done.close_note) == ("closed", "总体良好")
    assert "未报送1个单位：县公安局" in _last(check)
    assert _told("check.opened") == set()


def test_withdrawing_needs_a_reason_and_tells_the_units(people: Any, cyber: Any) -> None:
    check = opened(people, cyber)
    with pytest.raises(BadInput):
        services.check_withdraw(check_id=check.pk, version=1, reason=" ", user=people["office"])
    services.check_withdraw(check_id=check.pk, version=1, reason="与市里的重复", user=people["office"])
    assert _told("check.withdrawn") == {"unit_shuju", "unit_gongan"}


def test_a_unit_sees_the_rounds_it_has_to_answer(people: Any, cyber: Any) -> None:
    check = opened(people, cyber, "shuju")
    for who, sees in (("unit_shuju", True), ("unit_gongan", False), ("auditor", True), ("sysadmin", False)):
        assert checks_visible_to(people[who]).filter(pk=check.pk).exists() == sees, who


def test_the_database_holds_a_result_whole(people: Any, cyber: Any) -> None:
    check = opened(people, cyber, due_at=later(1))
    with pytest.raises(IntegrityError), transaction.atomic():
        check.returns.update(found=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        HazardCheck.objects.update(ends_on=check.starts_on - timedelta(days=1))
