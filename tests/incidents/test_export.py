"""导出案卷: everything in it, checked by its own program, and who may have it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from incidents.models import Incident
from incidents.services.attachments import STORE, Addition, attachment_add, attachment_withdraw
from incidents.services.export import case_export
from tests.incidents.factories import draft_report, file_incident, phone_report
from tests.kernel.upload_files import PDF, PNG
from yangcheng_ec.errors import Forbidden, NotVisible
from yangcheng_ec.record.models import RecordEntry
from yangcheng_ec.uploads import Upload

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    """Attachments of a test lie in a folder of its own."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path


def _add(people: Any, case: Incident, name: str, content: bytes) -> Any:
    added = Addition(files=[Upload(name, content)])
    return attachment_add(incident_id=case.pk, user=people["duty"], addition=added)[0]


def _unpacked(content: bytes, folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert not [name for name in packed.namelist() if name.startswith("/") or ".." in name]
        packed.extractall(folder)
    return folder


def _verify(folder: Path) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-I", str(folder / "verify.py")], capture_output=True, text=True, check=False,
        env={"PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_a_case_goes_out_whole_and_one_changed_byte_is_found(people: Any, client_for: Any, media: Path) -> None:
    one = file_incident(people, title="=HYPERLINK(网站)", caller_number="13800000001")
    phone_report(people, one, "xianwei")
    draft_report(people, one, body="正文")
    kept, gone = _add(people, one, "现场 照片.png", PNG), _add(people, one, "误传.pdf", PDF)
    attachment_withdraw(attachment_id=gone.pk, user=people["duty"], reason="误传")
    answer = client_for("auditor").get(f"/incidents/{one.number}/export.zip")
    assert answer["Content-Disposition"] == f'attachment; filename="{one.number}.zip"'
    folder = _unpacked(b"".join(answer.streaming_content), media / "out")
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    assert names == sorted(
        [
            f"attachments/{kept.pk}-现场 照片.png", "case.json", "manifest.json", f"papers/{one.number}-2-8.7.pdf",
            f"papers/{one.number}-clocks.pdf", "record.json", "verify.py", "说明.txt",
        ]
    )  # fmt: skip
    case = json.loads((folder / "case.json").read_text("utf-8"))
    assert (case["case"]["title"], case["case"]["caller_number"]) == ("=HYPERLINK(网站)", "13800000001")
    assert [row["serial"] for row in case["reports"]] == [1, 2]
    assert case["reports"][0]["addressees"][0]["code"] == "xianwei"
    assert {row["name"] for row in case["attachments"]} == {"现场 照片.png", "误传.pdf"}
    assert case["clocks"]
    assert case["members"]
    last = RecordEntry.objects.filter(head=one.head).order_by("-seq")[0]
    assert (last.kind, last.actor) == ("incident.exported", people["auditor"])
    assert last.hash in (folder / "说明.txt").read_text("utf-8-sig")
    assert _verify(folder) == (0, "完好 / verified\n")

    def spoilt(name: str, old: str, new: str) -> str:
        path = folder / name
        whole = path.read_bytes()
        path.write_bytes(whole.replace(old.encode(), new.encode(), 1))
        code, words = _verify(folder)
        path.write_bytes(whole)
        assert code == 1, name
        return words

    assert "changed: case.json" in spoilt("case.json", "13800000001", "13800000002")
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    words = spoilt("record.json", "接报", "接保")
    assert "changed: record.json" in words
    assert "记录第 1 条被改动" in words
    assert "changed: papers" in spoilt(
        "manifest.json", manifest["files"][f"papers/{one.number}-clocks.pdf"]["sha256"], "0" * 64
    )
    (folder / "attachments" / "more.txt").write_text("x")
    (folder / "papers" / f"{one.number}-clocks.pdf").unlink()
    assert _verify(folder)[1].splitlines() == [
        "多出的文件 / not in the manifest: attachments/more.txt", f"缺少文件 / missing: papers/{one.number}-clocks.pdf",
    ]  # fmt: skip


def test_a_secret_case_gives_no_content_and_a_lost_file_is_named(people: Any, media: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("incidents.services.export.printed", lambda html: type("Paper", (), {"content": b"%PDF"}))
    secret = file_incident(people, title="", incident_unit="", secret=True, secret_channel="机要")
    folder = _unpacked(case_export(incident_id=secret.pk, user=people["duty"]).read(), media / "secret")
    assert _verify(folder)[0] == 0
    assert "李四" not in (folder / "record.json").read_text("utf-8") + (folder / "case.json").read_text("utf-8")
    assert not (folder / "papers").exists()
    one = file_incident(people)
    lost = _add(people, one, "照片.png", PNG)
    STORE.path(lost.sha256).unlink()
    folder = _unpacked(case_export(incident_id=one.pk, user=people["duty"]).read(), media / "lost")
    assert "附件「照片.png」没有导出" in (folder / "说明.txt").read_text("utf-8-sig")
    assert _verify(folder)[0] == 0


def test_who_may_not_export_leaves_no_line(people: Any, client_for: Any) -> None:
    one = file_incident(people)
    lines = RecordEntry.objects.filter(head=one.head).count()
    url = f"/incidents/{one.number}/export.zip"
    for name, status in (("unit_shuju", 403), ("unit_dianxin", 404), ("sysadmin", 404)):
        assert client_for(name).get(url).status_code == status
    assert client_for("duty").post(url).status_code == 405
    with pytest.raises(Forbidden):
        case_export(incident_id=one.pk, user=people["unit_shuju"])
    with pytest.raises(NotVisible):
        case_export(incident_id=one.pk, user=people["unit_dianxin"])
    assert RecordEntry.objects.filter(head=one.head).count() == lines
