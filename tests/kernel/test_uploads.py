"""Files that people send: what is taken, what is refused and why, the scanner, the disk, the download."""

from __future__ import annotations

import errno
import hashlib
import os
import socket
import stat
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from tests.kernel.clamd import clamd_running
from tests.kernel.upload_files import EICAR, JPG, PDF, PNG, PROGRAM, locked, office, ole, ole_large, packed
from yangcheng_ec.checks import scanner_has_an_address
from yangcheng_ec.errors import NotVisible, WrongState
from yangcheng_ec.uploads import (
    FileKind,
    ScanState,
    Store,
    Upload,
    UploadRefused,
    archives,
    download,
    files_of,
    name_clean,
    scan,
    takes_uploads,
    upload_check,
)

SOUND = b"\x00" * 64
MAIL = "From: a@b.cn\r\nTo: c@d.cn\r\nSubject: 告警\r\n\r\n正文".encode()


# --- what is taken -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("报告.pdf", PDF, FileKind.PDF),
        ("现场.JPEG", JPG, FileKind.JPG),
        ("截图.png", PNG, FileKind.PNG),
        ("图.webp", b"RIFF\x00\x00\x00\x00WEBPVP8 " + SOUND, FileKind.WEBP),
        ("简报.docx", office("word"), FileKind.DOCX),
        ("台账.xlsx", office("xl"), FileKind.XLSX),
        ("汇报.pptx", office("ppt"), FileKind.PPTX),
        ("旧.doc", ole("WordDocument"), FileKind.DOC),
        ("旧.wps", ole("WordDocument"), FileKind.WPS),
        ("旧.xls", ole("Workbook"), FileKind.XLS),
        ("大.ppt", ole_large("PowerPoint Document"), FileKind.PPT),
        ("公文.ofd", packed({"OFD.xml": b"<ofd/>"}), FileKind.OFD),
        ("日志.log", "2026-11-22 03:05 拒绝 <script> 攻击\r\n".encode("gb18030"), FileKind.TXT),
        ("表.csv", "单位,号码\n县公安局,110\n".encode("utf-16"), FileKind.CSV),
        ("信.eml", MAIL, FileKind.EML),
        ("证据.zip", packed({"网页/index.html": b"<html>", "图.png": PNG}), FileKind.ZIP),
        ("通话.mp3", b"ID3\x03\x00" + SOUND, FileKind.MP3),
        ("通话.m4a", b"\x00\x00\x00\x20ftypM4A " + SOUND, FileKind.M4A),
        ("通话.wav", b"RIFF\x00\x00\x00\x00WAVEfmt " + SOUND, FileKind.WAV),
        ("通话.amr", b"#!AMR\n" + SOUND, FileKind.AMR),
    ],
    ids=[
        "pdf",
        "jpeg",
        "png",
        "webp",
        "docx",
        "xlsx",
        "pptx",
        "doc",
        "wps",
        "xls",
        "large-ppt",
        "ofd",
        "log",
        "csv",
        "eml",
        "zip",
        "mp3",
        "m4a",
        "wav",
        "amr",
    ],
)
def test_taken(name: str, content: bytes, kind: FileKind) -> None:
    checked = upload_check(Upload(name, content))
    assert (checked.kind, checked.name, checked.size) == (kind, name, len(content))
    assert checked.sha256 == hashlib.sha256(content).hexdigest()
    assert not checked.marks


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("空.pdf", b"", "空的"),
        ("通知.pdf", PROGRAM, "Windows 可执行程序"),
        ("通知.pdf", b"\x7fELF" + SOUND, "Linux 可执行程序"),
        ("说明.txt", b"#!/bin/sh\nrm -rf /\n", "脚本"),
        ("说明.txt", "\ufeff  <!DOCTYPE html><script>alert(1)</script>".encode(), "网页"),
        ("说明.csv", b"<?php system($_GET[0]);", "脚本"),
        ("图.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "SVG"),
        ("页.html", b"only words", "网页"),
        ("装.exe", b"only words", "可执行程序"),
        ("截断.pdf", PDF[:-8], "不完整"),
        ("乱.txt", b"ab\x00\x01cd", "只收这些文件"),
        ("图.png", PDF, "扩展名与内容不符：内容是PDF"),
        ("没有扩展名", PDF, "只收这些文件"),
        ("信.eml", b"no header at all", "扩展名与内容不符"),
        ("包.rar", b"Rar!\x1a\x07\x01\x00" + SOUND, "只收 zip"),
        ("装.doc", ole("\u4840\u3f3f"), "只收这些文件"),
        ("坏.zip", b"PK\x03\x04" + SOUND, "已损坏"),
        ("程序.zip", packed({"a/b.txt": b"x", "病毒.JPG": PROGRAM}), "Windows 可执行程序"),
        ("脚本.zip", packed({"run.bat ": b"@echo off"}), "脚本"),
        ("宏.xlsx", packed({"[Content_Types].xml": b"", "xl/a.xml": b"", "xl/vbaProject.bin": b"x"}), "宏"),
        ("套.zip", packed({"1.zip": packed({"2.zip": packed({"3.txt": b"x"})})}), "一层套一层"),
    ],
    ids=[
        "empty",
        "renamed-exe",
        "renamed-elf",
        "shebang",
        "html",
        "php",
        "svg",
        "html-name",
        "exe-name",
        "cut-off",
        "binary",
        "other-ending",
        "no-ending",
        "no-mail",
        "rar",
        "installer",
        "broken-zip",
        "exe-in-zip",
        "script-in-zip",
        "macros",
        "nested",
    ],
)
def test_refused_with_the_reason(name: str, content: bytes, words: str) -> None:
    with pytest.raises(UploadRefused) as refused:
        upload_check(Upload(name, content))
    assert words in refused.value.message
    assert refused.value.fields == {"files": [refused.value.message]}


