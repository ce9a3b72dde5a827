"""Questions about pay: asked with the first answer at hand, answered by a day by somebody else, linked to what came
of it."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from accounts.access import Role
from accounts.doors import get_visible
from accounts.models import RoleGrant, User
from core import calendar, formats, outbox
from core.audit import acting
from core.errors import NotFound
from core.outbox import Message
from incentives.errors import AskerDoesNotAnswer, DisputeIsClosed, NobodyAnswers, NoDifferenceFound
from incentives.models import Correction, Dispute, Statement, StatementLine
from incentives.selectors.first_answers import FirstAnswer, answer_about_line, answer_about_missing
from incentives.services.corrections import find_corrections

KIND = "incentives.line_question"
ANSWERED = "incentives.dispute_answered"
REMINDER = "incentives.dispute_due"

WORKING_DAYS_TO_ANSWER = 5
SATURDAY = 5


@transaction.atomic
def ask(
    *,
    statement_uid: UUID,
    text: str,
    by: User,
    position: int | None = None,
    deal: str = "",
    evidence: "UploadedFile[Any] | None" = None,
) -> Dispute:
    """Question a line (`position`), or a deal that is missing (`deal`). Tells HR and whoever prepared the run.

    The same words about the same thing are one question while it is open. Raises NotFound for a statement or line
    that `by` may not see, NobodyAnswers.
    """
    statement = get_visible(Statement, by, statement_uid)
    line = None
    if position is not None:
        line = StatementLine.objects.filter(statement=statement, position=position).first()
        if line is None:
            raise NotFound
    same = Dispute.objects.open().filter(statement=statement, position=position, deal=deal, asked_by=by, text=text)
    if (known := same.first()) is not None:
        return known
    readers = sorted(answering(statement) - {by.pk})
    first = first_answer(statement=statement, position=position, deal=deal, viewer=by)
    with acting(by, "dispute.asked"):
        dispute = Dispute(
            statement=statement,
            position=position,
            deal=deal,
            text=text,
            facts=first.as_json(),
            asked_by=by,
            owner_id=_owner(statement, readers),
            due_on=working_day_after(calendar.today(), WORKING_DAYS_TO_ANSWER),
        )
        if evidence is not None:
            dispute.evidence_name = (evidence.name or "evidence")[-120:]
            dispute.evidence.save(evidence.name or "evidence", evidence, save=False)
        dispute.save()
    outbox.put_all(
        Message(KIND, f"{KIND}:{dispute.uid}:{reader}", reader, _asked(dispute, line, by)) for reader in readers
    )
    return dispute


def first_answer(*, statement: Statement, viewer: User, position: int | None, deal: str) -> FirstAnswer:
    """What the portal says by itself. Raises NotFound."""
    if position is not None:
        return answer_about_line(viewer=viewer, statement=statement, position=position)
    return answer_about_missing(viewer=viewer, statement=statement, deal=deal)


def _asked(dispute: Dispute, line: StatementLine | None, by: User) -> dict[str, object]:
    statement = dispute.statement
    return {
        "dispute": str(dispute.uid),
        "asked_by": str(by),
        "person": statement.person.name,
        "period": statement.run.period,
        "amount": str(line.amount) if line else "",
        "deal": dispute.deal,
        "currency": statement.currency,
        "text": dispute.text,
    }


def working_day_after(day: date, count: int) -> date:
    """So many working days (Monday to Friday) after a day."""
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < SATURDAY
    return day


def answering(statement: Statement) -> set[int]:
    """Ids of the users who answer questions about a statement: HR, and whoever prepared its run."""
    people = _hr()
    prepared_by = statement.run.prepared_by_id
    return people | ({prepared_by} if prepared_by else set())


def _hr() -> set[int]:
    in_force = RoleGrant.objects.in_force(calendar.today()).filter(role=Role.HR, user__is_active=True)
    return set(in_force.values_list("user", flat=True))


def answering_names(statement: Statement) -> list[str]:
    """Who will read a question about a statement, by name. Two queries."""
    return list(User.objects.filter(pk__in=answering(statement)).order_by("name").values_list("name", flat=True))


def _owner(statement: Statement, readers: list[int]) -> int:
    """Whoever prepared the run where that is HR, else who has the fewest open questions."""
    able = _hr() & set(readers)
    if not able:
        raise NobodyAnswers
    if statement.run.prepared_by_id in able:
        return int(statement.run.prepared_by_id or 0)
    open_ones = Dispute.objects.open().filter(owner__in=able).values_list("owner").annotate(count=Count("pk"))
    busy = dict(open_ones.order_by())
    return min(able, key=lambda user: (busy.get(user, 0), user))


@transaction.atomic
def answer_dispute(*, dispute_uid: UUID, accepted: bool, text: str, by: User) -> Dispute:
    """Answer a question. Accepted: what is due now is compared with what was paid, and the difference is linked.

    Raises NotFound, DisputeIsClosed, AskerDoesNotAnswer, NoDifferenceFound.
    """
    dispute = get_visible(Dispute, by, dispute_uid, lock=True)
    _refuse_closed(dispute)
    if dispute.asked_by_id == by.pk:
        raise AskerDoesNotAnswer
    dispute.correction = _correction(dispute) if accepted else None
    dispute.state = Dispute.State.ACCEPTED if accepted else Dispute.State.REJECTED
    dispute.answer, dispute.answered_by, dispute.answered_at = text.strip(), by, timezone.now()
    with acting(by, f"dispute.{dispute.state}"):
        dispute.save(update_fields=["state", "answer", "answered_by", "answered_at", "correction"])
    outbox.put(Message(ANSWERED, f"{ANSWERED}:{dispute.uid}", dispute.asked_by_id, _answered(dispute)))
    return dispute


def _answered(dispute: Dispute) -> dict[str, object]:
    return {
        "dispute": str(dispute.uid),
        "state": dispute.state,
        "period": dispute.statement.run.period,
        "text": dispute.answer,
    }


def _correction(dispute: Dispute) -> Correction | None:
    """The open difference of the statement, looked for now; before the approval a run is calculated anew instead."""
    statement = dispute.statement
    if not statement.run.is_fixed:
        return None
    find_corrections(run_id=statement.run_id, people={statement.person_id})
    found = Correction.objects.filter(of=statement.run_id, person=statement.person_id, problem__isnull=True)
    correction = found.order_by("settled", "-pk").first()
    if correction is None:
        raise NoDifferenceFound(period=formats.period_label(statement.run.period))
    return correction


@transaction.atomic
def withdraw_dispute(*, dispute_uid: UUID, by: User) -> Dispute:
    """Who asked takes the question back. Raises NotFound, DisputeIsClosed."""
    dispute = get_visible(Dispute, by, dispute_uid, lock=True)
    if dispute.asked_by_id != by.pk:
        raise NotFound
    _refuse_closed(dispute)
    dispute.state = Dispute.State.WITHDRAWN
    with acting(by, "dispute.withdrawn"):
        dispute.save(update_fields=["state"])
    return dispute


def _refuse_closed(dispute: Dispute) -> None:
    if dispute.state != Dispute.State.OPEN:
        raise DisputeIsClosed(state=dispute.get_state_display())


@transaction.atomic
def remind_of_disputes(*, on: date) -> None:
    """Tell owners on the day before, on the day, and on each working day after it; each is told once a day."""
    if on.weekday() < SATURDAY:
        outbox.put_all(_reminders(on))


def _reminders(on: date) -> Iterator[Message]:
    soon = Q(due_on__lte=working_day_after(on, 1))
    for dispute in Dispute.objects.open().filter(soon).select_related("statement__run", "statement__person"):
        payload = {
            "dispute": str(dispute.uid),
            "person": dispute.statement.person.name,
            "period": dispute.statement.run.period,
            "due": dispute.due_on.isoformat(),
            "late": dispute.due_on < on,
        }
        yield Message(REMINDER, f"{REMINDER}:{dispute.uid}:{on}", dispute.owner_id, payload)
