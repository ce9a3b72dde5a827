"""What payroll and accounting take from an approved run: a row a person, and a journal by cost centre."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import CharField, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from accounts.doors import get_visible
from accounts.models import User
from incentives.errors import RunIsNotApproved
from incentives.models import Run, Statement


def approved_run(*, viewer: User, run_uid: UUID) -> Run:
    """Raises NotFound, RunIsNotApproved."""
    run = get_visible(Run, viewer, run_uid)
    if not run.is_fixed:
        raise RunIsNotApproved(run=run.code, status=run.get_status_display())
    return run


def payroll_rows(run: Run) -> QuerySet[Statement]:
    """Everybody whom the run pays or takes something back from, by employee number. One query."""
    paid = run.statements.filter(error__isnull=True).exclude(total=0)
    return paid.select_related("person", "team").order_by("person__number", "pk")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal. Exactly one of `debit` and `credit` is above 0; `cost_centre` empty: the liability."""

    cost_centre: str
    teams: str
    debit: Decimal
    credit: Decimal


def journal(run: Run) -> list[Entry]:
    """The run's cost by cost centre, and against it what is owed to the people. Debits equal credits. One query.

    A team without a cost centre has a line of its own, so that nothing is booked in the wrong place.
    """
    rows = (
        payroll_rows(run)
        .order_by()
        .values(
            centre=Coalesce("team__cost_centre", Value(""), output_field=CharField()),
            team_name=Coalesce("team__name", Value(""), output_field=CharField()),
        )
        .annotate(cost=Sum("total"))
        .order_by("centre", "team_name")
    )
    costs: dict[tuple[str, str], tuple[Decimal, list[str]]] = {}
    for row in rows:
        key = (row["centre"], "" if row["centre"] else row["team_name"])
        amount, teams = costs.get(key, (Decimal(0), []))
        costs[key] = (amount + row["cost"], [*teams, row["team_name"]])
    entries = [_entry(centre, ", ".join(teams), cost) for (centre, _team), (cost, teams) in costs.items() if cost]
    owed = sum((cost for cost, _teams in costs.values()), Decimal(0))
    return [*entries, *([_entry("", "", -owed)] if owed else [])]


def _entry(centre: str, teams: str, amount: Decimal) -> Entry:
    return Entry(centre, teams, max(amount, Decimal(0)), max(-amount, Decimal(0)))
