"""The house stands as the customer and DESIGN §3 ask: top level, the folder ``warnings``, floors, no outside hosts."""

import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parent.parent
REQUIRED_FILES = (
    "manage.py",
    "Makefile",
    "README.md",
    "CHANGELOG.md",
    "pyproject.toml",
    "requirements.txt",
    "requirements-dev.txt",
    "Dockerfile",
    "docker-compose.yml",
    ".ci/run",
)
REQUIRED_FOLDERS = (
    "yangcheng_ec",
    "incidents",
    "warnings",
    "response",
    "directory",
    "templates",
    "static",
    "fixtures",
    "tests",
    "docs",
    "bench",
)
CUSTOMER_REQUIREMENTS = (
    "django",
    "djangorestframework",
    "celery",
    "redis",
    "psycopg2-binary",
    "django-guardian",
    "weasyprint",
    "pytest-django",
)
SOURCE_SUFFIXES = {".py", ".sh", ".html", ".css", ".js", ".toml", ".yml", ".yaml", ".txt", ".md", ".conf", ".json", ""}
NOT_SOURCE = {".git", ".venv", "var", "__pycache__", "htmlcov"}
# Written apart so that this file does not name them either.
REGISTRY_HOSTS = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("deb.debian", "org"),
        ("security.debian", "org"),
        ("docker", "io"),
        ("jsdelivr", "net"),
        ("unpkg", "com"),
        ("cdnjs", "cloudflare"),
    )
)


def source_files() -> Iterator[Path]:
    """Yield every text file of the project, what is installed or generated apart."""
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        generated = any(part in NOT_SOURCE or part.endswith("_cache") for part in parts)
        if not generated and path.is_file() and path.suffix in SOURCE_SUFFIXES and path != Path(__file__):
            yield path


def files_that_say(words: tuple[str, ...]) -> list[str]:
    """Return ``file: word`` for every source file that contains one of the words."""
    found = []
    for path in source_files():
        text = path.read_text(encoding="utf-8", errors="ignore")
        found += [f"{path.relative_to(ROOT)}: {word}" for word in words if word in text]
    return found


@pytest.mark.parametrize("name", REQUIRED_FILES)
def test_required_file_exists(name: str) -> None:
    assert (ROOT / name).is_file()


@pytest.mark.parametrize("name", REQUIRED_FOLDERS)
def test_required_folder_exists(name: str) -> None:
    assert (ROOT / name).is_dir()


def test_requirements_name_what_the_customer_names() -> None:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").lower().splitlines()
    names = {line.split("==")[0].split("[")[0].strip() for line in lines if "==" in line}
    assert set(CUSTOMER_REQUIREMENTS) <= names


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned(name: str) -> None:
    lines = [line.strip() for line in (ROOT / name).read_text(encoding="utf-8").splitlines()]
    assert [line for line in lines if line and not line.startswith(("#", "-")) and "==" not in line] == []


def test_warnings_folder_is_no_package() -> None:
    """An ``__init__.py`` there would shadow Python's own module and break every import but pytest's."""
    assert not (ROOT / "warnings" / "__init__.py").exists()
    assert (ROOT / "warnings" / "early_warning" / "__init__.py").is_file()


def test_import_warnings_is_pythons_own() -> None:
    assert ROOT not in Path(warnings.__file__).parents


def test_import_warnings_is_pythons_own_from_the_root() -> None:
    """The same in a plain process started in the project's folder, as manage.py is."""
    code = "import yangcheng_ec, early_warning, warnings; print(warnings.__file__)"
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ROOT / "warnings" not in Path(answer.stdout.strip()).parents


def test_early_warning_is_labelled_warnings() -> None:
    assert apps.get_app_config("warnings").name == "early_warning"


def test_no_file_names_a_registry_or_cdn() -> None:
    assert files_that_say(REGISTRY_HOSTS) == []


def test_nothing_reads_the_shared_folder() -> None:
    assert files_that_say(("../shared", "/work/" + "shared")) == []


def test_no_inline_style_or_script_in_templates() -> None:
    """The content security policy drops them without a word (`papers` are printed by WeasyPrint, not browsed)."""
    pages = [path for path in (ROOT / "templates").rglob("*.html") if "papers" not in path.parts]
    guilty = [
        str(path.relative_to(ROOT))
        for path in pages
        if any(
            mark in path.read_text(encoding="utf-8") for mark in (" style=", "<style", " onclick=", "<script>", "hx-on")
        )
    ]
    assert guilty == []


def test_floors_are_kept() -> None:
    """response → early_warning → incidents → directory → kernel, and never back up (import-linter)."""
    tool = Path(sys.executable).parent / "lint-imports"
    answer = subprocess.run(
        [tool, "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": f"{ROOT}:{ROOT / 'warnings'}", "PATH": "/usr/bin:/bin"},
    )
    assert answer.returncode == 0, answer.stdout
