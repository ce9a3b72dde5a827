"""What changed after a run was approved: found, taken into a later run, settled there. The past is never edited.

A correction pays what is due now less what approved runs have paid for that person and period, so doing it twice pays
nothing the second time.
"""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.doors import get_visible
from accounts.models import User
from core import formats, jobs
from core.audit import acting
from core.calendar import current_period, period
from core.errors import NotFound
from core.models import Job
from core.periods import PeriodKind
from incentives.errors import CorrectionGoesIntoALaterRun, NothingToCorrect, RunTakesNoCorrections
from incentives.models import Correction, Run
from incentives.selectors.corrections import Finding, findings
from incentives.services.freezing import stale_people

FIND_JOB = "incentives.find_corrections"

# Changes further back than this are no longer looked for by themselves.
QUARTERS_LOOKED_AT = 8


def looked_at() -> Sequence[int]:
    """Ids of the approved final runs in which changes are looked for, latest first."""
    since: date = current_period(PeriodKind.QUARTER).shift(-QUARTERS_LOOKED_AT).start
    runs = Run.objects.fixed().filter(kind=Run.Kind.FINAL, starts__gte=since)
    return list(runs.order_by("-starts", "pk").values_list("pk", flat=True))


@transaction.atomic
def look_for_corrections(*, by: User) -> Job:
    """Queue the search in all approved runs of the last quarters."""
    job = jobs.start(FIND_JOB, by=by)
    jobs.enqueue(FIND_JOB, job.pk)
    return job


@transaction.atomic
def find_corrections(*, run_id: int, people: Collection[int] | None = None) -> int:
    """Compare an approved final run with what it would pay now, and note each difference; how many there are.

    people  ids of those to look at; None: all of the ranges whose inputs changed, and who was corrected before

    What is taken into a run already is left to that run; a difference that went away is forgotten.
    """
    run = Run.objects.select_for_update().get(pk=run_id)
    if run.kind != Run.Kind.FINAL or not run.is_fixed:
        return 0
    if people is None:
        corrected = Correction.objects.filter(of=run).values_list("person", flat=True)
        people = stale_people(run) | set(corrected)
    found = {finding.person: finding for finding in findings(run, people)}
    known = {row.person_id: row for row in Correction.objects.filter(of=run, settled=False)}
    waiting = {person: row for person, row in known.items() if row.run_id is None}
    looked = [row.pk for person, row in waiting.items() if person not in found and person in people]
    with acting(None, "corrections.found"):
        Correction.objects.filter(pk__in=looked).delete()
        for person, finding in sorted(found.items()):
            if person not in known:
                _create(run, finding)
            elif person in waiting:
                _renew(known[person], finding)
    return len(found)


def _create(run: Run, finding: Finding) -> None:
    Correction.objects.create(
        person_id=finding.person,
        period=run.period,
        starts=run.starts,
        of=run,
        corrects_id=finding.statement,
        paid=finding.paid,
        due=finding.due,
        amount=finding.amount,
        currency=run.currency,
        reasons=list(finding.reasons),
        problem=finding.problem,
        inputs=finding.inputs,
    )


RENEWED = ["paid", "due", "amount", "reasons", "problem", "inputs", "position"]


def _renew(row: Correction, finding: Finding) -> None:
    """Write only what is new, so that a look that finds the same leaves no trace."""
    row.reasons, row.inputs, row.problem = list(finding.reasons), dict(finding.inputs), finding.problem
    if (row.paid, row.due) != (finding.paid, finding.due) or finding.problem:
        row.paid, row.due, row.amount, row.position = finding.paid, finding.due, finding.amount, None
        row.save(update_fields=RENEWED)


def renew_taken(run: Run) -> None:
    """What the run's corrections come to now; called when its inputs are frozen. A difference that went away is 0."""
    rows = list(run.corrections.filter(settled=False).select_related("of").order_by("pk"))
    by_run: dict[int, list[Correction]] = {}
    for row in rows:
        by_run.setdefault(row.of_id, []).append(row)
    for taken in by_run.values():
        found = {each.person: each for each in findings(taken[0].of, {row.person_id for row in taken})}
        for row in taken:
            finding = found.get(row.person_id)
            _renew(row, finding) if finding else _renew(row, _gone(row))


def _gone(row: Correction) -> Finding:
    return Finding(row.person_id, row.corrects_id, row.paid, row.paid, row.reasons, row.inputs, None)


# Taken into a run


