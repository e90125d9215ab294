"""Aftercare: kinds by the plan's clause, receipts for goods taken, amounts to the fen, who pays (F2, F4)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from directory.models import Unit
from directory.selectors.units import term_units
from incidents.models import Incident
from response.aftermath import services
from response.aftermath.models import AftercareItem
from response.aftermath.rules import care_kinds, payers
from response.aftermath.selectors import aftermath_whole
from response.aftermath.services import Care, Payer
from tests.response.aftering import agreed, care, over
from tests.response.factories import active
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, StaleVersion, WrongState

pytestmark = pytest.mark.django_db


def test_the_plan_s_kinds_come_first_with_their_clause_the_rest_is_ours(cyber: Any, comms: Any) -> None:
    by_plan = {kind for kind, rests in care_kinds(cyber).items() if not rests.non_plan}
    assert by_plan == {"subsidy", "compensation", "requisition"}
    assert {rests.label for kind, rests in care_kinds(cyber).items() if kind in by_plan} == {"网络预案 5.2"}
    by_plan = {kind for kind, rests in care_kinds(comms).items() if not rests.non_plan}
    assert by_plan == {"settlement", "compensation", "requisition", "expense", "cleanup"}
    assert care_kinds(comms)["subsidy"].label == ""


def test_goods_are_taken_only_with_a_receipt(people: Any) -> None:
    incident, _ = over(people)
    with pytest.raises(BadInput) as refused:
        care(people, incident, kind="requisition")
    assert "receipt" in refused.value.fields
    assert refused.value.clause == "网络预案 5.2"
    item = care(people, incident, kind="requisition", quantity="2台", receipt="征用001")
    assert (item.receipt, item.clause, item.non_plan) == ("征用001", "网络预案 5.2", False)
    with pytest.raises(IntegrityError), transaction.atomic():
        AftercareItem.objects.filter(pk=item.pk).update(receipt="")


@pytest.mark.parametrize("amount", ["-1", "0.001", "1000000000000", "NaN"])
def test_amounts_are_yuan_to_the_fen(people: Any, amount: str) -> None:
    incident, _ = over(people)
    with pytest.raises(BadInput) as refused:
        care(people, incident, asked=Decimal(amount))
    assert "asked" in refused.value.fields
    assert not AftercareItem.objects.exists()


def test_an_item_s_life(people: Any) -> None:
    incident, _ = over(people)
    item = care(people, incident)
    given: dict[str, Any] = {"item_id": item.pk, "user": people["office"]}
    with pytest.raises(WrongState, match="先核定"):
        services.care_settle(**given, version=item.version, proof="收条")
    with pytest.raises(BadInput) as refused:
        services.care_agree(**given, version=item.version, amount=None, payer=Payer("finance"))
    assert "agreed" in refused.value.fields
    item = services.care_agree(**given, version=item.version, amount=Decimal("900.5"), payer=Payer("finance"))
    item = services.care_agree(**given, version=item.version, amount=Decimal("900"), payer=Payer("finance"))
    with pytest.raises(StaleVersion):
        services.care_settle(**given, version=1, proof="收条")
    with pytest.raises(BadInput):
        services.care_settle(**given, version=item.version, proof=" ")
    item = services.care_settle(**given, version=item.version, proof="付款单12")
    assert (item.state, item.agreed, item.payer_clause) == ("settled", Decimal("900"), "网络预案 6.6")
    with pytest.raises(WrongState):
        services.care_drop(**given, version=item.version, reason="重复")


def test_an_item_is_given_up_with_a_reason_and_stays(people: Any) -> None:
    incident, _ = over(people)
    item = care(people, incident)
    given: dict[str, Any] = {"item_id": item.pk, "user": people["office"], "version": item.version}
    with pytest.raises(BadInput):
        services.care_drop(**given, reason="")
    assert services.care_drop(**given, reason="已由保险赔付").state == "dropped"
    assert AftercareItem.objects.count() == 1


def test_who_pays_is_read_from_the_plan(cyber: Any, comms: Any) -> None:
    assert list(payers(cyber)) == ["finance", "other"]
    assert list(payers(comms)) == ["finance", "operator", "other"]


def test_a_payer_the_plan_does_not_name_is_named(people: Any) -> None:
    incident, _ = over(people)
    with pytest.raises(BadInput) as refused:
        agreed(people, incident, payer=Payer("operator"))
    assert "payer" in refused.value.fields
    with pytest.raises(BadInput) as refused:
        agreed(people, incident, payer=Payer("other"))
    assert "payer_text" in refused.value.fields
    item = agreed(people, incident, payer=Payer("other", text="某保险公司"))
    assert (item.payer_label, item.payer_clause) == ("其他（某保险公司）", "")


def test_costs_are_summed_by_who_pays(people: Any) -> None:
    incident, _ = over(people, "comms-2022", level=2)
    operator = next(unit for unit in term_units(incident.plan_version) if unit.code == "yidong")
    agreed(people, incident, kind="expense", amount="100.10")
    agreed(people, incident, kind="expense", amount="200.20")
    item = agreed(people, incident, kind="cleanup", amount="50", payer=Payer("operator", operator))
    services.care_settle(item_id=item.pk, version=item.version, user=people["comms_office"], proof="付款单")
    care(people, incident)
    totals = {row.label: (row.agreed, row.settled, row.clause) for row in aftermath_whole(incident).totals}
    assert totals["财政"] == (Decimal("300.30"), Decimal(0), "通信预案 6.6")
    assert totals[f"基础电信运营企业（{operator.name}）"][:2] == (Decimal("50.00"), Decimal("50.00"))


def test_only_one_of_the_plan_s_operators_bears_an_operator_s_cost(people: Any) -> None:
    incident, _ = over(people, "comms-2022", level=2)
    for unit in (None, Unit.objects.get(code="gongan")):
        with pytest.raises(BadInput) as refused:
            agreed(people, incident, payer=Payer("operator", unit))
        assert "payer_unit" in refused.value.fields
        assert refused.value.clause == "通信预案 6.6"


def test_aftercare_begins_while_the_response_goes_on(people: Any) -> None:
    response = active(people)
    item = care(people, response.incident, kind="requisition", receipt="征用7")
    assert item.state == "open"


def test_the_office_alone_and_only_of_this_plan(people: Any) -> None:
    incident, _ = over(people)
    given = Care("subsidy", "加班补助", "值守人员")
    with pytest.raises(NotVisible):
        services.care_add(incident_id=incident.pk, user=people["unit_gongan"], care=given)
    for name in ("commander", "comms_office", "auditor"):
        with pytest.raises(Forbidden):
            services.care_add(incident_id=incident.pk, user=people[name], care=given)


def test_a_second_click_finds_the_first_item(people: Any) -> None:
    incident, _ = over(people)
    given: dict[str, Any] = {"incident_id": incident.pk, "user": people["office"], "key": "k1"}
    one = services.care_add(**given, care=Care("subsidy", "补助", "甲"))
    assert services.care_add(**given, care=Care("subsidy", "补助", "甲")) == one
    with pytest.raises(BadInput):
        services.care_add(**given, care=Care("subsidy", "补助", "乙"))


def test_closed_over_with_a_reason_what_was_begun_is_still_finished_but_nothing_new(people: Any) -> None:
    incident, _ = over(people)
    item = agreed(people, incident)
    Incident.objects.filter(pk=incident.pk).update(state="closed")
    with pytest.raises(WrongState):
        care(people, incident)
    done = services.care_settle(item_id=item.pk, version=item.version, user=people["office"], proof="付款单")
    assert done.state == "settled"
