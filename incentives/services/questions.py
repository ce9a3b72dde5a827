"""A question about one line of a statement goes to those who can answer it."""

import hashlib
from uuid import UUID

from django.db import transaction

from accounts.access import Role
from accounts.doors import get_visible
from accounts.models import RoleGrant, User
from core import calendar, outbox
from core.errors import NotFound
from core.outbox import Message
from incentives.models import Statement, StatementLine

KIND = "incentives.line_question"


@transaction.atomic
def question_line(*, statement_uid: UUID, position: int, text: str, by: User) -> int:
    """Send the question to HR and to whoever prepared the run; how many people it reached.

    The same words about the same line are sent once. Raises NotFound for a statement or line that `by` may not see.
    """
    statement = get_visible(Statement, by, statement_uid)
    line = StatementLine.objects.filter(statement=statement, position=position).first()
    if line is None:
        raise NotFound
    digest = hashlib.sha256(text.encode()).hexdigest()[:16]
    payload = {
        "statement": str(statement.uid),
        "position": position,
        "asked_by": str(by),
        "person": statement.person.name,
        "period": statement.run.period,
        "amount": str(line.amount),
        "currency": statement.currency,
        "text": text,
    }
    readers = answering(statement) - {by.pk}
    outbox.put_all(
        Message(KIND, f"{KIND}:{statement.uid}:{position}:{by.pk}:{digest}:{reader}", reader, payload)
        for reader in sorted(readers)
    )
    return len(readers)


def answering(statement: Statement) -> set[int]:
    """Ids of the users who answer questions about a statement: HR, and whoever prepared its run."""
    in_force = RoleGrant.objects.in_force(calendar.today()).filter(role=Role.HR, user__is_active=True)
    people = set(in_force.values_list("user", flat=True))
    prepared_by = statement.run.prepared_by_id
    return people | ({prepared_by} if prepared_by else set())


def answering_names(statement: Statement) -> list[str]:
    """Who will read a question about a statement, by name. Two queries."""
    return list(User.objects.filter(pk__in=answering(statement)).order_by("name").values_list("name", flat=True))
