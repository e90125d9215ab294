"""附件: added to a case or a report in one piece, seen by whom they concern, frozen with the report, never erased."""

from __future__ import annotations

import errno
import hashlib
import os
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client

from incidents.models import Attachment, Incident
from incidents.services import incident_close, report_review, report_send, view_grant
from incidents.services.attachments import STORE, Addition, attachment_add, attachment_withdraw
from tests.incidents.factories import analyse_incident, draft_report, file_incident, phone_report, signed_report
from tests.kernel.clamd import clamd_running
from tests.kernel.upload_files import EICAR, JPG, PDF, PNG, PROGRAM, locked, packed
from yangcheng_ec.errors import BadInput, Forbidden, NotVisible, StaleVersion, WrongState
from yangcheng_ec.record.models import RecordEntry
from yangcheng_ec.uploads import Upload

pytestmark = pytest.mark.django_db
SHA = hashlib.sha256(PDF).hexdigest()


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def case(people: Any) -> Incident:
    return file_incident(people)


def add(people: Any, case: Incident, *files: tuple[str, bytes], by: str = "duty", **values: Any) -> list[Attachment]:
    uploads = [Upload(*file) for file in files or [("情况.pdf", PDF)]]
    return attachment_add(incident_id=case.pk, user=people[by], addition=Addition(files=uploads, **values))


def url(case: Incident, tail: str = "") -> str:
    return f"/incidents/{case.number}/attachments/{tail}"


def files(*given: tuple[str, bytes]) -> list[SimpleUploadedFile]:
    return [SimpleUploadedFile(*file) for file in given]


def on_disk(media: Path) -> list[Path]:
    return [path for path in media.rglob("*") if path.is_file()]


def lines(case: Incident, kind: str) -> list[RecordEntry]:
    return list(RecordEntry.objects.filter(head=case.head, kind=kind).order_by("seq"))


# --- by the page ---------------------------------------------------------------------------------------------------


def test_added_on_the_case_page_kept_with_their_fingerprint_and_handed_out(
    people: Any, case: Incident, client_for: Any, media: Path
) -> None:
    client = client_for("duty")
    page = client.get(f"/incidents/{case.number}/").content.decode()
    assert f'action="{url(case)}"' in page
    assert 'enctype="multipart/form-data"' in page
    sent = {"note": "现场照片", "idempotency_key": "k1"}
    for _ in range(2):  # a double click
        chosen = files(("../报\u202e告.pdf", PDF), ("图.png", PNG))
        assert client.post(url(case), sent | {"files": chosen}).url == f"/incidents/{case.number}/#attachments"
    first, second = Attachment.objects.order_by("pk")
    assert (first.name, first.sha256, first.kind, first.size) == ("报告.pdf", SHA, "pdf", len(PDF))
    assert (first.uploaded_by, second.note, first.scan) == (people["duty"], "现场照片", "none")
    assert "值班" in first.uploaded_as
    assert {path.name for path in on_disk(media)} == {first.sha256, second.sha256}
    entries = lines(case, "attachment.added")
    assert [entry.data["sha256"] for entry in entries] == [SHA, second.sha256]
    assert SHA[:12] in entries[0].text
    page = client.get(f"/incidents/{case.number}/").content.decode()
    for words in (f'href="{url(case, f"{first.pk}/")}">报告.pdf', "未扫描", SHA, "现场照片", "非预案规定"):
        assert words in page
    answer = client.get(url(case, f"{first.pk}/"))
    assert b"".join(answer.streaming_content) == PDF
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert client.post(url(case, f"{first.pk}/")).status_code == 405


def test_one_bad_file_and_none_is_kept_while_the_note_stays(case: Incident, client_for: Any, media: Path) -> None:
    client = client_for("duty")
    chosen = files(("通知.pdf", PROGRAM), ("图.png", PNG), ("页.html", b"<html>"))
    answer = client.post(url(case), {"note": "三个<b>文件</b>", "files": chosen})
    page = answer.content.decode()
    assert answer.status_code == 400
    for words in ("「通知.pdf」：内容是「Windows 可执行程序」", "「页.html」", "其余 1 个文件没有问题"):
        assert words in page
    assert 'value="三个&lt;b&gt;文件&lt;/b&gt;"' in page
    assert client.post(url(case), {"note": "忘了选"}).status_code == 400
    assert not Attachment.objects.exists()
    assert on_disk(media) == []


