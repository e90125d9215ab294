"""The embedded default of ``make run``: SQLite in ``var/``, demo accounts allowed, loopback only."""

from django.core.management.utils import get_random_secret_key

from yangcheng_ec.settings.base import *  # noqa: F403
from yangcheng_ec.settings.base import VAR_DIR, database_from_env, env

VAR_DIR.mkdir(parents=True, exist_ok=True)


def _kept_secret_key() -> str:
    """Return the installation's own key, made once and kept in ``var/secret_key``."""
    path = VAR_DIR / "secret_key"
    if not path.exists():
        path.write_text(get_random_secret_key())
        path.chmod(0o600)
    return path.read_text().strip()


DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or _kept_secret_key()
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
DATABASES = database_from_env(f"sqlite:///{VAR_DIR / 'db.sqlite3'}")
DEMO_ACCOUNTS_ALLOWED = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Hashed names, but not compressed: this machine serves itself, and compressing took half a minute of set-up.
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
}