def test_size_limits_are_the_setting_or_the_callers(settings: Any) -> None:
    settings.UPLOAD_LIMIT_MB = 1
    content = PDF[:8] + b" " * (1024 * 1024 - len(PDF)) + PDF[8:]
    assert upload_check(Upload("刚好.pdf", content)).size == 1024 * 1024
    with pytest.raises(UploadRefused, match="超过 1 MB"):
        upload_check(Upload("多一个.pdf", content + b"\n"))
    assert upload_check(Upload("多一个.pdf", content + b"\n"), limit=2 * 1024 * 1024)


def test_a_zip_bomb_is_stopped_while_it_unpacks(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = packed({"零.txt": b"0" * 12_000_000})
    assert len(bomb) < 20_000
    with pytest.raises(UploadRefused, match="压缩炸弹"):
        upload_check(Upload("日志.zip", bomb))
    inner = packed({"表.docx": packed({f"{n}": b"0" * 6_000_000 for n in range(2)})})
    with pytest.raises(UploadRefused, match="压缩炸弹"):
        upload_check(Upload("套.zip", inner))
    # A header that lies about the size does not help: what comes out is counted.
    lying = bytearray(packed({"长.txt": bytes(range(32, 127)) * 4000}))
    central = lying.find(b"PK\x01\x02")
    lying[central + 24 : central + 28] = b"\x0a\x00\x00\x00"
    with pytest.raises(UploadRefused, match="已损坏"):
        upload_check(Upload("谎.zip", bytes(lying)))
    monkeypatch.setattr(archives, "MAX_UNPACKED", 1000)
    with pytest.raises(UploadRefused, match="解开后超过"):
        upload_check(Upload("多.zip", packed({str(n): b"x" * 400 for n in range(3)})))
    monkeypatch.setattr(archives, "MAX_MEMBERS", 2)
    with pytest.raises(UploadRefused, match="最多 2 个"):
        upload_check(Upload("多.zip", packed({str(n): b"x" for n in range(3)})))


def test_locked_and_macro_files_say_so() -> None:
    shut = upload_check(Upload("密.zip", locked(packed({"a.txt": b"x"}))))
    assert shut.locked
    assert upload_check(Upload("密.xlsx", ole("EncryptionInfo", "EncryptedPackage"))).locked
    with_macro = upload_check(Upload("旧.xls", ole("Workbook", "_VBA_PROJECT_CUR")))
    assert with_macro.marks == ("含宏，打开时不要启用",)
    assert not with_macro.locked
    with pytest.raises(UploadRefused, match="可执行程序"):
        upload_check(Upload("密.zip", locked(packed({"setup.exe": b"x"}))))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("../../etc/报告.pdf", "报告.pdf"),
        ("C:\\用户\\桌面\\报告.pdf", "报告.pdf"),
        ("报\r\n告\x00\t.pdf", "报告.pdf"),
        ("报告\u202efdp.exe", "报告fdp.exe"),
        ('a"b<c>:|?*.pdf', "abc.pdf"),
        ("...", "附件"),
        ("", "附件"),
        (".pdf", "附件.pdf"),
        ("长" * 300 + ".pdf", "长" * 116 + ".pdf"),
        ("a." + "长" * 300, "a." + "长" * 19),
    ],
    ids=["unix", "windows", "control", "bidi", "forbidden", "dots", "nothing", "bare-ending", "long", "long-ending"],
)
def test_names_are_made_safe(typed: str, kept: str) -> None:
    assert name_clean(typed) == kept
    assert name_clean(kept) == kept


