"""Documents of 代行 and 授权, their download; overlaps named; an end with a date; what an appointment touches."""

from __future__ import annotations

import hashlib
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from directory.choices import Act
from directory.models import Appointment, AppointmentPaper
from directory.rules import may
from directory.services import AppointmentInput, appointment_confirm, appointment_enter
from directory.services.appointments import appointment_end, role_grant
from directory.services.papers import MAX_BYTES, Upload
from response.services import response_withdraw
from tests.directory.making import appoint, person
from tests.response.factories import active as running, end_proposed, propose
from yangcheng_ec.errors import BadInput, Forbidden, WrongState
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 40 + b"\x00\x00\x00\x00IEND\xaeB`\x82"
JPG = b"\xff\xd8\xff\xe0" + b"\x00" * 40 + b"\xff\xd9"
LATER = timedelta(days=30)


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def newcomer(db: None) -> Any:
    return person("newcomer", unit="shuju", display_name="新来者")


def entry(someone: Any, post: str = "cyber-2025:commander", **values: Any) -> AppointmentInput:
    now = timezone.now()
    given: dict[str, Any] = {
        "nature": "authorised", "document": "阳政授〔2026〕3号", "scope": [Act.APPROVE_RESPONSE],
        "starts_at": now - timedelta(minutes=1), "ends_at": now + LATER, **values,
    }  # fmt: skip
    return AppointmentInput(person_id=someone.pk, post_code=post, **given)


def entered(people: Any, someone: Any, content: bytes = PDF, name: str = "授权书.pdf", **values: Any) -> Appointment:
    upload = Upload(name=name, content=content)
    return appointment_enter(user=people["contacts"], entry=entry(someone, **values), upload=upload)


def confirmed(people: Any, someone: Any, **values: Any) -> Appointment:
    row = entered(people, someone, **values)
    return appointment_confirm(user=people["security"], appointment_id=row.pk)


# --- the document --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("content", "kind"), [(PDF, "pdf"), (PNG, "png"), (JPG, "jpg")], ids=["pdf", "png", "jpg"])
def test_kept_under_a_random_name_with_its_fingerprint(
    people: Any, newcomer: Any, media: Path, content: bytes, kind: str
) -> None:
    row = entered(people, newcomer, content, name="../../etc/授权书.exe")
    paper = AppointmentPaper.objects.get(appointment=row)
    assert (paper.kind, paper.name, paper.size) == (kind, f"授权书.{kind}", len(content))
    assert paper.sha256 == hashlib.sha256(content).hexdigest()
    files = [path for path in media.rglob("*") if path.is_file()]
    assert [path.name for path in files] == [paper.stored]
    assert "授权书" not in paper.stored
    assert files[0].read_bytes() == content
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o600
    assert RecordEntry.objects.get(kind="appointment.entered").data["paper"]["sha256"] == paper.sha256


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "空.pdf"),
        (b"MZ\x90\x00 program", "授权书.pdf"),
        (b"<html><script>alert(1)</script>", "授权书.png"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "授权书.svg"),
        (PDF[:-8], "截断的.pdf"),
        (b"PK\x03\x04" + b"\x00" * 30, "授权书.docx"),
        (b"%PDF-1.4" + b"\x00" * MAX_BYTES + b"%%EOF", "太大.pdf"),
    ],
    ids=["empty", "program", "html", "svg", "cut off", "docx", "too large"],
)
def test_judged_by_content_and_size_and_nothing_written(
    people: Any, newcomer: Any, media: Path, content: bytes, name: str
) -> None:
    with pytest.raises(BadInput) as refused:
        entered(people, newcomer, content, name=name)
    assert list(refused.value.fields) == ["paper"]
    assert not Appointment.objects.filter(user=newcomer).exists()
    assert not [path for path in media.rglob("*") if path.is_file()]


