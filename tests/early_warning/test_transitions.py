"""Every act in every state: it happens, or it is refused with words and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from early_warning import services
from early_warning.choices import ACTIVE, WarningState
from early_warning.models import EarlyWarning
from early_warning.rules import lift_conditions
from tests.early_warning.factories import MADE, content_of, standing_confirmed
from yangcheng_ec.errors import StaleVersion, WrongState
from yangcheng_ec.record.models import RecordEntry
from yangcheng_ec.record.selectors import verify_chain

pytestmark = pytest.mark.django_db

Act = Callable[[EarlyWarning, Any], EarlyWarning]


def _key(warning: EarlyWarning, user: Any) -> dict[str, Any]:
    return {"warning_id": warning.pk, "version": warning.version, "user": user}


def _findings(warning: EarlyWarning) -> dict[int, str]:
    return dict.fromkeys(range(1, len(lift_conditions(warning.plan_version)) + 1), "复测")


ACTS: dict[str, tuple[str, Act]] = {
    "edit": (
        "office",
        lambda w, u: services.warning_edit(**_key(w, u), content=content_of(w.plan_version, title="改过的标题")),
    ),
    "propose": ("office", lambda w, u: services.warning_propose(**_key(w, u))),
    "withdraw": ("office", lambda w, u: services.warning_withdraw(**_key(w, u), reason="重复")),
    "approve": ("commander", lambda w, u: services.warning_approve(**_key(w, u))),
    "return": ("commander", lambda w, u: services.warning_return(**_key(w, u), reason="再研判")),
    "publish": ("office", lambda w, u: services.warning_publish(**_key(w, u))),
    "adjust": ("office", lambda w, u: services.warning_adjust(**_key(w, u), content=content_of(w.plan_version))),
    "propose_lift": ("office", lambda w, u: services.warning_propose_lift(**_key(w, u), findings=_findings(w))),
    "lift": ("commander", lambda w, u: services.warning_lift(**_key(w, u))),
}
# state → act → the state of the warning the act returns; everything else is refused.
TABLE: dict[str, dict[str, str]] = {
    "draft": {"edit": "draft", "propose": "proposed", "withdraw": "withdrawn"},
    "returned": {"edit": "returned", "propose": "proposed", "withdraw": "withdrawn"},
    "proposed": {"edit": "draft", "withdraw": "withdrawn", "approve": "approved", "return": "returned"},
    "approved": {"edit": "draft", "withdraw": "withdrawn", "publish": "published"},
    "published": {"adjust": "draft", "propose_lift": "lift_proposed"},
    "lift_proposed": {"return": "published", "lift": "lifted"},
    "adjusted": {},
    "lifted": {},
    "superseded": {},
    "withdrawn": {},
}


def test_the_table_knows_every_state() -> None:
    assert set(TABLE) == set(WarningState.values) == set(MADE)


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("state", TABLE)
def test_transition(state: str, act: str, cyber: Any, people: Any) -> None:
    warning = MADE[state](people, cyber)
    who, do = ACTS[act]
    lines = RecordEntry.objects.count()
    if act in TABLE[state]:
        assert do(warning, people[who]).state == TABLE[state][act]
        assert RecordEntry.objects.count() > lines
    else:
        with pytest.raises(WrongState) as refused:
            do(warning, people[who])
        assert str(warning.state_choice.label) in str(refused.value)
        warning.refresh_from_db()
        assert (warning.state, RecordEntry.objects.count()) == (state, lines)
    assert verify_chain(type(warning.head).objects.get(pk=warning.head_id)) is None


def _unit_key(warning: EarlyWarning, user: Any) -> dict[str, Any]:
    return {"warning_id": warning.pk, "user": user, "unit": warning.addressees.first().unit}


# What the office enters for a unit, and what it asks of all: in force only.
IN_FORCE: dict[str, Act] = {
    "confirm": lambda w, u: services.warning_confirm(**_unit_key(w, u), person="李警官"),
    "progress": lambda w, u: services.warning_progress(**_unit_key(w, u), text="已处理", person="李警官"),
    "chase": lambda w, u: services.warning_chase(warning_id=w.pk, user=u),
}
TASK_ACTS: dict[str, Callable[..., Any]] = {
    "acknowledge": lambda **key: services.warning_task_acknowledge(**key),
    "complete": lambda **key: services.warning_task_complete(**key, text="已落实"),
    "return": lambda **key: services.warning_task_return(**key, text="没有此类设备"),
}


@pytest.mark.parametrize("act", IN_FORCE)
@pytest.mark.parametrize("state", TABLE)
def test_receipts_and_chasing_only_while_in_force(state: str, act: str, cyber: Any, people: Any) -> None:
    warning = MADE[state](people, cyber)
    lines = RecordEntry.objects.count()
    if state in ACTIVE:
        IN_FORCE[act](warning, people["duty"])
        assert RecordEntry.objects.count() > lines
        return
    with pytest.raises(WrongState) as refused:
        IN_FORCE[act](warning, people["duty"])
    assert str(warning.state_choice.label) in str(refused.value)
    assert RecordEntry.objects.count() == lines


@pytest.mark.parametrize("act", TASK_ACTS)
@pytest.mark.parametrize("state", ["published", "lift_proposed", "adjusted", "lifted", "superseded"])
def test_actions_only_while_in_force(state: str, act: str, cyber: Any, people: Any) -> None:
    warning = MADE[state](people, cyber)
    task = warning.tasks.get(unit__code="gongan")
    key = {"task_id": task.pk, "version": task.version, "user": people["unit_gongan"]}
    if state in ACTIVE:
        assert TASK_ACTS[act](**key).version == task.version + 1
        return
    with pytest.raises(WrongState):
        TASK_ACTS[act](**key)
    task.refresh_from_db()
    assert task.version == 1


@pytest.mark.parametrize("state", TABLE)
def test_an_authorisation_approves_a_proposal_and_nothing_else(
    state: str, comms: Any, people: Any, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    row, warning = standing_confirmed(people, comms), MADE[state](people, comms)
    key = _key(warning, people["comms_duty"])
    if state == "proposed":
        assert services.warning_approve(**key, standing_id=row.pk).state == "approved"
        return
    with pytest.raises(WrongState):
        services.warning_approve(**key, standing_id=row.pk)


@pytest.mark.parametrize("act", ACTS)
def test_a_stale_version_is_refused_with_what_changed(act: str, cyber: Any, people: Any) -> None:
    state = next(state for state, acts in TABLE.items() if act in acts)
    warning = MADE[state](people, cyber)
    who, do = ACTS[act]
    warning.version -= 1
    with pytest.raises(StaleVersion) as refused:
        do(warning, people[who])
    if warning.version:
        assert refused.value.changes


def test_a_stale_edit_shows_the_fields_that_changed(cyber: Any, people: Any) -> None:
    warning = MADE["draft"](people, cyber)
    services.warning_edit(**_key(warning, people["office"]), content=content_of(cyber, title="别人改的", level=1))
    with pytest.raises(StaleVersion) as refused:
        services.warning_propose(**_key(warning, people["office"]))
    shown = {change.field: (change.was, change.now) for change in refused.value.changes}
    assert shown["标题"] == ("某型路由器高危漏洞正被利用", "别人改的")
    assert "级别" in shown
