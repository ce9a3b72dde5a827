"""PostgreSQL and Redis of our own where DATABASE_URL or REDIS_URL is not given: for `make up`, tests and a look around.

Each server has a keeper, a small process of its own which starts the server, waits until nobody uses it any more and
stops it. "Using" is holding a shared lock (flock) on `run/NAME.users` in the data folder. The kernel drops such a lock
whenever a process ends, `kill -9` included, so there are no counts or process ids that could be stale:

    run/NAME.users     shared by every process that uses the server; the keeper waits for it exclusively
    run/NAME.starter   held while one process looks whether a keeper is there, and starts one
    run/NAME.keeper    held by the keeper as long as it lives
    run/NAME.url       where the server listens, for those who come second
"""

from core.embedded.place import EmbeddedError
from core.embedded.users import provide, release

__all__ = ["EmbeddedError", "provide", "release"]
