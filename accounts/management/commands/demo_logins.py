"""`manage.py demo_logins`: who can look around the demo company."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts.demo_logins import shown


class Command(BaseCommand):
    help = "Print the demo logins; nothing outside demo mode."

    def handle(self, *_args: Any, **_options: Any) -> None:
        for login in shown():
            self.stdout.write(f"  {login['email']:24} {login['password']:14} {login['role']}")
