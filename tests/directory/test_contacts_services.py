"""Keeping the directory: numbers checked, old → new kept, nothing deleted, two editors never overwrite each other."""

from __future__ import annotations

from typing import Any

import pytest

from directory.models import Contact, Unit
from directory.phones import mask, number_problem, number_tidy
from directory.selectors.contacts import conflicts, contact_history
from directory.services import contact_add, contact_edit, contact_restore, contact_retire, contact_verify
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, StaleVersion, WrongState
from yangcheng_ec.record.models import CaseHead
from yangcheng_ec.record.selectors import verify_chain

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper(people: Any) -> Any:
    return people["contacts"]


@pytest.fixture
def runcheng(cyber: Any) -> Contact:
    return Contact.objects.get(plan_version=cyber, unit__code="runcheng")


@pytest.mark.parametrize(
    ("typed", "kind", "kept"),
    [
        ("4814501", "duty", "4814501"),
        (" 481 4501 ", "duty", "4814501"),
        ("４８１４５０１", "duty", "4814501"),
        ("0351－3046789", "duty", "0351-3046789"),
        ("0351—3046789", "fax", "0351-3046789"),
        ("18635617707", "mobile", "18635617707"),
        ("186 3561 7707", "duty", "18635617707"),
        ("zhiban@example.cn", "email", "zhiban@example.cn"),
    ],
)
def test_good_numbers_are_tidied_and_accepted(typed: str, kind: str, kept: str) -> None:
    tidied = number_tidy(typed, kind)
    assert tidied == kept
    assert number_problem(tidied, kind) == ""


@pytest.mark.parametrize(
    ("typed", "kind", "words"),
    [
        ("", "duty", "请填写号码"),
        ("4814a01", "duty", "不要写字母"),
        ("县政府办", "duty", "不要写字母"),
        ("<b>4814501</b>", "duty", "不要写字母"),
        ("1234", "duty", "5 至 12 位"),
        ("1234567890123", "duty", "5 至 12 位"),
        ("48-14501", "duty", "短横只能用在区号之后"),
        ("12345678901", "mobile", "11 位"),
        ("4814501", "mobile", "11 位"),
        ("不是邮箱", "email", "邮箱格式不对"),
    ],
)
def test_bad_numbers_are_refused_with_words(typed: str, kind: str, words: str) -> None:
    assert words in number_problem(number_tidy(typed, kind), kind)


def test_mobile_is_masked_and_landline_is_not() -> None:
    assert mask("13812345678") == "138****5678"
    assert mask("4814501") == "4814501"


def test_add_writes_the_contact_and_the_record(keeper: Any) -> None:
    unit = Unit.objects.get(code="gongan")
    row = contact_add(user=keeper, unit_id=unit.pk, kind="mobile", value="138 1234 5678", person="张三")
    assert (row.value, row.printed_name, row.plan_version_id) == ("13812345678", unit.name, None)
    entry = contact_history(row).get()
    assert (entry.kind, entry.actor_name, entry.actor_post) == ("contact.added", keeper.display_name, "通讯录管理员")
    assert "13812345678" in entry.text
    assert verify_chain(CaseHead.objects.get(key="directory")) is None


@pytest.mark.parametrize("stranger", ["duty", "unit_gongan", "auditor", "security", "sysadmin"])
def test_nobody_else_may_add(people: Any, stranger: str) -> None:
    with pytest.raises(Forbidden, match="维护通讯录"):
        contact_add(user=people[stranger], unit_id=Unit.objects.get(code="gongan").pk, kind="duty", value="4233000")


def test_a_number_the_unit_has_is_refused(keeper: Any) -> None:
    with pytest.raises(BadInput) as refused:
        contact_add(user=keeper, unit_id=Unit.objects.get(code="gongan").pk, kind="duty", value="4233414")
    assert "已登记这个号码" in refused.value.fields["value"][0]


def test_unknown_unit_and_kind_are_refused(keeper: Any) -> None:
    with pytest.raises(BadInput) as refused:
        contact_add(user=keeper, unit_id=0, kind="duty", value="4233000")
    assert "unit" in refused.value.fields
    with pytest.raises(BadInput) as refused:
        contact_add(user=keeper, unit_id=Unit.objects.get(code="gongan").pk, kind="pager", value="4233000")
    assert "kind" in refused.value.fields