@transaction.atomic
def take_corrections(*, correction_uids: Sequence[UUID], by: User, run_uid: UUID | None = None) -> tuple[Run, Job]:
    """Take what was found into a later run, and calculate that anew: an open final one, or (None) a correction run.

    Several periods go into a correction run of the latest of them. Locks the corrections: of two at the same moment
    one takes them. Raises NotFound, NothingToCorrect, RunTakesNoCorrections, CorrectionGoesIntoALaterRun.
    """
    visible = Correction.objects.visible_to(by).filter(uid__in=correction_uids).values("pk")
    rows = list(
        Correction.objects.select_for_update().filter(pk__in=visible, run=None, problem__isnull=True).order_by("pk")
    )
    if not rows:
        raise NothingToCorrect
    run = _correction_run(rows, by) if run_uid is None else _open_run(run_uid, rows, by)
    with acting(by, "corrections.taken", run=run.code):
        Correction.objects.filter(pk__in=[row.pk for row in rows]).update(
            run=run, taken_by=by, taken_at=timezone.now(), position=None
        )
    return run, restart(run, by)


def restart(run: Run, by: User | None, *, queue: bool = True) -> Job:
    """Calculate an open, locked run anew, as a job."""
    job = jobs.start("incentives.calculate", by=by)
    run.status, run.digest, run.prepared_by, run.job = Run.Status.DRAFT, "", by, job
    with acting(by, "run.started"):
        run.save(update_fields=["status", "digest", "prepared_by", "job"])
    run.chunks.update(calculated_at=None)
    if queue:
        jobs.enqueue("incentives.calculate", run.pk, job.pk)
    return job


def _open_run(run_uid: UUID, rows: Sequence[Correction], by: User) -> Run:
    run = get_visible(Run, by, run_uid, lock=True)
    if run.kind == Run.Kind.PROVISIONAL or not run.is_open:
        raise RunTakesNoCorrections(run=run.code)
    if any(row.starts >= run.starts for row in rows) and run.kind == Run.Kind.FINAL:
        raise CorrectionGoesIntoALaterRun(run=run.code, period=formats.period_label(run.period))
    if any(row.currency != run.currency for row in rows):
        raise RunTakesNoCorrections(run=run.code)
    return run


def _correction_run(rows: Sequence[Correction], by: User) -> Run:
    """The open correction run of the latest period, else a new one with the next number."""
    latest = max(rows, key=lambda row: row.starts)
    span = period(latest.period)
    # The corrected run's row is locked, so that of two at the same moment the second finds the first one's run.
    Run.objects.select_for_update().get(pk=latest.of_id)
    same = Run.objects.filter(period=latest.period, kind=Run.Kind.CORRECTION)
    open_one = same.filter(
        status__in=[Run.Status.DRAFT, Run.Status.CALCULATED], currency=latest.currency
    ).select_for_update()
    run = open_one.first()
    if run is not None:
        return run
    number = (same.aggregate(last=Max("number"))["last"] or 0) + 1
    with acting(by, "run.created"):
        return Run.objects.create(
            code=f"{latest.period}-correction-{number}",
            kind=Run.Kind.CORRECTION,
            number=number,
            period=latest.period,
            starts=span.start,
            ends=span.end,
            currency=latest.currency,
            prepared_by=by,
        )


@transaction.atomic
def release_correction(*, correction_uid: UUID, by: User) -> Run:
    """Leave a correction out of the open run that took it; it waits for another one. Raises NotFound."""
    row = get_visible(Correction, by, correction_uid, lock=True)
    if row.run_id is None or row.settled:
        raise NotFound
    run = Run.objects.select_for_update().get(pk=row.run_id)
    if not run.is_open:
        raise RunTakesNoCorrections(run=run.code)
    _release([row], by)
    restart(run, by)
    return run


def _release(rows: Sequence[Correction], by: User) -> None:
    with acting(by, "corrections.released"):
        Correction.objects.filter(pk__in=[row.pk for row in rows]).update(
            run=None, taken_by=None, taken_at=None, position=None
        )


def settle(run: Run, by: User) -> None:
    """At the approval of a run: what has a line in it is paid by it, what has none waits on."""
    rows = list(run.corrections.select_for_update().filter(settled=False).order_by("pk"))
    left = [row for row in rows if row.position is None]
    _release([row for row in left if row.amount or row.problem], by)
    with acting(by, "corrections.settled"):
        Correction.objects.filter(pk__in=[row.pk for row in rows if row.position is not None]).update(settled=True)
        Correction.objects.filter(pk__in=[row.pk for row in left if not (row.amount or row.problem)]).delete()
