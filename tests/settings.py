"""The portal's own settings on embedded servers (or DATABASE_URL, REDIS_URL), without what only slows tests down."""

import os
from pathlib import Path

from core import embedded

os.environ.setdefault("KAM_ENV", "local")
_data = Path(os.environ.get("KAM_DATA_DIR") or Path(__file__).resolve().parent.parent / ".data")
os.environ["KAM_DATA_DIR"] = str(_data / "test")
embedded.provide(_data / "test", durable=False)

from kam_portal.settings import *  # noqa: E402, F403

KAM_DEMO = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
SESSION_ENGINE = "django.contrib.sessions.backends.db"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
