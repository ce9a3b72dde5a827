"""The portal's own settings on embedded servers (or DATABASE_URL, REDIS_URL), without what only slows tests down.

The first process starts the servers; the workers of pytest-xdist inherit their addresses. Each worker has a database of
its own, made by pytest-django, and a numbered database of Redis.
"""

import os
from pathlib import Path

from core import embedded

_project = Path(__file__).resolve().parent.parent
_home = Path(os.environ.get("KAM_DATA_DIR") or _project / ".data")
_data = Path(os.environ.setdefault("KAM_TEST_DATA_DIR", str(_home / "test")))
os.environ["KAM_DATA_DIR"] = str(_data)
os.environ["KAM_ENV"] = "local"
os.environ["KAM_DEMO"] = "0"
embedded.provide(_data, durable=False)

from kam_portal.settings import *  # noqa: E402, F403
from kam_portal.settings import DATABASES, REDIS_URL, STATIC_ROOT  # noqa: E402
from tests import template  # noqa: E402

_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_redis = f"{REDIS_URL.rsplit('/', 1)[0]}/{_worker}"

DATABASES["default"] |= {
    "TEST": {"TEMPLATE": template.NAME},
    "OPTIONS": {"options": "-c lock_timeout=60s"},  # a test that waits for ever has failed
}
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
SESSION_ENGINE = "django.contrib.sessions.backends.db"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": _redis}}
CELERY_BROKER_URL = _redis
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
