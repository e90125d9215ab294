"""Fixtures every test may use. The plans and the demo people are loaded once per test database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from yangcheng_ec.record import triggers


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Load both plans and the demo people once; tests that flush load them again through ``loaded``."""
    with django_db_blocker.unblock():
        load_everything()
    return


def load_everything() -> None:
    """Load both plans and the demo people, quietly."""
    call_command("load_plans", verbosity=0)
    call_command("demo_accounts", password="demo-password-1", verbosity=0)


@pytest.fixture(scope="session", autouse=True)
def _flush_without_triggers() -> Iterator[None]:
    """Let the test runner flush the append-only record: it alone drops the triggers, and puts them back.

    For the whole session: the flush comes after a test's own fixtures are gone.
    """
    from django.core.management.commands import flush

    original = flush.Command.handle

    def handle(self: Any, **options: Any) -> Any:
        triggers.drop()
        result = original(self, **options)
        triggers.install()
        return result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flush.Command, "handle", handle)
        yield


@pytest.fixture(autouse=True)
def _channels_read_again() -> None:
    """Let no test go on with the rules about channels that another one has read."""
    from yangcheng_ec.deadlines import channels

    channels.book_forget()


@pytest.fixture
def loaded(transactional_db: None) -> None:
    """A transactional database with plans and people (a flush between tests has emptied it)."""
    from directory.models import Plan

    if not Plan.objects.exists():
        load_everything()


@pytest.fixture
def cyber(db: None) -> Any:
    """The cyber plan in force."""
    from directory.models import PlanVersion

    return PlanVersion.objects.select_related("plan").get(plan__code="cyber-2025", in_force=True)


@pytest.fixture
def comms(db: None) -> Any:
    """The comms plan in force."""
    from directory.models import PlanVersion

    return PlanVersion.objects.select_related("plan").get(plan__code="comms-2022", in_force=True)


class People(dict[str, Any]):
    """Demo users by account name, fetched when first asked for."""

    def __missing__(self, name: str) -> Any:
        from directory.models import User

        self[name] = User.objects.get(username=name)
        return self[name]


@pytest.fixture
def people(db: None) -> People:
    """The demo people: ``people["duty"]``."""
    return People()


@pytest.fixture
def client_for(people: People) -> Callable[[str], Client]:
    """Return a logged-in browser for an account."""

    def make(name: str) -> Client:
        client = Client()
        client.force_login(people[name], backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make


@pytest.fixture
def api_for(people: People) -> Callable[[str], APIClient]:
    """Return an API client with the account's token."""

    def make(name: str) -> APIClient:
        token, _ = Token.objects.get_or_create(user=people[name])
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Token {token.key}")
        return client

    return make
