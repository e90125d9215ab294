"""The whole system as ``make run`` starts it: supervisor, web, worker, beat, sweep and a private Redis.

Its own folder, port and database: SQLite, or a database of its own on the server that ``DATABASE_URL`` names.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from urllib.parse import urlsplit

from tests.browser.smtp import MailSink

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "demo-password-1"
START_SECONDS = 60


def free_port() -> int:
    """Return a port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Stack:
    """The running system, and what a test may ask of it from outside."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mail = MailSink()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.database = OwnDatabase(os.environ.get("DATABASE_URL", ""))
        self.supervisor: subprocess.Popen[bytes] | None = None
        self.env = self._environment()

    def _environment(self) -> dict[str, str]:
        run, log = self.folder / "run", self.folder / "log"
        for path in (run, log):
            path.mkdir(parents=True, exist_ok=True)
        env = {name: value for name, value in os.environ.items() if not name.startswith(("COV_", "PYTEST_"))}
        env.pop("DATABASE_URL", None)
        if self.database.url:
            env["DATABASE_URL"] = self.database.url
        return env | {
            "DJANGO_SETTINGS_MODULE": "yangcheng_ec.settings.embedded",
            "VAR_DIR": str(self.folder), "RUN_DIR": str(run), "LOG_DIR": str(log), "VENV": sys.prefix,
            "BIND": f"127.0.0.1:{self.port}", "SITE_URL": self.url, "RUN_USER": str(os.getuid()),
            "WITH_REDIS": "true", "WITH_CELERY": "true", "CELERY_BROKER_URL": f"redis+socket://{run}/redis.sock",
            "DEMO_PASSWORD": PASSWORD, "EMAIL_URL": f"smtp://127.0.0.1:{self.mail.port}", "PYTHONUNBUFFERED": "1",
        }  # fmt: skip

    def prepare(self) -> None:
        """Make a fresh database with plans and people, and the static files; no process is started."""
        self._assets()
        self.database.create()
        self.run(sys.executable, "manage.py", "collectstatic", "--noinput", "-v", "0")
        self.run(sys.executable, "scripts/prepare.py")

    def copy(self, prepared: Stack) -> None:
        """Take what another one prepared and never started: a second or so, where preparing takes twenty."""
        own = shutil.ignore_patterns("run", "log")
        shutil.copytree(prepared.folder, self.folder, symlinks=True, ignore=own, dirs_exist_ok=True)
        self.database.create(like=prepared.database)

    def start(self) -> None:
        """Bring up every process; wait until all of it answers."""
        command = ["setpriv", "--pdeathsig", "TERM", f"{sys.prefix}/bin/supervisord", "-c", "deploy/supervisord.conf"]
        self.supervisor = subprocess.Popen(command, cwd=ROOT, env=self.env, stdin=subprocess.DEVNULL)
        self._wait()

    def _assets(self) -> None:
        """Share what set-up fetched (Bootstrap, printing fonts); everything else is this run's own."""
        for name in ("vendor", "fonts"):
            source = Path(os.environ.get("VAR_DIR", ROOT / "var")) / name
            if not source.exists():
                source = ROOT / "var" / name
            (self.folder / name).symlink_to(source)

    def run(self, *command: str) -> str:
        """Run a command of the project against this system; return what it printed."""
        done = subprocess.run(command, cwd=ROOT, env=self.env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, (
            f"{command} ended with {done.returncode}:\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
        )
        return done.stdout

    def manage(self, *arguments: str) -> str:
        """Run ``manage.py`` against this system."""
        return self.run(sys.executable, "manage.py", *arguments)

    def _wait(self) -> None:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            assert self.supervisor is not None
            assert self.supervisor.poll() is None, self.logs()
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=3) as answer:  # noqa: S310
                    if b'"sweep": "ok"' in answer.read():
                        return
            except (urllib.error.URLError, OSError):
                pass
            time.sleep(0.3)
        raise AssertionError(f"the system did not come up in {START_SECONDS} s:\n{self.logs()}")

    def logs(self) -> str:
        """Return the last lines of every log."""
        files = sorted((self.folder / "log").glob("*.log"))
        return "\n".join(f"== {file.name}\n{file.read_text(errors='replace')[-1500:]}" for file in files)

    def stop(self) -> None:
        """Stop every process and remove what the run made."""
        if self.supervisor is not None:
            self.supervisor.terminate()
            try:
                self.supervisor.wait(timeout=40)
            except subprocess.TimeoutExpired:
                self.supervisor.kill()
        self.mail.stop()
        self.database.drop()
        shutil.rmtree(self.folder, ignore_errors=True)


class OwnDatabase:
    """A database of this run's own on the PostgreSQL server that a URL names; nothing for SQLite."""

    def __init__(self, url: str) -> None:
        self.server, self.url, self.name = "", "", f"yec_browser_{uuid.uuid4().hex[:12]}"
        parts = urlsplit(url)
        if parts.scheme.startswith("postgres"):
            self.server = parts._replace(path="/postgres").geturl()
            self.url = parts._replace(path=f"/{self.name}").geturl()

    def create(self, like: OwnDatabase | None = None) -> None:
        """Make it: empty, or like another one that nobody is connected to."""
        template = f' TEMPLATE "{like.name}"' if like else ""
        self._sql(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)', f'CREATE DATABASE "{self.name}"{template}')

    def drop(self) -> None:
        """Remove it."""
        self._sql(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')

    def _sql(self, *statements: str) -> None:
        if not self.server:
            return
        import psycopg2

        connection = psycopg2.connect(self.server)
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        connection.close()
