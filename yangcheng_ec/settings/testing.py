"""Tests: SQLite by default, PostgreSQL with ``DATABASE_URL``; time travels, so the process clock is used."""

from yangcheng_ec.settings.base import *  # noqa: F403
from yangcheng_ec.settings.base import VAR_DIR, database_from_env

# WhiteNoise reads every collected file once per client; a quarter of the time of page tests. Browser tests have theirs.
STATIC_ROOT = VAR_DIR / "no-static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)

DEBUG = False
SECRET_KEY = "testing-only-key-that-signs-nothing-real-0123456789"  # noqa: S105
ALLOWED_HOSTS = ["*"]
DATABASES = database_from_env(f"sqlite:///{VAR_DIR / 'test.sqlite3'}")
DEMO_ACCOUNTS_ALLOWED = True
CLOCK_SOURCE = "process"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Reminders of our own are off: a test of them turns them on.
FOLLOW_UP_HOURS = {}
DAILY_RETURN_HOUR = -1
PREVENTION_REMIND_HOURS = -1