@pytest.mark.parametrize("nature", ["acting", "authorised"])
def test_acting_and_authorised_need_number_and_upload(people: Any, newcomer: Any, nature: str) -> None:
    with pytest.raises(BadInput) as refused:
        appointment_enter(user=people["contacts"], entry=entry(newcomer, nature=nature, document=""))
    assert set(refused.value.fields) == {"document", "paper"}
    tenure = entry(newcomer, "cyber-2025:deputy:3", nature="tenure", document="", scope=[])
    assert appointment_enter(user=people["contacts"], entry=tenure).pk


def test_an_authorisation_names_its_acts_and_its_end(people: Any, newcomer: Any) -> None:
    with pytest.raises(BadInput) as refused:
        entered(people, newcomer, scope=[], ends_at=None)
    assert set(refused.value.fields) == {"scope", "ends_at"}


def test_by_the_page_with_a_file_and_back_as_a_download(client_for: Any, newcomer: Any) -> None:
    client = client_for("contacts")
    assert 'enctype="multipart/form-data"' in client.get("/appointments/new/").content.decode()
    typed = {
        "person": newcomer.pk, "post": "cyber-2025:commander", "nature": "authorised", "document": "阳政授〔2026〕3号",
        "scope": ["approve_response"], "starts_at": "2026-01-01 00:00", "ends_at": "2036-01-01 00:00",
    }  # fmt: skip
    refused = client.post("/appointments/new/", typed | {"paper": SimpleUploadedFile("书.pdf", b"no pdf")})
    assert refused.status_code == 400
    text = refused.content.decode()
    assert "只收完整的 PDF、JPG、PNG" in text
    assert 'value="阳政授〔2026〕3号"' in text
    done = client.post("/appointments/new/", typed | {"paper": SimpleUploadedFile("书.pdf", PDF)}, follow=True)
    row = Appointment.objects.get(user=newcomer)
    assert hashlib.sha256(PDF).hexdigest() in done.content.decode()
    answer = client.get(f"/appointments/{row.pk}/document/")
    assert answer.content == PDF
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Type"] == "application/pdf"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("contacts", 200),
        ("security", 200),
        ("commander", 200),
        ("auditor", 200),
        ("unit_shuju", 403),
        ("sysadmin", 403),
    ],
)
def test_only_who_reads_appointments_gets_the_file(
    client_for: Any, people: Any, newcomer: Any, name: str, status: int
) -> None:
    row = entered(people, newcomer)
    assert client_for(name).get(f"/appointments/{row.pk}/document/").status_code == status


def test_no_other_way_to_the_file(client_for: Any, people: Any, newcomer: Any) -> None:
    row = entered(people, newcomer)
    path = f"/appointments/{row.pk}/document/"
    assert Client().get(path).status_code == 302
    assert client_for("contacts").post(path).status_code == 405
    stored = AppointmentPaper.objects.get().stored
    for guess in (f"/media/appointments/{stored}", f"/static/appointments/{stored}", f"/media/{stored}"):
        assert client_for("contacts").get(guess).status_code == 404
    without = appoint(newcomer, "cyber-2025:deputy:3")
    assert client_for("contacts").get(f"/appointments/{without.pk}/document/").status_code == 404


def test_a_file_that_was_swapped_or_lost_is_not_handed_out(
    client_for: Any, people: Any, newcomer: Any, media: Path
) -> None:
    row = entered(people, newcomer)
    file = next(path for path in media.rglob("*") if path.is_file())
    file.write_bytes(PDF.replace(b"1.4", b"1.7"))
    answer = client_for("contacts").get(f"/appointments/{row.pk}/document/")
    assert answer.status_code == 409
    assert "sha256" in answer.content.decode()
    file.unlink()
    assert client_for("contacts").get(f"/appointments/{row.pk}/document/").status_code == 404


# --- overlap -------------------------------------------------------------------------------------------------------


def test_an_overlap_names_the_other_one(people: Any, newcomer: Any) -> None:
    first = confirmed(people, newcomer)
    with pytest.raises(BadInput) as refused:
        entered(people, newcomer, ends_at=timezone.now() + 2 * LATER)
    (words,) = refused.value.fields["starts_at"]
    for part in ("新来者 授权 网络预案 指挥长", "阳政授〔2026〕3号", "已生效", "重叠"):
        assert part in words
    assert first.ends_at is not None
    after = entered(people, newcomer, starts_at=first.ends_at, ends_at=first.ends_at + LATER)
    assert after.state == "entered"


