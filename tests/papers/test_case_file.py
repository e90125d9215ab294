"""卷宗: asked for, rendered by a worker, fetched; the whole case with contents, bookmarks and the record's end."""

from __future__ import annotations

from datetime import timedelta
from threading import Event
from typing import Any
from unittest.mock import patch

import pytest
import time_machine
from django.utils import timezone

from incidents import tasks
from incidents.choices import PaperState
from incidents.models import PaperJob
from incidents.services.papers import paper_ask, paper_render, paper_render_here
from tests.incidents.factories import draft_report, phone_report
from tests.papers.conftest import Paper
from tests.response.factories import active
from yangcheng_ec.errors import WrongState
from yangcheng_ec.record.models import CaseHead, RecordEntry
from yangcheng_ec.record.selectors import verify_chain

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(people: Any, cyber_case: Any) -> PaperJob:
    """A case file asked for by the duty officer, not yet rendered."""
    return paper_ask(incident_id=cyber_case().pk, kind="case-file", serial=0, user=people["duty"])


def test_the_whole_case_is_one_paper(client_for: Any, people: Any, cyber_case: Any, sent: Any) -> None:
    case = cyber_case(drill=True)
    phone_report(people, case, body="先报情况")
    sent(case, "县政府")
    active(people, incident=case)
    duty = client_for("duty")
    page = duty.post(f"/incidents/{case.number}/papers/case-file/0/")
    job = PaperJob.objects.get()
    assert page["Location"] == f"/papers/{job.key}/"
    waiting = duty.get(page["Location"]).content.decode()
    assert "等待后台接手" in waiting
    assert 'http-equiv="refresh"' in waiting
    assert tasks.paper_render(job.pk, job.attempt)
    done = duty.get(page["Location"], headers={"HX-Request": "true"}).content.decode()
    assert f"/papers/{job.key}/file.pdf" in done
    assert "hx-trigger" not in done
    answer = duty.get(f"/papers/{job.key}/file.pdf")
    assert answer["Content-Disposition"] == f'inline; filename="{case.number}-case-file.pdf"'
    _reads_as_a_file(Paper(answer.content), case, PaperJob.objects.get())


def _reads_as_a_file(paper: Paper, case: Any, job: PaperJob) -> None:
    parts = ("基本情况", "大事记", "报告", "时限证据表", "应急响应与任务", "记录核验")
    marks = {mark.title: paper.pdf.get_destination_page_number(mark) + 1 for mark in _flat(paper.pdf.outline)}
    contents = paper.page_text(2)
    for part in parts:
        title = next(name for name in marks if name.endswith(f"、{part}"))
        assert "".join(title.split()) in paper.page_text(marks[title])
        listed = contents.partition("".join(title.split()))[2].lstrip(".…· ")
        assert listed.startswith(str(marks[title])), (title, marks[title], listed[:20])
    for words in ("首报（电话报告", "续报一（文字报告", "☑网络攻击类事件", "先报情况", "启动条件"):
        assert words in paper.text, words
    head = CaseHead.objects.get(pk=case.head_id)
    assert (job.pages, job.record_hash, job.record_seq) == (paper.pages, head.hash, head.seq)
    assert head.hash in paper.text
    assert "没有改动" in paper.text
    assert all("演" in page.extract_text() for page in paper.pdf.pages)
    assert all(paper.fonts().values())
    assert RecordEntry.objects.filter(head=head, kind="paper.case_file").count() == 1
    assert verify_chain(head) is None


def _flat(outline: Any) -> Any:
    for item in outline:
        if isinstance(item, list):
            yield from _flat(item)
        else:
            yield item


def test_who_may_have_it(client_for: Any, client: Any, people: Any, cyber_case: Any) -> None:
    case = cyber_case(incident_unit="shuju", reporting_unit="shuju")
    job = paper_ask(incident_id=case.pk, kind="case-file", serial=0, user=people["duty"])
    pages = (f"/incidents/{case.number}/case-file/", f"/papers/{job.key}/", f"/papers/{job.key}/file.pdf")
    posts = (f"/incidents/{case.number}/papers/case-file/0/", f"/papers/{job.key}/here/")
    for stranger, status in (("unit_gongan", 404), ("sysadmin", 404), ("unit_shuju", 403)):
        found = client_for(stranger)
        assert [found.get(page).status_code for page in pages] == [status] * 3, stranger
        assert [found.post(page).status_code for page in posts] == [status] * 2, stranger
    assert "整个案卷" in client_for("unit_shuju").get(pages[0]).content.decode()
    assert client.get(pages[2])["Location"].startswith("/login/")
    duty = client_for("auditor")
    assert [duty.get(page).status_code for page in pages] == [200, 200, 409]
    assert [duty.get(page).status_code for page in posts] == [405, 405]
    for wrong in ("form-8-7/0", "brief/1", "form-8-7/9", "case-file/3", "nonsense/0"):
        assert duty.post(f"/incidents/{case.number}/papers/{wrong}/").status_code == 404, wrong
    assert duty.get("/papers/00000000-0000-0000-0000-000000000000/").status_code == 404


