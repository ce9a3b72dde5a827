"""Public ids: opaque, ordered by time, never the row number."""

from uuid import UUID

from uuid6 import uuid7


def new_uid() -> UUID:
    """A UUIDv7 as a plain `uuid.UUID` (PostgreSQL before 18 cannot make one itself)."""
    return UUID(int=uuid7().int)


# The same for INSERT … SELECT, on any PostgreSQL: 48 bits of milliseconds, version 7, the rest random.
NEW_UID_SQL = (
    "encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) PLACING "
    "substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), "
    "'hex')::uuid"
)
