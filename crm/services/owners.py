"""Who owns a key account where the CRM does not say: the agent with most open, else most won value there."""

from datetime import date

from django.conf import settings
from django.db import connection, transaction

from accounts.models import User
from core.audit import acting
from core.calendar import today
from core.rates import converted_sql

# What a deal is worth in the company's currency, as on pages; the facts refuse a deal whose rate is missing.
VALUE = converted_sql("amount", "currency", "coalesce(closed_on, %(today)s)")


@transaction.atomic
def assign_owners(*, since: date, by: User | None) -> int:
    """An owner from a day on for each account that never had one and has deals. Returns how many were assigned.

    Of equals the one with more won value, then the one who came first. Accounts that have or had an owner are left
    alone: after the first import HR and managers decide.
    """
    with acting(by, "key_account.owner_assigned"), connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO crm_keyaccountowner (key_account_id, person_id, during)
            SELECT DISTINCT ON (key_account_id) key_account_id, owner_id, daterange(%(since)s, NULL)
            FROM (
                SELECT key_account_id, owner_id,
                    coalesce(sum({VALUE}) FILTER (WHERE closed_on IS NULL), 0) AS open_value,
                    coalesce(sum({VALUE}) FILTER (WHERE stage = 'won'), 0) AS won_value
                FROM crm_opportunity WHERE key_account_id IS NOT NULL GROUP BY 1, 2
            ) value
            WHERE NOT EXISTS (SELECT 1 FROM crm_keyaccountowner o WHERE o.key_account_id = value.key_account_id)
            ORDER BY key_account_id, open_value DESC, won_value DESC, owner_id
            """,  # noqa: S608 (column names from our own code)
            {"since": since, "today": today(), "currency": settings.COMPANY_CURRENCY},
        )
        return int(cursor.rowcount)
