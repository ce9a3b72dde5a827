"""'Ask about this': a question about a result goes to who leads the subject, as a notice in the portal and by mail."""

import hashlib
from uuid import UUID

from django.db import transaction

from accounts.doors import get_visible
from accounts.models import Leadership, Membership, Person, Team, User
from core import outbox
from core.calendar import today
from goals.errors import NobodyToAsk
from goals.models import KpiResult
from goals.selectors import subject_href

KIND = "kpi_question"


@transaction.atomic
def ask_about(*, result_uid: UUID, question: str, by: User) -> Person:
    """Send the question to the nearest leader above the subject who is not the asker. Returns who was asked.

    The same question about the same result is sent once, however often it is posted. Raises NotFound, NobodyToAsk.
    """
    result = get_visible(KpiResult, by, result_uid)
    asked = who_answers(result.subject, by)
    if asked is None:
        raise NobodyToAsk(subject=result.subject.name)
    digest = hashlib.sha256(question.encode()).hexdigest()[:16]
    payload = {
        "asker": by.name,
        "question": question,
        "kpi": {"en": result.kpi.name_en, "zh": result.kpi.name_zh, "unit": result.kpi.unit},
        "value": None if result.actual is None else str(result.actual),
        "subject": result.subject.name,
        "period": result.period,
        "path": subject_href(result),
    }
    outbox.put(outbox.Message(KIND, f"kpi-question:{result.uid}:{by.pk}:{digest}", asked.user_id, payload))
    return asked


def who_answers(subject: Person | Team, by: User) -> Person | None:
    """Who leads the subject's team, else the next team above, today; never the asker. Two or three queries."""
    on = today()
    team: Team | None
    if isinstance(subject, Person):
        member = Membership.objects.filter(person=subject, during__contains=on).select_related("team").first()
        team = member.team if member else None
    else:
        team = subject
    if team is None:
        return None
    leads = Leadership.objects.filter(team__in=team.ancestor_ids, during__contains=on)
    nearest = leads.exclude(person__user=by).select_related("person").order_by("-team__path").first()
    return nearest.person if nearest else None
