"""What an approved run would pay by what is known now, against what was paid: the differences with their reasons."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet, Sum

from accounts.models import User
from core import rates
from crm.models import Credit, ReversedCredit
from incentives.models import Correction, PlanVersion, Run, RunChunk, Statement, StatementLine
from incentives.rules.engine import Line
from incentives.rules.exact import ZERO
from incentives.selectors.evaluation import Evaluated, Evaluator
from incentives.selectors.reversals import still_counted
from incentives.selectors.run_inputs import Payee, PersonCredits, credits_by_person, payees, spans

PEOPLE_AT_ONCE = 500
REASONS_KEPT = 20

# Inputs of which a change is told with both values; anything else that changed is told by its name.
TOLD = ("quota", "target_pay", "team_credits", "eligible_days")
SILENT = frozenset({"person", "team", "problem", "currency", "period_days", "version", *TOLD})


@dataclass(frozen=True, slots=True)
class TakenCorrection:
    """A correction as a chunk keeps it: money as text, `statement` the corrected one's id (None: there was none)."""

    id: int
    period: str
    statement: int | None
    paid: str
    due: str

    @property
    def amount(self) -> Decimal:
        return Decimal(self.due) - Decimal(self.paid)

    @property
    def line(self) -> Line:
        """What is due, what was paid, and the difference, which is paid now."""
        return Line(None, "adjustment", None, None, Decimal(self.due), Decimal(self.paid), self.amount)

    def as_json(self) -> dict[str, Any]:
        """What goes into a digest; the row's own id says nothing about the world."""
        return {"period": self.period, "statement": self.statement, "paid": self.paid, "due": self.due}


def taken_corrections(run: Run) -> dict[int, list[TakenCorrection]]:
    """What the run takes in, by person id, the oldest period first. One query."""
    found: dict[int, list[TakenCorrection]] = {}
    for row in run.corrections.filter(problem__isnull=True).order_by("person", "starts"):
        taken = TakenCorrection(row.pk, row.period, row.corrects_id, str(row.paid), str(row.due))
        found.setdefault(row.person_id, []).append(taken)
    return found


def teams_of_corrected(run: Run) -> dict[int, int | None]:
    """The team of each person whom the run corrects, as the latest corrected statement has it. One query."""
    rows = run.corrections.order_by("starts").values_list("person", "corrects__team")
    return dict(rows)


# Changes with every rate that a credit of the run may be converted by; the order of rows does not matter.
RATES = """
SELECT count(*), sum(hash_record_extended((base, "on", rate), 0)) FROM core_exchangerate
WHERE quote = %(currency)s AND "on" > %(starts)s::date - %(stale)s AND "on" < %(ends)s
"""


def rates_print(run: Run) -> str:
    """What the exchange rates of the run's days add up to, only good for comparing. One query."""
    with connection.cursor() as cursor:
        cursor.execute(RATES, spans(run) | {"currency": run.currency, "stale": rates.STALE_AFTER.days})
        count, total = cursor.fetchone()
    return f"{count}:{total}"


# What is due


@dataclass(frozen=True, slots=True)
class Finding:
    """One person's difference. `inputs`: what `due` was computed from; `problem`: why it could not be."""

    person: int
    statement: int | None
    paid: Decimal
    due: Decimal
    reasons: Sequence[Mapping[str, Any]]
    inputs: Mapping[str, Any]
    problem: Mapping[str, Any] | None

    @property
    def amount(self) -> Decimal:
        return self.due - self.paid

    @property
    def differs(self) -> bool:
        return bool(self.amount) or self.problem is not None


@dataclass(slots=True)
class Inputs:
    """What one person's pay was computed from. `credits`: amount and day by credit id, as the lines have them."""

    payee: dict[str, Any] = field(default_factory=dict)
    credits: dict[str, list[str]] = field(default_factory=dict)
    credited: str = "0"
    problem: Any = None

    def as_json(self) -> dict[str, Any]:
        return {"payee": self.payee, "credits": self.credits, "credited": self.credited, "problem": self.problem}


def findings(run: Run, people: Collection[int] | None = None) -> list[Finding]:
    """What an approved final run would pay these people (None: all) now, each beside what was paid.

    Everybody who was in the run or would be in it now, but not who is in another final run of the period.
    """
    now = {payee.person: payee for payee in payees(run)}
    statements = {row.person_id: row for row in run.statements.all()}
    wanted = sorted((now.keys() | statements.keys()) - _elsewhere(run))
    if people is not None:
        wanted = [person for person in wanted if person in people]
    paid = paid_by_person(run.period, wanted)
    found = []
    for at in range(0, len(wanted), PEOPLE_AT_ONCE):
        group = wanted[at : at + PEOPLE_AT_ONCE]
        before = _inputs_before(run, [statements[person] for person in group if person in statements])
        for person, after, due in _due(run, [now[person] for person in group if person in now], group, before):
            statement = statements.get(person)
            reasons = _reasons(before.get(person, Inputs()), after)
            found.append(
                Finding(
                    person=person,
                    statement=statement.pk if statement else None,
                    paid=paid.get(person, ZERO),
                    due=paid.get(person, ZERO) if after.problem else due,
                    reasons=reasons,
                    inputs=after.as_json(),
                    problem=after.problem,
                )
            )
    differing = [finding for finding in found if finding.differs]
    _name_deals(differing)
    return differing