def test_the_same_file_twice_is_refused_but_may_be_in_another_case(people: Any, case: Incident, media: Path) -> None:
    add(people, case)
    for again in ([("再来.pdf", PDF)], [("图.png", PNG), ("图2.png", PNG)]):
        with pytest.raises(BadInput) as refused:
            add(people, case, *again)
        assert list(refused.value.fields) == ["files"]
    add(people, file_incident(people, title="另一起"))
    assert [path.name for path in on_disk(media)] == [SHA]
    assert Attachment.objects.count() == 2


def test_over_the_limit_by_the_page_and_the_api(case: Incident, client_for: Any, api_for: Any, settings: Any) -> None:
    settings.UPLOAD_LIMIT_MB = 1
    big = PDF + b" " * (1024 * 1024 + 70_000)
    answer = client_for("duty").post(url(case), {"note": "大", "files": files(("大.pdf", big))})
    assert (answer.status_code, "「大.pdf」超过 1 MB" in answer.content.decode()) == (400, True)
    assert 'value="大"' in answer.content.decode()
    sent = {"files": files(("大.pdf", big))}
    answer = api_for("duty").post(f"/api/v1{url(case)}", sent, format="multipart")
    assert (answer.status_code, answer.json()["code"]) == (400, "upload_refused")


# --- who -----------------------------------------------------------------------------------------------------------


def test_who_adds_and_who_reads(people: Any, case: Incident, client_for: Any) -> None:
    row = add(people, case)[0]
    mine = add(people, case, ("图.png", PNG), by="unit_shuju")[0]
    assert (row.unit, mine.unit) == (None, people["unit_shuju"].unit)
    for name, status in (("auditor", 200), ("commander", 200), ("unit_shuju", 200), ("unit_dianxin", 404)):
        assert client_for(name).get(url(case, f"{row.pk}/")).status_code == status
        assert client_for(name).get(url(case)).status_code == status
    for name, status in (("commander", 403), ("auditor", 403), ("unit_dianxin", 404), ("sysadmin", 404)):
        chosen = {"files": files(("a.jpg", JPG))}
        assert client_for(name).post(url(case), chosen).status_code == status
    assert Client().get(url(case, f"{row.pk}/")).status_code == 302
    other = file_incident(people, title="另一起")
    assert client_for("duty").get(url(other, f"{row.pk}/")).status_code == 404
    with pytest.raises(NotVisible):
        add(people, case, by="unit_dianxin")
    assert Attachment.objects.count() == 2


def test_a_units_report_keeps_its_attachments_from_other_units(people: Any, case: Incident, client_for: Any) -> None:
    view_grant(case, people["unit_dianxin"].unit)
    view_grant(case, people["unit_zhengfuban"].unit)
    report = draft_report(people, case, "xianzhengfu", reporting_unit="shuju")
    office = people["unit_zhengfuban"].unit
    report.addressees.update(unit=office)
    inside = add(people, case, report=report.serial, by="unit_shuju")[0]
    on_case = add(people, case, ("图.png", PNG))[0]

    def reads(name: str) -> set[int]:
        client = client_for(name)
        found = {row.pk for row in (inside, on_case) if client.get(url(case, f"{row.pk}/")).status_code == 200}
        shown = client.get(url(case)).content.decode()
        assert {row.pk for row in (inside, on_case) if url(case, f"{row.pk}/") in shown} == found
        return found

    assert reads("unit_shuju") == reads("duty") == {inside.pk, on_case.pk}
    assert reads("unit_dianxin") == reads("unit_zhengfuban") == {on_case.pk}
    report.state = "sent"
    report.save()
    assert reads("unit_zhengfuban") == {inside.pk, on_case.pk}
    assert reads("unit_dianxin") == {on_case.pk}
    others = draft_report(people, case)
    with pytest.raises(Forbidden, match="本单位"):
        add(people, case, ("图.jpg", JPG), report=others.serial, by="unit_shuju")


