# ruff: noqa: S608  (identifiers are the code's own; texts of files and profiles pass through `literal`)
"""The row that an import leaves behind: what came, what went in, what was kept out."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, transaction
from django.utils import timezone

from core.models import ImportBatch

_REJECTION = "batch_id, file, line, code, values, row"


class _TakenBack(Exception):
    """A rehearsal is over."""


def start_batch(
    *, kind: str, source: str, profile: str, by: AbstractBaseUser | None, dry_run: bool = False
) -> ImportBatch:
    """The batch of an import that begins now. Imports of one kind wait for each other until their transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"import:{kind}"])
    return ImportBatch.objects.create(
        kind=kind, source=source[:300], profile=profile[:120], imported_by_id=by.pk if by else None, dry_run=dry_run
    )


def finish_batch(batch: ImportBatch, report: dict[str, Any]) -> ImportBatch:
    batch.report, batch.finished_at = report, timezone.now()
    batch.save(update_fields=["report", "finished_at"])
    return batch


@contextmanager
def rehearsed(batch: ImportBatch) -> Iterator[None]:
    """Of a dry run's batch, what is done inside is taken back; only its quarantine stays, to be looked at."""
    kept = io.StringIO()
    try:
        with transaction.atomic():
            yield
            if batch.dry_run:
                _copy(
                    f"COPY (SELECT {_REJECTION} FROM core_importrejection WHERE batch_id = {batch.pk}) TO STDOUT", kept
                )
                raise _TakenBack  # noqa: TRY301 - the one way to have `atomic` take its work back and go on
    except _TakenBack:
        kept.seek(0)
        _copy(f"COPY core_importrejection ({_REJECTION}) FROM STDIN", kept)


def _copy(sql: str, text: io.StringIO) -> None:
    with connection.cursor() as cursor:
        cursor.copy_expert(sql, text)