def _elsewhere(run: Run) -> set[int]:
    """People whom another final run of the period has a statement for."""
    others = Statement.objects.filter(run__period=run.period, run__kind=Run.Kind.FINAL).exclude(run=run)
    return set(others.values_list("person", flat=True))


def paid_by_person(period: str, people: Collection[int]) -> dict[int, Decimal]:
    """What approved runs have paid for a period, corrections included, by person id. Two queries."""
    found: dict[int, Decimal] = {}
    earned = Statement.objects.filter(run__period=period, run__kind=Run.Kind.FINAL, run__status__in=Run.FIXED)
    settled = Correction.objects.filter(period=period, settled=True, person__in=people)
    for person, total, adjusted in earned.filter(person__in=people).values_list("person", "total", "adjusted"):
        found[person] = found.get(person, ZERO) + total - adjusted
    for person, amount in settled.values_list("person").annotate(paid=Sum("amount")).order_by("person"):
        found[person] = found.get(person, ZERO) + amount
    return found


def _due(
    run: Run, group: Sequence[Payee], people: Sequence[int], before: Mapping[int, Inputs]
) -> Iterator[tuple[int, Inputs, Decimal]]:
    """Inputs and pay of now; who is not in the run any more is due nothing."""
    evaluator = Evaluator({payee.version for payee in group})
    credited = {row.person: row for row in credits_by_person(run, people[0], people[-1])} if people else {}
    by_person = {payee.person: payee for payee in group}
    _count_what_is_taken_back(
        run, [payee for payee in group if evaluator.takes_back(payee)], before, by_person, credited
    )
    for person in people:
        payee = by_person.get(person)
        if payee is None:
            yield person, Inputs(), ZERO
            continue
        outcome = evaluator.of(payee, credited.get(person))
        yield person, _inputs(payee, outcome), outcome.outcome.total


def _count_what_is_taken_back(
    run: Run,
    group: Sequence[Payee],
    before: Mapping[int, Inputs],
    payees_now: dict[int, Payee],
    credited: dict[int, PersonCredits],
) -> None:
    """Put back the deals that a clawback in a later run takes back, with what the plan knew of them."""
    paid = {payee.person: before[payee.person] for payee in group if payee.person in before}
    lost = still_counted(run, [int(credit) for inputs in paid.values() for credit in inputs.credits])
    for person, rows in lost.items():
        if person not in paid:
            continue
        credited[person] = credited.get(person, PersonCredits.none(person)).with_rows(rows)
        known = paid[person].payee.get("more", {}).get("deals", {})
        kept = {str(credit): known[str(credit)] for _on, credit, *_money in rows if str(credit) in known}
        if kept:
            more = payees_now[person].more
            deals = kept | more.get("deals", {})
            payees_now[person] = replace(payees_now[person], more={**more, "deals": deals})


def _inputs(payee: Payee, found: Evaluated) -> Inputs:
    by_credit: dict[str, list[str]] = {}
    for line in found.outcome.lines:
        if line.kind == "credit" and line.credit_id is not None:
            by_credit.setdefault(str(line.credit_id), [_number(line.base), str(line.on)])
    return Inputs(payee.as_json(), by_credit, _number(found.outcome.credited), found.problem)


def _inputs_before(run: Run, statements: Sequence[Statement]) -> dict[int, Inputs]:
    """What was paid by: the run's frozen inputs and lines, or those of the last correction. Three queries."""
    if not statements:
        return {}
    people = {row.person_id for row in statements}
    chunks = RunChunk.objects.filter(run=run, first__lte=max(people), last__gte=min(people))
    frozen = {row["person"]: row for chunk in chunks for row in chunk.frozen if row["person"] in people}
    found = {
        row.person_id: Inputs(frozen.get(row.person_id, {}), {}, _number(row.credited), row.error) for row in statements
    }
    by_statement = {row.pk: row.person_id for row in statements}
    lines = StatementLine.objects.filter(statement__in=by_statement, kind="credit", credit__isnull=False)
    for statement, credit, base, on in lines.order_by("statement", "position").values_list(
        "statement", "credit", "base", "on"
    ):
        found[by_statement[statement]].credits.setdefault(str(credit), [_number(base), str(on)])
    settled = Correction.objects.filter(period=run.period, settled=True, person__in=people).order_by("pk")
    found |= {row.person_id: Inputs(**row.inputs) for row in settled}
    return found


def _number(amount: Decimal) -> str:
    """The shortest text of a number, so that 500 and 500.0000000000 are the same."""
    return f"{amount.normalize():f}"


# Why


