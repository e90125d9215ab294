"""The Celery application. Celery only makes clocks fire on time; it holds none (DESIGN §6)."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yangcheng_ec.settings.embedded")

app = Celery("yangcheng_ec")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
