"""The ladder of a plan in force: who changes it, what may stand, and what becomes of clocks that run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import call_command

from directory.models import LadderEdition, LadderRung, PlanVersion
from directory.services import ladders
from directory.services.ladders import LadderLine, ladder_change, ladders_settle
from incidents.rules import RuleBook
from tests.incidents.clocks import clocks
from tests.incidents.factories import file_incident
from yangcheng_ec.deadlines.models import Deadline, Notice
from yangcheng_ec.deadlines.services import sweep_all
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, StaleVersion, WrongState
from yangcheng_ec.record.models import CaseHead, RecordEntry
from yangcheng_ec.record.selectors import verify_chain

pytestmark = pytest.mark.django_db

START = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
TIMED = [
    LadderLine(True, "remind", -15, ("owed_by", "duty_officer")),
    LadderLine(True, "remind", -5, ("owed_by", "duty_officer")),
    LadderLine(True, "overdue", 0, ("owed_by", "duty_officer", "office_director")),
    LadderLine(True, "escalate", 3, ("deputy",)),
    LadderLine(True, "escalate", 7, ("commander",)),
]
UNTIMED = [LadderLine(False, "remind", 10, ("duty_officer",)), LadderLine(False, "escalate", 40, ("deputy",))]


def change(people: Any, version: PlanVersion, **over: Any) -> LadderEdition | None:
    """Change the cyber plan's ladder as its office director."""
    given: dict[str, Any] = {
        "version_id": version.pk, "edition": PlanVersion.objects.get(pk=version.pk).ladder_edition,
        "lines": TIMED + UNTIMED, "running": "keep", "reason": "夜间提前叫应", "user": people["director"],
    }  # fmt: skip
    return ladder_change(**(given | over))


def offsets(version: PlanVersion) -> list[int]:
    """The timed ladder's minutes, in order."""
    rows = version.ladder_rungs.filter(timed=True).order_by("number")
    return list(rows.values_list("offset_minutes", flat=True))


def test_only_the_office_director_of_the_plan_in_force_changes_it(people: Any, cyber: Any, comms: Any) -> None:
    for name in ("duty", "office", "deputy", "commander", "comms_director", "auditor", "unit_shuju"):
        with pytest.raises(Forbidden, match="非预案规定"):
            change(people, cyber, user=people[name])
    with pytest.raises(NotVisible):
        change(people, cyber, version_id=0)
    made = change(people, cyber)
    assert made is not None
    assert (made.number, offsets(cyber), made.was[0]["minutes"]) == (1, [-15, -5, 0, 3, 7], -20)
    line = RecordEntry.objects.get(kind="plan.ladder_changed")
    for words in ("到期前20分提醒", "到期后3分升级（副指挥长）", "夜间提前叫应", "非预案规定", "沿用原阶梯"):
        assert words in line.text, words
    assert verify_chain(CaseHead.objects.get(key="plan:cyber-2025")) is None
    with pytest.raises(StaleVersion):
        change(people, cyber, edition=0)
    assert change(people, cyber) is None, "nothing differs: nothing is written"
    assert offsets(comms) == [-20, -10, -5, 0, 5, 10]
    PlanVersion.objects.filter(pk=cyber.pk).update(in_force=False)
    with pytest.raises(WrongState):
        change(people, cyber, lines=TIMED[1:] + UNTIMED)


@pytest.mark.parametrize(
    ("lines", "field"),
    [
        ([], "timed"),
        (TIMED, "untimed"),
        ([*TIMED[:2], *TIMED[3:], *UNTIMED], "timed"),
        ([LadderLine(True, "remind", 0, ("deputy",)), *TIMED, *UNTIMED], "timed-1"),
        ([TIMED[1], TIMED[0], *TIMED[2:], *UNTIMED], "timed-2"),
        ([*TIMED, TIMED[-1], *UNTIMED], "timed-6"),
        ([*TIMED, LadderLine(True, "escalate", 99, ()), *UNTIMED], "timed-6"),
        ([*TIMED, LadderLine(True, "escalate", 99, ("mayor",)), *UNTIMED], "timed-6"),
        ([*TIMED, LadderLine(False, "overdue", 5, ("deputy",))], "untimed-1"),
        ([*TIMED, LadderLine(False, "shout", 5, ("deputy",))], "untimed-1"),
        ([*TIMED, LadderLine(False, "remind", 99999, ("deputy",))], "untimed-1"),
    ],
)
def test_a_ladder_that_cannot_stand_is_refused_by_its_rung(people: Any, cyber: Any, lines: Any, field: str) -> None:
    with pytest.raises(BadInput) as caught:
        change(people, cyber, lines=lines)
    assert field in caught.value.fields
    assert offsets(cyber) == [-20, -10, -5, 0, 5, 10]