@pytest.mark.parametrize("state", ["closed", "secret"])
def test_a_closed_or_secret_case_takes_none(people: Any, case: Incident, client_for: Any, state: str) -> None:
    if state == "closed":
        done = analyse_incident(people, case)
        incident_close(incident_id=case.pk, version=done.version, user=people["office"], note="完", waive_reason="演示")
    else:
        Incident.objects.filter(pk=case.pk).update(secret=True)
    with pytest.raises(WrongState):
        add(people, case)
    client = client_for("duty")
    assert client.post(url(case), {"files": files(("a.pdf", PDF))}).status_code == 409
    assert 'type="file"' not in client.get(f"/incidents/{case.number}/").content.decode()


# --- with a report -------------------------------------------------------------------------------------------------


def test_a_reports_attachments_are_signed_and_sent_with_it(
    people: Any, case: Incident, client_for: Any, media: Path
) -> None:
    report = draft_report(people, case)
    add_url = f"/incidents/{case.number}/reports/{report.serial}/attachments/"
    client = client_for("duty")
    assert add_url in client.get(f"/incidents/{case.number}/reports/{report.serial}/").content.decode()
    assert client.post(add_url, {"files": files(("截图.png", PNG))}).status_code == 302
    with pytest.raises(StaleVersion):  # whoever signs must have seen them
        report_review(report_id=report.pk, version=report.version, user=people["duty2"])
    signed = report_review(report_id=report.pk, version=None, user=people["duty2"])
    before = on_disk(media)
    refused = client.post(add_url, {"files": files(("迟到.pdf", PDF))})
    assert (refused.status_code, "固定" in refused.content.decode()) == (409, True)
    assert on_disk(media) == before
    with pytest.raises(WrongState, match="先退回"):
        attachment_withdraw(attachment_id=Attachment.objects.get().pk, user=people["duty"], reason="误传")
    report_send(report_id=report.pk, version=signed.version, user=people["duty"], channel="fax")
    sent = lines(case, "report.sent")[0]
    assert "附件1件" in sent.text
    assert sent.data["attachments"] == [
        {"name": "截图.png", "size": len(PNG), "sha256": hashlib.sha256(PNG).hexdigest()}
    ]
    page = client.get(f"/incidents/{case.number}/reports/{report.serial}/").content.decode()
    assert "截图.png" in page
    assert 'type="file"' not in page
    assert client.post(url(case), {"files": files(("迟到.pdf", PDF))}).status_code == 302
    assert client.post(f"/incidents/{case.number}/reports/99/attachments/").status_code == 404


def test_who_attached_last_does_not_sign_and_a_call_takes_none(people: Any, case: Incident) -> None:
    report = draft_report(people, case)
    add(people, case, report=report.serial, by="duty2")
    with pytest.raises(Forbidden, match="最后由审核人"):
        report_review(report_id=report.pk, version=None, user=people["duty2"])
    call = phone_report(people, case)
    with pytest.raises(WrongState):
        add(people, case, ("通话.amr", b"#!AMR\n" + b"\x00" * 40), report=call.serial)


# --- 撤下 ----------------------------------------------------------------------------------------------------------


def test_withdrawn_from_view_with_a_reason_and_never_erased(
    people: Any, case: Incident, client_for: Any, media: Path
) -> None:
    row = add(people, case)[0]
    client, path = client_for("duty"), url(case, f"{row.pk}/withdraw/")
    assert path in client.get(f"/incidents/{case.number}/").content.decode()
    for reason in (" ", "长" * 301):
        assert client.post(path, {"reason": reason}).status_code == 400
    assert client.post(path, {"reason": "误传<另案>"}).status_code == 302
    row.refresh_from_db()
    assert (row.withdrawn_by, row.withdrawn_reason) == (people["duty"], "误传<另案>")
    assert row.withdrawn_as
    assert "误传<另案>" in lines(case, "attachment.withdrawn")[0].text
    assert [file.name for file in on_disk(media)] == [SHA]
    page = client.get(f"/incidents/{case.number}/").content.decode()
    assert "已撤下" in page
    assert "误传&lt;另案&gt;" in page
    assert url(case, f"{row.pk}/") not in page
    for name, status in (("duty", 404), ("unit_shuju", 404), ("auditor", 200)):
        assert client_for(name).get(url(case, f"{row.pk}/")).status_code == status
    assert "情况.pdf" not in client_for("unit_shuju").get(url(case)).content.decode()
    with pytest.raises(WrongState, match="已经撤下"):
        attachment_withdraw(attachment_id=row.pk, user=people["office"], reason="再撤")
    assert add(people, case)[0].pk != row.pk  # the right file may be the same one, added again


