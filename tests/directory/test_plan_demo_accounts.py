"""``demo_accounts``: named people with roles and confirmed appointments; never where they are not allowed."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from directory.models import Appointment, Plan, Post, Unit, User
from directory.rules import appointments_in_force
from directory.services.demo import DEMO_PEOPLE, demo_people_ensure
from directory.services.plans import unit_post_ensure
from yangcheng_ec.errors import Forbidden
from yangcheng_ec.permissions import roles_of

pytestmark = pytest.mark.django_db

POSTS = {
    "duty": {"cyber-2025:duty_officer"},
    "duty2": {"cyber-2025:duty_officer"},
    "office": {"cyber-2025:office_staff"},
    "director": {"cyber-2025:office_director", "cyber-2025:deputy:2"},
    "deputy": {"cyber-2025:deputy:1"},
    "commander": {"cyber-2025:commander"},
    "comms_duty": {"comms-2022:duty_officer"},
    "comms_director": {"comms-2022:office_director", "comms-2022:deputy:2"},
    "comms_deputy": {"comms-2022:deputy:1"},
    "comms_commander": {"comms-2022:commander"},
    "unit_gongan": {"unit:gongan:leader", "unit:gongan:liaison"},
    "contacts": set(),
    "auditor": set(),
}


@pytest.mark.parametrize(("account", "posts"), POSTS.items())
def test_each_holds_their_posts(people: Any, account: str, posts: set[str]) -> None:
    """In force now, entered by one, confirmed by another, never by oneself."""
    held = appointments_in_force(timezone.now()).filter(user=people[account])
    assert {row.post.code for row in held} == posts
    for row in held:
        assert (row.entered_by, row.confirmed_by) == (people["contacts"], people["security"])


def test_everyone_is_a_named_person(people: Any) -> None:
    """A Chinese name, a unit, an address that leads nowhere, a phone for call-backs."""
    for person in DEMO_PEOPLE:
        user = people[person.username]
        assert user.display_name == person.name
        assert user.email == f"{person.username}@demo.invalid"
        assert user.unit is not None
        assert user.mobile
        assert not user.is_superuser
    assert len({person.name for person in DEMO_PEOPLE}) == len(DEMO_PEOPLE)


def test_three_administrators_are_three_people(people: Any) -> None:
    """三员分立."""
    roles = [roles_of(people[name]) for name in ("sysadmin", "security", "auditor")]
    assert roles == [{"system_admin"}, {"security_admin"}, {"auditor"}]


def test_unit_users_are_in_their_units_group(people: Any) -> None:
    """Object permissions go to the unit's group."""
    names = set(people["unit_gongan"].groups.values_list("name", flat=True))
    assert names == {"unit", "unit:gongan"}


def test_again_changes_nothing(people: Any) -> None:
    """Run twice: same accounts, same appointments, same password hash."""
    before = (User.objects.count(), Appointment.objects.count(), people["duty"].password)
    call_command("demo_accounts", password="demo-password-1", verbosity=0)
    after = User.objects.get(username="duty")
    assert before == (User.objects.count(), Appointment.objects.count(), after.password)


def test_a_new_password_is_everyones() -> None:
    """One password for all."""
    demo_people_ensure(password="another-password-2")
    assert User.objects.get(username="duty").check_password("another-password-2")
    assert User.objects.get(username="auditor").check_password("another-password-2")


def test_a_random_password_is_kept_and_shown_once(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a password one is made, kept in ``var/`` for its owner only, and printed once."""
    settings.VAR_DIR = tmp_path
    monkeypatch.delenv("DEMO_PASSWORD", raising=False)
    first, second = io.StringIO(), io.StringIO()
    call_command("demo_accounts", stdout=first)
    call_command("demo_accounts", stdout=second)
    kept = (tmp_path / "demo_password").read_text(encoding="utf-8").strip()
    assert kept in first.getvalue()
    assert kept not in second.getvalue()
    assert (tmp_path / "demo_password").stat().st_mode & 0o077 == 0
    assert User.objects.get(username="duty").check_password(kept)


def test_the_environment_names_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    """``DEMO_PASSWORD``."""
    monkeypatch.setenv("DEMO_PASSWORD", "from-the-environment-3")
    call_command("demo_accounts", verbosity=0)
    assert User.objects.get(username="duty").check_password("from-the-environment-3")


def test_refused_where_not_allowed(settings: Any) -> None:
    """Production settings refuse, the command and the service."""
    settings.DEMO_ACCOUNTS_ALLOWED = False
    with pytest.raises(CommandError, match="不允许演示账号"):
        call_command("demo_accounts", password="x")
    with pytest.raises(Forbidden):
        demo_people_ensure(password="x")


def test_plans_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without plans there are no posts."""
    monkeypatch.setattr(Plan.objects, "exists", lambda: False)
    with pytest.raises(CommandError, match="load_plans"):
        call_command("demo_accounts", password="x")


def test_unit_posts_are_made_once() -> None:
    """A unit's post is made when first asked for; a plan's post kind is no unit post."""
    unit = Unit.objects.get(code="caizheng")
    post = unit_post_ensure(unit=unit, kind="unit_leader")
    assert (post.code, post.version, post.title) == ("unit:caizheng:leader", None, "县财政局分管负责人")
    assert unit_post_ensure(unit=unit, kind="unit_leader") == post
    assert Post.objects.filter(code="unit:caizheng:leader").count() == 1
    with pytest.raises(ValueError, match="commander"):
        unit_post_ensure(unit=unit, kind="commander")
