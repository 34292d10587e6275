"""The Celery app: tasks live in each app's tasks.py."""

import os

from celery import Celery

from anyroom_site import folder_queue  # noqa: F401  (its scheme becomes known)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anyroom_site.settings")
app = Celery("anyroom")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