def test_a_unit_withdraws_its_own_only_and_readers_none(people: Any, case: Incident, client_for: Any) -> None:
    officers = add(people, case)[0]
    own = add(people, case, ("图.png", PNG), by="unit_shuju")[0]
    for row, name, refusal in (
        (officers, "unit_shuju", Forbidden),
        (officers, "commander", Forbidden),
        (officers, "auditor", Forbidden),
        (officers, "unit_dianxin", NotVisible),
    ):
        with pytest.raises(refusal):
            attachment_withdraw(attachment_id=row.pk, user=people[name], reason="不要了")
    page = client_for("unit_shuju").get(f"/incidents/{case.number}/").content.decode()
    assert url(case, f"{own.pk}/withdraw/") in page
    assert url(case, f"{officers.pk}/withdraw/") not in page
    assert "不能撤下" in client_for("unit_shuju").get(url(case, f"{officers.pk}/withdraw/")).content.decode()
    assert attachment_withdraw(attachment_id=own.pk, user=people["unit_shuju"], reason="传错").withdrawn_at


def test_what_went_out_can_still_be_hidden_by_the_officers(people: Any, case: Incident) -> None:
    report = draft_report(people, case, reporting_unit="shuju")
    row = add(people, case, report=report.serial, by="unit_shuju")[0]
    report.state = "sent"
    report.save()
    with pytest.raises(Forbidden, match="已经签发"):
        attachment_withdraw(attachment_id=row.pk, user=people["unit_shuju"], reason="含个人信息")
    attachment_withdraw(attachment_id=row.pk, user=people["duty"], reason="含个人信息")
    assert "已随报告报出" in lines(case, "attachment.withdrawn")[0].text


# --- when things are bad -------------------------------------------------------------------------------------------


