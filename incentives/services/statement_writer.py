"""Statements and lines as tuples: evaluated by the engine, hashed, and copied into the database at once."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from io import BytesIO
from typing import Any

import orjson
from django.db import connection

from core.ids import new_uid
from incentives.models import Correction, Run
from incentives.rules.engine import Line, Outcome
from incentives.rules.exact import ZERO, rounded
from incentives.selectors.corrections import TakenCorrection
from incentives.selectors.evaluation import Evaluated, Evaluator, PlanInForce
from incentives.selectors.run_inputs import Payee, PersonCredits

STATEMENT_COLUMNS = (
    "id, uid, run_id, person_id, version_id, team_id, quota, target_pay, credited, attainment, total, adjusted, "
    "currency, balances, facts, error, digest"
)
LINE_COLUMNS = 'statement_id, position, component, kind, credit_id, "on", base, before, amount'
IDS = "SELECT nextval(pg_get_serial_sequence('incentives_statement', 'id')) FROM generate_series(1, %s)"

NULL = "\\N"
ATTAINMENT_PLACES = 6
COPY_BLOCK = 1 << 20
FROZEN = tuple(name for name in Payee.__dataclass_fields__ if name not in {"version", "more"})

# A period has few days, and a date is slow to write.
DAY_TEXT = cache(date.isoformat)


class StatementWriter:
    """Collects the statements of a run's people and copies them in. Holds one chunk of people in memory."""

    def __init__(self, run: Run, version_ids: Iterable[int | None]) -> None:
        self.run = run
        self.line_count = 0
        self._positions: dict[int, int] = {}
        self._taken: list[int] = []
        self._evaluator = Evaluator(version_ids)
        self._statements: list[list[Any]] = []
        self._lines: list[list[str]] = []

    def add(self, payee: Payee, credited: PersonCredits | None, corrections: Sequence[TakenCorrection] = ()) -> None:
        """Evaluate one person. Bad data stops this statement with its reason, not the run; what corrects earlier
        statements then waits for a later run."""
        self._taken += [correction.id for correction in corrections]
        found = self._evaluator.of(payee, credited)
        self._keep(payee, credited, found, () if found.problem else corrections)

    def add_corrections(self, person: int, team: int | None, corrections: Sequence[TakenCorrection]) -> None:
        """A statement of somebody who is not in the run but for what corrects earlier ones."""
        self._taken += [correction.id for correction in corrections]
        lines = [correction.line for correction in corrections if correction.amount]
        total = sum((line.amount for line in lines), ZERO)
        texts = line_texts(lines)
        digest = hashlib.sha256(orjson.dumps([person, [each.as_json() for each in corrections]]))
        digest.update("\n".join(texts).encode())
        notes = [] if lines else [{"code": "nothing_to_correct", "values": {}}]
        facts = orjson.dumps({"notes": notes}).decode()
        head = [new_uid(), self.run.pk, person, None, team, None, None, ZERO, None]
        row = [*head, total, total, self.run.currency, None, facts, None, digest.hexdigest()]
        self._append(row, texts, 0, corrections)

    def _keep(
        self, payee: Payee, credited: PersonCredits | None, found: Evaluated, corrections: Sequence[TakenCorrection]
    ) -> None:
        """The statement's row (its id comes when it is written) and its lines as text, with the digest over both."""
        plan, outcome = found.plan, found.outcome
        adjusting = [correction.line for correction in corrections if correction.amount]
        adjusted = sum((line.amount for line in adjusting), ZERO)
        lines = line_texts(outcome.lines + adjusting)
        frozen: list[Any] = [_frozen(payee), plan and plan.version.digest, found.problem]
        if corrections:
            frozen.append([each.as_json() for each in corrections])
        digest = hashlib.sha256(orjson.dumps(frozen))
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
            outcome.total + adjusted,
            adjusted,
            payee.currency,
            _balances(outcome),
            orjson.dumps(_facts_kept(payee, plan, outcome)).decode(),
            None if found.problem is None else orjson.dumps(found.problem).decode(),
            digest.hexdigest(),
        ]
        self._append(row, lines, len(outcome.lines), corrections)

    def _append(self, row: list[Any], lines: list[str], own: int, corrections: Sequence[TakenCorrection]) -> None:
        """`own`: how many of the lines are not corrections; these come last, in the order of `corrections`."""
        self._statements.append(row)
        self._lines.append(lines)
        self.line_count += len(lines)
        paying = [correction for correction in corrections if correction.amount]
        self._positions |= {correction.id: own + place for place, correction in enumerate(paying, start=1)}

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
        tell_positions(self._taken, self._positions)


def tell_positions(taken: Sequence[int], positions: Mapping[int, int]) -> None:
    """Each correction of the chunk learns which line it is; one without a line is none."""
    if taken:
        Correction.objects.filter(pk__in=taken).update(position=None)
    for correction, position in sorted(positions.items()):
        Correction.objects.filter(pk=correction).update(position=position)


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
    frozen = [getattr(payee, name) for name in FROZEN]
    return [*frozen, payee.more] if payee.more else frozen


def _balances(outcome: Outcome) -> str | None:
    """What stays open, as the next statement of the person begins with it."""
    kept = {name: str(amount) for name, amount in outcome.balances.items()}
    return orjson.dumps(kept).decode() if kept else None


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
        **({"more": payee.more} if payee.more else {}),
    }


def _copy_row(values: list[Any]) -> str:
    return "\t".join(NULL if value is None else str(value).replace("\\", "\\\\") for value in values) + "\n"


def _copy(cursor: Any, target: str, rows: str) -> None:
    cursor.copy_expert(f"COPY {target} FROM STDIN", BytesIO(rows.encode()), COPY_BLOCK)
