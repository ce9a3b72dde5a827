"""What a plan pays for one person's facts: prints the statement with its explained lines as JSON."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from incentives import messages
from incentives.rules.document import InvalidPlan
from incentives.rules.facts_document import InvalidFacts
from incentives.selectors.plan_evaluation import evaluated

BAD_INPUT = 2


class Command(BaseCommand):
    help = "Evaluate a plan document for one person's facts, both JSON files (- for standard input)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("plan", help="a plan document, as the editor exports it: incentives/plan.schema.json")
        parser.add_argument("facts", help="one person's facts: incentives/facts.schema.json")

    def handle(self, *_args: Any, **options: Any) -> None:
        if options["plan"] == options["facts"] == "-":
            self._refuse("Only one of plan and facts can come from standard input.")
        plan, facts = self._json(options["plan"]), self._json(options["facts"])
        try:
            found = evaluated(plan, facts)
        except (InvalidPlan, InvalidFacts) as error:
            first = error.problems[0] if error.problems else None
            what = "plan" if isinstance(error, InvalidPlan) else "facts"
            where = f"{what}: {first.path}: " if first and first.path else f"{what}: "
            self._refuse(where + (messages.problem_text(first) if first else str(error)))
        except ArithmeticError:
            self._refuse("The numbers are too large or too fine to be computed exactly.")
        else:
            self.stdout.write(json.dumps(found, ensure_ascii=False, indent=2))

    def _json(self, name: str) -> Any:
        try:
            text = sys.stdin.read() if name == "-" else Path(name).read_text("utf-8")
            return json.loads(text, parse_float=str)
        except (OSError, UnicodeDecodeError) as error:
            self._refuse(f"{name}: {getattr(error, 'strerror', None) or 'is no text in UTF-8'}")
        except ValueError as error:
            self._refuse(f"{name}: is no JSON: {error}")

    def _refuse(self, reason: str) -> None:
        """One clear line, and exit 2."""
        self.stderr.write(" ".join(reason.split()))
        sys.exit(BAD_INPUT)
