"""The facts that dashboards read, recomputed in sets: for all, or for some people and days. Both ways end the same.

A person's facts come from the deals that the person owns; a team's from those of whoever was in it, or under it, on the
day of the closing (open deals: on the day looked at). Amounts are in the company's currency at the day's rate.
"""

# ruff: noqa: S608  (the texts put together are the code's own; values are parameters)

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Min

from core.calendar import today
from core.periods import add_months
from core.rates import converted_sql, require_rates
from crm.models import Opportunity

MEMBERS = "JOIN accounts_membership m ON m.person_id = x.owner_id AND m.during @> x.day"
ABOVE = """
    JOIN (
        SELECT t.id AS home_id, a.id AS team_id FROM accounts_team t JOIN accounts_team a ON starts_with(t.path, a.path)
    ) above ON above.home_id = h.home_id
"""
BOOKED = converted_sql("o.amount", "o.currency", "o.closed_on")

CLOSED = f"""
    SELECT o.owner_id, o.closed_on AS day, date_trunc('month', o.closed_on)::date AS month,
        o.product_id, o.key_account_id,
        (o.stage = 'won')::int AS won, (o.stage = 'lost')::int AS lost,
        CASE WHEN o.stage = 'won' THEN {BOOKED} ELSE 0 END AS booked,
        CASE WHEN o.stage = 'won' THEN o.closed_on - o.engaged_on END AS cycle
    FROM crm_opportunity o WHERE o.closed_on IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class _Fact:
    """A table of facts about closed deals: how the deals `x` become its rows.

    moment  the column that says when: "day" or "month"
    keys    further columns that tell rows of a subject apart -> SQL
    sums    columns that add up -> SQL
    groups  what to group by where it is more than a grouping by moment and keys
    """

    table: str
    moment: str
    keys: Mapping[str, str]
    sums: Mapping[str, str]
    joins: str = ""
    groups: str = ""
    condition: str = "true"

    def of_people(self, closed: str) -> str:
        """INSERT of the rows of whoever owns the deals."""
        return f"INSERT INTO {self.table} (person_id, {self._columns}) {self._grouped('x.owner_id', closed)}"

    def of_teams(self, closed: str) -> str:
        """INSERT of the teams' rows. Deals are added up by the team of that day first, which are few rows, and only
        these once more for each team above."""
        keys = ", ".join(f"h.{name}" for name in (self.moment, *self.keys))
        sums = ", ".join(f"sum(h.{name})" for name in self.sums)
        homes = self._grouped("m.team_id AS home_id", closed, MEMBERS)
        return (
            f"INSERT INTO {self.table} (team_id, {self._columns}) "
            f"SELECT above.team_id, {keys}, {sums} FROM ({homes}) h {ABOVE} GROUP BY above.team_id, {keys}"
        )

    @property
    def _columns(self) -> str:
        return ", ".join((self.moment, *self.keys, *self.sums))

    def _grouped(self, subject: str, closed: str, members: str = "") -> str:
        columns = {**self.keys, **self.sums}
        named = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
        groups = self.groups or ", ".join(str(number) for number in range(3, 3 + len(self.keys)))
        return (
            f"SELECT {subject}, x.{self.moment}, {named} FROM ({closed}) x {members} {self.joins} "
            f"WHERE {self.condition} GROUP BY 1, 2{', ' if groups else ''}{groups}"
        )


COUNTS = {"won": "sum(x.won)", "lost": "sum(x.lost)", "booked": "sum(x.booked)"}
FACTS = (
    _Fact(
        "crm_salesday",
        "day",
        {},
        {**COUNTS, "won_cycle_days": "coalesce(sum(x.cycle), 0)", "won_with_cycle": "count(x.cycle)"},
    ),
    _Fact(
        "crm_salesmix",
        "month",
        {
            "dimension": "CASE WHEN grouping(p.name) = 0 THEN 'product' ELSE 'sector' END",
            "key": "CASE WHEN grouping(p.name) = 0 THEN p.name ELSE coalesce(a.sector, '') END",
        },
        COUNTS,
        joins="JOIN crm_product p ON p.id = x.product_id LEFT JOIN crm_keyaccount a ON a.id = x.key_account_id",
        groups="GROUPING SETS ((p.name), (coalesce(a.sector, '')))",
    ),
    _Fact("crm_salescycle", "month", {"days": "x.cycle"}, {"won": "count(*)"}, condition="x.cycle IS NOT NULL"),
)

# At the end of a past day a deal that has closed since was engaging, expected at list price. Prospecting has no dates.
OPEN = f"""
    SELECT o.owner_id, d.day, 'engaging' AS stage, d.day - o.engaged_on AS age,
        CASE WHEN o.closed_on IS NULL THEN {converted_sql("o.amount", "o.currency", "d.day")}
            ELSE {converted_sql("p.list_price", "p.currency", "d.day")} END AS amount
    FROM unnest(%(days)s::date[]) d (day)
    JOIN crm_opportunity o ON o.engaged_on <= d.day AND (o.closed_on IS NULL OR o.closed_on > d.day)
    JOIN crm_product p ON p.id = o.product_id WHERE o.stage <> 'prospecting'
    UNION ALL
    SELECT o.owner_id, d.day, o.stage, d.day - o.engaged_on, {converted_sql("o.amount", "o.currency", "d.day")}
    FROM (SELECT %(today)s::date AS day) d JOIN crm_opportunity o ON o.closed_on IS NULL
    WHERE o.stage = 'prospecting' OR o.engaged_on IS NULL
