"""Every address with an object × everybody: who reads it, for whom it does not exist (DESIGN §4)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.incidents.factories import file_incident
from tests.security.world import World, build

pytestmark = pytest.mark.django_db

# Who reads what with GET: 200. A unit that is no party, the admins and the unknown find nothing there.
READERS = ("duty", "comms_duty", "commander", "auditor")
ADMINS = ("sysadmin", "security", "contacts")
STRANGERS = ("unit_dianxin", *ADMINS)


def addresses(world: World) -> dict[str, str]:
    """The pages and endpoints of the world's objects that only its parties may read."""
    number, report = world.incident.number, world.report
    return {
        "incident": f"/incidents/{number}/",
        "clocks": f"/incidents/{number}/clocks/",
        "report": f"/incidents/{number}/reports/{report.serial}/",
        "call": f"/incidents/{number}/reports/{world.call.serial}/",
        "form": f"/incidents/{number}/reports/{report.serial}/form-8-7.pdf",
        "inquiry": f"/incidents/{number}/inquiries/{world.inquiry.pk}/",
        "task": f"/response/tasks/{world.task.pk}/",
        "warning": f"/warnings/{world.warning.number}/",
        "finding": f"/prevention/findings/{world.finding.number}/",
        "check": f"/prevention/checks/{world.check.number}/",
        "api finding": f"/api/v1/findings/{world.finding.number}/",
        "api check": f"/api/v1/checks/{world.check.number}/",
        "api incident": f"/api/v1/incidents/{number}/",
        "api reports": f"/api/v1/incidents/{number}/reports/",
        "api inquiries": f"/api/v1/incidents/{number}/inquiries/",
        "api deadlines": f"/api/v1/incidents/{number}/deadlines/",
        "api report": f"/api/v1/reports/{report.pk}/",
        "api form": f"/api/v1/reports/{report.pk}/form-8-7.pdf",
        "api task": f"/api/v1/tasks/{world.task.pk}/",
        "api warning": f"/api/v1/warnings/{world.warning.number}/",
    }


def office_only(world: World) -> dict[str, str]:
    """What a unit never reads, not even of its own case."""
    return {
        "response": f"/response/{world.response.number}/",
        "record": f"/record/{world.incident.number}/",
        "api response": f"/api/v1/responses/{world.response.number}/",
    }


def test_parties_read_and_strangers_find_nothing(people: Any, client_for: Any, api_for: Any) -> None:
    world = build(people)
    assert world.task.unit.code == "shuju"
    wrong = []
    for who in (*READERS, "unit_shuju", *STRANGERS):
        page, api = client_for(who), api_for(who)
        wanted = 404 if who in STRANGERS else 200
        for name, path in addresses(world).items():
            got = (api if name.startswith("api") else page).get(path).status_code
            if got != wanted and not (got == 403 and who in ADMINS):
                wrong.append((who, name, got))
        for name, path in office_only(world).items():
            got = (api if name.startswith("api") else page).get(path).status_code
            if (got == 200) != (who in READERS) or got not in (200, 403, 404):
                wrong.append((who, name, got))
    assert not wrong


def test_the_unknown_are_sent_to_the_door(people: Any) -> None:
    world, nobody = build(people), Client()
    for name, path in (addresses(world) | office_only(world)).items():
        assert nobody.get(path).status_code == (401 if name.startswith("api") else 302), path


def every_address() -> list[str]:
    """Every pattern of the project, its parts still open."""
    found: list[str] = []

    def walk(resolver: URLResolver, before: str) -> None:
        for item in resolver.url_patterns:
            path = before + str(item.pattern).lstrip("^").rstrip("$")
            walk(item, path) if isinstance(item, URLResolver) else found.append(path)
            assert isinstance(item, URLPattern | URLResolver)

    walk(get_resolver(), "")
    found = [path for path in found if not path.startswith(("admin/", "static"))]
    return [path for path in found if "(?P" not in path and ".*" not in path]


OPEN_TO_ALL = ("healthz", "readyz", "login/", "logout/", "api/schema/", "api/docs/", "api/v1/auth/token/", "favicon",
               "robots.txt", "public/", "api/v1/warnings/feed.atom", "api/v1/warnings/<str:number>/cap")  # fmt: skip


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "options", "trace"])
def test_nobody_gets_anything_without_logging_in(people: Any, method: str) -> None:
    world, nobody, wrong = build(people), Client(), []
    for pattern in every_address():
        if pattern.startswith(OPEN_TO_ALL) or not pattern:
            continue
        path = "/" + re.sub(r"<int:[^>]+>", str(world.task.pk), pattern)
        path = re.sub(r"<str:act>", "approve", path)
        path = re.sub(r"<[^>]+>", world.incident.number, path)
        answer = getattr(nobody, method)(path)
        sent_away = "HX-Redirect" in answer.headers and not answer.content
        if answer.status_code not in (302, 401, 403, 404, 405) and not sent_away:
            wrong.append((path, answer.status_code))
    assert not wrong