def _reasons(before: Inputs, after: Inputs) -> list[dict[str, Any]]:
    """What changed between two sets of inputs, as codes and values; the most telling first."""
    if before.problem != after.problem:
        return [_reason("problem_solved" if before.problem else "problem_new")]
    if before.payee and not after.payee:
        return [_reason("not_in_the_run_any_more")]
    if after.payee and not before.payee:
        return [_reason("not_in_the_run_before")]
    found: list[dict[str, Any]] = []
    if before.payee.get("version") == after.payee.get("version"):
        found = _credit_reasons(before.credits, after.credits)
    else:  # other rules read other credits
        found.append(_reason("version", was=before.payee.get("version"), now=after.payee.get("version")))
    if before.credited != after.credited and not any(reason["code"].startswith("credit_") for reason in found):
        found.append(_reason("credited", was=before.credited, now=after.credited))
    for name in TOLD:
        was, now = before.payee.get(name), after.payee.get(name)
        if was != now:
            found.append(_reason(name, was=was, now=now))
    others = {name for name in before.payee.keys() | after.payee.keys() if name not in SILENT | {"corrections"}}
    found += [
        _reason("input", name=name)
        for name in sorted(others)
        if name in before.payee and before.payee[name] != after.payee.get(name)
    ]
    return found[:REASONS_KEPT] or [_reason("rule")]


def _reason(code: str, **values: Any) -> dict[str, Any]:
    return {"code": code, "values": values}


def _credit_reasons(before: Mapping[str, list[str]], after: Mapping[str, list[str]]) -> list[dict[str, Any]]:
    found = []
    for credit in sorted(before.keys() | after.keys(), key=int):
        was, now = before.get(credit), after.get(credit)
        if was == now:
            continue
        if was is None and now is not None:
            found.append(_reason("credit_new", credit=int(credit), now=now[0], on=now[1]))
        elif now is None and was is not None:
            found.append(_reason("credit_gone", credit=int(credit), was=was[0], on=was[1]))
        elif was is not None and now is not None and was[0] == now[0]:
            found.append(_reason("credit_moved", credit=int(credit), was=was[1], now=now[1]))
        elif was is not None and now is not None:
            found.append(_reason("credit_changed", credit=int(credit), was=was[0], now=now[0], on=now[1]))
    return found


def _name_deals(found: Sequence[Finding]) -> None:
    """Add the deal to reasons about credits, the wording to those about versions. Three queries at most."""
    told = [reason["values"] for finding in found for reason in finding.reasons]
    ids = {values["credit"] for values in told if "credit" in values}
    named = ("opportunity__key_account", "opportunity__product")
    deals = {row.credit_id: row.opportunity for row in ReversedCredit.objects.filter(pk__in=ids).select_related(*named)}
    deals |= {row.pk: row.opportunity for row in Credit.objects.filter(pk__in=ids).select_related(*named)}
    versions = {values[name] for values in told for name in ("was", "now") if isinstance(values.get(name), int)}
    names = {
        row.pk: f"{row.plan.name} {row.number}"
        for row in PlanVersion.objects.filter(pk__in=versions).select_related("plan")
    }
    for values in told:
        if deal := deals.get(values.get("credit", 0)):
            account = deal.key_account.name if deal.key_account else ""
            values["deal"] = " · ".join(name for name in (account, deal.product.name) if name)
            values["deal_uid"] = str(deal.uid)
        for name in ("was", "now"):
            if isinstance(values.get(name), int) and values[name] in names and "credit" not in values:
                values[name] = names[values[name]]


# Lists


def waiting_corrections(*, viewer: User, period: str = "") -> QuerySet[Correction]:
    """What was found and no run has taken, the largest first."""
    rows = Correction.objects.visible_to(viewer).waiting()
    rows = rows.filter(period=period) if period else rows
    return rows.select_related("person", "of", "corrects")


def correction_periods(*, viewer: User) -> list[tuple[str, date, int]]:
    """Periods in which something waits, latest first, with how many. One query."""
    rows = Correction.objects.visible_to(viewer).waiting().values("period", "starts").annotate(count=Count("pk"))
    return [(row["period"], row["starts"], row["count"]) for row in rows.order_by("-starts")]


def settled_corrections(statement: Statement) -> list[Correction]:
    """What later runs paid more or less for this statement's period. One query."""
    return list(statement.corrections.filter(settled=True).select_related("run").order_by("pk"))


def runs_that_take(*, viewer: User, period_starts: date | None) -> list[Run]:
    """Open final runs later than the latest corrected period. One query."""
    if period_starts is None:
        return []
    rows = Run.objects.visible_to(viewer).filter(kind=Run.Kind.FINAL, starts__gt=period_starts)
    return list(rows.filter(status__in=[Run.Status.DRAFT, Run.Status.CALCULATED]).order_by("starts"))


def changed_people(*, viewer: User, run: Run) -> int:
    """How many people the approved run would pay otherwise now. One query."""
    return Correction.objects.visible_to(viewer).waiting().filter(of=run).count()


def corrections_in(statement: Statement) -> dict[int, Correction]:
    """The corrections that lines of this statement pay, by position. One query."""
    rows = Correction.objects.filter(run=statement.run_id, person=statement.person_id, position__isnull=False)
    return {row.position: row for row in rows.select_related("corrects", "of") if row.position is not None}