def test_a_full_disk_leaves_neither_row_nor_file(
    people: Any, case: Incident, client_for: Any, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seq = RecordEntry.objects.filter(head=case.head).count()

    def full(*_args: Any, **_kwargs: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    sent = {"note": "留着", "files": files(("a.pdf", PDF), ("b.png", PNG))}
    for target, name in ((os, "fsync"), (Path, "replace")):  # while it is written; while it is moved to its place
        with monkeypatch.context() as patch:
            patch.setattr(target, name, full)
            answer = client_for("duty").post(url(case), sent)
        assert answer.status_code == 400
        assert "存储空间已满" in answer.content.decode()
        assert 'value="留着"' in answer.content.decode()
        for file in sent["files"]:
            file.seek(0)
    assert on_disk(media) == []
    assert not Attachment.objects.exists()
    assert RecordEntry.objects.filter(head=case.head).count() == seq


def test_scanned_before_it_is_kept(people: Any, case: Incident, client_for: Any, settings: Any, media: Path) -> None:
    with clamd_running() as clamd:
        settings.CLAMD_URL = clamd.url
        assert add(people, case)[0].scan == "clean"
        with pytest.raises(BadInput) as refused:
            add(people, case, ("证据.zip", packed({"a.txt": b"x"})), ("样本.txt", EICAR))
        assert "带病毒（Eicar-Test-Signature）" in refused.value.fields["files"][0]
        shut = add(people, case, ("密.zip", locked(packed({"a.txt": b"x"}))))[0]
        assert (shut.scan, shut.marks) == ("none", ["有密码，内容没有检查"])
    settings.CLAMD_TIMEOUT = 1
    assert add(people, case, ("图.png", PNG))[0].scan == "unavailable"
    settings.CLAMD_REQUIRED = True
    kept = len(on_disk(media))
    answer = client_for("duty").post(url(case), {"note": "留着", "files": files(("图.jpg", JPG))})
    assert answer.status_code == 400
    for words in ("病毒扫描暂不可用，附件没有保存", 'value="留着"'):
        assert words in answer.content.decode()
    assert len(on_disk(media)) == kept


def test_every_file_is_held_against_its_row(people: Any, case: Incident, client_for: Any, media: Path) -> None:
    row = add(people, case)[0]
    left = STORE.root / "zz" / "left"
    left.parent.mkdir()
    left.write_bytes(b"x")
    out = StringIO()
    call_command("attachments_verify", stdout=out)
    assert "没有对应的记录：attachments/zz/left" in out.getvalue()
    assert "1 个文件记录核对无误，1 个没有记录的文件" in out.getvalue()
    STORE.path(SHA).write_bytes(PDF.replace(b"1.4", b"1.7"))
    with pytest.raises(CommandError, match="1 个文件缺失或被改动"):
        call_command("attachments_verify", stdout=out)
    assert f"内容与指纹不符：attachments/{SHA[:2]}/{SHA}" in out.getvalue()
    assert client_for("duty").get(url(case, f"{row.pk}/")).status_code == 409
    STORE.path(SHA).unlink()
    assert client_for("duty").get(url(case, f"{row.pk}/")).status_code == 404


# --- over the API, and at length -----------------------------------------------------------------------------------


def test_the_api_does_what_the_pages_do(people: Any, case: Incident, api_for: Any) -> None:
    report = draft_report(people, case)
    duty, base = api_for("duty"), f"/api/v1{url(case)}"
    sent = {"files": files(("a.pdf", PDF), ("b.png", PNG)), "note": "截图", "report": report.serial}
    made = duty.post(base, sent, format="multipart", HTTP_IDEMPOTENCY_KEY="k")
    assert made.status_code == 201
    first = made.json()[0]
    assert {name: first[name] for name in ("name", "sha256", "kind", "scan", "report", "note", "withdrawn_at")} == {
        "name": "a.pdf", "sha256": SHA, "kind": "pdf", "scan": "none", "report": report.serial, "note": "截图",
        "withdrawn_at": None,
    }  # fmt: skip
    assert [row["name"] for row in duty.get(base).json()["results"]] == ["b.png", "a.pdf"]
    answer = duty.get(f"{base}{first['id']}/", HTTP_ACCEPT="application/pdf")
    assert (b"".join(answer.streaming_content), answer["X-Content-Type-Options"]) == (PDF, "nosniff")
    assert duty.post(base, {"note": "x"}, format="json").status_code == 415
    assert duty.post(base, {"note": "x"}, format="multipart").json()["fields"]["files"] == ["请选择文件。"]
    assert duty.post(base, {"files": files(("c.jpg", JPG)), "report": "甲"}, format="multipart").status_code == 400
    assert api_for("unit_dianxin").get(base).status_code == 404
    assert api_for("unit_dianxin").get(f"{base}{first['id']}/").status_code == 404
    assert api_for("commander").post(base, {"files": files(("c.jpg", JPG))}, format="multipart").status_code == 403
    assert duty.post(f"{base}{first['id']}/withdraw/", {}, format="json").status_code == 400
    gone = duty.post(f"{base}{first['id']}/withdraw/", {"reason": "误传"}, format="json").json()
    assert (gone["withdrawn_reason"], gone["withdrawn_at"] is None) == ("误传", False)
    assert duty.get(f"{base}{first['id']}/").status_code == 404


def test_a_long_list_is_paged_and_costs_the_same(
    people: Any, case: Incident, client_for: Any, django_assert_max_num_queries: Any
) -> None:
    signed = signed_report(people, case)
    rows = [
        Attachment(
            incident=case, report=signed if n % 2 else None, name=f"{n}.txt", size=n, sha256=f"{n:064}", kind="txt",
            uploaded_by=people["duty"], recorded_at=case.received_at,
        )
        for n in range(45)
    ]  # fmt: skip
    Attachment.objects.bulk_create(rows[:3])
    client = client_for("duty")
    for count in (3, 45):
        if count == 45:
            Attachment.objects.bulk_create(rows[3:])
        for path, most in ((url(case), 14), (f"/incidents/{case.number}/", 40)):
            with django_assert_max_num_queries(most):
                page = client.get(path).content.decode()
    assert page.count('<td data-label="病毒扫描"') == 20
    assert "全部附件" in page
    assert "共 45 个" in client.get(url(case) + "?page=2").content.decode()
