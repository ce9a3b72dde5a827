"""Why a statement or a run has nothing in it: a checklist of facts, the first that is not met is the answer."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Max, Min
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import formats
from crm.models import Credit, Opportunity
from goals.models import Target
from incentives import messages
from incentives.models import PlanAssignment, PlanVersion, Run, Statement
from incentives.selectors.run_inputs import QUOTA_KPI


@dataclass(frozen=True, slots=True)
class Check:
    """One fact. `met` None: it is told, but it neither pays nor prevents pay."""

    code: str
    met: bool | None
    text: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def statement_checks(statement: Statement) -> list[Check]:
    """What pay needs, point by point, where a statement pays nothing; empty where it pays. At most eight queries."""
    if statement.total:
        return []
    if statement.error:
        return [Check("error", False, messages.error_text(statement.error))]
    return list(_statement_checks(statement))


def _statement_checks(statement: Statement) -> Iterator[Check]:
    yield _assignment(statement)
    if statement.version:
        if statement.target_pay is None:
            yield Check("target_pay", False, messages.note_text("no_target_pay", {}))
        yield _target(statement)
    yield _days(statement)
    yield from _credits(statement)
    notes = {note["code"]: note.get("values", {}) for note in statement.facts.get("notes", ())}
    told = ("no_assignment", "no_credits", "no_quota", "no_target_pay", "prorated")
    for code, values in notes.items():
        if code not in told and code in messages.NOTES:
            yield Check(code, None, messages.note_text(code, values, statement.currency))
    if statement.credited > 0 and statement.version:
        yield Check("below_first_tier", False, _below(statement))


def _assignment(statement: Statement) -> Check:
    if statement.version:
        values = {"plan": statement.version.plan.name, "number": statement.version.number}
        return Check("assignment", True, _("Paid by %(plan)s, version %(number)s.") % values)
    plans = PlanAssignment.objects.filter(person=statement.person_id).select_related("plan").order_by("during")
    run = statement.run
    later = next(((row, row.during.lower) for row in plans if row.during.lower and row.during.lower >= run.ends), None)
    if later is not None:
        values = {"plan": later[0].plan.name, "day": formats.day(later[1])}
        return Check("assignment", False, _("No plan pays in this period: %(plan)s begins on %(day)s.") % values)
    ended = [(row, row.during.upper) for row in plans if row.during.upper and row.during.upper <= run.starts]
    if ended:
        values = {"plan": ended[-1][0].plan.name, "day": formats.day(ended[-1][1])}
        return Check("assignment", False, _("No plan pays in this period: %(plan)s ended before %(day)s.") % values)
    return Check("assignment", False, _("No plan was ever assigned. HR puts a person on a plan."))


def _target(statement: Statement) -> Check:
    if statement.quota:
        text = _("The target is %(quota)s.") % {"quota": formats.money_full(statement.quota, statement.currency)}
        return Check("target", True, text)
    return Check("target", False, messages.note_text("no_quota", {}))


def _days(statement: Statement) -> Check:
    counted, of = statement.facts.get("eligible_days"), statement.facts.get("period_days")
    if counted == 0:
        return Check("days", False, _("No day of the period counts: the person was not employed or on no plan."))
    values = {"days": counted, "of": of}
    return Check("days", True, _("%(days)s of %(of)s days of the period count.") % values)


def _credits(statement: Statement) -> Iterator[Check]:
    run, person = statement.run, statement.person_id
    mine = Credit.objects.filter(person=person)
    found = mine.filter(credited_on__gte=run.starts, credited_on__lt=run.ends).aggregate(count=Count("pk"))["count"]
    if found:
        text = ngettext(
            "%(count)s deal is credited in the period, %(sum)s in all.",
            "%(count)s deals are credited in the period, %(sum)s in all.",
            found,
        )
        yield Check("credits", True, text % {"count": found, "sum": _sum(statement)})
    else:
        yield Check("credits", False, _("There is no credited deal in the period."))
        yield from _near(mine, run.starts, run.ends)
    yield from _deals(person, run.starts, run.ends)


def _sum(statement: Statement) -> str:
    return formats.money_full(statement.credited, statement.currency)


def _near(mine: Any, starts: date, ends: date) -> Iterator[Check]:
    """The nearest credited deals outside of the dates: a deal booked a day late is the usual reason."""
    before = mine.filter(credited_on__lt=starts).aggregate(day=Max("credited_on"))["day"]
    after = mine.filter(credited_on__gte=ends).aggregate(day=Min("credited_on"))["day"]
    if before:
        yield Check("credit_before", None, _("The last credit before it is of %(day)s.") % {"day": formats.day(before)})
    if after:
        yield Check("credit_after", None, _("The first credit after it is of %(day)s.") % {"day": formats.day(after)})
    if not before and not after:
        yield Check("credit_never", None, _("No deal was ever credited to this person."))


def _deals(person: int, starts: date, ends: date) -> Iterator[Check]:
    """Own deals of the period that bring no credit: won for somebody else, lost, or still open."""
    owned = Opportunity.objects.filter(owner=person)
    closed = owned.filter(closed_on__gte=starts, closed_on__lt=ends)
    elsewhere = closed.filter(stage=Opportunity.Stage.WON).exclude(credits__person=person).count()
    lost = closed.filter(stage=Opportunity.Stage.LOST).count()
    is_open = owned.open().count()
    if elsewhere:
        text = ngettext(
            "%(count)s won deal is credited to somebody else.",
            "%(count)s won deals are credited to somebody else.",
            elsewhere,
        )
        yield Check("credited_elsewhere", None, text % {"count": elsewhere})
    if lost:
        text = ngettext("%(count)s deal was lost in the period.", "%(count)s deals were lost in the period.", lost)
        yield Check("lost", None, text % {"count": lost})
    if is_open:
        text = ngettext("%(count)s deal is still open.", "%(count)s deals are still open.", is_open)
        yield Check("open", None, text % {"count": is_open})


def _below(statement: Statement) -> str:
    if statement.attainment is None:
        return _("What is credited earns nothing by the rules of the plan.")
    share = formats.percent(statement.attainment, 1)
    return _("At an attainment of %(share)s the plan pays nothing yet.") % {"share": share}


# A run


def run_checks(run: Run) -> list[Check]:
    """What a run needs to pay anybody, where it pays nothing; empty where it pays. At most eight queries."""
    if run.total or run.status == Run.Status.DRAFT:
        return []
    if run.kind == Run.Kind.CORRECTION:
        return [
            Check("corrections", False, _("No difference is left to pay: nothing changed, or it was paid already."))
        ]
    return [_people(run), _versions(run), _targets(run), *_run_credits(run), *_failures(run)]


def _people(run: Run) -> Check:
    rows = PlanAssignment.objects.filter(during__overlap=(run.starts, run.ends))
    count = (rows.filter(plan=run.plan_id) if run.plan_id else rows).values("person").distinct().count()
    if not count:
        return Check("assignments", False, _("Nobody is on a plan in the period."))
    text = ngettext(
        "%(count)s person is on a plan in the period.", "%(count)s people are on a plan in the period.", count
    )
    return Check("assignments", True, text % {"count": formats.number(count)})


def _versions(run: Run) -> Check:
    held = PlanVersion.objects.exclude(status=PlanVersion.Status.DRAFT).filter(starts__lt=run.ends)
    held = held.filter(plan=run.plan_id) if run.plan_id else held
    count = held.exclude(ends__lte=run.starts).values("plan").distinct().count()
    if not count:
        return Check("versions", False, _("No published plan version holds in the period."))
    text = ngettext("%(count)s plan has a published version.", "%(count)s plans have a published version.", count)
    return Check("versions", True, text % {"count": count})


def _targets(run: Run) -> Check:
    overlapping = Target.objects.filter(kpi__code=QUOTA_KPI, starts__lt=run.ends, ends__gt=run.starts)
    count = overlapping.count()
    if not count:
        return Check("targets", False, _("There are no bookings targets for the period."))
    text = ngettext(
        "%(count)s bookings target holds in the period.", "%(count)s bookings targets hold in the period.", count
    )
    return Check("targets", True, text % {"count": formats.number(count)})


def _run_credits(run: Run) -> Iterator[Check]:
    in_period = Credit.objects.filter(credited_on__gte=run.starts, credited_on__lt=run.ends)
    count = in_period.count()
    if count:
        text = ngettext("%(count)s credit lies in the period.", "%(count)s credits lie in the period.", count)
        yield Check("credits", True, text % {"count": formats.number(count)})
        return
    yield Check("credits", False, _("No credit lies in the period."))
    reach = Credit.objects.aggregate(first=Min("credited_on"), last=Max("credited_on"))
    if reach["first"]:
        values = {"first": formats.day(reach["first"]), "last": formats.day(reach["last"])}
        yield Check("credits_reach", None, _("Credits reach from %(first)s to %(last)s.") % values)
    else:
        yield Check("credits_reach", None, _("No deal has been imported yet."))


def _failures(run: Run) -> Iterator[Check]:
    if not run.failed:
        return
    text = ngettext(
        "%(count)s statement stopped with an error.", "%(count)s statements stopped with an error.", run.failed
    )
    yield Check("failed", False, text % {"count": formats.number(run.failed)})
    worst = run.statements.filter(error__isnull=False).order_by("pk").first()
    if worst is not None and worst.error:
        yield Check("failed_first", None, messages.error_text(worst.error))