def test_guessed_numbers_and_ids_say_no_more_than_wrong_ones(people: Any, client_for: Any, api_for: Any) -> None:
    world, unit, api = build(people), client_for("unit_dianxin"), api_for("unit_dianxin")
    for name, path in addresses(world).items():
        client = api if name.startswith("api") else unit
        guessed = re.sub(r"(CY|YJ|FX|PC)-\d+-\d+", "CY-20200101-999", path)
        real, wrong = client.get(path), client.get(guessed)
        assert real.status_code == wrong.status_code == 404
        if name.startswith("api"):
            assert real.content == wrong.content


def test_another_unit_acts_on_nothing_by_address(people: Any, client_for: Any, api_for: Any) -> None:
    world, page, api = build(people), client_for("unit_dianxin"), api_for("unit_dianxin")
    number = world.incident.number
    for act in ("accept", "triage", "grade", "times", "update", "close", "phone", "report", "inquiry", "link"):
        assert page.post(f"/incidents/{number}/{act}/", {"version": 1}).status_code == 404
    for act in ("approve", "return", "end", "add-task", "withdraw"):
        assert page.post(f"/response/{world.response.number}/{act}/", {"version": 1}).status_code == 404
    for act in ("acknowledge", "complete", "reassign"):
        assert page.post(f"/response/tasks/{world.task.pk}/{act}/", {"version": 1}).status_code == 404
        assert api.post(f"/api/v1/tasks/{world.task.pk}/{act}/", {"version": 1}, format="json").status_code == 404
    for act in ("supplement", "mended", "verify", "warning", "intake"):
        finding = f"findings/{world.finding.number}/{act}/"
        assert page.post(f"/prevention/{finding}", {"version": 1}).status_code == 404
    assert (
        page.post(f"/prevention/checks/{world.check.number}/return/", {"unit": "shuju", "found": 0}).status_code == 404
    )
    for act in ("approve", "publish"):
        assert page.post(f"/response/releases/{world.release.pk}/{act}/", {"version": 1}).status_code == 404
        assert api.post(f"/api/v1/releases/{world.release.pk}/{act}/", {"version": 1}, format="json").status_code == 404


def test_my_own_notices_and_nobody_else_s(people: Any, client_for: Any) -> None:
    world = build(people)
    assert client_for("commander").get(f"/inbox/{world.notice.pk}/").status_code in (200, 302)
    for who in ("duty", "deputy", "unit_shuju", "auditor", "sysadmin"):
        assert client_for(who).get(f"/inbox/{world.notice.pk}/").status_code == 404


def test_a_unit_reads_no_mobile_of_the_command_on_its_case(people: Any, client_for: Any, api_for: Any) -> None:
    """Calls back are recorded with the number: the record of a case is not for its units."""
    from django.utils import timezone

    from directory.services.signatures import PhoneCall
    from response.services import response_approve
    from tests.response.factories import propose

    response = propose(people, level=1)
    call = PhoneCall(people["commander"], people["commander"].mobile, timezone.now(), True)
    response_approve(response_id=response.pk, version=response.version, user=people["duty"], call=call)
    number = response.incident.number
    for path in (f"/incidents/{number}/", f"/incidents/{number}/clocks/"):
        assert people["commander"].mobile not in client_for("unit_shuju").get(path).content.decode()
    assert people["commander"].mobile not in api_for("unit_shuju").get(f"/api/v1/incidents/{number}/").content.decode()


def test_a_linked_case_of_others_is_not_named_to_a_unit(people: Any, client_for: Any, api_for: Any) -> None:
    from incidents.services import incident_link

    mine = file_incident(people)
    other = file_incident(people, "comms-2022", by="duty", title="别家的光缆")
    incident_link(incident_id=mine.pk, version=None, user=people["duty"], other_number=other.number)
    assert other.title not in client_for("unit_shuju").get(f"/incidents/{mine.number}/").content.decode()
    assert other.number not in api_for("unit_shuju").get(f"/api/v1/incidents/{mine.number}/").content.decode()
    assert other.title in client_for("duty").get(f"/incidents/{mine.number}/").content.decode()


@pytest.mark.parametrize("next_", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"])
def test_the_door_leads_nowhere_else(next_: str, people: Any) -> None:
    answer = Client().post(f"/login/?next={next_}", {"username": "duty", "password": "demo-password-1", "next": next_})
    assert answer.status_code == 302
    assert answer["Location"] == "/"


def test_mass_assignment_changes_nothing(people: Any, api_for: Any) -> None:
    body = {
        "plan": "cyber-2025", "title": "x", "caller_name": "y", "state": "closed", "number": "CY-1", "version": 99,
        "accepted_at": "2020-01-01T00:00:00Z", "filed_by": 1, "head": 1, "closed_at": "2020-01-01T00:00:00Z", "id": 7,
    }  # fmt: skip
    answer = api_for("unit_shuju").post("/api/v1/incidents/", body, format="json")
    if answer.status_code == 201:
        assert (answer.data["state"], answer.data["version"]) == ("received", 1)
        assert answer.data["number"] != "CY-1"
