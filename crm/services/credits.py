"""Who gets credit for a booking: the owner of the won deal, for all of it, on the day it was won."""

from dataclasses import dataclass

from django.db import connection, transaction

WANTED = "SELECT o.id, o.owner_id, 1, o.amount, o.currency, o.closed_on FROM crm_opportunity o WHERE o.stage = 'won'"


@dataclass(frozen=True, slots=True)
class CreditChanges:
    """How many credits were given, changed and taken back."""

    created: int
    updated: int
    removed: int


@transaction.atomic
def keep_credits(*, changed_in: str | None = None) -> CreditChanges:
    """Bring credits in step with the won deals, in two statements. What is right already is not touched.

    changed_in  a table of an import, whose `external_id` names the deals to look at; None: all deals
    """
    only = f"AND o.external_id IN (SELECT external_id FROM {changed_in})" if changed_in else ""  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM crm_credit c USING crm_opportunity o WHERE o.id = c.opportunity_id "  # noqa: S608
            f"AND (o.stage <> 'won' OR o.owner_id <> c.person_id) {only}"
        )
        removed = int(cursor.rowcount)
        cursor.execute(
            f"""
            WITH wanted (opportunity_id, person_id, share, amount, currency, credited_on) AS ({WANTED} {only}),
            written AS (
                INSERT INTO crm_credit AS c (opportunity_id, person_id, share, amount, currency, credited_on)
                SELECT w.* FROM wanted w LEFT JOIN crm_credit k USING (opportunity_id, person_id)
                WHERE (k.share, k.amount, k.currency, k.credited_on)
                    IS DISTINCT FROM (w.share, w.amount, w.currency, w.credited_on)
                ON CONFLICT (opportunity_id, person_id) DO UPDATE SET share = excluded.share, amount = excluded.amount,
                    currency = excluded.currency, credited_on = excluded.credited_on
                RETURNING xmax = 0 AS is_new
            )
            SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM written
            """  # noqa: S608
        )
        created, updated = cursor.fetchone()
    return CreditChanges(created, updated, removed)