# --- an end with a date --------------------------------------------------------------------------------------------


def test_an_end_keeps_the_history_and_takes_the_authority(people: Any, newcomer: Any, cyber: Any) -> None:
    row = confirmed(people, newcomer, nature="acting")
    leaving = timezone.now() + timedelta(days=2)
    appointment_end(user=people["security"], appointment_id=row.pk, ends_at=leaving, reason="调离")
    row.refresh_from_db()
    assert (row.state, row.ends_at) == ("confirmed", leaving)
    assert may(newcomer, cyber, Act.APPROVE_WARNING)
    with time_machine.travel(leaving + timedelta(minutes=1), tick=False):
        assert not may(newcomer, cyber, Act.APPROVE_WARNING)
    assert "理由：调离" in RecordEntry.objects.get(kind="appointment.ended").text


def test_a_person_who_leaves_ends_everything_at_once(people: Any, cyber: Any, comms: Any) -> None:
    someone = person("leaver", unit="gongxin")
    codes = ("cyber-2025:deputy:3", "comms-2022:deputy:1", "unit:gongan:leader")
    rows = [appoint(someone, code) for code in codes]
    for row in rows:
        role_grant(row)
    past = appoint(someone, "cyber-2025:duty_officer", ends_at=timezone.now() - timedelta(hours=1))
    ended = appointment_end(
        user=people["security"], appointment_id=rows[0].pk, ends_at=timezone.now(), reason="退休", all_posts=True
    )
    assert {row.pk for row in ended} == {row.pk for row in rows}
    assert not may(someone, cyber, Act.APPROVE_WARNING)
    assert not may(someone, comms, Act.APPROVE_WARNING)
    was = past.ends_at
    past.refresh_from_db()
    assert past.ends_at == was
    assert Appointment.objects.filter(user=someone, state="confirmed").count() == 4
    assert not someone.groups.exists()


def test_an_end_is_neither_past_nor_later_nor_before_the_start(people: Any, newcomer: Any) -> None:
    row = confirmed(people, newcomer)
    future = appoint(newcomer, "cyber-2025:deputy:4", starts_at=timezone.now() + LATER)
    wrong = [
        (row, timezone.now() - timedelta(days=1), "不能早于现在"),
        (row, timezone.now() + 2 * LATER, "只能提前"),
        (future, timezone.now() + timedelta(days=1), "还没有开始"),
    ]
    for one, moment, words in wrong:
        with pytest.raises(BadInput) as refused:
            appointment_end(user=people["security"], appointment_id=one.pk, ends_at=moment, reason="x")
        assert words in refused.value.fields["ends_at"][0]
    with pytest.raises(BadInput):
        appointment_end(user=people["security"], appointment_id=row.pk, ends_at=timezone.now(), reason=" ")


@pytest.mark.parametrize("name", ["contacts", "commander", "duty", "auditor", "sysadmin"])
def test_only_the_security_administrator_ends(people: Any, client_for: Any, newcomer: Any, name: str) -> None:
    row = confirmed(people, newcomer)
    with pytest.raises(Forbidden):
        appointment_end(user=people[name], appointment_id=row.pk, ends_at=timezone.now(), reason="x")
    assert client_for(name).post(f"/appointments/{row.pk}/end/", {"reason": "x"}).status_code == 403


def test_what_waits_or_is_over_has_no_end_to_write(people: Any, newcomer: Any) -> None:
    row = entered(people, newcomer)
    with pytest.raises(WrongState):
        appointment_end(user=people["security"], appointment_id=row.pk, ends_at=timezone.now(), reason="x")


