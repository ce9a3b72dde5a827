"""`manage.py compute_kpis --period 2017-Q2 [--check]`: measure a period, or all of them, or compare with what is
stored.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core import calendar
from core.errors import DomainError
from goals import services


class Command(BaseCommand):
    help = (
        "Compute KPI results; with --check only compare them with a full computation (exit code 1 where they differ)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--period", help="a month, quarter or year such as 2017-Q2; without it every period")
        parser.add_argument("--check", action="store_true", help="write nothing; list what differs")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            periods = (
                services.periods_of(calendar.period(options["period"])) if options["period"] else services.all_periods()
            )
            if options["check"]:
                self._check(periods)
            else:
                changed = services.compute(periods)
                self.stdout.write(f"{len(periods)} periods computed, {changed} rows changed")
        except DomainError as error:
            raise CommandError(str(error)) from None

    def _check(self, periods: list[Any]) -> None:
        found = services.differences(periods)
        for difference in found.rows:
            self.stdout.write(str(difference))
        if found.rows:
            raise CommandError(f"{len(found.rows)} of {found.checked} results differ from a full computation.")
        self.stdout.write(f"{found.checked} results agree with a full computation")
