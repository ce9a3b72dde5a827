"""What an administrator wants to know each morning: does it live, did the night's work run, what is stuck."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet

from accounts.models import ApiToken, Leadership, Membership, Person, RoleGrant
from accounts.selectors import AuditFilter, audit_rows, schedule_rows
from accounts.selectors.audit import AuditRow
from accounts.selectors.schedules import ScheduleRow
from core.health import Sign, last_signs, state_of_parts
from core.mailing import MOST_ATTEMPTS
from core.models import ImportBatch, ImportRejection, Job, OutboxMessage
from core.periods import Period
from goals.models import Computation

IMPORTS_SHOWN = 3
JOBS_SHOWN = 6
CHANGES_SHOWN = 6
CHANGES_READ = 50
MAILS_SHOWN = 3
NAMED = 4
FAILED_WITHIN = timedelta(days=7)
TOKEN_ENDS_WITHIN = timedelta(days=14)
NIGHTLY = timedelta(hours=26)  # a day, and the night's work may take two hours
NIGHT_TASK = "goals.compute_all"


@dataclass(frozen=True, slots=True)
class Imported:
    batch: ImportBatch
    rejected: int


@dataclass(frozen=True, slots=True)
class Outbox:
    """`waiting` to be mailed, of them `failing` ones that are tried again; `given_up`: no more tries."""

    waiting: int
    failing: int
    given_up: int
    examples: Sequence[OutboxMessage]


@dataclass(frozen=True, slots=True)
class Counted:
    """How many there are, and the first few."""

    count: int
    first: Sequence[Person]


@dataclass(frozen=True, slots=True)
class Ending:
    """Tokens that end within two weeks: how many, and the next one."""

    count: int
    next: ApiToken | None


@dataclass(frozen=True, slots=True)
class AdministratorToday:
    """`parts`: each part of the installation with "ok" or what is wrong; `computed_at`: this period's results."""

    parts: Mapping[str, str]
    worker: Sign
    beat: Sign
    computed_at: datetime | None
    computed_late: bool
    night: ScheduleRow | None
    schedules: Sequence[ScheduleRow]
    imports: Sequence[Imported]
    jobs: Sequence[Job]
    jobs_failed: int
    outbox: Outbox
    unplaced: Counted
    without_login: Counted
    tokens: Ending
    changes: Sequence[AuditRow]


def administrator_today(*, period: Period, today: date, now: datetime) -> AdministratorToday:
    """A fixed number of queries, each by index or cut short."""
    worker, beat = last_signs()
    computed = Computation.objects.filter(period=period.code).aggregate(at=Max("computed_at"))["at"]
    schedules = schedule_rows()
    finals = Job.objects.select_related("requested_by").order_by("-pk")
    return AdministratorToday(
        parts=state_of_parts(),
        worker=worker,
        beat=beat,
        computed_at=computed,
        computed_late=computed is None or now - computed > NIGHTLY,
        night=next((row for row in schedules if row.name == NIGHT_TASK), None),
        schedules=[row for row in schedules if not row.fixed],
        imports=latest_imports(IMPORTS_SHOWN),
        jobs=list(finals[:JOBS_SHOWN]),
        jobs_failed=finals.filter(state=Job.State.FAILED, created_at__gte=now - FAILED_WITHIN).count(),
        outbox=_outbox(),
        unplaced=_counted(_unplaced(today)),
        without_login=_counted(_without_login(today)),
        tokens=_ending(now),
        changes=_changes_by_people(),
    )


def _changes_by_people() -> list[AuditRow]:
    """The latest changes that somebody made; what the portal does by itself each night would hide them."""
    return [row for row in audit_rows(chosen=AuditFilter(), size=CHANGES_READ).rows if row.who][:CHANGES_SHOWN]


def latest_imports(most: int) -> list[Imported]:
    """The newest real imports with how many of their rows are in quarantine. Two queries."""
    batches = list(ImportBatch.objects.filter(dry_run=False).order_by("-pk")[:most])
    counts = dict(
        ImportRejection.objects.filter(batch__in=batches).values_list("batch").annotate(rows=Count("pk")).order_by()
    )
    return [Imported(batch, counts.get(batch.pk, 0)) for batch in batches]


def _outbox() -> Outbox:
    waiting = OutboxMessage.objects.filter(mailed_at=None)
    counts = waiting.aggregate(
        waiting=Count("pk", filter=Q(mail_attempts__lt=MOST_ATTEMPTS)),
        failing=Count("pk", filter=Q(mail_attempts__range=(1, MOST_ATTEMPTS - 1))),
        given_up=Count("pk", filter=Q(mail_attempts__gte=MOST_ATTEMPTS)),
    )
    failed = waiting.filter(mail_attempts__gt=0).select_related("user").order_by("-next_attempt_at")
    return Outbox(**counts, examples=list(failed[:MAILS_SHOWN]) if counts["failing"] or counts["given_up"] else [])


def _working(today: date) -> "QuerySet[Person]":
    return Person.objects.filter(Q(left_on=None) | Q(left_on__gt=today))


def _unplaced(today: date) -> "QuerySet[Person]":
    """Who works here, but is in no team, leads none and has no role of the company."""
    member = Membership.objects.filter(person=OuterRef("pk"), during__contains=today)
    leader = Leadership.objects.filter(person=OuterRef("pk"), during__contains=today)
    role = RoleGrant.objects.filter(user=OuterRef("user"), during__contains=today)
    return _working(today).filter(~Exists(member), ~Exists(leader), ~Exists(role))


def _without_login(today: date) -> "QuerySet[Person]":
    """Who works here, but has no password yet or a login that is closed."""
    closed = Q(user__is_active=False) | Q(user__password__startswith=UNUSABLE_PASSWORD_PREFIX) | Q(user__password="")
    return _working(today).filter(closed)


def _counted(people: "QuerySet[Person]") -> Counted:
    return Counted(people.count(), list(people.order_by("name")[:NAMED]))


def _ending(now: datetime) -> Ending:
    soon = ApiToken.objects.filter(revoked_at=None, expires_at__gt=now, expires_at__lte=now + TOKEN_ENDS_WITHIN)
    found = soon.aggregate(count=Count("pk"), first=Min("expires_at"))
    first = soon.select_related("user").order_by("expires_at", "pk").first() if found["count"] else None
    return Ending(found["count"], first)
