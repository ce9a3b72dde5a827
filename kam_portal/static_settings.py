"""Settings for tools that read the code without running it (type checker): addresses of servers nobody calls."""

import os

os.environ.setdefault("KAM_ENV", "local")
os.environ.setdefault("DATABASE_URL", "postgresql://nobody@localhost/none")
os.environ.setdefault("REDIS_URL", "redis://localhost/0")

from kam_portal.settings import *  # noqa: F403
