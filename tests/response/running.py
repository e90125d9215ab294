"""What a running response makes, for tests: made through the services that people use."""

from __future__ import annotations

from typing import Any

from directory.models import Plan, Resource, Unit
from response.models import CommandOrder, OrderReceipt, Response, SituationRound
from response.running import services
from tests.response.factories import account


def units(*codes: str) -> list[Unit]:
    """Units by code."""
    return [Unit.objects.get(code=code) for code in codes]


def fresh(thing: Any) -> Any:
    """The row as it stands now."""
    return type(thing).objects.get(pk=thing.pk)


def plan_of(response: Response) -> str:
    """The plan's code."""
    return response.plan_version.plan.code


def issued(people: Any, response: Response, *codes: str, by: str = "commander", **over: Any) -> CommandOrder:
    """An order of the command."""
    values = {
        "title": "关停受攻击的系统",
        "text": "立即关停，留存日志",
        "units": units(*(codes or ("gongan",))),
        **over,
    }
    response = fresh(response)
    user = account(people, plan_of(response), by)
    return services.order_issue(response_id=response.pk, version=response.version, user=user, **values)


def receipt_of(order: CommandOrder, code: str) -> OrderReceipt:
    """One unit's receipt of an order."""
    return order.receipts.get(unit__code=code)


def given(thing: Any, user: Any, **more: Any) -> dict[str, Any]:
    """What a service of a response is given: its id, its version as it stands, who."""
    return {"response_id": thing.pk, "version": fresh(thing).version, "user": user, **more}


def asked(people: Any, response: Response) -> SituationRound:
    """A round of the situation."""
    return services.situation_ask(**given(response, account(people, plan_of(response), "office")))


def social(plan: str = "cyber-2025") -> Resource:
    """A registered company."""
    values = {"name": "安恒应急队", "body": "某网络安全公司", "contact": "张工", "number": "0356-2299999"}
    return Resource.objects.create(plan=Plan.objects.get(code=plan), kind="social", **values)
