"""The registry of units: one name for one unit, old names kept, nothing retired that is needed, no file undoes it."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext

from directory.loading.loader import load_plans
from directory.models import Unit, UnitAlias
from directory.selectors.units import unit_called
from directory.services.units import (
    unit_add,
    unit_alias_add,
    unit_alias_remove,
    unit_edit,
    unit_restore,
    unit_retire,
)
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, StaleVersion, WrongState
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper(people: Any) -> Any:
    return people["contacts"]


@pytest.fixture
def keji() -> Unit:
    return Unit.objects.get(aliases__name="县科技局")


@pytest.fixture
def added(keeper: Any) -> Unit:
    return unit_add(user=keeper, name="县数字经济服务中心", short_name="县数字中心", kind="other")


def test_a_unit_is_added_with_a_code_of_its_own_its_group_and_a_line(added: Unit, keeper: Any) -> None:
    again = unit_add(user=keeper, name="县鼠资惊季服务忠新", kind="other")
    assert (added.code, again.code) == ("xszjjfwzx", "xszjjfwzx-2")
    assert Group.objects.filter(name="unit:xszjjfwzx").exists()
    line = RecordEntry.objects.get(kind="unit.added", subject_id=added.pk)
    assert line.text == "新增单位「县数字经济服务中心」（其他单位）。"


@pytest.mark.parametrize("name", ["县科学技术局", "县 科 技 局", "县数据中心", "gongan"])
def test_no_two_units_share_a_name_alias_or_code(keeper: Any, added: Unit, keji: Unit, name: str) -> None:
    with pytest.raises(BadInput) as new:
        unit_add(user=keeper, name=name, kind="other")
    with pytest.raises(BadInput) as renamed:
        unit_edit(user=keeper, unit_id=added.pk, version=1, values={"name": name})
    with pytest.raises(BadInput) as alias:
        unit_alias_add(user=keeper, unit_id=added.pk, version=1, name=name)
    for refusal in (new, renamed, alias):
        assert "一个名称只能对应一个单位" in refusal.value.fields["name"][0]
    assert Unit.objects.get(pk=added.pk).version == 1


def test_an_alias_leads_nowhere_in_a_circle(keeper: Any, added: Unit) -> None:
    for own in ("县数字经济服务中心", "县数字中心"):
        with pytest.raises(BadInput) as refusal:
            unit_alias_add(user=keeper, unit_id=added.pk, version=1, name=own)
        assert "别名不能指向自己" in refusal.value.fields["name"][0]
    unit_alias_add(user=keeper, unit_id=added.pk, version=1, name="数经中心", where="口头")
    assert unit_called("数经中心") == added
    with pytest.raises(BadInput) as refusal:
        unit_alias_add(user=keeper, unit_id=Unit.objects.get(code="gongan").pk, version=1, name="数经中心")
    assert "已是「县数字经济服务中心」的别名" in refusal.value.fields["name"][0]


def test_a_name_that_is_left_stays_an_alias_and_comes_back(keeper: Any, keji: Unit) -> None:
    edited = unit_edit(user=keeper, unit_id=keji.pk, version=1, values={"name": "县科学技术和数据局"})
    assert unit_called("县科学技术局") == edited == unit_called("县科学技术和数据局")
    with pytest.raises(StaleVersion) as stale:
        unit_edit(user=keeper, unit_id=keji.pk, version=1, values={"name": "县科数局"})
    assert [(change.was, change.now) for change in stale.value.changes] == [("县科学技术局", "县科学技术和数据局")]
    unit_edit(user=keeper, unit_id=keji.pk, version=2, values={"name": "县科学技术局"})
    names = set(UnitAlias.objects.filter(unit=keji).values_list("name", flat=True))
    assert "县科学技术局" not in names
    assert "县科学技术和数据局" in names


def test_only_what_was_entered_here_is_taken_away(keeper: Any, keji: Unit, added: Unit) -> None:
    alias = unit_alias_add(user=keeper, unit_id=keji.pk, version=1, name="科技局")
    with pytest.raises(NotVisible):
        unit_alias_remove(user=keeper, unit_id=added.pk, version=1, alias_id=alias.pk)
    with pytest.raises(WrongState, match="预案里印的名称"):
        unit_alias_remove(user=keeper, unit_id=keji.pk, version=2, alias_id=keji.aliases.get(name="县科技局").pk)
    unit_alias_remove(user=keeper, unit_id=keji.pk, version=2, alias_id=alias.pk)
    assert unit_called("科技局") is None


def test_a_unit_is_retired_only_when_nothing_rests_on_it(keeper: Any, keji: Unit, added: Unit, client_for: Any) -> None:
    with pytest.raises(WrongState, match="预案的成员单位"):
        unit_retire(user=keeper, unit_id=keji.pk, version=1, reason="撤并")
    unit_retire(user=keeper, unit_id=added.pk, version=1, reason="撤并")
    client = client_for("contacts")
    assert added.name not in client.get("/directory/new/").content.decode()
    assert added.name not in client.get("/units/?q=xszj").content.decode()
    assert added.name in client.get("/units/?q=xszj&state=retired").content.decode()
    with pytest.raises(WrongState):
        unit_edit(user=keeper, unit_id=added.pk, version=2, values={"note": "改"})
    assert unit_restore(user=keeper, unit_id=added.pk, version=2).version == 3


def test_no_file_takes_back_what_was_entered_here(keeper: Any, keji: Unit, added: Unit) -> None:
    unit_edit(user=keeper, unit_id=keji.pk, version=1, values={"name": "县科学技术和数据局"})
    unit_alias_add(user=keeper, unit_id=keji.pk, version=2, name="科数局")
    report = load_plans(settings.BASE_DIR / "fixtures")
    assert report.changes == []
    keji.refresh_from_db()
    assert keji.name == "县科学技术和数据局"
    assert unit_called("科数局") == unit_called("县科学技术局") == keji
    assert Unit.objects.filter(pk=added.pk).exists()


@pytest.mark.parametrize("name", ["unit_gongan", "auditor", "sysadmin", "security", "commander"])
def test_only_the_directory_s_keepers_change_units(client_for: Any, api_for: Any, people: Any, name: str) -> None:
    gongan = Unit.objects.get(code="gongan")
    reads = 200 if name in {"unit_gongan", "auditor", "commander"} else 403
    client, api = client_for(name), api_for(name)
    assert client.get("/units/").status_code == client.get("/units/gongan/").status_code == reads
    assert reads == 403 or "通信预案 2.1、2.3" in client.get("/units/keji/").content.decode()
    body = {"version": 1, "name": "假公安局", "kind": "other", "reason": "假"}
    for address in ("new/", "gongan/edit/", "gongan/aliases/", "gongan/retire/", "gongan/restore/"):
        assert client.post(f"/units/{address}", body).status_code == 403
    assert api.post("/api/v1/units/", body).status_code == api.patch("/api/v1/units/gongan/", body).status_code == 403
    assert api.post("/api/v1/units/gongan/aliases/", body).status_code == 403
    with pytest.raises(Forbidden):
        unit_add(user=people[name], name="假单位", kind="other")
    assert Unit.objects.get(pk=gongan.pk).version == 1


def test_the_pages_add_change_and_say_what_is_wrong_at_the_field(client_for: Any) -> None:
    client = client_for("contacts")
    bad = client.post("/units/new/", {"name": "县公安局", "kind": "other", "note": "留着"})
    assert bad.status_code == 400
    assert "已是「县公安局」的名称" in bad.content.decode()
    assert "留着" in bad.content.decode()
    made = client.post("/units/new/", {"name": "县试验中心", "kind": "other"}, follow=True)
    code = made.redirect_chain[0][0].split("/")[2]
    assert "县试验中心" in made.content.decode()
    twice = client.post(f"/units/{code}/aliases/", {"name": "县试验中心", "version": 1})
    assert twice.status_code == 400
    assert "别名不能指向自己" in twice.content.decode()
    client.post(f"/units/{code}/aliases/", {"name": "试验所", "version": 1})
    edited = client.post(f"/units/{code}/edit/", {"name": "县试验院", "kind": "other", "version": 2}, follow=True)
    assert "以前的名称" in edited.content.decode()
    assert client.get(f"/units/{code}/retire/").status_code == 405
    retired = client.post(f"/units/{code}/retire/", {"version": 3, "reason": "撤销"}, follow=True)
    assert "恢复使用" in retired.content.decode()


def test_the_api_does_as_the_pages_do(api_for: Any) -> None:
    api = api_for("contacts")
    made = api.post("/api/v1/units/", {"name": "县试验中心", "kind": "other"}, format="json").json()
    address = f"/api/v1/units/{made['code']}/"
    named = api.post(f"{address}aliases/", {"name": "试验所", "version": 1}, format="json").json()
    assert [alias["name"] for alias in named["names"]] == named["aliases"] == ["试验所"]
    refused = api.post(f"{address}aliases/", {"name": "县公安局", "version": 2}, format="json")
    assert (refused.status_code, list(refused.json()["fields"])) == (400, ["name"])
    assert api.patch(address, {"version": 1, "note": "旧"}, format="json").status_code == 409
    alias = named["names"][0]["id"]
    assert api.delete(f"{address}aliases/{alias}/?version=2").json()["names"] == []
    assert api.patch(address, {"version": 3, "retired": True}, format="json").status_code == 400
    done = api.patch(address, {"version": 3, "retired": True, "reason": "撤销"}, format="json").json()
    assert (done["retired"], done["version"]) == (True, 4)


def test_the_list_asks_as_much_for_many_units_as_for_few(client_for: Any) -> None:
    client = client_for("contacts")
    counts = []
    for address in ("/units/?q=gaj", "/units/"):
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]
