"""``manage.py load_plans`` typed at a terminal: shows what changes and asks; scripts and commands are never asked."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from directory.management.commands.load_plans import Command
from directory.models import MeasureActor

pytestmark = pytest.mark.django_db
CHANGE = "更新 measureactor 昼夜值班"


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """A copy of the fixtures with one row changed."""
    folder = Path(shutil.copytree(settings.FIXTURES_DIR, tmp_path / "fixtures"))
    path = folder / "plans/cyber-2025.yaml"
    text = path.read_text(encoding="utf-8")
    assert "title: 24小时值班," in text
    path.write_text(text.replace("title: 24小时值班,", "title: 昼夜值班,", 1), encoding="utf-8")
    return folder


def run(folder: Path, monkeypatch: pytest.MonkeyPatch, *, answer: str | None = None, **options: object) -> str:
    """Run the command as a person at a terminal who types ``answer`` (None: must not be asked)."""

    def asked(prompt: str) -> str:
        assert answer is not None, "asked"
        questions.append(prompt)
        return answer

    questions: list[str] = []
    monkeypatch.setattr("builtins.input", asked)
    command, out = Command(), io.StringIO()
    command.typed = True
    call_command(command, fixtures=folder, stdout=out, **options)
    assert len(questions) == (answer is not None)
    return out.getvalue() + "".join(questions)


def there() -> bool:
    return MeasureActor.objects.filter(title="昼夜值班").exists()


@pytest.mark.parametrize("answer", ["", "n", "no", "y es"])
def test_without_a_yes_nothing_is_written(changed: Path, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    said = run(changed, monkeypatch, answer=answer)
    assert CHANGE in said
    assert "没有写入" in said
    assert not there()


def test_a_yes_writes_what_was_shown(changed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = run(changed, monkeypatch, answer="yes")
    assert said.index(CHANGE) < said.index("已更新")
    assert there()


def test_yes_in_advance_is_not_asked(changed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(changed, monkeypatch, yes=True)
    assert there()


def test_check_is_not_asked_and_writes_nothing(changed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert CHANGE in run(changed, monkeypatch, check=True)
    assert not there()


def test_nothing_to_change_needs_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "没有变化" in run(settings.FIXTURES_DIR, monkeypatch)


def test_another_command_is_never_asked(changed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``scripts/prepare.py`` and the tests call it from Python, perhaps from a terminal."""
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _: pytest.fail("asked"))
    call_command("load_plans", fixtures=changed, stdout=io.StringIO())
    assert there()
