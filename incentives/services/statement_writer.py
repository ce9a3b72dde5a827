"""Statements and lines as tuples: evaluated by the engine, hashed, and copied into the database at once."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from io import BytesIO
from typing import Any

import orjson
from django.db import connection

from core.errors import DomainError
from core.ids import new_uid
from incentives.models import PlanVersion, Run
from incentives.rules.document import InvalidPlan, PlanDocument
from incentives.rules.engine import CreditFact, Facts, Line, Note, Outcome, evaluate
from incentives.rules.exact import ZERO, rounded
from incentives.selectors.run_inputs import Payee, PersonCredits, in_currency, problem_of

STATEMENT_COLUMNS = (
    "id, uid, run_id, person_id, version_id, team_id, quota, target_pay, credited, attainment, total, currency, "
    "facts, error, digest"
)
LINE_COLUMNS = 'statement_id, position, component, kind, credit_id, "on", base, before, amount'
IDS = "SELECT nextval(pg_get_serial_sequence('incentives_statement', 'id')) FROM generate_series(1, %s)"

# Beyond this nothing fits the columns, and nothing can be meant.
LARGEST = Decimal(10) ** 13
NULL = "\\N"
ATTAINMENT_PLACES = 6
COPY_BLOCK = 1 << 20
FROZEN = tuple(name for name in Payee.__dataclass_fields__ if name != "version")

# A period has few days, and a date is slow to write.
DAY_TEXT = cache(date.isoformat)


class AmountTooLarge(ArithmeticError):
    """More than any column holds: a mistyped target or rate."""


@dataclass(frozen=True, slots=True)
class PlanInForce:
    """A plan version as the engine reads it; `problem` says why it cannot."""

    version: PlanVersion
    document: PlanDocument | None
    problem: dict[str, Any] | None

    @classmethod
    def of(cls, version: PlanVersion) -> "PlanInForce":
        try:
            return cls(version, PlanDocument.parse(version.content), None)
        except InvalidPlan as error:
            values = {"plan": version.plan.name, "problems": str(error)[:200]}
            return cls(version, None, {"code": "plan_invalid", "values": values})


class StatementWriter:
    """Collects the statements of a run's people and copies them in. Holds one chunk of people in memory."""

    def __init__(self, run: Run, version_ids: Iterable[int | None]) -> None:
        self.run = run
        self.line_count = 0
        self._statements: list[list[Any]] = []
        self._lines: list[list[str]] = []
        self._day = cache(date.fromisoformat)
        versions = PlanVersion.objects.select_related("plan").filter(pk__in={pk for pk in version_ids if pk})
        self._plans = {version.pk: PlanInForce.of(version) for version in versions}

    def add(self, payee: Payee, credited: PersonCredits | None) -> None:
        """Evaluate one person. Bad data stops this statement with its reason, not the run."""
        plan = self._plans[payee.version] if payee.version is not None else None
        problem = payee.problem or (plan.problem if plan else None)
        outcome = None
        if problem is None:
            try:
                outcome = self._outcome(payee, plan, credited)
            except DomainError as error:
                problem = problem_of(error)
            except AmountTooLarge:
                problem = {"code": "amount_too_large", "values": {}}
        self._keep(payee, plan, credited, outcome or NOTHING, problem)

    def _outcome(self, payee: Payee, plan: PlanInForce | None, credited: PersonCredits | None) -> Outcome:
        """What the engine says. Raises RateMissing, AmountTooLarge."""
        facts = payee.facts(self._credits(payee.currency, credited) if credited else ())
        if plan is None or plan.document is None:
            return _unassigned(facts)
        outcome = evaluate(plan.document, facts)
        if abs(outcome.total) > LARGEST or any(abs(line.amount) > LARGEST for line in outcome.lines[-1:]):
            raise AmountTooLarge
        return outcome

    def _credits(self, wanted: str, credited: PersonCredits) -> list[CreditFact]:
        days, amounts = map(self._day, credited.days), map(Decimal, credited.amounts)
        found = list(map(CreditFact, days, map(int, credited.ids), amounts))
        if credited.currencies.count(wanted) == len(found):
            return found
        return [
            fact._replace(amount=in_currency(fact.amount, currency, wanted, fact.on))
            for fact, currency in zip(found, credited.currencies, strict=True)
        ]

    def _keep(
        self,
        payee: Payee,
        plan: PlanInForce | None,
        credited: PersonCredits | None,
        outcome: Outcome,
        problem: dict[str, Any] | None,
    ) -> None:
        """The statement's row (its id comes when it is written) and its lines as text, with the digest over both."""
        lines = line_texts(outcome.lines)
        digest = hashlib.sha256(orjson.dumps([_frozen(payee), plan and plan.version.digest, problem]))
        digest.update(_inputs_text(credited).encode() if credited else b"")
        digest.update("\n".join(lines).encode())
        attainment = outcome.attainment
        row = [
            new_uid(),
            self.run.pk,
            payee.person,
            payee.version,
            payee.team,
            payee.quota,
            payee.target_pay,
            outcome.credited,
            None if attainment is None else rounded(attainment, ATTAINMENT_PLACES),
            outcome.total,
            payee.currency,
            orjson.dumps(_facts_kept(payee, plan, outcome)).decode(),
            None if problem is None else orjson.dumps(problem).decode(),
            digest.hexdigest(),
        ]
        self._statements.append(row)
        self._lines.append(lines)
        self.line_count += len(lines)

    def write(self) -> None:
        """Copy all in: two COPY."""
        with connection.cursor() as cursor:
            cursor.execute(IDS, [len(self._statements)])
            ids = [pk for (pk,) in cursor.fetchall()]
            statements = "".join(_copy_row([pk, *row]) for pk, row in zip(ids, self._statements, strict=True))
            _copy(cursor, f"incentives_statement ({STATEMENT_COLUMNS})", statements)
            # A line begins with its statement's id, so a person's lines are joined by it.
            lines = "".join(
                f"{pk}\t" + f"\n{pk}\t".join(texts) + "\n" for pk, texts in zip(ids, self._lines, strict=True) if texts
            )
            _copy(cursor, f"incentives_statementline ({LINE_COLUMNS})", lines)


