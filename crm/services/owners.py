"""Who owns a key account where the CRM does not say: the agent with most open, else most won value there."""

from datetime import date

from django.db import connection, transaction

from accounts.models import User
from core.audit import acting


@transaction.atomic
def assign_owners(*, since: date, by: User | None) -> int:
    """An owner from a day on for each account that never had one and has deals. Returns how many were assigned.

    Of equals the one with more won value, then the one who came first. Accounts that have or had an owner are left
    alone: after the first import HR and managers decide.
    """
    with acting(by, "key_account.owner_assigned"), connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO crm_keyaccountowner (key_account_id, person_id, during)
            SELECT DISTINCT ON (key_account_id) key_account_id, owner_id, daterange(%s, NULL)
            FROM (
                SELECT key_account_id, owner_id,
                    coalesce(sum(amount) FILTER (WHERE closed_on IS NULL), 0) AS open_value,
                    coalesce(sum(amount) FILTER (WHERE stage = 'won'), 0) AS won_value
                FROM crm_opportunity WHERE key_account_id IS NOT NULL GROUP BY 1, 2
            ) value
            WHERE NOT EXISTS (SELECT 1 FROM crm_keyaccountowner o WHERE o.key_account_id = value.key_account_id)
            ORDER BY key_account_id, open_value DESC, won_value DESC, owner_id
            """,
            [since],
        )
        return int(cursor.rowcount)