# --- the scanner ---------------------------------------------------------------------------------------------------


def test_the_scanner_is_asked_over_its_own_protocol(settings: Any) -> None:
    assert scan(EICAR) == ScanState.NONE  # no address: nothing is asked
    with clamd_running(limit=300_000) as clamd:
        settings.CLAMD_URL = clamd.url
        long = os.urandom(200_000)
        assert scan(long) == ScanState.CLEAN
        assert clamd.seen == [long]
        with pytest.raises(UploadRefused, match=r"带病毒（Eicar-Test-Signature）"):
            scan(b"x" * 70_000 + EICAR)
        assert scan(long, locked=True) == ScanState.NONE  # «OK» says nothing of what nobody could open
        assert scan(b"x" * 400_000) == ScanState.UNAVAILABLE  # larger than clamd takes: an error of its own
        settings.CLAMD_REQUIRED = True
        with pytest.raises(UploadRefused, match="有密码"):
            scan(long, locked=True)


def test_a_scanner_that_is_down_is_told_or_refused(settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        free = taken.getsockname()[1]
    for url in (f"tcp://127.0.0.1:{free}", "unix:///nowhere/clamd.sock", "nonsense"):
        settings.CLAMD_URL, settings.CLAMD_REQUIRED = url, False
        assert scan(b"x") == ScanState.UNAVAILABLE
        settings.CLAMD_REQUIRED = True
        with pytest.raises(UploadRefused, match="病毒扫描暂不可用，附件没有保存"):
            scan(b"x")
    settings.CLAMD_URL = ""
    with pytest.raises(UploadRefused, match="病毒扫描暂不可用"):
        scan(b"x")


def test_a_scanner_that_hangs_is_down(settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.CLAMD_URL, settings.CLAMD_TIMEOUT = f"tcp://127.0.0.1:{silent.getsockname()[1]}", 0.05
        assert scan(b"x") == ScanState.UNAVAILABLE


# --- the store -----------------------------------------------------------------------------------------------------


@pytest.fixture
def store(settings: Any, tmp_path: Path) -> Store:
    settings.MEDIA_ROOT = tmp_path
    return Store("things", fan=2)


def _all(store: Store) -> list[str]:
    return sorted(str(path.relative_to(store.root)) for path in store.root.rglob("*") if path.is_file())


def test_kept_whole_or_not_at_all(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = hashlib.sha256(PDF).hexdigest()
    store.place(store.stage(PDF), "abcd")
    store.place(store.stage(PDF), "abcd")
    assert _all(store) == ["ab/abcd"]
    assert stat.S_IMODE(store.path("abcd").stat().st_mode) == 0o600
    with store.opened("abcd", digest) as file:
        assert file.read() == PDF
    with pytest.raises(WrongState):
        store.opened("abcd", "0" * 64)
    with pytest.raises(NotVisible):
        store.opened("gone", digest)
    for code, words in ((errno.ENOSPC, "存储空间已满"), (errno.EACCES, "不能写入存储")):

        def full(descriptor: int, code: int = code) -> None:
            raise OSError(code, os.strerror(code))

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(UploadRefused, match=words):
            store.stage(PNG)
    assert _all(store) == ["ab/abcd"]


def test_what_is_missing_changed_or_nobodys_is_found(store: Store) -> None:
    for name, content in (("aa1", PDF), ("aa2", PNG), ("bb3", JPG)):
        store.place(store.stage(content), name)
    coming, left = store.stage(b"coming"), store.stage(b"left")
    os.utime(left.path, (0, 0))
    store.path("aa2").write_bytes(JPG)
    rows = [(name, hashlib.sha256(content).hexdigest()) for name, content in (("aa1", PDF), ("aa2", PNG), ("cc4", PDF))]
    found = {(fault.what, fault.name) for fault in store.faults(rows)}
    orphans = {("orphan", "bb/bb3"), ("orphan", f"incoming/{left.path.name}")}
    assert found == {("changed", "aa/aa2"), ("missing", "cc/cc4")} | orphans
    coming.drop()


def test_a_download_is_never_shown_by_the_browser(store: Store) -> None:
    store.place(store.stage(PDF), "abcd")
    answer = download(
        store.opened("abcd", hashlib.sha256(PDF).hexdigest()), name="现场 报告.pdf", mime="application/pdf"
    )
    assert b"".join(answer.streaming_content) == PDF  # type: ignore[arg-type]
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''%E7%8E%B0")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["Cache-Control"] == "private, no-store"
    answer.file_to_stream.close()


# --- what a request brings -----------------------------------------------------------------------------------------


def _sent(chosen: list[tuple[str, bytes]], **kwargs: Any) -> tuple[Any, dict[str, str]]:
    """Post files between two texts; return what the view got, or the refusal, and the texts."""
    typed: dict[str, str] = {}
    got: list[Any] = []

    @takes_uploads(**kwargs)
    def view(request: HttpRequest) -> HttpResponse:
        typed.update(request.POST.items())
        try:
            got.extend(files_of(request))
        except UploadRefused as refused:
            got.append(refused.message)
        return HttpResponse()

    request = RequestFactory().post(
        "/", {"before": "甲", "files": [SimpleUploadedFile(*file) for file in chosen], "note": "乙"}
    )
    request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]
    view(request)
    return got, typed


def test_too_large_too_many_or_no_room_and_the_words_stay() -> None:
    small, large = ("小.txt", b"x"), ("大.txt", b"x" * 2000)
    got, typed = _sent([small, small], limit=1000)
    assert [file.read() for file in got] == [b"x", b"x"]
    assert typed == {"before": "甲", "note": "乙"}
    for files, kwargs, words in (
        ([small, large, small], {"limit": 1000}, "「大.txt」超过 0 MB"),
        ([small] * 3, {"files": 2}, "一次最多 2 个文件，这次有 3 个"),
        ([], {}, "请选择文件"),
    ):
        got, typed = _sent(files, **kwargs)
        assert words in got[0]
        assert typed["note"] == "乙"


def test_a_full_temporary_folder_is_said_in_words(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path / "gone")
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 10
    got, typed = _sent([("大.txt", b"x" * 2000)])
    assert "不能写入存储" in got[0]
    assert typed["note"] == "乙"


def test_a_required_scanner_without_an_address_is_an_error_at_start(settings: Any) -> None:
    assert scanner_has_an_address(None) == []
    settings.CLAMD_REQUIRED = True
    assert [problem.id for problem in scanner_has_an_address(None)] == ["yangcheng_ec.E005"]
    settings.CLAMD_URL = "tcp://clamd:3310"
    assert scanner_has_an_address(None) == []
