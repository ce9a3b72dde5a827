"""Which targets hold: the rows and the organisation are read here, the rule is `goals.rules.targets`."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from accounts.models import Leadership, Membership, Person, Team, User
from core import formats
from core.periods import Period, PeriodKind
from goals.models import Kpi, Target
from goals.rules.targets import (
    Company,
    How,
    Kind,
    Resolved,
    Rows,
    Targets,
    Who,
    person,
    ratio_targets,
    sum_targets,
    team,
)

# Days of membership by person and team, and each person's last team, for several periods at once.
MEMBERSHIPS = """
SELECT span.code, m.person_id, m.team_id, upper(part.days) - lower(part.days), m.during
FROM unnest(%(codes)s::text[], %(starts)s::date[], %(ends)s::date[]) AS span(code, starts, ends)
JOIN accounts_membership m ON m.during && daterange(span.starts, span.ends)
CROSS JOIN LATERAL (SELECT m.during * daterange(span.starts, span.ends) AS days) part
ORDER BY span.code, m.person_id, m.during
"""


def companies(periods: Sequence[Period]) -> dict[str, Company]:
    """The organisation of each period, by code. Two queries."""
    parents = dict(Team.objects.values_list("pk", "parent_id"))
    days: dict[str, dict[int, dict[int, int]]] = {period.code: {} for period in periods}
    homes: dict[str, dict[int, int]] = {period.code: {} for period in periods}
    spans: dict[str, list[Any]] = {
        "codes": [period.code for period in periods],
        "starts": [period.start for period in periods],
        "ends": [period.end for period in periods],
    }
    with connection.cursor() as cursor:
        cursor.execute(MEMBERSHIPS, spans)
        for code, person_id, team_id, count, _ended in cursor.fetchall():
            by_team = days[code].setdefault(person_id, {})
            by_team[team_id] = by_team.get(team_id, 0) + count
            homes[code][person_id] = team_id
    return {code: Company.of(parents, _shares(found), homes[code]) for code, found in days.items()}


def _shares(days: dict[int, dict[int, int]]) -> dict[int, dict[int, Decimal]]:
    return {
        person_id: {team_id: Decimal(count) / sum(by_team.values()) for team_id, count in by_team.items()}
        for person_id, by_team in days.items()
    }


def _needed(periods: Sequence[Period]) -> list[Period]:
    """With each period those that its targets may come from: the longer ones, and the quarters of a year."""
    wanted = {longer for period in periods for longer in period.chain()}
    wanted |= {
        part for period in periods if period.kind == PeriodKind.YEAR for part in period.parts(PeriodKind.QUARTER)
    }
    return sorted(wanted)


def _who(person_id: int | None, team_id: int | None) -> Who:
    return person(person_id) if person_id is not None else team(team_id or 0)


def resolved_targets(*, kpis: Sequence[Kpi], periods: Sequence[Period]) -> dict[str, dict[int, Targets]]:
    """The targets that hold for every subject, by period code and KPI id. Three queries, however many."""
    needed = _needed(periods)
    rows: dict[int, dict[tuple[Who, str], Decimal]] = {kpi.pk: {} for kpi in kpis}
    stored = Target.objects.filter(kpi__in=[kpi.pk for kpi in kpis], period__in=[period.code for period in needed])
    for kpi_id, person_id, team_id, code, value in stored.values_list(
        "kpi_id", "person_id", "team_id", "period", "value"
    ):
        rows[kpi_id][_who(person_id, team_id), code] = value
    known = companies(needed)
    return {period.code: {kpi.pk: _targets(kpi, period, rows[kpi.pk], known) for kpi in kpis} for period in periods}


def _targets(kpi: Kpi, period: Period, rows: Rows, known: dict[str, Company]) -> Targets:
    if not rows:
        return {}
    rule = sum_targets if kpi.aggregation == Kpi.Aggregation.SUM else ratio_targets
    return rule(period, rows, known)


@dataclass(frozen=True, slots=True)
class ResolvedTarget:
    """The target that holds for one subject, and where it came from. Threshold and stretch belong to an own row
    only.
    """

    value: Decimal
    threshold: Decimal | None
    stretch: Decimal | None
    how: How
    row: Target | None
    counted: int = 0
    of: int = 0

    @property
    def basis(self) -> str:
        """In the active language, with the numbers."""
        match self.how:
            case How.OWN:
                return self.row.basis if self.row else ""
            case How.THIRD:
                return _("A third of the target of %(period)s.") % {"period": _row_period(self.row)}
            case How.QUARTERS:
                return _("The sum of the targets of %(count)s quarters.") % {"count": self.counted}
            case How.MEMBERS:
                return _("The sum of %(count)s targets of the %(of)s people and teams under it.") % {
                    "count": self.counted,
                    "of": self.of,
                }
        return _("The target of %(subject)s for %(period)s.") % {
            "subject": self.row.subject.name if self.row else "",
            "period": _row_period(self.row),
        }


def _row_period(row: Target | None) -> str:
    return formats.period_label(row.period) if row else ""


def resolved_target(*, kpi: Kpi, who: Who, period: Period) -> ResolvedTarget | None:
    """The target that holds for one subject. Four queries."""
    found = resolved_targets(kpis=[kpi], periods=[period])[period.code][kpi.pk].get(who)
    if found is None:
        return None
    row = _stored_row(kpi, found)
    own = row if found.how == How.OWN else None
    return ResolvedTarget(
        value=found.value,
        threshold=own.threshold if own else None,
        stretch=own.stretch if own else None,
        how=found.how,
        row=row,
        counted=found.counted,
        of=found.of,
    )


def _stored_row(kpi: Kpi, found: Resolved) -> Target | None:
    if found.row is None:
        return None
    who, code = found.row
    column = "person" if who.kind == Kind.PERSON else "team"
    rows = Target.objects.filter(kpi=kpi, period=code, **{column: who.id})
    return rows.select_related("person", "team", "set_by").first()


def who_is(subject: Person | Team) -> Who:
    return person(subject.pk) if isinstance(subject, Person) else team(subject.pk)


def target_of(*, kpi: str, person: Person | int, period: Period) -> ResolvedTarget | None:
    """The target that holds for a person, such as the quota of an incentive plan. Five queries."""
    row_id = person if isinstance(person, int) else person.pk
    return resolved_target(kpi=Kpi.objects.get(code=kpi), who=Who(Kind.PERSON, row_id), period=period)


def targets_of_people(*, kpi: str, period: Period) -> dict[int, Decimal]:
    """The targets that hold for everybody in a period, by person id. Four queries."""
    row = Kpi.objects.get(code=kpi)
    found = resolved_targets(kpis=[row], periods=[period])[period.code][row.pk]
    return {who.id: target.value for who, target in found.items() if who.kind == Kind.PERSON}


def sellers(period: Period, viewer: User | None = None) -> dict[int, int]:
    """Who has targets in a period, with the team of the last day: members of a team who lead none, as far as
    `viewer` sees them.

    One query. The same people have results (`goals.services.compute_sql.PEOPLE`).
    """
    during = DateRange(period.start, period.end)
    members = Membership.objects.filter(during__overlap=during).exclude(team__kind=Team.Kind.COMPANY)
    leads = Leadership.objects.filter(person=OuterRef("person"), during__overlap=during)
    members = members.filter(~Exists(leads))
    if viewer is not None:
        members = members.filter(person__in=Person.objects.visible_to(viewer).values("pk"))
    return dict(members.order_by("during").values_list("person_id", "team_id"))
