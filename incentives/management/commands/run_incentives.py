"""Calculate a period's bonuses: prints the run's id, people, lines, total and digest."""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.errors import DomainError
from incentives import services
from incentives.models import Run


class Command(BaseCommand):
    help = "Calculate the bonuses of a period, such as 2017-Q3. Provisional unless --final is given."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--period", required=True, help="a quarter, such as 2017-Q3")
        parser.add_argument("--plan", help="only the people on the plan of this code")
        parser.add_argument("--final", action="store_true", help="the run that is approved and paid")
        parser.add_argument(
            "--workers", type=int, default=min(2, os.cpu_count() or 1), help="processes for a large run"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        kind = Run.Kind.FINAL if options["final"] else Run.Kind.PROVISIONAL
        try:
            run, job = services.start_run(
                period=options["period"], kind=kind, by=None, plan_code=options["plan"], queue=False
            )
            run = services.calculate_run(run_id=run.pk, job_id=job.pk, workers=options["workers"])
        except DomainError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"run     {run.code} ({run.uid})")
        self.stdout.write(f"people  {run.people}")
        self.stdout.write(f"lines   {run.lines}")
        self.stdout.write(f"total   {run.total} {run.currency}")
        self.stdout.write(f"digest  {run.digest}")
        if run.failed:
            self.stderr.write(f"{run.failed} statements could not be calculated; the run's page says why.")
