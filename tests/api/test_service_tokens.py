"""Service tokens of monitoring systems: made by the security administrator, shown once, good for filing only."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.utils import timezone

from directory.api.service_auth import ServiceThrottle
from directory.models import ServiceToken, Unit, User
from directory.services.service_tokens import TokenInput, service_token_make, service_token_revoke
from incidents.models import Incident
from yangcheng_ec.errors import BadInput, Forbidden
from yangcheng_ec.record.models import RecordEntry

pytestmark = pytest.mark.django_db
BODY = {"plan": "cyber-2025", "title": "网站可用性告警", "description": "首页连续三次无应答"}


@pytest.fixture(autouse=True)
def _no_tries_yet() -> None:
    cache.clear()


@pytest.fixture
def make(people: Any) -> Callable[..., tuple[ServiceToken, str]]:
    """Make a token for 县数据中心."""

    def made(**over: Any) -> tuple[ServiceToken, str]:
        values = {"name": "态势感知平台", "unit_id": Unit.objects.get(code="shuju").pk,
                  "expires_at": timezone.now() + timedelta(days=30), **over}  # fmt: skip
        return service_token_make(user=people["security"], entry=TokenInput(**values))

    return made


@pytest.fixture
def service(nobody: Any, make: Any) -> Any:
    """A client that carries a service's key."""
    token, key = make()
    nobody.credentials(HTTP_AUTHORIZATION=f"Token {key}")
    nobody.token = token
    return nobody


def test_a_service_files_in_the_name_of_its_unit(service: Any) -> None:
    filed = service.send("incidents/", BODY, key="alarm-1", status=201)
    assert service.send("incidents/", BODY, key="alarm-1", status=201)["number"] == filed["number"]
    incident = Incident.objects.get()
    assert (incident.channel, incident.reporting_unit.code) == ("system", "shuju")
    assert incident.accepted_at is None, "the office takes it over"
    line = incident.head.entries.get(kind="incident.filed")
    assert "态势感知平台" in line.actor_post
    assert incident.filed_by == service.token.account
    again = service.send("incidents/", BODY | {"plan": "both"}, status=201)
    assert again["possible_duplicates"][0]["number"] == filed["number"], "its own unit's cases, nobody else's"
    assert [row.links.count() for row in Incident.objects.order_by("pk")] == [0, 1, 1]
    service.token.refresh_from_db()
    assert service.token.last_used_at is not None


@pytest.mark.parametrize("body", [{"channel": "phone"}, {"reporting_unit": "gongan"}])
def test_it_speaks_for_nobody_else(service: Any, body: dict[str, str]) -> None:
    answer = service.post("/api/v1/incidents/", BODY | body, format="json")
    assert answer.status_code in (400, 403)
    assert not Incident.objects.exists()


@pytest.mark.parametrize("address", ["incidents/", "contacts/", "tasks/", "record/", "deadlines/", "units/"])
def test_nothing_else_is_open_to_it(service: Any, address: str) -> None:
    assert "范围" in service.read(address, status=403)["message"]


def test_its_account_opens_no_page_and_has_no_way_in(service: Any, client: Any, client_for: Any) -> None:
    account = service.token.account
    assert not account.has_usable_password()
    assert not account.groups.exists()
    assert not client.login(username=account.username, password="")
    listed = client_for("security").get("/accounts/").content.decode()
    assert account.username not in listed


def test_without_the_scope_expired_revoked_or_wrong(nobody: Any, make: Any, people: Any) -> None:
    token, key = make(expires_at=timezone.now() + timedelta(hours=1))
    ServiceToken.objects.filter(pk=token.pk).update(scopes=[])
    nobody.credentials(HTTP_AUTHORIZATION=f"Token {key}")
    assert nobody.send("incidents/", BODY, status=403)["code"] == "forbidden"
    ServiceToken.objects.filter(pk=token.pk).update(scopes=["incidents:file"])
    for wrong in (key[:-1], key[:13], "svc_", f"{key}x", "svc_00000000_nothing"):
        nobody.credentials(HTTP_AUTHORIZATION=f"Token {wrong}")
        assert nobody.send("incidents/", BODY, status=401)["code"] == "not_authenticated"
    nobody.credentials(HTTP_AUTHORIZATION=f"Token {key}")
    with time_machine.travel(timezone.now() + timedelta(hours=2), tick=False):
        nobody.send("incidents/", BODY, status=401)
    service_token_revoke(user=people["security"], token_id=token.pk, reason="设备更换")
    nobody.send("incidents/", BODY, status=401)
    assert not Incident.objects.exists()


def test_an_alarm_storm_is_held_back(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ServiceThrottle, "rate", "2/min")
    for _ in range(2):
        service.send("incidents/", {}, status=400)
    service.send("incidents/", BODY, status=429)
    assert not Incident.objects.exists()


def test_made_shown_once_and_revoked_on_its_page(client_for: Any, people: Any) -> None:
    security, unit = client_for("security"), Unit.objects.get(code="shuju")
    typed = {"name": "水务监测", "unit": unit.pk, "scopes": "incidents:file", "expires_at": "2030-01-01 00:00"}
    refused = security.post("/accounts/services/new/", typed)
    assert refused.status_code == 400
    assert "最长一年" in refused.content.decode()
    soon = timezone.localtime(timezone.now() + timedelta(days=90)).strftime("%Y-%m-%d %H:%M")
    shown = security.post("/accounts/services/new/", typed | {"expires_at": soon}).content.decode()
    key = re.search(r"svc_[0-9a-f]{8}_[\w-]{40,}", shown)
    token = ServiceToken.objects.get()
    assert key is not None
    assert key[0] not in security.get("/accounts/services/").content.decode()
    assert key[0] not in str(vars(token))
    assert not RecordEntry.objects.filter(text__contains=key[0]).exists()
    assert RecordEntry.objects.get(kind="service.made").actor_name == people["security"].display_name
    end = f"/accounts/services/{token.pk}/revoke/"
    assert security.post(end, {"reason": " "}).status_code == 400
    assert security.post(end, {"reason": "退役"}).status_code == 302
    assert security.post(end, {"reason": "再来"}).status_code == 409
    assert "退役" in security.get("/accounts/services/").content.decode()
    assert not User.objects.get(pk=token.account_id).is_active
    assert security.get(end).status_code == 405


@pytest.mark.parametrize("name", ["sysadmin", "duty", "commander", "auditor"])
def test_others_neither_see_nor_make_them(client_for: Any, people: Any, make: Any, name: str) -> None:
    token, _ = make()
    client = client_for(name)
    for path in ("/accounts/services/", "/accounts/services/new/"):
        assert client.get(path).status_code == 403
    assert client.post(f"/accounts/services/{token.pk}/revoke/", {"reason": "x"}).status_code == 403
    with pytest.raises(Forbidden):
        service_token_make(user=people[name], entry=TokenInput(name="甲", unit_id=token.unit_id, expires_at=None))


def test_what_makes_no_token(make: Any) -> None:
    make()
    for over in ({}, {"name": ""}, {"name": "乙", "unit_id": None}, {"name": "乙", "scopes": ("everything",)},
                 {"name": "乙", "expires_at": timezone.now() - timedelta(days=1)}):  # fmt: skip
        with pytest.raises(BadInput):
            make(**over)
    assert ServiceToken.objects.count() == 1
