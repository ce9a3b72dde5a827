"""Deals that were paid and are won no more, for plans that take back what was paid on them (clawback).

A reversal belongs to the first run that ends after it and that pays the person by such a plan; once it stands on an
approved statement it is done. Corrections leave these deals alone, so that nothing is taken back twice.
"""

from collections.abc import Collection, Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db import connection

from incentives.models import Run
from incentives.rules.exact import rounded
from incentives.rules.spans import months_served

# What only moves money between statements; the rest is what was earned.
BETWEEN_STATEMENTS = ("draw", "repay", "holdback", "release", "carried", "carry", "clawback", "adjustment")

# Of each reversed deal what its own lines paid, and what all lines of that statement with and without a deal paid. A
# deal that is the person's again in the same period is no reversal: its credit has changed. An open run (`own` is null)
# has what no approved one has taken back, an approved one just what it has taken back itself.
REVERSED = """
SELECT gone.person_id, gone.credit_id, gone.credited_on, gone.reversed_on, paid.on_deal, paid.on_deals, paid.earned
FROM crm_reversedcredit gone
JOIN incentives_run run ON run.kind = 'final' AND run.status = ANY(%(fixed)s)
    AND run.starts <= gone.credited_on AND gone.credited_on < run.ends AND run.currency = %(currency)s
JOIN incentives_statement statement ON statement.run_id = run.id AND statement.person_id = gone.person_id
CROSS JOIN LATERAL (
    SELECT sum(amount) FILTER (WHERE credit_id = gone.credit_id AND component IS NOT NULL) AS on_deal,
        sum(amount) FILTER (WHERE credit_id IS NOT NULL AND component IS NOT NULL) AS on_deals,
        sum(amount) FILTER (WHERE kind <> ALL(%(between)s)) AS earned
    FROM incentives_statementline WHERE statement_id = statement.id
) paid
WHERE gone.person_id = ANY(%(people)s) AND gone.is_lost AND gone.reversed_on < %(ends)s
    AND run.starts < %(starts)s AND paid.on_deal > 0
    AND NOT EXISTS (
        SELECT FROM crm_credit again WHERE again.opportunity_id = gone.opportunity_id
            AND again.person_id = gone.person_id AND again.credited_on >= run.starts AND again.credited_on < run.ends
    )
    AND (%(own)s::bigint IS NOT NULL) = EXISTS (
        SELECT FROM incentives_statement taken
        JOIN incentives_run closed ON closed.id = taken.run_id AND closed.status = ANY(%(fixed)s)
        JOIN incentives_statementline line ON line.statement_id = taken.id AND line.kind = 'clawback'
        WHERE taken.person_id = gone.person_id AND line.credit_id = gone.credit_id
            AND taken.run_id = coalesce(%(own)s, taken.run_id)
    )
ORDER BY gone.person_id, gone.reversed_on, gone.credit_id
"""


def paid_reversals(run: Run, people: Collection[int]) -> dict[int, list[dict[str, Any]]]:
    """What is to be taken back of these people, by person id, as `facts.schema.json` has reversals. One query."""
    if not people:
        return {}
    found: dict[int, list[dict[str, Any]]] = {}
    values: dict[str, Any] = {"people": list(people), "starts": run.starts, "ends": run.ends, "currency": run.currency}
    values |= {"own": run.pk if run.is_fixed else None}
    values |= {"fixed": [str(status) for status in Run.FIXED], "between": list(BETWEEN_STATEMENTS)}
    with connection.cursor() as cursor:
        cursor.execute(REVERSED, values)
        for person, credit, credited_on, reversed_on, on_deal, on_deals, earned in cursor.fetchall():
            found.setdefault(person, []).append(
                {
                    "credit": credit,
                    "on": str(reversed_on),
                    "days": (reversed_on - credited_on).days,
                    "served_months": str(months_served(credited_on, reversed_on)),
                    "paid": [str(_paid(on_deal, on_deals, earned))],
                }
            )
    return found


def _paid(on_deal: Decimal, on_deals: Decimal, earned: Decimal) -> Decimal:
    """What the deal was really paid with: a gate or cap that cut all deals has cut this one by the same share."""
    if not on_deals or earned >= on_deals:
        return on_deal
    return rounded(Fraction(on_deal) * Fraction(max(earned, Decimal(0))) / Fraction(on_deals), 2)


# For corrections

STILL_COUNTED = """
SELECT gone.person_id, gone.credited_on, gone.credit_id, gone.amount, gone.currency
FROM crm_reversedcredit gone
WHERE gone.credit_id = ANY(%(credits)s) AND gone.is_lost AND NOT EXISTS (
    SELECT FROM crm_credit again WHERE again.opportunity_id = gone.opportunity_id
        AND again.person_id = gone.person_id AND again.credited_on >= %(starts)s AND again.credited_on < %(ends)s
)
ORDER BY 1, 2, 3
"""


def still_counted(run: Run, paid_credits: Iterable[int]) -> dict[int, list[tuple[date, int, Decimal, str]]]:
    """Those of some paid credits that were lost since, by person id: day, id, amount, currency. One query.

    A plan with a clawback goes on counting them in the period in which it paid them.
    """
    wanted = list(paid_credits)
    if not wanted:
        return {}
    found: dict[int, list[tuple[date, int, Decimal, str]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(STILL_COUNTED, {"credits": wanted, "starts": run.starts, "ends": run.ends})
        for person, on, credit, amount, currency in cursor.fetchall():
            found.setdefault(person, []).append((on, credit, amount, currency))
    return found
