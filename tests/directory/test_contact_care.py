"""The care of contacts: rulings, gaps, order, undo, calling to verify, initials, who looked at a mobile."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from directory.audience import duty_number, unit_recipients
from directory.models import Contact, ContactRuling, Unit
from directory.pinyin import initials_of, initials_pattern
from directory.selectors.calls import call_card
from directory.selectors.conflicts import Conflict, conflict_pairs
from directory.selectors.contact_care import gaps, verify_due, verify_turn
from directory.selectors.contacts import contact_history, contacts_found, numbers_of_unit
from directory.services import (
    contact_add,
    contact_edit,
    contact_prefer,
    contact_restore,
    contact_retire,
    contact_reveal,
    contact_rule_conflict,
    contact_undo,
    contact_verify,
)
from tests.directory.making import case, unit_call
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, StaleVersion, WrongState
from yangcheng_ec.record.models import CaseHead, RecordEntry
from yangcheng_ec.record.selectors import verify_chain

pytestmark = pytest.mark.django_db

# cross.json's unequal pairs: unit, number in cyber-2025, number in comms-2022.
UNEQUAL = {
    ("县委网信办", "4239360", "4223589"),
    ("县应急管理局", "4220426", "4222123"),
    ("润城镇人民政府", "4814501", "4814601"),
    ("西河乡人民政府", "4834102", "4834101"),
    ("东冶镇人民政府", "4860016", "4861111"),
    ("凤城镇人民政府", "4222788", "4223738"),
    ("北留镇人民政府", "4851226", "4851502"),
}


@pytest.fixture
def keeper(people: Any) -> Any:
    return people["contacts"]


@pytest.fixture
def runcheng(cyber: Any) -> Contact:
    return Contact.objects.get(plan_version=cyber, unit__code="runcheng")


@pytest.fixture
def mobile(keeper: Any) -> Contact:
    unit = Unit.objects.get(code="gongan")
    return contact_add(user=keeper, unit_id=unit.pk, kind="mobile", value="13812345678", person="张三")


def pair_of(code: str) -> Conflict:
    return next(pair for pair in conflict_pairs() if pair.unit.code == code)


def rule(user: Any, code: str, number: str, reason: str = "11月20日打通", **values: Any) -> ContactRuling:
    pair = pair_of(code)
    chosen = next(side for side in pair.sides if side.value == number)
    values.setdefault("version", pair.ruling.version if pair.ruling else 0)
    values.setdefault("seen", {side.pk: side.version for side in pair.sides})
    return contact_rule_conflict(user=user, unit_code=code, chosen_id=chosen.pk, reason=reason, **values)


def page(client: Client, address: str, **query: str) -> str:
    response = client.get(address, query)
    assert response.status_code == 200
    return str(response.content.decode())


# Unequal numbers


def test_the_seven_pairs_of_the_transcription(cyber: Any) -> None:
    assert {(pair.unit.name, pair.first.value, pair.second.value) for pair in conflict_pairs()} == UNEQUAL


def test_until_ruled_the_open_plan_decides_then_the_ruling_everywhere(keeper: Any, cyber: Any, comms: Any) -> None:
    unit = Unit.objects.get(code="runcheng")
    assert (duty_number(unit.pk, cyber.pk), duty_number(unit.pk, comms.pk)) == ("4814501", "4814601")
    ruling = rule(keeper, "runcheng", "4814601")
    assert (ruling.chosen.value, ruling.ruled_by, ruling.version) == ("4814601", keeper, 1)
    assert duty_number(unit.pk, cyber.pk) == duty_number(unit.pk, comms.pk) == duty_number(unit.pk) == "4814601"
    assert numbers_of_unit("runcheng", cyber.pk) == ["4814601", "4814501"]


def test_a_unit_without_accounts_is_called_on_the_number_ruled_on(keeper: Any, cyber: Any) -> None:
    unit = Unit.objects.get(code="xihe")
    assert unit_recipients([unit], cyber.pk)[unit.pk][0].phone == "4834102"
    rule(keeper, "xihe", "4834101")
    assert unit_recipients([unit], cyber.pk)[unit.pk][0].phone == "4834101"


def test_a_ruling_may_choose_a_row_printed_under_another_unit(keeper: Any, comms: Any) -> None:
    wangxin, xuanchuan = Unit.objects.get(code="wangxin"), Unit.objects.get(code="xuanchuan")
    assert duty_number(wangxin.pk, comms.pk) == "4223589"
    rule(keeper, "wangxin", "4239360")
    assert duty_number(wangxin.pk, comms.pk) == "4239360"
    assert numbers_of_unit("wangxin") == ["4239360", "4223589"]
    assert numbers_of_unit("xuanchuan") == ["4239360"]
    assert duty_number(xuanchuan.pk) == "4239360"


def test_a_ruling_is_a_line_of_the_record_and_a_new_one_replaces_it(keeper: Any) -> None:
    rule(keeper, "yingji", "4222123")
    again = rule(keeper, "yingji", "4220426", "对方 11月21日 来函")
    assert (ContactRuling.objects.count(), again.chosen.value, again.version) == (1, "4220426", 2)
    first, second = RecordEntry.objects.filter(kind="contact.ruled").order_by("id")
    assert first.text == (
        "裁定「县应急管理局」先拨 4222123（通信预案 8.3），不先拨 4220426（网络预案 8.8）。理由：11月20日打通。"
    )
    assert second.text.startswith("改裁「县应急管理局」先拨 4220426")
    assert (second.actor, second.actor_post) == (keeper, "通讯录管理员")
    assert verify_chain(CaseHead.objects.get(key="directory")) is None


@pytest.mark.parametrize("stranger", ["duty", "unit_gongan", "commander", "auditor", "security", "sysadmin"])
def test_only_the_keeper_rules(people: Any, stranger: str) -> None:
    with pytest.raises(Forbidden, match="维护通讯录"):
        rule(people[stranger], "yingji", "4222123")
    assert not ContactRuling.objects.exists()


def test_a_ruling_needs_a_reason_and_one_of_the_two(keeper: Any) -> None:
    with pytest.raises(BadInput) as refused:
        rule(keeper, "yingji", "4222123", "   ")
    assert "理由" in refused.value.fields["reason"][0]
    with pytest.raises(BadInput) as refused:
        rule(keeper, "yingji", "4222123", "字" * 301)
    assert "300" in refused.value.fields["reason"][0]
    pair = pair_of("yingji")
    with pytest.raises(BadInput) as refused:
        contact_rule_conflict(
            user=keeper, unit_code="yingji", seen={side.pk: 1 for side in pair.sides}, chosen_id=0, reason="x",
            version=0,
        )  # fmt: skip
    assert "chosen" in refused.value.fields


def test_stale_rulings_are_refused_with_what_changed(keeper: Any) -> None:
    pair = pair_of("yingji")
    seen = {side.pk: side.version for side in pair.sides}
    rule(keeper, "yingji", "4222123")
    with pytest.raises(StaleVersion) as stale:
        rule(keeper, "yingji", "4220426", seen=seen, version=0)
    assert "4222123" in stale.value.changes[0].now
    contact_edit(user=keeper, contact_id=pair.first.pk, version=1, values={"value": "4220427"})
    with pytest.raises(StaleVersion) as stale:
        rule(keeper, "yingji", "4222123", seen=seen, version=0)
    assert stale.value.changes[0].now == "4220427"


def test_no_pair_no_ruling(keeper: Any, runcheng: Contact, comms: Any) -> None:
    other = Contact.objects.get(plan_version=comms, unit__code="gongan")
    with pytest.raises(WrongState, match="没有冲突"):
        contact_rule_conflict(
            user=keeper, unit_code="runcheng", seen={runcheng.pk: 1, other.pk: 1}, chosen_id=other.pk, reason="x",
            version=0,
        )  # fmt: skip


def test_a_changed_number_opens_the_pair_again(keeper: Any, runcheng: Contact) -> None:
    rule(keeper, "runcheng", "4814501")
    contact_edit(user=keeper, contact_id=runcheng.pk, version=1, values={"note": "夜间"})
    assert pair_of("runcheng").ruling is not None
    contact_edit(user=keeper, contact_id=runcheng.pk, version=2, values={"value": "4814777"})
    assert pair_of("runcheng").ruling is None
    assert "随之失效" in RecordEntry.objects.get(kind="contact.ruling_lapsed").text


def test_retiring_the_loser_keeps_the_ruling_retiring_the_chosen_ends_it(keeper: Any) -> None:
    rule(keeper, "wangxin", "4239360")
    chosen, other = pair_of("wangxin").sides
    contact_retire(user=keeper, contact_id=other.pk, version=1, reason="空号")
    assert numbers_of_unit("wangxin") == ["4239360"]
    contact_restore(user=keeper, contact_id=other.pk, version=2)
    assert pair_of("wangxin").ruling is not None
    contact_retire(user=keeper, contact_id=chosen.pk, version=1, reason="空号")
    assert not ContactRuling.objects.exists()
    assert numbers_of_unit("wangxin") == ["4223589"]


def test_the_page_rules_and_says_who_and_why(client_for: Any, keeper: Any) -> None:
    client, pair = client_for("contacts"), pair_of("runcheng")
    text = page(client, "/directory/conflicts/")
    assert "7 处不一致，7 处待核实" in text
    typed = {
        "first": pair.first.pk, "second": pair.second.pk, "first_version": 1, "second_version": 1, "version": 0,
        "chosen": pair.second.pk, "reason": "镇里来电",
    }  # fmt: skip
    bad = client.post("/directory/conflicts/runcheng/", typed | {"reason": "", "chosen": ""})
    assert bad.status_code == 400
    assert "裁定须写明理由" in bad.content.decode()
    assert "请选择先拨哪一个号码" in bad.content.decode()
    done = client.post("/directory/conflicts/runcheng/", typed)
    assert (done.status_code, done["Location"]) == (302, "/directory/conflicts/#runcheng")
    assert client.post("/directory/conflicts/runcheng/", typed).status_code == 409
    text = page(client, "/directory/conflicts/")
    assert "6 处待核实" in text
    assert "镇里来电" in text
    for name in ("duty", "unit_gongan"):
        seen = page(client_for(name), "/directory/")
        assert re.search(rf"先拨.*4814601.*{keeper.display_name}.*裁定.*镇里来电", seen, re.S)
        assert seen.count("待核实") == 6 + 1
    assert "裁定先拨" in page(client_for("duty"), "/directory/", by="plan")


def test_a_bad_reason_comes_back_to_its_own_pair_with_what_was_typed(client_for: Any) -> None:
    pair = pair_of("yingji")
    typed = {"first": pair.first.pk, "second": pair.second.pk, "reason": "电话里说的", "version": 0}
    response = client_for("contacts").post("/directory/conflicts/yingji/", typed)
    assert response.status_code == 400
    assert response.content.decode().count("电话里说的") == 1


def test_readers_see_the_pairs_and_no_form(client_for: Any) -> None:
    text = page(client_for("unit_gongan"), "/directory/conflicts/")
    assert "4222123" in text
    assert "/directory/conflicts/yingji/" not in text
    for name in ("duty", "unit_gongan", "auditor"):
        assert client_for(name).post("/directory/conflicts/yingji/", {}).status_code == 403
    assert client_for("contacts").get("/directory/conflicts/yingji/").status_code == 405
    assert client_for("contacts").post("/directory/conflicts/gongan/", {}).status_code == 404
    assert client_for("sysadmin").get("/directory/conflicts/").status_code == 403


def test_the_open_plan_stands_first(client_for: Any) -> None:
    for name, first in (("duty", "网络预案"), ("comms_duty", "通信预案"), ("unit_gongan", "网络预案")):
        heads = re.findall(r'<th scope="col">(..预案)</th>', page(client_for(name), "/directory/"))
        assert (heads[0], len(heads)) == (first, 2), name


def test_the_call_sheet_dials_the_number_ruled_on(client_for: Any, keeper: Any) -> None:
    row = unit_call("xihe", case(), phone="4834102")
    assert (call_card(row).number, call_card(row).pair is not None) == ("4834102", True)
    assert "待核实" in page(client_for("duty"), "/calls/")
    rule(keeper, "xihe", "4834101", "乡里确认")
    card = call_card(row)
    assert (card.number, card.alternates) == ("4834101", ["4834102"])
    assert "乡里确认" in page(client_for("duty"), "/calls/")


# Missing numbers


def missing(user: Any) -> dict[tuple[str, str], list[str]]:
    return {(gap.unit.name, gap.version.plan.code): gap.elsewhere for gap in gaps(user)}


def test_the_three_gaps_come_from_the_plans(people: Any) -> None:
    found = missing(people["duty"])
    assert set(found) == {("县融媒体中心", "cyber-2025"), ("开发区管委会", "cyber-2025"), ("县气象局", "comms-2022")}
    assert len(found["县融媒体中心", "cyber-2025"]) == 1
    assert found["开发区管委会", "cyber-2025"] == found["县气象局", "comms-2022"] == []


def test_a_gap_says_what_the_plan_gives_the_unit_to_do(people: Any) -> None:
    roles = {gap.unit.name: gap.roles for gap in gaps(people["duty"])}
    assert roles["县融媒体中心"] == [("新闻宣传组成员", "8.6")]
    assert ("条文点名", "3.2.2") in roles["开发区管委会"]
    assert roles["县气象局"][0] == ("成员单位", "2.1")


def test_a_number_added_closes_the_gap_and_the_last_one_retired_opens_one(keeper: Any, cyber: Any) -> None:
    unit = Unit.objects.get(code="qixiang")
    row = contact_add(user=keeper, unit_id=unit.pk, kind="duty", value="4220001")
    assert ("县气象局", "comms-2022") not in missing(keeper)
    contact_retire(user=keeper, contact_id=row.pk, version=1, reason="空号")
    assert ("县气象局", "comms-2022") in missing(keeper)
    jiaoyu = Contact.objects.get(plan_version=cyber, unit__code="jiaoyu")
    contact_retire(user=keeper, contact_id=jiaoyu.pk, version=1, reason="空号")
    assert missing(keeper)["县教育局", "cyber-2025"] == []


def test_nobody_without_the_directory_reads_them(people: Any) -> None:
    assert gaps(people["sysadmin"]) == []


# The order of dialling


def test_the_order_given_comes_after_the_plan_s_own_number(keeper: Any, cyber: Any, mobile: Contact) -> None:
    second = contact_add(user=keeper, unit_id=mobile.unit_id, kind="duty", value="4233999")
    assert numbers_of_unit("gongan", cyber.pk) == ["4233414", "4233999", "13812345678"]
    contact_prefer(user=keeper, contact_id=mobile.pk, version=1, place=1)
    assert numbers_of_unit("gongan", cyber.pk) == ["4233414", "13812345678", "4233999"]
    assert numbers_of_unit("gongan") == ["13812345678", "4233999", "4233414"]
    contact_prefer(user=keeper, contact_id=second.pk, version=1, place=1)
    assert numbers_of_unit("gongan") == ["4233999", "13812345678", "4233414"]
    assert dict(Contact.objects.filter(pk__in=[mobile.pk, second.pk]).values_list("value", "preference")) == {
        "4233999": 1,
        "13812345678": 2,
    }
    contact_prefer(user=keeper, contact_id=second.pk, version=2, place=None)
    mobile.refresh_from_db()
    assert mobile.preference == 1
    assert "排在本单位第 1 个拨打" in RecordEntry.objects.filter(kind="contact.preferred").order_by("id")[0].text


def test_bad_places_and_stale_orders_are_refused(keeper: Any, people: Any, mobile: Contact) -> None:
    for place in (0, 2, -1):
        with pytest.raises(BadInput) as refused:
            contact_prefer(user=keeper, contact_id=mobile.pk, version=1, place=place)
        assert "place" in refused.value.fields
    with pytest.raises(StaleVersion):
        contact_prefer(user=keeper, contact_id=mobile.pk, version=9, place=1)
    with pytest.raises(Forbidden):
        contact_prefer(user=people["unit_gongan"], contact_id=mobile.pk, version=1, place=1)
    contact_retire(user=keeper, contact_id=mobile.pk, version=1, reason="离职")
    with pytest.raises(WrongState):
        contact_prefer(user=keeper, contact_id=mobile.pk, version=2, place=1)


def test_the_page_keeps_the_order(client_for: Any, mobile: Contact) -> None:
    client, base = client_for("contacts"), f"/directory/{mobile.pk}"
    assert client.post(f"{base}/prefer/", {"place": "7", "version": 1}).status_code == 400
    assert client.post(f"{base}/prefer/", {"place": "1", "version": 1}).status_code == 302
    assert "本单位第 1 个" in page(client, f"{base}/")
    assert client_for("duty").post(f"{base}/prefer/", {"place": "1", "version": 2}).status_code == 403


# Undo


def test_undo_puts_back_every_field_as_a_new_change(keeper: Any, runcheng: Contact) -> None:
    values = {"value": "13812345678", "kind": "mobile", "person": "李四", "note": "夜间"}
    contact_edit(user=keeper, contact_id=runcheng.pk, version=1, values=values)
    row = contact_undo(user=keeper, contact_id=runcheng.pk, version=2)
    assert (row.value, row.kind, row.person, row.note, row.version) == ("4814501", "duty", "", "", 3)
    line = contact_history(runcheng).first()
    assert line is not None
    assert line.kind == "contact.undone"
    assert {"field": "号码", "was": "13812345678", "now": "4814501"} in line.data["changes"]
    assert verify_chain(CaseHead.objects.get(key="directory")) is None


def test_undo_is_refused_with_words(keeper: Any, people: Any, runcheng: Contact) -> None:
    undo = {"user": keeper, "contact_id": runcheng.pk}
    with pytest.raises(WrongState, match="没有改动过"):
        contact_undo(**undo, version=1)
    contact_edit(user=keeper, contact_id=runcheng.pk, version=1, values={"value": "4814601"})
    with pytest.raises(StaleVersion):
        contact_undo(**undo, version=1)
    with pytest.raises(Forbidden):
        contact_undo(user=people["duty"], contact_id=runcheng.pk, version=2)
    contact_undo(**undo, version=2)
    with pytest.raises(WrongState, match="已经撤销过"):
        contact_undo(**undo, version=3)
    contact_edit(user=keeper, contact_id=runcheng.pk, version=3, values={"value": "4814602"})
    contact_verify(user=keeper, contact_id=runcheng.pk, version=4)
    with pytest.raises(WrongState, match="已经打通核实"):
        contact_undo(**undo, version=5)
    contact_retire(user=keeper, contact_id=runcheng.pk, version=5, reason="空号")
    with pytest.raises(WrongState, match="已停用"):
        contact_undo(**undo, version=6)
    contact_restore(user=keeper, contact_id=runcheng.pk, version=6)
    with pytest.raises(WrongState, match="不是修改"):
        contact_undo(**undo, version=7)
    with pytest.raises(NotVisible):
        contact_undo(user=keeper, contact_id=987654, version=1)


def test_undo_is_refused_when_a_value_was_changed_otherwise(keeper: Any, runcheng: Contact) -> None:
    contact_edit(user=keeper, contact_id=runcheng.pk, version=1, values={"value": "4814601"})
    Contact.objects.filter(pk=runcheng.pk).update(value="4814888")
    with pytest.raises(WrongState, match="又变过"):
        contact_undo(user=keeper, contact_id=runcheng.pk, version=2)


def test_undo_is_refused_when_the_old_number_is_taken_and_the_page_says_so(
    client_for: Any, keeper: Any, runcheng: Contact
) -> None:
    contact_edit(user=keeper, contact_id=runcheng.pk, version=1, values={"value": "4814777"})
    contact_add(user=keeper, unit_id=runcheng.unit_id, kind="duty", value="4814501")
    with pytest.raises(BadInput) as refused:
        contact_undo(user=keeper, contact_id=runcheng.pk, version=2)
    assert "已登记这个号码" in refused.value.fields["value"][0]
    response = client_for("contacts").post(f"/directory/{runcheng.pk}/undo/", {"version": 2})
    assert response.status_code == 400
    assert "已登记这个号码" in response.content.decode()


def test_the_undo_button_is_there_while_there_is_something_to_undo(
    client_for: Any, keeper: Any, runcheng: Contact
) -> None:
    client, base = client_for("contacts"), f"/directory/{runcheng.pk}"
    assert "撤销上一次修改" not in page(client, f"{base}/")
    contact_edit(user=keeper, contact_id=runcheng.pk, version=1, values={"value": "4814777"})
    assert f'action="{base}/undo/"' in page(client, f"{base}/")
    assert f'action="{base}/undo/"' not in page(client_for("duty"), f"{base}/")
    assert client_for("duty").post(f"{base}/undo/", {"version": 2}).status_code == 403
    assert client.post(f"{base}/undo/", {"version": 2}).status_code == 302
    assert f'action="{base}/undo/"' not in page(client, f"{base}/")


# Calling to verify


def test_due_are_those_never_called_then_those_called_long_ago(keeper: Any, runcheng: Contact) -> None:
    assert verify_due().count() == 86
    contact_verify(user=keeper, contact_id=runcheng.pk, version=1)
    runcheng.refresh_from_db()
    assert runcheng.verify_due_on == timezone.localdate() + timedelta(days=90)
    assert runcheng not in verify_due()
    with time_machine.travel(timezone.now() + timedelta(days=90, minutes=1)):
        assert verify_due().last() == runcheng
    contact_add(user=keeper, unit_id=runcheng.unit_id, kind="email", value="rc@example.cn")
    assert verify_due().count() == 85


def test_skipping_goes_round(keeper: Any) -> None:
    ids = list(verify_due().values_list("pk", flat=True))
    first, last = verify_turn(keeper), verify_turn(keeper, after=ids[-2])
    assert (first.contact and first.contact.pk, last.contact and last.contact.pk) == (ids[0], ids[-1])
    again = verify_turn(keeper, after=ids[-1])
    assert (again.contact and again.contact.pk, again.left) == (ids[0], 86)
    gone = verify_turn(keeper, after=987654)
    assert gone.contact is not None
    assert gone.contact.pk == ids[0]


def test_the_queue_by_page(client_for: Any, keeper: Any) -> None:
    client, address = client_for("contacts"), "/directory/verify/"
    ids = list(verify_due().values_list("pk", flat=True))
    text = page(client, address, after=str(ids[0]))
    second = Contact.objects.get(pk=ids[1])
    assert "还有 86 个号码" in text
    assert f'href="tel:{second.value.replace("-", "")}"' in text
    back = {"from": "verify", "after": str(ids[0])}
    done = client.post(f"/directory/{second.pk}/verify/", {"version": 1, **back})
    assert done["Location"] == f"{address}?after={ids[0]}"
    text = page(client, address, after=str(ids[0]))
    assert "还有 85 个号码" in text
    assert f"/directory/{ids[2]}/verify/" in text
    typed = {"printed_name": "x", "kind": "duty", "value": "4290000", "version": 1}
    edited = client.post(f"/directory/{ids[2]}/edit/?from=verify&after={ids[0]}", typed)
    assert edited["Location"] == f"{address}?after={ids[0]}"
    assert "4290000" in page(client, address, after=str(ids[0]))  # it is called again under its new number
    dead = client.post(f"/directory/{ids[2]}/retire/", {"version": 2, "reason": "空号", **back})
    assert dead["Location"] == f"{address}?after={ids[0]}"
    assert Contact.objects.get(pk=ids[2]).state == "retired"


def test_a_last_number_asks_twice_a_second_one_does_not(client_for: Any, keeper: Any, cyber: Any) -> None:
    row = Contact.objects.get(plan_version=cyber, unit__code="jiaoyu")
    ids = list(verify_due().values_list("pk", flat=True))
    before = str(ids[ids.index(row.pk) - 1])
    assert "确认空号，停用" in page(client_for("contacts"), "/directory/verify/", after=before)
    contact_add(user=keeper, unit_id=row.unit_id, kind="duty", value="4290001")
    ids = list(verify_due().values_list("pk", flat=True))
    before = str(ids[ids.index(row.pk) - 1])
    assert "确认空号，停用" not in page(client_for("contacts"), "/directory/verify/", after=before)


def test_an_empty_queue_says_when_it_fills_again(client_for: Any) -> None:
    Contact.objects.update(verified_at=timezone.now())
    assert "都核实过了" in page(client_for("contacts"), "/directory/verify/")


def test_only_keepers_open_the_queue(client_for: Any) -> None:
    for name in ("duty", "unit_gongan", "auditor", "security"):
        assert client_for(name).get("/directory/verify/").status_code == 403
    assert client_for("contacts").post("/directory/verify/").status_code == 405
    assert client_for("contacts").get("/directory/verify/", {"after": "x" * 400}).status_code == 200


# Pinyin initials


def test_initials_read_the_characters_by_their_phrase() -> None:
    assert initials_of("县委宣传部") == "xwxcb"  # 传 is chuan here, not zhuan
    assert initials_of("町店镇人民政府", "町店镇") == "tdzrmzf ddzrmzf tdz ddz"  # the town says ding, dictionaries ting
    assert initials_of("移动阳城分公司", "移动阳城分公司") == "ydycfgs"
    assert initials_of("县委宣传部（县委网信办）") == "xwxcb xwwxb"


def test_every_unit_and_alias_has_its_initials(cyber: Any) -> None:
    assert not Unit.objects.filter(initials="").exists()
    unit = Unit.objects.get(code="keji")
    assert unit.aliases.get(name="县科技局").initials == "xkjj"
    unit.name = "县科学技术和大数据局"
    unit.save()
    assert Unit.objects.get(code="keji").initials.startswith("xkxjshdsjj")


@pytest.mark.parametrize(
    ("typed", "pattern"),
    [("xw", "xw"), ("XWXB", "x[a-z]*w[a-z]*x[a-z]*b"), ("x", ""), ("县委", ""), ("x.*", ""), ("a" * 21, "")],
)
def test_what_counts_as_initials(typed: str, pattern: str) -> None:
    assert initials_pattern(typed) == pattern


@pytest.mark.parametrize(
    ("typed", "units"),
    [
        ("xwxcb", {"xuanchuan"}),
        ("xwxb", {"xuanchuan", "wangxin"}),
        ("xfgj", {"fagai"}),
        ("ddz", {"dingdian"}),
        ("tdz", {"dingdian"}),
        ("zzz", set()),
    ],
)
def test_initials_find_units_letters_may_be_left_out(people: Any, typed: str, units: set[str]) -> None:
    assert {row.unit.code for row in contacts_found(people["duty"], query=typed)} == units


# Who looked


def test_callers_and_keepers_see_command_staff_reveal_units_do_not(client_for: Any, mobile: Contact) -> None:
    base = f"/directory/{mobile.pk}/"
    for name in ("duty", "office", "contacts", "unit_gongan"):
        assert "13812345678" in page(client_for(name), "/directory/"), name
    for name in ("commander", "auditor", "unit_shuju"):
        assert "13812345678" not in page(client_for(name), "/directory/") + page(client_for(name), base), name
    assert "显示号码" in page(client_for("commander"), base)
    assert "13812345678" in client_for("commander").post(f"{base}reveal/").content.decode()
    assert "显示号码" not in page(client_for("unit_shuju"), base)
    refused = client_for("unit_shuju").post(f"{base}reveal/")
    assert refused.status_code == 403
    assert "13812345678" not in refused.content.decode()
    assert client_for("sysadmin").post(f"{base}reveal/").status_code == 403
    assert client_for("commander").get(f"{base}reveal/").status_code == 405


def test_a_look_is_recorded_once_for_a_while(people: Any, mobile: Contact) -> None:
    for _ in range(2):
        assert contact_reveal(user=people["commander"], contact_id=mobile.pk).shown == "13812345678"  # type: ignore[attr-defined]
    line = RecordEntry.objects.get(kind="contact.revealed")
    assert (line.actor, line.actor_post) == (people["commander"], "网络预案 指挥长")
    assert line.text == "查看「县公安局」手机 138****5678 的全号。"
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        contact_reveal(user=people["commander"], contact_id=mobile.pk)
    assert RecordEntry.objects.filter(kind="contact.revealed").count() == 2


def test_opening_the_page_of_a_mobile_is_a_look_but_not_of_a_printed_number_nor_one_s_own(
    client_for: Any, people: Any, mobile: Contact, runcheng: Contact
) -> None:
    page(client_for("unit_gongan"), f"/directory/{mobile.pk}/")
    page(client_for("commander"), f"/directory/{mobile.pk}/")
    page(client_for("duty"), f"/directory/{runcheng.pk}/")
    assert not RecordEntry.objects.filter(kind="contact.revealed").exists()
    page(client_for("duty"), f"/directory/{mobile.pk}/")
    assert RecordEntry.objects.get(kind="contact.revealed").actor == people["duty"]


def test_the_history_does_not_tell_what_is_masked(client_for: Any, people: Any, keeper: Any, mobile: Contact) -> None:
    contact_edit(user=keeper, contact_id=mobile.pk, version=1, values={"value": "13812345679"})
    text = page(client_for("commander"), f"/directory/{mobile.pk}/")
    assert "13812345678" not in text
    assert "13812345679" not in text
    with pytest.raises(Forbidden, match="其他单位的手机号"):
        contact_reveal(user=people["unit_shuju"], contact_id=mobile.pk)


# What the pages cost


@pytest.mark.parametrize("rows", [0, 60])
def test_the_pages_cost_the_same_for_few_rows_and_many(
    client_for: Any, keeper: Any, mobile: Contact, rows: int, django_assert_max_num_queries: Any
) -> None:
    units = list(Unit.objects.all())
    Contact.objects.bulk_create(
        Contact(unit=units[n % len(units)], printed_name="补", kind="fax", value=f"42{n:05}") for n in range(rows)
    )
    rule(keeper, "yingji", "4222123")
    client = client_for("contacts")
    for address, most in (
        ("/directory/", 13),
        ("/directory/?by=plan", 15),
        ("/directory/conflicts/", 24),
        ("/directory/verify/", 10),
        (f"/directory/{mobile.pk}/", 30),
    ):
        with django_assert_max_num_queries(most):
            page(client, address)
