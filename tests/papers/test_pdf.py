"""The PDF itself: fonts inside, kept for the archive, nothing fetched; and who may have it."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings

from tests.incidents.factories import file_incident
from tests.papers.conftest import RARE, Paper
from yangcheng_ec.papers import FANGSONG, OwnFontsOnly, pdf_of

pytestmark = pytest.mark.django_db


def test_every_font_is_inside(paper: Any, cyber_case: Any, comms_case: Any, sent: Any) -> None:
    for report in (sent(cyber_case()), sent(comms_case())):
        fonts = paper(report).fonts()
        assert fonts
        assert all(fonts.values()), fonts
        if FANGSONG.exists():
            assert any("FangSong" in name for name in fonts)


def test_it_is_kept_for_the_archive(paper: Any, cyber_case: Any, sent: Any) -> None:
    form = paper(sent(cyber_case()))
    metadata = form.pdf.trailer["/Root"]["/Metadata"].get_object().get_data().decode()
    assert "pdfaid:part" in metadata
    assert form.pdf.trailer["/Root"]["/Lang"] == "zh-Hans"
    assert form.pdf.metadata.title.startswith("阳城县网络与信息安全事件上报表")


@pytest.mark.parametrize("character", [*RARE, "☑", "□", "①", "㎡", "𠮷"])
def test_rare_characters_are_printed(paper: Any, cyber_case: Any, drafted: Any, character: str) -> None:
    assert f"人名{character}也" in paper(drafted(cyber_case(description=f"人名{character}也"))).text


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://127.0.0.1:1/x.png", "data:text/plain,x", "ftp://x/y"])
def test_nothing_is_fetched(url: str, cyber_case: Any, drafted: Any, paper: Any) -> None:
    with pytest.raises(ValueError, match="papers fetch nothing"):
        OwnFontsOnly().fetch(url)
    typed = f'<img src="{url}"><link rel="attachment" href="{url}"><style>@import "{url}"</style>'
    form = paper(drafted(cyber_case(description=typed)))
    assert "".join(typed.split()) in form.text
    assert "root:x" not in form.text
    assert "/EmbeddedFiles" not in (form.pdf.trailer["/Root"].get("/Names") or {})


def test_a_template_that_asks_for_a_file_gets_none(tmp_path: Any, settings: Any) -> None:
    page = tmp_path / "bad.html"
    page.write_text('<html lang="zh"><title>x</title><body>字<img src="file:///etc/hostname"></body></html>')
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    assert Paper(pdf_of("bad.html", {})).pages == 1


def test_a_text_over_the_limit_never_gets_here(client_for: Any, cyber_case: Any, people: Any) -> None:
    from yangcheng_ec.errors import BadInput

    with pytest.raises(BadInput) as refused:
        cyber_case(description="长" * 100_000)
    assert "description" in refused.value.fields


def test_each_plan_has_its_own_paper(client_for: Any, cyber_case: Any, comms_case: Any, drafted: Any) -> None:
    duty = client_for("duty")
    cyber, comms = drafted(cyber_case()), drafted(comms_case())
    assert duty.get(f"/incidents/{comms.incident.number}/reports/1/form-8-7.pdf").status_code == 404
    assert duty.get(f"/incidents/{cyber.incident.number}/reports/1/brief.pdf").status_code == 404
    assert duty.get(f"/incidents/{cyber.incident.number}/reports/9/form-8-7.pdf").status_code == 404


def test_who_may_have_it(client_for: Any, client: Any, people: Any, cyber_case: Any, drafted: Any) -> None:
    report = drafted(cyber_case(incident_unit="shuju", reporting_unit="shuju"))
    address = f"/incidents/{report.incident.number}/reports/1/form-8-7.pdf"
    for reader in ("duty", "comms_duty", "auditor", "unit_shuju"):
        answer = client_for(reader).get(address)
        assert answer.content.startswith(b"%PDF-")
        assert answer["Content-Disposition"] == f'inline; filename="{report.incident.number}-1-8.7.pdf"'
        assert answer["Cache-Control"] == "private, no-store"
    for stranger in ("unit_gongan", "sysadmin"):
        assert client_for(stranger).get(address).status_code == 404
    assert client.get(address)["Location"].startswith(f"/{settings.LOGIN_URL}")
    assert client_for("duty").post(address).status_code == 405


def test_a_phone_report_has_no_paper(client_for: Any, people: Any) -> None:
    from tests.incidents.factories import phone_report

    case = file_incident(people)
    phone_report(people, case)
    assert client_for("duty").get(f"/incidents/{case.number}/reports/1/form-8-7.pdf").status_code == 404
