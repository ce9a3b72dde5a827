"""`manage.py create_token EMAIL --scope kpi:read`: prints an API token, this once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import services
from accounts.models import User
from accounts.tokens import SCOPES
from core.errors import DomainError


class Command(BaseCommand):
    help = "Make an API token for a login and print it. It is shown this once; only its digest is kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="whose token it is: it may what this login may, within its scopes")
        parser.add_argument(
            "--scope",
            action="append",
            required=True,
            choices=list(SCOPES),
            help="what it may read; give it several times",
        )
        parser.add_argument("--days", type=int, default=90, help="days until it ends (90)")
        parser.add_argument("--name", default="command line", help="what it is for, shown under Settings > API tokens")

    def handle(self, *_args: Any, **options: Any) -> None:
        user = User.objects.filter(email=options["email"].strip().lower(), is_active=True).first()
        if user is None:
            raise CommandError(f"Nobody logs in with {options['email']}.")
        try:
            token, secret = services.make_token(
                user=user, name=options["name"], scopes=options["scope"], days=options["days"], by=None
            )
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stderr.write(f"{', '.join(token.scopes)} for {user.email} until {token.expires_at:%Y-%m-%d}")
        self.stdout.write(secret)