def test_the_end_by_the_page_keeps_what_was_typed(people: Any, client_for: Any, newcomer: Any) -> None:
    row = confirmed(people, newcomer)
    client = client_for("security")
    assert "写明截止" in client.get(f"/appointments/{row.pk}/").content.decode()
    wrong = client.post(f"/appointments/{row.pk}/end/", {"ends_at": "2020-01-01 08:00", "reason": "调任市局"})
    assert wrong.status_code == 400
    assert "不能早于现在" in wrong.content.decode()
    assert 'value="调任市局"' in wrong.content.decode()
    soon = timezone.localtime(timezone.now() + timedelta(hours=5)).strftime("%Y-%m-%d %H:%M")
    assert client.post(f"/appointments/{row.pk}/end/", {"ends_at": soon, "reason": "调任市局"}).status_code == 302


def test_one_person_several_posts(people: Any, client_for: Any) -> None:
    row = Appointment.objects.filter(user=people["director"]).order_by("pk").first()
    assert row is not None
    text = client_for("security").get(f"/appointments/{row.pk}/").content.decode()
    assert "陈国平的其他任职" in text
    assert "副指挥长" in text
    assert "办公室主任" in text


# --- what it touches -----------------------------------------------------------------------------------------------


def _touches(client: Client, row: Appointment) -> str:
    text = client.get(f"/appointments/{row.pk}/").content.decode()
    return text.split('id="touches"')[1].split("</section>")[0] if 'id="touches"' in text else ""


def _held(user: Any, kind: str) -> Appointment:
    return Appointment.objects.get(user=user, post__kind=kind, post__version__plan__code="cyber-2025")


def test_ending_the_only_one_who_can_decide_is_loud(people: Any, client_for: Any) -> None:
    proposal = propose(people, level=1)
    commander = _held(people["commander"], "commander")
    said = _touches(client_for("security"), commander)
    assert proposal.number in said
    assert "此后没有人能办" in said
    assert proposal.incident.title not in said
    assert "/response/" not in said
    assert f'href="/response/{proposal.number}/"' in _touches(client_for("commander"), commander)


def test_ending_one_of_several_names_who_is_left(people: Any, client_for: Any) -> None:
    propose(people, level=2)
    said = _touches(client_for("security"), _held(people["deputy"], "deputy"))
    assert "此后还能办的：赵立新、陈国平" in said
    assert "没有人能办" not in said
    assert _touches(client_for("security"), _held(people["duty2"], "duty_officer")) == ""


def test_the_one_who_asked_is_not_counted_among_those_left(people: Any, client_for: Any) -> None:
    propose(people, level=2, by="director")
    said = _touches(client_for("security"), _held(people["deputy"], "deputy"))
    assert "此后还能办的：赵立新<" in said


def test_an_end_that_waits_and_a_settled_proposal(people: Any, client_for: Any) -> None:
    response = end_proposed(people, running(people, level=2))
    assert "待批准结束" in _touches(client_for("security"), _held(people["deputy"], "deputy"))
    other = propose(people, level=1)
    response_withdraw(response_id=other.pk, version=other.version, reason="误提", user=people["office"])
    said = _touches(client_for("security"), _held(people["commander"], "commander"))
    assert other.number not in said
    assert response.number in said


def test_starting_an_authorisation_touches_what_its_scope_covers(people: Any, client_for: Any, newcomer: Any) -> None:
    proposal = propose(people, level=1)
    row = entered(people, newcomer)
    said = _touches(client_for("security"), row)
    assert proposal.number in said
    assert "生效后此人可以办" in said
    Appointment.objects.filter(pk=row.pk).update(scope=[Act.ADD_MEMBER])
    assert _touches(client_for("security"), row) == ""


@pytest.mark.parametrize("many", [2, 8])
def test_the_page_keeps_its_number_of_statements(
    people: Any, client_for: Any, many: int, django_assert_max_num_queries: Any
) -> None:
    for _ in range(many):
        propose(people, level=1)
    client, row = client_for("security"), _held(people["commander"], "commander")
    client.get(f"/appointments/{row.pk}/")
    with django_assert_max_num_queries(22):
        assert client.get(f"/appointments/{row.pk}/").status_code == 200
