"""Public ids: opaque, ordered by time, never the row number."""

from uuid import UUID

from uuid6 import uuid7


def new_uid() -> UUID:
    """A UUIDv7 as a plain `uuid.UUID` (PostgreSQL before 18 cannot make one itself)."""
    return UUID(int=uuid7().int)


# The same for INSERT … SELECT, on any PostgreSQL: 48 bits of milliseconds, version and variant, 72 bits that nobody can
# guess. A secret of the statement is hashed with two random numbers a row, since asking the kernel for each row's
# randomness (`gen_random_uuid`) may cost more than writing the row.
_SECRET = "(SELECT uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))"  # noqa: S105 (SQL, once a statement)
_NOW = "(SELECT lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || '7')"
_RANDOM = f"left(encode(sha256({_SECRET} || float8send(random()) || float8send(random())), 'hex'), 32)"
NEW_UID_SQL = f"overlay(overlay({_RANDOM} PLACING {_NOW} FROM 1 FOR 13) PLACING '8' FROM 17 FOR 1)::uuid"
