"""What each cause of a difference between two runs is worth in money.

The inputs of the earlier run are exchanged for those of the later one, a cause at a time in a fixed order, and the
engine pays after each step: the steps add up to the whole difference, to the cent.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from incentives.models import Run, RunChunk
from incentives.rules.exact import ZERO
from incentives.selectors.evaluation import Evaluator
from incentives.selectors.run_inputs import Payee, PersonCredits, credits_by_person
from incentives.selectors.runs import Cause, Changed, Difference

# Credits first, since the earlier ones are not kept but by their lines; the version last, since it may ask for facts
# that the steps before have brought.
STEPS: tuple[tuple[Cause, tuple[str, ...]], ...] = (
    (Cause.QUOTA, ("quota",)),
    (Cause.TARGET_PAY, ("target_pay",)),
    (Cause.TEAM, ("team_credits",)),
    (Cause.DAYS, ("eligible_days", "period_days")),
    (Cause.VERSION, ("version", "currency", "more")),
)
# What the plan needs of each deal comes and goes with the credits.
OF_CREDITS = ("deals",)


@dataclass(frozen=True, slots=True)
class Frozen:
    """What a run calculated people from, by person id."""

    payees: Mapping[int, Payee]

    @classmethod
    def of(cls, run: Run, people: Collection[int]) -> "Frozen":
        """One query. Who is only corrected in the run was not calculated, and is left out."""
        chunks = RunChunk.objects.filter(run=run, first__lte=max(people), last__gte=min(people))
        rows = [row for chunk in chunks for row in chunk.frozen if row["person"] in people and "version" in row]
        return cls({row["person"]: _payee(row) for row in rows})


def _payee(row: Mapping[str, Any]) -> Payee:
    return Payee(**{name: value for name, value in row.items() if name != "corrections"})


def weighed(found: Sequence[Difference], *, before: Run, after: Run) -> list[Difference]:
    """The differences with the money of each cause. Four queries, however many people.

    A cause is left without money where a person is in one run only, where an error stopped one of both, and where the
    credits have changed since the later run, so that its pay can't be followed any more.
    """
    people = {each.person.pk for each in found if each.before is not None and each.after is not None}
    if not people:
        return list(found)
    was, now = Frozen.of(before, people).payees, Frozen.of(after, people).payees
    evaluator = Evaluator({payee.version for payee in (*was.values(), *now.values())})
    credited = {row.person: row for row in credits_by_person(after, min(people), max(people))}
    return [
        _weighed(each, was[each.person.pk], now[each.person.pk], credited.get(each.person.pk), evaluator)
        if each.person.pk in was and each.person.pk in now
        else each
        for each in found
    ]


def _weighed(
    difference: Difference, was: Payee, now: Payee, credited: PersonCredits | None, evaluator: Evaluator
) -> Difference:
    """The difference as it is where the steps can't be followed to what the later run paid."""
    worth = {Cause.CORRECTION: difference.corrected_after - difference.corrected_before}
    paid, payee = (difference.before or ZERO) - difference.corrected_before, was
    for cause, exchanged in _steps(was, now):
        payee = replace(payee, **exchanged)
        found = evaluator.of(payee, credited)
        if found.problem is not None:
            return difference
        worth[cause] = found.outcome.total - paid
        paid = found.outcome.total
    if paid + difference.corrected_after != difference.after:
        return difference
    return replace(difference, causes=_with_money(difference.causes, worth))


def _steps(was: Payee, now: Payee) -> list[tuple[Cause, dict[str, Any]]]:
    """What is exchanged, in order: the credits with what is known of each deal, the other facts of the plan, the
    rest."""
    of_credits = {name: now.more[name] for name in OF_CREDITS if name in now.more}
    others = {name: value for name, value in was.more.items() if name not in OF_CREDITS}
    steps: list[tuple[Cause, dict[str, Any]]] = [
        (Cause.CREDIT, {"more": others | of_credits}),
        (Cause.OTHER, {"more": others | now.more}),
    ]
    return steps + [(cause, {name: getattr(now, name) for name in names}) for cause, names in STEPS]


def _with_money(causes: Sequence[Changed], worth: Mapping[Cause, Decimal]) -> list[Changed]:
    """The causes with their money; one that nobody saw change but that pays otherwise is named too."""
    named = {one.cause: replace(one, pay=worth.get(one.cause, ZERO)) for one in causes}
    named |= {cause: Changed(cause, pay=pay) for cause, pay in worth.items() if cause not in named}
    return [one for one in named.values() if one.pay or one.before != one.after]
