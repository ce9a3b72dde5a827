"""`manage.py load_demo`: the demo company into an empty database."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.errors import DomainError
from dashboards.demo import load_demo


class Command(BaseCommand):
    help = "Load the demo company into an empty database. Does nothing where it is loaded already."

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            loaded = load_demo(lambda step: self.stdout.write(f"  demo: {step}"))
        except DomainError as error:
            raise CommandError(str(error)) from error
        if not loaded:
            self.stdout.write("  demo: already there")