def line_texts(lines: list[Line]) -> list[str]:
    """The columns of `LINE_COLUMNS` after the statement, as COPY reads them."""
    day = DAY_TEXT
    return [
        f"{position}\t{NULL if component is None else component}\t{kind}\t{NULL if credit_id is None else credit_id}\t"
        f"{NULL if on is None else day(on)}\t{base!s}\t{before!s}\t{amount!s}"
        for position, (component, kind, credit_id, on, base, before, amount) in enumerate(lines, start=1)
    ]


def _inputs_text(credited: PersonCredits) -> str:
    """What goes into the digest of a person's credits: every column as it was copied."""
    return "\n".join(map("\t".join, (credited.days, credited.ids, credited.amounts, credited.currencies)))


def _frozen(payee: Payee) -> list[Any]:
    """All but the version's row id, for which the digest of its wording stands."""
    return [getattr(payee, name) for name in FROZEN]


NOTHING = Outcome([], (), ZERO, None, ZERO)


def _unassigned(facts: Facts) -> Outcome:
    """Credits without a plan earn nothing, and the statement says so."""
    credited = sum((credit.amount for credit in facts.credits), ZERO)
    return Outcome([], (Note("no_assignment"),), credited, None, ZERO)


def _facts_kept(payee: Payee, plan: PlanInForce | None, outcome: Outcome) -> dict[str, Any]:
    notes = [{"code": note.code, "values": dict(note.values)} for note in outcome.notes]
    prorated = plan is not None and plan.document is not None and plan.document.proration == "days"
    if prorated and payee.eligible_days != payee.period_days:
        notes.append({"code": "prorated", "values": {"days": str(payee.eligible_days), "of": str(payee.period_days)}})
    return {
        "quota": payee.quota,
        "target_pay": payee.target_pay,
        "team_credits": payee.team_credits,
        "eligible_days": payee.eligible_days,
        "period_days": payee.period_days,
        "notes": notes,
    }


def _copy_row(values: list[Any]) -> str:
    return "\t".join(NULL if value is None else str(value).replace("\\", "\\\\") for value in values) + "\n"


def _copy(cursor: Any, target: str, rows: str) -> None:
    cursor.copy_expert(f"COPY {target} FROM STDIN", BytesIO(rows.encode()), COPY_BLOCK)