"""
# Nine of ten won deals took at most so many days, of those won by the end of the day's month.
STUCK_AFTER = """
    SELECT d.day, (
        SELECT min(c.cycle) FROM (
            SELECT h.cycle, sum(sum(h.deals)) OVER (ORDER BY h.cycle) AS up_to_here,
                sum(sum(h.deals)) OVER () AS all_deals
            FROM history h WHERE h.month <= d.day GROUP BY h.cycle
        ) c WHERE c.up_to_here >= 0.9 * c.all_deals
    ) AS stuck_after
    FROM unnest(%(days)s::date[]) d (day)
"""
HISTORY = """
    SELECT date_trunc('month', closed_on)::date AS month, closed_on - engaged_on AS cycle, count(*) AS deals
    FROM crm_opportunity WHERE stage = 'won' AND engaged_on IS NOT NULL GROUP BY 1, 2
"""
# Deals of one age are counted together, by the team of that day first and then for each team above it.
# The median is the lowest age that half of the deals do not exceed.
SNAPSHOTS = f"""
    WITH history AS MATERIALIZED ({HISTORY}), stuck AS MATERIALIZED ({STUCK_AFTER}), x AS MATERIALIZED ({OPEN}),
    homes AS (
        SELECT m.team_id AS home_id, x.day, x.stage, x.age, count(*) AS deals, sum(x.amount) AS amount
        FROM x {MEMBERS} GROUP BY 1, 2, 3, 4
    ), aged AS (
        SELECT x.owner_id AS person_id, NULL::bigint AS team_id, x.day, x.stage, x.age, count(*) AS deals,
            sum(x.amount) AS amount
        FROM x GROUP BY 1, 3, 4, 5
        UNION ALL
        SELECT NULL, above.team_id, h.day, h.stage, h.age, sum(h.deals), sum(h.amount)
        FROM homes h {ABOVE} GROUP BY 2, 3, 4, 5
    ), ranked AS (
        SELECT a.*, s.stuck_after,
            sum(a.deals) OVER (PARTITION BY a.person_id, a.team_id, a.day, a.stage ORDER BY a.age) AS up_to_here,
            sum(a.deals) FILTER (WHERE a.age IS NOT NULL)
                OVER (PARTITION BY a.person_id, a.team_id, a.day, a.stage) AS with_age
        FROM aged a JOIN stuck s USING (day)
    )
    INSERT INTO crm_pipelinesnapshot (person_id, team_id, day, stage, deals, amount, median_age_days, stuck_deals,
        stuck_amount, stuck_after_days)
    SELECT d.person_id, d.team_id, d.day, d.stage, sum(d.deals), sum(d.amount),
        min(d.age) FILTER (WHERE 2 * d.up_to_here >= d.with_age),
        coalesce(sum(d.deals) FILTER (WHERE d.age > d.stuck_after), 0),
        coalesce(sum(d.amount) FILTER (WHERE d.age > d.stuck_after), 0), min(d.stuck_after)
    FROM ranked d GROUP BY 1, 2, 3, 4
"""
# The company has a row on each day that was looked at, so that a day without any open deal is known to be one.
NOTHING_OPEN = """
    INSERT INTO crm_pipelinesnapshot (team_id, day, stage, deals, amount, stuck_deals, stuck_amount)
    SELECT t.id, d.day, 'engaging', 0, 0, 0, 0 FROM unnest(%(days)s::date[]) d (day) CROSS JOIN accounts_team t
    WHERE t.kind = 'company' AND NOT EXISTS (
        SELECT 1 FROM crm_pipelinesnapshot s WHERE s.team_id = t.id AND s.day = d.day AND s.stage = 'engaging')
"""


@dataclass(frozen=True, slots=True)
class _Scope:
    """Which closed deals' facts are recomputed: of `people` (None: all), on `days` (None: all)."""

    people: list[int] | None
    days: list[date] | None

    @property
    def months(self) -> list[date] | None:
        return None if self.days is None else sorted({day.replace(day=1) for day in self.days})

    @property
    def params(self) -> dict[str, Any]:
        months = self.months or []
        ends = {"from": months[0], "to": add_months(months[-1], 1)} if months else {}
        return {
            "people": self.people,
            "days": self.days,
            "months": months,
            "currency": settings.COMPANY_CURRENCY,
            **ends,
        }


