"""Questions about pay as lists and counts."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from accounts.models import User
from core.calendar import today
from core.errors import UnknownFilter
from incentives.models import Dispute, Statement

CLOSED = [Dispute.State.ACCEPTED, Dispute.State.REJECTED, Dispute.State.WITHDRAWN]


def conditions() -> dict[str, Q]:
    """What `?state=` may be."""
    is_open = Q(state=Dispute.State.OPEN)
    return {"open": is_open, "overdue": is_open & Q(due_on__lt=today()), "closed": Q(state__in=CLOSED), "all": Q()}


def dispute_rows(*, viewer: User, state: str = "open", mine: bool = False) -> QuerySet[Dispute]:
    """The questions that the viewer may see; `mine`: those that the viewer answers. Raises UnknownFilter."""
    known = conditions()
    if state not in known:
        raise UnknownFilter(name="state", given=state[:20], allowed=", ".join(known))
    rows = Dispute.objects.visible_to(viewer).filter(known[state])
    rows = rows.filter(owner=viewer) if mine else rows
    return rows.select_related("statement__run", "statement__person", "asked_by", "owner", "correction")


@dataclass(frozen=True, slots=True)
class DisputeCounts:
    open: int
    overdue: int
    closed: int
    all: int
    mine: int


def dispute_counts(*, viewer: User) -> DisputeCounts:
    """How many of each the viewer sees, and how many open ones the viewer answers. One query."""
    counted = {name: Count("pk", filter=condition or None) for name, condition in conditions().items() if name != "all"}
    found = Dispute.objects.visible_to(viewer).aggregate(
        whole=Count("pk"), mine=Count("pk", filter=Q(state=Dispute.State.OPEN, owner=viewer)), **counted
    )
    return DisputeCounts(found["open"], found["overdue"], found["closed"], found["whole"], found["mine"])


def disputes_of(*, viewer: User, statement: Statement) -> list[Dispute]:
    """The questions about one statement, open ones first. One query."""
    rows = Dispute.objects.visible_to(viewer).filter(statement=statement)
    return list(rows.select_related("owner").order_by("answered_at", "-pk"))
