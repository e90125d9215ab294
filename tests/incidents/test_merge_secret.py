"""涉密 and merging: the mark is kept on the main case, no content goes across, undoing gives back what was (R10)."""

from __future__ import annotations

import json
import zipfile
from typing import Any

import pytest

from incidents.models import Incident, IncidentSearch, Report
from incidents.services import (
    incident_merge,
    incident_unmerge,
    incident_update,
    report_review,
    report_send,
)
from incidents.services.export import case_export
from incidents.services.secret import SEALED_TITLE, SEALED_WORDS
from tests.incidents.factories import draft_report, file_incident, phone_report, signed_report
from yangcheng_ec.deadlines.models import Deadline
from yangcheng_ec.errors import BadInput, WrongState
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db
TOLD = "三号机房核心数据被取走"
SECRET = {"title": "", "incident_unit": "", "secret": True, "secret_channel": "机要"}
SEALED = (True, "机要", SEALED_TITLE)


def _open(people: Any) -> Incident:
    return file_incident(people, title="数据中心告警", description=TOLD)


def _secret(people: Any, **over: Any) -> Incident:
    return file_incident(people, **{**SECRET, **over})


def _merge(people: Any, incident: Incident, main: Incident) -> None:
    incident_merge(incident_id=incident.pk, version=None, user=people["duty"], into=main.number, reason="同一告警")
    incident.refresh_from_db()
    main.refresh_from_db()


def _unmerge(people: Any, incident: Incident, *others: Incident) -> None:
    incident_unmerge(incident_id=incident.pk, version=None, user=people["duty"], reason="不是同一起")
    for row in (incident, *others):
        row.refresh_from_db()


def _mark(incident: Incident) -> tuple[bool, str, str]:
    return incident.secret, incident.secret_channel, incident.title


def test_a_secret_duplicate_makes_the_main_case_secret_until_it_comes_out_again(people: Any, client_for: Any) -> None:
    main, other = _open(people), _secret(people)
    _merge(people, other, main)
    assert _mark(main) == _mark(other) == SEALED
    assert (main.secret_with, main.description) == (other, TOLD)
    page = client_for("duty").get(f"/incidents/{main.number}/").content.decode()
    assert f"{other.number} 涉密，与本案是同一事件" in page
    assert "经机要" in page
    assert "随之按涉密办理" in main.head.entries.get(kind="incident.merged_in").text
    _unmerge(people, other, main)
    assert _mark(main) == (False, "", "数据中心告警")
    assert _mark(other) == SEALED
    assert "恢复原来的名称" in main.head.entries.get(kind="incident.unmerged_out").text


def test_a_duplicate_of_a_secret_case_is_secret_with_it_and_its_content_stays_behind(people: Any) -> None:
    main, other = _secret(people), _open(people)
    _merge(people, other, main)
    assert _mark(other) == SEALED
    assert main.secret_with is None
    assert not RecordEntry.objects.filter(head=main.head, text__contains="数据中心告警").exists()
    assert TOLD not in json.dumps([str(value) for value in vars(main).values()], ensure_ascii=False)
    _unmerge(people, other, main)
    assert _mark(other) == (False, "", "数据中心告警")
    assert _mark(main) == SEALED


def test_of_three_cases_the_last_secret_one_takes_the_mark_away(people: Any) -> None:
    main, plain = _open(people), file_incident(people, title="又一次告警")
    first, second = _secret(people), _secret(people, secret_channel="保密电话")
    _merge(people, plain, main)
    _merge(people, first, main)
    plain.refresh_from_db()
    assert _mark(plain) == SEALED
    _merge(people, second, main)
    _unmerge(people, first, main, plain, second)
    assert _mark(main) == _mark(plain) == (True, "保密电话", SEALED_TITLE)
    _unmerge(people, second, main, plain)
    assert (main.title, plain.title) == ("数据中心告警", "又一次告警")
    assert (main.secret, plain.secret) == (False, False)


def test_no_content_leaves_a_sealed_case_by_search_export_paper_or_name(people: Any, client_for: Any) -> None:
    main, other = _open(people), _secret(people)
    _merge(people, other, main)
    assert TOLD not in IncidentSearch.objects.get(incident=main).text
    assert not Deadline.objects.filter(head=main.head, state="running", case_title__contains="数据中心").exists()
    with case_export(incident_id=main.pk, user=people["duty"]) as file, zipfile.ZipFile(file) as archive:
        assert all(TOLD not in archive.read(name).decode("utf-8", "replace") for name in archive.namelist())
    assert client_for("duty").get(f"/incidents/{main.number}/case-file/").status_code == 409
    _unmerge(people, other, main)
    assert client_for("duty").get(f"/incidents/{main.number}/case-file/").status_code == 200
    assert TOLD in IncidentSearch.objects.get(incident=main).text
    assert Deadline.objects.filter(head=main.head, state="running", case_title__contains="数据中心").exists()


def test_a_report_with_content_written_before_is_neither_signed_sent_nor_printed(people: Any, client_for: Any) -> None:
    main, other = _open(people), _secret(people)
    draft, signed = draft_report(people, main), signed_report(people, main)
    _merge(people, other, main)
    with pytest.raises(WrongState, match="按涉密办理"):
        report_review(report_id=draft.pk, version=None, user=people["duty2"])
    with pytest.raises(WrongState, match="按涉密办理"):
        report_send(report_id=signed.pk, version=None, user=people["duty"], channel="fax", proof="1")
    with pytest.raises(BadInput):
        incident_update(incident_id=main.pk, version=None, user=people["duty"], changes={"description": "更多"})
    fresh = signed_report(people, main)
    assert fresh.content["description"] == SEALED_WORDS
    assert TOLD not in json.dumps(fresh.content, ensure_ascii=False)
    sent = report_send(report_id=fresh.pk, version=None, user=people["duty"], channel="secure", proof="机要 7 号")
    assert sent.state == "sent"
    assert phone_report(people, main).state == "sent"
    assert not Report.objects.filter(pk__in=[draft.pk, signed.pk], state="sent").exists()
    for unsent in (draft, signed):
        assert (
            client_for("duty").get(f"/incidents/{main.number}/reports/{unsent.serial}/form-8-7.pdf").status_code == 409
        )
    assert client_for("duty").get(f"/incidents/{main.number}/reports/{sent.serial}/form-8-7.pdf").status_code == 200


@pytest.mark.parametrize(("which", "words"), [(0, "并案后主案也按涉密办理"), (1, "并案后本案也按涉密办理")])
def test_the_preview_says_so_and_only_where_it_changes_something(
    people: Any, client_for: Any, which: int, words: str
) -> None:
    pair = [_secret(people), _open(people)]
    page = client_for("duty").get(f"/incidents/{pair[which].number}/merge/").content.decode()
    assert words in page
    assert "撤销并案即恢复" in page
    _secret(people)
    pair[1].drill = True
    pair[1].save(update_fields=["drill"])
    assert "按涉密办理" not in client_for("duty").get(f"/incidents/{pair[0].number}/merge/").content.decode()