def test_what_it_means_for_running_clocks_must_be_said_and_why(people: Any, cyber: Any) -> None:
    with pytest.raises(BadInput) as caught:
        change(people, cyber, running="", reason=" ")
    assert set(caught.value.fields) == {"running", "reason"}


def _case(people: Any) -> Any:
    return file_incident(people, occurred_at=START, known_at=START, received_at=START)


def _due(clock: Deadline, state: str = "pending") -> list[tuple[str, int]]:
    """The steps of a clock in a state: kind and minutes from the due time."""
    rows = clock.steps.filter(state=state).order_by("fire_at", "sequence")
    assert clock.due_at is not None
    return [(row.kind, int((row.fire_at - clock.due_at).total_seconds()) // 60) for row in rows]


def test_running_clocks_keep_their_ladder_and_new_ones_take_the_new(people: Any, cyber: Any) -> None:
    with time_machine.travel(START, tick=False):
        old = clocks(_case(people))["4.1-30min"]
        change(people, cyber, running="keep")
        assert ladders_settle() == 0
        assert [minutes for _kind, minutes in _due(old)] == [-20, -10, -5, 0, 5, 10]
        fresh = clocks(_case(people))["4.1-30min"]
        assert [minutes for _kind, minutes in _due(fresh)] == [-15, -5, 0, 3, 7]
        assert (old.ladder_edition, fresh.ladder_edition) == (0, 1)
        notes = list(fresh.steps.order_by("sequence").values_list("note", flat=True))
        assert notes == ["", "", "办公室主任", "副指挥长", "指挥长"]
        version = PlanVersion.objects.get(pk=cyber.pk)
        assert RuleBook(version).ladders[False][-1].offset_minutes == 40, "the new edition is read at once"


def test_running_clocks_take_the_new_ladder_with_no_step_lost_or_doubled(people: Any, cyber: Any) -> None:
    with time_machine.travel(START, tick=False) as time:
        incident = _case(people)
        closed = clocks(_case(people))["4.1-30min"]
        Deadline.objects.filter(pk=closed.pk).update(state="met")
        time.move_to(START + timedelta(minutes=21))
        sweep_all()
        change(people, cyber, running="take")
        clock = clocks(incident)["4.1-30min"]
        assert clock.ladder_edition == 1
        assert _due(clock) == [("remind", -5), ("overdue", 0), ("escalate", 3), ("escalate", 7)]
        assert _due(clock, "fired") == [("remind", -10)], "what was told stays told"
        assert _due(clock, "replaced") == [("escalate", 5), ("escalate", 10)]
        assert (_due(closed, "replaced"), Deadline.objects.get(pk=closed.pk).ladder_edition) == ([], 0)
        assert incident.head.entries.filter(kind="deadline.relaid").count() == 2
        assert ladders_settle() == 0, "once is enough"
        time.move_to(START + timedelta(minutes=34))
        sweep_all()
        later = [LadderLine(True, "overdue", 0, ("office_director",)), LadderLine(True, "escalate", 1, ("commander",)),
                 LadderLine(True, "escalate", 6, ("deputy",))]  # fmt: skip
        change(people, cyber, running="take", lines=later + UNTIMED)
        assert _due(clock) == [("escalate", 1)], "the deputies know already; the commander is told at once"
        for minutes in (34, 50):
            time.move_to(START + timedelta(minutes=minutes))
            sweep_all()
        told = Notice.objects.filter(step__deadline=clock, kind="deadline.escalate")
        per_person = list(told.order_by("recipient").values_list("recipient__username", flat=True))
        assert len(per_person) == len(set(per_person)), "nobody twice"
        assert {"deputy", "commander"} <= set(per_person)
        assert (
            Notice.objects.filter(step__deadline=clock, kind="deadline.overdue", recipient=people["duty"]).count() == 1
        )
        assert verify_chain(CaseHead.objects.get(pk=incident.head_id)) is None


def test_a_pass_that_was_cut_off_goes_on_and_late_starters_are_found(
    people: Any, cyber: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with time_machine.travel(START, tick=False) as time:
        first, second = _case(people), _case(people)
        monkeypatch.setattr(ladders, "BATCH", 1)
        made = change(people, cyber, running="take")
        assert made is not None
        assert made.settled_at is None
        assert Deadline.objects.filter(ladder_edition=1).count() == 1, "one pass takes over so many and no more"
        for _ in range(4):
            sweep_all()
        assert {row.ladder_edition for case in (first, second) for row in clocks(case).values()} == {1}
        made.refresh_from_db()
        assert made.settled_at is not None
        late = clocks(_case(people))["4.1-30min"]
        Deadline.objects.filter(pk=late.pk).update(ladder_edition=0)
        sweep_all()
        late.refresh_from_db()
        assert late.ladder_edition == 1, "committed a moment after the change"
        time.shift(timedelta(minutes=3))
        Deadline.objects.filter(pk=late.pk).update(ladder_edition=0)
        assert ladders_settle() == 0


def test_loading_the_plans_again_leaves_a_changed_ladder_alone(people: Any, cyber: Any) -> None:
    change(people, cyber)
    call_command("load_plans", verbosity=0)
    assert offsets(cyber) == [-15, -5, 0, 3, 7]
    assert LadderRung.objects.filter(version=cyber).count() == 7


def test_the_page_shows_it_to_readers_and_changes_it_for_the_director(people: Any, client_for: Any, cyber: Any) -> None:
    address, client = "/plans/cyber-2025/ladder/", client_for("director")
    form = client.get(address).context["form"]
    typed = _typed(form)
    assert client_for("auditor").get(address).context["may_change"] is False
    assert "只有办公室主任可以调整" in client_for("deputy").get(address).content.decode()
    assert client_for("unit_shuju").get(address).status_code == 403
    assert client.get("/plans/nothing/ladder/").status_code == 404
    assert client_for("deputy").post(address, {**typed, "running": "keep", "reason": "x"}).status_code == 403
    refused = client.post(address, {**typed, "timed-1-minutes": "20", "running": "keep", "reason": "太晚"})
    assert refused.status_code == 400
    assert "须晚于上一级" in refused.content.decode()
    assert "太晚" in refused.content.decode(), "nothing typed is lost"
    typed |= {"timed-0-minutes": "25", "timed-1-minutes": "", "timed-5-minutes": "30", "timed-5-kind": "escalate",
              "timed-5-audience": ["commander"], "running": "take", "reason": "提前一些"}  # fmt: skip
    assert client.post(address, typed).status_code == 302
    assert offsets(cyber) == [-25, -5, 0, 5, 10, 30]
    page = client.get(address).content.decode()
    for words in ("第 1 次", "提前一些", "到期前25分提醒", "正在计时的也改用新阶梯"):
        assert words in page, words
    assert client.post(address, typed).status_code == 409, "read before the change"


def test_the_api_reads_and_changes_it_as_the_page_does(people: Any, api_for: Any, cyber: Any) -> None:
    address, api = "/api/v1/plans/cyber-2025/ladder/", api_for("director")
    assert api_for("unit_shuju").get(address).status_code == 403
    read = api.get(address).json()
    assert (read["edition"], len(read["rungs"]), read["editions"]) == (0, 9, [])
    read["rungs"][0]["minutes"] = -25
    body = {"edition": 0, "rungs": read["rungs"], "running": "take", "reason": "提前一些"}
    assert api_for("deputy").post(address, body, format="json").status_code == 403
    faulty = {**body, "rungs": [{**row, "audience": []} for row in read["rungs"]]}
    assert "timed-1" in api.post(address, faulty, format="json").json()["fields"]
    assert api.post(address, {**body, "running": "perhaps"}, format="json").status_code == 400
    changed = api.post(address, body, format="json").json()
    assert (changed["edition"], changed["rungs"][0]["minutes"]) == (1, -25)
    assert changed["editions"][0]["was"][0]["minutes"] == -20
    assert api.post(address, body, format="json").status_code == 409


def _typed(form: Any) -> dict[str, Any]:
    """What the page's form would send when nothing is changed."""
    rows = [*form.timed, *form.untimed]
    found: dict[str, Any] = {"edition": form["edition"].value()}
    for row in rows:
        found |= {bound.html_name: bound.value() or ([] if bound.name == "audience" else "") for bound in row}
    return found
