"""The five logins of the demo company: shown on the login page and printed by `make up`, in demo mode only."""

from dataclasses import dataclass

from django.conf import settings

from accounts.access import Role


@dataclass(frozen=True, slots=True)
class DemoLogin:
    """`takes_over` is the number of the person of the pipeline data who gets the login; empty: somebody new comes
    in.
    """

    email: str
    role: Role
    name: str
    title: str
    takes_over: str = ""


LOGINS = (
    DemoLogin("director@demo.example", Role.DIRECTOR, "Sofia Duval", "Sales director"),
    DemoLogin("manager@demo.example", Role.MANAGER, "Dustin Brinkmann", "Manager", "dustin-brinkmann"),
    DemoLogin("kam@demo.example", Role.KAM, "Lajuana Vencill", "Key account manager", "lajuana-vencill"),
    DemoLogin("hr@demo.example", Role.HR, "陈薇", "HR business partner"),
    DemoLogin("admin@demo.example", Role.ADMINISTRATOR, "Ana Adeyemi", "Administrator"),
)


def shown() -> list[dict[str, str]]:
    """What the login page offers: nothing outside demo mode."""
    if not settings.KAM_DEMO:
        return []
    password = settings.KAM_DEMO_PASSWORD
    return [
        {"name": login.name, "role": str(login.role.label), "email": login.email, "password": password}
        for login in LOGINS
    ]
