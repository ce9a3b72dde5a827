"""Public ids: opaque, ordered by time, never the row number."""

from uuid import UUID

from uuid6 import uuid7


def new_uid() -> UUID:
    """A UUIDv7 as a plain `uuid.UUID` (PostgreSQL before 18 cannot make one itself)."""
    return UUID(int=uuid7().int)