@transaction.atomic
def refresh_facts(
    *, person_ids: Collection[int] | None = None, days: Collection[date] | None = None, on: date | None = None
) -> None:
    """Recompute the facts of some people (None: all) on some days (None: all), of teams on these days, and pipelines.

    days  on which their deals were or are engaged or closed, before and after a change
    on    the day that counts as today

    A change of teams is a change of the person on all days. Raises RateMissing where an amount can't be converted.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('crm.facts'))")
    now = on or today()
    people = None if person_ids is None else sorted(person_ids)
    known_days = None if days is None else sorted(days)
    if people is not None and known_days is None:
        known_days = _days_of(people)
        first_day = None
    else:
        first_day = known_days[0] if known_days else now if known_days is not None else None
    snapshot_days = list(_snapshot_days(now))
    _require_rates(snapshot_days)
    _refresh_closed(_Scope(people, known_days))
    _refresh_pipeline(snapshot_days, first_day, now)


def _days_of(people: list[int]) -> list[date]:
    """Days on which the people close deals, or did when the facts were computed last."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT closed_on FROM crm_opportunity WHERE owner_id = ANY(%(people)s) AND closed_on IS NOT NULL "
            "UNION SELECT day FROM crm_salesday WHERE person_id = ANY(%(people)s)",
            {"people": people},
        )
        return sorted(row[0] for row in cursor.fetchall())


def _require_rates(snapshot_days: list[date]) -> None:
    """Bookings need the rate of their day, open deals that of each day looked at."""
    params = {"currency": settings.COMPANY_CURRENCY, "days": snapshot_days}
    bookings = "SELECT currency, closed_on FROM crm_opportunity WHERE stage = 'won' AND currency <> %(currency)s"
    open_deals = (
        "SELECT known.currency, d.day FROM unnest(%(days)s::date[]) d (day) "
        "CROSS JOIN (SELECT currency FROM crm_product "
        "UNION SELECT currency FROM crm_opportunity WHERE currency <> %(currency)s) known"
    )
    require_rates(f"{bookings} UNION {open_deals}", params)


def _run(sql: str, params: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def _refresh_closed(scope: _Scope) -> None:
    """A person's rows for the people in the scope; a team's rows for all teams, whose members may have been anybody."""
    if scope.days == []:
        return
    in_months = ""
    if scope.days is not None:
        in_months = (
            "AND o.closed_on >= %(from)s AND o.closed_on < %(to)s "
            "AND date_trunc('month', o.closed_on)::date = ANY(%(months)s)"
        )
    on_days = "AND o.closed_on = ANY(%(days)s)" if scope.days is not None else ""
    of_people = "AND o.owner_id = ANY(%(people)s)" if scope.people is not None else ""
    for fact in FACTS:
        when = on_days if fact.moment == "day" else in_months
        _run(_delete(fact, scope, of_team=False), scope.params)
        _run(fact.of_people(f"{CLOSED} {when} {of_people}"), scope.params)
        _run(_delete(fact, scope, of_team=True), scope.params)
        _run(fact.of_teams(f"{CLOSED} {when}"), scope.params)


def _delete(fact: _Fact, scope: _Scope, *, of_team: bool) -> str:
    conditions = ["team_id IS NOT NULL" if of_team else "person_id IS NOT NULL"]
    if scope.days is not None:
        conditions.append(f"{fact.moment} = ANY(%({fact.moment}s)s::date[])")
    if scope.people is not None and not of_team:
        conditions.append("person_id = ANY(%(people)s)")
    return f"DELETE FROM {fact.table} WHERE {' AND '.join(conditions)}"


def _refresh_pipeline(known: list[date], first_day: date | None, now: date) -> None:
    """All subjects' pipelines on the known days from a day on (None: from the beginning)."""
    days = [day for day in known if first_day is None or day >= first_day or day == now]
    params = {"known": known, "days": days, "today": now, "currency": settings.COMPANY_CURRENCY}
    _run("DELETE FROM crm_pipelinesnapshot WHERE day = ANY(%(days)s) OR NOT day = ANY(%(known)s)", params)
    _run(SNAPSHOTS, params)
    _run(NOTHING_OPEN, params)


def _snapshot_days(now: date) -> Iterator[date]:
    """The last day of each past month since the first deal, and today."""
    first = Opportunity.objects.aggregate(first=Min("engaged_on"))["first"]
    month = add_months(first.replace(day=1), 1) if first else now
    while month <= now.replace(day=1):
        yield month - timedelta(days=1)
        month = add_months(month, 1)
    yield now