def test_a_double_click_asks_once_and_a_dead_worker_is_replaced(asked: PaperJob, people: Any) -> None:
    def again() -> PaperJob:
        return paper_ask(incident_id=asked.incident_id, kind="case-file", serial=0, user=people["duty"])

    assert (again().pk, again().attempt) == (asked.pk, 1)
    PaperJob.objects.update(state=PaperState.RUNNING)
    with pytest.raises(WrongState):
        paper_render_here(job_id=asked.pk, user=people["duty"])
    with time_machine.travel(timezone.now() + timedelta(seconds=61), tick=False):
        assert (again().pk, again().attempt) == (asked.pk, 2)
    assert not paper_render(job_id=asked.pk, attempt=1)
    assert RecordEntry.objects.filter(kind="paper.case_file").count() == 1


def test_without_a_worker_the_page_offers_to_render_here(
    asked: PaperJob, client_for: Any, people: Any, media: Any, django_capture_on_commit_callbacks: Any
) -> None:
    duty, address = client_for("duty"), f"/papers/{asked.key}/"
    assert "在这里生成" not in duty.get(address).content.decode()
    with time_machine.travel(timezone.now() + timedelta(seconds=6), tick=False):
        assert "在这里生成" in duty.get(address).content.decode()
        with patch("incidents.services.papers.printed", side_effect=OSError("disk full")):
            duty.post(f"{address}here/")
        assert "再试一次" in duty.get(address).content.decode()
        duty.post(f"{address}here/")
    job = PaperJob.objects.get()
    assert (job.state, job.attempt) == ("done", 3)
    duty.post(f"{address}here/")
    assert PaperJob.objects.get().attempt == 3
    file = media / "papers" / job.stored
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_bytes(b"%PDF-forged")
    assert duty.get(f"{address}file.pdf").status_code == 409
    poked = Event()

    def no_broker(*_args: Any, **_options: Any) -> None:
        poked.set()
        raise ConnectionError

    with (
        time_machine.travel(timezone.now() + timedelta(days=8), tick=False),
        patch.object(tasks.paper_render, "apply_async", no_broker),
    ):
        with django_capture_on_commit_callbacks(execute=True):
            paper_ask(incident_id=job.incident_id, kind="case-file", serial=0, user=people["duty"])
        assert poked.wait(10)
    assert not file.exists()
    assert PaperJob.objects.get().state == "queued"


def test_a_long_report_is_asked_for_and_a_short_one_opens(client_for: Any, people: Any, cyber_case: Any) -> None:
    short, long = cyber_case(), cyber_case(description="情况说明甲。" * 400)
    for case in (short, long):
        draft_report(people, case)
    duty = client_for("duty")
    pages = [duty.get(f"/incidents/{case.number}/reports/1/").content.decode() for case in (short, long)]
    assert ["form-8-7.pdf" in page for page in pages] == [True, False]
    assert ["/papers/form-8-7/1/" in page for page in pages] == [False, True]
    asked = duty.post(f"/incidents/{long.number}/papers/form-8-7/1/")
    job = PaperJob.objects.get()
    assert paper_render(job_id=job.pk, attempt=job.attempt)
    job.refresh_from_db()
    assert job.pages > 1
    assert duty.get(f"{asked['Location']}file.pdf").content.startswith(b"%PDF-")


def test_a_long_report_at_its_own_address_is_made_by_a_worker_too(
    client_for: Any, people: Any, cyber_case: Any
) -> None:
    case = cyber_case(description="情况说明甲。" * 400)
    draft_report(people, case)
    duty, address = client_for("duty"), f"/incidents/{case.number}/reports/1/form-8-7.pdf"
    first = duty.get(address)
    job = PaperJob.objects.get()
    assert first["Location"] == duty.get(address)["Location"] == f"/papers/{job.key}/"
    assert paper_render(job_id=job.pk, attempt=job.attempt)
    assert duty.get(address).content == duty.get(address).content
    assert PaperJob.objects.count() == 1
    phone_report(people, case, body="情况有变")
    assert duty.get(address).status_code == 302, "what was recorded since may be on the paper"
    assert PaperJob.objects.count() == 2


def test_a_table_of_many_clocks_is_made_by_a_worker(client_for: Any, cyber_case: Any) -> None:
    case = cyber_case()
    duty, address = client_for("duty"), f"/incidents/{case.number}/clocks.pdf"
    assert duty.get(address).content.startswith(b"%PDF-")
    with patch("incidents.papers.kinds.CLOCKS_A_PAGE", 0):
        assert duty.get(address).status_code == 302
        assert tasks.paper_render(PaperJob.objects.get().pk, 1)
        assert duty.get(address).content.startswith(b"%PDF-")
        with time_machine.travel(timezone.now() + timedelta(minutes=2), tick=False):
            assert duty.get(address).status_code == 302, "how long a clock has run has changed"


def test_the_api_tells_how_far_a_long_report_is_and_gives_it_in_the_end(
    api_for: Any, people: Any, cyber_case: Any
) -> None:
    long, short = cyber_case(description="情况说明甲。" * 400), cyber_case()
    address, direct = [f"/api/v1/reports/{draft_report(people, case).pk}/form-8-7.pdf" for case in (long, short)]
    duty = api_for("duty")
    assert duty.get(direct).content.startswith(b"%PDF-")
    waiting = duty.get(address)
    assert (waiting.status_code, waiting["Retry-After"], waiting.json()["state"]) == (202, "1", "queued")
    with time_machine.travel(timezone.now() + timedelta(seconds=6), tick=False):
        made = duty.get(address)
        assert made.content.startswith(b"%PDF-"), "no worker took it: it was rendered here"
        assert duty.get(address).content == made.content
    assert PaperJob.objects.get().pages > 1
