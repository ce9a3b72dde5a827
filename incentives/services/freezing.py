"""What a run is calculated from, written down range by range, so that a change meanwhile or afterwards shows."""

import hashlib
from dataclasses import asdict
from typing import Any

import orjson

from incentives.errors import RunIsApproved, RunIsSubmitted
from incentives.models import Run, RunChunk
from incentives.selectors.corrections import rates_print, taken_corrections, teams_of_corrected
from incentives.selectors.run_inputs import fingerprints, payees

PEOPLE_A_CHUNK = 500
HIGHEST_ID = 2**63 - 1


def freeze_chunks(run: Run) -> list[int]:
    """Keep the ranges of a locked run; answers the numbers of those that are not calculated for just that."""
    wanted = _chunks(run)
    known = {chunk.number: chunk for chunk in run.chunks.defer("frozen")}
    run.chunks.filter(number__gte=len(wanted)).delete()
    changed = [chunk for chunk in wanted if not _same(chunk, known.get(chunk.number))]
    RunChunk.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["run", "number"],
        update_fields=["first", "last", "frozen", "inputs", "lines", "calculated_at"],
    )
    return list(run.chunks.filter(calculated_at=None).order_by("number").values_list("number", flat=True))


def refuse_closed(run: Run) -> None:
    """Raises RunIsApproved, RunIsSubmitted where nothing may be calculated any more."""
    if run.is_fixed:
        raise RunIsApproved(run=run.code)
    if run.status == Run.Status.SUBMITTED:
        raise RunIsSubmitted(run=run.code)


def stale_people(run: Run) -> set[int]:
    """Who is in a range whose inputs are not those that an approved run was calculated from."""
    known = {chunk.number: chunk for chunk in run.chunks.all()}
    wanted = {chunk.number: chunk for chunk in _chunks(run)}
    stale = [number for number in known.keys() | wanted.keys() if not _same_in(number, wanted, known)]
    both = [chunk for number in stale for chunk in (known.get(number), wanted.get(number)) if chunk]
    return {frozen["person"] for chunk in both for frozen in chunk.frozen}


def _same_in(number: int, wanted: dict[int, RunChunk], known: dict[int, RunChunk]) -> bool:
    return number in wanted and _same(wanted[number], known.get(number))


def _chunks(run: Run) -> list[RunChunk]:
    """The ranges of people with what is frozen for them.

    Credits are fingerprinted before anything else is read, so that what moves meanwhile shows when the run ends.
    """
    prints = sorted(fingerprints(run).items()) if run.kind != Run.Kind.CORRECTION else []
    rates = rates_print(run)
    people = _people(run)
    groups = [people[at : at + PEOPLE_A_CHUNK] for at in range(0, len(people), PEOPLE_A_CHUNK)] or [[]]
    firsts = [0] + [group[0]["person"] for group in groups[1:]]
    lasts = [first - 1 for first in firsts[1:]] + [HIGHEST_ID]
    return [
        _chunk(run, number, first, last, group, [rates, *(row for row in prints if first <= row[0] <= last)])
        for number, (first, last, group) in enumerate(zip(firsts, lasts, groups, strict=True))
    ]


def _people(run: Run) -> list[dict[str, Any]]:
    """Everybody in the run, by id: who is paid for the period, and whose earlier statements it corrects."""
    own = {} if run.kind == Run.Kind.CORRECTION else {payee.person: payee.as_json() for payee in payees(run)}
    taken = taken_corrections(run)
    teams = teams_of_corrected(run) if taken else {}
    for person, corrections in taken.items():
        frozen = own.setdefault(person, {"person": person, "team": teams.get(person)})
        frozen["corrections"] = [asdict(each) for each in corrections]
    return [own[person] for person in sorted(own)]


def _chunk(  # noqa: PLR0917
    run: Run, number: int, first: int, last: int, group: list[dict[str, Any]], prints: list[Any]
) -> RunChunk:
    inputs = hashlib.sha256(orjson.dumps([first, last, group, prints])).hexdigest()
    return RunChunk(run=run, number=number, first=first, last=last, frozen=group, inputs=inputs)


def _same(chunk: RunChunk, known: RunChunk | None) -> bool:
    return known is not None and known.inputs == chunk.inputs