def test_edit_keeps_old_and_new_and_clears_the_verification(keeper: Any, runcheng: Contact) -> None:
    contact_verify(user=keeper, contact_id=runcheng.pk, version=1)
    row = contact_edit(user=keeper, contact_id=runcheng.pk, version=2, values={"value": "4814601", "note": "换号"})
    assert (row.value, row.version, row.verified_at) == ("4814601", 3, None)
    entry = contact_history(row).first()
    assert entry is not None
    assert "号码 4814501 → 4814601" in entry.text
    assert {"field": "号码", "was": "4814501", "now": "4814601"} in entry.data["changes"]


def test_edit_that_changes_nothing_writes_nothing(keeper: Any, runcheng: Contact) -> None:
    row = contact_edit(user=keeper, contact_id=runcheng.pk, version=1, values={"value": " 4814501 "})
    assert row.version == 1
    assert not contact_history(row).exists()


def test_second_editor_sees_what_changed(keeper: Any, runcheng: Contact) -> None:
    contact_edit(user=keeper, contact_id=runcheng.pk, version=1, values={"value": "4814601"})
    contact_edit(user=keeper, contact_id=runcheng.pk, version=2, values={"value": "4814602", "person": "李四"})
    with pytest.raises(StaleVersion) as stale:
        contact_edit(user=keeper, contact_id=runcheng.pk, version=1, values={"value": "4814999"})
    shown = {change.field: (change.was, change.now) for change in stale.value.changes}
    assert shown == {"号码": ("4814501", "4814602"), "联系人": ("", "李四")}
    runcheng.refresh_from_db()
    assert runcheng.value == "4814602"


def test_retire_needs_a_reason_and_deletes_nothing(keeper: Any, runcheng: Contact) -> None:
    with pytest.raises(BadInput):
        contact_retire(user=keeper, contact_id=runcheng.pk, version=1, reason="  ")
    row = contact_retire(user=keeper, contact_id=runcheng.pk, version=1, reason="空号")
    assert (row.state, Contact.objects.filter(pk=runcheng.pk).count()) == ("retired", 1)
    with pytest.raises(WrongState, match="已经停用"):
        contact_retire(user=keeper, contact_id=runcheng.pk, version=2, reason="再停一次")
    with pytest.raises(WrongState, match="先恢复"):
        contact_edit(user=keeper, contact_id=runcheng.pk, version=2, values={"value": "4814601"})
    with pytest.raises(WrongState, match="不能核实"):
        contact_verify(user=keeper, contact_id=runcheng.pk, version=2)
    assert contact_restore(user=keeper, contact_id=runcheng.pk, version=2).state == "active"
    with pytest.raises(WrongState, match="不需要恢复"):
        contact_restore(user=keeper, contact_id=runcheng.pk, version=3)
    kinds = list(contact_history(runcheng).values_list("kind", flat=True))
    assert kinds == ["contact.restored", "contact.retired"]


def test_restore_is_refused_when_the_number_came_back_otherwise(keeper: Any) -> None:
    unit = Unit.objects.get(code="gongan")
    row = contact_add(user=keeper, unit_id=unit.pk, kind="duty", value="4233001")
    contact_retire(user=keeper, contact_id=row.pk, version=1, reason="空号")
    contact_add(user=keeper, unit_id=unit.pk, kind="duty", value="4233001")
    with pytest.raises(BadInput):
        contact_restore(user=keeper, contact_id=row.pk, version=2)


def test_unknown_contact_is_not_visible(keeper: Any) -> None:
    with pytest.raises(NotVisible):
        contact_verify(user=keeper, contact_id=987654, version=1)


def test_conflicts_are_those_of_the_transcription(keeper: Any) -> None:
    """G5: 县应急管理局 and five townships have other numbers in the other plan; 县委网信办's only in one of them."""
    found = {pair.unit.name: {pair.first.value, pair.second.value} for pair in conflicts(keeper)}
    assert found["县应急管理局"] == {"4220426", "4222123"}
    assert found["润城镇人民政府"] == {"4814501", "4814601"}
    assert found["县委网信办"] == {"4239360", "4223589"}
    assert len(found) == 7


def test_making_them_equal_ends_the_conflict(keeper: Any, runcheng: Contact) -> None:
    contact_edit(user=keeper, contact_id=runcheng.pk, version=1, values={"value": "4814601"})
    assert "runcheng" not in {pair.unit.code for pair in conflicts(keeper)}


def test_verifying_both_marks_the_pair(keeper: Any) -> None:
    pair = next(pair for pair in conflicts(keeper) if pair.unit.code == "runcheng")
    assert not pair.verified
    for row in (pair.first, pair.second):
        contact_verify(user=keeper, contact_id=row.pk, version=row.version)
    assert next(pair for pair in conflicts(keeper) if pair.unit.code == "runcheng").verified
