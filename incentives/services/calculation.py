"""Calculating a run: people in ranges, one transaction a range, restartable at any line with the same result.

`freeze` (`freezing.py`) writes down what each range is calculated from. A range is calculated once for what is frozen;
when all are, the inputs are frozen again: where something moved meanwhile, those ranges are calculated anew, so that a
finished run shows one and the same state of the world. A killed worker leaves ranges not done; the next call
does them.
"""

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import Any

from django.db import connection, connections, transaction
from django.db.models import Count, Func, IntegerField, Sum
from django.utils import timezone

from core import formats, jobs
from core.audit import acting
from incentives.errors import InputsKeepChanging
from incentives.models import Run, RunChunk
from incentives.rules.exact import ZERO
from incentives.selectors.corrections import TakenCorrection
from incentives.selectors.run_inputs import Payee, PersonCredits, credits_by_person
from incentives.services.corrections import renew_taken
from incentives.services.freezing import freeze_chunks, refuse_closed
from incentives.services.statement_writer import StatementWriter

# How often inputs may change while a run is calculated before it gives up.
ATTEMPTS = 5


def calculate_run(*, run_id: int, job_id: int | None = None, workers: int = 1) -> Run:
    """Calculate a whole run here, with `workers` processes where it is large, and tell the job.

    The same inputs give the same digest and the same cents, however often and by however many workers. Call it
    outside of a
    transaction if `workers` is above 1. Raises RunIsApproved, RunIsSubmitted, InputsKeepChanging, jobs.Cancelled.
    """
    for _attempt in range(ATTEMPTS):
        todo = freeze(run_id=run_id)
        if not todo:
            return finish_run(run_id=run_id, job_id=job_id)
        for _number in _calculated(run_id, todo, workers):
            tell_progress(run_id=run_id, job_id=job_id)
    raise inputs_keep_changing(run_id)


def inputs_keep_changing(run_id: int) -> InputsKeepChanging:
    run = Run.objects.get(pk=run_id)
    return InputsKeepChanging(run=run.code, period=formats.period_label(run.period))


def chunks_left(*, run_id: int) -> bool:
    return RunChunk.objects.filter(run=run_id, calculated_at=None).exists()


def _calculated(run_id: int, numbers: Sequence[int], workers: int) -> Iterator[int]:
    """The numbers of the chunks, each after it was calculated."""
    if workers == 1 or len(numbers) == 1:
        for number in numbers:
            calculate_chunk(number, run_id=run_id)
            yield number
        return
    connections.close_all()  # a connection does not survive a fork
    with ProcessPoolExecutor(workers, mp_context=get_context("fork")) as pool:
        yield from pool.map(partial(calculate_chunk, run_id=run_id), numbers)


def freeze(*, run_id: int) -> list[int]:
    """Write down what the run is calculated from; answers the chunks that are not calculated for just that.

    About twelve queries, however many people. Raises RunIsApproved, RunIsSubmitted.
    """
    with transaction.atomic():
        run = Run.objects.select_for_update().get(pk=run_id)
        refuse_closed(run)
        renew_taken(run)
        return freeze_chunks(run)


def calculate_chunk(number: int, *, run_id: int) -> int:
    """Replace the statements of one range of people as a whole, in one transaction. May run twice or be killed
    anywhere."""
    with transaction.atomic():
        run = _shared(run_id)
        chunk = RunChunk.objects.select_for_update().filter(run=run, number=number, calculated_at=None).first()
        if chunk is None:
            return number  # another worker was here
        run.statements.filter(person__gte=chunk.first, person__lte=chunk.last).delete()
        writer = StatementWriter(run, {frozen.get("version") for frozen in chunk.frozen})
        credited = _credits(run, chunk)
        found = next(credited, None)
        for frozen in chunk.frozen:  # both by person id; a run for one plan passes over the others' credits
            while found is not None and found.person < frozen["person"]:
                found = next(credited, None)
            is_own = found is not None and found.person == frozen["person"]
            _write(writer, frozen, found if is_own else None)
        writer.write()
        chunk.lines, chunk.calculated_at = writer.line_count, timezone.now()
        chunk.save(update_fields=["lines", "calculated_at"])
    return number


def _credits(run: Run, chunk: RunChunk) -> Iterator[PersonCredits]:
    """What the range's people are paid for; a correction run pays for nothing of its own."""
    return iter(()) if run.kind == Run.Kind.CORRECTION else credits_by_person(run, chunk.first, chunk.last)


def _write(writer: StatementWriter, frozen: dict[str, Any], credited: PersonCredits | None) -> None:
    """One person's statement, with what corrects earlier ones; who is there only for these has no version."""
    corrections = [TakenCorrection(**each) for each in frozen.get("corrections", ())]
    if "version" not in frozen:
        writer.add_corrections(frozen["person"], frozen["team"], corrections)
        return
    payee = Payee(**{name: value for name, value in frozen.items() if name != "corrections"})
    writer.add(payee, credited, corrections)


def _shared(run_id: int) -> Run:
    """The run, held so that it cannot be frozen anew or closed meanwhile; other chunks go on beside."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM incentives_run WHERE id = %s FOR SHARE", [run_id])
    run = Run.objects.get(pk=run_id)
    refuse_closed(run)
    return run


def tell_progress(*, run_id: int, job_id: int | None) -> None:
    """People done, for those who watch. Raises jobs.Cancelled."""
    if job_id is None:
        return
    people = Func("frozen", function="jsonb_array_length", output_field=IntegerField())
    chunks = RunChunk.objects.filter(run=run_id).annotate(people=people)
    rows = list(chunks.values_list("people", "calculated_at"))
    jobs.step(job_id, done=sum(people for people, at in rows if at), total=sum(people for people, _at in rows))


def finish_run(*, run_id: int, job_id: int | None = None) -> Run:
    """Add up a run whose chunks are all calculated. Its digest covers all statements, in the order of people.

    Raises RunIsApproved, RunIsSubmitted.
    """
    with transaction.atomic():
        run = Run.objects.select_for_update().get(pk=run_id)
        refuse_closed(run)
        sums = run.statements.aggregate(people=Count("pk"), total=Sum("total"), failed=Count("error"))
        run.people, run.failed, run.total = sums["people"], sums["failed"], sums["total"] or ZERO
        run.lines = run.chunks.aggregate(lines=Sum("lines"))["lines"] or 0
        run.digest = digest_of(run)
        run.status, run.calculated_at = Run.Status.CALCULATED, timezone.now()
        with acting(run.prepared_by, "run.calculated"):
            run.save(update_fields=["people", "failed", "total", "lines", "digest", "status", "calculated_at"])
    if job_id is not None:
        jobs.finish(job_id)
    return run


def digest_of(run: Run) -> str:
    """SHA-256 over the period and every statement's digest, in the order of people."""
    total = hashlib.sha256(f"{run.period}\n{run.currency}\n".encode())
    for digest in run.statements.order_by("person").values_list("digest", flat=True).iterator(chunk_size=10_000):
        total.update(digest.encode())
    return total.hexdigest()
