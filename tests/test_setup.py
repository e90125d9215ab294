"""Set-up, running, packaging: what is missing is named, production is closed, `make run` leaves nothing behind."""

import configparser
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core import checks as django_checks
from django.urls import reverse

from yangcheng_ec import checks

ROOT = Path(__file__).resolve().parent.parent
PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "yangcheng_ec.settings.production",
    "SECRET_KEY": "kJ8w-2mQx7_bT4nR9vLc3pZs6yHd1gFa5eUo0iWq-Vh3rBt6KzNp8",
    "ALLOWED_HOSTS": "ec.yangcheng.invalid",
    "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
}


def shell(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a few lines of bash with the scripts' functions loaded."""
    lines = f"set -euo pipefail; . scripts/lib.sh; . scripts/packages.sh; {script}"
    return subprocess.run(
        ["bash", "-c", lines],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a line of Python in a clean process."""
    env = {key: value for key, value in os.environ.items() if key not in {"DEBUG", "DATABASE_URL"}}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**env, **environment}, capture_output=True, text=True, check=False
    )


# Packages


def test_missing_packages_are_named_and_setup_stops(tmp_path: Path) -> None:
    answer = shell(
        'PACKAGES_RUN="bash no-such-one no-such-two"; as_root() { return 1; }; ensure_packages run',
        VAR_DIR=str(tmp_path),
    )
    assert answer.returncode != 0
    assert "no-such-one" in answer.stderr
    assert "no-such-two" in answer.stderr
    assert "请管理员执行" in answer.stderr
    assert not re.search(r"\bbash\b", answer.stderr)


def test_nothing_is_installed_when_nothing_is_missing(tmp_path: Path) -> None:
    answer = shell(
        "missing_packages() { :; }; apt_install() { echo INSTALLED; }; ensure_packages run", VAR_DIR=str(tmp_path)
    )
    assert (answer.returncode, answer.stdout) == (0, "")


def test_only_redis_missing_without_root_is_no_reason_to_stop(tmp_path: Path) -> None:
    answer = shell(
        'missing_packages() { printf "redis-server "; }; as_root() { return 1; }; ensure_packages run',
        VAR_DIR=str(tmp_path),
    )
    assert answer.returncode == 0
    assert "redis-server" in answer.stderr


def test_sockets_of_a_deep_folder_move_to_a_short_one(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 90)
    answer = shell("run_dir", VAR_DIR=str(deep), TMPDIR=str(tmp_path))
    assert answer.returncode == 0
    assert str(deep) not in answer.stdout
    assert Path(answer.stdout).stat().st_mode & 0o777 == 0o700


def test_constraints_and_requirements_do_not_contradict() -> None:
    def names(path: str) -> set[str]:
        lines = (ROOT / path).read_text(encoding="utf-8").lower().replace("_", "-").splitlines()
        return {re.split(r"[=\[]", line)[0] for line in lines if "==" in line}

    assert names("scripts/constraints.txt") & (names("requirements.txt") | names("requirements-dev.txt")) == set()


# Processes as they are written down


def supervised() -> dict[str, str]:
    """Return the commands of deploy/supervisord.conf by program."""
    parser = configparser.RawConfigParser()
    parser.read(ROOT / "deploy" / "supervisord.conf", encoding="utf-8")
    return {name.split(":")[1]: parser[name]["command"] for name in parser.sections() if name.startswith("program:")}


def composed() -> dict[str, dict[str, Any]]:
    """Return the services of docker-compose.yml."""
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]


def test_web_worker_delivery_beat_and_sweep_are_separate() -> None:
    assert set(supervised()) == {"redis", "web", "worker", "delivery", "beat", "sweep"}
    assert set(composed()) == {"postgres", "redis", "migrate", "web", "worker", "delivery", "beat", "sweep"}


def test_no_worker_carries_beat() -> None:
    commands = [supervised()["worker"].split(), composed()["worker"]["command"]]
    assert [word for command in commands for word in command if word in {"-B", "--beat"}] == []


@pytest.mark.parametrize("name", ["postgres", "redis", "web", "worker", "delivery", "beat", "sweep"])
def test_each_service_restarts_and_waits_for_what_it_needs(name: str) -> None:
    service = composed()[name]
    assert service["restart"] == "unless-stopped"
    assert "healthcheck" in service or name == "web"  # the image's own asks the web process
    assert name in {"postgres", "redis"} or "migrate" in service["depends_on"]


def test_no_secret_is_written_in_the_compose_file() -> None:
    environment = composed()["web"]["environment"]
    assert environment["SECRET_KEY"].startswith("${SECRET_KEY:?")
    assert "${POSTGRES_PASSWORD:?" in environment["DATABASE_URL"]
    assert composed()["postgres"]["environment"]["POSTGRES_PASSWORD"].startswith("${POSTGRES_PASSWORD:?")


# System checks


def ids(messages: list[django_checks.CheckMessage]) -> list[str | None]:
    """Return the ids of check messages."""
    return [message.id for message in messages]


def test_this_machine_prints_chinese() -> None:
    found = [
        *checks.harfbuzz_subset_present(None),
        *checks.pango_present(None),
        *checks.chinese_fonts_present(None),
    ]
    assert ids(found) == []


def test_missing_harfbuzz_is_told_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "HARFBUZZ_SUBSET", "libnot-there.so.0")
    (message,) = checks.harfbuzz_subset_present(None)
    assert (message.id, message.hint) == ("yangcheng_ec.W001", "apt-get install libharfbuzz-subset0")


def test_missing_pango_is_told_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_library_loads", lambda _name: False)
    (message,) = checks.pango_present(None)
    assert message.id == "yangcheng_ec.W002"
    assert "libpango-1.0-0" in str(message.hint)


def test_missing_fonts_are_told_with_their_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any
) -> None:
    monkeypatch.setattr(checks, "FONT_PATHS", ())
    monkeypatch.setattr(checks, "FONT_FOLDERS", (str(tmp_path),))
    monkeypatch.setattr(checks.Path, "home", lambda: tmp_path)
    settings.VAR_DIR = tmp_path
    (message,) = checks.chinese_fonts_present(None)
    assert message.hint == "apt-get install fonts-noto-cjk"


def test_a_font_in_var_is_enough(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any) -> None:
    monkeypatch.setattr(checks, "FONT_PATHS", ())
    monkeypatch.setattr(checks, "FONT_FOLDERS", ())
    settings.VAR_DIR = tmp_path
    (tmp_path / "fonts").mkdir()
    (tmp_path / "fonts" / "FandolFang-Regular.otf").touch()
    assert checks.chinese_fonts_present(None) == []


def test_demo_accounts_are_for_this_machine_only(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(checks, "_is_testing", lambda: False)
    settings.ALLOWED_HOSTS = ["127.0.0.1", "ec.yangcheng.invalid"]
    assert ids(checks.loopback_only_with_demo_accounts(None)) == ["yangcheng_ec.E001"]
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    assert checks.loopback_only_with_demo_accounts(None) == []


def test_production_checks_refuse_what_must_not_be(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(checks, "_is_production", lambda: True)
    settings.DEBUG = True
    settings.DEMO_ACCOUNTS_ALLOWED = True
    settings.SECRET_KEY = "django-insecure-0123456789abcdefghijklmnopq"
    found = ids(checks.production_is_closed(None))
    assert found == ["yangcheng_ec.E002", "yangcheng_ec.E003", "yangcheng_ec.E004"]


def test_production_on_a_file_database_is_warned_of(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(checks, "_is_production", lambda: True)
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django.db.backends.sqlite3")
    assert ids(checks.production_database(None)) == ["yangcheng_ec.W004"]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"DEBUG": "1"}, id="debug"),
        pytest.param({"DEMO_ACCOUNTS_ALLOWED": "1"}, id="demo accounts"),
        pytest.param({"SECRET_KEY": "short"}, id="short key"),
        pytest.param({"SECRET_KEY": "a" * 60}, id="poor key"),
        pytest.param({"SECRET_KEY": ""}, id="no key"),
    ],
)
def test_production_does_not_start_with(change: dict[str, str]) -> None:
    answer = python("import yangcheng_ec.wsgi", **{**PRODUCTION, **change})
    assert answer.returncode != 0
    assert "ImproperlyConfigured" in answer.stderr


def test_production_settings_load_when_all_is_given() -> None:
    code = "from django.conf import settings; print(settings.DEBUG, settings.DEMO_ACCOUNTS_ALLOWED)"
    answer = python(code, **PRODUCTION)
    assert answer.stdout.split() == ["False", "False"], answer.stderr


# `make run`, with its real processes


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def waited_for(holds: Callable[[], bool], seconds: float) -> bool:
    """Return whether something came true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.2)
    return False


def children(pid: int) -> dict[int, str]:
    """Return a process's children and their command lines, from /proc."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1]) == pid:
                found[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ")
    return found


def alive(pid: int) -> bool:
    """Return whether a process exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class Running:
    """A system started by scripts/run.sh in a folder of its own."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.port = free_port()
        self.log = var / "terminal.log"
        dropped = {"DATABASE_URL", "CELERY_BROKER_URL", "DJANGO_SETTINGS_MODULE", "DEMO_PASSWORD"}
        environment = {key: value for key, value in os.environ.items() if key not in dropped}
        environment |= {"VAR_DIR": str(var), "PORT": str(self.port), "VENV": sys.prefix}
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                ["bash", "scripts/run.sh"],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def answers(self) -> bool:
        """Return whether the login page is served."""
        with suppress(OSError):
            url = f"http://127.0.0.1:{self.port}{reverse('login')}"
            return bool(urllib.request.urlopen(url, timeout=2).status == 200)
        return False

    @property
    def supervisor(self) -> int:
        """Return the supervisor's process id."""
        (pid,) = [pid for pid, line in children(self.process.pid).items() if "supervisord" in line]
        return pid

    def of(self, words: str) -> list[int]:
        """Return the supervised processes whose command line has these words."""
        return [pid for pid, line in children(self.supervisor).items() if words in line]

    def stop(self) -> int:
        """Stop as Ctrl-C does, and return the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=30)


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the browser assets and static files, as set-up leaves it; nobody changes it."""
    folder = tmp_path_factory.mktemp("collected")
    environment = {**os.environ, "VAR_DIR": str(folder), "VENV": sys.prefix, "SKIP_FONTS": "1"}
    environment["DJANGO_SETTINGS_MODULE"] = "yangcheng_ec.settings.embedded"
    for command in (["bash", "scripts/assets.sh"], [sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"]):
        subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def prepared(collected: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with a migrated database, the plans and the demo people."""
    folder = tmp_path_factory.mktemp("prepared")
    shutil.copytree(collected, folder, symlinks=True, dirs_exist_ok=True)
    dropped = {"DATABASE_URL", "CELERY_BROKER_URL"}
    environment = {key: value for key, value in os.environ.items() if key not in dropped}
    environment |= {"VAR_DIR": str(folder), "DEMO_PASSWORD": "prepared-1"}
    environment["DJANGO_SETTINGS_MODULE"] = "yangcheng_ec.settings.embedded"
    subprocess.run([sys.executable, "scripts/prepare.py"], cwd=ROOT, env=environment, check=True, capture_output=True)
    return folder


def started(folder: Path, var: Path) -> Iterator[Running]:
    """A system on a copy of a folder, stopped whatever happens."""
    shutil.copytree(folder, var, symlinks=True, dirs_exist_ok=True)
    system = Running(var)
    yield system
    if system.process.poll() is None:
        system.stop()


@pytest.fixture
def fresh(collected: Path, tmp_path: Path) -> Iterator[Running]:
    """A system that begins with no database."""
    yield from started(collected, tmp_path)


@pytest.fixture
def running(prepared: Path, tmp_path: Path) -> Iterator[Running]:
    """A system that has run before."""
    yield from started(prepared, tmp_path)


def schema(file: Path) -> dict[tuple[str, str], set[str]]:
    """Return each table's columns, each index and each trigger of a database file, in no order."""
    connection = sqlite3.connect(file)
    rows = connection.execute("SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'").fetchall()
    connection.close()
    inner = {(kind, name): (sql or "()").partition("(")[2].rpartition(")")[0] for kind, name, sql in rows}
    return {key: set(re.split(r", (?=[\"C])", words)) for key, words in inner.items()}


def made_in(folder: Path, code: str) -> dict[tuple[str, str], set[str]]:
    """Run code with Django set up on an empty embedded database in a folder; return the schema it made."""
    environment = {**os.environ, "VAR_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "yangcheng_ec.settings.embedded"}
    environment.pop("DATABASE_URL", None)
    environment["PYTHONPATH"] = f"{ROOT}:{ROOT / 'warnings'}"
    lines = f"import django; django.setup(); {code}"
    subprocess.run([sys.executable, "-c", lines], cwd=ROOT, env=environment, check=True, capture_output=True)
    return schema(folder / "db.sqlite3")


@pytest.mark.embedded
@pytest.mark.processes
def test_an_empty_file_gets_the_schema_that_the_migrations_make(tmp_path: Path) -> None:
    for name in ("migrated", "made"):
        (tmp_path / name).mkdir()
    migrate = "from django.core.management import call_command; call_command('migrate', verbosity=0)"
    bring_up = "from yangcheng_ec.schema import schema_bring_up as up; assert up(); assert not up()"
    migrated, made = made_in(tmp_path / "migrated", migrate), made_in(tmp_path / "made", bring_up)
    assert set(migrated) == set(made)
    assert {key: migrated[key] ^ made[key] for key in made if migrated[key] != made[key]} == {}


@pytest.mark.embedded
@pytest.mark.processes
def test_run_serves_restarts_what_dies_and_leaves_nothing(fresh: Running) -> None:
    assert waited_for(fresh.answers, 240), fresh.log.read_text()
    names = ("redis-server", "gunicorn", "worker --concurrency", "--queues delivery", "beat", "manage.py sweep")
    assert waited_for(lambda: all(fresh.of(name) for name in names), 10)
    before = {name: fresh.of(name) for name in names}
    for (pid,) in before.values():
        os.kill(pid, signal.SIGKILL)
    assert waited_for(lambda: all(fresh.of(name) not in ([], before[name]) for name in names), 20)
    assert waited_for(fresh.answers, 20)

    everything = [fresh.supervisor, *children(fresh.supervisor)]
    assert fresh.stop() == 0
    assert waited_for(lambda: not any(alive(pid) for pid in everything), 10)
    assert (fresh.var / "demo_password").stat().st_mode & 0o777 == 0o600


@pytest.mark.embedded
@pytest.mark.processes
def test_killing_the_supervisor_outright_leaves_no_orphans(running: Running) -> None:
    assert waited_for(running.answers, 90), running.log.read_text()
    supervisor = running.supervisor
    everything = list(children(supervisor))
    os.kill(supervisor, signal.SIGKILL)
    assert running.process.wait(timeout=20) != 0
    # A worker that is still starting on a busy machine ends once it has started.
    assert waited_for(lambda: not any(alive(pid) for pid in everything), 60), {
        pid: Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ") for pid in everything if alive(pid)
    }


@pytest.mark.embedded
@pytest.mark.processes
def test_a_second_run_in_the_same_folder_is_refused(running: Running) -> None:
    assert waited_for(running.answers, 90), running.log.read_text()
    second = Running(running.var)
    assert second.process.wait(timeout=20) != 0
    assert "系统已在本目录运行" in second.log.read_text()
    assert running.answers()


@pytest.mark.embedded
@pytest.mark.processes
def test_a_signal_while_the_database_is_prepared_is_answered(fresh: Running) -> None:
    assert waited_for(lambda: "preparing the database" in fresh.log.read_text(), 20)
    started = children(fresh.process.pid)
    assert fresh.stop() == 130
    assert waited_for(lambda: not any(alive(pid) for pid in started), 10)


# XML schemas


def test_schemas_that_are_there_and_right_are_not_fetched_again(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "var/vendor/cap", tmp_path / "vendor/cap")
    answer = run_schemas(tmp_path, VENV="/nowhere")
    assert (answer.returncode, answer.stderr) == (0, "")


def test_a_schema_that_was_changed_is_never_taken_for_the_real_one(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "var/vendor/cap", tmp_path / "vendor/cap")
    (tmp_path / "vendor/cap/CAP-v1.2.xsd").write_text("<schema/>")
    answer = run_schemas(tmp_path, VENV="/nowhere")
    assert answer.returncode == 1
    assert "XML Schema" in answer.stderr


def run_schemas(var_dir: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the script with a folder of its own; a virtualenv that is not there cannot fetch."""
    return subprocess.run(
        ["bash", "scripts/schemas.sh"], cwd=ROOT, env={**os.environ, "VAR_DIR": str(var_dir), **environment},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
