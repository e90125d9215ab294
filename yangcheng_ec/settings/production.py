"""Production: refuses to start with DEBUG, a missing or default key, or demo accounts (checks in ``checks.py``)."""

from django.core.exceptions import ImproperlyConfigured

from yangcheng_ec.settings.base import *  # noqa: F403
from yangcheng_ec.settings.base import database_from_env, env

DEBUG = False
SECRET_KEY = env.str("SECRET_KEY")
# gunicorn and celery run no system checks, so what must never be is refused here already.
if env.bool("DEBUG", default=False) or env.bool("DEMO_ACCOUNTS_ALLOWED", default=False):
    raise ImproperlyConfigured("正式运行不得打开 DEBUG 或演示账号（DEMO_ACCOUNTS_ALLOWED）。")
if len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 8:
    raise ImproperlyConfigured("SECRET_KEY 太短或太简单：请用至少 50 位的随机值。")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
DATABASES = database_from_env("postgres://postgres@127.0.0.1:5432/yangcheng_ec")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31536000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = env.bool("SESSION_COOKIE_SECURE", default=True)
CSRF_COOKIE_SECURE = env.bool("CSRF_COOKIE_SECURE", default=True)
