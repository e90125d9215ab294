"""Every act on a finding in every state, and on a round: what is open is done, the rest refused with words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from early_warning.prevention import services
from early_warning.prevention.choices import IN_MENDING, OPEN, FindingState
from early_warning.prevention.models import Finding
from early_warning.selectors import level_named
from early_warning.services import Content
from tests.incidents.factories import file_incident
from tests.prevention.factories import MADE, found, later, opened, unit
from yangcheng_ec.errors import WrongState

pytestmark = pytest.mark.django_db

Doing = Callable[[Any, Any, Finding], object]


def _content(row: Finding) -> Content:
    level = level_named(row.plan_version, "4")
    return Content(level=level, title=row.title, text=row.description, publicity="internal")


def _given(row: Finding, people: Any, who: str) -> dict[str, Any]:
    return {"finding_id": row.pk, "version": row.version, "user": people[who]}


# act: who does it, how, in which states it is open.
ACTS: dict[str, tuple[Doing, tuple[str, ...]]] = {
    "supplement": (
        lambda p, _, r: services.finding_supplement(**_given(r, p, "unit_shuju"), found=found(title="新")),
        (FindingState.REPORTED, FindingState.ASKED_BACK),
    ),
    "accept": (
        lambda p, _, r: services.finding_accept(**_given(r, p, "office"), due_at=later(9)),
        (FindingState.REPORTED,),
    ),
    "ask-back": (
        lambda p, _, r: services.finding_ask_back(**_given(r, p, "office"), reason="哪一台？"),
        (FindingState.REPORTED,),
    ),
    "reject": (
        lambda p, _, r: services.finding_reject(**_given(r, p, "office"), reason="重复"),
        (FindingState.REPORTED, FindingState.ASKED_BACK),
    ),
    "progress": (
        lambda p, _, r: services.finding_progress(**_given(r, p, "unit_shuju"), text="已到货"),
        IN_MENDING,
    ),
    "mended": (
        lambda p, _, r: services.finding_mended(**_given(r, p, "unit_shuju"), text="已更换"),
        IN_MENDING,
    ),
    "extend": (
        lambda p, _, r: services.finding_extend(**_given(r, p, "office"), due_at=later(30), reason="等配件"),
        IN_MENDING,
    ),
    "chase": (
        lambda p, _, r: services.finding_chase(**_given(r, p, "office")),
        (*IN_MENDING, FindingState.ASKED_BACK),
    ),
    "verify": (lambda p, _, r: services.finding_verify(**_given(r, p, "office")), (FindingState.MENDED,)),
    "send-back": (
        lambda p, _, r: services.finding_send_back(**_given(r, p, "office"), reason="仍不能切换"),
        (FindingState.MENDED,),
    ),
    "warning": (lambda p, _, r: services.finding_warn(**_given(r, p, "office"), content=_content(r)), OPEN),
    "intake": (lambda p, _, r: services.finding_intake(**_given(r, p, "unit_shuju")), OPEN),
    "incident": (
        lambda p, number, r: services.finding_as_incident(**_given(r, p, "office"), number=number),
        OPEN,
    ),
}


@pytest.mark.parametrize("state", MADE)
@pytest.mark.parametrize("act", ACTS)
def test_each_act_is_open_in_its_states_only(act: str, state: str, people: Any, cyber: Any) -> None:
    row, number = MADE[state](people, cyber), file_incident(people).number
    doing, states = ACTS[act]
    if state in states:
        doing(people, number, row)
        assert Finding.objects.get(pk=row.pk).version == row.version + 1
        return
    with pytest.raises(WrongState) as caught:
        doing(people, number, row)
    assert str(row.state_choice.label) in caught.value.message
    assert Finding.objects.get(pk=row.pk).version == row.version


@pytest.mark.parametrize("ended", ["closed", "withdrawn"])
def test_a_round_that_is_over_takes_nothing_more(ended: str, people: Any, cyber: Any) -> None:
    check, office = opened(people, cyber), people["office"]
    if ended == "closed":
        services.check_close(check_id=check.pk, version=check.version, user=office)
    else:
        services.check_withdraw(check_id=check.pk, version=check.version, reason="重复", user=office)
    given = {"check_id": check.pk, "version": None, "user": office}
    for act in (
        lambda: services.check_return(check_id=check.pk, unit=unit("shuju"), found=0, user=people["unit_shuju"]),
        lambda: services.check_chase(**given),
        lambda: services.check_close(**given),
        lambda: services.check_withdraw(**given, reason="错"),
    ):
        with pytest.raises(WrongState):
            act()
