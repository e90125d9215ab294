"""P4: members file their action plans with the office; who has not comes first and is reminded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from directory.models import ActionPlan, Unit
from directory.selectors.filings import filing_lines
from directory.services.filings import Filed, filing_add, filing_content, filing_void, filings_remind
from directory.services.papers import Upload
from response.demo.keeping import PAPER
from yangcheng_ec.deadlines.models import Notice
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, StaleVersion, WrongState
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db
ClientFor = Callable[[str], Client]
URL = "/standing/filings/"


def filed(**over: Any) -> Filed:
    values: dict[str, Any] = {"title": "县公安局行动方案", "edition": "2025年版", "dated_on": date(2025, 9, 1)}
    return Filed(**{**values, **over})


def add(people: Any, by: str = "unit_gongan", plan: str = "cyber-2025", **over: Any) -> ActionPlan:
    more = {name: over.pop(name) for name in ("unit", "upload") if name in over}
    return filing_add(user=people[by], plan=plan, filed=filed(**over), **more)


def unit(code: str) -> Unit:
    return Unit.objects.get(code=code)


def test_p4_a_member_files_its_own_and_the_office_is_told(people: Any) -> None:
    row = add(people)
    assert (row.unit.code, row.state, str(row.review_on)) == ("gongan", "current", "2028-09-01")
    line = RecordEntry.objects.get(kind="filing.filed")
    assert line.clause == "网络预案 7.1"
    told = Notice.objects.filter(kind="filing.filed").values_list("recipient__username", flat=True)
    assert set(told) == {"office", "director", "duty", "duty2"}


def test_p4_the_office_files_for_a_member(people: Any) -> None:
    row = add(people, "office", unit=unit("jiaoyu"))
    assert "（办公室代录）" in RecordEntry.objects.get(kind="filing.filed").text
    assert row.filed_post.startswith("网络预案")
    with pytest.raises(BadInput):
        add(people, "office")
    with pytest.raises(BadInput) as refused:
        add(people, "office", unit=unit("runcheng"))
    assert (list(refused.value.fields), refused.value.clause) == (["unit"], "网络预案 7.1")


@pytest.mark.parametrize("name", ["auditor", "commander", "contacts", "comms_director"])
def test_nobody_else_files(people: Any, name: str) -> None:
    with pytest.raises((Forbidden, BadInput)):
        add(people, name)
    assert not ActionPlan.objects.exists()


def test_a_unit_files_for_no_other(people: Any) -> None:
    with pytest.raises(Forbidden):
        add(people, unit=unit("shuju"))
    with pytest.raises(BadInput):
        add(people, "unit_runcheng")


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"title": " "}, "title"),
        ({"title": "长" * 201}, "title"),
        ({"edition": "\u200b"}, "edition"),
        ({"dated_on": date(2099, 1, 1)}, "dated_on"),
        ({"review_on": date(2025, 9, 1)}, "review_on"),
        ({"note": "长" * 301}, "note"),
        ({"upload": Upload("方案.pdf", b"not a pdf")}, "file"),
        ({"upload": Upload("方案.pdf", b"")}, "file"),
    ],
)
def test_a_filing_with_a_fault_is_refused_beside_its_field(people: Any, over: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        add(people, **over)
    assert field in refused.value.fields
    assert not ActionPlan.objects.exists()


def test_a_new_version_takes_the_place_of_the_old(people: Any) -> None:
    old = add(people)
    with pytest.raises(BadInput) as refused:
        add(people)
    assert "edition" in refused.value.fields
    add(people, edition="2026年版")
    old.refresh_from_db()
    assert old.state == "replaced"
    assert ActionPlan.objects.filter(state="current").count() == 1


def test_one_filed_by_mistake_is_void_with_a_reason(people: Any) -> None:
    row = add(people)
    with pytest.raises(BadInput):
        filing_void(user=people["unit_gongan"], filing_id=row.pk, version=1, reason=" ")
    with pytest.raises(StaleVersion):
        filing_void(user=people["unit_gongan"], filing_id=row.pk, version=9, reason="错")
    with pytest.raises(NotVisible):
        filing_void(user=people["unit_shuju"], filing_id=row.pk, version=1, reason="错")
    with pytest.raises(Forbidden):
        filing_void(user=people["commander"], filing_id=row.pk, version=1, reason="错")
    row = filing_void(user=people["office"], filing_id=row.pk, version=1, reason="传错文件")
    with pytest.raises(WrongState):
        filing_void(user=people["office"], filing_id=row.pk, version=row.version, reason="错")
    add(people)


def test_p4_who_has_not_filed_comes_first_and_late_ones_next(people: Any, cyber: Any) -> None:
    add(people)
    add(people, "unit_shuju", title="县数据中心方案", dated_on=date(2020, 1, 1))
    lines = filing_lines(people["office"], cyber)
    assert len(lines) == 20
    assert [(line.unit.code, line.overdue) for line in lines[-2:]] == [("shuju", True), ("gongan", False)]
    assert [line.unit.code for line in filing_lines(people["unit_gongan"], cyber)] == ["gongan"]
    assert filing_lines(people["unit_yidong"], cyber)[0].place == (0, 0)


def test_p4_the_office_reminds_those_once_a_day(people: Any, client_for: ClientFor) -> None:
    add(people)
    for name in ("commander", "unit_gongan", "comms_office"):
        with pytest.raises(Forbidden):
            filings_remind(user=people[name], plan="cyber-2025")
    units = filings_remind(user=people["office"], plan="cyber-2025")
    assert (len(units), "gongan" in {one.code for one in units}) == (19, False)
    told = Notice.objects.filter(kind="filing.reminder", settled_at__isnull=True)
    assert told.filter(recipient=people["unit_shuju"]).exists()
    with pytest.raises(WrongState):
        filings_remind(user=people["office"], plan="cyber-2025")
    add(people, "unit_shuju", title="方案")
    assert not told.filter(unit_code="shuju").exists()
    assert client_for("office").post(f"{URL}cyber-2025/remind/").status_code == 409
    assert client_for("unit_gongan").post(f"{URL}cyber-2025/remind/").status_code == 403
    assert client_for("office").post(f"{URL}mars/remind/").status_code == 404


def test_pages_file_show_and_hand_out(people: Any, client_for: ClientFor, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    client = client_for("unit_gongan")
    typed = {"plan": "cyber-2025", "title": "方案", "edition": "一", "dated_on": "2025-09-01"}
    bad = SimpleUploadedFile("方案.pdf", b"x")
    answer = client.post(f"{URL}new/", {**typed, "file": bad})
    assert answer.status_code == 400
    assert "只收完整的 PDF" in answer.content.decode()
    answer = client.post(f"{URL}new/", {**typed, "file": SimpleUploadedFile("方案.pdf", PAPER)})
    row = ActionPlan.objects.get()
    assert answer.headers["Location"] == f"{URL}{row.pk}/"
    assert filing_content(row) == PAPER
    got = client_for("office").get(f"{URL}{row.pk}/file/")
    assert (got.content, got["Content-Type"]) == (PAPER, "application/pdf")
    assert "attachment" in got["Content-Disposition"]
    for name, status in (("unit_shuju", 404), ("security", 403)):
        assert client_for(name).get(f"{URL}{row.pk}/").status_code == status
        assert client_for(name).get(f"{URL}{row.pk}/file/").status_code == status
    assert client.post(f"{URL}{row.pk}/void/", {"reason": "", "version": 1}).status_code == 400
    assert client.post(f"{URL}{row.pk}/void/", {"reason": "错", "version": 1}).status_code == 302
    plain = add(people, edition="二")
    assert client.get(f"{URL}{plain.pk}/file/").status_code == 404
    assert client_for("unit_runcheng").get(URL).status_code in (200, 403)


def test_the_list_asks_the_database_a_fixed_number_of_times(
    people: Any, client_for: ClientFor, django_assert_max_num_queries: Any
) -> None:
    add(people)
    for name, most in (("office", 22), ("unit_gongan", 14)):
        client = client_for(name)
        with django_assert_max_num_queries(most):
            assert client.get(f"{URL}?plan=cyber-2025").status_code == 200


def test_a_review_that_is_near_is_marked(people: Any, client_for: ClientFor) -> None:
    add(people, review_on=timezone.localdate() + timedelta(days=30))
    assert "将到期" in client_for("unit_gongan").get(URL).content.decode()
